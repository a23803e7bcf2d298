//! No proof is larger than its family's bound, and no bound larger than what parameters are checked against.

use crate::world::{World, item, params};
use decex_bundle::Verdict;
use decex_core::codec::BoundedVec;
use decex_core::hash::Digest;
use decex_core::id::{StateRoot, Weight};
use decex_core::params::*;
use decex_fraud::{Family, FraudProof, largest_proof_of};
use decex_testkit::ledger::Call;
use parity_scale_codec::Encode;
use proptest::prelude::*;

const FAMILIES: [Family; 3] = [Family::Inbox, Family::Schedule, Family::Transition];

/// Bytes of the largest evidence against a schedule: three transactions with their paths, the path of a gap, two tags.
const SCHEDULE: usize = 3 * (2 + 84 + 2_061) + 2_061 + 2;

fn bound(world: &World, family: Family) -> usize {
    largest_proof_of(family, &world.params) as usize
}

proptest! {
    #[test]
    fn p4_every_family_fits(
        interval in 1_u32..=MAX_TRACE_INTERVAL,
        witness in 9_344_u32..2_000_000,
        transaction in 1_u32..=MAX_TRANSACTION_BYTES,
    ) {
        let host = HostLimits {
            message_bytes: u32::MAX,
            slot_numerator: 1,
            slot_denominator: 1,
            censorship: 2,
            unlock_period: 100,
            submission_lag: 5,
        };
        let set = DomainParams {
            trace_interval: interval,
            witness_limit: witness,
            transaction_bytes: transaction,
            ..(*params()).clone()
        };
        if let Ok(checked) = set.check(&host) {
            for family in FAMILIES {
                prop_assert!(largest_proof_of(family, &checked) <= checked.largest_proof());
            }
            prop_assert!(checked.largest_proof() <= decex_fraud::MAX_WITNESS.into());
        }
    }
}

#[test]
fn p4_a_witness_over_what_is_opened_is_refused_as_a_parameter() {
    let host = HostLimits {
        message_bytes: u32::MAX,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 5,
    };
    let set = DomainParams {
        witness_limit: 5_000_000,
        trace_interval: 1,
        ..(*params()).clone()
    };
    assert!(matches!(
        set.check(&host),
        Err(UnsafeParams::ProofSize {
            limit: decex_fraud::MAX_WITNESS,
            ..
        })
    ));
}

/// The table on `spec/fraud.md`, worked out for two domains: the first with short transactions, the second with the longest.
#[test]
fn f4_the_bounds_are_those_of_the_page() {
    let world = World::new();
    let (transaction, witness, interval) = (1_024, 20_000, 3);
    assert_eq!(world.params.transaction_bytes, transaction);
    assert_eq!(world.params.witness_limit, witness);
    assert_eq!(world.params.trace_interval().get(), interval);
    assert_eq!(bound(&world, Family::Inbox), 65 * 84 + 49_664 + 2_061 + 132);
    assert_eq!(bound(&world, Family::Schedule), SCHEDULE + 132);
    assert_eq!(
        bound(&world, Family::Transition),
        (interval * (witness + 82_112).max(transaction + witness + 80_126) + 4_254) as usize
    );

    let host = HostLimits {
        message_bytes: u32::MAX,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 5,
    };
    let set = DomainParams {
        transaction_bytes: MAX_TRANSACTION_BYTES,
        ..(*world.params).clone()
    };
    let longest = set.check(&host).unwrap();
    assert_eq!(
        largest_proof_of(Family::Inbox, &longest),
        u64::from(MAX_TRANSACTION_BYTES) + 52 + 2_061 + 132
    );
}

fn lie_at(world: &mut World, step: usize) -> FraudProof {
    let (claim, openings) = world.lie(|receipt, openings| {
        let mut trace = openings.trace.to_vec();
        trace[step] = StateRoot(Digest([66; 32]));
        openings.trace = BoundedVec::new(trace).unwrap();
        receipt.state = *openings.trace.last().unwrap();
    });
    world.prove(&claim, &openings).unwrap()
}

#[test]
fn proofs_stay_within_their_bounds() {
    let mut world = World::new();
    for step in 0..8 {
        let bytes = lie_at(&mut world, step).encoded_size();
        assert!(bytes <= bound(&world, Family::Transition), "{bytes}");
    }
    for bundle in 2..7 {
        let (claim, openings) = world.lie(|receipt, _| {
            let mut verdicts = receipt.verdicts.to_vec();
            verdicts[bundle] = Verdict::Valid;
            receipt.verdicts = BoundedVec::new(verdicts).unwrap();
        });
        let bytes = world.prove(&claim, &openings).unwrap().encoded_size();
        assert!(bytes <= bound(&world, Family::Inbox), "{bytes}");
    }
    let (claim, openings) = world.lie(|_, openings| openings.schedule = BoundedVec::default());
    let bytes = world.prove(&claim, &openings).unwrap().encoded_size();
    assert!(bytes <= bound(&world, Family::Schedule), "{bytes}");
}

/// Inputs that reach their witness limit, all in one step, over a state with a few thousand keys.
#[test]
fn the_worst_step_stays_within_its_bound() {
    let mut world = World::of(|past| {
        let writes: Vec<_> = (1..=10_u8)
            .map(|from| {
                let nonce = match from {
                    1 => 2,
                    2 => 1,
                    _ => 0,
                };
                item(
                    from,
                    nonce,
                    Call::Write {
                        first: 100 * u64::from(from),
                        count: 90,
                        value: 1,
                    },
                )
            })
            .collect();
        assert_eq!(writes[0].weight, Weight(1_000));
        vec![(crate::world::base(&past[1].0), writes)]
    });
    assert_eq!(world.right.openings.trace.len(), 8);
    for step in 1..7 {
        let bytes = lie_at(&mut world, step).encoded_size();
        assert!(bytes <= bound(&world, Family::Transition), "{bytes}");
        assert!(bytes > 400, "{bytes}");
    }
}
