//! One end, with whatever consensus puts into its inbox.

use crate::domain::*;
use crate::world::{A, CHANNEL, a, b};
use decex_core::execution::REFUSE_ALLOWANCE;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_core::list::Frontier;
use decex_core::message::*;
use decex_core::state::{Changes, Meter, Overlay, StateTree};
use decex_messaging::NotSent;
use parity_scale_codec::Encode;

const ALICE: PartyId = PartyId(Digest([21; 32]));
const BOB: PartyId = PartyId(Digest([22; 32]));

const TERMS: ChannelTerms = ChannelTerms {
    capacity: 2,
    opener_fee: Balance(3),
    acceptor_fee: Balance(4),
};

fn domain() -> Domain {
    Domain::new(A, &[(ALICE, 1_000)])
}

fn opened() -> Domain {
    let mut domain = domain();
    domain.receive(&from_b(Payload::Opened(TERMS)));
    domain
}

fn from_b(payload: Payload) -> Message {
    Message {
        from: b(),
        to: a(),
        channel: CHANNEL,
        payload,
    }
}

fn request(value: u128, data: &[u8]) -> Request {
    Request {
        sender: ALICE,
        recipient: BOB,
        value: Balance(value),
        deadline: ConsensusNumber(9),
        data: decex_core::BoundedVec::new(data.to_vec()).unwrap(),
    }
}

fn answer(number: u64, answer: Answer) -> Message {
    from_b(Payload::Answer(MessageNumber(number), answer))
}

fn payloads(domain: &mut Domain) -> Vec<Payload> {
    let sent = domain.sent().messages;
    assert!(
        sent.iter()
            .all(|message| (message.from, message.to) == (a(), b()))
    );
    sent.into_iter().map(|message| message.payload).collect()
}

#[test]
fn n1_nothing_is_sent_over_a_channel_that_is_not_open() {
    let mut domain = domain();
    assert_eq!(domain.send(CHANNEL, request(1, &[])), Err(NotSent::NoChannel));
    let mut domain = opened();
    assert_eq!(
        domain.send(ChannelId(CHANNEL.0 + 1), request(1, &[])),
        Err(NotSent::NoChannel)
    );
    domain.receive(&from_b(Payload::Close));
    assert_eq!(domain.send(CHANNEL, request(1, &[])), Err(NotSent::NoChannel));
    assert_eq!(domain.balance(&ALICE), 1_000);
}

#[test]
fn n2_no_more_is_sent_than_the_capacity_until_something_is_answered() {
    let mut domain = opened();
    assert_eq!(domain.send(CHANNEL, request(1, &[])), Ok(MessageNumber(0)));
    assert_eq!(domain.send(CHANNEL, request(1, &[])), Ok(MessageNumber(1)));
    assert_eq!(domain.send(CHANNEL, request(1, &[])), Err(NotSent::Full));
    domain.receive(&answer(0, Answer::Delivered(Default::default())));
    assert_eq!(domain.send(CHANNEL, request(1, &[])), Ok(MessageNumber(2)));
}

#[test]
fn n3_a_request_costs_its_value_and_both_fees() {
    let mut domain = opened();
    domain.send(CHANNEL, request(100, &[])).unwrap();
    assert_eq!(domain.balance(&ALICE), 1_000 - 100 - 3 - 4);
    let quote = domain.run(|_, state| decex_messaging::end::quote(state, CHANNEL));
    assert_eq!(quote.unwrap().cost(Balance(u128::MAX)), None);
}

#[test]
fn n5_every_request_is_answered_in_its_step_and_pays_the_fee() {
    let mut domain = opened();
    let asks = |number, data: &[u8]| from_b(Payload::Request(MessageNumber(number), request(10, data)));
    domain.receive(&asks(0, &[7]));
    domain.receive(&asks(1, &[NO]));
    domain.refuse(&asks(2, &[7]));
    let thanks = Answer::Delivered(decex_core::BoundedVec::new(b"thanks".to_vec()).unwrap());
    let expected = [
        (0, thanks),
        (1, Answer::Refused(Refusal::Recipient)),
        (2, Answer::Refused(Refusal::Limit)),
    ];
    let expected = expected.map(|(number, answer)| Payload::Answer(MessageNumber(number), answer));
    assert_eq!(payloads(&mut domain), expected);
    assert_eq!(domain.balance(&BOB), 10);
    assert_eq!(domain.balance(&FEES), 3 * 3, "the opener's fee for each");
}

/// Consensus would take no other answer, and the request would wait for ever.
#[test]
fn n29_an_application_cannot_give_the_reasons_of_consensus() {
    let mut domain = opened();
    for (number, (why, expected)) in [
        (1, Refusal::Recipient),
        (2, Refusal::Recipient),
        (3, Refusal::Limit),
    ]
    .into_iter()
    .enumerate()
    {
        let number = MessageNumber(number as u64);
        domain.receive(&from_b(Payload::Request(number, request(10, &[NO, why]))));
        let said = payloads(&mut domain).pop();
        assert_eq!(said, Some(Payload::Answer(number, Answer::Refused(expected))));
    }
}

