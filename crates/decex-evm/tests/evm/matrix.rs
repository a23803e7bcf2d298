//! The matrix of `spec/matrix.md` over a block of this engine: the suite of the testkit over transfers, calls that write, fail, halt
//! and pass their witness limit, messages in and out, and bundles that break each rule of legality.

use crate::common::*;
use crate::messages::*;
use decex_bundle::{Base, Fault, Illegal, Item, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::execution::Engine;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_core::message::{Answer, Message, Refusal};
use decex_core::params::*;
use decex_evm::{Address, MESSENGER, U256};
use decex_testkit::matrix::{self, Past, Setting, World, every_lie};
use decex_testkit::mutant::Mutant;

const DOMAIN: DomainId = DomainId(3);
const PRICE: Balance = Balance(2);

fn params() -> CheckedParams {
    let limits = HostLimits {
        message_bytes: 4 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 5,
    };
    let params = DomainParams {
        rules: engine().rule_set(),
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
            transactions: 100,
            bytes: 65_536,
            weight: Weight(30_000_000),
        },
        transaction_bytes: 2_048,
        sender_transactions: 8,
        bundles_per_block: 16,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 10,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 4,
        max_gap: 3,
        messages: 16,
        witness_limit: 100_000,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    };
    params.check(&limits).unwrap()
}

fn item(from: u8, tx: &Tx) -> Item {
    matrix::item(&engine(), tx.sign(&key(from))).unwrap()
}

fn transfer(from: u8, nonce: u64) -> Item {
    let value = U256::from(5 + nonce);
    item(
        from,
        &Tx {
            nonce,
            value,
            ..Tx::default()
        },
    )
}

/// Every kind of message: delivered to an account and to contracts, refused, over the witness limit, answers; and contracts that
/// send while they are called.
fn messages() -> Vec<Message> {
    vec![
        request(0, party(Address::repeat_byte(0x33)), 5, b""),
        request(1, party(TELLS), 5, b"data"),
        request(2, party(REVERTS), 5, b""),
        request(3, party(LOOPS), 5, b""),
        request(4, party(READS), 5, b""),
        request(5, party(SENDS_BACK), FEES + 5, b""),
        answer(0, Answer::Refused(Refusal::Recipient)),
        answer(7, said(b"to nothing")),
        request(6, party(MESSENGER), 5, b""),
    ]
}

/// What the block's bundles carry: valid ones, one for each rule of legality, one whose base is gone.
fn bundles(old: Base, new: Base) -> Vec<(Base, Vec<Item>)> {
    let data = send_data(CHANNEL.0, 55, b"x");
    let numbers = |a: u64, b: u64| [U256::from(a), U256::from(b)];
    let shared = transfer(5, 0);
    let sends = vec![
        item(0, &send_tx(MESSENGER, 1, FEES + 1, data.clone())),
        item(1, &send_tx(SENDS_TWICE, 0, 2 * FEES, data.clone())),
        item(2, &send_tx(CATCHES, 0, 2 * FEES, data.clone())),
        item(3, &send_tx(REVERTS_AFTER, 0, FEES, data)),
        item(4, &Tx::default()),
        shared.clone(),
    ];
    let calls = vec![
        shared,
        item(6, &call(0, 100_000, "set(uint256,uint256)", &numbers(5, 700))),
        item(6, &call(1, 50_000, "fail()", &[])),
        item(6, &call(2, 50_000, "burn()", &[])),
        item(
            6,
            &call(3, 5_000_000, "readMany(uint256,uint256)", &numbers(0, 200)),
        ),
        // Not next, so not executed.
        transfer(7, 3),
    ];
    let mut malformed = transfer(8, 0);
    malformed.bytes = BoundedVec::new(vec![1, 2, 3]).unwrap();
    // The same bytes in every place but s, which is beyond the half of the order.
    let mut unsigned = transfer(8, 1);
    let mut bytes = unsigned.bytes.to_vec();
    let s = bytes.len() - 32;
    bytes[s..].fill(0xff);
    unsigned.bytes = BoundedVec::new(bytes).unwrap();
    let mut overstated = transfer(8, 2);
    overstated.weight = Weight(1);
    let poor = transfer(POOR, 0);
    let gone = Base {
        hash: ReceiptHash(Digest([99; 32])),
        ..new
    };
    vec![
        (new, sends),
        (old, calls),
        (new, vec![transfer(9, 0), malformed]),
        (new, vec![transfer(9, 1), unsigned]),
        (old, vec![transfer(9, 2), overstated]),
        // Its nonce was used in block 1.
        (new, vec![transfer(9, 3), transfer(0, 0)]),
        (new, vec![transfer(9, 4), poor]),
        (gone, vec![transfer(9, 5)]),
    ]
}

