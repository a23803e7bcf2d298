//! Which rule a call broke, in the four bytes that an error of a pallet has.

use decex_consensus::{
    Refused, RefusedAbsence, RefusedBundle, RefusedChannel, RefusedDomain, RefusedEquivocation, RefusedProof,
    RefusedRegistration, RefusedRelay, RefusedStake, RefusedValidity,
};
use frame_support::PalletError;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// The rule that was broken, by the stable codes of the SDK.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, PalletError,
)]
pub struct Rule {
    /// The number of the K rule (`spec/consensus.md`).
    pub k: u8,
    /// The code of the rule within, where the K rule stands for a family of others: of the B, R, F, T, N, P, C, E or Z rules. 0
    /// elsewhere.
    pub within: u16,
}

impl Rule {
    pub(crate) fn of(refused: &Refused) -> Self {
        Self {
            // K rules are counted in tens.
            k: u8::try_from(refused.code()).unwrap_or(u8::MAX),
            within: within(refused),
        }
    }
}

/// Returns the code of the rule within.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "a rule that holds no other has no code within"
)]
const fn within(refused: &Refused) -> u16 {
    match refused {
        Refused::Domain(RefusedDomain::Params(inner)) => inner.code(),
        Refused::Registration(RefusedRegistration::Deposit(inner)) => inner.code(),
        Refused::Registration(RefusedRegistration::Key(inner)) => inner.code(),
        Refused::Registration(RefusedRegistration::Possession(inner)) => inner.code(),
        Refused::Stake(RefusedStake::Pool(inner)) => inner.code(),
        Refused::Absence(RefusedAbsence::Pool(inner)) => inner.code(),
        Refused::Absence(RefusedAbsence::Present(inner)) => inner.code(),
        Refused::Bundle(RefusedBundle::Bytes(inner)) => inner.code(),
        Refused::Bundle(RefusedBundle::Bundle(inner)) => inner.code(),
        Refused::Bundle(RefusedBundle::Receipt { invalid, .. }) => invalid.code(),
        Refused::Bundle(RefusedBundle::Fund(inner)) => inner.code(),
        Refused::Proof(RefusedProof::Bytes(inner)) => inner.code(),
        Refused::Proof(RefusedProof::Proof(inner)) => inner.code(),
        Refused::Validity(RefusedValidity::Bytes(inner)) => inner.code(),
        Refused::Validity(RefusedValidity::Proof(inner)) => inner.code(),
        Refused::Equivocation(RefusedEquivocation::Bytes(inner)) => inner.code(),
        Refused::Equivocation(RefusedEquivocation::Equivocation(inner)) => inner.code(),
        Refused::Equivocation(RefusedEquivocation::Receipts(inner)) => inner.code(),
        Refused::Channel(RefusedChannel::Rule(inner)) => inner.code(),
        Refused::Relay(RefusedRelay::Bytes(inner)) => inner.code(),
        Refused::Relay(RefusedRelay::Rule(inner)) => inner.code(),
        _ => 0,
    }
}
