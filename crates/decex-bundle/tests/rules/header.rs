//! Rules B1 to B19.

use crate::world::*;
use decex_bundle::{IncludeError, InvalidBundle, Misconfigured, check_header, in_portion, seal_heartbeat};
use decex_core::codec::BoundedVec;
use decex_core::id::*;
use decex_core::params::WHOLE_RING;
use decex_election::{
    Challenge, FACTOR_ONE, InvalidElection, InvalidSignature, InvalidWindow, Odds, Share, verify,
};
use proptest::prelude::*;

#[test]
fn b1_b2_b3_b4_b5_a_bundle_of_an_active_domain_and_operator_is_included() {
    let included = World::new().include(&bundle(items(5))).unwrap();
    assert_eq!(
        (included.domain(), included.operator(), included.window()),
        (DOMAIN, OPERATOR, WINDOW)
    );
    let inboxed = included.inboxed().unwrap();
    assert_eq!(inboxed.header, included.header_hash());
    assert_eq!(
        (inboxed.base, inboxed.body.count, inboxed.operator),
        (base(), 5, OPERATOR)
    );
    assert_eq!(included.summaries().len(), 5);
}

#[test]
fn b1_another_version_is_refused() {
    let bundle = resealed(&bundle(items(1)), |bundle| bundle.header.header.version = 2);
    assert_eq!(
        World::new().refusal(&bundle),
        InvalidBundle::Version {
            expected: 1,
            found: 2
        }
    );
}

#[test]
fn b2_an_unknown_domain_is_refused() {
    let domain = DomainId(9);
    let bundle = resealed(&bundle(items(1)), |bundle| bundle.header.header.domain = domain);
    assert_eq!(
        World::new().refusal(&bundle),
        InvalidBundle::UnknownDomain { domain }
    );
}

#[test]
fn b3_a_paused_domain_takes_receipts_but_no_transactions() {
    let mut world = World::new();
    world.terms_mut().active = false;
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::Paused { domain: DOMAIN }
    );
    assert!(world.include(&bundle(vec![])).is_ok());
}

#[test]
fn b4_an_unknown_operator_is_refused() {
    let operator = OperatorId(8);
    let bundle = resealed(&bundle(items(1)), |bundle| {
        bundle.header.header.operator = operator
    });
    assert_eq!(
        World::new().refusal(&bundle),
        InvalidBundle::UnknownOperator { operator }
    );
}

#[test]
fn b5_an_ineligible_operator_is_refused() {
    let mut world = World::new();
    world.standing.as_mut().unwrap().eligible = false;
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::Ineligible { operator: OPERATOR }
    );
}

#[test]
fn b6_only_open_windows_are_accepted() {
    // Two slots a window, three windows of longevity, slot 100: windows 47 to 50.
    let at = |window| {
        let draft = decex_bundle::Draft {
            election: election(Window(window), 1),
            ..draft()
        };
        World::new().include(&sealed(&draft, vec![], items(1)))
    };
    assert!(at(47).is_ok() && at(50).is_ok());
    let future = InvalidWindow::Future {
        limit: Window(50),
        found: Window(51),
    };
    assert_eq!(at(51), Err(InvalidBundle::Window(future).into()));
    let stale = InvalidWindow::Stale {
        limit: Window(47),
        found: Window(46),
    };
    assert_eq!(at(46), Err(InvalidBundle::Window(stale).into()));
}

#[test]
fn b7_a_window_is_used_once() {
    let mut world = World::new();
    world.used.insert((DOMAIN, OPERATOR, Window(49)));
    assert!(world.include(&bundle(items(1))).is_ok());
    world.used.insert((DOMAIN, OPERATOR, WINDOW));
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::WindowUsed { window: WINDOW }
    );
}

#[test]
fn b8_an_empty_bundle_is_refused() {
    let empty = resealed(&bundle(vec![]), |bundle| {
        bundle.header.header.receipts = Default::default();
        bundle.receipts = Default::default();
    });
    assert_eq!(World::new().refusal(&empty), InvalidBundle::Empty);
    let receipts_only = World::new().include(&bundle(vec![])).unwrap();
    assert_eq!(receipts_only.inboxed(), None);
}

#[test]
fn b8_accepts_a_heartbeat_where_bundles_are_counted() {
    let heartbeat = seal_heartbeat::<Note, _>(&Seals::default(), &keypair(1), &draft());
    let heartbeat = heartbeat.unwrap().into_bundle();
    for (max_factor, absence, counted) in [(1, 0, false), (2, 0, true), (1, 14, true), (2, 14, true)] {
        let mut params = params();
        params.election.max_factor = max_factor;
        params.election.absence = absence;
        let world = World::with(params);
        if counted {
            let included = world.include(&heartbeat).unwrap();
            assert_eq!(included.inboxed(), None, "it takes no place in an inbox");
        } else {
            assert_eq!(world.refusal(&heartbeat), InvalidBundle::Empty);
        }
    }
}

