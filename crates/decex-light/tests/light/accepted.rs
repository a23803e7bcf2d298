//! What a true proof shows.

use crate::chain::*;
use decex_light::decex_core::state::CompactTree;
use decex_light::decex_core::*;
use decex_light::{Entry, LightError, Status, open, verify};
use parity_scale_codec::Encode;

#[test]
fn y1_y2_y3_y4_y5_a_true_proof_shows_what_stands_under_its_keys() {
    for domains in [1, 2, 5, 8] {
        let chain = Chain::new(domains, 50);
        for domain in 0..domains {
            let proof = chain.prove(domain, &[3, 4, 1_000]).encode();
            let headers = chain.headers();
            for n in [3, 4] {
                let shown = ask(&headers, &proof, domain, n);
                assert_eq!(shown, Ok(Some(value(domain, 1, n))));
            }
            // Absence is shown too.
            assert_eq!(ask(&headers, &proof, domain, 1_000), Ok(None));
        }
    }
}

#[test]
fn an_entry_says_of_what_it_is() {
    let chain = Chain::new(3, 10);
    let bytes = chain.prove(2, &[7]).encode();
    let entry = verify(&chain.headers(), &CompactTree, &bytes, DomainId(2), &key(7)).unwrap();
    let expected = Entry {
        domain: DomainId(2),
        number: DomainNumber(1),
        key: key(7),
        value: Some(value(2, 1, 7).into()),
    };
    assert_eq!(*entry, expected);
}

#[test]
fn a_view_says_when_how_and_how_far_ahead() {
    let chain = Chain::new(3, 10);
    let bytes = chain.prove(1, &[7]).encode();
    let view = open(&chain.headers(), &CompactTree, &bytes, DomainId(1)).unwrap();
    assert_eq!(view.at(), ConsensusNumber(100));
    let attested = view.attested();
    assert_eq!(attested.leaf, chain.leaf(1));
    assert_eq!(attested.leaf.pending(), 2);
    assert_eq!(attested.leaf.status.since(), ConsensusNumber(90));
    assert!(matches!(
        attested.leaf.status,
        Status::Unrefuted {
            accepted: ConsensusNumber(70),
            ..
        }
    ));
    assert_eq!(attested.receipt, chain.domains[1].blocks[1].0);
    let state = attested.clone().into_receipt().state().into_inner();
    assert_eq!(state, chain.domains[1].blocks[1].0.state);
    assert!(format!("{view:?}").contains("FinalState"));
}

#[test]
fn an_anchor_that_fails_is_no_verdict() {
    let chain = Chain::new(1, 1);
    let bytes = chain.prove(0, &[0]).encode();
    let mut headers = chain.headers();
    headers.down = true;
    let answer = verify(&headers, &CompactTree, &bytes, DomainId(0), &key(0));
    assert_eq!(answer, Err(LightError::Anchor(Down)));
}
