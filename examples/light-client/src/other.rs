//! The other chain: a light client of the host's chain, and a contract that believes final state and nothing else.

use decex_core::hash::digest;
use decex_core::id::{ConsensusNumber, DomainId};
use decex_core::state::{CompactTree, StateKey};
use decex_core::{Digest, Host, label};
use decex_evm::StoredAccount;
use decex_light::{Anchor, Anchored, Entry, FinalityRoot, Finalized, LightError, LightProof, verify};
use decex_receipt::Receipt;
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeSet;
use std::convert::Infallible;

/// A header of the host's chain, as far as this example goes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Header {
    pub(crate) number: ConsensusNumber,
    /// Hash of the header before.
    pub(crate) parent: Digest,
    /// What `Consensus::finality_root` returned after the block's last call.
    pub(crate) finality: FinalityRoot,
}

impl Header {
    pub(crate) fn compute_hash(&self) -> Digest {
        digest(&label::EVIDENCE, &self.encode())
    }
}

/// The other chain's state, as far as it is about the host.
#[derive(Clone, Debug)]
pub(crate) struct Other {
    /// Headers that can leave the host's chain no more.
    accepted: BTreeSet<Digest>,
    last: Header,
}

impl Other {
    /// Starts from a header that everybody agreed on.
    pub(crate) fn new(checkpoint: Header) -> Self {
        Self {
            accepted: [checkpoint.compute_hash()].into(),
            last: checkpoint,
        }
    }

    /// Takes the next header. A real light client checks what makes the host's headers final: signatures of its validators, or work on
    /// top of them. This host makes no forks, so that a header follows the last one is enough.
    pub(crate) fn relay(&mut self, header: Header) -> bool {
        let follows = header.parent == self.last.compute_hash();
        if follows {
            self.accepted.insert(header.compute_hash());
            self.last = header;
        }
        follows
    }

    /// What somebody shows to the contract.
    pub(crate) fn show(
        &self,
        proof: &[u8],
        domain: DomainId,
        key: &StateKey,
    ) -> Result<Finalized<Entry>, LightError<Infallible>> {
        verify(self, &CompactTree, proof, domain, key)
    }
}

impl Host for Other {
    type Error = Infallible;
}

impl Anchor for Other {
    fn check(&self, header: &[u8]) -> Result<Option<Anchored>, Infallible> {
        let Ok(header) = Header::decode(&mut &*header) else {
            return Ok(None);
        };
        let accepted = self.accepted.contains(&header.compute_hash());
        Ok(accepted.then_some(Anchored {
            number: header.number,
            root: header.finality,
        }))
    }
}

/// The contract: mints what an account has on the domain. It cannot be called with anything that is still disputed: no other
/// function makes a `Finalized`.
pub(crate) fn balance(entry: &Finalized<Entry>) -> Option<u128> {
    let Some(value) = &entry.value else {
        return Some(0);
    };
    StoredAccount::from_value(value)
        .ok()
        .map(|account| account.balance)
}

/// What a liar sends: the proof of a final state, with a receipt and a witness that are not final yet.
pub(crate) fn forge(proof: &LightProof, pending: Receipt, witness: Vec<u8>) -> Option<LightProof> {
    let header = proof.header.to_vec();
    LightProof::new(header, proof.finality.clone(), pending, witness)
}
