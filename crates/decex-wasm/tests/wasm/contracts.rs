//! What contracts do: a token, a vault that calls it, and what happens when one of them fails.

use crate::common::*;
use decex_core::Nonce;
use decex_wasm::{Event, Failure, Outcome, key};

/// A token with 1,000 units at user 0, and a vault that holds 100 of them.
fn deployed() -> (Chain, decex_core::SenderId, decex_core::SenderId) {
    let mut chain = Chain::new();
    let token_at = chain.deploy(0, &token(), 0, &1_000_u64.to_le_bytes());
    let vault_at = chain.deploy(0, &vault(), 0, token_at.0.as_bytes());
    chain.must(0, call(token_at, 0, &pay(1, vault_at, 100)));
    (chain, token_at, vault_at)
}

#[test]
fn a_token_moves_and_tells() {
    let (mut chain, token_at, vault_at) = deployed();
    assert_eq!(chain.tokens(token_at, sender(0)), 900);
    assert_eq!(chain.tokens(token_at, vault_at), 100);
    let receipt = chain.must(0, call(token_at, 0, &pay(1, sender(1), 7)));
    let expected = Event {
        contract: token_at,
        data: pay(1, sender(1), 7)[1..].to_vec(),
    };
    assert_eq!(receipt.events, [expected]);
    let asked = chain.must(2, call(token_at, 0, &pay(2, sender(1), 0)));
    assert_eq!(asked.output, 7_u64.to_le_bytes());
    let read = engine()
        .call(
            &chain.tree,
            &context(1),
            sender(3),
            token_at,
            pay(2, sender(1), 0),
            MUCH,
        )
        .unwrap();
    assert_eq!((read.failure, read.output), (None, 7_u64.to_le_bytes().to_vec()));
}

