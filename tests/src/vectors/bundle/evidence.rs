//! The cases of legality, equivocation and sealing.

use super::ENGINE_NAME;
use super::header::{DOMAIN, OPERATOR, base, bundle, draft, election, note, seal as sealed};
use crate::vectors::Draft;
use crate::vectors::common::{accounts_value, forged, keypair, plain, user, with_bytes};
use crate::vectors::json::{hex, number, scale, scales};
use decex_bundle::{Base, Equivocation, Item, SealedHeader};
use decex_core::execution::Account;
use decex_core::{Balance, DomainId, HeaderHash, Nonce, OperatorId, SenderId, Weight, Window, label};
use decex_receipt::Submission;
use serde_json::{Value, json};

pub(super) fn judge() -> Vec<Draft> {
    let account = |nonce, balance| Account {
        nonce: Nonce(nonce),
        balance: Balance(balance),
    };
    let given_at = |base: &Base, accounts: &[(SenderId, Account)]| json!({ "engine": ENGINE_NAME, "base": scale(base), "accounts": accounts_value(accounts) });
    let bytes = plain(11, 0).bytes.len() as u128; // a length
    let accounts = [(user(11), account(1, 4 * bytes)), (user(12), account(0, 10_000))];
    let given = || given_at(&base(), &accounts);
    let when = |items: Vec<Item>| json!({ "items": scales(&items) });
    let refused = |name, rule, items| Draft::refused(name, rule, given(), when(items));
    let free = Base {
        byte_price: Balance(0),
        ..base()
    };
    let dear = Base {
        byte_price: Balance(u128::MAX),
        ..base()
    };
    let claiming = |change: fn(&mut Item)| {
        let mut item = plain(12, 0);
        change(&mut item);
        vec![item]
    };
    let first_of_two = vec![forged(plain(12, 0)), with_bytes(plain(12, 1), vec![1])];
    vec![
        Draft::accepted("nothing", "L1 L2 L3 L4 L5", given(), when(vec![])),
        Draft::accepted(
            "all_that_it_can_pay",
            "L5",
            given(),
            when(vec![plain(11, 1), plain(11, 2)]),
        ),
        Draft::accepted(
            "a_gap_in_the_nonces",
            "L4",
            given(),
            when(vec![plain(11, 9), plain(12, 5)]),
        ),
        Draft::accepted(
            "an_unknown_account_where_bytes_are_free",
            "L4 L5",
            given_at(&free, &[]),
            when(vec![plain(13, 0)]),
        ),
        refused(
            "malformed",
            "L1",
            vec![plain(12, 0), with_bytes(plain(12, 1), vec![1, 2, 3])],
        ),
        refused("empty_bytes", "L1", vec![with_bytes(plain(12, 0), vec![])]),
        refused(
            "bytes_after_the_end",
            "L1",
            vec![with_bytes(plain(12, 0), [&*plain(12, 0).bytes, &[0]].concat())],
        ),
        refused("forged", "L2", vec![forged(plain(12, 0))]),
        refused("the_first_fault_counts", "L2", first_of_two),
        refused("another_sender", "L3", claiming(|item| item.sender = user(13))),
        refused("another_nonce", "L3", claiming(|item| item.nonce = Nonce(1))),
        refused("another_weight", "L3", claiming(|item| item.weight = Weight(1))),
        refused("nonce_used", "L4", vec![plain(11, 0)]),
        refused(
            "nonce_before_fees",
            "L4",
            vec![plain(11, 1), plain(11, 2), plain(11, 0)],
        ),
        refused(
            "one_more_than_it_can_pay",
            "L5",
            vec![plain(11, 1), plain(11, 2), plain(11, 3)],
        ),
        refused("an_unknown_account", "L5", vec![plain(13, 0)]),
        Draft::refused(
            "a_cost_beyond_the_range",
            "L5",
            given_at(&dear, &[(user(12), account(0, u128::MAX))]),
            when(vec![plain(12, 0)]),
        ),
    ]
}

/// Seals a header with a key.
fn seal_header(header: &decex_bundle::Header, seed: u8) -> SealedHeader {
    SealedHeader {
        header: header.clone(),
        seal: keypair(seed).sign(&label::BUNDLE_SEAL, &header.compute_hash().0),
    }
}

