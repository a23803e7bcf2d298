//! The cases of the inbox family, and of the rules that all families share.

use super::shown::{self, index};
use super::world::{POOR, World, base, pay, when};
use crate::vectors::Draft;
use crate::vectors::common::{forged, user, with_bytes};
use crate::vectors::json::scale;
use decex_bundle::{Base, Fault, Illegal, Item, Verdict};
use decex_core::state::ProvableTree;
use decex_core::{AccountId, BoundedVec, Digest, DomainId, Nonce, ReceiptHash, Weight};
use decex_fraud::{Evidence, FraudProof, InboxEvidence, Shown};
use decex_receipt::{Openings, Receipt};
use decex_testkit::ledger::account_key;
use serde_json::{Value, json};

const RULES: [(&str, Illegal); 5] = [
    ("L1", Illegal::Malformed),
    ("L2", Illegal::Signature),
    ("L3", Illegal::Claim),
    ("L4", Illegal::Nonce),
    ("L5", Illegal::Fees),
];

/// A valid bundle, and one that breaks a rule.
fn broken(rule: Illegal) -> World {
    World::of(|past| {
        let at = base(&past.at(1).0);
        let bad: Vec<Item> = match rule {
            Illegal::Malformed => vec![with_bytes(pay(4, 0), vec![1, 2, 3])],
            Illegal::Signature => vec![forged(pay(4, 0))],
            Illegal::Claim => vec![Item {
                weight: Weight(1),
                ..pay(4, 0)
            }],
            Illegal::Nonce => vec![pay(1, 1)],
            Illegal::Fees => (0..3).map(|nonce| pay(POOR, nonce)).collect(),
        };
        let others = [pay(5, 0), pay(6, 0), pay(3, 0)];
        vec![
            (at, vec![pay(1, 2), pay(2, 1)]),
            (at, bad.into_iter().chain(others).collect()),
        ]
    })
}

/// The fault of the second bundle.
fn truth(world: &World) -> Fault {
    match world.right.receipt.verdicts.get(1) {
        Some(Verdict::Invalid(fault)) => *fault,
        other => panic!("{other:?} is no fault"),
    }
}

fn say(bundle: u16, verdict: Verdict) -> impl FnOnce(&mut Receipt, &mut Openings) {
    move |receipt, _| {
        let mut verdicts = receipt.verdicts.to_vec();
        if let Some(place) = verdicts.get_mut(usize::from(bundle)) {
            *place = verdict;
        }
        receipt.verdicts = BoundedVec::new(verdicts).expect("short");
    }
}

/// The second bundle of a world, falsely called valid.
fn called_valid(rule: Illegal) -> (World, Receipt, Fault) {
    let world = broken(rule);
    let (receipt, _) = world.lie(say(1, Verdict::Valid));
    let fault = truth(&world);
    (world, receipt, fault)
}

pub(super) fn drafts() -> Vec<Draft> {
    [
        caught(),
        general(),
        bodies(),
        kinds(),
        senders(),
        witnesses(),
        holding(),
    ]
    .concat()
}

fn caught() -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (name, rule) in RULES {
        let mut world = broken(rule);
        let rules = format!("F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F13 {name}");
        drafts.push(world.caught(
            &format!("{name}_broken_but_called_valid"),
            &rules,
            say(1, Verdict::Valid),
        ));
        let blamed = Verdict::Invalid(Fault { index: 1, rule });
        drafts.push(world.caught(&format!("{name}_holds_but_called_broken"), &rules, say(0, blamed)));
    }
    let mut world = broken(Illegal::Fees);
    let fault = truth(&world);
    let later = Fault {
        index: fault.index + 1,
        ..fault
    };
    let earlier = Fault {
        index: fault.index - 1,
        ..fault
    };
    let of_another_rule = Fault {
        rule: Illegal::Nonce,
        ..fault
    };
    for (name, claimed) in [
        ("later", later),
        ("earlier", earlier),
        ("of_another_rule", of_another_rule),
    ] {
        let name = format!("a_fault_{name}_than_the_true_one");
        drafts.push(world.caught(&name, "F13", say(1, Verdict::Invalid(claimed))));
    }
    drafts
}

