//! Rules L1 to L5. (L0 is judged against the receipt chain: decex-receipt.)

use crate::world::*;
use decex_bundle::*;
use decex_core::execution::Account;
use decex_core::id::*;
use decex_core::transaction::Summary;
use parity_scale_codec::Encode;
use proptest::prelude::*;
use std::convert::Infallible;

fn of(nonce: u64, balance: u128) -> Account {
    Account {
        nonce: Nonce(nonce),
        balance: Balance(balance),
    }
}

fn with_bytes(item: &Item, bytes: Vec<u8>) -> Item {
    Item {
        bytes: decex_core::BoundedVec::new(bytes).unwrap(),
        ..item.clone()
    }
}

fn judged(items: &[Item], account: Account) -> Verdict {
    let summaries: Vec<Summary> = items.iter().map(Item::compute_summary).collect();
    let pairs = items.iter().map(|item| &*item.bytes).zip(&summaries);
    let Ok(verdict) = judge(&Toy, &base(), pairs, |_| Ok::<_, Infallible>(account));
    verdict
}

fn fault(index: u32, rule: Illegal) -> Verdict {
    Verdict::Invalid(Fault { index, rule })
}

#[test]
fn l1_l2_l3_a_well_formed_signed_and_truly_claimed_transaction_is_legal() {
    assert_eq!(judged(&[item(1, 0, 0)], of(0, 1_000)), Verdict::Valid);
    assert_eq!(judged(&[], of(0, 0)), Verdict::Valid);
}

#[test]
fn l1_bytes_that_are_no_transaction_are_illegal() {
    let bad = with_bytes(&item(1, 0, 0), vec![1, 2, 3]);
    assert_eq!(
        judged(&[item(1, 0, 0), bad], of(0, 1_000)),
        fault(1, Illegal::Malformed)
    );
}

#[test]
fn l2_a_wrong_signature_is_illegal() {
    let good = item(1, 0, 0);
    let bad = with_bytes(&good, (good.sender, good.nonce, good.weight, false).encode());
    assert_eq!(judged(&[bad], of(0, 1_000)), fault(0, Illegal::Signature));
}

#[test]
fn l3_false_claims_are_illegal() {
    let good = item(1, 5, 0);
    let claims: [fn(&mut Item); 3] = [
        |item| item.sender = sender(2),
        |item| item.nonce.0 += 1,
        |item| item.weight.0 -= 1,
    ];
    for claim in claims {
        let mut bad = good.clone();
        claim(&mut bad);
        assert_eq!(judged(&[bad], of(0, 1_000)), fault(0, Illegal::Claim));
    }
}

#[test]
fn l4_a_used_nonce_is_illegal_and_a_later_one_is_not() {
    assert_eq!(judged(&[item(1, 4, 0)], of(5, 1_000)), fault(0, Illegal::Nonce));
    assert_eq!(judged(&[item(1, 5, 0)], of(5, 1_000)), Verdict::Valid);
    assert_eq!(judged(&[item(1, 9, 0)], of(5, 1_000)), Verdict::Valid);
}

#[test]
fn l5_the_balance_covers_the_blockspace_of_all_that_came_before() {
    // 49 bytes each at 2.
    let both = [item(1, 0, 0), item(1, 1, 0)];
    assert_eq!(judged(&both, of(0, 196)), Verdict::Valid);
    assert_eq!(judged(&both, of(0, 195)), fault(1, Illegal::Fees));
    assert_eq!(judged(&both, of(0, 97)), fault(0, Illegal::Fees));
    // Another sender has an account of its own.
    assert_eq!(judged(&[item(1, 0, 0), item(2, 0, 0)], of(0, 98)), Verdict::Valid);
}

#[test]
fn l5_a_cost_beyond_the_range_is_not_covered() {
    let account = of(0, u128::MAX);
    assert_eq!(check_fees(&account, Balance(u128::MAX), 2), Err(Illegal::Fees));
    assert_eq!(check_fees(&account, Balance(u128::MAX), 1), Ok(()));
}

