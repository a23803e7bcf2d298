//! Why a parameter set is unsafe.

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
    #[error(
        "unlock period {unlock} < challenge period {challenge} + {slots} slots of an epoch + submission lag {lag}"
    )]
    Unlock {
        /// The host's unlock period.
        unlock: u64,
        /// The domain's challenge period.
        challenge: u64,
        /// The slots of a stake epoch and of the windows that may be old at inclusion, saturating. A block takes a slot at
        /// least, so there are no more blocks in them.
        slots: u64,
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
    /// P8: an operator that is there would count as absent too often.
    #[error("an absence score of {found} is neither 0 nor at least {least}")]
    Absence {
        /// The least that is not 0.
        least: u32,
        /// The score given.
        found: u32,
    },
    /// P6: a full bundle might not fit in a host block.
    #[error("a full bundle takes {bundle} bytes, the host carries {limit}")]
    BundleSize {
        /// The largest bundle body of this domain, with its claims.
        bundle: u64,
        /// The host's message limit.
        limit: u32,
    },
    /// P9: a block might be included that nobody could prove, because its proof does not fit in a host block.
    #[error("the largest validity proof takes {proof} bytes, the host carries {limit}")]
    ValidityProofSize {
        /// The largest validity proof of this domain.
        proof: u64,
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
            Self::Absence { .. } => 8,
            Self::ValidityProofSize { .. } => 9,
        }
    }
}