/// F2 to F4.
fn general() -> Vec<Draft> {
    let (mut world, receipt, fault) = called_valid(Illegal::Malformed);
    let evidence = Evidence::Inbox(shown::inbox(&mut world, 1, fault));
    let named = |domain, receipt| {
        let (reporter, evidence) = (AccountId(Digest([9; 32])), evidence.clone());
        json!({ "proof": scale(&FraudProof { domain, receipt, reporter, evidence }) })
    };
    let foreign = |name, when: Value| Draft::refused(name, "F2", world.given(&receipt), when);
    let mut other_rules = world.given(&receipt);
    other_rules["engine"] = Value::from("decex-testkit ledger v1");
    vec![
        foreign("of_another_domain", named(DomainId(1), receipt.compute_hash())),
        foreign(
            "against_another_receipt",
            named(super::world::DOMAIN, ReceiptHash::default()),
        ),
        Draft::refused(
            "the_engine_of_other_rules",
            "F3",
            other_rules,
            when(&receipt, evidence),
        ),
    ]
}

/// F5, F6, F8.
fn bodies() -> Vec<Draft> {
    let (mut world, receipt, fault) = called_valid(Illegal::Claim);
    let right = shown::inbox(&mut world, 1, fault);
    let mut nowhere = right.clone();
    nowhere.bundle = 2;
    let mut elsewhere = right.clone();
    elsewhere.fault.index = (fault.index + 1) % 4;
    let with_item = |change: fn(&mut Item)| {
        let mut evidence = right.clone();
        if let Shown::Transaction { item, .. } = &mut evidence.shown {
            change(item);
        }
        evidence
    };
    let mut short = right.clone();
    if let Shown::Transaction { proof, .. } = &mut short.shown {
        proof.siblings = BoundedVec::default();
    }
    let refused = |name, rules, evidence| world.refused(name, rules, &receipt, Evidence::Inbox(evidence));
    vec![
        refused("no_such_bundle", "F5", nowhere),
        refused(
            "other_claims_than_in_the_body",
            "F6 C6",
            with_item(|item| item.weight.0 += 1),
        ),
        refused(
            "other_bytes_than_in_the_body",
            "F6 C6",
            with_item(|item| {
                item.bytes = BoundedVec::new(vec![1]).expect("short");
            }),
        ),
        refused("siblings_missing", "F6 C5", short),
        refused("another_transaction_than_the_blamed_one", "F8", elsewhere),
    ]
}

/// F7.
fn kinds() -> Vec<Draft> {
    let (mut world, receipt, _) = called_valid(Illegal::Malformed);
    let fault = |rule| Fault { index: 0, rule };
    let transaction = shown::inbox(&mut world, 1, fault(Illegal::Claim)).shown;
    let account = shown::inbox(&mut world, 1, fault(Illegal::Nonce)).shown;
    let case = |name: &str, rule, shown: &Shown| {
        let (fault, shown) = (fault(rule), shown.clone());
        let evidence = InboxEvidence {
            bundle: 1,
            fault,
            shown,
        };
        world.refused(name, "F7", &receipt, Evidence::Inbox(evidence))
    };
    vec![
        case("an_account_for_a_rule_of_the_bytes", Illegal::Malformed, &account),
        case("a_transaction_for_the_nonce", Illegal::Nonce, &transaction),
        case("a_transaction_for_the_fees", Illegal::Fees, &transaction),
    ]
}

