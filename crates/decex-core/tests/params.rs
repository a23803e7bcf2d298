//! Rules P1 to P8: a set of parameters is accepted, and refused for each inequality that it breaks.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests over small constants"
)]

use decex_core::execution::EXCEED_ALLOWANCE;
use decex_core::id::{RuleSet, Slot, StateRoot, Weight, Window};
use decex_core::params::*;
use parity_scale_codec::{Encode, MaxEncodedLen};
use proptest::prelude::*;

fn params() -> DomainParams {
    DomainParams {
        rules: RuleSet::default(),
        genesis: StateRoot::default(),
        election: ElectionParams {
            numerator: 1,
            denominator: 4,
            interval: 6,
            longevity: 3,
            epoch: 330,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 1_000,
            bytes: 500_000,
            weight: Weight(30_000_000),
        },
        transaction_bytes: 50_000,
        sender_transactions: 16,
        bundles_per_block: 8,
        legality: LegalityMode::Deferred,
        challenge_period: 14_400,
        seed_delay: 1,
        trace_interval: 4,
        max_base_lag: 20,
        max_gap: 20,
        messages: 8,
        witness_limit: 100_000,
        portion: WHOLE_RING,
        reporter_share: 500,
    }
}

fn host() -> HostLimits {
    HostLimits {
        message_bytes: 2_000_000,
        slot_numerator: 1,
        slot_denominator: 6,
        censorship: 600,
        unlock_period: 20_000,
        submission_lag: 100,
    }
}

fn refused(change: impl FnOnce(&mut DomainParams, &mut HostLimits)) -> Option<UnsafeParams> {
    let (mut params, mut host) = (params(), host());
    change(&mut params, &mut host);
    params.check(&host).err()
}

#[test]
fn p1_p2_p3_p4_p5_p6_a_safe_set_is_accepted_as_it_is() {
    let checked = params().check(&host()).unwrap();
    assert_eq!(*checked, params());
    assert_eq!(checked.trace_interval().get(), 4);
    // 1/4 of a bundle per window of 6 slots, 6 slots per block: a quarter of a bundle per block, rounded up to one.
    let whole = BundleLimits {
        transactions: 1_000,
        bytes: 500_000,
        weight: Weight(30_000_000),
        transaction_bytes: 50_000,
        sender_transactions: 16,
    };
    assert_eq!(*checked.bundle_limits(), whole);
}

#[test]
fn p1_probabilities_are_above_zero_and_at_most_one() {
    let name = "election probability";
    for (numerator, denominator) in [(0, 4), (5, 4), (0, 0), (1, 0)] {
        let found = refused(|params, _| {
            (params.election.numerator, params.election.denominator) = (numerator, denominator);
        });
        assert_eq!(
            found,
            Some(UnsafeParams::Probability {
                name,
                numerator,
                denominator
            })
        );
    }
    assert_eq!(refused(|params, _| params.election.numerator = 4), None);
    let found = refused(|_, host| host.slot_numerator = 7);
    let name = "slot probability";
    assert_eq!(
        found,
        Some(UnsafeParams::Probability {
            name,
            numerator: 7,
            denominator: 6
        })
    );
    assert_eq!(refused(|_, host| host.slot_numerator = 6), None);
}

type Set = fn(&mut DomainParams, u64);

