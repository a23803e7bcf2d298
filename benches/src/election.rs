//! Election: one proof and many, against schnorrkel's `vrf_verify` of the same proofs.
#![allow(
    clippy::disallowed_types,
    clippy::as_conversions,
    reason = "a benchmark reports ratios"
)]

use crate::measure::{Row, versus};
use decex_core::{Balance, Digest, DomainId, Label, Randomness, Window, label};
use decex_election::{
    Challenge, Claim, ElectionProof, FACTOR_ONE, Keypair, Odds, Share, try_elect, verify, verify_batch,
    verify_signature,
};
use merlin::Transcript;
use schnorrkel::PublicKey;
use schnorrkel::vrf::{VRFPreOut, VRFProof, VRFProofBatchable};
use std::hint::black_box;
use std::time::Duration;

/// One proof, as the crate takes it and as schnorrkel takes it: both sides hold their key decompressed.
struct Sample {
    keypair: Keypair,
    challenge: Challenge,
    proof: ElectionProof,
    public: PublicKey,
    preout: VRFPreOut,
    short: VRFProof,
}

fn transcript(challenge: &Challenge) -> Transcript {
    let mut transcript = Transcript::new(label::ELECTION_VRF.context().as_bytes());
    transcript.append_message(b"domain", &challenge.domain.0.to_le_bytes());
    transcript.append_message(b"window", &challenge.window.0.to_le_bytes());
    transcript.append_message(b"randomness", &challenge.randomness.0.0);
    transcript
}

impl Sample {
    fn new(index: u64, odds: &Odds, share: &Share) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&index.to_le_bytes());
        let keypair = Keypair::from_seed(&seed);
        let challenge = Challenge {
            domain: DomainId(1),
            window: Window(7),
            randomness: Randomness(Digest([9; 32])),
        };
        let (_, proof) = try_elect(&keypair, &challenge, odds, share).expect("these odds always win");
        let public = PublicKey::from_bytes(keypair.key().as_bytes()).expect("a key");
        let preout = VRFPreOut(proof.preoutput);
        let bytes = [proof.key_commitment, proof.input_commitment, proof.response].concat();
        let short = VRFProofBatchable::from_bytes(&bytes)
            .and_then(|proof| proof.shorten_vrf(&public, transcript(&challenge), &preout))
            .expect("a proof");
        Self {
            keypair,
            challenge,
            proof,
            public,
            preout,
            short,
        }
    }

    fn theirs(&self) -> bool {
        // The output is part of the baseline: without it nobody knows who won.
        self.public
            .vrf_verify(transcript(&self.challenge), &self.preout, &self.short)
            .map(|(points, _)| points.make_bytes::<[u8; 32]>(label::ELECTION_OUTPUT.context().as_bytes()))
            .is_ok()
    }
}

fn ratio(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}

fn micros(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}

/// Measures verification, alone and in batches, and the two ends of taking part.
pub fn measure() -> Vec<Row> {
    let odds = Odds::new(1, 1, FACTOR_ONE).expect("odds");
    let share = Share::new(Balance(1), Balance(1)).expect("a share");
    let samples: Vec<Sample> = (0..1024).map(|index| Sample::new(index, &odds, &share)).collect();
    let mut rows = vec![single(&samples, &odds, &share)];
    rows.extend([4, 64, 1024].map(|count| batch(&samples[..count], &odds, &share)));
    rows.push(batch_with_one_bad(&samples, &odds, &share));
    rows.push(losing(&samples, &share));
    rows.push(signature(&samples[0], &label::BUNDLE_SEAL));
    rows
}

fn single(samples: &[Sample], odds: &Odds, share: &Share) -> Row {
    let samples = &samples[..64];
    let (ours, theirs) = versus(
        60,
        || {
            samples
                .iter()
                .all(|s| verify(s.keypair.key(), &s.challenge, odds, share, black_box(&s.proof)).is_ok())
        },
        || samples.iter().all(|s| black_box(s).theirs()),
    );
    let ratio = ratio(ours, theirs);
    Row {
        work: "election: verify one".into(),
        baseline: "schnorrkel `vrf_verify` and output".into(),
        goal: "≤ 1.05".into(),
        measured: format!("{ratio:.3} ({:.1} µs)", micros(ours, samples.len())),
        met: Some(ratio <= 1.05),
    }
}

