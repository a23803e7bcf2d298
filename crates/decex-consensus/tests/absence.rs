//! The factor adapts to who comes, and who never comes is taken out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod common;

use common::*;
use decex_bundle::Illegal;
use decex_consensus::*;
use decex_core::params::DomainParams;
use decex_core::*;
use decex_election::{FACTOR_ONE, InvalidAbsence};
use decex_receipt::Submission;
use decex_staking::{PoolStatus, RefusedStaking};
use decex_testkit::mutant::{Mutant, mutate};
use std::convert::Infallible;

/// A domain that adapts, and takes out from 14 nats.
fn adapting() -> DomainParams {
    let mut params = params();
    params.election.max_factor = 8;
    params.election.absence = 14;
    params
}

/// Makes a block in which these members submit for the windows that they have won: nothing, or what there is.
fn attend(net: &mut Net, present: &[usize]) {
    net.begin();
    for member in present {
        if net.consensus.is_eligible(net.members[*member].id).unwrap() {
            while net.elected(*member).is_some() {
                net.vouch(*member, Vec::new());
            }
        }
    }
}

fn factor(net: &Net, member: usize) -> u64 {
    let Member { id, domain, .. } = &net.members[member];
    let slot = net.consensus.clock().unwrap().unwrap().block.slot;
    let standing = net.consensus.standing(*domain, *id, Window(slot.0));
    standing.unwrap().unwrap().factor
}

