//! Messages: what consensus does with one beside the hashes that it cannot do without, and what an outbox costs that only grows.

use crate::measure::{Row, versus};
use decex_core::list::{Frontier, ListTree, RunProof, root};
use decex_core::message::{ChainId, ChannelId, ChannelTerms, Message, MessageNumber, Payload, Request};
use decex_core::{AccountId, Balance, ConsensusNumber, Digest, DomainId, DomainNumber, Host, ListRoot};
use decex_messaging::hub::{Channel, HubView, Relayed, Room, Sender, Side, Stage, Waiting, relay};
use parity_scale_codec::Encode;
use std::convert::Infallible;

const ROUNDS: u32 = 5_000;
const A: DomainId = DomainId(1);
const B: DomainId = DomainId(2);
const CHANNEL: ChannelId = ChannelId(0);

/// A consensus side with one open channel, which knows everything at once: a store's own reads come on top.
struct Hub {
    channel: Channel,
    outbox: ListRoot,
}

impl Host for Hub {
    type Error = Infallible;
}

impl HubView for Hub {
    fn channel(&self, _: ChannelId) -> Result<Option<Channel>, Infallible> {
        Ok(Some(self.channel))
    }
    fn waiting(&self, _: ChannelId, _: Side, _: MessageNumber) -> Result<Option<Waiting>, Infallible> {
        Ok(None)
    }
    fn final_outbox(&self, _: DomainId, _: DomainNumber) -> Result<Option<ListRoot>, Infallible> {
        Ok(Some(self.outbox))
    }
    fn domain_balance(&self, _: DomainId) -> Result<Balance, Infallible> {
        Ok(Balance(1_000))
    }
    fn listed_fee(&self, _: ChainId, _: ChainId) -> Result<Option<Balance>, Infallible> {
        Ok(None)
    }
    fn room(&self, _: DomainId) -> Result<Option<Room>, Infallible> {
        Ok(Some(Room {
            messages: 64,
            requests: true,
        }))
    }
}

/// Returns the rows of this part.
pub fn measure() -> Vec<Row> {
    let mut rows: Vec<Row> = [1, 1_000, 1_000_000].map(relayed).into();
    rows.extend([1_000, 1_000_000].map(appended));
    rows
}

fn message(number: u64) -> Message {
    let request = Request {
        value: Balance(5),
        deadline: ConsensusNumber(9),
        data: decex_core::BoundedVec::new(vec![7; 64]).expect("short"),
        ..Request::default()
    };
    Message {
        from: ChainId::Domain(A),
        to: ChainId::Domain(B),
        channel: CHANNEL,
        payload: Payload::Request(MessageNumber(number), request),
    }
}

fn leaves(count: u64) -> Vec<Digest> {
    (0..count).map(|number| message(number).compute_leaf()).collect()
}

fn channel() -> Channel {
    Channel {
        opener: ChainId::Domain(A),
        acceptor: ChainId::Domain(B),
        terms: ChannelTerms {
            capacity: 4,
            ..ChannelTerms::default()
        },
        depositor: AccountId(Digest::ZERO),
        deposit: Balance::ZERO,
        stage: Stage::Open,
        from_opener: Sender::default(),
        from_acceptor: Sender::default(),
    }
}

/// The first request of a channel, however many messages stand behind it.
fn relayed(count: u64) -> Row {
    let tree = ListTree::new(leaves(count));
    let path: RunProof = tree.prove(0, 1).expect("in the list");
    let hub = Hub {
        channel: channel(),
        outbox: tree.root(),
    };
    let shown = Relayed {
        domain: A,
        receipt: DomainNumber(1),
        message: message(0),
        path,
    };
    let (ours, hashes) = versus(
        ROUNDS,
        || relay(&hub, ConsensusNumber(5), &shown).expect("a right message"),
        || {
            let leaf = shown.message.compute_leaf();
            shown.path.verify(&hub.outbox, &[leaf]).expect("in the list")
        },
    );
    let ratio = ours.as_secs_f64() / hashes.as_secs_f64();
    Row {
        work: format!("relay a request with 64 bytes of data that stands in an outbox of {count}"),
        baseline: "the hashes alone: leaf and path".into(),
        goal: "–".into(),
        measured: format!(
            "{} B; judged in {:.2} µs, {ratio:.2} times the hashes",
            shown.encode().len(),
            ours.as_secs_f64() * 1e6
        ),
        met: None,
    }
}

/// One message more behind so many.
fn appended(count: u64) -> Row {
    let leaves = leaves(count);
    let mut before = Frontier::default();
    for leaf in &leaves {
        before.append(*leaf).expect("not full");
    }
    let next = message(count).compute_leaf();
    let all: Vec<Digest> = leaves.into_iter().chain([next]).collect();
    let rounds = if count > 10_000 { 5 } else { 200 };
    let (ours, whole) = versus(
        rounds,
        || {
            let mut frontier = before.clone();
            frontier.append(next).expect("not full");
            frontier.root()
        },
        || root(&all),
    );
    let times = whole.as_secs_f64() / ours.as_secs_f64();
    Row {
        work: format!("append to an outbox of {count} messages and compute its root"),
        baseline: "the root of all leaves".into(),
        goal: "–".into(),
        measured: format!(
            "{times:.0} times faster, {:.2} µs; {} B of state",
            ours.as_secs_f64() * 1e6,
            before.encode().len()
        ),
        met: None,
    }
}
