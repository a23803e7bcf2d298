//! Rules E: keys, odds, proofs, signatures, windows.

use super::json::{Fields, amount, hex, number, scale};
use super::{Operation, Outcome};
use decex_core::{Balance, Digest, DomainId, Host, Label, OperatorId, Randomness, Slot, Window, label};
use decex_election::{
    Challenge, Claim, Elected, ElectionProof, FACTOR_ONE, InvalidElection, Keypair, Odds, OperatorKey, Share,
    Signature, SubmissionError, SubmissionView, Windows, permit, try_elect, verify, verify_batch,
    verify_signature,
};
use num_bigint::BigUint;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::convert::Infallible;

mod cases;
mod turnout;

/// The operations of the crate.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("decex-election", "election.key", run_key, cases::key),
    Operation::of(
        "decex-election",
        "election.threshold",
        run_threshold,
        cases::threshold,
    ),
    Operation::of("decex-election", "election.elect", run_elect, cases::elect),
    Operation::of("decex-election", "election.verify", run_verify, cases::verify),
    Operation::of("decex-election", "election.batch", run_batch, cases::batch),
    Operation::of(
        "decex-election",
        "election.signature",
        run_signature,
        cases::signature,
    ),
    Operation::of("decex-election", "election.window", run_window, cases::window),
    Operation::of(
        "decex-election",
        "election.factor",
        turnout::run_factor,
        turnout::factor,
    ),
    Operation::of(
        "decex-election",
        "election.absence",
        turnout::run_absence,
        turnout::absence,
    ),
];

fn run_key(_: Fields<'_>, when: Fields<'_>) -> Outcome {
    match OperatorKey::try_from_bytes(when.scale("key")) {
        Ok(key) => Outcome::ok(json!({}), json!({ "key": scale(&key) })),
        Err(error) => Outcome::err(json!({}), error.code()),
    }
}

fn odds(from: Fields<'_>) -> Result<Odds, u16> {
    let odds = Odds::new(
        from.number("numerator"),
        from.number("denominator"),
        from.number("factor"),
    );
    odds.map_err(|error| error.code())
}

fn share(from: Fields<'_>) -> Result<Share, u16> {
    Share::new(from.amount("stake"), from.amount("total")).map_err(|error| error.code())
}

fn run_threshold(_: Fields<'_>, when: Fields<'_>) -> Outcome {
    match odds(when).and_then(|odds| Ok((odds, share(when)?))) {
        Ok((odds, share)) => Outcome::ok(json!({}), json!({ "threshold": threshold_bytes(&odds, &share) })),
        Err(code) => Outcome::err(json!({}), code),
    }
}

/// The least number that does not win, at most 2^256: `⌈2^256 · s · n · m / (T · d · 2^32)⌉`. By other arithmetic than the
/// crate's.
fn threshold(odds: &Odds, share: &Share) -> BigUint {
    let all = BigUint::from(1_u8) << 256_u32;
    let above = &all * share.stake().0 * odds.numerator() * odds.factor();
    let below = BigUint::from(share.total().0) * odds.denominator() * FACTOR_ONE;
    let least = (above + (&below - 1_u8)) / below;
    least.min(all)
}

fn threshold_bytes(odds: &Odds, share: &Share) -> Value {
    let bytes = threshold(odds, share).to_bytes_be();
    let padding = 33_usize.saturating_sub(bytes.len());
    hex(&[vec![0; padding], bytes].concat())
}

/// What a proof is judged by.
struct Terms {
    key: OperatorKey,
    challenge: Challenge,
    odds: Odds,
    share: Share,
}

fn challenge(from: Fields<'_>) -> Challenge {
    Challenge {
        domain: DomainId(from.number("domain")),
        window: Window(from.number("window")),
        randomness: Randomness(from.digest("randomness")),
    }
}

impl Terms {
    fn read(from: Fields<'_>) -> Self {
        Self {
            key: from.scale("key"),
            challenge: challenge(from),
            odds: odds(from).expect("odds"),
            share: share(from).expect("a share"),
        }
    }

    fn verify(&self, proof: &ElectionProof) -> Result<Elected, InvalidElection> {
        verify(&self.key, &self.challenge, &self.odds, &self.share, proof)
    }

    /// The output, if the proof holds: at odds that every output wins.
    fn output(&self, proof: &ElectionProof) -> Option<Elected> {
        let (odds, share) = certain();
        verify(&self.key, &self.challenge, &odds, &share, proof).ok()
    }
}

/// Odds and a share that win with every output.
fn certain() -> (Odds, Share) {
    let odds = Odds::new(1, 1, FACTOR_ONE).expect("odds");
    (odds, Share::new(Balance(1), Balance(1)).expect("a share"))
}

fn elected(elected: &Elected) -> Value {
    json!({ "output": scale(&elected.output()), "ring_position": scale(&elected.ring_position()) })
}