fn refusal(net: &Net, operator: OperatorId) -> RefusedAbsence {
    let mut chain = net.consensus.clone();
    let before = chain.host().clone();
    let refused: Result<_, CallError<_, Infallible>> = chain.report_absence(operator);
    let Err(CallError::Refused(refused)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(*chain.host(), before);
    refused
}

#[test]
fn the_factor_settles_at_what_the_absent_leave_and_falls_when_they_return() {
    let (mut net, _) = Net::with(adapting(), 4);
    assert_eq!(factor(&net, 0), FACTOR_ONE);
    // Half of the stake is away: after some epochs twice as many win.
    (0..240).for_each(|_| attend(&mut net, &[0, 1]));
    let raised = factor(&net, 0);
    assert!(
        (FACTOR_ONE * 3 / 2..=FACTOR_ONE * 5 / 2).contains(&raised),
        "{raised}"
    );
    // All have the same factor, and the past epoch's windows their own.
    assert_eq!(factor(&net, 3), raised);
    (0..240).for_each(|_| attend(&mut net, &[0, 1, 2, 3]));
    assert!(factor(&net, 0) <= FACTOR_ONE * 5 / 4, "{}", factor(&net, 0));
    net.check_books();
}

#[test]
fn k3_k16_k38_k39_who_never_comes_is_taken_out_and_may_return() {
    let (mut net, domain) = Net::with(adapting(), 4);
    let (present, absent) = (net.members[0].id, net.members[3].id);
    let mut before = Consensus::new(MemoryHost::default(), config());
    assert_eq!(
        before.report_absence(present),
        Err(CallError::Refused(RefusedAbsence::NotBegun))
    );
    assert_eq!(
        before.reactivate_operator(account(0), present),
        Err(CallError::Refused(RefusedStake::NotBegun))
    );
    let found = OperatorId(9);
    assert_eq!(refusal(&net, found), RefusedAbsence::UnknownOperator { found });
    let present_now = |refused| matches!(refused, RefusedAbsence::Present(InvalidAbsence::Present { .. }));
    assert!(present_now(refusal(&net, absent)));
    let mut blocks = 0;
    while net.consensus.clone().report_absence(absent).is_err() {
        attend(&mut net, &[0, 1, 2]);
        // Those who come never look absent.
        assert!(present_now(refusal(&net, present)));
        blocks += 1;
        assert!(blocks < 1_000, "never noticed");
    }
    // 28 expected wins say it, a quarter of the windows each; two epochs more pass until all bundles would have come.
    assert!(blocks >= 30, "{blocks}");
    let events = net.consensus.report_absence(absent).unwrap();
    assert_eq!(events, [Event::OperatorDeactivated { operator: absent }]);
    assert!(!net.consensus.is_eligible(absent).unwrap());
    // It has lost nothing, is out once, and its stake leaves the total with the epoch.
    assert_eq!(net.at_stake(3), STAKE);
    let found = net.status(3);
    assert!(matches!(found, PoolStatus::Inactive { .. }));
    let out = RefusedAbsence::Pool(RefusedStaking::Status { found });
    assert_eq!(refusal(&net, absent), out);
    let back = net.consensus.reactivate_operator(account(3), absent);
    assert!(matches!(
        back,
        Err(CallError::Refused(RefusedStake::Pool(
            RefusedStaking::TooEarly { .. }
        )))
    ));
    (0..60).for_each(|_| attend(&mut net, &[0, 1, 2]));
    let slot = net.consensus.clock().unwrap().unwrap().block.slot;
    let share = net.consensus.standing(domain, present, Window(slot.0));
    assert_eq!(share.unwrap().unwrap().share.total(), Balance(3 * STAKE));
    let stranger = net.consensus.reactivate_operator(account(1), absent);
    assert!(matches!(
        stranger,
        Err(CallError::Refused(RefusedStake::Pool(
            RefusedStaking::NotOwner { .. }
        )))
    ));
    let events = net.consensus.reactivate_operator(account(3), absent).unwrap();
    assert_eq!(events, [Event::OperatorReactivated { operator: absent }]);
    // What was before is forgotten.
    assert!(present_now(refusal(&net, absent)));
    (0..60).for_each(|_| attend(&mut net, &[0, 1, 2, 3]));
    assert!(net.consensus.is_eligible(absent).unwrap());
    assert!(present_now(refusal(&net, absent)));
    net.check_books();
}

fn accusation(net: &Net, domain: DomainId, number: u64) -> Submission {
    let right = net.right(domain, number).submission();
    let number = DomainNumber(number);
    let inbox = net.consensus.inbox(domain, number).unwrap().unwrap();
    let params = net.consensus.params(domain).unwrap().unwrap();
    let openings = right.openings.unwrap();
    let lie = Mutant::Reject(0, 0, Illegal::Signature);
    let (receipt, openings) = mutate(lie, &right.receipt, &openings, &inbox, &params).unwrap();
    Submission {
        receipt,
        openings: Some(openings),
    }
}

#[test]
fn k18_k39_the_time_of_an_accusation_does_not_count_against_anybody() {
    let mut long = adapting();
    long.challenge_period = 400;
    let mut config = config();
    config.limits.unlock_period = 500;
    let mut net = Net::new(config);
    let domain = net.domain(long);
    (0..4).for_each(|n| {
        net.register(n, domain);
    });
    net.begin_many(30);
    while net.elected(3).is_none() {
        net.begin();
    }
    net.send(3, vec![transfer(0, 0, 1)]);
    net.begin();
    let lie = accusation(&net, domain, 1);
    while net.elected(1).is_none() {
        net.begin();
    }
    net.vouch(1, vec![lie.clone()]);
    // Accused for a long time, in which it cannot bundle and cannot be reported.
    let id = net.members[3].id;
    (0..300).for_each(|_| attend(&mut net, &[0, 2]));
    assert_eq!(refusal(&net, id), RefusedAbsence::NotClean);
    let proof = net.refute(domain, &lie);
    net.consensus.submit_proof(&proof).unwrap();
    // The first report lets its record begin anew, whatever it came to.
    let events = net.consensus.report_absence(id).unwrap();
    assert_eq!(events, [Event::AbsenceForgiven { operator: id }]);
    assert!(matches!(refusal(&net, id), RefusedAbsence::Present(_)));
    (0..120).for_each(|_| attend(&mut net, &[0, 2, 3]));
    assert!(matches!(refusal(&net, id), RefusedAbsence::Present(_)));
    // From now on it is judged like everybody.
    (0..400).for_each(|_| attend(&mut net, &[0, 2]));
    let events = net.consensus.report_absence(id).unwrap();
    assert_eq!(events, [Event::OperatorDeactivated { operator: id }]);
}

#[test]
fn where_nothing_adapts_nobody_is_absent_and_nothing_is_stored() {
    let (mut net, _) = Net::with(params(), 2);
    net.begin_many(400);
    let id = net.members[1].id;
    let nobody = RefusedAbsence::Present(InvalidAbsence::Present { limit: 0, found: 0 });
    assert_eq!(refusal(&net, id), nobody);
    assert_eq!(factor(&net, 0), FACTOR_ONE);
    let stored = |kind| net.consensus.host().store.keys().any(|key| key[0] == kind);
    assert!(!stored(24) && !stored(25));
}
