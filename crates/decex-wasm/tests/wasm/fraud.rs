//! Every lie about a block of contracts gets the answer that its row of `spec/matrix.md` gives: refused at submission, or
//! refuted by one proof. The suite is written for any engine; the block is of this one.

use crate::common::*;
use crate::messages;
use decex_bundle::Base;
use decex_core::execution::Engine;
use decex_core::params::*;
use decex_core::*;
use decex_testkit::matrix::{Past, Setting, World, every_lie, item};
use decex_testkit::mutant::ROWS;
use decex_wasm::key;

fn params(engine: &dyn Engine) -> CheckedParams {
    let limits = HostLimits {
        message_bytes: 4 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 5,
    };
    let params = DomainParams {
        rules: engine.rule_set(),
        genesis: StateRoot::default(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 12,
            epoch: 12,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 1_000,
            bytes: 65_536,
            weight: Weight(1_000_000_000),
        },
        transaction_bytes: 8_192,
        sender_transactions: 16,
        bundles_per_block: 16,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 10,
        seed_delay: 1,
        trace_interval: 3,
        max_base_lag: 4,
        max_gap: 3,
        messages: 8,
        witness_limit: 60_000,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    };
    params.check(&limits).unwrap()
}

/// Deploys contracts in block 1, and uses them in block 2.
fn world(engine: &dyn Engine) -> World<'_> {
    let setting = Setting {
        engine,
        params: params(engine),
        domain: DOMAIN,
        byte_price: PRICE,
    };
    let past = Past::new(setting, &genesis_changes()).unwrap();
    let writes = probe(
        "(loop $l
        (drop (call $set (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4)))
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (br_if $l (i32.lt_u (i32.load (i32.const 0)) (i32.const 100))))",
    );
    let [token_at, vault_at, writes_at] = [3, 4, 5].map(|nonce| key::contract(&sender(0), Nonce(nonce)));
    let deploy = [
        upload(&token()),
        upload(&vault()),
        upload(&writes),
        make(&token(), 5, &1_000_u64.to_le_bytes()),
        make(&vault(), 0, token_at.0.as_bytes()),
        make(&writes, 0, &[]),
        call(token_at, 0, &pay(1, vault_at, 500)),
    ];
    let items = (0..)
        .zip(deploy)
        .map(|(nonce, action)| item(engine, signed(0, nonce, MUCH, action)).unwrap());
    let old = past.base(0).unwrap();
    let past = past.extend(vec![(old, items.collect())], Vec::new()).unwrap();
    let new = past.base(1).unwrap();
    let gone = Base {
        hash: ReceiptHash(Digest([99; 32])),
        ..new
    };
    let one = |from, nonce, weight, action| item(engine, signed(from, nonce, weight, action)).unwrap();
    let mut malformed = one(4, 0, MUCH, transfer(sender(1), 1));
    malformed.bytes = BoundedVec::new(vec![1, 2, 3]).unwrap();
    let shared = one(1, 0, MUCH, call(vault_at, 3, &pay(2, sender(3), 60)));
    let bundles = vec![
        (
            new,
            vec![
                shared.clone(),
                one(1, 1, MUCH, call(vault_at, 0, &pay(2, sender(3), 600))),
                one(1, 2, MUCH, call(vault_at, 0, &pay(1, sender(3), 600))),
                one(2, 0, 60_000, call(writes_at, 0, &[])),
                one(2, 1, MUCH, call(writes_at, 0, &[])),
                one(0, 7, MUCH, upload(&probe("(drop (f32.const 0))"))),
                one(0, 8, MUCH, make(&writes, 9, &[])),
            ],
        ),
        (
            old,
            vec![
                shared,
                one(3, 0, MUCH, transfer(sender(7), 11)),
                one(3, 1, MUCH, messages::send(77, b"hello")),
                one(4, 5, MUCH, transfer(sender(7), 11)),
            ],
        ),
        (new, vec![one(4, 1, MUCH, transfer(sender(7), 11)), malformed]),
        (gone, vec![one(4, 2, MUCH, transfer(sender(7), 11))]),
    ];
    past.judge(bundles, messages::all(vault_at)).unwrap()
}

#[test]
fn every_mutant_of_a_right_receipt_is_answered_as_its_row_says() {
    let engine = engine();
    let report = every_lie(&mut world(&engine)).unwrap();
    // Nothing is burned here (J7), so nobody can claim that less was.
    assert_eq!(report.missing_rows(), [("burned", "too low")]);
    let (count, proofs) = (report.told.len(), report.proofs().count());
    println!("{count} lies, {} rows, {proofs} proofs", ROWS.len());
    assert!(count > 300 && proofs > 100, "{count} {proofs}");
}

/// The block that is lied about has what the matrix is to be tried on.
#[test]
fn the_judged_block_has_everything_in_it() {
    let engine = engine();
    let world = world(&engine);
    let right = world.right();
    let tree = world.state_after(right.steps.len()).unwrap();
    let vault_at = key::contract(&sender(0), Nonce(4));
    let stored = |name: &[u8]| decex_wasm::query::storage_at(&tree, &vault_at, name).unwrap();
    assert_eq!(stored(b"tried").as_deref(), Some(&(-2_i32).to_le_bytes()[..]));
    assert!(stored(b"asked").is_some());
    assert_ne!(right.receipt.effects.outbox, list::root(&[]));
    let totals = decex_wasm::query::block_totals(&tree).unwrap();
    assert!(totals.transactions > 8 && totals.fees.execution > Balance(3 * MUCH as u128));
}
