//! The cases of the consensus side.

use super::chain;
use super::world::World;
use crate::vectors::Draft;
use crate::vectors::json::{amount, scale};
use decex_core::list::ListTree;
use decex_core::message::{
    Answer, ChainId, ChannelId, ChannelTerms, Message, MessageNumber, PartyId, Payload, Refusal, Request,
};
use decex_core::{AccountId, Balance, ConsensusNumber, Digest, DomainId, DomainNumber};
use decex_messaging::hub::{Channel, Relayed, Sender, Side, Stage, Waiting};
use serde_json::{Value, json};

const CHANNEL: ChannelId = ChannelId(7);
const NOW: u64 = 100;
const FINAL: DomainNumber = DomainNumber(5);
const OWNER: AccountId = AccountId(Digest([1; 32]));

/// Domains 1 and 2 list each other and the consensus chain, with money and room.
fn world() -> World {
    let mut world = World::default();
    for (domain, peer, fee) in [(1, 2, 3), (2, 1, 4)] {
        let consensus = ChainId::Consensus;
        world.lists.insert((chain(domain), chain(peer)), Balance(fee));
        world.lists.insert((chain(domain), consensus), Balance(fee));
        world.lists.insert((consensus, chain(domain)), Balance::ZERO);
        world.balances.insert(DomainId(domain), Balance(1_000));
        world.rooms.insert(DomainId(domain), (8, true));
    }
    world
}

/// The same with a channel from domain 1.
fn with(acceptor: ChainId, change: impl FnOnce(&mut Channel)) -> World {
    let mut channel = Channel {
        opener: chain(1),
        acceptor,
        terms: ChannelTerms {
            capacity: 2,
            opener_fee: Balance(3),
            acceptor_fee: Balance(if acceptor == ChainId::Consensus { 0 } else { 4 }),
        },
        depositor: OWNER,
        deposit: Balance(50),
        stage: Stage::Open,
        from_opener: Sender::default(),
        from_acceptor: Sender::default(),
    };
    change(&mut channel);
    let mut world = world();
    world.channels.insert(CHANNEL, channel);
    world
}

fn open_world() -> World {
    with(chain(2), |_| {})
}

fn request(value: u128, deadline: u64) -> Request {
    Request {
        sender: PartyId(Digest([11; 32])),
        recipient: PartyId(Digest([12; 32])),
        value: Balance(value),
        deadline: ConsensusNumber(deadline),
        data: decex_core::BoundedVec::new(b"hello".to_vec()).expect("short"),
    }
}

fn asks(number: u64, value: u128) -> Payload {
    Payload::Request(MessageNumber(number), request(value, NOW))
}

fn refused(number: u64, refusal: Refusal) -> Payload {
    Payload::Answer(MessageNumber(number), Answer::Refused(refusal))
}

fn delivered(number: u64) -> Payload {
    Payload::Answer(MessageNumber(number), Answer::Delivered(Default::default()))
}

/// A message between two others in its domain's final outbox, and the world that knows the root.
fn shown(mut world: World, domain: u32, message: Message) -> (World, Relayed) {
    let filler = |n: u64| Message {
        payload: Payload::Drained(MessageNumber(n)),
        ..message.clone()
    };
    let outbox = [filler(90), message.clone(), filler(91)];
    let tree = ListTree::new(outbox.iter().map(Message::compute_leaf).collect());
    world.outboxes.insert((DomainId(domain), FINAL), tree.root());
    let relayed = Relayed {
        domain: DomainId(domain),
        receipt: FINAL,
        message,
        path: tree.prove(1, 1).expect("a path"),
    };
    (world, relayed)
}

fn says(from: u32, to: ChainId, payload: Payload) -> Message {
    Message {
        from: chain(from),
        to,
        channel: CHANNEL,
        payload,
    }
}

fn relaying(relayed: &Relayed) -> Value {
    json!({ "call": "relay", "channel": CHANNEL.0, "now": NOW, "relayed": scale(relayed) })
}

