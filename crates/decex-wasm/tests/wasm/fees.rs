//! J3, J4, J6, J7, J8, J20: what is paid, by whom, and that nothing comes from nothing.

use crate::common::*;
use decex_core::execution::{Engine, Fees};
use decex_core::state::StateTree;
use decex_core::{Balance, Digest, SenderId};
use decex_wasm::limits::*;
use decex_wasm::{Action, BlockTotals, Failure, InvalidGenesis, Outcome, Refusal, genesis, query};
use proptest::prelude::*;

const fn refused(refusal: Refusal) -> Outcome {
    Outcome::Refused(refusal)
}

fn storage_fee(bytes: &[u8]) -> u128 {
    bytes.len() as u128 * PRICE.0
}

/// A chain on which user 9 has so much.
fn with(balance: u128) -> Chain {
    let mut chain = Chain::new();
    chain.must(0, transfer(sender(9), balance));
    chain
}

#[test]
fn j3_blockspace_is_paid_first_and_as_far_as_the_balance_goes() {
    let bytes = signed(9, 0, BASE_FUEL, transfer(sender(1), 0));
    let fee = storage_fee(&bytes);
    for has in [0, 1, fee - 1] {
        let mut chain = with(has);
        let receipt = chain.apply_bytes(&bytes, LIMIT);
        assert_eq!(receipt.outcome, refused(Refusal::Storage));
        assert_eq!(receipt.fees.storage, Balance(has));
        assert_eq!(chain.balance(sender(9)), 0);
    }
    // What is refused for another reason pays for its blockspace too, and uses no nonce.
    let mut chain = with(fee + 10);
    let receipt = chain.apply_bytes(&bytes, LIMIT);
    assert_eq!(receipt.outcome, refused(Refusal::Balance));
    assert_eq!(
        (receipt.fees.storage, receipt.fees.execution),
        (Balance(fee), Balance(0))
    );
    let account = query::account(&chain.tree, &sender(9)).unwrap();
    assert_eq!((account.balance, account.nonce), (10, 0));
}

#[test]
fn j4_refused_in_the_order_of_the_rules() {
    let weight = BASE_FUEL + STATE_FUEL;
    let bytes = |nonce, weight, value| signed(9, nonce, weight, transfer(sender(1), value));
    let fee = storage_fee(&bytes(0, weight, 5));
    let whole = fee + u128::from(weight * FUEL_PRICE) + 5;
    let outcome =
        |has, nonce, weight, value| with(has).apply_bytes(&bytes(nonce, weight, value), LIMIT).outcome;
    assert_eq!(outcome(whole, 0, weight, 5), Outcome::Succeeded);
    assert_eq!(outcome(whole - 1, 0, weight, 5), refused(Refusal::Balance));
    assert_eq!(outcome(whole, 1, weight, 5), refused(Refusal::NonceTooHigh));
    assert_eq!(
        outcome(whole, u64::MAX, weight, 5),
        refused(Refusal::NonceTooHigh)
    );
    assert_eq!(outcome(whole, 0, BASE_FUEL - 1, 5), refused(Refusal::Weight));
    assert_eq!(outcome(whole, 0, BASE_FUEL, 5), Outcome::Failed(Failure::Fuel));
    assert_eq!(
        outcome(RICH / 2, 0, u64::MAX, u128::MAX),
        refused(Refusal::Balance)
    );
    let mut chain = with(3 * whole);
    let first = bytes(0, weight, 5);
    assert_eq!(chain.apply_bytes(&first, LIMIT).outcome, Outcome::Succeeded);
    assert_eq!(
        chain.apply_bytes(&first, LIMIT).outcome,
        refused(Refusal::NonceTooLow)
    );
    // A summary that says something else than the bytes.
    let mut wrong = summary(&first);
    wrong.weight.0 += 1;
    let input = decex_core::execution::Input {
        summary: &wrong,
        bytes: &first,
    };
    let tree = chain.tree.clone();
    let mut state = decex_core::state::Overlay::new(&tree, decex_core::state::Meter::new(LIMIT));
    let receipt = engine().apply_observed(&context(1), &mut state, &input).unwrap();
    assert_eq!(receipt.outcome, refused(Refusal::Malformed));
}

