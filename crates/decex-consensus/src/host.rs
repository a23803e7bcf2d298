//! What a host brings: a store, a ledger, a beacon and the engines of its domains.

use alloc::vec::Vec;
use decex_core::execution::Engine;
use decex_core::{AccountId, Balance, Host, Randomness, RuleSet, Slot, VerifierId};
use decex_validity::TransitionVerifier;

/// The host's key-value store: all memory that the consensus object has.
///
/// # Contract
/// - `get` returns what the last `set` under exactly this key stored, and `None` after `remove` or if there was none.
/// - The store belongs to the chain's state: rolling the chain back rolls it back, and nobody else writes to it (a host
///   with other state puts a prefix of its own before each key).
/// - When a call returns a host error, the host discards whatever the call wrote, as it does for any failed extrinsic or
///   message. For every other outcome nothing need be discarded: a refused call never writes.
pub trait Store: Host {
    /// Returns the value under `key`.
    ///
    /// # Errors
    /// When the host cannot read.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;
    /// Stores `value` under `key`.
    ///
    /// # Errors
    /// When the host cannot write.
    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Self::Error>;
    /// Removes what stands under `key`, if anything.
    ///
    /// # Errors
    /// When the host cannot write.
    fn remove(&mut self, key: &[u8]) -> Result<(), Self::Error>;
}

/// The host's money: the accounts' free money, and one pot in custody for all stakes, funds, deposits and domains. Who owns what
/// in the pot stands in the store; the host need not know.
///
/// # Contract
/// Only [`hold`](Self::hold) may refuse. The other methods move no more than is in custody; they succeed whatever the accounts'
/// owners do. A host whose payments can be refused by the payee (a contract that reverts) queues them and lets the payee
/// withdraw.
pub trait Ledger: Host {
    /// Moves `amount` of `account`'s free money into custody.
    ///
    /// # Errors
    /// [`HoldError::Insufficient`] when the account cannot cover it, [`HoldError::Host`] when the host fails.
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Self::Error>>;
    /// Pays `amount` from custody to `account`, whoever it was held from.
    ///
    /// # Errors
    /// When the host fails.
    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Self::Error>;
    /// Destroys `amount` of what is in custody.
    ///
    /// # Errors
    /// When the host fails.
    fn burn(&mut self, amount: Balance) -> Result<(), Self::Error>;
}

/// Why money is not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldError<E> {
    /// The account's free money does not cover the amount.
    #[error("the account cannot cover the amount")]
    Insufficient,
    /// The host failed.
    #[error("the host failed")]
    Host(E),
}

/// The host's randomness for elections: a beacon, or what settled solutions of `decex-storage-audit` yielded (`examples/devnet` shows how).
///
/// # Contract
/// Deterministic over the chain. What it answers for a slot is not known to anybody before the stake epoch of that slot has
/// begun, in any domain (`ElectionParams::epoch`), and never changes. A host that reveals the randomness of many slots
/// at once lets domains choose only stake epochs that begin where its randomness is renewed. `None` means that the host has no randomness for the slot (it lies in the future, or so
/// far back that the host has forgotten it); no bundle of that window is then accepted.
pub trait Beacon: Host {
    /// Returns the randomness of `slot`.
    ///
    /// # Errors
    /// When the host fails.
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Self::Error>;
}

/// The engines that the host has compiled in. Needed to judge fraud proofs, and to include bundles of domains whose
/// legality is enforced; a host without an engine for a domain's rules should not let the domain be created, and the
/// consensus object refuses to create it.
///
/// # Contract
/// An engine stays as long as a receipt under its rules is pending, whatever a domain is upgraded to: without it proofs
/// cannot be judged, and nothing of the domain becomes final (K31).
pub trait Engines: Host {
    /// Returns the engine with these rules.
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine>;
}

/// The verifiers of validity proofs that the host has compiled in. A host whose domains are all optimistic writes
/// `impl Verifiers for MyHost {}`.
///
/// # Contract
/// A verifier stays as long as there is a domain that names it: without it nothing of that domain becomes final.
pub trait Verifiers: Host {
    /// Returns the verifier with this id.
    fn verifier(&self, id: &VerifierId) -> Option<&dyn TransitionVerifier> {
        let _ = id;
        None
    }
}

/// Everything at once, so that one bound says it.
pub trait ConsensusHost: Store + Ledger + Beacon + Engines + Verifiers {}

impl<H: Store + Ledger + Beacon + Engines + Verifiers> ConsensusHost for H {}