pub(super) fn equivocation() -> Vec<Draft> {
    let first = bundle().header;
    let with = |change: fn(&mut decex_bundle::Header), seed| {
        let mut header = first.header.clone();
        change(&mut header);
        seal_header(&header, seed)
    };
    let second = with(|header| header.base.0.0[0] ^= 1, 1);
    let given = |seed| json!({ "key": scale(keypair(seed).key()) });
    let when = |first: &SealedHeader, second: &SealedHeader| {
        let (first, second) = (first.clone(), second.clone());
        json!({ "equivocation": scale(&Equivocation { first, second }) })
    };
    let refused =
        |name, rules, second: &SealedHeader| Draft::refused(name, rules, given(1), when(&first, second));
    let mut again = first.clone();
    again.seal.0[0] ^= 1;
    let mut unmarked = second.clone();
    unmarked.seal.0[63] &= 0x7f;
    let all = "B30 B31 B32 B33 B34 B35";
    vec![
        Draft::accepted("two_headers_for_one_window", all, given(1), when(&first, &second)),
        Draft::accepted("in_the_other_order", all, given(1), when(&second, &first)),
        Draft::accepted(
            "elections_need_not_hold",
            "B34 B35",
            given(1),
            when(&first, &with(|header| header.election.response[0] ^= 1, 1)),
        ),
        refused(
            "two_domains",
            "B30",
            &with(|header| header.domain = DomainId(4), 1),
        ),
        refused(
            "two_operators",
            "B31",
            &with(|header| header.operator = OperatorId(8), 1),
        ),
        refused(
            "two_windows",
            "B32",
            &with(|header| header.election.window.0 += 1, 1),
        ),
        refused("the_same_header", "B33", &first),
        refused("the_same_header_with_another_seal", "B33", &again),
        Draft::refused(
            "the_first_of_another_key",
            "B34 E14",
            given(1),
            when(&seal_header(&first.header, 2), &second),
        ),
        Draft::refused("both_of_another_key", "B34 E14", given(2), when(&first, &second)),
        refused(
            "the_second_of_another_key",
            "B35 E14",
            &seal_header(&second.header, 2),
        ),
        refused("the_second_without_its_mark", "B35 E13", &unmarked),
    ]
}

pub(super) fn seal() -> Vec<Draft> {
    let given = |sealed: Option<HeaderHash>| json!({ "seed": hex(&[1; 32]), "sealed": sealed.map(|hash| scale(&hash)) });
    let when = |receipts: Vec<Submission>, items: Vec<Item>| -> Value {
        json!({
            "domain": DOMAIN.0,
            "operator": number(OPERATOR.0),
            "election": scale(&election(Window(50), 1).1),
            "base": scale(&base().hash),
            "receipts": scales(&receipts),
            "items": scales(&items),
        })
    };
    let usual = || when(vec![note(1)], vec![plain(12, 4), plain(11, 0)]);
    let hash = bundle().header.header.compute_hash();
    let other = sealed(&draft(), vec![], vec![plain(11, 0)])
        .header
        .header
        .compute_hash();
    let heavy = |nonce| Item {
        weight: Weight(u64::MAX),
        ..plain(11, nonce)
    };
    let refused =
        |name, rule, receipts, items| Draft::refused(name, rule, given(None), when(receipts, items));
    vec![
        Draft::accepted(
            "the_first_for_the_window",
            "B36 B37 B38 B39",
            given(None),
            usual(),
        ),
        Draft::accepted("the_same_again", "B36", given(Some(hash)), usual()),
        Draft::accepted(
            "receipts_only",
            "B37",
            given(None),
            when(vec![note(1), note(2)], vec![]),
        ),
        Draft::refused("another_for_the_window", "B36", given(Some(other)), usual()),
        refused("nothing", "B37", vec![], vec![]),
        refused(
            "a_transaction_twice",
            "B38",
            vec![],
            vec![plain(11, 0), plain(12, 0), plain(11, 0)],
        ),
        refused("too_many_receipts", "B39", (0..17).map(note).collect(), vec![]),
        refused("too_much_weight", "B39", vec![], vec![heavy(0), heavy(1)]),
    ]
}
