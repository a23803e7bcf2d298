//! The cases of the rules B20 to B29.

use super::header::{base, bundle, draft, given, given_with, note, resealed, seal, when};
use crate::vectors::Draft;
use crate::vectors::common::{accounts_value, forged, params, plain, user, with_bytes};
use crate::vectors::json::scale;
use decex_bundle::{Base, Item};
use decex_core::execution::Account;
use decex_core::params::LegalityMode;
use decex_core::{Balance, BoundedVec, DomainNumber, ListRoot, Nonce, Weight};
use decex_receipt::Bundle;
use serde_json::{Value, json};

pub(super) fn drafts() -> Vec<Draft> {
    [place(), structure(), commitment(), enforced()].concat()
}

fn place() -> Vec<Draft> {
    let with = |change: fn(&mut Value)| given_with(change);
    let ahead = Base {
        number: DomainNumber(43),
        ..base()
    };
    let refused = |name, rule, given| Draft::refused(name, rule, given, when(&bundle()));
    vec![
        Draft::accepted(
            "the_largest_gap",
            "B20",
            with(|given| given["unexecuted"] = Value::from(6)),
            when(&bundle()),
        ),
        Draft::accepted(
            "the_oldest_base",
            "B22",
            with(|given| given["head"] = Value::from(50)),
            when(&bundle()),
        ),
        refused(
            "too_large_a_gap",
            "B20",
            with(|given| given["unexecuted"] = Value::from(7)),
        ),
        refused("base_removed", "B21", with(|given| given["bases"] = json!([]))),
        refused(
            "base_above_the_head",
            "B21",
            given_with(|given| given["bases"] = json!([scale(&ahead)])),
        ),
        refused(
            "base_too_old",
            "B22",
            with(|given| given["head"] = Value::from(51)),
        ),
    ]
}

fn sealed(items: Vec<Item>) -> Bundle {
    seal(&draft(), vec![], items)
}

fn structure() -> Vec<Draft> {
    let refused = |name, rule, bundle: &Bundle| Draft::refused(name, rule, given(), when(bundle));
    let swapped = resealed(&bundle(), |bundle| {
        let mut body = bundle.body.to_vec();
        body.reverse();
        bundle.body = BoundedVec::new(body).expect("short");
    });
    let repeated = resealed(&bundle(), |bundle| {
        let first = bundle.body.first().cloned();
        bundle.body = BoundedVec::new(first.iter().chain(&first).cloned().collect()).expect("short");
    });
    let long = |bytes| with_bytes(plain(11, 0), vec![7; bytes]);
    vec![
        Draft::accepted(
            "the_longest_transaction",
            "B23",
            given(),
            when(&sealed(vec![long(300)])),
        ),
        Draft::accepted(
            "as_many_of_one_sender",
            "B25",
            given(),
            when(&sealed(vec![plain(11, 0), plain(11, 1)])),
        ),
        refused("too_long_a_transaction", "B23", &sealed(vec![long(301)])),
        refused("not_ascending", "B24", &swapped),
        refused("repeated", "B24", &repeated),
        refused(
            "too_many_of_one_sender",
            "B25",
            &sealed((0..3).map(|nonce| plain(11, nonce)).collect()),
        ),
    ]
}

fn commitment() -> Vec<Draft> {
    let refused = |name, rule, of: &Bundle, change: fn(&mut Bundle)| {
        Draft::refused(name, rule, given(), when(&resealed(of, change)))
    };
    let heavy = |nonce| Item {
        weight: Weight(u64::MAX),
        ..plain(11, nonce)
    };
    let overflow = resealed(&sealed(vec![plain(11, 0), plain(11, 1)]), |bundle| {
        bundle.body = BoundedVec::new(vec![heavy(0), heavy(1)]).expect("short");
    });
    let idle = seal(&draft(), vec![note(1)], vec![]);
    vec![
        refused("other_bytes_than_committed", "B26", &bundle(), |bundle| {
            bundle.header.header.body.bytes += 1
        }),
        refused("bytes_without_transactions", "B26", &idle, |bundle| {
            bundle.header.header.body.bytes = 1
        }),
        refused("other_weight_than_committed", "B27", &bundle(), |bundle| {
            bundle.header.header.body.weight.0 += 1
        }),
        Draft::refused("weights_pass_the_range", "B27", given(), when(&overflow)),
        refused("another_root", "B28", &bundle(), |bundle| {
            bundle.header.header.body.root = ListRoot::default();
        }),
        refused("a_root_without_transactions", "B28", &idle, |bundle| {
            bundle.header.header.body.root = ListRoot::default();
        }),
        refused("another_claim_of_the_nonce", "B28", &bundle(), |bundle| {
            let mut body = bundle.body.to_vec();
            if let Some(last) = body.last_mut() {
                last.nonce.0 += 1;
            }
            bundle.body = BoundedVec::new(body).expect("short");
        }),
    ]
}

fn enforced() -> Vec<Draft> {
    let account = |nonce, balance| Account {
        nonce: Nonce(nonce),
        balance: Balance(balance),
    };
    let rich = account(0, 10_000);
    let given = |of: u8, account| {
        given_with(|given| {
            let mut params = params();
            params.legality = LegalityMode::Enforced;
            given["terms"]["params"] = scale(&params);
            given["accounts"] = accounts_value(&[(user(of), account)]);
        })
    };
    let refused = |name, rules, account, item: Item| {
        Draft::refused(name, rules, given(11, account), when(&sealed(vec![item])))
    };
    let overstated = Item {
        weight: Weight(1),
        ..plain(11, 0)
    };
    let cost = 2 * plain(11, 0).bytes.len() as u128; // a length
    vec![
        Draft::accepted(
            "legal",
            "B29 L1 L2 L3 L4 L5",
            given(11, rich),
            when(&sealed(vec![plain(11, 0)])),
        ),
        Draft::accepted(
            "the_least_balance",
            "B29 L5",
            given(11, account(0, cost)),
            when(&sealed(vec![plain(11, 0)])),
        ),
        refused(
            "malformed",
            "B29 L1",
            rich,
            with_bytes(plain(11, 0), vec![1, 2, 3]),
        ),
        refused("forged", "B29 L2", rich, forged(plain(11, 0))),
        refused("overstated", "B29 L3", rich, overstated),
        refused("nonce_used", "B29 L4", account(1, 10_000), plain(11, 0)),
        refused("cannot_pay", "B29 L5", account(0, cost - 1), plain(11, 0)),
    ]
}