#[test]
fn j4_the_last_nonce_is_never_used() {
    let mut chain = Chain::new();
    let account = decex_wasm::StoredAccount {
        nonce: u64::MAX,
        balance: RICH,
        code: None,
    };
    let change = (decex_wasm::key::account(&sender(9)), account.to_value());
    chain.tree.update(&[change].into()).unwrap();
    let receipt = chain.apply_bytes(&signed(9, u64::MAX, MUCH, transfer(sender(1), 0)), LIMIT);
    assert_eq!(receipt.outcome, refused(Refusal::NonceOverflow));
}

#[test]
fn j6_beyond_the_witness_limit_all_of_the_weight_is_paid_and_nothing_done() {
    // Writes under a hundred keys.
    let body = "(loop $l
        (drop (call $set (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4)))
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (br_if $l (i32.lt_u (i32.load (i32.const 0)) (i32.const 100))))";
    let mut chain = Chain::new();
    let contract = chain.deploy(0, &probe(body), 0, &[]);
    let before = chain.balance(sender(1));
    let bytes = signed(1, 0, MUCH, call(contract, 9, &[]));
    let receipt = chain.apply_bytes(&bytes, 60_000);
    assert_eq!((receipt.outcome, receipt.fuel_used), (Outcome::Exceeded, MUCH));
    let fees = Fees {
        execution: Balance(u128::from(MUCH * FUEL_PRICE)),
        storage: Balance(storage_fee(&bytes)),
        burned: Balance(0),
    };
    assert_eq!(receipt.fees, fees);
    assert_eq!(
        chain.balance(sender(1)),
        before - fees.execution.0 - fees.storage.0
    );
    assert_eq!(
        (chain.balance(contract), chain.stored(contract, &[0; 4])),
        (0, None)
    );
    assert_eq!(query::account(&chain.tree, &sender(1)).unwrap().nonce, 1);
    // What is refused is refused here too.
    let again = chain.apply_bytes(&bytes, 3_000);
    assert_eq!(again.outcome, refused(Refusal::NonceTooLow));
}

#[test]
fn j8_the_chain_of_receipts_holds_every_event() {
    let mut chain = Chain::new();
    let mut link = Digest::ZERO;
    let mut add = |receipt: &decex_wasm::TransactionReceipt| {
        link = receipt.link(link);
        link
    };
    let code = probe("(call $emit (i32.const 0) (call $input_len))");
    add(&chain.must(0, upload(&code)));
    let made = chain.must(0, make(&code, 0, &[]));
    add(&made);
    let contract = made.created.unwrap();
    let told = chain.must(1, call(contract, 0, b"hello"));
    assert_eq!(told.events[0].data, b"hello");
    let right = add(&told);
    assert_eq!(query::block_totals(&chain.tree).unwrap().receipts, right);
    let mut other = told.clone();
    other.events[0].data = b"hallo".to_vec();
    assert_ne!(other.link(Digest::ZERO), told.link(Digest::ZERO));
    let refused = chain.apply_bytes(&signed(4, 9, MUCH, transfer(sender(1), 0)), LIMIT);
    assert_eq!(
        query::block_totals(&chain.tree).unwrap().receipts,
        refused.link(right)
    );
}

#[test]
fn j20_a_genesis_names_nobody_twice_and_fits() {
    let all = [
        (sender(0), Balance(u128::MAX - 1)),
        (sender(1), Balance(1)),
        (sender(2), Balance(0)),
    ];
    assert_eq!(genesis(&all).unwrap().len(), 2);
    let more = [all[0], all[1], (sender(2), Balance(1))];
    assert_eq!(genesis(&more), Err(InvalidGenesis::Supply));
    let twice = [(sender(0), Balance(1)), (sender(0), Balance(2))];
    assert_eq!(genesis(&twice), Err(InvalidGenesis::Repeated(sender(0))));
}

#[test]
fn the_rule_set_names_the_interpreter_and_the_configuration() {
    assert!(decex_wasm::RULES.contains("wasmi/2.0.0"));
    let mut config = *engine().config();
    config.fuel_price += 1;
    assert_ne!(
        decex_wasm::WasmEngine::new(config).rule_set(),
        engine().rule_set()
    );
}

/// A call at random, of contracts that are there or of nobody.
#[derive(Clone, Debug)]
pub struct Random {
    pub from: u8,
    what: u8,
    to: u8,
    value: u128,
    weight: u64,
}

