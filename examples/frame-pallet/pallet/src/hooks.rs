//! What the chain around the pallet answers: where it is, what it draws, what it can judge.

use decex_consensus::BlockInfo;
use decex_consensus::decex_bundle::AccountView;
use decex_consensus::decex_validity::TransitionVerifier;
use decex_core::execution::Engine;
use decex_core::{Randomness, RuleSet, Slot, VerifierId};
use frame_support::weights::Weight;
use sp_runtime::DispatchError;

/// What the chain says of the block that begins.
///
/// # Contract
/// Deterministic over the chain: the same on every node that builds or imports the block. Asked once, in `on_initialize`, so before
/// inherents: slot and randomness come from the header's pre-runtime digest, the timestamp follows from the slot. Slots ascend
/// (K2), as they do under Aura and BABE. Numbers are those of `frame_system`. Nobody can know the block's randomness before
/// its parent is made: it seeds the order of transactions.
pub trait Blocks<Number> {
    /// Returns what block `number` is to the domains.
    fn info(number: Number) -> BlockInfo;
    /// Puts into storage what [`info`](Self::info) reads for block `number`: benchmarks begin blocks without headers. Its slot is later than
    /// those before.
    #[cfg(feature = "runtime-benchmarks")]
    fn prepare(number: Number) {
        let _ = number;
    }
}

/// The randomness that operators are elected by.
///
/// # Contract
/// That of [`decex_consensus::Beacon`]: nobody knows the answer for a slot before the slot's stake epoch, and it never changes.
pub trait Beacon {
    /// Returns the randomness of `slot`, `None` where the chain has none.
    fn randomness(slot: Slot) -> Option<Randomness>;
}

/// The engines compiled into the runtime: whatever a fraud proof may have to execute again. Made for each call.
///
/// # Contract
/// That of [`decex_consensus::Engines`]. A runtime upgrade that changes an engine's rules keeps the old engine beside it for a
/// challenge period.
pub trait EngineSet: Default {
    /// Returns the engine with these rules.
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine>;
}

/// The verifiers of validity proofs compiled into the runtime. `()` has none: every domain is optimistic.
pub trait VerifierSet {
    /// Returns the verifier with this id.
    fn verifier(id: &VerifierId) -> Option<&'static dyn TransitionVerifier>;
}

impl VerifierSet for () {
    fn verifier(_: &VerifierId) -> Option<&'static dyn TransitionVerifier> {
        None
    }
}

/// What the chain knows of the accounts of domains that enforce legality at inclusion. `()` knows nothing: bundles of such domains may carry
/// receipts and no transactions (K22).
///
/// # Contract
/// That of [`AccountView`]: the answer is a function of the domain, the base and the sender, the same on every node that builds, imports or
/// pools. So it stands in this chain's state (a light client of the domain, deposits that users make here), and it is kept for as many bases
/// as bundles may name (`max_base_lag`).
pub trait Accounts {
    /// Returns who answers. `None`: nobody does.
    fn view() -> Option<&'static dyn AccountView<Error = DispatchError>>;
    /// What a bundle of so many bytes costs at most beyond any other: the engine inspects each transaction, and its sender is looked up.
    fn weight(bytes: u32) -> Weight;
}

impl Accounts for () {
    fn view() -> Option<&'static dyn AccountView<Error = DispatchError>> {
        None
    }
    fn weight(_: u32) -> Weight {
        Weight::zero()
    }
}
