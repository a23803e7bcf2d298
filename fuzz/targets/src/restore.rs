//! A restart from a damaged disk: an error or a whole operator, never a panic, never one that says what is not so.

use crate::scene::{SCENE, restored};
use crate::source::Source;
use decex_core::state::StateTree;
use decex_operator::Operator;
use decex_testkit::ledger::LedgerEngine;
use parity_scale_codec::Decode;

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// Damages the scene's disk the way that a script says, or takes the script as the disk.
pub(crate) fn restore(data: &[u8]) {
    let mut source = Source::new(data);
    let entries: Entries = if source.flag() {
        let Ok(entries) = Entries::decode(&mut source.rest()) else {
            return;
        };
        entries
    } else {
        damaged(&mut source)
    };
    if let Ok(operator) = restored(entries) {
        check(operator);
    }
}

fn damaged(source: &mut Source<'_>) -> Entries {
    let mut entries: Entries = SCENE.disk.clone().into_iter().collect();
    for _ in 0..source.below(4) {
        let (kind, at, other) = (
            source.byte() % 5,
            source.below(entries.len()),
            source.below(entries.len()),
        );
        match kind {
            0 => source.edit(&mut entries[at].1),
            1 => source.edit(&mut entries[at].0),
            2 => drop(entries.remove(at)),
            3 => entries[at].1 = entries[other].1.clone(),
            _ => {
                let again = entries[at].clone();
                entries.insert(other, again);
            }
        }
    }
    entries
}

/// What an operator says of itself must agree, now and after it has gone back as far as it can.
fn check(mut operator: Operator<LedgerEngine>) {
    for _ in 0..64 {
        let (number, hash) = operator.head().expect("a head");
        let receipt = operator.receipt(number).expect("the head's receipt").clone();
        assert_eq!(receipt.compute_hash(), hash, "the head's hash names its receipt");
        assert_eq!(receipt.number, number);
        assert!(operator.tip().is_some());
        assert!(operator.openings(number).is_some());
        let root = operator.state().expect("readable").root();
        assert_eq!(root, receipt.state, "the state is the head's");
        if operator.retract().is_err() {
            break;
        }
    }
    let _ = operator.propose(&SCENE.chain.state(), SCENE.slot);
}
