//! V15 to V18: sending.

use super::contracts::DESTROYS;
use super::*;
use decex_core::list;
use decex_evm::{Outcome, QUOTE, QUOTE_GAS, SEND_BYTE_GAS, SEND_GAS, query};

/// Runs one transaction as block 1; returns state, block and what was sent.
fn run_one(tx: Tx) -> (MemoryTree, Block, Vec<Message>) {
    let mut tree = genesis();
    let block = run_on(&mut tree, 1, &[], &[tx]);
    let sent = sent(&tree, 1);
    (tree, block, sent)
}

/// Runs one transaction that is refused, and returns the reason. Nothing is sent, and the value comes back.
fn reverts(tx: Tx) -> String {
    let value = tx.value;
    let (tree, block, sent) = run_one(tx);
    let receipt = &block.receipts[0];
    assert_eq!(receipt.outcome, Outcome::Reverted, "{receipt:?}");
    assert_eq!(sent, []);
    let price = 2 * GWEI * u128::from(receipt.gas_used) + receipt.fees.storage.0;
    assert_eq!(
        balance(&tree, address(&key(0))),
        100 * ETHER - price,
        "{value} came back"
    );
    reason(&receipt.output)
}

fn expected(number: u64, sender: Address, value: u128, deadline: u64, data: &[u8]) -> Message {
    Message {
        from: ChainId::Domain(DomainId(3)),
        to: PEER,
        channel: CHANNEL,
        payload: Payload::Request(
            MessageNumber(number),
            Request {
                sender: party(sender),
                recipient: PartyId(ABROAD.into()),
                value: Balance(value),
                deadline: ConsensusNumber(deadline),
                data: BoundedBytes::new(data.to_vec()).unwrap(),
            },
        ),
    }
}

#[test]
fn v15_an_account_sends_with_a_transaction() {
    let data = send_data(CHANNEL.0, 55, b"hello");
    let (tree, block, sent) = run_one(send_tx(MESSENGER, 0, 100 + FEES, data));
    let receipt = &block.receipts[0];
    assert_eq!(receipt.outcome, Outcome::Succeeded, "{receipt:?}");
    assert_eq!(receipt.output[..], [0; 32]);
    let message = expected(0, address(&key(0)), 100, 55, b"hello");
    assert_eq!(sent, std::slice::from_ref(&message));
    assert_eq!(block.effects.outbox, list::root(&[message.compute_leaf()]), "V13");
    // The money is gone, and is no fee of this block.
    let paid = 2 * GWEI * u128::from(receipt.gas_used) + receipt.fees.storage.0;
    assert_eq!(balance(&tree, address(&key(0))), 100 * ETHER - paid - 100 - FEES);
    assert_eq!(receipt.fees.burned.0, GWEI * u128::from(receipt.gas_used));
    assert_eq!(balance(&tree, MESSENGER), 0);
    assert_eq!(
        (
            receipt.logs.len(),
            receipt.logs[0].address,
            receipt.logs[0].topics()[0]
        ),
        (1, MESSENGER, SENT)
    );
}

#[test]
fn v15_a_contract_sends_in_its_own_name() {
    for data in [&[][..], &[7; 1_024]] {
        let (_, block, sent) = run_one(send_tx(RELAYS, 0, FEES, send_data(CHANNEL.0, 55, data)));
        assert_eq!(block.receipts[0].outcome, Outcome::Succeeded);
        assert_eq!(sent, [expected(0, RELAYS, 0, 55, data)], "no value, and all fees");
    }
}

#[test]
fn v15_refuses_what_is_no_call_of_its_own() {
    let good = send_data(CHANNEL.0, 55, b"hello");
    let malformed = "messenger: not a call of send or quote";
    let changed = |place: usize, byte: u8| {
        let mut data = good.clone();
        data[place] = byte;
        data
    };
    // Nothing, a cut selector, another one, cut arguments, a channel and a deadline over 64 bits, an offset and a length beyond the end.
    let cases = [
        vec![],
        good[..3].to_vec(),
        changed(0, 0),
        good[..4 + 5 * 32 - 1].to_vec(),
        changed(4 + 23, 1),
        changed(4 + 64 + 23, 1),
        changed(4 + 96, 1),
        changed(4 + 128 + 30, 0xff),
        QUOTE.to_vec(),
    ];
    for data in cases {
        assert_eq!(
            reverts(send_tx(MESSENGER, 0, 50, data.clone())),
            malformed,
            "{data:?}"
        );
    }
    let long = send_data(CHANNEL.0, 55, &[1; 1_025]);
    assert_eq!(
        reverts(send_tx(MESSENGER, 0, 50, long)),
        "messenger: data over 1,024 bytes"
    );
    let static_call = send_tx(BY_STATICCALL, 0, 50, good.clone());
    assert_eq!(reverts(static_call), "messenger: send in a static call");
    for by in [BY_DELEGATECALL, BY_CALLCODE] {
        assert_eq!(
            reverts(send_tx(by, 0, 50, good.clone())),
            "messenger: called by delegation"
        );
        let quote = call_data("quote(uint64)", &[U256::from(CHANNEL.0)]).to_vec();
        assert_eq!(
            reverts(send_tx(by, 0, 50, quote)),
            "messenger: called by delegation"
        );
    }
}

