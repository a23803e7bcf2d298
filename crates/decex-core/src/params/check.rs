//! The check of a parameter set, and the limits that follow from it.

use super::{
    BundleLimits, CheckedParams, DomainParams, HostLimits, MAX_ABSENCE, MAX_BUNDLE_TRANSACTIONS,
    MAX_BUNDLES_PER_BLOCK, MAX_FACTOR, MAX_REPORTER_SHARE, MAX_SEED_DELAY, MAX_SENDER_TRANSACTIONS,
    MAX_TRACE_INTERVAL, MAX_TRANSACTION_BYTES, MIN_ABSENCE, PROOF_OVERHEAD, UnsafeParams, WHOLE_RING,
};
use crate::execution::{EXCEED_ALLOWANCE, REFUSE_ALLOWANCE, SYSTEM_ALLOWANCE};
use crate::id::Weight;
use crate::message::MAX_MESSAGES_PER_BLOCK;
use crate::state::{MAX_VALUE_BYTES, MAX_WITNESS_BYTES, Meter};
use core::num::NonZeroU32;

impl DomainParams {
    /// Checks the set against what the host carries and promises.
    ///
    /// # Errors
    /// The first inequality that does not hold (P1–P8).
    pub fn check(self, host: &HostLimits) -> Result<CheckedParams, UnsafeParams> {
        // P1: elections and slots happen with a probability.
        probability(
            "election probability",
            self.election.numerator,
            self.election.denominator,
        )?;
        probability("slot probability", host.slot_numerator, host.slot_denominator)?;
        // P2: every bounded parameter is within its bounds.
        for (name, found, least, most) in [
            ("re-election interval", self.election.interval, 1, u32::MAX.into()),
            ("bundle longevity", self.election.longevity, 1, 1 << 16),
            // Of the epochs that windows can be open in, only the present one and the one before are kept.
            (
                "stake epoch",
                self.election.epoch,
                self.election.longevity,
                u32::MAX.into(),
            ),
            ("factor", self.election.max_factor.into(), 1, MAX_FACTOR.into()),
            (
                "absence score",
                self.election.absence.into(),
                0,
                MAX_ABSENCE.into(),
            ),
            (
                "block transactions",
                self.block.transactions.into(),
                1,
                u32::MAX.into(),
            ),
            ("block bytes", self.block.bytes.into(), 1, u32::MAX.into()),
            ("block weight", self.block.weight.0, 1, u64::MAX),
            (
                "transaction bytes",
                self.transaction_bytes.into(),
                1,
                MAX_TRANSACTION_BYTES.into(),
            ),
            (
                "sender transactions",
                self.sender_transactions.into(),
                1,
                MAX_SENDER_TRANSACTIONS.into(),
            ),
            (
                "bundles per block",
                self.bundles_per_block.into(),
                1,
                MAX_BUNDLES_PER_BLOCK.into(),
            ),
            (
                "trace interval",
                self.trace_interval.into(),
                1,
                MAX_TRACE_INTERVAL.into(),
            ),
            ("seed delay", self.seed_delay.into(), 0, MAX_SEED_DELAY.into()),
            ("base lag", self.max_base_lag.into(), 1, 1 << 16),
            ("gap", self.max_gap.into(), 1, 1 << 16),
            ("messages", self.messages.into(), 0, MAX_MESSAGES_PER_BLOCK.into()),
            (
                "witness limit",
                self.witness_limit.into(),
                EXCEED_ALLOWANCE.into(),
                u32::MAX.into(),
            ),
            ("portion of the ring", self.portion, 1, WHOLE_RING),
            (
                "reporter share",
                self.reporter_share.into(),
                0,
                MAX_REPORTER_SHARE.into(),
            ),
        ] {
            if found < least || found > most {
                return Err(UnsafeParams::Range {
                    name,
                    least,
                    most,
                    found,
                });
            }
        }
        // P3: unlock >= challenge + (epoch + longevity) · interval + lag.
        let slots = self.election.liable_slots();
        let liable = slots
            .and_then(|slots| slots.checked_add(self.challenge_period))
            .and_then(|blocks| blocks.checked_add(host.submission_lag));
        if liable.is_none_or(|liable| host.unlock_period < liable) {
            return Err(UnsafeParams::Unlock {
                unlock: host.unlock_period,
                challenge: self.challenge_period,
                slots: slots.unwrap_or(u64::MAX),
                lag: host.submission_lag,
            });
        }
        // P4: every fraud proof fits, and its witness is not longer than what is looked at.
        let proof = self.largest_proof();
        let limit = host
            .message_bytes
            .min(u32::try_from(MAX_WITNESS_BYTES).unwrap_or(u32::MAX));
        if proof > limit.into() {
            return Err(UnsafeParams::ProofSize { proof, limit });
        }
        // P5: the challenge period outlasts censorship.
        let censored = host.censorship.checked_add(self.seed_delay.into());
        if censored.is_none_or(|censored| self.challenge_period <= censored) {
            return Err(UnsafeParams::Challenge {
                challenge: self.challenge_period,
                censorship: host.censorship,
                seed_delay: self.seed_delay,
            });
        }
        // P6: a full bundle fits.
        let bundle = self.derive_bundle_limits(host);
        let largest = u64::from(bundle.bytes)
            .saturating_add(u64::from(bundle.transactions).saturating_mul(ITEM_OVERHEAD))
            .saturating_add(PROOF_OVERHEAD.into());
        if largest > host.message_bytes.into() {
            return Err(UnsafeParams::BundleSize {
                bundle: largest,
                limit: host.message_bytes,
            });
        }
        // P7: the fullest block's receipt can be submitted.
        let openings = self.largest_openings(&bundle);
        if openings > host.message_bytes.into() {
            return Err(UnsafeParams::OpeningsSize {
                openings,
                limit: host.message_bytes,
            });
        }
        // P8: whoever counts as absent is.
        if (1..MIN_ABSENCE).contains(&self.election.absence) {
            return Err(UnsafeParams::Absence {
                least: MIN_ABSENCE,
                found: self.election.absence,
            });
        }
        // The range check above leaves no zero; the fallback is never taken.
        let trace_interval = NonZeroU32::new(self.trace_interval).unwrap_or(NonZeroU32::MIN);
        Ok(CheckedParams {
            params: self,
            bundle,
            trace_interval,
            message_bytes: host.message_bytes,
        })
    }

