//! Rules B20 to B29.

use crate::world::*;
use decex_bundle::{
    Base, Enforcement, Fault, Illegal, IncludeError, InvalidBundle, Item, Misconfigured, check_header,
    inbox_root,
};
use decex_core::codec::BoundedVec;
use decex_core::execution::Account;
use decex_core::id::*;
use decex_core::list;
use decex_core::params::LegalityMode;
use decex_core::transaction::Summary;
use proptest::prelude::*;

/// A body that was not sorted or summed by `seal_bundle`, committed to as it is.
fn forged(
    items: Vec<Item>,
    change: impl FnOnce(&mut decex_bundle::BodyCommitment),
) -> decex_bundle::Bundle<Note> {
    resealed(&bundle(vec![item(0, 0, 0)]), |bundle| {
        let summaries: Vec<Summary> = items.iter().map(Item::compute_summary).collect();
        let leaves: Vec<_> = summaries.iter().map(Summary::leaf).collect();
        let commitment = &mut bundle.header.header.body;
        commitment.root = list::root(&leaves);
        commitment.count = items.len() as u32;
        commitment.bytes = summaries.iter().map(|leaf| leaf.bytes).sum();
        commitment.weight = Weight(
            summaries
                .iter()
                .map(|leaf| leaf.weight.0)
                .fold(0, u64::wrapping_add),
        );
        change(commitment);
        bundle.body = BoundedVec::new(items).unwrap();
    })
}

fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by_key(|item| item.compute_summary().body_key());
    items
}

#[test]
fn b20_transactions_wait_while_execution_lags() {
    let mut world = World::new();
    world.unexecuted = 6;
    assert!(world.include(&bundle(items(1))).is_ok());
    world.unexecuted = 7;
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::Gap { limit: 6, found: 7 }
    );
    assert!(world.include(&bundle(vec![])).is_ok(), "receipts close the gap");
}

#[test]
fn b21_an_unknown_base_is_refused() {
    let mut world = World::new();
    world.bases.clear();
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::UnknownBase { base: base().hash }
    );
    assert!(world.include(&bundle(vec![])).is_ok(), "receipts have no base");
    // A base that the host says is above its own head is none.
    let mut world = World::new();
    world.head = DomainNumber(39);
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::UnknownBase { base: base().hash }
    );
}

#[test]
fn b21_the_base_may_be_a_receipt_of_the_bundle_itself() {
    let mut world = World::new();
    world.bases.clear();
    let bundle = bundle(items(1));
    let before = world.clone();
    let checked = check_header(&before, NOW, &bundle).unwrap();
    world.bases.insert(base().hash, base());
    world.head = base().number;
    assert!(checked.check_body(&world, None).is_ok());
}

#[test]
fn b22_a_base_far_behind_the_head_is_refused() {
    let mut world = World::new();
    world.head = DomainNumber(50);
    assert!(world.include(&bundle(items(1))).is_ok());
    world.head = DomainNumber(51);
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::BaseLag { limit: 10, found: 11 }
    );
}

#[test]
fn b23_a_long_transaction_is_refused() {
    assert!(World::new().include(&bundle(vec![item(0, 0, 451)])).is_ok());
    let refusal = World::new().refusal(&bundle(vec![item(0, 0, 452)]));
    assert_eq!(
        refusal,
        InvalidBundle::TransactionBytes {
            index: 0,
            limit: 500,
            found: 501
        }
    );
}

#[test]
fn b24_a_body_is_strictly_ascending() {
    let good = sorted(items(3));
    assert!(World::new().include(&forged(good.clone(), |_| ())).is_ok());
    let swapped = vec![good[0].clone(), good[2].clone(), good[1].clone()];
    assert_eq!(
        World::new().refusal(&forged(swapped, |_| ())),
        InvalidBundle::Order { index: 2 }
    );
    let repeated = vec![good[0].clone(), good[0].clone()];
    assert_eq!(
        World::new().refusal(&forged(repeated, |_| ())),
        InvalidBundle::Order { index: 1 }
    );
}

#[test]
fn b25_one_sender_has_few_transactions() {
    let of = |count| {
        bundle(
            (0..count)
                .map(|nonce| item(1, nonce, 0))
                .chain([item(2, 0, 0)])
                .collect(),
        )
    };
    assert!(World::new().include(&of(4)).is_ok());
    let refusal = World::new().refusal(&of(5));
    assert!(
        matches!(refusal, InvalidBundle::SenderCount { limit: 4, .. }),
        "{refusal:?}"
    );
}

#[test]
fn b26_b27_b28_the_body_is_the_committed_one() {
    let items = sorted(items(3));
    let with =
        |change: fn(&mut decex_bundle::BodyCommitment)| World::new().refusal(&forged(items.clone(), change));
    assert_eq!(
        with(|body| body.bytes += 1),
        InvalidBundle::BodyBytes {
            expected: 148,
            found: 147
        }
    );
    let (expected, found) = (Weight(2_999), Some(Weight(3_000)));
    assert_eq!(
        with(|body| body.weight.0 -= 1),
        InvalidBundle::BodyWeight { expected, found }
    );
    assert_eq!(with(|body| body.root.0.0[0] ^= 1), InvalidBundle::Body);
}