#[test]
fn j9_what_fails_changes_nothing_and_leaves_no_event() {
    let (mut chain, token_at, _) = deployed();
    let receipt = chain.apply(1, call(token_at, 50, &pay(1, sender(2), 1)));
    assert_eq!(receipt.outcome, Outcome::Failed(Failure::Reverted));
    assert_eq!((receipt.output, receipt.events), (b"poor".to_vec(), vec![]));
    assert_eq!(
        (chain.tokens(token_at, sender(2)), chain.balance(token_at)),
        (0, 0)
    );
    // Written, told and paid before it fails.
    let body = "
        (drop (call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
        (call $emit (i32.const 0) (i32.const 1))
        (i64.store (i32.const 64) (i64.const 5))
        (call $caller (i32.const 100))
        (drop (call $transfer (i32.const 100) (i32.const 64)))";
    for (how, failure) in [
        ("unreachable", Failure::Trapped),
        ("(call $revert (i32.const 0) (i32.const 1))", Failure::Reverted),
        ("(loop $l (br $l))", Failure::Fuel),
    ] {
        let contract = chain.deploy(0, &probe(&format!("{body} {how}")), 77, &[]);
        let receipt = chain.apply(1, call(contract, 10, &[]));
        assert_eq!(receipt.outcome, Outcome::Failed(failure));
        assert!(receipt.events.is_empty());
        assert_eq!(
            (chain.stored(contract, &[0]), chain.balance(contract)),
            (None, 77)
        );
    }
    let contract = chain.deploy(0, &probe(body), 77, &[]);
    let receipt = chain.must(1, call(contract, 10, &[]));
    assert_eq!(receipt.events.len(), 1);
    assert_eq!(
        (chain.stored(contract, &[0]), chain.balance(contract)),
        (Some(vec![0]), 82)
    );
}

#[test]
fn j9_a_callee_that_fails_loses_its_own_changes_only() {
    let (mut chain, token_at, vault_at) = deployed();
    // It has 100: the first is paid, the second reverts in the token, and the vault goes on.
    let receipt = chain.must(1, call(vault_at, 0, &pay(2, sender(3), 60)));
    assert_eq!(receipt.events.len(), 1);
    assert_eq!(
        chain.stored(vault_at, b"tried"),
        Some(0_i32.to_le_bytes().to_vec())
    );
    let receipt = chain.must(1, call(vault_at, 0, &pay(2, sender(3), 60)));
    assert!(receipt.events.is_empty());
    assert_eq!(
        chain.stored(vault_at, b"tried"),
        Some((-2_i32).to_le_bytes().to_vec())
    );
    assert_eq!(
        (
            chain.tokens(token_at, sender(3)),
            chain.tokens(token_at, vault_at)
        ),
        (60, 40)
    );
    // One that does not go on takes the token's changes with it.
    assert_eq!(
        chain.apply(1, call(vault_at, 0, &pay(1, sender(3), 60))).outcome,
        Outcome::Failed(Failure::Trapped)
    );
    chain.must(1, call(vault_at, 0, &pay(1, sender(3), 40)));
    assert_eq!(chain.tokens(token_at, sender(3)), 100);
}

#[test]
fn j9_value_sent_to_a_callee_that_traps_comes_back() {
    let mut chain = Chain::new();
    let traps = chain.deploy(0, &probe("unreachable"), 0, &[]);
    // Calls the address in its input with 5, and stores the answer and what it has left.
    let body = "
        (i64.store (i32.const 100) (i64.const 5))
        (i32.store (i32.const 200) (call $call (i32.const 0) (i32.const 100) (i32.const 0) (i32.const 0)))
        (call $address (i32.const 300))
        (drop (call $balance (i32.const 300) (i32.const 204)))
        (drop (call $set (i32.const 0) (i32.const 1) (i32.const 200) (i32.const 12)))";
    let caller = chain.deploy(0, &probe(body), 7, &[]);
    let key = |who: decex_core::SenderId| who.0.as_bytes()[0];
    let said = |answer: i32, left: u64| [&answer.to_le_bytes()[..], &left.to_le_bytes()].concat();
    chain.must(1, call(caller, 0, traps.0.as_bytes()));
    assert_eq!(chain.stored(caller, &[key(traps)]), Some(said(-3, 7)));
    assert_eq!((chain.balance(traps), chain.balance(caller)), (0, 7));
    // Somebody without code just gets it, and then there is too little.
    chain.must(1, call(caller, 0, sender(4).0.as_bytes()));
    assert_eq!(chain.stored(caller, &[key(sender(4))]), Some(said(0, 2)));
    chain.must(1, call(caller, 0, sender(4).0.as_bytes()));
    assert_eq!(chain.stored(caller, &[key(sender(4))]), Some(said(-1, 2)));
    assert_eq!(chain.balance(sender(4)), RICH + 5);
}

#[test]
fn a_callee_without_fuel_leaves_its_caller_none() {
    let mut chain = Chain::new();
    let endless = chain.deploy(0, &probe("(loop $l (br $l))"), 0, &[]);
    let body = "(drop (call $call (i32.const 0) (i32.const 100) (i32.const 0) (i32.const 0)))";
    let caller = chain.deploy(0, &probe(body), 0, &[]);
    let receipt = chain.apply(1, call(caller, 0, endless.0.as_bytes()));
    assert_eq!(
        (receipt.outcome, receipt.fuel_used),
        (Outcome::Failed(Failure::Fuel), MUCH)
    );
}

#[test]
fn j17_an_address_follows_from_maker_and_nonce() {
    let mut chain = Chain::new();
    let code = token();
    chain.must(0, upload(&code));
    let foreseen = key::contract(&sender(0), Nonce(chain.nonces[0] + 1));
    // What is paid in before is the contract's.
    chain.must(0, transfer(foreseen, 9));
    let receipt = chain.must(0, make(&code, 4, &1_u64.to_le_bytes()));
    assert_eq!((receipt.created, chain.balance(foreseen)), (Some(foreseen), 13));
    let other = chain
        .must(0, make(&code, 0, &1_u64.to_le_bytes()))
        .created
        .unwrap();
    let others = chain
        .must(1, make(&code, 0, &1_u64.to_le_bytes()))
        .created
        .unwrap();
    assert!(foreseen != other && other != others && foreseen != others);
    // One whose `init` fails is not made.
    let failing = wat(
        r#"(module (memory (export "memory") 1) (func (export "init") unreachable) (func (export "call")))"#,
    );
    chain.must(0, upload(&failing));
    let receipt = chain.apply(0, make(&failing, 4, &[]));
    assert_eq!(
        (receipt.outcome, receipt.created),
        (Outcome::Failed(Failure::Trapped), None)
    );
    let gone = key::contract(&sender(0), Nonce(chain.nonces[0] - 1));
    assert_eq!(
        decex_wasm::query::account(&chain.tree, &gone),
        Ok(decex_wasm::StoredAccount::default())
    );
}

#[test]
fn j18_a_contract_that_is_entered_again_sees_what_it_wrote() {
    // Writes 1 under the key 0, enters itself with an input once, and returns what it read then.
    let body = "
        (if (call $input_len) (then
            (drop (call $get (i32.const 900) (i32.const 1)))
            (call $buffer (i32.const 500))
            (i32.store8 (i32.const 901) (i32.const 7))
            (drop (call $set (i32.const 901) (i32.const 1) (i32.const 500) (i32.const 1)))
            (i32.store8 (i32.const 500) (i32.const 2))
            (drop (call $set (i32.const 900) (i32.const 1) (i32.const 500) (i32.const 1)))
            (return)))
        (i32.store8 (i32.const 901) (i32.const 1))
        (drop (call $set (i32.const 900) (i32.const 1) (i32.const 901) (i32.const 1)))
        (call $address (i32.const 300))
        (drop (call $call (i32.const 300) (i32.const 400) (i32.const 0) (i32.const 1)))
        (drop (call $get (i32.const 900) (i32.const 1)))
        (call $buffer (i32.const 500))
        (call $finish (i32.const 500) (i32.const 1))";
    let mut chain = Chain::new();
    let contract = chain.deploy(0, &probe(body), 0, &[]);
    let receipt = chain.must(1, call(contract, 0, &[]));
    // Inside it saw 1, with a memory of its own; outside it sees the 2 that was written inside.
    assert_eq!(receipt.output, [2]);
    assert_eq!(chain.stored(contract, &[7]), Some(vec![1]));
}

#[test]
fn contracts_see_their_caller_their_value_and_the_block() {
    let body = "
        (call $caller (i32.const 0)) (call $address (i32.const 32))
        (call $value (i32.const 64)) (call $block (i32.const 80))
        (call $finish (i32.const 0) (i32.const 104))";
    let mut chain = Chain::new();
    let contract = chain.deploy(0, &probe(body), 0, &[]);
    let output = chain.must(2, call(contract, 99, &[])).output;
    let (context, caller) = (context(1), sender(2));
    let expected = [
        &caller.0.as_bytes()[..],
        contract.0.as_bytes(),
        &99_u128.to_le_bytes(),
        &context.number.0.to_le_bytes(),
        &context.slot.0.to_le_bytes(),
        &context.timestamp.0.to_le_bytes(),
    ];
    assert_eq!(output, expected.concat());
}

#[test]
fn storage_is_written_read_and_removed() {
    // 1: set; 2: get; 3: remove. The key is the second byte, the value the rest.
    let body = "
        (local.set $a (i32.load8_u (i32.const 0)))
        (if (i32.eq (local.get $a) (i32.const 1)) (then
            (drop (call $set (i32.const 1) (i32.const 1) (i32.const 2) (i32.sub (call $input_len) (i32.const 2))))))
        (if (i32.eq (local.get $a) (i32.const 3)) (then
            (drop (call $remove (i32.const 1) (i32.const 1)))))
        (i32.store (i32.const 500) (call $get (i32.const 1) (i32.const 1)))
        (call $buffer (i32.const 504))
        (call $finish (i32.const 500) (i32.add (i32.const 4) (call $buffer_len)))";
    let mut chain = Chain::new();
    let contract = chain.deploy(0, &probe(body), 0, &[]);
    let mut ask = |input: &[u8]| chain.must(1, call(contract, 0, input)).output;
    let absent = (-1_i32).to_le_bytes().to_vec();
    let is = |value: &[u8]| [&(value.len() as i32).to_le_bytes()[..], value].concat();
    assert_eq!(ask(&[2, 9]), absent);
    assert_eq!(ask(&[1, 9, 5, 6]), is(&[5, 6]));
    assert_eq!(ask(&[2, 9]), is(&[5, 6]));
    assert_eq!(ask(&[2, 8]), absent);
    // Nothing is not absent.
    assert_eq!(ask(&[1, 8]), is(&[]));
    assert_eq!(ask(&[3, 9]), absent);
    assert_eq!(ask(&[2, 9]), absent);
}