/// F9.
fn senders() -> Vec<Draft> {
    let (mut world, receipt, fault) = called_valid(Illegal::Fees);
    let body = world.bodies.get(1).expect("a bundle");
    let first = body
        .iter()
        .position(|item| item.sender == user(POOR))
        .expect("the sender");
    let last = first + 1;
    assert_eq!(
        (index(last), first >= 1),
        (fault.index, true),
        "others stand before"
    );
    let mut shown = |from: usize| {
        let shown = shown::account(&mut world, 1, from..=last);
        Evidence::Inbox(InboxEvidence {
            bundle: 1,
            fault,
            shown,
        })
    };
    let (all, own, some) = (shown(first - 1), shown(first), shown(last));
    let mut drafts = vec![
        world.accepted("all_of_the_sender_and_one_before", "F9", &receipt, all),
        world.refused("without_the_one_before", "F9", &receipt, own),
        world.refused("not_from_the_first", "F9", &receipt, some),
    ];
    let (mut world, receipt, fault) = called_valid(Illegal::Nonce);
    let at = shown::place(fault.index);
    let pair = if at == 0 { 0..=1 } else { at - 1..=at };
    let fault = Fault {
        index: index(*pair.end()),
        rule: Illegal::Nonce,
    };
    let shown = shown::account(&mut world, 1, pair);
    let evidence = Evidence::Inbox(InboxEvidence {
        bundle: 1,
        fault,
        shown,
    });
    drafts.push(world.refused("two_leaves_for_the_nonce", "F9", &receipt, evidence));
    drafts
}

/// F10, F11.
fn witnesses() -> Vec<Draft> {
    let (mut world, receipt, fault) = called_valid(Illegal::Nonce);
    let right = shown::inbox(&mut world, 1, fault);
    let tree = |number: usize, of: u8| {
        let state = &world.past.at(number).1;
        state
            .prove(&[account_key(&user(of))].into())
            .expect("a tree in memory")
    };
    let refused = |name, rules, bytes: Vec<u8>| {
        let mut evidence = right.clone();
        if let Shown::Account { witness, .. } = &mut evidence.shown {
            *witness = BoundedVec::new(bytes).expect("short");
        }
        world.refused(name, rules, &receipt, Evidence::Inbox(evidence))
    };
    vec![
        refused("the_account_in_another_state", "F10 W3", tree(0, 1)),
        refused("an_empty_witness", "F10 W2", vec![]),
        refused("another_account", "F11", tree(1, 5)),
    ]
}

/// F13.
fn holding() -> Vec<Draft> {
    let mut world = broken(Illegal::Malformed);
    let fault = truth(&world);
    let right = world.right.receipt.clone();
    let (valid, _) = world.lie(say(1, Verdict::Valid));
    let signature = Fault {
        rule: Illegal::Signature,
        ..fault
    };
    let legal = Fault {
        index: 0,
        rule: Illegal::Fees,
    };
    let mut case = |name, receipt: &Receipt, bundle, fault| {
        let evidence = Evidence::Inbox(shown::inbox(&mut world, bundle, fault));
        world.refused(name, "F13", receipt, evidence)
    };
    let mut drafts = vec![
        case("the_claimed_fault_is_there", &right, 1, fault),
        case("another_rule_is_not_broken", &valid, 1, signature),
        case(
            "a_fault_after_the_claimed_one",
            &right,
            1,
            Fault {
                rule: Illegal::Fees,
                ..fault
            },
        ),
        case("a_legal_transaction_of_a_valid_bundle", &right, 0, legal),
    ];
    let world = World::of(|past| {
        let at = base(&past.at(1).0);
        let gone = Base {
            hash: ReceiptHash(Digest([5; 32])),
            ..at
        };
        vec![
            (gone, vec![with_bytes(pay(4, 0), vec![1])]),
            (
                at,
                vec![Item {
                    nonce: Nonce(2),
                    ..pay(1, 2)
                }],
            ),
        ]
    });
    let item = world
        .bodies
        .first()
        .and_then(|body| body.first())
        .expect("a transaction")
        .clone();
    let tree = decex_core::list::ListTree::new(vec![item.compute_summary().leaf()]);
    let shown = Shown::Transaction {
        item,
        proof: tree.prove(0, 1).expect("a leaf"),
    };
    let fault = Fault {
        index: 0,
        rule: Illegal::Malformed,
    };
    let evidence = Evidence::Inbox(InboxEvidence {
        bundle: 0,
        fault,
        shown,
    });
    drafts.push(world.refused(
        "nothing_is_judged_where_the_base_is_gone",
        "F13 L0",
        &world.right.receipt,
        evidence,
    ));
    drafts
}
