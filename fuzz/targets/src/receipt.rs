//! Submission of receipts: what is accepted is right in everything that costs no execution.

use crate::decode::LIMIT;
use crate::scene::CLAIMS;
use crate::source::Source;
use decex_bundle::Verdict;
use decex_core::codec::decode_exact;
use decex_core::execution::{trace_length, trace_root};
use decex_core::{BoundedVec, ConsensusNumber, DomainId, OperatorId};
use decex_receipt::{Accepted, ReceiptView, Submission, submit};
use decex_testkit::mutant::commit;
use parity_scale_codec::Encode;

/// Reads a submission from a script: raw, or the right one edited, and its openings perhaps made to fit again.
fn scripted(source: &mut Source<'_>) -> Option<Submission> {
    let (how, claims) = (source.byte(), &*CLAIMS);
    if how & 1 == 1 {
        return decode_exact(source.rest(), LIMIT).ok();
    }
    let right = &claims.submissions[usize::from(how & 2 != 0)];
    let mut bytes = right.encode();
    source.edit(&mut bytes);
    let mut submission: Submission = decode_exact(&bytes, LIMIT).ok()?;
    if how & 4 != 0 {
        let params = claims.before.params(DomainId(0)).unwrap().unwrap();
        let openings = submission.openings.take()?;
        let (schedule, trace) = (openings.schedule.into_inner(), openings.trace.into_inner());
        let (_, openings) = commit(&mut submission.receipt, schedule, trace, 0, &params)?;
        submission.openings = Some(openings);
    }
    if how & 8 != 0 {
        disturb(source.byte(), &mut submission)?;
    }
    Some(submission)
}

/// Changes one claim, or one thing that it is about, so that nothing else is wrong.
fn disturb(choice: u8, submission: &mut Submission) -> Option<()> {
    let (receipt, openings) = (&mut submission.receipt, submission.openings.as_mut()?);
    let mut trace = openings.trace.to_vec();
    match choice % DISTURBED {
        0 => receipt.trace.root.0.0[0] ^= 1,
        1 => receipt.schedule.root.0.0[0] ^= 1,
        2 => receipt.state.0.0[0] ^= 1,
        3 => receipt.trace.length ^= 1,
        4 => receipt.schedule.count ^= 1,
        5 => receipt.seed.0.0[0] ^= 1,
        6 => receipt.parent.0.0[0] ^= 1,
        7 => receipt.consensus_hash.0.0[0] ^= 1,
        8 => receipt.number.0 ^= 2,
        9 => trace.first_mut()?.0.0[0] ^= 1,
        10 => drop(trace.pop()),
        _ => receipt.domain.0 ^= 1,
    }
    openings.trace = BoundedVec::new(trace)?;
    Some(())
}

/// How many ways there are to disturb a submission.
pub(crate) const DISTURBED: u8 = 12;

/// Submits one receipt to the chain on which the first is due.
pub(crate) fn submit_receipt(data: &[u8]) {
    let mut source = Source::new(data);
    let Some(submission) = scripted(&mut source) else {
        return;
    };
    let (chain, domain) = (&CLAIMS.before, DomainId(0));
    let params = chain.params(domain).unwrap().unwrap();
    let (view, operator) = (chain.state(), OperatorId(2));
    let now = ConsensusNumber(1_000);
    let accepted = submit(&view, now, &params, operator, domain, &submission);
    let again = submit(&view, now, &params, operator, domain, &submission);
    assert_eq!(accepted, again, "the same question, the same answer");
    let receipt = &submission.receipt;
    match accepted {
        Ok(Accepted::Extended { hash, record }) => {
            assert_eq!(hash, receipt.compute_hash());
            assert_eq!(record.receipt, *receipt);
            assert_eq!((record.included_at, record.backers), (now, vec![operator]));
            assert_extends(&view, &submission, params.trace_interval());
        }
        Ok(Accepted::Known) => {
            assert_eq!(
                view.hash_at(domain, receipt.number).unwrap(),
                Some(receipt.compute_hash())
            );
        }
        Ok(Accepted::Endorsed { .. }) => panic!("nothing was accepted in block {}", now.0),
        Err(_) => assert_ne!(submission, CLAIMS.submissions[0], "the right receipt is refused"),
    }
}

fn assert_extends<V: ReceiptView<Error: std::fmt::Debug>>(
    view: &V,
    submission: &Submission,
    interval: std::num::NonZeroU32,
) {
    let (receipt, domain) = (&submission.receipt, DomainId(0));
    let chain = view.chain(domain).unwrap().unwrap();
    let inbox = view.inbox(domain, receipt.number).unwrap().unwrap();
    assert_eq!(Some(receipt.number), chain.head.next());
    assert_eq!((receipt.domain, receipt.parent), (domain, chain.head_hash));
    assert_eq!((receipt.rules, receipt.seed), (inbox.rules, inbox.seed));
    assert_eq!(
        (receipt.consensus_number, receipt.consensus_hash),
        (inbox.consensus_number, inbox.consensus_hash)
    );
    assert_eq!(receipt.verdicts.len(), inbox.bundles.len());
    let mut most = 0;
    for (verdict, bundle) in receipt.verdicts.iter().zip(&inbox.bundles) {
        let held = view.hash_at(domain, bundle.base.number).unwrap() == Some(bundle.base.hash);
        assert_eq!(*verdict == Verdict::BaseRemoved, !held, "R15, R16");
        match verdict {
            Verdict::Valid => most += bundle.body.count,
            Verdict::Invalid(fault) => assert!(fault.index < bundle.body.count, "R14"),
            Verdict::BaseRemoved => {}
        }
    }
    assert!(receipt.schedule.count <= most, "R17");
    assert_eq!(
        receipt.trace.length,
        trace_length(inbox.input_counts(receipt.schedule.count), interval)
    );
    let openings = submission.openings.as_ref().expect("R21");
    assert_eq!(openings.schedule.len(), receipt.schedule.count as usize);
    assert_eq!(trace_root(&openings.trace), receipt.trace.root, "R24");
    assert_eq!(openings.trace.last(), Some(&receipt.state), "R25");
    for entry in &openings.schedule {
        let bundle = usize::from(entry.bundle);
        assert_eq!(receipt.verdicts.get(bundle), Some(&Verdict::Valid), "R22");
        assert!(entry.leaf < inbox.bundles[bundle].body.count, "R22");
    }
}
