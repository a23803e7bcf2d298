//! V19 to V21: what messages do.

use super::contracts::{SAYS_MUCH, SAYS_NOTHING, TIPS};
use super::*;
use decex_core::execution::Fees;
use decex_core::hash::digest;
use decex_core::label;
use decex_evm::{FEE_RECIPIENT, ON_ANSWER, ON_MESSAGE, Outcome, query};
use revm::primitives::keccak256;

/// Takes one message in as block 1; returns state, block and what was sent.
fn take_in(message: Message) -> (MemoryTree, Block, Vec<Message>) {
    let mut tree = genesis();
    let block = run_on(&mut tree, 1, &[message], &[]);
    let sent = sent(&tree, 1);
    (tree, block, sent)
}

fn answer_of(message: &Message) -> &Answer {
    let Payload::Answer(_, answer) = &message.payload else {
        panic!("{message:?}")
    };
    answer
}

/// The call data as Solidity's `abi.encodeCall` makes it, written here by hand.
fn encoded(selector: [u8; 4], words: &[U256], data: &[u8]) -> Vec<u8> {
    let mut bytes = selector.to_vec();
    let offset = U256::from((words.len() + 1) * 32);
    for word in words.iter().chain([&offset, &U256::from(data.len())]) {
        bytes.extend(word.to_be_bytes::<32>());
    }
    bytes.extend(data);
    bytes.resize((bytes.len() - 4).next_multiple_of(32) + 4, 0);
    bytes
}

#[test]
fn v19_an_account_without_code_is_credited() {
    let (tree, block, sent) = take_in(request(0, party(Address::repeat_byte(0x33)), 90, b"for you"));
    assert_eq!(balance(&tree, Address::repeat_byte(0x33)), 90);
    assert_eq!(answer_of(&sent[0]), &said(b""));
    assert_eq!(block.calls, []);
    assert_eq!(block.effects.fees.execution, Balance(OWN_FEE));
}

#[test]
fn v19_a_contract_is_called_with_the_value() {
    let (tree, block, sent) = take_in(request(8, party(TELLS), 90, b"for you"));
    assert_eq!(balance(&tree, TELLS), 90);
    assert_eq!(answer_of(&sent[0]), &said(b"ok"));
    let words = [
        U256::from(9),
        U256::from(CHANNEL.0),
        U256::from(8),
        U256::from_be_bytes(ABROAD),
    ];
    let data = encoded(ON_MESSAGE, &words, b"for you");
    assert_eq!(slot(&tree, TELLS, 0), U256::from_be_bytes(keccak256(&data).0));
    assert_eq!(slot(&tree, TELLS, 1), U256::from(90));
    assert_eq!(slot(&tree, TELLS, 2), word(MESSENGER));
    let receipt = &block.calls[0];
    assert_eq!(
        (receipt.outcome, receipt.recipient, receipt.is_answer),
        (Outcome::Succeeded, TELLS, false)
    );
    assert_eq!(receipt.logs[0].data.data[..], data[..]);
    assert_eq!(
        query::nonce_of(&tree, &MESSENGER),
        Ok(0),
        "no account stands there"
    );
}

#[test]
fn v19_consensus_has_a_number_of_its_own() {
    let mut message = request(0, party(TELLS), 0, b"");
    message.from = ChainId::Consensus;
    let (tree, ..) = take_in(message);
    let words = [
        U256::from(u64::MAX),
        U256::from(CHANNEL.0),
        U256::ZERO,
        U256::from_be_bytes(ABROAD),
    ];
    let data = encoded(ON_MESSAGE, &words, b"");
    assert_eq!(slot(&tree, TELLS, 0), U256::from_be_bytes(keccak256(data).0));
}