/// A message that domain `from` has sent to the other end, relayed.
fn relayed(world: World, from: u32, payload: Payload) -> (Value, Value) {
    let to = world.channels.values().next().map_or(chain(2), |channel| {
        if channel.opener == chain(from) {
            channel.acceptor
        } else {
            channel.opener
        }
    });
    let (world, relayed) = shown(world, from, says(from, to, payload));
    (world.write(), relaying(&relayed))
}

fn opening(acceptor: ChainId, capacity: u32) -> Value {
    json!({
        "call": "open",
        "channel": CHANNEL.0,
        "now": NOW,
        "opener": 1,
        "acceptor": scale(&acceptor),
        "capacity": capacity,
        "depositor": scale(&OWNER),
        "deposit": amount(Balance(50)),
    })
}

fn sending(deadline: u64) -> Value {
    json!({
        "call": "send",
        "channel": CHANNEL.0,
        "now": NOW,
        "account": scale(&OWNER),
        "request": scale(&request(30, deadline)),
    })
}

fn closing() -> Value {
    json!({ "call": "close", "channel": CHANNEL.0, "now": NOW })
}

fn yes(name: &str, rules: &str, (given, when): (Value, Value)) -> Draft {
    Draft::accepted(name, rules, given, when)
}

fn no(name: &str, rules: &str, (given, when): (Value, Value)) -> Draft {
    Draft::refused(name, rules, given, when)
}

pub(super) fn calls() -> Vec<Draft> {
    [openings(), requests(), answers(), proofs(), closings(), sends()].concat()
}

fn openings() -> Vec<Draft> {
    let consensus = ChainId::Consensus;
    let mut unlisted = world();
    unlisted.lists.remove(&(chain(2), chain(1)));
    let mut silent = world();
    silent.rooms.remove(&DomainId(2));
    let mut paused = world();
    paused.rooms.insert(DomainId(2), (8, false));
    let asked = || with(chain(2), |channel| channel.stage = Stage::Asked);
    vec![
        yes(
            "a_domain_is_asked",
            "N22 N23 N24 N25",
            (world().write(), opening(chain(2), 9)),
        ),
        yes(
            "the_consensus_chain_accepts_at_once",
            "N23",
            (world().write(), opening(consensus, 9)),
        ),
        no("one_end", "N22", (world().write(), opening(chain(1), 9))),
        no("not_listed", "N23", (unlisted.write(), opening(chain(2), 9))),
        no("no_capacity", "N24", (world().write(), opening(chain(2), 0))),
        no(
            "too_much_capacity",
            "N24",
            (world().write(), opening(chain(2), 1_025)),
        ),
        no(
            "no_channels_at_all",
            "N25",
            (silent.write(), opening(chain(2), 9)),
        ),
        no(
            "who_is_asked_is_paused",
            "N21",
            (paused.write(), opening(chain(2), 9)),
        ),
        yes("accepted", "N16", relayed(asked(), 2, Payload::Accept(true))),
        yes("declined", "N16 N28", relayed(asked(), 2, Payload::Accept(false))),
        no(
            "accepted_by_who_asks",
            "N16",
            relayed(asked(), 1, Payload::Accept(true)),
        ),
        no(
            "accepted_twice",
            "N16",
            relayed(open_world(), 2, Payload::Accept(true)),
        ),
        no("asked_before_it_is_open", "N16", relayed(asked(), 2, asks(0, 1))),
    ]
}