#[test]
fn accounts_are_read_once_for_each_sender_and_not_behind_a_fault() {
    let mut items = [item(1, 0, 0), item(1, 1, 0), item(2, 0, 0), item(3, 0, 0)];
    items[2].weight.0 += 1;
    let summaries: Vec<Summary> = items.iter().map(Item::compute_summary).collect();
    let pairs = items.iter().map(|item| &*item.bytes).zip(&summaries);
    let mut read = Vec::new();
    let verdict = judge(&Toy, &base(), pairs, |sender| {
        read.push(*sender);
        Ok::<_, Infallible>(of(0, 1_000))
    });
    assert_eq!(verdict, Ok(fault(2, Illegal::Claim)));
    assert_eq!(read, [sender(1)]);
}

#[test]
fn a_failing_account_is_no_verdict() {
    let item = item(1, 0, 0);
    let summary = item.compute_summary();
    assert_eq!(
        judge(&Toy, &base(), [(&*item.bytes, &summary)], |_| Err(Broken)),
        Err(Broken)
    );
}

#[test]
fn a_rule_is_judged_on_its_own_grounds_only() {
    let item = item(1, 0, 0);
    let summary = item.compute_summary();
    let transaction = Grounds::Transaction {
        bytes: &item.bytes,
        claimed: &summary,
    };
    let account = of(0, 0);
    let run = Grounds::Account {
        account: &account,
        byte_price: Balance(1),
        run: &[],
    };
    for rule in [Illegal::Nonce, Illegal::Fees] {
        assert_eq!(breaks(&Toy, rule, &transaction), Err(WrongGrounds));
        assert_eq!(breaks(&Toy, rule, &run), Err(WrongGrounds), "an empty run");
    }
    assert_eq!(breaks(&Toy, Illegal::Claim, &run), Err(WrongGrounds));
}

/// Any transaction: signed or not, torn or whole, truly or falsely claimed.
fn any_item() -> impl Strategy<Value = Item> {
    (
        0..3_u64,
        0..4_u64,
        any::<bool>(),
        0..8_usize,
        0..6_u64,
        0..30_usize,
    )
        .prop_map(|(from, nonce, signed, torn, claim, pad)| {
            let mut item = item(from, nonce, 0);
            let mut bytes = (item.sender, item.nonce, item.weight, signed || claim > 3).encode();
            bytes.resize(bytes.len() + pad, 7);
            if torn == 0 {
                bytes.truncate(30);
            }
            match claim {
                0 => item.weight.0 += 1,
                1 => item.nonce.0 += 1,
                _ => {}
            }
            item.bytes = decex_core::BoundedVec::new(bytes).unwrap();
            item
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// L1 to L5: what `judge` says of a whole body is what the rules say one by one: the least (index, rule) that is broken.
    #[test]
    fn l1_l2_l3_l4_l5_the_verdict_is_the_least_broken_rule(
        mut items in prop::collection::vec(any_item(), 0..8),
        nonce in 0..4_u64,
        balance in 0..600_u128,
    ) {
        items.sort_by_key(|item| item.compute_summary().body_key());
        items.dedup();
        let summaries: Vec<Summary> = items.iter().map(Item::compute_summary).collect();
        let account = of(nonce, balance);
        let all = [Illegal::Malformed, Illegal::Signature, Illegal::Claim, Illegal::Nonce, Illegal::Fees];
        let mut expected = Verdict::Valid;
        'found: for (index, (item, claimed)) in items.iter().zip(&summaries).enumerate() {
            let run: Vec<Summary> =
                summaries[..=index].iter().filter(|leaf| leaf.sender == claimed.sender).copied().collect();
            for rule in all {
                let grounds = match rule {
                    Illegal::Malformed | Illegal::Signature | Illegal::Claim => {
                        Grounds::Transaction { bytes: &item.bytes, claimed }
                    }
                    Illegal::Nonce | Illegal::Fees => {
                        Grounds::Account { account: &account, byte_price: base().byte_price, run: &run }
                    }
                };
                if breaks(&Toy, rule, &grounds).unwrap() {
                    expected = fault(index as u32, rule);
                    break 'found;
                }
            }
        }
        prop_assert_eq!(judged(&items, account), expected);
    }
}