#[test]
fn v19_refuses_where_no_account_can_stand_or_hold_the_value() {
    let mut padded = [0; 32];
    padded[11] = 1;
    for recipient in [party(MESSENGER), party(FEE_RECIPIENT), PartyId(padded.into())] {
        let (_, _, sent) = take_in(request(0, recipient, 90, b""));
        assert_eq!(answer_of(&sent[0]), &Answer::Refused(Refusal::Recipient));
    }
    for recipient in [address(&key(0)), TELLS] {
        let mut tree = genesis();
        let rich = party(recipient);
        let messages = [request(0, rich, 1, b""), request(1, rich, u128::MAX, b"")];
        run_on(&mut tree, 1, &messages, &[]);
        let sent = sent(&tree, 1);
        assert!(matches!(answer_of(&sent[0]), Answer::Delivered(_)));
        assert_eq!(answer_of(&sent[1]), &Answer::Refused(Refusal::Recipient));
    }
}

#[test]
fn v19_what_a_contract_does_not_want_is_undone() {
    for (contract, outcome) in [
        (REVERTS, Outcome::Reverted),
        (LOOPS, Outcome::Halted),
        (SAYS_NOTHING, Outcome::Reverted),
    ] {
        let before = genesis();
        let (tree, block, sent) = take_in(request(0, party(contract), 90, b"for you"));
        assert_eq!(answer_of(&sent[0]), &Answer::Refused(Refusal::Recipient));
        assert_eq!(balance(&tree, contract), 0);
        assert_eq!(slot(&tree, contract, 0), U256::ZERO);
        assert_eq!(
            query::account(&tree, &contract),
            query::account(&before, &contract)
        );
        let receipt = &block.calls[0];
        assert_eq!((receipt.outcome, receipt.logs.len()), (outcome, 0));
        assert!(receipt.gas_used <= CONFIG.message_gas);
        if contract == LOOPS {
            assert_eq!(receipt.gas_used, CONFIG.message_gas);
        }
        assert_eq!(block.effects.fees.execution, Balance(OWN_FEE), "N5");
    }
}

#[test]
fn v19_an_answer_is_as_long_as_it_fits() {
    for (length, fits) in [(0, true), (1, true), (256, true), (257, false)] {
        let data = U256::from(length).to_be_bytes::<32>();
        let (tree, _, sent) = take_in(request(0, party(SAYS_MUCH), 90, &data));
        let expected = if fits {
            said(&vec![0; length])
        } else {
            Answer::Refused(Refusal::Recipient)
        };
        assert_eq!(answer_of(&sent[0]), &expected);
        assert_eq!(balance(&tree, SAYS_MUCH), if fits { 90 } else { 0 });
    }
}

#[test]
fn v19_a_contract_sends_while_it_is_called() {
    let (tree, block, sent) = take_in(request(0, party(SENDS_BACK), FEES + 40, b""));
    assert_eq!(block.calls[0].outcome, Outcome::Succeeded);
    assert_eq!(
        (slot(&tree, SENDS_BACK, 0), slot(&tree, SENDS_BACK, 1)),
        (U256::ONE, U256::ZERO),
        "the second has no money for the fees"
    );
    // Its request goes before the answer.
    let Payload::Request(MessageNumber(0), back) = &sent[0].payload else {
        panic!("{sent:?}")
    };
    assert_eq!(
        (back.sender, back.value, &back.data[..]),
        (party(SENDS_BACK), Balance(40), &b"back"[..])
    );
    assert_eq!(answer_of(&sent[1]), &said(b"ok"));
    assert_eq!(balance(&tree, SENDS_BACK), 0);
    // Without money for the fees none is sent, and the request is delivered all the same.
    let (tree, _, sent) = take_in(request(0, party(SENDS_BACK), FEES - 1, b""));
    assert_eq!(slot(&tree, SENDS_BACK, 0), U256::ZERO);
    assert_eq!(sent.len(), 1);
    assert_eq!(balance(&tree, SENDS_BACK), FEES - 1);
}