#[test]
fn v15_quote_says_what_a_request_takes() {
    let quote = |tree: &MemoryTree, channel: u64| {
        let request = query::CallRequest {
            to: Some(BY_STATICCALL),
            data: call_data("quote(uint64)", &[U256::from(channel)]),
            ..query::CallRequest::default()
        };
        let called = engine().call(tree, &context(1), &request).unwrap();
        let query::CallResult::Returned { output, .. } = called else {
            panic!("{called:?}")
        };
        let words = output.chunks(32).map(U256::from_be_slice);
        words.map(|word| word.to::<u128>()).collect::<Vec<_>>()
    };
    let mut tree = genesis();
    assert_eq!(quote(&tree, CHANNEL.0), [1, FEES, 1]);
    assert_eq!(quote(&tree, 5), [0, 0, 0]);
    let txs: Vec<Tx> = (0..u64::from(CAPACITY))
        .map(|nonce| send_tx(MESSENGER, nonce, FEES, send_data(CHANNEL.0, 55, b"")))
        .collect();
    run_on(&mut tree, 1, &[], &txs);
    assert_eq!(quote(&tree, CHANNEL.0), [1, FEES, 0], "open, without room");
    let with_value = send_tx(
        MESSENGER,
        0,
        1,
        call_data("quote(uint64)", &[U256::from(CHANNEL.0)]).to_vec(),
    );
    assert_eq!(reverts(with_value), "messenger: quote takes no value");
}

#[test]
fn v16_refuses_what_the_channel_would() {
    let data = send_data(CHANNEL.0, 55, b"");
    assert_eq!(
        reverts(send_tx(MESSENGER, 0, FEES, send_data(CHANNEL.0 + 1, 55, b""))),
        "messenger: the channel is not open"
    );
    assert_eq!(
        reverts(send_tx(MESSENGER, 0, FEES - 1, data.clone())),
        "messenger: the value does not cover the fees"
    );
    // Room for three, in one block.
    let mut tree = genesis();
    let txs: Vec<Tx> = (0..4)
        .map(|nonce| send_tx(MESSENGER, nonce, FEES, data.clone()))
        .collect();
    let block = run_on(&mut tree, 1, &[], &txs);
    let outputs: Vec<u8> = block.receipts[..3]
        .iter()
        .map(|receipt| receipt.output[31])
        .collect();
    assert_eq!(outputs, [0, 1, 2]);
    assert_eq!(
        reason(&block.receipts[3].output),
        "messenger: the channel has no room"
    );
    assert_eq!(sent(&tree, 1).len(), 3);
    // An answer makes room for one.
    let next = [4, 5].map(|nonce| send_tx(MESSENGER, nonce, FEES, data.clone()));
    let block = run_on(&mut tree, 2, &[answer(1, said(b""))], &next);
    assert_eq!(block.receipts[0].output[31], 3);
    assert_eq!(block.receipts[1].outcome, Outcome::Reverted);
}

#[test]
fn v16_what_a_transaction_has_sent_counts() {
    let mut tree = genesis();
    let data = send_data(CHANNEL.0, 55, b"x");
    let twice = |nonce| send_tx(SENDS_TWICE, nonce, 2 * (FEES + 3), data.clone());
    let block = run_on(&mut tree, 1, &[], &[twice(0), twice(1)]);
    let words = |index: usize| -> Vec<U256> {
        let words = block.receipts[index].output.chunks(32);
        words.map(U256::from_be_slice).collect()
    };
    assert_eq!(words(0), [1, 0, 1, 1].map(U256::from));
    // The third has room, the fourth has not; what a failed call returns is written over the number.
    assert_eq!(words(1)[..3], [1, 2, 0].map(U256::from));
    let all: Vec<Message> = (0..3)
        .map(|number| expected(number, SENDS_TWICE, 3, 55, b"x"))
        .collect();
    assert_eq!(sent(&tree, 1), all);
    assert_eq!(balance(&tree, SENDS_TWICE), FEES + 3, "of the one that failed");
}