/// Name, how it is set, least, most.
const RANGES: &[(&str, Set, u64, u64)] = &[
    (
        "re-election interval",
        |p, v| p.election.interval = v,
        1,
        0xFFFF_FFFF,
    ),
    (
        "bundle longevity",
        |p, v| (p.election.longevity, p.election.epoch) = (v, 1 << 17),
        1,
        1 << 16,
    ),
    ("stake epoch", |p, v| p.election.epoch = v, 3, 0xFFFF_FFFF),
    (
        "factor",
        |p, v| p.election.max_factor = v as u32,
        1,
        MAX_FACTOR as u64,
    ),
    (
        "absence score",
        |p, v| p.election.absence = v as u32,
        0,
        MAX_ABSENCE as u64,
    ),
    (
        "transaction bytes",
        |p, v| p.transaction_bytes = v as u32,
        1,
        MAX_TRANSACTION_BYTES as u64,
    ),
    (
        "sender transactions",
        |p, v| p.sender_transactions = v as u32,
        1,
        MAX_SENDER_TRANSACTIONS as u64,
    ),
    (
        "bundles per block",
        |p, v| p.bundles_per_block = v as u32,
        1,
        MAX_BUNDLES_PER_BLOCK as u64,
    ),
    (
        "trace interval",
        |p, v| p.trace_interval = v as u32,
        1,
        MAX_TRACE_INTERVAL as u64,
    ),
    (
        "seed delay",
        |p, v| p.seed_delay = v as u32,
        0,
        MAX_SEED_DELAY as u64,
    ),
    ("base lag", |p, v| p.max_base_lag = v as u32, 1, 1 << 16),
    ("gap", |p, v| p.max_gap = v as u32, 1, 1 << 16),
    ("portion of the ring", |p, v| p.portion = v, 1, WHOLE_RING),
    (
        "reporter share",
        |p, v| p.reporter_share = v as u16,
        0,
        MAX_REPORTER_SHARE as u64,
    ),
];

#[test]
fn p2_every_bounded_parameter_is_within_its_bounds() {
    for (name, set, least, most) in RANGES {
        let outside = |found| {
            // A host that carries anything, so that only the range is at stake.
            let refusal = refused(|params, host| {
                set(params, found);
                host.message_bytes = u32::MAX;
            });
            assert_eq!(
                refusal,
                Some(UnsafeParams::Range {
                    name,
                    least: *least,
                    most: *most,
                    found
                }),
                "{name}"
            );
        };
        outside(most + 1);
        if let Some(below) = least.checked_sub(1) {
            outside(below);
        }
        for inside in [*least, *most] {
            let refusal = refused(|params, host| {
                set(params, inside);
                host.message_bytes = u32::MAX;
            });
            // The longest interval passes its range and then needs too large a proof.
            assert!(
                !matches!(refusal, Some(UnsafeParams::Range { .. })),
                "{name} = {inside}"
            );
        }
    }
}

#[test]
fn p2_limits_of_a_block_are_not_zero_and_the_witness_limit_covers_a_charge() {
    let range = |name, least, most, found| {
        Some(UnsafeParams::Range {
            name,
            least,
            most,
            found,
        })
    };
    let most = u64::from(u32::MAX);
    assert_eq!(
        refused(|params, _| params.block.transactions = 0),
        range("block transactions", 1, most, 0)
    );
    assert_eq!(
        refused(|params, _| params.block.bytes = 0),
        range("block bytes", 1, most, 0)
    );
    assert_eq!(
        refused(|params, _| params.block.weight.0 = 0),
        range("block weight", 1, u64::MAX, 0)
    );
    let least = u64::from(EXCEED_ALLOWANCE);
    let found = refused(|params, _| params.witness_limit = EXCEED_ALLOWANCE - 1);
    assert_eq!(found, range("witness limit", least, most, least - 1));
    assert_eq!(refused(|params, _| params.witness_limit = EXCEED_ALLOWANCE), None);
}

#[test]
fn p3_stake_stays_as_long_as_it_answers_for_a_claim() {
    // 14,400 + (330 + 3) · 6 + 100.
    assert_eq!(refused(|_, host| host.unlock_period = 16_498), None);
    let error = UnsafeParams::Unlock {
        unlock: 16_497,
        challenge: 14_400,
        slots: 1_998,
        lag: 100,
    };
    assert_eq!(refused(|_, host| host.unlock_period = 16_497), Some(error));
    // Each part counts.
    for longer in [
        |params: &mut DomainParams| params.election.epoch += 1,
        |params: &mut DomainParams| params.election.longevity += 1,
        |params: &mut DomainParams| params.election.interval += 1,
    ] {
        let found = refused(|params, host| {
            host.unlock_period = 16_498;
            longer(params);
        });
        assert!(matches!(found, Some(UnsafeParams::Unlock { .. })));
    }
    // A sum beyond the range is longer than any unlock period.
    let found = refused(|_, host| (host.unlock_period, host.submission_lag) = (u64::MAX, u64::MAX));
    assert!(matches!(found, Some(UnsafeParams::Unlock { .. })));
    let found = refused(|params, host| {
        host.unlock_period = u64::MAX;
        (params.election.epoch, params.election.interval) = (u32::MAX.into(), u32::MAX.into());
        params.election.longevity = 1 << 16;
    });
    let slots = u64::MAX;
    assert!(matches!(found, Some(UnsafeParams::Unlock { slots: found, .. }) if found == slots));
}