pub fn any_call() -> impl Strategy<Value = Random> {
    (
        0..USERS,
        0_u8..9,
        0_u8..8,
        prop_oneof![Just(0), 0_u128..2_000, Just(RICH / 2), Just(u128::MAX)],
        prop_oneof![Just(MUCH), BASE_FUEL - 1..200_000],
    )
        .prop_map(|(from, what, to, value, weight)| Random {
            from,
            what,
            to,
            value,
            weight,
        })
}

/// The contracts that random calls are of: token, vault, one that pays its caller 3 and fails if the input is odd, one that calls
/// the address in its input with 2.
pub fn cast(chain: &mut Chain) -> [SenderId; 4] {
    let token_at = chain.deploy(0, &token(), 0, &1_000_u64.to_le_bytes());
    let vault_at = chain.deploy(0, &vault(), 0, token_at.0.as_bytes());
    chain.must(0, call(token_at, 0, &pay(1, vault_at, 300)));
    let pays = "
        (i64.store (i32.const 100) (i64.const 3)) (call $caller (i32.const 200))
        (drop (call $transfer (i32.const 200) (i32.const 100)))
        (if (i32.and (i32.load8_u (i32.const 0)) (i32.const 1)) (then unreachable))";
    let calls = "
        (i64.store (i32.const 100) (i64.const 2))
        (drop (call $call (i32.const 0) (i32.const 100) (i32.const 0) (call $input_len)))";
    let pays = chain.deploy(0, &probe(pays), 50, &[]);
    let calls = chain.deploy(0, &probe(calls), 50, &[]);
    [token_at, vault_at, pays, calls]
}

impl Random {
    pub fn action(&self, cast: &[SenderId; 4]) -> Action {
        let to = match self.to {
            0..4 => cast[usize::from(self.to)],
            other => sender(other),
        };
        let amount = self.value as u64;
        match self.what {
            0 => transfer(to, self.value),
            1 => call(cast[0], self.value % 3, &pay(1, to, amount)),
            2 => call(cast[1], self.value % 3, &pay(1, to, amount)),
            3 => call(cast[1], self.value % 3, &pay(2, to, amount)),
            4 => call(cast[2], self.value, &[self.to]),
            5 => call(cast[3], self.value, to.0.as_bytes()),
            6 => make(&token(), self.value, &[9; 8]),
            7 => upload(&probe(if self.to > 3 { "" } else { "(drop (f32.const 0))" })),
            _ => call(to, self.value, NOBODY),
        }
    }
}

/// Long enough to be an address, which the last contract takes it for.
const NOBODY: &[u8; 32] = b"whatever it may be, an address..";

fn sum(chain: &Chain, cast: &[SenderId], made: &[SenderId]) -> u128 {
    let users: Vec<SenderId> = (0..8).map(sender).chain([SenderId(Digest(*NOBODY))]).collect();
    let accounts = users.iter().chain(cast).chain(made);
    accounts.map(|who| chain.balance(*who)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn j7_value_is_conserved(calls in prop::collection::vec(any_call(), 1..14), limit in prop_oneof![Just(LIMIT), 8_000_u32..40_000]) {
        let mut chain = Chain::new();
        let cast = cast(&mut chain);
        let mut made = Vec::new();
        let begin = query::block_totals(&chain.tree).unwrap();
        let before = sum(&chain, &cast, &made);
        let mut used = begin.fuel_used;
        for random in &calls {
            let nonce = chain.nonces[usize::from(random.from)];
            let bytes = signed(random.from, nonce, random.weight, random.action(&cast));
            let receipt = chain.apply_bytes(&bytes, limit);
            if !matches!(receipt.outcome, Outcome::Refused(_)) {
                chain.nonces[usize::from(random.from)] += 1;
            }
            prop_assert!(receipt.fuel_used <= random.weight);
            prop_assert_eq!(receipt.fees.execution.0, u128::from(receipt.fuel_used * FUEL_PRICE));
            used += receipt.fuel_used;
            made.extend(receipt.created);
        }
        let end: BlockTotals = query::block_totals(&chain.tree).unwrap();
        prop_assert_eq!(end.fuel_used, used);
        let paid = |totals: &BlockTotals| totals.fees.execution.0 + totals.fees.storage.0 + totals.fees.burned.0;
        prop_assert_eq!(before, sum(&chain, &cast, &made) + paid(&end) - paid(&begin));
    }
}