fn run_verify(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let terms = Terms::read(given);
    let proof = when.scale("proof");
    let threshold_of = threshold_bytes(&terms.odds, &terms.share);
    let output = terms.output(&proof).map(|elected| elected.output());
    let steps = json!({ "output": output.as_ref().map(scale), "threshold": threshold_of });
    let result = terms.verify(&proof);
    if let Some(output) = output {
        let below = BigUint::from_bytes_be(output.as_bytes()) < threshold(&terms.odds, &terms.share);
        assert_eq!(
            below,
            result.is_ok(),
            "a proof that holds wins below the threshold"
        );
    }
    match result {
        Ok(winner) => Outcome::ok(steps, elected(&winner)),
        Err(error) => Outcome::err(steps, error.code()),
    }
}

fn run_batch(given: Fields<'_>, _: Fields<'_>) -> Outcome {
    let claims: Vec<(Terms, ElectionProof)> = given
        .each("claims")
        .map(|claim| (Terms::read(claim), claim.scale("proof")))
        .collect();
    let together: Vec<Claim<'_>> = claims
        .iter()
        .map(|(terms, proof)| Claim {
            key: &terms.key,
            challenge: &terms.challenge,
            odds: &terms.odds,
            share: &terms.share,
            proof,
        })
        .collect();
    let verdict = |result: Result<Elected, InvalidElection>| match result {
        Ok(winner) => json!({ "ok": elected(&winner) }),
        Err(error) => json!({ "err": { "code": error.code() } }),
    };
    let alone: Vec<Value> = claims
        .iter()
        .map(|(terms, proof)| verdict(terms.verify(proof)))
        .collect();
    let verdicts: Vec<Value> = verify_batch(&together).into_iter().map(verdict).collect();
    Outcome::ok(json!({ "alone": alone }), json!({ "verdicts": verdicts }))
}

fn run_elect(given: Fields<'_>, _: Fields<'_>) -> Outcome {
    let keypair = Keypair::from_seed(&given.scale("seed"));
    let (odds, share) = (odds(given).expect("odds"), share(given).expect("a share"));
    let challenge = challenge(given);
    let (certain_odds, certain_share) = certain();
    let drawn = try_elect(&keypair, &challenge, &certain_odds, &certain_share);
    let steps = json!({
        "key": scale(keypair.key()),
        "preoutput": drawn.as_ref().map(|(_, proof)| scale(&proof.preoutput)),
        "output": drawn.as_ref().map(|(elected, _)| scale(&elected.output())),
        "threshold": threshold_bytes(&odds, &share),
    });
    let won = try_elect(&keypair, &challenge, &odds, &share);
    let answer = won.map(
        |(winner, proof)| json!({ "proof": scale(&proof), "ring_position": scale(&winner.ring_position()) }),
    );
    Outcome::ok(steps, json!({ "won": answer }))
}

fn label_of(context: &str) -> &'static Label {
    let label = label::ALL.iter().find(|label| label.context() == context);
    label.expect("a label of the project")
}

fn run_signature(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let signature: Signature = when.scale("signature");
    let (key, message): (OperatorKey, Digest) = (given.scale("key"), when.digest("message"));
    match verify_signature(&key, label_of(given.text("label")), &message, &signature) {
        Ok(()) => Outcome::ok(json!({}), json!({})),
        Err(error) => Outcome::err(json!({}), error.code()),
    }
}

/// Submissions that the host has recorded.
struct Recorded(BTreeSet<(DomainId, OperatorId, Window)>);

impl Host for Recorded {
    type Error = Infallible;
}

impl SubmissionView for Recorded {
    fn has_submitted(&self, domain: DomainId, by: OperatorId, window: Window) -> Result<bool, Infallible> {
        Ok(self.0.contains(&(domain, by, window)))
    }
}

fn submission(from: Fields<'_>) -> (DomainId, OperatorId, Window) {
    (
        DomainId(from.number("domain")),
        OperatorId(from.number("operator")),
        Window(from.number("window")),
    )
}

fn run_window(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let windows = match Windows::new(given.number("interval"), given.number("longevity")) {
        Ok(windows) => windows,
        Err(error) => return Outcome::err(json!({}), error.code()),
    };
    let recorded = Recorded(given.each("submitted").map(submission).collect());
    let now = Slot(given.number("now"));
    let (domain, operator, window) = submission(when);
    let first = windows.first_slot(window);
    let steps = json!({
        "current": number(windows.window_of(now).0),
        "oldest_open": number(windows.oldest_open(now).0),
        "first_slot": first.map(|slot| number(slot.0)),
    });
    match permit(&recorded, &windows, now, domain, operator, window) {
        Ok(_) => Outcome::ok(steps, json!({})),
        Err(SubmissionError::Invalid(error)) => Outcome::err(steps, error.code()),
        Err(SubmissionError::Host(never)) => match never {},
    }
}

/// The part of `given` that odds and share are.
fn chances(numerator: u64, denominator: u64, factor: u64, stake: u128, total: u128) -> Value {
    json!({
        "numerator": number(numerator),
        "denominator": number(denominator),
        "factor": number(factor),
        "stake": amount(Balance(stake)),
        "total": amount(Balance(total)),
    })
}