/// Has a wallet and no money.
const POOR: u8 = 30;

/// A channel and a transfer in block 1, everything else in block 2.
fn world(engine: &dyn Engine) -> World<'_> {
    let setting = Setting {
        engine,
        params: params(),
        domain: DOMAIN,
        byte_price: PRICE,
    };
    let genesis = decex_evm::genesis(&contracts_and_users()).unwrap();
    let past = Past::new(setting, &genesis).unwrap();
    let old = past.base(0).unwrap();
    let past = past
        .extend(vec![(old, vec![transfer(0, 0)])], vec![opened()])
        .unwrap();
    let new = past.base(1).unwrap();
    past.judge(bundles(old, new), messages()).unwrap()
}

#[test]
fn every_lie_about_a_block_gets_the_answer_of_its_row() {
    let engine = engine();
    let mut world = world(&engine);
    let report = every_lie(&mut world).unwrap();
    // Gas burns the base fee, senders pay for bytes and channels for messages: there is less of everything to be claimed.
    assert_eq!(report.missing_rows(), []);
    let mut receives: Vec<u32> = report.told.iter().filter_map(|told| entry(told.lie)).collect();
    receives.sort_unstable();
    receives.dedup();
    assert_eq!(
        receives,
        [1, 2, 3, 4, 5],
        "each step that takes messages in was lied about"
    );
    let (told, proofs) = (report.told.len(), report.proofs().count());
    println!("{told} lies, {proofs} proofs");
    assert!(told > 500 && proofs > 200, "{told} {proofs}");
}

/// The step of messages that a lie is about.
fn entry(lie: Mutant) -> Option<u32> {
    if let Mutant::TraceFrom(entry @ 1..=5) | Mutant::TraceEntry(entry @ 1..=5) = lie {
        return Some(entry);
    }
    None
}

/// The block that is lied about has what the matrix is to be tried on.
#[test]
fn the_judged_block_has_everything_in_it() {
    let engine = engine();
    let world = world(&engine);
    let right = world.right();
    // The fault's place depends on the order of the body.
    let verdicts: Vec<Option<Illegal>> = right
        .receipt
        .verdicts
        .iter()
        .map(|verdict| match verdict {
            Verdict::Invalid(Fault { rule, .. }) => Some(*rule),
            Verdict::Valid | Verdict::BaseRemoved => None,
        })
        .collect();
    use Illegal::{Claim, Fees, Malformed, Nonce, Signature};
    let rules = [Malformed, Signature, Claim, Nonce, Fees].map(Some);
    assert_eq!(verdicts, [&[None, None][..], &rules, &[None]].concat());
    assert_eq!(right.receipt.verdicts.last(), Some(&Verdict::BaseRemoved));
    let tree = world.state_after(right.steps.len()).unwrap();
    let slot = |index: U256| decex_evm::query::storage_at(&tree, &PROBE, &index).unwrap();
    assert_eq!(slot(U256::from(5)), U256::from(700));
    // What passed its witness limit wrote nothing, and has used its nonce.
    assert_eq!(slot(U256::MAX), U256::ZERO);
    assert_eq!(decex_evm::query::nonce_of(&tree, &address(&key(6))), Ok(4));
    assert_ne!(right.receipt.effects.outbox, decex_core::list::root(&[]));
}