    /// The largest of the three families: a transition proof over a whole chunk of transactions or messages, each at its limits. One
    /// may reach its limit and then that of its charge or refusal; the access that fails shows its value too, so that a verifier
    /// fails at the same one. A proof carries no messages: they stand in the inbox.
    pub(super) fn largest_proof(&self) -> u64 {
        let failing =
            u64::from(Meter::KEY_BYTES).saturating_add(u64::try_from(MAX_VALUE_BYTES).unwrap_or(u64::MAX));
        let witness = u64::from(self.witness_limit).saturating_add(failing.saturating_mul(2));
        let transaction = witness
            .saturating_add(EXCEED_ALLOWANCE.into())
            .saturating_add(self.transaction_bytes.into())
            .saturating_add(INPUT_PATHS);
        let message = witness.saturating_add(REFUSE_ALLOWANCE.into());
        let received = message.saturating_mul(self.trace_interval.min(self.messages).into());
        let chunk = transaction.saturating_mul(self.trace_interval.into());
        chunk
            .max(received)
            .max(SYSTEM_ALLOWANCE.into())
            .saturating_add(PROOF_OVERHEAD.into())
    }

    /// Every bundle that a block can include, each full: an entry for each transaction, a state root for each step.
    fn largest_openings(&self, bundle: &BundleLimits) -> u64 {
        let entries = u64::from(bundle.transactions).saturating_mul(self.bundles_per_block.into());
        let interval = u64::from(self.trace_interval).max(1);
        let steps = entries
            .div_ceil(interval)
            .saturating_add(u64::from(self.messages).div_ceil(interval))
            .saturating_add(2);
        let entries = entries.saturating_mul(ENTRY_BYTES);
        entries
            .saturating_add(steps.saturating_mul(32))
            .saturating_add(PROOF_OVERHEAD.into())
    }

    /// Expected bundles per block: (n/d per window) ÷ (interval slots per window) ÷ (slot probability), rounded up.
    fn derive_bundle_limits(&self, host: &HostLimits) -> BundleLimits {
        let wins = u128::from(self.election.numerator).saturating_mul(host.slot_denominator.into());
        let slots = u128::from(self.election.denominator)
            .saturating_mul(self.election.interval.into())
            .saturating_mul(host.slot_numerator.into());
        let expected = u64::try_from(wins.div_ceil(slots.max(1)))
            .unwrap_or(u64::MAX)
            .max(1);
        let share = |limit: u32| {
            u32::try_from(u64::from(limit).checked_div(expected).unwrap_or(0))
                .unwrap_or(limit)
                .max(1)
        };
        let bytes = share(self.block.bytes);
        BundleLimits {
            transactions: share(self.block.transactions).min(MAX_BUNDLE_TRANSACTIONS),
            bytes,
            weight: Weight(self.block.weight.0.checked_div(expected).unwrap_or(0).max(1)),
            transaction_bytes: self.transaction_bytes.min(bytes),
            sender_transactions: self.sender_transactions,
        }
    }
}

/// Bytes of a body item beside the transaction: its claims and its length prefix.
const ITEM_OVERHEAD: u64 = 56;
/// Bytes of one entry of a schedule.
const ENTRY_BYTES: u64 = 6;
/// Bytes of the two list paths and the claims that a transition proof carries for each input.
const INPUT_PATHS: u64 = 2 * 64 * 32;

fn probability(name: &'static str, numerator: u64, denominator: u64) -> Result<(), UnsafeParams> {
    if numerator == 0 || numerator > denominator {
        return Err(UnsafeParams::Probability {
            name,
            numerator,
            denominator,
        });
    }
    Ok(())
}