fn requests() -> Vec<Draft> {
    let full = || {
        with(chain(2), |channel| {
            channel.from_opener = Sender {
                next: MessageNumber(4),
                unanswered: 2,
                ..Sender::default()
            };
        })
    };
    let closed = || with(chain(2), |channel| channel.stage = Stage::Closed);
    let mut crowded = open_world();
    crowded.rooms.insert(DomainId(2), (0, true));
    let mut paused = open_world();
    paused.rooms.insert(DomainId(2), (8, false));
    let late = || Payload::Request(MessageNumber(0), request(1, NOW - 1));
    vec![
        yes(
            "a_request",
            "N10 N11 N12 N13 N14 N17 N18 N19 N21",
            relayed(open_world(), 1, asks(0, 996)),
        ),
        yes(
            "a_request_the_other_way",
            "N14",
            relayed(open_world(), 2, asks(0, 5)),
        ),
        yes(
            "a_request_to_the_consensus_chain",
            "N19",
            relayed(with(ChainId::Consensus, |_| {}), 1, asks(0, 1_000)),
        ),
        yes("a_late_request", "N27", relayed(open_world(), 1, late())),
        yes(
            "a_request_over_a_closed_channel",
            "N27",
            relayed(closed(), 1, asks(0, 5)),
        ),
        no("not_the_next", "N17", relayed(open_world(), 1, asks(1, 5))),
        no("one_that_has_come", "N17", relayed(full(), 1, asks(3, 5))),
        no("no_capacity_left", "N18", relayed(full(), 1, asks(4, 5))),
        no(
            "more_than_is_in_the_domain",
            "N19",
            relayed(open_world(), 1, asks(0, 997)),
        ),
        no(
            "a_sum_out_of_range",
            "N19",
            relayed(open_world(), 1, asks(0, u128::MAX)),
        ),
        no(
            "more_than_is_there_for_the_consensus_chain",
            "N19",
            relayed(with(ChainId::Consensus, |_| {}), 1, asks(0, 1_001)),
        ),
        no("no_room", "N21", relayed(crowded, 1, asks(0, 5))),
        no("a_paused_destination", "N21", relayed(paused, 1, asks(0, 5))),
        no(
            "what_consensus_says",
            "N15",
            relayed(open_world(), 1, Payload::Close),
        ),
    ]
}

fn answers() -> Vec<Draft> {
    let waiting = |stage, value: u128, account| {
        let mut world = with(chain(2), |channel| {
            channel.stage = stage;
            channel.from_opener = Sender {
                next: MessageNumber(1),
                unanswered: 1,
                ..Sender::default()
            };
        });
        let waits = Waiting {
            value: Balance(value),
            account,
        };
        world
            .waiting
            .insert((CHANNEL, Side::Opener, MessageNumber(0)), waits);
        world
    };
    let mut last = waiting(Stage::Closed, 100, None);
    for channel in last.channels.values_mut() {
        (channel.from_opener.drained, channel.from_acceptor.drained) = (true, true);
    }
    let from_account = {
        let mut world = with(ChainId::Consensus, |channel| {
            channel.from_acceptor = Sender {
                next: MessageNumber(1),
                unanswered: 1,
                ..Sender::default()
            };
        });
        let waits = Waiting {
            value: Balance(100),
            account: Some(OWNER),
        };
        world
            .waiting
            .insert((CHANNEL, Side::Acceptor, MessageNumber(0)), waits);
        world
    };
    let open = |value| waiting(Stage::Open, value, None);
    vec![
        yes("delivered", "N20", relayed(open(100), 2, delivered(0))),
        yes(
            "refused",
            "N19 N20",
            relayed(open(100), 2, refused(0, Refusal::Recipient)),
        ),
        yes(
            "refused_over_a_closed_channel",
            "N20",
            relayed(waiting(Stage::Closed, 100, None), 2, refused(0, Refusal::Limit)),
        ),
        yes("the_last_answer", "N28", relayed(last, 2, delivered(0))),
        yes(
            "refused_to_an_account",
            "N20",
            relayed(from_account, 1, refused(0, Refusal::Recipient)),
        ),
        no("nothing_waits", "N20", relayed(open_world(), 2, delivered(0))),
        no("answered_by_who_asks", "N20", relayed(open(100), 1, delivered(0))),
        no(
            "more_than_is_left_goes_back",
            "N19",
            relayed(open(1_001), 2, refused(0, Refusal::Recipient)),
        ),
        no(
            "a_reason_of_consensus",
            "N29",
            relayed(open(100), 2, refused(0, Refusal::Closed)),
        ),
        no(
            "another_reason_of_consensus",
            "N29",
            relayed(open(100), 2, refused(0, Refusal::Expired)),
        ),
    ]
}

