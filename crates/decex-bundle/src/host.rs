//! Every trait that a host implements for this crate, and what its answers mean.

use crate::error::Misconfigured;
use crate::inbox::Base;
use decex_core::execution::Account;
use decex_core::host::Host;
use decex_core::id::{
    DomainId, DomainNumber, HeaderHash, OperatorId, Randomness, ReceiptHash, SenderId, Window,
};
use decex_core::params::CheckedParams;
use decex_election::{Odds, OperatorKey, Share, SubmissionView, Windows};

/// On what terms a domain includes bundles now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The parameters it was created with.
    pub params: CheckedParams,
    /// Whether it takes transactions; `false` while it is paused. Receipts are taken always.
    pub active: bool,
}

impl Terms {
    /// Returns how the domain divides slots into windows.
    ///
    /// # Errors
    /// When interval or longevity does not fit; checked parameters always do.
    pub fn windows(&self) -> Result<Windows, Misconfigured> {
        let interval = u32::try_from(self.params.election.interval).map_err(|_| Misconfigured::Windows)?;
        let longevity = u32::try_from(self.params.election.longevity).map_err(|_| Misconfigured::Windows)?;
        Windows::new(interval, longevity).map_err(|_| Misconfigured::Windows)
    }

    /// Returns whether the domain counts its operators' bundles, because its factor follows them or absence is told by them.
    /// Then an operator submits for every window that it wins, with an empty bundle (a heartbeat) if it has nothing to carry.
    #[must_use]
    pub fn counts_bundles(&self) -> bool {
        let election = &self.params.election;
        election.max_factor > 1 || election.absence > 0
    }

    /// Returns the odds of the election that an operator stands in.
    ///
    /// # Errors
    /// When the factor is below 1.0; checked parameters cause no other failure.
    pub fn odds(&self, standing: &Standing) -> Result<Odds, Misconfigured> {
        let election = &self.params.election;
        Odds::new(election.numerator, election.denominator, standing.factor).map_err(Misconfigured::Odds)
    }
}

/// What an operator is in one domain and window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The key it seals and is elected with.
    pub key: OperatorKey,
    /// Its part of the domain's stake, from the snapshot of the epoch that the window's first slot belongs to.
    pub share: Share,
    /// The adaptive factor of that epoch times 2^32, at least [`decex_election::FACTOR_ONE`]: as the chain knows it, or as it
    /// would be if the next block touched the domain.
    pub factor: u64,
    /// Whether it may bundle: neither slashed nor leaving. Judged now, not at the snapshot.
    pub eligible: bool,
}

/// Read access to what inclusion depends on.
///
/// # Contract
/// - Answers for the chain that the bundle is to be included in, with everything that stands before the bundle in the
///   same block already counted. Every honest node gives the same answers for the same block.
/// - [`base`](Self::base), [`head`](Self::head) and [`unexecuted`](Self::unexecuted) are read by
///   [`HeaderChecked::check_body`](crate::HeaderChecked::check_body), after the host has applied the receipts that the
///   bundle itself carries.
/// - Each method costs a bounded number of reads.
pub trait InclusionView: SubmissionView {
    /// Returns the domain's terms, `None` if there is no such domain.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn terms(&self, domain: DomainId) -> Result<Option<Terms>, Self::Error>;
    /// Returns what `operator` is in `domain` for `window`, `None` if it is not an operator of the domain.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn standing(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Result<Option<Standing>, Self::Error>;
    /// Returns the randomness of the window's first slot, `None` if it is not known or no longer kept. Asked only for
    /// open windows.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn randomness(&self, domain: DomainId, window: Window) -> Result<Option<Randomness>, Self::Error>;
    /// Returns the receipt with this hash if it stands on the domain's present receipt chain (pending, or confirmed and
    /// still kept). `None` for a removed one.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn base(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Base>, Self::Error>;
    /// Returns the number of the domain's last receipt.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn head(&self, domain: DomainId) -> Result<DomainNumber, Self::Error>;
    /// Returns how many domain blocks, closed or open, have no receipt. The block that this bundle would open is not
    /// counted.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn unexecuted(&self, domain: DomainId) -> Result<u64, Self::Error>;
    /// Returns how many bundles with transactions the present block has included for `domain`: the length of the open
    /// inbox.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn bundles_in_block(&self, domain: DomainId) -> Result<u32, Self::Error>;
}

impl<V: InclusionView + ?Sized> InclusionView for &V {
    fn terms(&self, domain: DomainId) -> Result<Option<Terms>, Self::Error> {
        (**self).terms(domain)
    }
    fn standing(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Result<Option<Standing>, Self::Error> {
        (**self).standing(domain, operator, window)
    }
    fn randomness(&self, domain: DomainId, window: Window) -> Result<Option<Randomness>, Self::Error> {
        (**self).randomness(domain, window)
    }
    fn base(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Base>, Self::Error> {
        (**self).base(domain, hash)
    }
    fn head(&self, domain: DomainId) -> Result<DomainNumber, Self::Error> {
        (**self).head(domain)
    }
    fn unexecuted(&self, domain: DomainId) -> Result<u64, Self::Error> {
        (**self).unexecuted(domain)
    }
    fn bundles_in_block(&self, domain: DomainId) -> Result<u32, Self::Error> {
        (**self).bundles_in_block(domain)
    }
}

/// Read access to accounts of a domain, for farmers of domains in the Enforced mode.
///
/// # Contract
/// Answers with what [`Engine::account`](decex_core::execution::Engine::account) reads in the state under `base.root`,
/// whatever the head is now; every honest farmer gives the same answer.
pub trait AccountView: Host {
    /// Returns the account of `sender` in the state after `base`; an absent account is all zero.
    ///
    /// # Errors
    /// When the host cannot tell. Never answers zero for "unknown".
    fn account(&self, domain: DomainId, base: &Base, sender: &SenderId) -> Result<Account, Self::Error>;
}

/// An operator's own durable record of what it has sealed.
///
/// # Contract
/// Survives crashes, and is one record however many chain forks the operator follows: it is never rolled back.
pub trait SealingRecord: Host {
    /// Returns the header that `operator` sealed for this window, `None` if it has sealed none.
    ///
    /// # Errors
    /// When the record cannot be read. Never answers `None` for "unknown".
    fn has_sealed(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Result<Option<HeaderHash>, Self::Error>;
}