#[test]
fn v20_a_contract_is_told_the_answer() {
    let codes = [
        (Refusal::Closed, 0),
        (Refusal::Expired, 1),
        (Refusal::Recipient, 2),
        (Refusal::Limit, 3),
    ];
    let refusals = codes.map(|(refusal, code)| (Answer::Refused(refusal), 0, vec![code]));
    let delivered = (said(b"thanks"), 1, b"thanks".to_vec());
    for (given, delivered, data) in refusals.into_iter().chain([delivered]) {
        let mut tree = genesis();
        let tx = send_tx(RELAYS, 0, FEES + 30, send_data(CHANNEL.0, 55, b""));
        run_on(&mut tree, 1, &[], &[tx]);
        let block = run_on(&mut tree, 2, &[answer(0, given.clone())], &[]);
        let words = [U256::from(CHANNEL.0), U256::ZERO, U256::from(delivered)];
        let data = encoded(ON_ANSWER, &words, &data);
        assert_eq!(slot(&tree, RELAYS, 0), U256::from_be_bytes(keccak256(data).0));
        assert_eq!(
            (slot(&tree, RELAYS, 1), slot(&tree, RELAYS, 2)),
            (U256::ZERO, word(MESSENGER))
        );
        let refund = match given {
            Answer::Delivered(_) => 0,
            Answer::Refused(Refusal::Closed | Refusal::Expired) => 30 + PEER_FEE,
            Answer::Refused(Refusal::Recipient | Refusal::Limit) => 30,
        };
        assert_eq!(balance(&tree, RELAYS), refund);
        let receipt = &block.calls[0];
        assert_eq!((receipt.is_answer, receipt.outcome), (true, Outcome::Succeeded));
        assert_eq!(block.effects.fees.execution, Balance(OWN_FEE));
        // It is settled: a second one does nothing.
        let block = run_on(&mut tree, 3, &[answer(0, given)], &[]);
        assert_eq!((block.calls.len(), balance(&tree, RELAYS)), (0, refund));
    }
}

#[test]
fn v20_a_contract_that_fails_on_its_answer_keeps_the_refund() {
    // It cannot read an answer: its `send` is malformed, and it passes the reason on.
    let mut tree = genesis();
    let tx = send_tx(CATCHES, 0, 2 * (FEES + 30), send_data(CHANNEL.0, 55, b""));
    run_on(&mut tree, 1, &[], &[tx]);
    let block = run_on(
        &mut tree,
        2,
        &[answer(0, Answer::Refused(Refusal::Recipient))],
        &[],
    );
    assert_eq!(block.calls[0].outcome, Outcome::Reverted);
    assert_eq!(balance(&tree, CATCHES), FEES + 30 + 30);
    // An account without code is not called.
    let mut tree = genesis();
    run_on(
        &mut tree,
        1,
        &[],
        &[send_tx(MESSENGER, 0, FEES + 30, send_data(CHANNEL.0, 55, b""))],
    );
    let before = balance(&tree, address(&key(0)));
    let block = run_on(
        &mut tree,
        2,
        &[answer(0, Answer::Refused(Refusal::Recipient))],
        &[],
    );
    assert_eq!(
        (block.calls.len(), balance(&tree, address(&key(0)))),
        (0, before + 30)
    );
}

