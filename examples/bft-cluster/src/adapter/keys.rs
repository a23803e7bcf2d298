//! Who is on the network.

use super::{PublicKey, Scheme};
use crate::host::Genesis;
use commonware_cryptography::Signer as _;
use commonware_cryptography::ed25519::PrivateKey;
use commonware_utils::ordered::Set;

/// What signatures of this chain's engine and network are bound to.
pub const NAMESPACE: &[u8] = b"decex bft-cluster 1";

/// The keys of everybody, which follow from the genesis: a demonstration's keys are no secrets.
#[derive(Clone, Debug)]
pub struct Keys {
    validators: Vec<PrivateKey>,
    operators: Vec<PrivateKey>,
}

impl Keys {
    /// Derives the keys.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        let key = |what: &str, index: u32| {
            let draw = genesis.draw(what, &[index]);
            let number = draw
                .iter()
                .take(8)
                .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
            PrivateKey::from_seed(number)
        };
        Self {
            validators: (0..genesis.validators)
                .map(|index| key("validator", index))
                .collect(),
            operators: (0..genesis.operators)
                .map(|index| key("operator's node", index))
                .collect(),
        }
    }

    /// Returns a node's key; validators come first, then operators.
    #[must_use]
    pub fn of(&self, node: usize) -> Option<&PrivateKey> {
        self.validators.iter().chain(&self.operators).nth(node)
    }

    /// Returns the number of nodes.
    #[must_use]
    pub fn count(&self) -> usize {
        self.validators.len().saturating_add(self.operators.len())
    }

    /// Returns all nodes, in order.
    #[must_use]
    pub fn peers(&self) -> Vec<PublicKey> {
        self.validators
            .iter()
            .chain(&self.operators)
            .map(|key| key.public_key())
            .collect()
    }

    /// Returns who votes.
    #[must_use]
    pub fn validators(&self) -> Set<PublicKey> {
        Set::from_iter_dedup(self.validators.iter().map(|key| key.public_key()))
    }

    /// Returns who operates.
    #[must_use]
    pub fn operators(&self) -> Set<PublicKey> {
        Set::from_iter_dedup(self.operators.iter().map(|key| key.public_key()))
    }

    /// Returns the scheme of a node: signing for validators, checking for operators.
    #[must_use]
    pub fn scheme(&self, node: usize) -> Scheme {
        let signer = self.validators.get(node);
        let signer = signer.and_then(|key| Scheme::signer(NAMESPACE, self.validators(), key.clone()));
        signer.unwrap_or_else(|| Scheme::verifier(NAMESPACE, self.validators()))
    }
}