#[test]
fn v17_what_is_reverted_is_not_sent() {
    let data = send_data(CHANNEL.0, 55, b"x");
    for (outer, outcome) in [(REVERTS_AFTER, Outcome::Reverted), (BURNS_AFTER, Outcome::Halted)] {
        let (tree, block, sent) = run_one(send_tx(outer, 0, FEES + 3, data.clone()));
        let receipt = &block.receipts[0];
        assert_eq!((receipt.outcome, receipt.logs.len(), sent.len()), (outcome, 0, 0));
        let price = 2 * GWEI * u128::from(receipt.gas_used) + receipt.fees.storage.0;
        assert_eq!(balance(&tree, address(&key(0))), 100 * ETHER - price);
        // The number was not used.
        let mut tree = tree;
        let block = run_on(&mut tree, 2, &[], &[send_tx(MESSENGER, 1, FEES, data.clone())]);
        assert_eq!(block.receipts[0].output[31], 0);
    }
    // An inner revert takes back its own alone: number 0, room, money.
    let (tree, block, sent) = run_one(send_tx(CATCHES, 0, 2 * (FEES + 3), data));
    assert_eq!(block.receipts[0].outcome, Outcome::Succeeded);
    assert_eq!(sent, [expected(0, CATCHES, 3, 55, b"x")]);
    assert_eq!(balance(&tree, CATCHES), FEES + 3);
}

#[test]
fn v17_out_of_gas_sends_nothing() {
    let data = send_data(CHANNEL.0, 55, b"x");
    let enough = run_one(send_tx(MESSENGER, 0, FEES, data.clone())).1.receipts[0].gas_used;
    for (gas, count) in [(enough, 1), (enough - 1, 0)] {
        let tx = Tx {
            gas,
            ..send_tx(MESSENGER, 0, FEES, data.clone())
        };
        let (_, block, sent) = run_one(tx);
        assert_eq!((sent.len(), block.receipts[0].gas_used), (count, gas));
    }
}

#[test]
fn v18_gas_is_by_the_schedule() {
    let used = |data: &[u8]| {
        let tx = send_tx(MESSENGER, 0, FEES, send_data(CHANNEL.0, 55, data));
        let intrinsic: u64 = tx.data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
        run_one(tx).1.receipts[0].gas_used - 21_000 - intrinsic
    };
    assert_eq!(used(&[]), SEND_GAS);
    assert_eq!(used(&[9; 100]), SEND_GAS + 100 * SEND_BYTE_GAS);
    // What is refused pays for what was looked at, and no more.
    let tx = send_tx(MESSENGER, 0, FEES, send_data(CHANNEL.0 + 1, 55, &[]));
    let intrinsic: u64 = tx.data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
    assert_eq!(run_one(tx).1.receipts[0].gas_used, 21_000 + intrinsic + QUOTE_GAS);
}

#[test]
fn v11_what_is_given_to_the_messenger_otherwise_is_burned() {
    let (tree, block, sent) = run_one(send_tx(DESTROYS, 0, 777, vec![]));
    let receipt = &block.receipts[0];
    assert_eq!(sent, []);
    assert_eq!(receipt.fees.burned.0, GWEI * u128::from(receipt.gas_used) + 777);
    assert_eq!(balance(&tree, MESSENGER), 0);
}

#[test]
fn v10_a_send_over_the_witness_limit_sends_nothing() {
    let raw = [send_tx(MESSENGER, 0, FEES + 9, send_data(CHANNEL.0, 55, b"x")).sign(&key(0))];
    let mut seen = std::collections::BTreeSet::new();
    for limit in (4_000..24_000).step_by(487) {
        let mut tree = genesis();
        let block = run_whole(&engine(), &context(1), &mut tree, (&[], &raw), 1, limit);
        let outcome = block.receipts[0].outcome;
        assert_eq!(sent(&tree, 1).len(), usize::from(outcome == Outcome::Succeeded));
        seen.insert(outcome);
    }
    assert_eq!(seen, [Outcome::Succeeded, Outcome::Exceeded].into());
}

#[test]
fn v16_what_the_outbox_has_no_room_for_is_refused() {
    use decex_core::hash::{Digest, Hash};
    use decex_core::state::{StateKey, StateTree};
    use parity_scale_codec::Encode;
    // An outbox that holds one more: the last number but one, whose binary form has 31 ones.
    let outbox = (u32::MAX - 1, vec![Digest([7; 32]); 31], 0u64, 0u32).encode();
    let key = Hash::new(&decex_core::label::RESERVED_KEY)
        .chain(b"messaging")
        .chain([0])
        .finish();
    let mut tree = genesis();
    tree.update(&[(StateKey(key), Some(outbox.into()))].into_iter().collect())
        .unwrap();
    let data = send_data(CHANNEL.0, 55, b"");
    let txs = [
        send_tx(SENDS_TWICE, 0, 2 * FEES, data.clone()),
        send_tx(MESSENGER, 1, FEES, data),
    ];
    let block = run_on(&mut tree, 1, &[], &txs);
    let succeeded = |word: usize| block.receipts[0].output[32 * word + 31];
    assert_eq!((succeeded(0), succeeded(2)), (1, 0));
    assert_eq!(
        reason(&block.receipts[1].output),
        "messenger: the outbox holds no more"
    );
    assert_eq!(sent(&tree, 1).len(), 1);
}
