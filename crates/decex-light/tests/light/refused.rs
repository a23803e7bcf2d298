//! What each check stops.

use crate::chain::*;
use decex_light::decex_core::list::InvalidListProof;
use decex_light::decex_core::state::{
    CompactTree, InvalidWitness, ReadError, StateCommitment, StateKey, StateTree, Value,
};
use decex_light::decex_core::*;
use decex_light::decex_receipt::{Receipt, Status};
use decex_light::{InvalidLight, LightError, LightProof, MAX_HEADER_BYTES, MAX_LIGHT_WITNESS_BYTES, verify};
use parity_scale_codec::{Compact, DecodeAll, Encode, MaxEncodedLen};

const OTHER: Result<Option<Vec<u8>>, InvalidLight> = Err(InvalidLight::Receipt(InvalidListProof::Root));

#[test]
fn y1_truncated_continued_and_oversize_bytes_are_refused() {
    let chain = Chain::new(3, 10);
    let (bytes, headers) = (chain.prove(1, &[2]).encode(), chain.headers());
    for length in 0..bytes.len() {
        let refused = ask(&headers, &bytes[..length], 1, 2);
        assert_eq!(
            refused,
            Err(InvalidLight::Bytes(DecodeError::Malformed)),
            "{length}"
        );
    }
    let more = [&bytes[..], &[0]].concat();
    let trailing = InvalidLight::Bytes(DecodeError::Trailing { found: 1 });
    assert_eq!(ask(&headers, &more, 1, 2), Err(trailing));
    // Longer than any proof: not looked at.
    let limit = LightProof::max_encoded_len();
    let found = limit + 1;
    let long = InvalidLight::Bytes(DecodeError::TooLong { limit, found });
    assert_eq!(ask(&headers, &vec![0; found], 1, 2), Err(long));
    assert_eq!(long.code(), 1);
}

#[test]
fn y1_no_part_is_longer_than_its_bound() {
    let chain = Chain::new(3, 10);
    let LightProof {
        header,
        finality,
        receipt,
        witness,
    } = chain.prove(1, &[2]);
    let (header, witness) = (header.into_inner(), witness.into_inner());
    let build = |header: &[u8], witness: &[u8]| {
        LightProof::new(
            header.to_vec(),
            finality.clone(),
            receipt.clone(),
            witness.to_vec(),
        )
    };
    let too_long = vec![0; MAX_HEADER_BYTES as usize + 1];
    assert_eq!(build(&too_long, &witness), None);
    let bytes = (&too_long, &finality, &receipt, &witness).encode();
    let malformed = Err(InvalidLight::Bytes(DecodeError::Malformed));
    assert_eq!(ask(&chain.headers(), &bytes, 1, 2), malformed);
    let too_long = vec![0; MAX_LIGHT_WITNESS_BYTES as usize + 1];
    assert_eq!(build(&header, &too_long), None);
    let bytes = (&header, &finality, &receipt, &too_long).encode();
    assert_eq!(ask(&chain.headers(), &bytes, 1, 2), malformed);
    // More siblings than a list of domains has levels.
    let mut tail = (
        finality.status,
        finality.head,
        finality.head_hash,
        finality.domains,
    )
        .encode();
    Compact(33_u32).encode_to(&mut tail);
    tail.extend([0; 33 * 32]);
    let bytes = [header.encode(), tail, (&receipt, &witness).encode()].concat();
    assert_eq!(ask(&chain.headers(), &bytes, 1, 2), malformed);
}

#[test]
fn y2_a_header_that_the_anchor_does_not_have_is_refused() {
    let chain = Chain::new(3, 10);
    let proof = chain.prove(1, &[2]);
    let mut nobody = chain.headers();
    nobody.known.clear();
    assert_eq!(ask(&nobody, &proof.encode(), 1, 2), Err(InvalidLight::Header));
    for at in 0..proof.header.len() {
        let mut header = proof.header.to_vec();
        header[at] ^= 1;
        let header = BoundedVec::new(header).unwrap();
        let wrong = LightProof {
            header,
            ..proof.clone()
        };
        let refused = ask(&chain.headers(), &wrong.encode(), 1, 2);
        assert_eq!(refused, Err(InvalidLight::Header), "{at}");
    }
    // A host of somebody's own making, where everything else is in order.
    let mut other = chain.clone();
    other.domains[1] = Chain::new(3, 20).domains[1].clone();
    assert!(ask(&other.headers(), &other.prove(1, &[2]).encode(), 1, 2).is_ok());
    let refused = ask(&chain.headers(), &other.prove(1, &[2]).encode(), 1, 2);
    assert_eq!(refused, Err(InvalidLight::Header));
    assert_eq!(InvalidLight::Header.code(), 2);
}

