//! The parameters of a domain, checked as a set.
//!
//! A set that passes [`DomainParams::check`] against a host's [`HostLimits`] becomes [`CheckedParams`]; nothing else
//! builds one. An unsafe set is refused with the broken inequality in the error.

use crate::execution::{EXCEED_ALLOWANCE, SYSTEM_ALLOWANCE};
use crate::id::{RuleSet, StateRoot, Weight};
use crate::state::{MAX_VALUE_BYTES, MAX_WITNESS_BYTES, Meter};
use core::num::NonZeroU32;
use core::ops::Deref;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Most bundles of one domain in one consensus block. Bounds verdicts, inboxes and schedule references.
pub const MAX_BUNDLES_PER_BLOCK: u32 = 64;
/// Most transactions in one bundle.
pub const MAX_BUNDLE_TRANSACTIONS: u32 = 65_536;
/// Longest transaction, in bytes.
pub const MAX_TRANSACTION_BYTES: u32 = 131_072;
/// Most receipts in one bundle: how fast operators catch up.
pub const MAX_RECEIPTS_PER_BUNDLE: u32 = 16;
/// Most transactions of one sender in one bundle: bounds the evidence for the fee rule.
pub const MAX_SENDER_TRANSACTIONS: u32 = 64;
/// Longest trace interval.
pub const MAX_TRACE_INTERVAL: u32 = 4_096;
/// Longest seed delay, in consensus blocks.
pub const MAX_SEED_DELAY: u32 = 256;
/// The most of a slashed stake that a reporter may get, in basis points: proving one's own fraud must not pay.
pub const MAX_REPORTER_SHARE: u16 = 1_000;
/// The whole ring, as a portion: every operator may bundle every sender.
pub const WHOLE_RING: u64 = 1 << 32;
/// Bytes of a proof beside witness and transactions: header, list paths, trace entries, sender runs.
pub const PROOF_OVERHEAD: u32 = 16 * 1024;

/// How a domain's operators are elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct ElectionParams {
    /// Expected bundles per window, numerator.
    pub numerator: u64,
    /// Expected bundles per window, denominator.
    pub denominator: u64,
    /// Slots per window: the re-election interval.
    pub interval: u64,
    /// Windows that a bundle may be old at inclusion.
    pub longevity: u64,
}

/// Limits of one bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct BundleLimits {
    /// Transactions in a body.
    pub transactions: u32,
    /// Bytes of all transactions of a body.
    pub bytes: u32,
    /// Weight of all transactions of a body.
    pub weight: Weight,
    /// Bytes of one transaction.
    pub transaction_bytes: u32,
    /// Transactions of one sender in a body.
    pub sender_transactions: u32,
}

/// Limits of one domain block, from which a bundle's are derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct BlockLimits {
    /// Transactions in a domain block.
    pub transactions: u32,
    /// Bytes of all transactions of a domain block.
    pub bytes: u32,
    /// Weight of all transactions of a domain block.
    pub weight: Weight,
}

/// Who checks a transaction's legality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub enum LegalityMode {
    /// Farmers check every transaction at inclusion; an illegal one makes the bundle unincludable.
    Enforced,
    /// Farmers check structure only; operators judge in their receipts; a wrong judgement is fraud.
    Deferred,
}

/// What a domain is created with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct DomainParams {
    /// The rules its receipts are judged by.
    pub rules: RuleSet,
    /// Root of its genesis state: published by whoever creates the domain, as nobody can execute or challenge without it. No
    /// value in it is longer than [`MAX_VALUE_BYTES`]; one that is makes every step that touches it unprovable.
    pub genesis: StateRoot,
    /// How its operators are elected.
    pub election: ElectionParams,
    /// Limits of a domain block.
    pub block: BlockLimits,
    /// Bytes of one transaction at most.
    pub transaction_bytes: u32,
    /// Transactions of one sender in one bundle at most.
    pub sender_transactions: u32,
    /// Bundles included in one consensus block at most.
    pub bundles_per_block: u32,
    /// Who checks legality.
    pub legality: LegalityMode,
    /// Consensus blocks between a receipt's inclusion and its confirmation.
    pub challenge_period: u64,
    /// Consensus blocks between an inbox and the randomness of its schedule. 0 trades safety for latency.
    pub seed_delay: u32,
    /// Inputs per trace entry.
    pub trace_interval: u32,
    /// Domain blocks that a bundle's base may lie behind the receipt head.
    pub max_base_lag: u32,
    /// Unexecuted domain blocks beyond which only bundles without transactions are accepted.
    pub max_gap: u32,
    /// Witness bytes that one input may cause.
    pub witness_limit: u32,
    /// Share of the sender ring that one election lets an operator bundle, of [`WHOLE_RING`].
    pub portion: u64,
    /// Share of a slashed stake that goes to the reporter, in basis points.
    pub reporter_share: u16,
}

/// What the host can carry and promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct HostLimits {
    /// Bytes that one message (bundle or proof) may take in a block.
    pub message_bytes: u32,
    /// Probability that a slot has a block, numerator.
    pub slot_numerator: u64,
    /// Probability that a slot has a block, denominator.
    pub slot_denominator: u64,
    /// Consensus blocks for which an adversary is assumed able to keep a proof out, plus the time to make one.
    pub censorship: u64,
    /// Consensus blocks between an operator's leaving and the release of its stake.
    pub unlock_period: u64,
    /// Consensus blocks of a stake epoch.
    pub epoch: u64,
    /// Consensus blocks that a submission may lag behind what it was made on.
    pub submission_lag: u64,
}

/// Parameters that passed [`DomainParams::check`], with the limits derived from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedParams {
    params: DomainParams,
    bundle: BundleLimits,
    trace_interval: NonZeroU32,
    message_bytes: u32,
}

