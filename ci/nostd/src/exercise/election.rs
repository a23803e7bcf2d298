//! decex-election: sr25519 without a source of randomness.

use super::holds;
use decex_core::{Balance, ConsensusNumber, Digest, DomainId, Randomness, Window, label};
use decex_election::{
    Adaptation, AdaptationParams, Attendance, Challenge, Claim, FACTOR_ONE, Keypair, Moment, Odds, Share,
    Stakes, Turnout, Windows, try_elect, verify, verify_batch, verify_signature,
};

pub(super) fn window() -> Result<(), &'static str> {
    let keypair = Keypair::from_seed(&[1; 32]);
    let challenge = Challenge {
        domain: DomainId(1),
        window: Window(2),
        randomness: Randomness(Digest([3; 32])),
    };
    let odds = Odds::new(1, 1, FACTOR_ONE).map_err(|_| "odds")?;
    let share = Share::new(Balance(1), Balance(1)).map_err(|_| "share")?;
    let (elected, proof) =
        try_elect(&keypair, &challenge, &odds, &share).ok_or("the whole stake wins at even odds")?;
    holds(
        verify(keypair.key(), &challenge, &odds, &share, &proof) == Ok(elected),
        "verify an election",
    )?;
    let claim = Claim {
        key: keypair.key(),
        challenge: &challenge,
        odds: &odds,
        share: &share,
        proof: &proof,
    };
    holds(
        verify_batch(&[claim, claim]) == [Ok(elected), Ok(elected)],
        "verify a batch",
    )?;
    let other = Challenge {
        domain: DomainId(2),
        ..challenge
    };
    holds(
        verify(keypair.key(), &other, &odds, &share, &proof).is_err(),
        "an election refuses another domain",
    )
}

pub(super) fn signature() -> Result<(), &'static str> {
    let keypair = Keypair::from_seed(&[1; 32]);
    let message = Digest([4; 32]);
    let signature = keypair.sign(&label::BUNDLE_SEAL, &message);
    holds(
        verify_signature(keypair.key(), &label::BUNDLE_SEAL, &message, &signature).is_ok(),
        "verify a signature",
    )?;
    let other = verify_signature(keypair.key(), &label::REGISTRATION, &message, &signature);
    holds(other.is_err(), "a signature refuses another label")
}

/// Wide integers: a factor, and an operator that is absent.
pub(super) fn turnout() -> Result<(), &'static str> {
    let windows = Windows::new(1, 1).map_err(|_| "windows")?;
    let odds = Odds::new(1, 2, FACTOR_ONE).map_err(|_| "odds")?;
    let params = AdaptationParams {
        epoch: 128,
        max_factor: 100,
        absence: 14,
        slot_numerator: 1,
        slot_denominator: 1,
    };
    let rule = Adaptation::new(&windows, &odds, &params).map_err(|_| "an adaptation")?;
    let moment = |epoch: u64| Moment {
        window: Window(epoch.saturating_mul(128)),
        block: ConsensusNumber(epoch.saturating_mul(128)),
    };
    let turnout = Turnout::new(&rule, moment(0)).at(&rule, moment(1), Balance(4));
    let attendance = Attendance::new(&rule, &turnout);
    let later = (0..32)
        .fold(turnout, |turnout, _| turnout.count())
        .at(&rule, moment(2), Balance(4));
    // √2 of 1.
    holds(later.factor(2) == Some(6_074_000_999), "a factor")?;
    let later = later.at(&rule, moment(1_000), Balance(4));
    let stakes = Stakes::constant(Balance(1));
    holds(
        attendance.check_absent(&rule, &later, stakes).is_ok(),
        "an absence",
    )
}
