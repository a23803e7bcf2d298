//! J19: what other chains ask, and what users ask of them.

use crate::common::*;
use decex_core::execution::{Context, Engine};
use decex_core::message::{
    Answer, ChainId, ChannelId, ChannelTerms, Message, MessageNumber, PartyId, Payload, Refusal, Request,
};
use decex_core::state::{Halt, Meter, Overlay, StateTree};
use decex_core::{Balance, ConsensusNumber, Digest, DomainId, SenderId};
use decex_messaging::end;
use decex_wasm::{Action, Failure, Outcome, query};

const CHANNEL: ChannelId = ChannelId(7);
const OTHER: ChainId = ChainId::Domain(DomainId(8));

fn message(payload: Payload) -> Message {
    Message {
        from: OTHER,
        to: ChainId::Domain(DOMAIN),
        channel: CHANNEL,
        payload,
    }
}

fn request(number: u64, to: SenderId, value: u128, data: &[u8]) -> Message {
    let request = Request {
        sender: PartyId(Digest([8; 32])),
        recipient: PartyId(to.0),
        value: Balance(value),
        deadline: ConsensusNumber(1_000),
        data: bounded(data),
    };
    message(Payload::Request(MessageNumber(number), request))
}

fn opened() -> Message {
    message(Payload::Opened(ChannelTerms {
        capacity: 9,
        opener_fee: Balance(3),
        acceptor_fee: Balance(4),
    }))
}

/// A channel, requests of a contract and of an account, and one that the contract traps at.
pub fn all(contract: SenderId) -> Vec<Message> {
    vec![
        opened(),
        request(0, contract, 1_000, b"hello"),
        request(1, sender(2), 50, b""),
        request(2, contract, 1_000, &[255]),
    ]
}

/// A user's request to another chain.
pub fn send(value: u128, data: &[u8]) -> Action {
    over(CHANNEL, value, data)
}

fn over(channel: ChannelId, value: u128, data: &[u8]) -> Action {
    Action::Send {
        channel,
        to: PartyId(Digest([8; 32])),
        value: Balance(value),
        deadline: ConsensusNumber(1_000),
        data: bounded(data),
    }
}

impl Chain {
    /// Takes in a message. Refuses it if it passes the limit.
    fn take_in(&mut self, message: &Message, limit: u32) {
        let context: Context = context(self.number);
        let changes = {
            let mut state = Overlay::new(&self.tree, Meter::new(limit));
            match engine().receive(&context, &mut state, message) {
                Ok(()) => {}
                Err(Halt::Read(error)) => panic!("{error}"),
                Err(Halt::Limit) => {
                    state.drop_attempt(Meter::new(decex_core::execution::REFUSE_ALLOWANCE));
                    engine().refuse(&context, &mut state, message).unwrap();
                }
            }
            state.keep(Meter::new(0));
            state.into_parts().0
        };
        self.tree.update(&changes).unwrap();
    }

    /// The last message that was sent.
    fn sent(&self) -> Payload {
        let mut state = Overlay::new(&self.tree, Meter::new(u32::MAX));
        let sent = end::sent_in(&mut state, context(self.number).number).unwrap();
        sent.messages.last().unwrap().payload.clone()
    }
}

fn answered(number: u64, answer: Answer) -> Payload {
    Payload::Answer(MessageNumber(number), answer)
}

/// A chain with a channel and a vault.
fn with_vault() -> (Chain, SenderId) {
    let mut chain = Chain::new();
    let contract = chain.deploy(0, &vault(), 0, &[0; 32]);
    chain.take_in(&opened(), LIMIT);
    (chain, contract)
}