#[test]
fn p4_the_largest_proof_fits_the_host() {
    let proof = params().check(&host()).unwrap().largest_proof();
    let limit = u32::try_from(proof).unwrap();
    assert_eq!(refused(|_, host| host.message_bytes = limit), None);
    let error = UnsafeParams::ProofSize {
        proof,
        limit: limit - 1,
    };
    assert_eq!(refused(|_, host| host.message_bytes = limit - 1), Some(error));
    // A longer chunk needs more.
    assert!(matches!(
        refused(|params, _| params.trace_interval = 64),
        Some(UnsafeParams::ProofSize { .. })
    ));
    let found = refused(|params, _| {
        (params.witness_limit, params.trace_interval) = (u32::MAX, MAX_TRACE_INTERVAL);
    });
    assert!(matches!(found, Some(UnsafeParams::ProofSize { .. })));
}

#[test]
fn p5_the_challenge_period_outlasts_censorship() {
    assert_eq!(refused(|params, _| params.challenge_period = 602), None);
    let error = UnsafeParams::Challenge {
        challenge: 601,
        censorship: 600,
        seed_delay: 1,
    };
    assert_eq!(refused(|params, _| params.challenge_period = 601), Some(error));
    let found = refused(|_, host| host.censorship = u64::MAX);
    assert!(matches!(found, Some(UnsafeParams::Challenge { .. })));
}

#[test]
fn p6_a_full_bundle_fits_the_host() {
    let bundle = |bytes: u32| refused(|params, _| params.block.bytes = bytes);
    // 1,000 transactions with 56 bytes of claims each, and the overhead.
    let room = 2_000_000 - 1_000 * 56 - PROOF_OVERHEAD;
    assert_eq!(bundle(room), None);
    assert_eq!(
        bundle(room + 1),
        Some(UnsafeParams::BundleSize {
            bundle: 2_000_001,
            limit: 2_000_000
        })
    );
}

#[test]
fn p7_the_openings_of_a_full_block_fit_the_host() {
    let bundles = |count: u32| {
        refused(|params, _| {
            params.bundles_per_block = count;
            params.trace_interval = 1;
            params.messages = 8;
        })
    };
    assert_eq!(bundles(50), None);
    // 6 bytes for each of 64,000 transactions and 32 for each trace entry, those of messages too, and the overhead.
    let openings = 64_000 * 6 + (64_002 + 8) * 32 + u64::from(PROOF_OVERHEAD);
    assert_eq!(
        bundles(64),
        Some(UnsafeParams::OpeningsSize {
            openings,
            limit: 2_000_000
        })
    );
}

#[test]
fn p8_accepts_no_absence_at_all_and_refuses_one_that_strikes_by_chance() {
    let absence = |nats: u32| refused(|params, _| params.election.absence = nats);
    for safe in [0, MIN_ABSENCE, MAX_ABSENCE] {
        assert_eq!(absence(safe), None);
    }
    for found in [1, MIN_ABSENCE - 1] {
        let least = MIN_ABSENCE;
        assert_eq!(absence(found), Some(UnsafeParams::Absence { least, found }));
    }
}