fn proofs() -> Vec<Draft> {
    let message = || says(1, chain(2), asks(0, 5));
    let changed = |change: fn(&mut Relayed)| {
        let (world, mut relayed) = shown(open_world(), 1, message());
        change(&mut relayed);
        (world.write(), relaying(&relayed))
    };
    let foreign = |message: Message| {
        let (world, relayed) = shown(open_world(), 1, message);
        (world.write(), relaying(&relayed))
    };
    let mut unknown = message();
    unknown.channel.0 += 1;
    vec![
        no(
            "a_receipt_that_is_not_final",
            "N10",
            changed(|relayed| relayed.receipt.0 += 1),
        ),
        no(
            "another_domains_outbox",
            "N10",
            changed(|relayed| relayed.domain.0 += 1),
        ),
        no("another_place", "N11", changed(|relayed| relayed.path.start = 0)),
        no("a_longer_list", "N11", changed(|relayed| relayed.path.length = 4)),
        no(
            "another_destination",
            "N11",
            changed(|relayed| relayed.message.to = ChainId::Consensus),
        ),
        no(
            "another_channel",
            "N11",
            changed(|relayed| relayed.message.channel.0 += 1),
        ),
        no(
            "another_payload",
            "N11",
            changed(|relayed| relayed.message.payload = delivered(0)),
        ),
        no(
            "sent_in_anothers_name",
            "N12",
            foreign(says(2, chain(1), asks(0, 5))),
        ),
        no("no_such_channel", "N13", foreign(unknown)),
        no("to_who_is_no_end", "N14", foreign(says(1, chain(3), asks(0, 5)))),
        no("to_itself", "N14", foreign(says(1, chain(1), asks(0, 5)))),
    ]
}

fn closings() -> Vec<Draft> {
    let told = |drained: bool| {
        with(chain(2), |channel| {
            channel.stage = Stage::Closed;
            channel.from_opener = Sender {
                next: MessageNumber(3),
                told: true,
                ..Sender::default()
            };
            channel.from_acceptor = Sender {
                told: true,
                drained,
                ..Sender::default()
            };
        })
    };
    let mut half = open_world();
    half.rooms.insert(DomainId(2), (0, true));
    let mut waits = told(false);
    for channel in waits.channels.values_mut() {
        channel.from_acceptor.told = false;
    }
    waits.rooms.insert(DomainId(2), (0, true));
    let drained = |sent| Payload::Drained(MessageNumber(sent));
    vec![
        yes("closed", "N16", (open_world().write(), closing())),
        yes("one_end_has_no_room", "N21", (half.write(), closing())),
        yes(
            "the_consensus_chain_is_an_end",
            "N16",
            (with(ChainId::Consensus, |_| {}).write(), closing()),
        ),
        no("no_channel_to_close", "N13", (world().write(), closing())),
        no("closed_already", "N16", (told(false).write(), closing())),
        no("still_no_room", "N21", (waits.write(), closing())),
        yes("drained", "N16 N17", relayed(told(false), 1, drained(3))),
        yes("both_drained", "N28", relayed(told(true), 1, drained(3))),
        no("drained_too_early", "N17", relayed(told(false), 1, drained(4))),
        no("drained_twice", "N16", relayed(told(true), 2, drained(0))),
        no("not_told", "N16", relayed(open_world(), 1, drained(0))),
    ]
}

fn sends() -> Vec<Draft> {
    let own = || with(ChainId::Consensus, |_| {});
    let full = with(ChainId::Consensus, |channel| channel.from_acceptor.unanswered = 2);
    let closed = with(ChainId::Consensus, |channel| channel.stage = Stage::Closed);
    vec![
        yes("an_account_sends", "N26", (own().write(), sending(NOW))),
        no(
            "an_account_sends_too_late",
            "N26",
            (own().write(), sending(NOW - 1)),
        ),
        no(
            "an_account_sends_over_no_channel",
            "N13",
            (world().write(), sending(NOW)),
        ),
        no(
            "an_account_sends_where_it_is_no_end",
            "N14",
            (open_world().write(), sending(NOW)),
        ),
        no(
            "an_account_sends_over_a_closed_channel",
            "N16",
            (closed.write(), sending(NOW)),
        ),
        no(
            "an_account_sends_over_a_full_channel",
            "N18",
            (full.write(), sending(NOW)),
        ),
    ]
}