#[test]
fn y3_another_domain_does_not_stand_for_the_one_asked_for() {
    let chain = Chain::new(5, 10);
    for (domain, other) in [(0, 1), (1, 0), (2, 4), (4, 2)] {
        // All of the other domain's, and its path with this domain's receipt.
        assert!(ask(&chain.headers(), &chain.prove(other, &[2]).encode(), domain, 2).is_err());
        let mixed = LightProof {
            finality: chain.finality(other),
            ..chain.prove(domain, &[2])
        };
        assert!(ask(&chain.headers(), &mixed.encode(), domain, 2).is_err());
    }
    // There is no sixth.
    let outside = InvalidLight::Receipt(InvalidListProof::OutOfBounds);
    assert_eq!(
        ask(&chain.headers(), &chain.prove(4, &[2]).encode(), 5, 2),
        Err(outside)
    );
    assert_eq!(outside.code(), 3);
}

#[test]
fn y3_a_receipt_with_anything_changed_is_refused() {
    let chain = Chain::new(3, 10);
    let proof = chain.prove(1, &[2]);
    let bytes = proof.receipt.encode();
    let mut tried = 0;
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let Ok(receipt) = Receipt::decode_all(&mut &changed[..]) else {
            continue;
        };
        tried += 1;
        let wrong = LightProof {
            receipt,
            ..proof.clone()
        };
        assert_eq!(ask(&chain.headers(), &wrong.encode(), 1, 2), OTHER, "{at}");
    }
    assert!(tried > 300, "{tried}");
}

#[test]
fn y3_only_the_last_final_receipt_counts() {
    let chain = Chain::new(3, 10);
    // An earlier one, final once; and pending ones. Each with a right witness of its own state.
    for number in [0, 2, 3] {
        let wrong = LightProof::new(
            chain.header(),
            chain.finality(1),
            chain.domains[1].blocks[number].0.clone(),
            chain.witness(1, number, &[2]),
        );
        assert_eq!(
            ask(&chain.headers(), &wrong.unwrap().encode(), 1, 2),
            OTHER,
            "{number}"
        );
    }
}

#[test]
fn y3_what_is_said_of_the_receipt_is_what_the_host_said() {
    let chain = Chain::new(3, 10);
    let proof = chain.prove(1, &[2]);
    let statuses = [
        Status::Genesis {
            since: ConsensusNumber(90),
        },
        Status::Unrefuted {
            accepted: ConsensusNumber(69),
            since: ConsensusNumber(90),
        },
        Status::Unrefuted {
            accepted: ConsensusNumber(70),
            since: ConsensusNumber(91),
        },
    ];
    let mut wrong = Vec::new();
    for status in statuses {
        wrong.push(proof.clone());
        wrong.last_mut().unwrap().finality.status = status;
    }
    for head in [0, 1, 2, 4] {
        wrong.push(proof.clone());
        wrong.last_mut().unwrap().finality.head = DomainNumber(head);
    }
    wrong.push(proof.clone());
    wrong.last_mut().unwrap().finality.head_hash = proof.receipt.compute_hash();
    for wrong in wrong {
        assert_eq!(ask(&chain.headers(), &wrong.encode(), 1, 2), OTHER);
    }
}

#[test]
fn y3_a_path_with_anything_changed_is_refused() {
    let chain = Chain::new(6, 10);
    let proof = chain.prove(1, &[2]);
    let with = |domains: u32, siblings: Vec<Digest>| {
        let mut wrong = proof.clone();
        wrong.finality.domains = domains;
        wrong.finality.siblings = BoundedVec::new(siblings).unwrap();
        ask(&chain.headers(), &wrong.encode(), 1, 2)
    };
    let right = proof.finality.siblings.to_vec();
    assert!(with(6, right.clone()).is_ok());
    for at in 0..right.len() {
        let mut changed = right.clone();
        changed[at].0[9] ^= 4;
        assert_eq!(with(6, changed), OTHER);
        let mut swapped = right.clone();
        swapped.swap(at, (at + 1) % right.len());
        assert_eq!(with(6, swapped), OTHER);
    }
    // As many siblings, another length; and one more or less of them.
    assert_eq!(with(5, right.clone()), OTHER);
    assert_eq!(with(7, right.clone()), OTHER);
    let count = Err(InvalidLight::Receipt(InvalidListProof::Siblings));
    assert_eq!(with(6, right[1..].to_vec()), count);
    assert_eq!(with(6, [&right[..], &right[..1]].concat()), count);
}

