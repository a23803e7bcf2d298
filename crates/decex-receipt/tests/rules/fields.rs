//! No field of a receipt is neither checked at submission nor refutable: one false value of each. All of them: `spec/matrix.md`.

use crate::world::*;
use decex_bundle::{Fault, Illegal, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::execution::{Effects, Fees};
use decex_core::id::*;
use decex_receipt::*;
use parity_scale_codec::Encode;

/// What answers a false value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Submission refuses it with this code.
    Refused(u16),
    /// Submission accepts it; decex-fraud refutes it.
    Refutable,
}

use Answer::{Refused, Refutable};

type Change = fn(&mut Receipt);

const TABLE: &[(&str, Change, Answer)] = &[
    ("version", |receipt| receipt.version = 9, Refused(1)),
    ("rules", |receipt| receipt.rules = RuleSet(named(9)), Refused(10)),
    ("domain", |receipt| receipt.domain = DomainId(9), Refused(2)),
    ("number", |receipt| receipt.number = DomainNumber(9), Refused(7)),
    (
        "parent",
        |receipt| receipt.parent = ReceiptHash(named(9)),
        Refused(8),
    ),
    (
        "consensus_number",
        |receipt| receipt.consensus_number = ConsensusNumber(9),
        Refused(11),
    ),
    (
        "consensus_hash",
        |receipt| receipt.consensus_hash = ConsensusHash(named(9)),
        Refused(12),
    ),
    ("seed", |receipt| receipt.seed = Seed(named(9)), Refused(33)),
    (
        "verdicts: how many",
        |receipt| receipt.verdicts = BoundedVec::default(),
        Refused(13),
    ),
    (
        "schedule.root",
        |receipt| receipt.schedule.root = ListRoot(named(9)),
        Refused(22),
    ),
    (
        "schedule.count",
        |receipt| receipt.schedule.count = 9,
        Refused(17),
    ),
    (
        "trace.root",
        |receipt| receipt.trace.root = ListRoot(named(9)),
        Refused(24),
    ),
    ("trace.length", |receipt| receipt.trace.length = 9, Refused(18)),
    (
        "state",
        |receipt| receipt.state = StateRoot(named(9)),
        Refused(25),
    ),
    (
        "effects.outbox",
        |receipt| receipt.effects.outbox = ListRoot(named(9)),
        Refutable,
    ),
    (
        "effects.fees.execution",
        |receipt| receipt.effects.fees.execution = Balance(9),
        Refutable,
    ),
    (
        "effects.fees.storage",
        |receipt| receipt.effects.fees.storage = Balance(9),
        Refutable,
    ),
    (
        "effects.fees.burned",
        |receipt| receipt.effects.fees.burned = Balance(9),
        Refutable,
    ),
];

#[test]
fn every_field_is_checked_or_refutable() {
    for (name, change, answer) in TABLE {
        let mut world = World::new(1);
        let mut submission = world.next();
        change(&mut submission.receipt);
        let found = match world.submit(1, 500, &submission) {
            Ok(_) => Refutable,
            Err(invalid) => Refused(invalid.code()),
        };
        assert_eq!(found, *answer, "{name}");
    }
}

#[test]
fn what_the_openings_leave_open_is_refutable() {
    // A verdict that is wrong but possible, with the schedule that follows from it: the inbox family.
    let wrong = Verdict::Invalid(Fault {
        index: 0,
        rule: Illegal::Nonce,
    });
    let mut world = World::new(1);
    let submission = world.with(DomainNumber(1), world.chain.head_hash, &[wrong], 0);
    assert!(world.submit(1, 500, &submission).is_ok());
    // A schedule in another order, well opened: the schedule family.
    let mut world = World::new(1);
    let mut submission = world.next();
    let openings = submission.openings.clone().unwrap();
    let mut entries = openings.schedule.to_vec();
    entries.reverse();
    open(&mut submission, entries, openings.trace.to_vec());
    assert!(world.submit(1, 500, &submission).is_ok());
    // Other states, well opened: the transition family.
    let mut world = World::new(1);
    let submission = world.with(DomainNumber(1), world.chain.head_hash, &[], 5);
    assert!(world.submit(1, 500, &submission).is_ok());
}

/// Does not compile when a field is added that the table does not know.
#[test]
fn the_table_is_complete() {
    let Receipt {
        version: _,
        rules: _,
        domain: _,
        number: _,
        parent: _,
        consensus_number: _,
        consensus_hash: _,
        seed: _,
        verdicts: _,
        schedule: decex_core::schedule::ScheduleClaim { root: _, count: _ },
        trace: TraceClaim { root: _, length: _ },
        state: _,
        effects:
            Effects {
                outbox: _,
                fees:
                    Fees {
                        execution: _,
                        storage: _,
                        burned: _,
                    },
            },
    } = World::new(1).next().receipt;
    assert_eq!(TABLE.len(), 18);
}

#[test]
fn every_field_is_part_of_the_hash() {
    let receipt = World::new(1).next().receipt;
    for (name, change, _) in TABLE {
        let mut other = receipt.clone();
        change(&mut other);
        assert_ne!(other.compute_hash(), receipt.compute_hash(), "{name}");
    }
}

#[test]
fn without_verdicts_a_receipt_takes_at_most_400_bytes() {
    let mut receipt = World::new(1).next().receipt;
    receipt.verdicts = BoundedVec::default();
    receipt.schedule.count = u32::MAX;
    receipt.trace.length = u32::MAX;
    receipt.effects.fees = Fees {
        execution: Balance(u128::MAX),
        storage: Balance(u128::MAX),
        burned: Balance(u128::MAX),
    };
    let bytes = receipt.encode().len();
    assert!(bytes <= 400, "{bytes}");
    // Verdicts: one byte each, six where a transaction is blamed; one more for a longer count.
    receipt.verdicts = BoundedVec::new(vec![Verdict::Valid; 64]).unwrap();
    assert_eq!(receipt.encode().len(), bytes + 64 + 1);
}