#[test]
fn epochs_are_counted_in_windows_from_slot_zero() {
    let checked = params().check(&host()).unwrap();
    // 330 windows of 6 slots.
    for (slot, window, epoch) in [(0, 0, 0), (1_979, 329, 0), (1_980, 330, 1), (3_960, 660, 2)] {
        assert_eq!(checked.election.window_of(Slot(slot)), Window(window));
        assert_eq!(checked.epoch_of(Window(window)), epoch);
        assert_eq!(checked.epoch_at(Slot(slot)), epoch);
    }
    assert_eq!(checked.epoch_at(Slot(u64::MAX)), u64::MAX / 1_980);
}

#[test]
fn codes_are_the_numbers_of_the_rules() {
    let codes = [
        refused(|params, _| params.election.numerator = 0),
        refused(|params, _| params.max_gap = 0),
        refused(|_, host| host.unlock_period = 0),
        refused(|_, host| host.message_bytes = 1_000),
        refused(|_, host| host.censorship = 14_400),
        refused(|params, _| params.block.bytes = 3_000_000),
        refused(|params, _| {
            params.bundles_per_block = 64;
            params.trace_interval = 1;
        }),
        refused(|params, _| params.election.absence = 1),
    ]
    .map(|error| error.unwrap().code());
    assert_eq!(codes, [1, 2, 3, 4, 5, 6, 7, 8]);
}

proptest! {
    /// Whatever is expected per block, a bundle has room for something, and for no more than the block.
    #[test]
    fn p2_bundle_limits_are_never_zero(
        numerator in 1..=u64::MAX, more in 0..=u64::MAX, interval in 1..=u64::from(u32::MAX),
        slots in 1..=u64::MAX, transactions in 1..=20_000_u32, weight in 1..=u64::MAX,
    ) {
        let mut params = params();
        params.election.numerator = numerator;
        params.election.denominator = numerator.saturating_add(more);
        params.election.interval = interval;
        params.block.transactions = transactions;
        params.block.weight = Weight(weight);
        let host = HostLimits { slot_denominator: slots, unlock_period: u64::MAX, ..host() };
        let checked = params.clone().check(&host).unwrap();
        let limits = *checked.bundle_limits();
        prop_assert!((1..=transactions.min(MAX_BUNDLE_TRANSACTIONS)).contains(&limits.transactions));
        prop_assert!((1..=params.block.bytes).contains(&limits.bytes));
        prop_assert!((1..=weight).contains(&limits.weight.0));
        prop_assert!((1..=limits.bytes).contains(&limits.transaction_bytes));
    }

    /// No numbers make the check panic or overflow; what it accepts satisfies every inequality.
    #[test]
    fn p3_p4_p5_p6_no_set_breaks_the_check(
        periods in any::<[u64; 5]>(), sizes in any::<[u32; 4]>(), small in any::<bool>(),
    ) {
        let shrink = |value: u64| if small { value % 5_000 } else { value };
        let mut params = params();
        params.challenge_period = shrink(periods[0]);
        params.block.bytes = sizes[0].max(1);
        params.block.transactions = sizes[1].max(1);
        params.witness_limit = sizes[2];
        params.election.epoch = shrink(periods[3]).clamp(3, u32::MAX.into());
        let host = HostLimits {
            message_bytes: sizes[3],
            censorship: shrink(periods[1]),
            unlock_period: shrink(periods[2]),
            submission_lag: shrink(periods[4]),
            ..host()
        };
        if let Ok(checked) = params.clone().check(&host) {
            let wide = u128::from;
            let election = params.election;
            let slots = (wide(election.epoch) + wide(election.longevity)) * wide(election.interval);
            let liable = wide(params.challenge_period) + slots + wide(host.submission_lag);
            prop_assert!(wide(host.unlock_period) >= liable);
            prop_assert!(wide(params.challenge_period) > wide(host.censorship) + wide(u64::from(params.seed_delay)));
            prop_assert!(checked.largest_proof() <= u64::from(host.message_bytes));
            prop_assert!(checked.bundle_limits().bytes <= host.message_bytes);
        }
    }
}

#[test]
fn parameters_have_a_largest_encoding() {
    assert!(params().encoded_size() <= DomainParams::max_encoded_len());
}