#[test]
fn b27_weights_beyond_the_range_are_refused() {
    let mut items = sorted(items(2));
    items[0].weight = Weight(u64::MAX);
    items[1].weight = Weight(2);
    let refusal = World::new().refusal(&forged(items, |_| ()));
    assert_eq!(
        refusal,
        InvalidBundle::BodyWeight {
            expected: Weight(1),
            found: None
        }
    );
}

#[test]
fn b26_an_empty_body_commits_to_nothing() {
    let bundle = resealed(&bundle(vec![]), |bundle| bundle.header.header.body.bytes = 1);
    assert_eq!(
        World::new().refusal(&bundle),
        InvalidBundle::BodyBytes {
            expected: 1,
            found: 0
        }
    );
}

fn enforced() -> World {
    let mut params = params();
    params.legality = LegalityMode::Enforced;
    let mut world = World::with(params);
    for n in 0..10 {
        world.accounts.insert(
            sender(n),
            Account {
                nonce: Nonce(0),
                balance: Balance(1_000),
            },
        );
    }
    world
}

#[test]
fn b29_an_illegal_transaction_is_refused_where_legality_is_enforced() {
    let world = enforced();
    assert!(world.include(&bundle(items(5))).is_ok());
    let mut items = items(5);
    items[3].weight = Weight(999);
    let bundle = bundle(items);
    let index = bundle
        .body
        .iter()
        .position(|item| item.weight == Weight(999))
        .unwrap() as u32;
    let fault = Fault {
        index,
        rule: Illegal::Claim,
    };
    assert_eq!(world.refusal(&bundle), InvalidBundle::Illegal { fault });
    assert!(
        World::new().include(&bundle).is_ok(),
        "deferred: the operators judge"
    );
}

#[test]
fn b29_legality_is_never_skipped_for_want_of_an_engine() {
    let (world, bundle) = (enforced(), bundle(items(1)));
    let found = check_header(&world, NOW, &bundle)
        .unwrap()
        .check_body(&world, None);
    assert_eq!(found, Err(IncludeError::Misconfigured(Misconfigured::NoEngine)));
}

#[test]
fn b29_a_failing_account_view_is_no_verdict() {
    let (world, bundle) = (enforced(), bundle(items(1)));
    let broken = World {
        fails: true,
        ..world.clone()
    };
    let enforcement = Enforcement {
        engine: &Toy,
        accounts: &broken,
    };
    let found = check_header(&world, NOW, &bundle)
        .unwrap()
        .check_body(&world, Some(enforcement));
    assert_eq!(found, Err(IncludeError::Host(Broken)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// In what order the author collects, and in what order bundles are included, plays no part.
    #[test]
    fn order_of_collection_and_inclusion_is_irrelevant(order in Just((0..12_u64).collect::<Vec<_>>()).prop_shuffle()) {
        let one = sealed(&draft(), vec![], order.iter().map(|n| item(*n, 0, 0)).collect());
        let other = sealed(&draft(), vec![], (0..12).map(|n| item(n, 0, 0)).collect());
        prop_assert_eq!(&one, &other);

        let inboxed: Vec<_> = (0..4).map(|window| {
            let draft = decex_bundle::Draft { election: election(Window(50 - window), 1), ..draft() };
            let bundle = sealed(&draft, vec![], items(2));
            World::new().include(&bundle).unwrap().into_parts().1.unwrap()
        }).collect();
        let mut mixed: Vec<_> = order.iter().filter_map(|n| inboxed.get(*n as usize).cloned()).collect();
        let mut straight = inboxed;
        mixed.sort_by_key(|bundle| bundle.header);
        straight.sort_by_key(|bundle| bundle.header);
        prop_assert_eq!(inbox_root(&mixed), inbox_root(&straight));
    }
}

#[test]
fn the_inbox_binds_every_field_of_a_bundle() {
    let inboxed = World::new()
        .include(&bundle(items(2)))
        .unwrap()
        .into_parts()
        .1
        .unwrap();
    let root = inbox_root(std::slice::from_ref(&inboxed));
    let mut others = vec![inboxed.clone(); 5];
    others[0].header.0.0[0] ^= 1;
    others[1].operator.0 += 1;
    others[2].base = Base {
        byte_price: Balance(3),
        ..inboxed.base
    };
    others[3].body.count += 1;
    others[4].base = Base {
        root: StateRoot(named(1)),
        ..inboxed.base
    };
    for other in others {
        assert_ne!(inbox_root(&[other]), root);
    }
    assert_ne!(inbox_root(&[inboxed.clone(), inboxed]), root);
}