impl CheckedParams {
    /// Returns the limits of one bundle: the block's, divided by the expected bundles per block, at least one of each.
    #[must_use]
    pub const fn bundle_limits(&self) -> &BundleLimits {
        &self.bundle
    }

    /// Returns the inputs per trace entry.
    #[must_use]
    pub const fn trace_interval(&self) -> NonZeroU32 {
        self.trace_interval
    }

    /// Returns the bytes that one message may take on the host that the parameters were checked against.
    #[must_use]
    pub const fn message_bytes(&self) -> u32 {
        self.message_bytes
    }

    /// Returns the bytes that the largest fraud proof of this domain can take, saturating.
    #[must_use]
    pub fn largest_proof(&self) -> u64 {
        self.params.largest_proof()
    }
}

impl Deref for CheckedParams {
    type Target = DomainParams;

    fn deref(&self) -> &DomainParams {
        &self.params
    }
}

/// Why a parameter set is unsafe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeParams {
    /// P1: a probability outside (0, 1].
    #[error("{name} {numerator}/{denominator} is not in (0, 1]")]
    Probability {
        /// Which probability.
        name: &'static str,
        /// Its numerator.
        numerator: u64,
        /// Its denominator.
        denominator: u64,
    },
    /// P2: a value outside its range.
    #[error("{name} is {found}, not in {least}..={most}")]
    Range {
        /// Which parameter.
        name: &'static str,
        /// The least allowed.
        least: u64,
        /// The most allowed.
        most: u64,
        /// The value given.
        found: u64,
    },
    /// P3: stake could leave before every claim it stands for can be refuted.
    #[error("unlock period {unlock} < challenge period {challenge} + epoch {epoch} + submission lag {lag}")]
    Unlock {
        /// The host's unlock period.
        unlock: u64,
        /// The domain's challenge period.
        challenge: u64,
        /// The host's stake epoch.
        epoch: u64,
        /// The host's submission lag.
        lag: u64,
    },
    /// P4: a fraud proof might not fit in a host block.
    #[error("the largest proof takes {proof} bytes, the host carries {limit}")]
    ProofSize {
        /// The largest proof of this domain.
        proof: u64,
        /// The host's message limit.
        limit: u32,
    },
    /// P5: a censor could outlast the challenge period.
    #[error("challenge period {challenge} <= censorship budget {censorship} + seed delay {seed_delay}")]
    Challenge {
        /// The domain's challenge period.
        challenge: u64,
        /// The host's censorship budget.
        censorship: u64,
        /// The domain's seed delay.
        seed_delay: u32,
    },
    /// P7: the openings of the fullest block's receipt might not fit in a host block: nobody could submit it.
    #[error("the openings of a full block take {openings} bytes, the host carries {limit}")]
    OpeningsSize {
        /// The largest openings of this domain.
        openings: u64,
        /// The host's message limit.
        limit: u32,
    },
    /// P6: a full bundle might not fit in a host block.
    #[error("a full bundle takes {bundle} bytes, the host carries {limit}")]
    BundleSize {
        /// The largest bundle body of this domain, with its claims.
        bundle: u64,
        /// The host's message limit.
        limit: u32,
    },
}

impl UnsafeParams {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Probability { .. } => 1,
            Self::Range { .. } => 2,
            Self::Unlock { .. } => 3,
            Self::ProofSize { .. } => 4,
            Self::Challenge { .. } => 5,
            Self::BundleSize { .. } => 6,
            Self::OpeningsSize { .. } => 7,
        }
    }
}

impl DomainParams {
    /// Checks the set against what the host carries and promises.
    ///
    /// # Errors
    /// The first inequality that does not hold (P1–P7).
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
        // P3: unlock >= challenge + epoch + lag.
        let liable = self
            .challenge_period
            .checked_add(host.epoch)
            .and_then(|blocks| blocks.checked_add(host.submission_lag));
        if liable.is_none_or(|liable| host.unlock_period < liable) {
            return Err(UnsafeParams::Unlock {
                unlock: host.unlock_period,
                challenge: self.challenge_period,
                epoch: host.epoch,
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
        // The range check above leaves no zero; the fallback is never taken.
        let trace_interval = NonZeroU32::new(self.trace_interval).unwrap_or(NonZeroU32::MIN);
        Ok(CheckedParams {
            params: self,
            bundle,
            trace_interval,
            message_bytes: host.message_bytes,
        })
    }

    /// The largest of the three families: a transition proof over a whole chunk of inputs, each at its limits. An input may
    /// reach its limit and then that of its charge; the access that fails shows its value too, so that a verifier fails
    /// at the same one.
    fn largest_proof(&self) -> u64 {
        let failing =
            u64::from(Meter::KEY_BYTES).saturating_add(u64::try_from(MAX_VALUE_BYTES).unwrap_or(u64::MAX));
        let input = u64::from(self.witness_limit)
            .saturating_add(EXCEED_ALLOWANCE.into())
            .saturating_add(failing.saturating_mul(2))
            .saturating_add(self.transaction_bytes.into())
            .saturating_add(INPUT_PATHS);
        let chunk = input.saturating_mul(self.trace_interval.into());
        chunk
            .max(SYSTEM_ALLOWANCE.into())
            .saturating_add(PROOF_OVERHEAD.into())
    }

    /// Every bundle that a block can include, each full: an entry for each transaction, a state root for each step.
    fn largest_openings(&self, bundle: &BundleLimits) -> u64 {
        let entries = u64::from(bundle.transactions).saturating_mul(self.bundles_per_block.into());
        let steps = entries
            .div_ceil(u64::from(self.trace_interval).max(1))
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