fn claims<'a>(samples: &'a [Sample], odds: &'a Odds, share: &'a Share) -> Vec<Claim<'a>> {
    samples
        .iter()
        .map(|s| Claim {
            key: s.keypair.key(),
            challenge: &s.challenge,
            odds,
            share,
            proof: &s.proof,
        })
        .collect()
}

fn batch(samples: &[Sample], odds: &Odds, share: &Share) -> Row {
    let claims = claims(samples, odds, share);
    let rounds = if samples.len() > 100 { 15 } else { 60 };
    let (ours, theirs) = versus(
        rounds,
        || verify_batch(black_box(&claims)).iter().all(Result::is_ok),
        || samples.iter().all(|s| black_box(s).theirs()),
    );
    let faster = 1.0 / ratio(ours, theirs);
    let judged = samples.len() == 1024;
    Row {
        work: format!("election: verify a batch of {}", samples.len()),
        baseline: "schnorrkel `vrf_verify` and output, one by one".into(),
        goal: if judged {
            "≥ 1.8 times faster".into()
        } else {
            "–".into()
        },
        measured: format!(
            "{faster:.2} times faster ({:.1} µs each)",
            micros(ours, samples.len())
        ),
        met: judged.then_some(faster >= 1.8),
    }
}

fn batch_with_one_bad(samples: &[Sample], odds: &Odds, share: &Share) -> Row {
    let mut claims = claims(samples, odds, share);
    let bad = ElectionProof {
        key_commitment: samples[0].proof.key_commitment,
        ..samples[1000].proof
    };
    claims[1000].proof = &bad;
    let (ours, theirs) = versus(
        5,
        || {
            verify_batch(black_box(&claims))
                .iter()
                .filter(|verdict| verdict.is_err())
                .count()
        },
        || samples.iter().all(|s| black_box(s).theirs()),
    );
    Row {
        work: "election: verify a batch of 1024, one of them bad".into(),
        baseline: "schnorrkel `vrf_verify` and output, one by one".into(),
        goal: "–".into(),
        measured: format!("{:.2} of the time", ratio(ours, theirs)),
        met: None,
    }
}

fn losing(samples: &[Sample], share: &Share) -> Row {
    let samples = &samples[..64];
    let (never, always) = (
        Odds::new(1, u64::MAX, FACTOR_ONE).expect("odds"),
        Odds::new(1, 1, FACTOR_ONE).expect("odds"),
    );
    let elect = |odds: &Odds| {
        samples
            .iter()
            .filter(|s| try_elect(&s.keypair, &s.challenge, odds, share).is_some())
            .count()
    };
    let (lose, win) = versus(40, || elect(&never), || elect(&always));
    Row {
        work: "election: lose a window".into(),
        baseline: "win it (output and proof)".into(),
        goal: "–".into(),
        measured: format!("{:.2} ({:.1} µs)", ratio(lose, win), micros(lose, samples.len())),
        met: None,
    }
}

fn signature(sample: &Sample, label: &Label) -> Row {
    let message = Digest([5; 32]);
    let signature = sample.keypair.sign(label, &message);
    let theirs = schnorrkel::Signature::from_bytes(&signature.0).expect("a signature");
    let (ours, theirs) = versus(
        400,
        || verify_signature(sample.keypair.key(), label, black_box(&message), &signature).is_ok(),
        || {
            sample
                .public
                .verify_simple(label.context().as_bytes(), black_box(&message.0), &theirs)
                .is_ok()
        },
    );
    Row {
        work: "election: verify a signature".into(),
        baseline: "schnorrkel `verify_simple`".into(),
        goal: "–".into(),
        measured: format!("{:.3} ({:.1} µs)", ratio(ours, theirs), micros(ours, 1)),
        met: None,
    }
}
