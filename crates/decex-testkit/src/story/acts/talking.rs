//! A channel between the domain and the consensus chain: opened, used both ways, closed.

use super::super::setting::user;
use super::super::stage::{DOMAIN, Stage, Told};
use super::{among, by, nominator, owner, stranger, transaction};
use crate::chain::Request;
use crate::ledger::Call;
use alloc::vec::Vec;
use decex_bundle::Item;
use decex_consensus::{AccountCall, Event, OpenCall};
use decex_core::list::ListTree;
use decex_core::message::{ChainId, ChannelId, Message, PartyId, Request as Asked};
use decex_core::{Balance, BoundedVec, ConsensusNumber, DomainNumber};
use decex_messaging::hub::Relayed;
use parity_scale_codec::Encode;

/// The story's only channel.
const CHANNEL: ChannelId = ChannelId(0);

/// Late enough.
const FAR: ConsensusNumber = ConsensusNumber(u64::MAX);

pub(super) fn play(stage: &mut Stage) -> Told {
    stage.next("a channel is asked for")?;
    let open = AccountCall::OpenChannel {
        opener: DOMAIN,
        acceptor: ChainId::Consensus,
        capacity: 4,
    };
    stage.accept(by(owner(), open))?;
    let passed = round(stage, 0, [].into())?;

    stage.next("an account sends a request to the domain")?;
    let request = Asked {
        recipient: PartyId(user(1).0),
        value: Balance(70),
        deadline: FAR,
        ..Asked::default()
    };
    let send = |request: &Asked| AccountCall::SendMessage {
        channel: CHANNEL,
        request: request.clone(),
    };
    stage.refuse(61, by(stranger(), send(&request)))?;
    stage.accept(by(nominator(), send(&request)))?;
    let call = Call::Send {
        channel: CHANNEL,
        to: PartyId(nominator().0),
        value: Balance(500),
        deadline: FAR,
        data: BoundedVec::default(),
    };
    // A user of the domain sends one to an account.
    let item = transaction(stage, 1, 1, call)?;
    let passed = round(stage, passed, [item].into())?;
    // What consensus answered is taken in.
    let passed = round(stage, passed, [].into())?;

    stage.next("the channel is closed")?;
    let close = AccountCall::CloseChannel { channel: CHANNEL };
    stage.refuse(9, by(stranger(), close.clone()))?;
    stage.accept(by(owner(), close))?;
    round(stage, passed, [].into())?;
    let gone = stage.chain.channel(CHANNEL).ok().flatten().is_none();
    stage.need(gone.then_some(()), "nothing is left of the channel")
}

/// Includes transactions, if there are any, executes what is to be executed, and passes on what the domain has sent by then. `passed` have
/// been passed on before; returns how many are now.
fn round(stage: &mut Stage, passed: usize, items: Vec<Item>) -> Told<usize> {
    if !items.is_empty() {
        let [election] = stage.next_with("operator 0 bundles a request", [0])?;
        let bundle = stage.seal(0, election, [].into(), items)?;
        stage.include(&bundle)?;
    }
    stage.next("an inbox with messages is completed")?;
    stage.next("nothing else happens")?;
    let [election] = stage.next_with("operator 0 submits the receipt", [0])?;
    let right = stage.right()?;
    let bundle = stage.seal(0, election, right, [].into())?;
    stage.include(&bundle)?;
    let (head, _) = stage.head()?;
    let messages = stage.sent()?;
    if let Some(first) = relayed(&messages, passed, head) {
        // Not before it is final.
        stage.refuse(60, first)?;
    }
    stage.settle("what the domain sent becomes final")?;
    stage.next("what the domain sent is passed on")?;
    for place in passed..messages.len() {
        let call = relayed(&messages, place, head);
        let call = stage.need(call, "the message stands in the outbox")?;
        let events = stage.accept(call.clone())?;
        among(stage, &events, "something passes over the channel", |event| {
            matches!(event, Event::Channel { .. })
        })?;
        stage.refuse(60, call)?;
    }
    Ok(messages.len())
}

/// Shows a message of the domain to consensus.
fn relayed(messages: &[Message], place: usize, receipt: DomainNumber) -> Option<Request> {
    let tree = ListTree::new(messages.iter().map(Message::compute_leaf).collect());
    let relayed = Relayed {
        domain: DOMAIN,
        receipt,
        message: messages.get(place)?.clone(),
        path: tree.prove(u32::try_from(place).ok()?, 1)?,
    };
    Some(Request::Open(OpenCall::RelayMessage {
        message: relayed.encode(),
    }))
}