#[test]
fn n6_an_answer_settles_once() {
    // Refused by the other chain: the value. By consensus: what that chain was to have, too.
    for (refusal, back) in [
        (Refusal::Recipient, 100),
        (Refusal::Limit, 100),
        (Refusal::Closed, 104),
        (Refusal::Expired, 104),
    ] {
        for bounded in [false, true] {
            let mut domain = opened();
            domain.send(CHANNEL, request(100, &[])).unwrap();
            let paid = domain.balance(&ALICE);
            for _ in 0..2 {
                let refused = answer(0, Answer::Refused(refusal));
                if bounded {
                    domain.refuse(&refused);
                } else {
                    domain.receive(&refused);
                }
                assert_eq!(domain.balance(&ALICE), paid + back, "{refusal:?}");
                assert_eq!(domain.balance(&FEES), 3);
                assert_eq!(domain.balance(&TOLD), u128::from(!bounded));
            }
        }
    }
    let mut domain = opened();
    domain.send(CHANNEL, request(100, &[])).unwrap();
    let paid = domain.balance(&ALICE);
    domain.receive(&answer(0, Answer::Delivered(Default::default())));
    assert_eq!(domain.balance(&ALICE), paid);
    // To nothing.
    domain.receive(&answer(5, Answer::Refused(Refusal::Recipient)));
    assert_eq!(domain.balance(&ALICE), paid);
}

#[test]
fn who_is_asked_accepts_and_takes_its_own_fee() {
    let mut domain = domain();
    domain.receive(&from_b(Payload::Open(TERMS)));
    assert_eq!(payloads(&mut domain), [Payload::Accept(true)]);
    domain.send(CHANNEL, request(1, &[])).unwrap();
    domain.receive(&from_b(Payload::Request(MessageNumber(0), request(1, &[]))));
    assert_eq!(domain.balance(&FEES), 4);
}

#[test]
fn a_closed_end_says_what_it_has_sent_and_settles_what_comes() {
    let mut domain = opened();
    domain.send(CHANNEL, request(100, &[])).unwrap();
    domain.receive(&from_b(Payload::Close));
    assert_eq!(
        payloads(&mut domain).last(),
        Some(&Payload::Drained(MessageNumber(1)))
    );
    domain.receive(&answer(0, Answer::Refused(Refusal::Closed)));
    assert_eq!(domain.balance(&ALICE), 1_000 - 3);
    // One that never was open has sent nothing.
    let mut domain = crate::alone::domain();
    domain.receive(&from_b(Payload::Close));
    assert_eq!(payloads(&mut domain), [Payload::Drained(MessageNumber(0))]);
}

/// Puts the frontier of an outbox of this length in place.
fn set_outbox(domain: &mut Domain, length: u32, tops: usize) {
    let frontier = (length, vec![Digest([5; 32]); tops]).encode();
    let frontier: Frontier = decex_core::decode_exact(&frontier, frontier.len()).unwrap();
    let touched = {
        let mut state = Overlay::new(&domain.tree, Meter::new(u32::MAX));
        decex_messaging::end::outbox_root(&mut state).unwrap();
        state.into_parts().1
    };
    let key = *touched.iter().next().unwrap();
    let value = (frontier, DomainNumber(0), 0_u32).encode();
    let changes = Changes::from([(key, Some(value.into()))]);
    domain.tree.update(&changes).unwrap();
}

/// Otherwise a message would have no effect and no answer (X5). The worst case: the outbox is as long as it gets, and the answer
/// goes where the longest message has stood.
#[test]
fn n5_a_refusal_fits_its_allowance_at_the_largest_values() {
    let refuse = |domain: &Domain, message: &Message| {
        let mut state = Overlay::new(&domain.tree, Meter::new(REFUSE_ALLOWANCE));
        let done = decex_messaging::end::refuse(&domain.context(), &mut state, message, &mut Accounts);
        assert_eq!(done, Ok(()), "{message:?}");
        state.keep(Meter::new(0));
        let (changes, touched) = state.into_parts();
        assert!(touched.len() <= 4, "{message:?}");
        changes
    };
    let longest = vec![7; MAX_DATA_BYTES as usize];
    let mut domain = opened();
    domain
        .send(CHANNEL, request(u128::from(u8::MAX), &longest))
        .unwrap();
    domain.end_block();
    set_outbox(&mut domain, u32::MAX - 1, 31);
    for payload in [
        Payload::Request(MessageNumber(u64::MAX), request(u128::MAX, &longest)),
        Payload::Answer(MessageNumber(0), Answer::Refused(Refusal::Closed)),
        Payload::Open(TERMS),
        Payload::Opened(TERMS),
        Payload::Close,
    ] {
        assert!(!refuse(&domain, &from_b(payload)).is_empty());
    }
}

#[test]
fn n4_a_full_outbox_sends_nothing() {
    let mut domain = opened();
    domain.send(CHANNEL, request(1, &[])).unwrap();
    let before = domain.run(|_, state| decex_messaging::end::outbox_root(state));
    // The frontier of the longest list: 32 full subtrees. Nobody can fill one in a test.
    set_outbox(&mut domain, u32::MAX, 32);
    assert_ne!(domain.root(), before);
    assert_eq!(domain.send(CHANNEL, request(1, &[])), Err(NotSent::Outbox));
}

#[test]
fn a_relayer_reads_each_blocks_messages_from_the_state_after_it() {
    let mut domain = opened();
    domain.send(CHANNEL, request(1, &[])).unwrap();
    domain.send(CHANNEL, request(2, &[])).unwrap();
    assert_eq!(domain.sent().first, 0);
    domain.end_block();
    assert_eq!((domain.sent().first, domain.sent().messages.len()), (2, 0));
    domain.receive(&answer(0, Answer::Delivered(Default::default())));
    domain.send(CHANNEL, request(3, &[])).unwrap();
    assert_eq!((domain.sent().first, domain.sent().messages.len()), (2, 1));
    domain.end_block();
    domain.end_block();
}
