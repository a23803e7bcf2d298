//! Fraud proofs: the right receipt stands whatever is shown, a wrong one falls by a proof of itself only.

use crate::decode::LIMIT;
use crate::scene::{CLAIMS, Claims};
use crate::source::Source;
use decex_core::codec::decode_exact;
use decex_core::execution::trace_leaf;
use decex_core::list::ListTree;
use decex_core::{AccountId, Digest};
use decex_fraud::{Claim, Evidence, FraudProof, verify};
use decex_tests::world::ENGINE;
use parity_scale_codec::Encode;

/// The evidence that a script makes: an edited proof against some lie, or all of it the fuzzer's.
fn evidence(source: &mut Source<'_>, claims: &Claims) -> Option<Evidence> {
    if source.flag() {
        return decode_exact(source.rest(), LIMIT).ok();
    }
    let (_, proof) = source.pick(&claims.wrong);
    let mut evidence = proof.evidence.clone();
    if source.flag() {
        evidence = moved(evidence, claims).unwrap_or_else(|| proof.evidence.clone());
    }
    let mut bytes = evidence.encode();
    source.edit(&mut bytes);
    decode_exact(&bytes, 1 << 22).ok()
}

/// Moves evidence about a step over to the first right receipt: its trace and schedule are shown instead. All that is shown
/// is then true, up to the last check. `None` for other evidence, or a step that the right receipt does not have.
fn moved(evidence: Evidence, claims: &Claims) -> Option<Evidence> {
    let Evidence::Transition(mut step) = evidence else {
        return None;
    };
    let openings = claims.submissions[0].openings.as_ref()?;
    let trace = ListTree::new(openings.trace.iter().map(trace_leaf).collect());
    let at = step.step as usize;
    step.after = *openings.trace.get(at)?;
    match at.checked_sub(1) {
        Some(before) => {
            step.before = Some(openings.trace[before]);
            step.trace = trace.prove(step.step - 1, 2)?;
        }
        None => step.trace = trace.prove(0, 1)?,
    }
    if let Some(chunk) = &mut step.chunk {
        let schedule = ListTree::new(
            openings
                .schedule
                .iter()
                .map(|entry| entry.compute_leaf())
                .collect(),
        );
        let first = chunk.inputs.first()?.entry;
        let start = openings.schedule.iter().position(|entry| *entry == first)?;
        chunk.schedule = schedule.prove(start as u32, chunk.inputs.len() as u32)?;
    }
    Some(Evidence::Transition(step))
}

fn against(claim: &Claim, evidence: Evidence) -> FraudProof {
    FraudProof {
        domain: claim.receipt().domain,
        receipt: claim.hash(),
        reporter: AccountId(Digest([8; 32])),
        evidence,
    }
}

/// Any evidence against receipts that are right.
pub(crate) fn right(data: &[u8]) {
    let claims = &*CLAIMS;
    let mut source = Source::new(data);
    let claim = source.pick(&claims.right);
    let Some(evidence) = evidence(&mut source, claims) else {
        return;
    };
    let proof = against(claim, evidence);
    assert!(
        verify(&ENGINE, claim, &proof).is_err(),
        "a right receipt is refuted"
    );
}

/// Any evidence against receipts that are wrong.
pub(crate) fn wrong(data: &[u8]) {
    let claims = &*CLAIMS;
    let mut source = Source::new(data);
    let (claim, known) = source.pick(&claims.wrong);
    let Some(evidence) = evidence(&mut source, claims) else {
        return;
    };
    let proof = against(claim, evidence);
    let Ok(refuted) = verify(&ENGINE, claim, &proof) else {
        assert_ne!(proof.evidence, known.evidence, "its own proof is refused");
        return;
    };
    assert_eq!(
        (refuted.domain(), refuted.receipt()),
        (proof.domain, claim.hash())
    );
    assert_eq!(refuted.number(), claim.receipt().number);
    assert_eq!(refuted.reporter(), proof.reporter);
    assert!(proof.encoded_size() as u64 <= claim.largest_proof(), "F4");
    let first = verify(&ENGINE, claim, known).expect("its own proof");
    assert_eq!(
        refuted.evidence(),
        first.evidence(),
        "one name whatever the proof shows"
    );
    // The same proof says nothing of any other receipt.
    let others = claims
        .right
        .iter()
        .chain(claims.wrong.iter().map(|(claim, _)| claim));
    for other in others.filter(|other| other.hash() != claim.hash()) {
        assert!(verify(&ENGINE, other, &proof).is_err(), "F2: a foreign proof");
    }
}

#[cfg(test)]
mod tests {
    use super::{CLAIMS, against, moved, verify};
    use decex_fraud::{Evidence, InvalidProof};
    use decex_tests::world::ENGINE;

    /// The edits start from evidence that is true in all but the last check; otherwise they would not get far.
    #[test]
    fn moved_evidence_reaches_the_last_check() {
        let claims = &*CLAIMS;
        let judge = |evidence| verify(&ENGINE, &claims.right[0], &against(&claims.right[0], evidence)).err();
        let steps = claims
            .wrong
            .iter()
            .filter_map(|(_, proof)| moved(proof.evidence.clone(), claims));
        let verdicts: Vec<_> = steps.map(judge).collect();
        let reached = verdicts
            .iter()
            .filter(|verdict| **verdict == Some(InvalidProof::StepHolds));
        assert!(reached.count() >= 3, "{verdicts:?}");
        let of = |family: fn(&Evidence) -> bool| {
            claims
                .wrong
                .iter()
                .filter(|(_, proof)| family(&proof.evidence))
                .count()
        };
        assert!(of(|evidence| matches!(evidence, Evidence::Inbox(_))) >= 5);
        assert!(of(|evidence| matches!(evidence, Evidence::Schedule(_))) >= 3);
        assert!(of(|evidence| matches!(evidence, Evidence::Transition(_))) >= 5);
    }
}