#[test]
fn y3_a_leaf_is_of_its_own_header() {
    let old = Chain::new(4, 10);
    let mut new = old.clone();
    new.number += 1;
    new.domains[1].confirmed = 2;
    let mut headers = old.headers();
    headers.known.extend(new.headers().known);
    // Both headers are known: which one it is bound to is what counts.
    for (leaf, header) in [(&old, &new), (&new, &old)] {
        let mut stale = leaf.prove(1, &[2]);
        assert!(ask(&headers, &stale.encode(), 1, 2).is_ok());
        stale.header = BoundedVec::new(header.header()).unwrap();
        assert_eq!(ask(&headers, &stale.encode(), 1, 2), OTHER);
    }
    // A neighbour that moved makes the path a stale one too.
    let mut stale = old.prove(0, &[2]);
    stale.header = BoundedVec::new(new.header()).unwrap();
    assert_eq!(ask(&headers, &stale.encode(), 0, 2), OTHER);
}

#[test]
fn y4_a_witness_of_another_state_is_refused() {
    let chain = Chain::new(3, 10);
    let root = Err(InvalidLight::Witness(InvalidWitness::Root));
    // A pending block's, an earlier block's, another domain's.
    for (domain, number) in [(1, 2), (1, 3), (1, 0), (0, 1), (2, 1)] {
        let mut wrong = chain.prove(1, &[2]);
        wrong.witness = BoundedVec::new(chain.witness(domain, number, &[2])).unwrap();
        assert_eq!(ask(&chain.headers(), &wrong.encode(), 1, 2), root);
    }
    let mut empty = chain.prove(1, &[2]);
    empty.witness = BoundedVec::default();
    let refused = ask(&chain.headers(), &empty.encode(), 1, 2);
    assert_eq!(refused, Err(InvalidLight::Witness(InvalidWitness::Malformed)));
    assert_eq!(InvalidLight::Witness(InvalidWitness::Malformed).code(), 4);
}

#[test]
fn y5_a_key_that_is_not_covered_is_not_absent() {
    let chain = Chain::new(3, 10);
    let bytes = chain.prove(1, &[2, 1_000]).encode();
    // Present ones and absent ones alike.
    for n in [3, 9, 1_001, 5_000] {
        assert_eq!(ask(&chain.headers(), &bytes, 1, n), Err(InvalidLight::NotCovered));
    }
    assert_eq!(InvalidLight::NotCovered.code(), 5);
}

#[test]
fn y1_y2_y3_y4_y5_no_changed_proof_says_anything_else() {
    let chain = Chain::new(5, 30);
    let (bytes, headers) = (chain.prove(3, &[2, 1_000]).encode(), chain.headers());
    let truths = [2, 3, 1_000, 1_001].map(|n| (n, (n < 30).then(|| value(3, 1, n))));
    let mut told = 0;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            for (n, truth) in &truths {
                // A changed key may be shown absent, if that is true; nothing else comes of a change.
                if let Ok(answer) = ask(&headers, &changed, 3, *n) {
                    assert_eq!(answer, *truth, "bit {bit} of byte {at}");
                    told += 1;
                }
            }
        }
    }
    assert!(told < bytes.len(), "{told}");
}

/// A commitment of the domain's own, whose tree has a store that fails.
struct Failing;

impl StateCommitment for Failing {
    fn empty_root(&self) -> StateRoot {
        StateRoot::default()
    }
    fn open(&self, _: &StateRoot, _: &[u8]) -> Result<Box<dyn StateTree>, InvalidWitness> {
        Ok(Box::new(Self))
    }
}

impl StateTree for Failing {
    fn root(&self) -> StateRoot {
        StateRoot::default()
    }
    fn get(&self, _: &StateKey) -> Result<Option<Value>, ReadError> {
        Err(ReadError::Backend)
    }
    fn update(&mut self, _: &state::Changes) -> Result<StateRoot, ReadError> {
        Err(ReadError::Backend)
    }
}

#[test]
fn a_commitment_that_fails_is_no_verdict() {
    let chain = Chain::new(1, 1);
    let bytes = chain.prove(0, &[0]).encode();
    let answer = verify(&chain.headers(), &Failing, &bytes, DomainId(0), &key(0));
    assert_eq!(answer, Err(LightError::Commitment));
    assert!(verify(&chain.headers(), &CompactTree, &bytes, DomainId(0), &key(0)).is_ok());
}