#[test]
fn b9_a_full_block_takes_receipts_only() {
    let mut world = World::new();
    world.in_block = 4;
    assert!(world.include(&bundle(items(1))).is_ok());
    world.in_block = 5;
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::BlockFull { limit: 5 }
    );
    assert!(world.include(&bundle(vec![])).is_ok());
}

#[test]
fn b10_b11_b12_limits_hold_to_the_last_unit() {
    // One bundle expected per block: its limits are the block's.
    let many: Vec<_> = (0..101).map(|n| item(n, 0, 0)).collect();
    assert!(World::new().include(&bundle(many[..100].to_vec())).is_ok());
    assert_eq!(
        World::new().refusal(&bundle(many)),
        InvalidBundle::Count {
            limit: 100,
            found: 101
        }
    );

    let long = |last| {
        (0..20)
            .map(|n| item(n, 0, if n < 19 { 451 } else { last }))
            .collect()
    };
    assert!(World::new().include(&bundle(long(451))).is_ok());
    let mut one_more: Vec<_> = long(451);
    one_more.push(item(21, 0, 0));
    assert_eq!(
        World::new().refusal(&bundle(one_more)),
        InvalidBundle::Bytes {
            limit: 10_000,
            found: 10_049
        }
    );

    let heavy = |weight| {
        let mut item = item(0, 0, 0);
        item.weight = Weight(weight);
        World::new().include(&bundle(vec![item]))
    };
    assert!(heavy(1_000_000).is_ok());
    let (limit, found) = (Weight(1_000_000), Weight(1_000_001));
    assert_eq!(
        heavy(1_000_001),
        Err(InvalidBundle::Weight { limit, found }.into())
    );
}

#[test]
fn b13_a_body_of_another_length_is_refused() {
    let mut bundle = bundle(items(3));
    bundle.body = BoundedVec::new(bundle.body.to_vec()[..2].to_vec()).unwrap();
    assert_eq!(
        World::new().refusal(&bundle),
        InvalidBundle::BodyCount {
            expected: 3,
            found: 2
        }
    );
}

#[test]
fn b14_b15_the_election_is_judged_by_the_hosts_randomness_and_stake() {
    let mut world = World::new();
    world.randomness = None;
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::Randomness { window: WINDOW }
    );
    world.randomness = Some(Randomness(named(6)));
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::Election(InvalidElection::Proof)
    );
    let mut world = World::new();
    world.standing.as_mut().unwrap().share = Share::new(Balance(0), Balance(10)).unwrap();
    assert_eq!(
        world.refusal(&bundle(items(1))),
        InvalidBundle::Election(InvalidElection::NotElected)
    );
}

#[test]
fn b15_another_operators_proof_is_refused() {
    let draft = decex_bundle::Draft {
        election: election(WINDOW, 2),
        ..draft()
    };
    let refusal = World::new().refusal(&sealed(&draft, vec![], items(1)));
    assert_eq!(refusal, InvalidBundle::Election(InvalidElection::Proof));
}

#[test]
fn b16_only_the_operators_seal_holds() {
    let mut bundle = bundle(items(1));
    let hash = bundle.header.header.compute_hash();
    bundle.header.seal = keypair(2).sign(&decex_core::label::BUNDLE_SEAL, &hash.0);
    assert_eq!(
        World::new().refusal(&bundle),
        InvalidBundle::Seal(InvalidSignature::Mismatch)
    );
    // The same key, for another purpose.
    bundle.header.seal = keypair(1).sign(&decex_core::label::REGISTRATION, &hash.0);
    assert_eq!(
        World::new().refusal(&bundle),
        InvalidBundle::Seal(InvalidSignature::Mismatch)
    );
}

#[test]
fn b17_only_senders_of_the_portion_are_accepted() {
    let mut half = params();
    half.portion = WHOLE_RING / 2;
    let world = World::with(half);
    let proof = election(WINDOW, 1);
    let challenge = Challenge {
        domain: DOMAIN,
        window: WINDOW,
        randomness: world.randomness.unwrap(),
    };
    let odds = Odds::new(1, 1, FACTOR_ONE).unwrap();
    let share = world.standing.unwrap().share;
    let elected = verify(keypair(1).key(), &challenge, &odds, &share, &proof).unwrap();
    let output = elected.output();
    let inside = |n: &u64| in_portion(&sender(*n), &output, WHOLE_RING / 2);
    let (mine, theirs): (Vec<u64>, Vec<u64>) = (0..400).partition(inside);
    assert!((150..250).contains(&mine.len()), "{}", mine.len());

    let mut items: Vec<_> = mine.iter().take(5).map(|n| item(*n, 0, 0)).collect();
    assert!(world.include(&bundle(items.clone())).is_ok());
    items.push(item(theirs[0], 0, 0));
    let bundle = bundle(items);
    let index = bundle
        .body
        .iter()
        .position(|item| item.sender == sender(theirs[0]))
        .unwrap();
    assert_eq!(
        world.refusal(&bundle),
        InvalidBundle::Portion { index: index as u32 }
    );
}

