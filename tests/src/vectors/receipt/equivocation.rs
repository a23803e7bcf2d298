//! The cases of the rules R34 to R42.

use super::view::{DOMAIN, View};
use crate::vectors::Draft;
use crate::vectors::common::{keypair, named};
use crate::vectors::json::scale;
use decex_bundle::{BodyCommitment, Header, ReceiptsCommitment, SealedHeader, VERSION};
use decex_core::list::{ListTree, RunProof};
use decex_core::{BoundedVec, DomainId, OperatorId, ReceiptHash, StateRoot, Window, label};
use decex_election::ElectionProof;
use decex_receipt::{Receipt, ReceiptEquivocation, Vouched};
use serde_json::{Value, json};

/// Vouches for the receipt at `index` of a bundle of `receipts`, with a header that `change` has seen, under a key.
fn vouched(receipts: &[&Receipt], index: u32, change: impl FnOnce(&mut Header), seed: u8) -> Vouched {
    let tree = ListTree::new(receipts.iter().map(|receipt| receipt.compute_hash().0).collect());
    let mut header = Header {
        version: VERSION,
        domain: DOMAIN,
        operator: OperatorId(7),
        election: ElectionProof {
            window: Window(5),
            preoutput: [1; 32],
            key_commitment: [2; 32],
            input_commitment: [3; 32],
            response: [4; 32],
        },
        base: ReceiptHash(named(1)),
        receipts: ReceiptsCommitment {
            root: tree.root(),
            count: tree.length(),
        },
        body: BodyCommitment::default(),
    };
    change(&mut header);
    let seal = keypair(seed).sign(&label::BUNDLE_SEAL, &header.compute_hash().0);
    let place = usize::try_from(index).expect("small");
    let receipt = receipts.get(place).copied().expect("a receipt");
    Vouched {
        header: SealedHeader { header, seal },
        receipt: receipt.clone(),
        place: tree.prove(index, 1).expect("a leaf"),
    }
}

/// Vouches for one receipt in a header of its own.
fn alone(receipt: &Receipt) -> Vouched {
    vouched(&[receipt], 0, |_| {}, 1)
}

fn when(first: &Vouched, second: &Vouched) -> Value {
    let (first, second) = (first.clone(), second.clone());
    json!({ "equivocation": scale(&ReceiptEquivocation { first, second }) })
}

/// A receipt, and one that differs from it as `change` says.
fn pair(change: impl FnOnce(&mut Receipt)) -> (Receipt, Receipt) {
    let one = View::new(1).next().receipt;
    let mut other = one.clone();
    change(&mut other);
    (one, other)
}

pub(super) fn drafts() -> Vec<Draft> {
    [accepted(), origins(), headers(), places()].concat()
}

fn given(seed: u8) -> Value {
    json!({ "key": scale(keypair(seed).key()) })
}

fn two() -> (Receipt, Receipt) {
    pair(|receipt| receipt.state = StateRoot(named(9)))
}

fn accepted() -> Vec<Draft> {
    let (one, other) = two();
    let both = [&one, &other];
    let later = vouched(&[&other], 0, |header| header.election.window = Window(6), 1);
    let verdicts = pair(|receipt| receipt.verdicts = BoundedVec::default());
    let case = |name, first: &Vouched, second: &Vouched| {
        Draft::accepted(
            name,
            "R34 R35 R36 R37 R38 R39 R40 R41 R42",
            given(1),
            when(first, second),
        )
    };
    vec![
        case("two_states", &alone(&one), &alone(&other)),
        case("in_the_other_order", &alone(&other), &alone(&one)),
        case("in_two_windows", &alone(&one), &later),
        case(
            "in_one_header",
            &vouched(&both, 0, |_| {}, 1),
            &vouched(&both, 1, |_| {}, 1),
        ),
        case("two_lists_of_verdicts", &alone(&verdicts.0), &alone(&verdicts.1)),
    ]
}

fn origins() -> Vec<Draft> {
    let refused = |name, rule, change: fn(&mut Receipt)| {
        let (one, other) = pair(change);
        Draft::refused(name, rule, given(1), when(&alone(&one), &alone(&other)))
    };
    let foreign = pair(|receipt| receipt.state = StateRoot(named(9)));
    let abroad = |receipt: &Receipt| {
        let domain = DomainId(4);
        alone(&Receipt {
            domain,
            ..receipt.clone()
        })
    };
    vec![
        refused("another_version", "R36", |receipt| receipt.version += 1),
        refused("other_rules", "R36", |receipt| receipt.rules.0.0[0] ^= 1),
        refused("another_number", "R36", |receipt| receipt.number.0 += 1),
        refused("another_parent", "R36", |receipt| receipt.parent.0.0[0] ^= 1),
        refused("another_consensus_number", "R36", |receipt| {
            receipt.consensus_number.0 += 1
        }),
        refused("another_consensus_hash", "R36", |receipt| {
            receipt.consensus_hash.0.0[0] ^= 1
        }),
        refused("another_seed", "R36", |receipt| receipt.seed.0.0[0] ^= 1),
        refused("the_same_receipt", "R38", |_| {}),
        Draft::refused(
            "of_another_domain_than_the_headers",
            "R37",
            given(1),
            when(&abroad(&foreign.0), &abroad(&foreign.1)),
        ),
    ]
}

fn headers() -> Vec<Draft> {
    let (one, other) = two();
    let refused =
        |name, rules, second: &Vouched| Draft::refused(name, rules, given(1), when(&alone(&one), second));
    let second = |change: fn(&mut Header), seed| vouched(&[&other], 0, change, seed);
    let mut unmarked = alone(&other);
    unmarked.header.seal.0[63] &= 0x7f;
    vec![
        refused(
            "two_domains",
            "R34",
            &second(|header| header.domain = DomainId(4), 1),
        ),
        refused(
            "two_operators",
            "R35",
            &second(|header| header.operator = OperatorId(8), 1),
        ),
        Draft::refused(
            "the_first_of_another_key",
            "R41 E14",
            given(1),
            when(&vouched(&[&one], 0, |_| {}, 2), &alone(&other)),
        ),
        Draft::refused(
            "both_of_another_key",
            "R41 E14",
            given(2),
            when(&alone(&one), &alone(&other)),
        ),
        refused("the_second_of_another_key", "R42 E14", &second(|_| {}, 2)),
        refused("the_second_without_its_mark", "R42 E13", &unmarked),
    ]
}

fn places() -> Vec<Draft> {
    let (one, other) = two();
    let misplaced = |receipt: &Receipt, change: fn(&mut RunProof)| {
        let mut vouched = alone(receipt);
        change(&mut vouched.place);
        vouched
    };
    let unlisted = Vouched {
        receipt: other.clone(),
        ..alone(&one)
    };
    let outside = |place: &mut RunProof| place.start = 1;
    let longer = |place: &mut RunProof| place.length = 2;
    let refused = |name, rules, first: &Vouched, second: &Vouched| {
        Draft::refused(name, rules, given(1), when(first, second))
    };
    vec![
        refused(
            "the_first_beyond_its_list",
            "R39 C4",
            &misplaced(&one, outside),
            &alone(&other),
        ),
        refused(
            "the_first_without_its_siblings",
            "R39 C5",
            &misplaced(&one, longer),
            &alone(&other),
        ),
        refused("the_second_not_in_its_list", "R40 C6", &alone(&one), &unlisted),
        refused(
            "the_second_beyond_its_list",
            "R40 C4",
            &alone(&one),
            &misplaced(&other, outside),
        ),
    ]
}
