//! What goes between the chains: two channels, and what users ask over them.

use crate::chance::{Draw, draw};
use crate::domains::{EVM, LEDGER};
use crate::host::DevHost;
use crate::problem::Problem;
use crate::setup::{OWNER, Setup};
use decex_consensus::Consensus;
use decex_core::message::{ChainId, ChannelId, PartyId, Request};
use decex_core::{AccountId, Balance, BoundedVec, ConsensusNumber, Digest, Nonce, SenderId};
use decex_election::Keypair;
use decex_testkit::ledger::{Call, Transaction, sender_of};

/// What each domain takes for handling a message.
pub const FEE: Balance = Balance(1_000_000_000_000);
/// From the ledger to the EVM.
pub const ACROSS: ChannelId = ChannelId(0);
/// Between the ledger and the consensus chain.
pub const UP: ChannelId = ChannelId(1);
/// Requests that may wait for an answer, each way.
const CAPACITY: u32 = 32;
/// Who sends in the ledger.
const USERS: u64 = 4;
/// What each of them begins with.
const PURSE: Balance = Balance(1_000_000_000_000_000_000_000);
/// A value that goes over, times the place of its request.
const VALUE: u128 = 1_000_000_000_000_000;
/// A time that does not come, and one that was over before anybody could ask.
const NEVER: ConsensusNumber = ConsensusNumber(u64::MAX);
const LONG_AGO: ConsensusNumber = ConsensusNumber(1);
/// Asks the ledger to refuse, and to do more than it may.
const REFUSE: u8 = 0xfe;
const TOO_MUCH: u8 = 0xff;

/// Requests that users of the ledger send: two in three to the EVM, the others to the consensus chain.
const ASKED: u64 = 18;
/// Requests that go down from the consensus chain.
const DOWN: [&[u8]; 5] = [b"down", b"down", &[REFUSE], b"down", &[TOO_MUCH]];

/// Returns what goes with a request from the consensus chain.
#[must_use]
pub fn value_down(number: u64) -> u128 {
    VALUE.saturating_mul(u128::from(number).saturating_add(1))
}

/// How many requests there are in all.
#[must_use]
pub fn planned() -> u64 {
    ASKED.saturating_add(u64::try_from(DOWN.len()).unwrap_or(0))
}

fn user(seed: u64, index: u64) -> Keypair {
    Keypair::from_seed(draw(seed, Draw::Key, index, 3).as_bytes())
}

/// Returns what the ledger begins with.
#[must_use]
pub fn balances(seed: u64) -> Vec<(SenderId, Balance)> {
    (0..USERS)
        .map(|index| (sender_of(user(seed, index).key()), PURSE))
        .collect()
}

/// Returns what the ledger's users have together.
#[must_use]
pub fn backing() -> Balance {
    PURSE.checked_mul(USERS.into()).unwrap_or_default()
}

/// Returns an account that has nothing yet: 20 bytes, as the EVM has them.
fn address(seed: u64, place: u64) -> PartyId {
    let mut bytes = draw(seed, Draw::Key, place, 5).0;
    bytes.iter_mut().take(12).for_each(|byte| *byte = 0);
    PartyId(Digest(bytes))
}

/// Returns what users of the ledger send, in order.
#[must_use]
pub fn requests(seed: u64) -> Vec<Vec<u8>> {
    let request = |place: u64| {
        let (from, nonce) = (place % USERS, place / USERS);
        let up = place % 3 == 2;
        // The EVM knows no account of 32 bytes: it refuses.
        let to = if up || place % 7 == 3 {
            PartyId(draw(seed, Draw::Key, place, 5))
        } else {
            address(seed, place)
        };
        let late = place % 9 == 4 || place == 11;
        let call = Call::Send {
            channel: if up { UP } else { ACROSS },
            to,
            value: Balance(VALUE.saturating_mul(u128::from(place).saturating_add(1))),
            deadline: if late { LONG_AGO } else { NEVER },
            data: BoundedVec::new(place.to_le_bytes().to_vec()).unwrap_or_default(),
        };
        Transaction::sign(&user(seed, from), Nonce(nonce), call).to_bytes()
    };
    (0..ASKED).map(request).collect()
}

/// Returns who sends from the consensus chain.
fn sender(setup: &Setup) -> AccountId {
    setup.account(u64::from(u32::MAX))
}

/// Returns what whoever sends from the consensus chain begins with.
#[must_use]
pub fn endowment(setup: &Setup) -> (AccountId, Balance) {
    (sender(setup), PURSE)
}

/// Lets the owner list the domains' peers and open the channels, and users of the consensus chain send.
///
/// # Errors
/// When the chain refuses.
pub fn begin(setup: &Setup, chain: &mut Consensus<DevHost>) -> Result<(), Problem> {
    let failed = |error: String| Problem::new("the channels", error);
    let (evm, ledger) = (ChainId::Domain(EVM), ChainId::Domain(LEDGER));
    for (domain, peer) in [(EVM, ledger), (LEDGER, evm), (LEDGER, ChainId::Consensus)] {
        let listed = chain.list_peer(OWNER, domain, peer, Some(FEE));
        listed.map_err(|error| failed(error.to_string()))?;
    }
    let listed = chain.list_peer_of_consensus(LEDGER, true);
    listed.map_err(|error| failed(error.to_string()))?;
    for peer in [evm, ChainId::Consensus] {
        let opened = chain.open_channel(OWNER, LEDGER, peer, CAPACITY);
        opened.map_err(|error| failed(error.to_string()))?;
    }
    for (number, data) in (0..).zip(DOWN) {
        let request = Request {
            sender: PartyId::default(),
            recipient: PartyId(sender_of(user(setup.seed, 0).key()).0),
            value: Balance(value_down(number)),
            deadline: NEVER,
            data: BoundedVec::new(data.to_vec()).unwrap_or_default(),
        };
        let sent = chain.send_message(sender(setup), UP, request);
        sent.map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

/// Returns whether every request that is planned was sent, seen by consensus, and answered.
#[must_use]
pub fn is_answered(chain: &Consensus<DevHost>) -> bool {
    let channels = [ACROSS, UP].map(|id| chain.channel(id).ok().flatten());
    let ends = || {
        let channels = channels.iter().flatten();
        channels.flat_map(|channel| [channel.from_opener, channel.from_acceptor])
    };
    let sent = ends().map(|end| end.next.0).fold(0, u64::saturating_add);
    sent == planned() && ends().all(|end| end.unanswered == 0)
}
