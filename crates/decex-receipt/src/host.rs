//! What a host remembers of receipts, and how the rules read it.

use crate::receipt::Receipt;
use alloc::vec::Vec;
use decex_bundle::Inbox;
use decex_core::host::Host;
use decex_core::id::{Balance, ConsensusNumber, DomainId, DomainNumber, OperatorId, ReceiptHash};
use parity_scale_codec::{Decode, Encode};

/// Where a domain's receipt chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Chain {
    /// The last final receipt. Genesis is final from the start.
    pub confirmed: DomainNumber,
    /// The last receipt.
    pub head: DomainNumber,
    /// Its hash.
    pub head_hash: ReceiptHash,
}

/// Most backers of one receipt. Who submits it after them neither shares its reward nor answers for it.
pub const MAX_BACKERS: usize = 64;

/// A receipt as the host keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Record {
    /// The claim.
    pub receipt: Receipt,
    /// The consensus block that accepted it: its challenge period starts there.
    pub included_at: ConsensusNumber,
    /// Who answers for it: the submitter first, then everybody who endorsed it, each once; at most [`MAX_BACKERS`].
    pub backers: Vec<OperatorId>,
    /// What a byte of blockspace cost in its block: the price of bundles that are based on it.
    pub byte_price: Balance,
    /// Whether a proof showed it to be right (R44). Nothing sets this but a proof; where it is set, nothing can refute the receipt.
    pub proven: bool,
}

/// Read access to receipts.
///
/// # Contract
/// - Answers for the chain that the submission is to be included in, with everything before it in the same block
///   already counted, earlier receipts of the same bundle included. Rolling the host back rolls it back.
/// - Genesis has a record and a hash like every other receipt.
/// - Each method costs a bounded number of reads.
pub trait ReceiptView: Host {
    /// Returns where the domain's chain stands, `None` if there is no such domain.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Self::Error>;
    /// Returns the hash of receipt `number` of the present chain. `None` above the head, whatever was removed there, and
    /// for confirmed receipts that lie more than `max_base_lag + max_gap` behind the last confirmed one.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn hash_at(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Self::Error>;
    /// Returns what is kept of the receipt with this hash. Knows at least every pending one, every removed one that is
    /// not swept, and the last confirmed one.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Self::Error>;
    /// Returns the inbox of domain block `number` once it is closed. Kept until its receipt is final.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn inbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Self::Error>;
}

impl<V: ReceiptView + ?Sized> ReceiptView for &V {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Self::Error> {
        (**self).chain(domain)
    }
    fn hash_at(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Self::Error> {
        (**self).hash_at(domain, number)
    }
    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Self::Error> {
        (**self).record(domain, hash)
    }
    fn inbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Self::Error> {
        (**self).inbox(domain, number)
    }
}
