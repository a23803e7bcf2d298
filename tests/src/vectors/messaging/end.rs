//! A domain's end: a sequence of deeds over an empty state. The accounts are the toy ledger's: deeds of the ledger's own kinds
//! ([`decex_testkit::ledger`]) tell what it does with requests and answers.

use super::chain;
use crate::vectors::json::{Fields, scale, scales};
use crate::vectors::{Draft, Outcome};
use decex_core::execution::{Context, Engine};
use decex_core::message::{
    Answer, ChannelId, ChannelTerms, Message, MessageNumber, PartyId, Payload, Refusal, Request,
};
use decex_core::state::{MemoryTree, Meter, Overlay, StateTree};
use decex_core::{
    Balance, BoundedVec, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, ReceiptHash, Seed,
    Slot, Timestamp,
};
use decex_messaging::end;
use decex_testkit::ledger::LedgerEngine;
use serde_json::{Value, json};

const DOMAIN: u32 = 1;
const CHANNEL: ChannelId = ChannelId(7);

fn context() -> Context {
    Context {
        domain: DomainId(DOMAIN),
        number: DomainNumber(1),
        parent: ReceiptHash::default(),
        consensus_number: ConsensusNumber(1),
        consensus_hash: ConsensusHash::default(),
        slot: Slot(1),
        timestamp: Timestamp(1),
        seed: Seed::default(),
        byte_price: Balance(1),
    }
}

/// Runs the deeds. A send that is refused ends them with its code.
pub(super) fn run(_: Fields<'_>, when: Fields<'_>) -> Outcome {
    let engine = LedgerEngine::default();
    let mut tree = MemoryTree::new();
    let mut roots = Vec::new();
    for deed in when.each("deeds") {
        let mut state = Overlay::new(&tree, Meter::new(u32::MAX));
        match deed.text("deed") {
            "receive" => engine
                .receive(&context(), &mut state, &deed.scale("message"))
                .expect("a state in memory"),
            "refuse" => engine
                .refuse(&context(), &mut state, &deed.scale("message"))
                .expect("a state in memory"),
            "send" => {
                let request: Request = deed.scale("request");
                let channel = ChannelId(deed.number("channel"));
                let sent = end::send(&context(), &mut state, channel, request).expect("a state in memory");
                if let Err(refused) = sent {
                    return Outcome::err(json!({ "roots": roots }), refused.code());
                }
            }
            other => panic!("no deed `{other}`"),
        }
        state.keep(Meter::new(0));
        let (changes, _) = state.into_parts();
        roots.push(scale(&tree.update(&changes).expect("a tree in memory")));
    }
    let mut state = Overlay::new(&tree, Meter::new(u32::MAX));
    let outbox = end::outbox_root(&mut state).expect("a state in memory");
    let sent = end::sent_in(&mut state, context().number).expect("a state in memory");
    let quote = end::quote(&mut state, CHANNEL).expect("a state in memory");
    let answer = json!({
        "outbox": scale(&outbox),
        "sent": scales::<Message>(&sent.messages),
        "fees": quote.map(|quote| quote.fees.0.to_string()),
    });
    Outcome::ok(json!({ "roots": roots }), answer)
}

fn terms() -> ChannelTerms {
    ChannelTerms {
        capacity: 2,
        opener_fee: Balance(3),
        acceptor_fee: Balance(4),
    }
}

fn message(payload: Payload) -> Value {
    scale(&Message {
        from: chain(2),
        to: chain(DOMAIN),
        channel: CHANNEL,
        payload,
    })
}

fn receive(payload: Payload) -> Value {
    json!({ "deed": "receive", "message": message(payload) })
}

fn refuse(payload: Payload) -> Value {
    json!({ "deed": "refuse", "message": message(payload) })
}

fn request(value: u128, data: &[u8]) -> Request {
    Request {
        sender: PartyId(Digest([21; 32])),
        recipient: PartyId(Digest([22; 32])),
        value: Balance(value),
        deadline: ConsensusNumber(9),
        data: BoundedVec::new(data.to_vec()).expect("short"),
    }
}

fn send(value: u128) -> Value {
    json!({ "deed": "send", "channel": CHANNEL.0, "request": scale(&request(value, b"hi")) })
}

fn asks(number: u64, data: &[u8]) -> Payload {
    Payload::Request(MessageNumber(number), request(10, data))
}

fn refused(number: u64, refusal: Refusal) -> Payload {
    Payload::Answer(MessageNumber(number), Answer::Refused(refusal))
}

fn delivered(number: u64) -> Payload {
    Payload::Answer(MessageNumber(number), Answer::Delivered(Default::default()))
}

pub(super) fn cases() -> Vec<Draft> {
    let when = |deeds: &[Value]| json!({ "deeds": deeds });
    let yes = |name, rules, deeds: &[Value]| Draft::accepted(name, rules, json!({}), when(deeds));
    let no = |name, rules, deeds: &[Value]| Draft::refused(name, rules, json!({}), when(deeds));
    let opened = || receive(Payload::Opened(terms()));
    vec![
        yes(
            "accepts_and_sends",
            "N1 N3",
            &[receive(Payload::Open(terms())), send(100)],
        ),
        yes(
            "sends_up_to_the_capacity",
            "N2",
            &[opened(), send(100), send(200)],
        ),
        yes(
            "sends_again_when_answered",
            "N2 N6",
            &[opened(), send(100), send(200), receive(delivered(0)), send(300)],
        ),
        yes(
            "answers_each_request",
            "N5",
            &[
                opened(),
                receive(asks(0, b"yes")),
                receive(asks(1, &[0xfe])),
                refuse(asks(2, b"yes")),
            ],
        ),
        yes(
            "settles_a_refusal",
            "N6",
            &[opened(), send(100), receive(refused(0, Refusal::Recipient))],
        ),
        yes(
            "settles_a_bounce",
            "N6",
            &[opened(), send(100), receive(refused(0, Refusal::Expired))],
        ),
        yes(
            "settles_once",
            "N6",
            &[
                opened(),
                send(100),
                receive(refused(0, Refusal::Limit)),
                receive(refused(0, Refusal::Limit)),
            ],
        ),
        yes(
            "settles_without_telling",
            "N6",
            &[opened(), send(100), refuse(refused(0, Refusal::Limit))],
        ),
        yes(
            "says_what_it_has_sent",
            "N6",
            &[
                opened(),
                send(100),
                receive(Payload::Close),
                receive(refused(0, Refusal::Closed)),
            ],
        ),
        no("sends_over_no_channel", "N1", &[send(100)]),
        no(
            "sends_over_a_closed_channel",
            "N1",
            &[opened(), receive(Payload::Close), send(100)],
        ),
        no(
            "sends_more_than_the_capacity",
            "N2",
            &[opened(), send(1), send(2), send(3)],
        ),
    ]
}