#[test]
fn v21_calls_are_in_the_chain_of_receipts_and_beside_the_blocks_gas() {
    let mut tree = genesis();
    let messages = [
        request(0, party(TELLS), 1, b"a"),
        request(1, party(REVERTS), 1, b""),
        request(2, party(LOOPS), 1, b""),
        request(3, party(Address::repeat_byte(0x33)), 1, b""),
        request(4, party(TIPS), 10, b""),
    ];
    let tx = send_tx(RELAYS, 0, FEES, send_data(CHANNEL.0, 55, b""));
    let block = run_on(&mut tree, 1, &messages, &[tx]);
    let outcomes: Vec<Outcome> = block.calls.iter().map(|call| call.outcome).collect();
    let succeeded = Outcome::Succeeded;
    assert_eq!(
        outcomes,
        [succeeded, Outcome::Reverted, Outcome::Halted, succeeded]
    );
    let totals = query::block_totals(&tree).unwrap();
    let gas: u64 = block.calls.iter().map(|call| call.gas_used).sum();
    assert_eq!((totals.calls, totals.call_gas), (4, gas));
    assert_eq!(
        (totals.transactions, totals.gas_used),
        (1, block.receipts[0].gas_used)
    );
    assert_eq!(block.calls[3].cumulative_gas, gas);
    let commitments = block.calls.iter().map(|call| call.commitment_bytes());
    let all = commitments.chain([block.receipts[0].commitment_bytes()]);
    let chain = all.fold(decex_core::Digest([0; 32]), |link, bytes| {
        digest(&label::EVM_LOGS, &[&link.as_bytes()[..], &bytes].concat())
    });
    assert_eq!(totals.receipts, chain);
    // What the last one gave to the fee recipient is a fee of the block.
    assert_eq!(block.calls[3].fees.execution, Balance(5));
    let Fees { execution, .. } = block.effects.fees;
    assert_eq!(execution.0, 5 * OWN_FEE + 5 + block.receipts[0].fees.execution.0);
    assert_eq!(balance(&tree, TIPS), 5);
}

#[test]
fn v21_transactions_have_the_whole_block() {
    // The messages together use more gas than this block has.
    let config = decex_evm::EvmConfig {
        block_gas_limit: 500_000,
        ..CONFIG
    };
    let messages: Vec<Message> = (0..3)
        .map(|number| request(number, party(LOOPS), 0, b""))
        .collect();
    let raw = [send_tx(MESSENGER, 0, FEES, send_data(CHANNEL.0, 55, b"")).sign(&key(0))];
    let mut tree = genesis();
    let block = run_whole(
        &decex_evm::EvmEngine::new(config),
        &context(1),
        &mut tree,
        (&messages, &raw),
        1,
        LIMIT,
    );
    assert_eq!(block.receipts[0].outcome, Outcome::Succeeded);
}

#[test]
fn x5_a_message_over_the_witness_limit_is_refused_and_answered() {
    let mut tree = genesis();
    let messages = [
        request(0, party(READS), 50, b""),
        request(1, party(TELLS), 50, b""),
    ];
    let case = crate::witness::Case {
        before: tree.clone(),
        messages: &messages,
        raw: &[],
        interval: 1,
        limit: 60_000,
    };
    case.check(true);
    let block = run_whole(&engine(), &context(1), &mut tree, (&messages, &[]), 1, 60_000);
    let sent = sent(&tree, 1);
    assert_eq!(answer_of(&sent[0]), &Answer::Refused(Refusal::Limit));
    assert_eq!(answer_of(&sent[1]), &said(b"ok"));
    assert_eq!((balance(&tree, READS), block.calls.len()), (0, 1));
    assert_eq!(
        query::block_totals(&tree).unwrap().calls,
        1,
        "it made no call that counts"
    );
    assert_eq!(block.effects.fees.execution, Balance(2 * OWN_FEE));
    // With room for its witness it is delivered.
    let mut tree = genesis();
    run_on(&mut tree, 1, &messages, &[]);
    assert_eq!(answer_of(&super::sent(&tree, 1)[0]), &said(b"ok"));
}

#[test]
fn x5_an_answer_over_the_witness_limit_is_settled() {
    for limit in (6_000..40_000).step_by(1_531) {
        let mut tree = genesis();
        let tx = send_tx(RELAYS, 0, FEES + 30, send_data(CHANNEL.0, 55, b""));
        run_on(&mut tree, 1, &[], &[tx]);
        let messages = [answer(0, Answer::Refused(Refusal::Recipient))];
        let block = run_whole(&engine(), &context(2), &mut tree, (&messages, &[]), 1, limit);
        assert_eq!(balance(&tree, RELAYS), 30);
        assert_eq!(block.effects.fees.execution, Balance(OWN_FEE));
    }
}