#[test]
fn b17_the_center_is_the_elections_ring_position() {
    let challenge = Challenge {
        domain: DOMAIN,
        window: WINDOW,
        randomness: Randomness(named(5)),
    };
    let odds = Odds::new(1, 1, FACTOR_ONE).unwrap();
    let share = Share::new(Balance(1), Balance(1)).unwrap();
    let elected = verify(keypair(1).key(), &challenge, &odds, &share, &election(WINDOW, 1)).unwrap();
    let point = |digest: &[u8; 32]| u128::from_be_bytes(digest[..16].try_into().unwrap());
    let center = point(elected.ring_position().as_bytes());
    let portion = 1 << 20;
    let reach = u128::from(portion) << 95;
    for n in 0..50_000 {
        let label = &decex_core::label::PORTION;
        let hash = decex_core::Hash::new(label)
            .chain(b"sender")
            .chain(sender(n).0)
            .finish();
        let (a, b) = (
            point(hash.as_bytes()).wrapping_sub(center),
            center.wrapping_sub(point(hash.as_bytes())),
        );
        assert_eq!(
            in_portion(&sender(n), &elected.output(), portion),
            a.min(b) <= reach
        );
    }
}

#[test]
fn b18_b19_only_the_committed_receipts_are_accepted() {
    let whole = bundle(items(1));
    let with = |notes: Vec<Note>| {
        let mut bundle = whole.clone();
        bundle.receipts = BoundedVec::new(notes).unwrap();
        World::new().include(&bundle)
    };
    assert!(with(vec![Note(1), Note(2)]).is_ok());
    assert_eq!(
        with(vec![Note(1)]),
        Err(InvalidBundle::ReceiptCount {
            expected: 2,
            found: 1
        }
        .into())
    );
    assert_eq!(with(vec![Note(2), Note(1)]), Err(InvalidBundle::Receipts.into()));
    assert_eq!(with(vec![Note(1), Note(3)]), Err(InvalidBundle::Receipts.into()));
}

/// A millionth of the stake loses, unless the factor makes up for it.
#[test]
fn b15_the_factor_of_the_windows_epoch_counts() {
    let mut world = World::new();
    let standing = world.standing.as_mut().unwrap();
    standing.share = Share::new(Balance(1), Balance(1 << 20)).unwrap();
    let bundle = bundle(items(1));
    let lost = InvalidBundle::Election(InvalidElection::NotElected);
    assert_eq!(world.refusal(&bundle), lost);
    world.standing.as_mut().unwrap().factor = FACTOR_ONE << 20;
    assert!(world.include(&bundle).is_ok());
}

#[test]
fn a_failing_host_is_no_verdict() {
    let mut world = World::new();
    world.fails = true;
    assert_eq!(world.include(&bundle(items(1))), Err(IncludeError::Host(Broken)));
    let mut world = World::new();
    world.standing.as_mut().unwrap().factor = FACTOR_ONE - 1;
    let found = world.include(&bundle(items(1)));
    assert!(
        matches!(found, Err(IncludeError::Misconfigured(Misconfigured::Odds(_)))),
        "{found:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whoever holds no key can change nothing of what is sealed or committed to.
    #[test]
    fn b16_b19_b28_a_mutated_bundle_never_passes(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        use parity_scale_codec::Encode;
        let bundle = bundle(items(2));
        let mut bytes = bundle.encode();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(mutated) = decex_core::decode_exact::<decex_bundle::Bundle<Note>>(&bytes, bytes.len()) {
            let world = World::new();
            prop_assert!(world.include(&mutated).is_err(), "byte {at} flipped by {flip}");
        }
    }

    #[test]
    fn b17_half_the_ring_is_half_the_senders(output in any::<[u8; 32]>(), n in any::<u64>()) {
        let output = decex_core::Digest(output);
        prop_assert!(in_portion(&sender(n), &output, WHOLE_RING));
        // Wider portions hold narrower ones.
        let mut inside = false;
        for bits in 0..=32 {
            let now = in_portion(&sender(n), &output, 1 << bits);
            prop_assert!(now || !inside);
            inside = now;
        }
    }
}

#[test]
fn receipts_can_be_read_before_the_body_is_checked() {
    let world = World::new();
    let bundle = bundle(items(1));
    let checked = check_header(&world, NOW, &bundle).unwrap();
    assert_eq!(checked.receipts(), [Note(1), Note(2)]);
    assert_eq!(
        (checked.domain(), checked.operator(), checked.window()),
        (DOMAIN, OPERATOR, WINDOW)
    );
}
