//! Finality as a host's block header commits to it, for whoever has headers and no state: rules Y2 and Y3.

use crate::finalized::Finalized;
use crate::receipt::Receipt;
use decex_core::codec::BoundedVec;
use decex_core::hash::{Digest, digest_encoded};
use decex_core::host::Host;
use decex_core::id::{ConsensusNumber, DomainId, DomainNumber, ListRoot, ReceiptHash};
use decex_core::label;
use decex_core::list::{self, InvalidListProof};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Commits to the last final receipt of every domain of a host: the root of the list of [`FinalityLeaf`]s by id of the domain. What a
/// host puts into its block headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct FinalityRoot(pub ListRoot);

/// How a receipt became final. There is no variant for one that has not: a host commits to no other here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub enum Status {
    /// It is the genesis of its domain: everybody computes it, nobody submits it.
    Genesis {
        /// The block that created the domain.
        since: ConsensusNumber,
    },
    /// It was accepted, and stood through its domain's challenge period without a refutation.
    Unrefuted {
        /// The block that accepted it.
        accepted: ConsensusNumber,
        /// The block from which on it is final: more than the challenge period after the other.
        since: ConsensusNumber,
    },
}

impl Status {
    /// Returns the block from which on the receipt is final.
    #[must_use]
    pub const fn since(&self) -> ConsensusNumber {
        match self {
            Self::Genesis { since } | Self::Unrefuted { since, .. } => *since,
        }
    }
}

/// What a host says of one domain: its last final receipt, and how far its receipt chain goes beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct FinalityLeaf {
    /// The domain.
    pub domain: DomainId,
    /// The number of its last final receipt.
    pub number: DomainNumber,
    /// That receipt's hash.
    pub receipt: ReceiptHash,
    /// How it became final.
    pub status: Status,
    /// The number of the last receipt, pending unless it is the same one: execution is this far.
    pub head: DomainNumber,
    /// The last receipt's hash. While it is pending it may still be refuted.
    pub head_hash: ReceiptHash,
}

impl FinalityLeaf {
    /// Hashes the leaf.
    #[must_use]
    pub fn compute_hash(&self) -> Digest {
        digest_encoded(&label::FINALITY, self)
    }

    /// Returns how many receipts are pending.
    #[must_use]
    pub const fn pending(&self) -> u64 {
        self.head.0.saturating_sub(self.number.0)
    }
}

/// Shows a domain's leaf under a finality root, to somebody who has the receipt: what follows from that is not in it again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct FinalityProof {
    /// As in the leaf.
    pub status: Status,
    /// As in the leaf.
    pub head: DomainNumber,
    /// As in the leaf.
    pub head_hash: ReceiptHash,
    /// How many domains the host has.
    pub domains: u32,
    /// The siblings of the leaf, bottom level first.
    pub siblings: BoundedVec<Digest, 32>,
}

/// A header that an [`Anchor`] accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// The number of the host's block.
    pub number: ConsensusNumber,
    /// What the header commits to of the domains.
    pub root: FinalityRoot,
}

/// Another chain's light client of the host's chain: whom a proof's reader believes.
///
/// # Contract
/// - Accepts bytes only if they are the header of a block that cannot leave the host's chain any more, by whatever rule that chain
///   has for it (signatures of a quorum, depth under work, a proof of either). A header that a fork can still replace makes
///   everything under it worthless, however final it is there.
/// - `root` is what `Consensus::finality_root` returned after the last call of that block (or of an earlier one, if the host's headers are made
///   before their blocks are executed: then `number` is the earlier one).
/// - Refuses headers that are older than the caller can bear, or than one that it has accepted. What a header shows is the last final
///   receipt *as of that block*; only the reader knows how old is too old.
pub trait Anchor: Host {
    /// Returns what the header says, `None` if it is not to be believed.
    ///
    /// # Errors
    /// When the light client cannot answer. That says nothing of the header.
    fn check(&self, header: &[u8]) -> Result<Option<Anchored>, Self::Error>;
}

impl<A: Anchor + ?Sized> Anchor for &A {
    fn check(&self, header: &[u8]) -> Result<Option<Anchored>, Self::Error> {
        (**self).check(header)
    }
}

/// A receipt with what a header says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The host's block as of which the rest is true.
    pub at: ConsensusNumber,
    /// What the host says of the domain.
    pub leaf: FinalityLeaf,
    /// The domain's last final receipt.
    pub receipt: Receipt,
}

/// Why a header does not show a receipt to be final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAttested {
    /// Y2: the anchor does not accept the header.
    #[error("the header is not one that the anchor accepts")]
    Header,
    /// Y3: under the header's root, this receipt is not the last final one of the domain.
    #[error("the receipt is not the last final one under this header: {0}")]
    Leaf(InvalidListProof),
}

impl NotAttested {
    /// Returns the stable code of this error: the number of its rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Header => 2,
            Self::Leaf(_) => 3,
        }
    }
}

/// A header that shows nothing, or an anchor that cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestError<E> {
    /// The anchor's own error, passed through.
    #[error("the anchor failed")]
    Anchor(E),
    /// A rule is broken.
    #[error(transparent)]
    Invalid(NotAttested),
}

/// Shows that `receipt` is the last final one of `domain`, as of the host's block that `header` belongs to.
///
/// # Errors
/// When the anchor cannot tell, does not accept the header (Y2), or the header commits to something else for the domain (Y3).
pub fn attest<A: Anchor>(
    anchor: &A,
    header: &[u8],
    domain: DomainId,
    proof: &FinalityProof,
    receipt: Receipt,
) -> Result<Finalized<Attested>, AttestError<A::Error>> {
    // Y2: the host's chain has this header, for good.
    let anchored = anchor
        .check(header)
        .map_err(AttestError::Anchor)?
        .ok_or(AttestError::Invalid(NotAttested::Header))?;
    // The leaf is made from what is claimed, so no part of it can differ from the receipt that is returned.
    let leaf = FinalityLeaf {
        domain,
        number: receipt.number,
        receipt: receipt.compute_hash(),
        status: proof.status,
        head: proof.head,
        head_hash: proof.head_hash,
    };
    let refused = |error| AttestError::Invalid(NotAttested::Leaf(error));
    // Y3: the list has a place for the domain, and the path is one from there.
    let found =
        list::fold(domain.0, proof.domains, &leaf.compute_hash(), &proof.siblings).map_err(refused)?;
    // Y3: the header commits to the list that has this leaf there.
    if found != anchored.root.0 {
        return Err(refused(InvalidListProof::Root));
    }
    Ok(Finalized::vouch(Attested {
        at: anchored.number,
        leaf,
        receipt,
    }))
}
