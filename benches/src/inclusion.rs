//! The whole inclusion check of a bundle against the two curve operations that it cannot avoid.
#![allow(
    clippy::disallowed_types,
    clippy::indexing_slicing,
    reason = "a benchmark reports ratios"
)]

use crate::measure::{Row, versus};
use decex_bundle::{
    Base, Bundle, Carried, Draft, InclusionView, Item, SealingRecord, Standing, Terms, check_header,
    seal_bundle,
};
use decex_core::codec::BoundedVec;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_core::params::*;
use decex_core::{Host, label};
use decex_election::{Challenge, FACTOR_ONE, Keypair, Odds, Share, SubmissionView, try_elect};
use merlin::Transcript;
use schnorrkel::vrf::{VRFPreOut, VRFProofBatchable};
use schnorrkel::{PublicKey, signing_context};
use std::convert::Infallible;

const TRANSACTIONS: u64 = 100;
/// Bytes of a transaction: about an Ethereum transfer.
const BYTES: usize = 110;
const NOW: Slot = Slot(600);

struct NoReceipt;

impl Carried for NoReceipt {
    fn compute_leaf(&self) -> Digest {
        Digest::ZERO
    }
}

/// A host in memory: what it costs is the rules' own.
struct World {
    terms: Terms,
    standing: Standing,
    base: Base,
}

impl Host for World {
    type Error = Infallible;
}

impl SubmissionView for World {
    fn has_submitted(&self, _: DomainId, _: OperatorId, _: Window) -> Result<bool, Infallible> {
        Ok(false)
    }
}

impl SealingRecord for World {
    fn has_sealed(&self, _: DomainId, _: OperatorId, _: Window) -> Result<Option<HeaderHash>, Infallible> {
        Ok(None)
    }
}

impl InclusionView for World {
    fn terms(&self, _: DomainId) -> Result<Option<Terms>, Infallible> {
        Ok(Some(self.terms.clone()))
    }
    fn standing(&self, _: DomainId, _: OperatorId, _: Window) -> Result<Option<Standing>, Infallible> {
        Ok(Some(self.standing))
    }
    fn randomness(&self, _: DomainId, _: Window) -> Result<Option<Randomness>, Infallible> {
        Ok(Some(Randomness::default()))
    }
    fn base(&self, _: DomainId, _: &ReceiptHash) -> Result<Option<Base>, Infallible> {
        Ok(Some(self.base))
    }
    fn head(&self, _: DomainId) -> Result<DomainNumber, Infallible> {
        Ok(DomainNumber(1))
    }
    fn unexecuted(&self, _: DomainId) -> Result<u64, Infallible> {
        Ok(0)
    }
    fn bundles_in_block(&self, _: DomainId) -> Result<u32, Infallible> {
        Ok(0)
    }
}

fn params() -> CheckedParams {
    let params = DomainParams {
        rules: RuleSet::default(),
        genesis: StateRoot::default(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 6,
            longevity: 3,
            epoch: 100,
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
        // All but nothing of the ring, so that every sender is hashed.
        portion: WHOLE_RING - 1,
        reporter_share: 500,
    };
    let host = HostLimits {
        message_bytes: 2_000_000,
        slot_numerator: 1,
        slot_denominator: 6,
        censorship: 600,
        unlock_period: 20_000,
        submission_lag: 100,
    };
    params.check(&host).expect("safe parameters")
}

fn item(n: u64) -> Item {
    let mut bytes = vec![0; BYTES];
    bytes[..8].copy_from_slice(&n.to_le_bytes());
    Item {
        // One sender each: the most hashing that a body of this size can cause.
        sender: SenderId(decex_core::hash::digest(&label::PORTION, &n.to_le_bytes())),
        nonce: Nonce(n),
        weight: Weight(21_000),
        bytes: BoundedVec::new(bytes).expect("short"),
    }
}

fn world(keypair: &Keypair) -> (World, Bundle<NoReceipt>) {
    let share = Share::new(Balance(1), Balance(1)).expect("a share");
    let base = Base {
        number: DomainNumber(1),
        hash: ReceiptHash::default(),
        root: StateRoot::default(),
        byte_price: Balance(1),
    };
    let world = World {
        terms: Terms {
            params: params(),
            active: true,
        },
        standing: Standing {
            key: *keypair.key(),
            share,
            factor: FACTOR_ONE,
            eligible: true,
        },
        base,
    };
    let challenge = Challenge {
        domain: DomainId(1),
        window: Window(100),
        randomness: Randomness::default(),
    };
    let odds = Odds::new(1, 1, FACTOR_ONE).expect("odds");
    let (_, election) = try_elect(keypair, &challenge, &odds, &share).expect("the whole stake wins");
    let draft = Draft {
        domain: DomainId(1),
        operator: OperatorId(1),
        election,
        base: ReceiptHash::default(),
    };
    let items = (0..TRANSACTIONS).map(item).collect();
    let bundle = seal_bundle(&world, keypair, &draft, vec![], items)
        .expect("sealable")
        .into_bundle();
    (world, bundle)
}

fn transcript() -> Transcript {
    let mut transcript = Transcript::new(label::ELECTION_VRF.context().as_bytes());
    transcript.append_message(b"domain", &1_u32.to_le_bytes());
    transcript.append_message(b"window", &100_u64.to_le_bytes());
    transcript.append_message(b"randomness", &[0; 32]);
    transcript
}

/// Measures the check against schnorrkel's `vrf_verify` and `verify` of the same proof and seal.
pub fn measure() -> Vec<Row> {
    let keypair = Keypair::from_seed(&[7; 32]);
    let (world, bundle) = world(&keypair);

    let header = &bundle.header.header;
    let public = PublicKey::from_bytes(keypair.key().as_bytes()).expect("a key");
    let preout = VRFPreOut(header.election.preoutput);
    let proof = [
        header.election.key_commitment,
        header.election.input_commitment,
        header.election.response,
    ]
    .concat();
    let proof = VRFProofBatchable::from_bytes(&proof)
        .and_then(|proof| proof.shorten_vrf(&public, transcript(), &preout))
        .expect("a proof");
    let signature = schnorrkel::Signature::from_bytes(&bundle.header.seal.0).expect("a signature");
    let (context, hash) = (
        signing_context(label::BUNDLE_SEAL.context().as_bytes()),
        header.compute_hash(),
    );

    let ours = || {
        let checked = check_header(&world, NOW, &bundle).expect("a right header");
        checked.check_body(&world, None).expect("a right body")
    };
    let theirs = || {
        let elected = public.vrf_verify(transcript(), &preout, &proof).is_ok();
        elected
            && public
                .verify(context.bytes(hash.0.as_bytes()), &signature)
                .is_ok()
    };
    assert_eq!(ours().summaries().len(), 100);
    assert!(theirs());
    let (ours, theirs) = versus(400, ours, theirs);
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    vec![Row {
        work: format!(
            "whole inclusion check of a bundle of {TRANSACTIONS} transactions of {BYTES} B, Deferred"
        ),
        baseline: "schnorrkel `vrf_verify` + `verify`".into(),
        goal: "≤ 1.5".into(),
        measured: format!("{ratio:.2} ({ours:.1?} / {theirs:.1?})"),
        met: Some(ratio <= 1.5),
    }]
}
