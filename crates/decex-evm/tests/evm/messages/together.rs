//! Messages and transactions together: conservation, and the same over witnesses.

use super::contracts::{DESTROYS, TIPS};
use super::*;
use crate::fees::{any_tx, in_order, reachable};
use crate::witness::Case;
use decex_core::execution::Fees;
use decex_evm::{Outcome, decex_messaging};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn everything() -> (Vec<Message>, Vec<Vec<u8>>) {
    let messages = vec![
        request(0, party(TELLS), 5, b"data"),
        request(1, party(REVERTS), 5, b""),
        request(2, party(LOOPS), 5, b""),
        request(3, party(SENDS_BACK), FEES + 5, b""),
        request(4, party(Address::repeat_byte(0x33)), 5, b""),
        answer(0, Answer::Refused(Refusal::Recipient)),
        answer(9, said(b"to nothing")),
    ];
    let data = send_data(CHANNEL.0, 55, b"x");
    let transactions = vec![
        send_tx(MESSENGER, 0, FEES + 1, data.clone()).sign(&key(0)),
        send_tx(SENDS_TWICE, 0, 2 * FEES, data.clone()).sign(&key(1)),
        send_tx(CATCHES, 0, 2 * FEES, data.clone()).sign(&key(2)),
        send_tx(REVERTS_AFTER, 0, FEES, data).sign(&key(3)),
    ];
    (messages, transactions)
}

#[test]
fn v9_a_witness_without_a_key_of_a_message_or_a_send_fails() {
    let (messages, raw) = everything();
    for interval in [1, 3, 16] {
        let case = Case {
            before: genesis(),
            messages: &messages,
            raw: &raw,
            interval,
            limit: LIMIT,
        };
        let block = case.check(true);
        assert_eq!(block.receipts[0].outcome, Outcome::Succeeded);
        assert_eq!(block.calls.len(), 5);
    }
}

/// Which contract a random user calls with `send`.
fn any_send() -> impl Strategy<Value = (u8, Tx)> {
    let to = prop::sample::select(vec![
        MESSENGER,
        RELAYS,
        REVERTS_AFTER,
        BURNS_AFTER,
        SENDS_TWICE,
        CATCHES,
        BY_DELEGATECALL,
        DESTROYS,
        TIPS,
    ]);
    let data = prop::collection::vec(any::<u8>(), 0..60);
    (0u8..6, to, 0..40u128, 3u64..6, data).prop_map(|(sender, to, value, channel, data)| {
        let tx = send_tx(to, 0, value, send_data(channel, 55, &data));
        (sender, Tx { gas: 150_000, ..tx })
    })
}

fn any_message() -> impl Strategy<Value = Message> {
    let to = prop::sample::select(vec![
        TELLS,
        REVERTS,
        LOOPS,
        SENDS_BACK,
        TIPS,
        READS,
        PROBE,
        DESTROYS,
        RELAYS,
        MESSENGER,
        Address::repeat_byte(0x33),
    ]);
    let answers = prop_oneof![
        Just(said(b"yes")),
        Just(Answer::Refused(Refusal::Recipient)),
        Just(Answer::Refused(Refusal::Expired)),
    ];
    prop_oneof![
        3 => (to, 0u64..50, 0..40u128).prop_map(|(to, number, value)| request(number, party(to), value, b"x")),
        1 => (0u64..4, answers).prop_map(|(number, given)| answer(number, given)),
    ]
}

/// What messages brought into the domain, and what those that it sent took out: read from the messages alone.
struct Ledger {
    entered: u128,
    left: u128,
    /// Value of each request that waits, by number.
    waiting: std::collections::BTreeMap<u64, u128>,
}

impl Ledger {
    /// `said` is what the block has sent, of which the first are answers and sends of the messages, in order.
    fn count(&mut self, messages: &[Message], said: &[Message]) {
        for message in said {
            if let Payload::Request(number, request) = &message.payload {
                self.left += request.value.0 + FEES;
                self.waiting.insert(number.0, request.value.0);
                continue;
            }
            let Payload::Answer(number, answer) = &message.payload else {
                panic!("{message:?}")
            };
            let asked = messages.iter().find_map(|message| {
                let Payload::Request(asked, request) = &message.payload else {
                    return None;
                };
                (asked == number).then_some(request.value.0)
            });
            let delivered = matches!(answer, Answer::Delivered(_));
            self.entered += OWN_FEE + if delivered { asked.unwrap() } else { 0 };
        }
    }