#[test]
fn j19_value_goes_to_the_recipient_and_a_contract_acts() {
    let (mut chain, contract) = with_vault();
    let before = query::block_totals(&chain.tree).unwrap();
    chain.take_in(&request(0, contract, 1_000, b"hello"), LIMIT);
    let said = Answer::Delivered(bounded(b"thanks"));
    assert_eq!(chain.sent(), answered(0, said));
    assert_eq!(chain.balance(contract), 1_000);
    let asked = chain.stored(contract, b"asked").unwrap();
    assert!(asked.ends_with(&[&[8; 32][..], b"hello"].concat()));
    let after = query::block_totals(&chain.tree).unwrap();
    assert_eq!(after.fees.execution.0 - before.fees.execution.0, 3);
    // Its event is in the chain of receipts.
    assert_ne!(after.receipts, before.receipts);
    // An account just gets it.
    chain.take_in(&request(1, sender(9), 70, b"whatever"), LIMIT);
    assert_eq!(chain.sent(), answered(1, Answer::Delivered(bounded(b""))));
    assert_eq!(chain.balance(sender(9)), 70);
}

#[test]
fn j19_a_contract_that_traps_or_cannot_be_asked_refuses() {
    let (mut chain, contract) = with_vault();
    let token_at = chain.deploy(0, &token(), 0, &[9; 8]);
    let refused = |number| answered(number, Answer::Refused(Refusal::Recipient));
    let root = chain.tree.root();
    for (number, to, data) in [(0, contract, &[255][..]), (1, token_at, b"hello")] {
        chain.take_in(&request(number, to, 1_000, data), LIMIT);
        assert_eq!(chain.sent(), refused(number));
        assert_eq!((chain.balance(to), chain.stored(to, b"asked")), (0, None));
    }
    assert_ne!(chain.tree.root(), root, "the answers are in the outbox");
    // More than there can be.
    chain.take_in(&request(2, sender(1), u128::MAX, b""), LIMIT);
    assert_eq!(chain.sent(), refused(2));
    assert_eq!(chain.balance(sender(1)), RICH);
    // One that says too much to be an answer, and one that uses more fuel than a message has.
    for (number, body) in [
        (3, r#"(call $finish (i32.const 0) (i32.const 257))"#),
        (4, "(loop $l (br $l))"),
    ] {
        let code = probe_with(&format!(r#"(func (export "receive") {body})"#), "");
        let to = chain.deploy(0, &code, 0, &[]);
        chain.take_in(&request(number, to, 1_000, b""), LIMIT);
        assert_eq!((chain.sent(), chain.balance(to)), (refused(number), 0));
    }
}

#[test]
fn j19_a_message_beyond_the_witness_limit_is_refused() {
    let (mut chain, contract) = with_vault();
    chain.take_in(&request(0, contract, 1_000, b"hello"), 9_000);
    assert_eq!(chain.sent(), answered(0, Answer::Refused(Refusal::Limit)));
    assert_eq!(chain.balance(contract), 0);
}

#[test]
fn j19_what_is_sent_is_paid_and_comes_back_if_it_is_refused() {
    let (mut chain, _) = with_vault();
    let before = chain.balance(sender(1));
    let receipt = chain.must(1, send(500, b"please"));
    let fees = receipt.fees.execution.0 + receipt.fees.storage.0;
    let cost = 500 + 3 + 4;
    assert_eq!(chain.balance(sender(1)), before - fees - cost);
    assert!(
        matches!(chain.sent(), Payload::Request(MessageNumber(0), request) if request.value == Balance(500))
    );
    chain.take_in(&message(answered(0, Answer::Refused(Refusal::Recipient))), LIMIT);
    assert_eq!(chain.balance(sender(1)), before - fees - cost + 500);
    // Nothing is taken for what cannot be sent.
    let elsewhere = over(ChannelId(99), 5, b"");
    assert_eq!(
        chain.apply(1, elsewhere).outcome,
        Outcome::Failed(Failure::Missing)
    );
    let has = chain.balance(sender(2)) - 20_000_000;
    assert_eq!(
        chain.apply(2, send(has + 19_000_000, b"")).outcome,
        Outcome::Refused(decex_wasm::Refusal::Balance)
    );
    for _ in 0..9 {
        chain.must(3, send(1, b""));
    }
    let full = chain.apply(3, send(1, b""));
    assert_eq!(full.outcome, Outcome::Failed(Failure::Missing));
}
