//! What a confirmed receipt pays.

use decex_core::execution::Fees;
use decex_core::{Balance, OperatorId};
use decex_staking::{Settlement, settle};
use proptest::prelude::*;

const A: OperatorId = OperatorId(1);
const B: OperatorId = OperatorId(2);
const C: OperatorId = OperatorId(3);

fn fees(execution: u128, storage: u128, burned: u128) -> Fees {
    Fees {
        execution: Balance(execution),
        storage: Balance(storage),
        burned: Balance(burned),
    }
}

/// Everything that a settlement gives away, and what it leaves.
fn sum(settlement: &Settlement) -> u128 {
    let of = |parts: &[(OperatorId, Balance)]| -> u128 { parts.iter().map(|(_, part)| part.0).sum() };
    settlement.balance.0
        + of(&settlement.refunds)
        + of(&settlement.rewards)
        + settlement.treasury.0
        + settlement.burned.0
}

#[test]
fn t27_a_domain_pays_what_it_has() {
    let paid = settle(Balance(1_000), &fees(100, 60, 7), &[(A, 10)], &[A, B]);
    let expected = Settlement {
        balance: Balance(833),
        refunds: vec![(A, Balance(60))],
        rewards: vec![(A, Balance(50)), (B, Balance(50))],
        burned: Balance(7),
        ..Settlement::default()
    };
    assert_eq!(paid, expected);
}

#[test]
fn t27_fees_that_the_domain_does_not_have_are_not_paid() {
    let paid = settle(Balance(100), &fees(u128::MAX, 60, 30), &[(A, 1)], &[A]);
    assert_eq!(
        (paid.burned, paid.refunds, paid.rewards),
        (Balance(30), vec![(A, Balance(60))], vec![(A, Balance(10))])
    );
    assert_eq!(
        (paid.balance, paid.missing),
        (Balance::ZERO, Balance(u128::MAX - 10))
    );
    // All that is claimed together may pass the range; nothing overflows.
    let paid = settle(
        Balance(1),
        &fees(u128::MAX, u128::MAX, u128::MAX),
        &[(A, 1)],
        &[A],
    );
    assert_eq!((paid.burned, paid.missing), (Balance(1), Balance(u128::MAX)));
}

#[test]
fn t28_storage_fees_go_by_bytes_rounded_down() {
    let paid = settle(Balance(100), &fees(0, 100, 0), &[(A, 1), (B, 1), (A, 4)], &[]);
    assert_eq!(
        paid.refunds,
        [(A, Balance(16)), (B, Balance(16)), (A, Balance(66))]
    );
    assert_eq!(paid.treasury, Balance(2));
    // Nobody there, or nothing bundled: the treasury.
    for authors in [&[][..], &[(A, 0)]] {
        let paid = settle(Balance(100), &fees(0, 100, 0), authors, &[]);
        assert_eq!((paid.refunds, paid.treasury), (Vec::new(), Balance(100)));
    }
}

#[test]
fn t29_execution_fees_go_in_equal_parts_rounded_down() {
    let paid = settle(Balance(100), &fees(100, 0, 0), &[], &[A, B, C]);
    assert_eq!(
        paid.rewards,
        [(A, Balance(33)), (B, Balance(33)), (C, Balance(33))]
    );
    assert_eq!(paid.treasury, Balance(1));
    let paid = settle(Balance(100), &fees(100, 0, 0), &[], &[]);
    assert_eq!((paid.rewards, paid.treasury), (Vec::new(), Balance(100)));
    // Parts of nothing are no parts.
    let paid = settle(Balance(100), &fees(2, 0, 0), &[], &[A, B, C]);
    assert_eq!((paid.rewards, paid.treasury), (Vec::new(), Balance(2)));
}

proptest! {
    /// T27 to T29: whatever a receipt says, what leaves and what stays is what was there.
    #[test]
    fn settling_makes_and_loses_nothing(
        balance in 0..1_000_000_u128,
        claimed in (any::<u128>(), 0..2_000_000_u128, 0..2_000_000_u128),
        order in any::<[u8; 2]>(),
        authors in prop::collection::vec((0..9_u64, any::<u32>()), 0..64),
        backers in prop::collection::vec(0..9_u64, 0..64),
    ) {
        let mut claimed = [claimed.0, claimed.1, claimed.2];
        claimed.swap(usize::from(order[0] % 3), usize::from(order[1] % 3));
        let authors: Vec<_> = authors.into_iter().map(|(n, bytes)| (OperatorId(n), bytes)).collect();
        let backers: Vec<_> = backers.into_iter().map(OperatorId).collect();
        let fees = fees(claimed[0], claimed[1], claimed[2]);
        let paid = settle(Balance(balance), &fees, &authors, &backers);
        prop_assert_eq!(sum(&paid), balance);
        prop_assert!(paid.burned <= fees.burned);
        let rewards: u128 = paid.rewards.iter().map(|(_, part)| part.0).sum();
        prop_assert!(rewards <= fees.execution.0);
    }
}