    fn settle(&mut self, messages: &[Message]) {
        for message in messages {
            let Payload::Answer(number, answer) = &message.payload else {
                continue;
            };
            if let Some(value) = self.waiting.remove(&number.0) {
                self.entered += OWN_FEE
                    + match answer {
                        Answer::Delivered(_) => 0,
                        Answer::Refused(Refusal::Closed | Refusal::Expired) => value + PEER_FEE,
                        Answer::Refused(_) => value,
                    };
            }
        }
    }
}

/// Each request once: consensus lets none in twice.
fn distinct(messages: Vec<Message>) -> Vec<Message> {
    let renumbered = messages.into_iter().enumerate().map(|(index, mut message)| {
        if let Payload::Request(number, _) = &mut message.payload {
            number.0 = index as u64;
        }
        message
    });
    renumbered.collect()
}

fn addresses() -> BTreeSet<Address> {
    let mut all = reachable();
    all.extend(contracts::all().into_iter().map(|(address, _)| address));
    all.insert(Address::repeat_byte(0x33));
    all.insert(MESSENGER);
    all.insert(decex_evm::FEE_RECIPIENT);
    all
}

fn mixed() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let each = prop_oneof![any_tx(), any_send()];
    prop::collection::vec(each, 0..10).prop_map(in_order)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Balances before + what messages brought = balances after + fees + what those that were sent took.
    #[test]
    fn v11_value_is_conserved_with_messages(
        first in mixed(),
        messages in prop::collection::vec(any_message(), 0..10).prop_map(distinct),
        limit in prop_oneof![Just(LIMIT), 40_000u32..90_000],
    ) {
        let mut tree = genesis();
        let addresses = addresses();
        let mut ledger = Ledger { entered: 0, left: 0, waiting: Default::default() };
        // The requests of the first block are answered in later ones. Each message has a block, so that its answers settle what
        // was sent before it.
        let first: (&[Message], &[Vec<u8>]) = (&[], &first);
        let none: &[Vec<u8>] = &[];
        let blocks = std::iter::once(first).chain(messages.chunks(1).map(|message| (message, none)));
        for (number, (messages, raw)) in (1..).zip(blocks) {
            let before = supply(&tree, &addresses);
            (ledger.entered, ledger.left) = (0, 0);
            let block = run_whole(&engine(), &context(number), &mut tree, (messages, raw), 3, limit);
            ledger.settle(messages);
            ledger.count(messages, &sent(&tree, number));
            let Fees { execution, storage, burned } = block.effects.fees;
            let after = supply(&tree, &addresses) + execution.0 + storage.0 + burned.0;
            prop_assert_eq!(before + ledger.entered, after + ledger.left);
        }
    }

    #[test]
    fn v9_random_blocks_with_messages_run_the_same_over_witnesses(
        raw in mixed(),
        messages in prop::collection::vec(any_message(), 0..6).prop_map(distinct),
        interval in 1usize..5,
        limit in prop_oneof![Just(LIMIT), 10_000u32..60_000],
    ) {
        Case { before: genesis(), messages: &messages, raw: &raw, interval, limit }.check(false);
    }

    /// Each input by the engine alone, and in chunks that share a memory.
    #[test]
    fn v17_chunks_do_not_change_what_is_sent(
        raw in mixed(),
        messages in prop::collection::vec(any_message(), 0..6).prop_map(distinct),
    ) {
        let run = |interval| {
            let mut tree = genesis();
            let block = run_whole(&engine(), &context(1), &mut tree, (&messages, &raw), interval, LIMIT);
            let outbox = decex_messaging::end::outbox_root(&mut Overlay::new(&tree, Meter::new(LIMIT))).unwrap();
            prop_assert_eq!(outbox, block.effects.outbox);
            Ok((sent(&tree, 1), block.receipts, block.calls, block.effects))
        };
        prop_assert_eq!(run(1)?, run(5)?);
    }
}
