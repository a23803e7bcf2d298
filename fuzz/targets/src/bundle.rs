//! Inclusion: what is included is what its header says, sealed by who was elected.

use crate::decode::LIMIT;
use crate::scene::SCENE;
use crate::source::Source;
use decex_bundle::{InclusionView, check_header};
use decex_core::codec::decode_exact;
use decex_core::label;
use decex_core::{Digest, list, transaction};
use decex_election::{SubmissionView, verify_signature};
use decex_receipt::Bundle;
use decex_tests::world::operator_keypair;
use parity_scale_codec::Encode;

/// Makes the header commit to the content again and seals it, as a liar with operator 3's key can.
fn reseal(bundle: &mut Bundle) {
    let header = &mut bundle.header.header;
    let summaries: Vec<_> = bundle.body.iter().map(|item| item.compute_summary()).collect();
    let leaves: Vec<Digest> = summaries.iter().map(|summary| summary.leaf()).collect();
    header.body.root = list::root(&leaves);
    header.body.count = leaves.len() as u32;
    header.body.bytes = summaries
        .iter()
        .fold(0, |sum: u32, one| sum.wrapping_add(one.bytes));
    header.body.weight.0 = summaries
        .iter()
        .fold(0, |sum: u64, one| sum.wrapping_add(one.weight.0));
    let receipts: Vec<Digest> = bundle
        .receipts
        .iter()
        .map(|carried| carried.receipt.compute_hash().0)
        .collect();
    header.receipts.root = list::root(&receipts);
    header.receipts.count = receipts.len() as u32;
    let hash = header.compute_hash();
    bundle.header.seal = operator_keypair(3).sign(&label::BUNDLE_SEAL, &hash.0);
}

/// Reads a bundle from a script: raw, or edited and perhaps sealed again.
pub(crate) fn scripted(source: &mut Source<'_>) -> Option<Bundle> {
    let how = source.byte();
    if how & 1 == 1 {
        return decode_exact(source.rest(), LIMIT).ok();
    }
    let base = if how & 2 == 0 { &SCENE.bundle } else { &SCENE.plain };
    let mut bytes = base.encode();
    source.edit(&mut bytes);
    let mut bundle: Bundle = decode_exact(&bytes, LIMIT).ok()?;
    if how & 4 != 0 {
        reseal(&mut bundle);
    }
    Some(bundle)
}

/// Checks a bundle over the scene's chain, and the whole call over a copy of it.
pub(crate) fn include(data: &[u8]) {
    let Some(bundle) = scripted(&mut Source::new(data)) else {
        return;
    };
    let view = SCENE.chain.state();
    if let Ok(checked) = check_header(&view, SCENE.slot, &bundle) {
        assert_header(&bundle);
        assert_eq!(checked.header_hash(), bundle.header.header.compute_hash());
        // A base that the bundle brings itself is unknown here; the call below applies its receipts first.
        if let Ok(included) = checked.check_body(&view, None) {
            assert_body(&bundle, included.summaries());
        }
    }
    let mut chain = SCENE.chain.clone();
    let total = chain.host().total();
    let accepted = chain.submit_bundle(&bundle.encode()).is_ok();
    assert_eq!(chain.host().total(), total, "a bundle moves no money");
    if accepted {
        assert_header(&bundle);
        let summaries: Vec<_> = bundle.body.iter().map(|item| item.compute_summary()).collect();
        assert_body(&bundle, &summaries);
        assert!(chain.submit_bundle(&bundle.encode()).is_err(), "one for a window");
        let head = chain.chain(bundle.header.header.domain).unwrap().unwrap();
        assert!(head.confirmed <= head.head);
    } else {
        assert_eq!(
            chain.host().store,
            SCENE.chain.host().store,
            "a refusal changes nothing"
        );
        assert_eq!(chain.host().purses, SCENE.chain.host().purses);
    }
}

fn assert_header(bundle: &Bundle) {
    let (header, view) = (&bundle.header.header, SCENE.chain.state());
    let window = header.election.window;
    let terms = view.terms(header.domain).unwrap().expect("a domain");
    let standing = view.standing(header.domain, header.operator, window).unwrap();
    let standing = standing.expect("an operator");
    assert!(standing.eligible && header.version == decex_bundle::VERSION);
    let hash = header.compute_hash();
    assert_eq!(
        verify_signature(&standing.key, &label::BUNDLE_SEAL, &hash.0, &bundle.header.seal),
        Ok(())
    );
    assert!(
        !view
            .has_submitted(header.domain, header.operator, window)
            .unwrap()
    );
    assert!(
        window <= terms.windows().unwrap().window_of(SCENE.slot),
        "B: not of the future"
    );
    assert_eq!(header.receipts.count as usize, bundle.receipts.len());
    assert!(terms.active || bundle.body.is_empty());
    let limits = terms.params.bundle_limits();
    assert!(header.body.weight <= limits.weight && u64::from(header.body.bytes) <= u64::from(limits.bytes));
}

fn assert_body(bundle: &Bundle, summaries: &[decex_core::transaction::Summary]) {
    let commitment = bundle.header.header.body;
    assert_eq!(commitment.count as usize, bundle.body.len());
    assert!(
        summaries.is_sorted_by(|a, b| a.body_key() < b.body_key()),
        "B24: strictly ascending"
    );
    for (summary, item) in summaries.iter().zip(&bundle.body) {
        assert_eq!(summary.hash, transaction::hash(&item.bytes));
        assert_eq!(summary.bytes as usize, item.bytes.len());
    }
    let leaves: Vec<Digest> = summaries.iter().map(|summary| summary.leaf()).collect();
    assert_eq!(list::root(&leaves), commitment.root);
    let weight: u64 = summaries.iter().map(|summary| summary.weight.0).sum();
    let bytes: u64 = summaries.iter().map(|summary| u64::from(summary.bytes)).sum();
    assert_eq!(
        (weight, bytes),
        (commitment.weight.0, u64::from(commitment.bytes))
    );
}
