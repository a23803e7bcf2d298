//! Rules B20 to B29: everything that is checked once a bundle's own receipts are applied.

use crate::body::Item;
use crate::check_header::HeaderChecked;
use crate::error::{IncludeError, InvalidBundle, Misconfigured};
use crate::host::{AccountView, InclusionView, Terms};
use crate::inbox::{Base, Inboxed};
use crate::legality::judge;
use crate::verdict::Verdict;
use alloc::vec::Vec;
use core::fmt;
use decex_core::execution::Engine;
use decex_core::hash::Digest;
use decex_core::id::{DomainId, HeaderHash, OperatorId, SenderId, Weight, Window};
use decex_core::list;
use decex_core::params::{BundleLimits, LegalityMode};
use decex_core::transaction::Summary;
use decex_election::Permit;

/// With what a farmer judges the bundles of a domain in the Enforced mode.
#[derive(Clone, Copy)]
pub struct Enforcement<'a, E> {
    /// The domain's engine.
    pub engine: &'a dyn Engine,
    /// Its accounts.
    pub accounts: &'a dyn AccountView<Error = E>,
}

impl<E> fmt::Debug for Enforcement<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enforcement").finish_non_exhaustive()
    }
}

/// A bundle that every inclusion rule accepts. The host records the window, and appends the inboxed part to the open
/// inbox of the domain, in one atomic step.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a bundle that is not recorded can be included again"]
pub struct IncludedBundle {
    permit: Permit,
    header: HeaderHash,
    inboxed: Option<Inboxed>,
    summaries: Vec<Summary>,
}

impl IncludedBundle {
    /// Returns what names the bundle.
    #[must_use]
    pub const fn header_hash(&self) -> HeaderHash {
        self.header
    }

    /// Returns the domain.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.permit.domain()
    }

    /// Returns who is accountable.
    #[must_use]
    pub const fn operator(&self) -> OperatorId {
        self.permit.operator()
    }

    /// Returns the window to record as used by the operator.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.permit.window()
    }

    /// Returns what the inbox keeps; `None` for a bundle of receipts only, which leaves no trace there.
    #[must_use]
    pub const fn inboxed(&self) -> Option<&Inboxed> {
        self.inboxed.as_ref()
    }

    /// Returns the body's leaves, in its order.
    #[must_use]
    pub fn summaries(&self) -> &[Summary] {
        &self.summaries
    }

    /// Takes the permit, what the inbox keeps, and the body's leaves.
    pub fn into_parts(self) -> (Permit, Option<Inboxed>, Vec<Summary>) {
        (self.permit, self.inboxed, self.summaries)
    }
}

impl<R> HeaderChecked<'_, R> {
    /// Checks base and body. Call it after the bundle's own receipts have been accepted and applied: a bundle may be
    /// based on a receipt that it carries itself.
    ///
    /// `enforcement` is needed for domains in the Enforced mode and not looked at for others.
    ///
    /// # Errors
    /// The first of B20 to B29 that does not hold, or a failure of the host; [`Misconfigured::NoEngine`] if the domain
    /// enforces legality and `enforcement` is `None`.
    pub fn check_body<V: InclusionView>(
        self,
        view: &V,
        enforcement: Option<Enforcement<'_, V::Error>>,
    ) -> Result<IncludedBundle, IncludeError<V::Error>> {
        let Self {
            bundle,
            terms,
            hash,
            permit,
        } = self;
        let header = &bundle.header.header;
        // Receipts alone are judged by their own rules, at no base: they pass however far execution lags.
        if bundle.body.is_empty() {
            check_commitment(&header.body, &[])?;
            return Ok(IncludedBundle {
                permit,
                header: hash,
                inboxed: None,
                summaries: Vec::new(),
            });
        }
        let base = check_base(view, header, &terms)?;
        let summaries = check_structure(&bundle.body, terms.params.bundle_limits())?;
        check_commitment(&header.body, &summaries)?;
        match terms.params.legality {
            LegalityMode::Deferred => {}
            LegalityMode::Enforced => {
                let judge = enforcement.ok_or(Misconfigured::NoEngine)?;
                check_legality(&judge, header.domain, &base, &bundle.body, &summaries)?;
            }
        }
        let inboxed = Inboxed {
            header: hash,
            operator: header.operator,
            base,
            body: header.body,
        };
        Ok(IncludedBundle {
            permit,
            header: hash,
            inboxed: Some(inboxed),
            summaries,
        })
    }
}

/// B20 to B22: execution keeps up, and the state that legality reads is on the chain.
fn check_base<V: InclusionView>(
    view: &V,
    header: &crate::header::Header,
    terms: &Terms,
) -> Result<Base, IncludeError<V::Error>> {
    // B20: transactions only while execution keeps up.
    let (limit, found) = (
        terms.params.max_gap,
        view.unexecuted(header.domain).map_err(IncludeError::Host)?,
    );
    if found > u64::from(limit) {
        return Err(InvalidBundle::Gap { limit, found }.into());
    }
    // B21: the base is on the chain.
    let unknown = InvalidBundle::UnknownBase { base: header.base };
    let base = view
        .base(header.domain, &header.base)
        .map_err(IncludeError::Host)?
        .ok_or(unknown)?;
    let head = view.head(header.domain).map_err(IncludeError::Host)?;
    let found = head.0.checked_sub(base.number.0).ok_or(unknown)?;
    // B22: and near its head, so that bases never outlive what the chain keeps.
    let limit = terms.params.max_base_lag;
    if found > u64::from(limit) {
        return Err(InvalidBundle::BaseLag { limit, found }.into());
    }
    Ok(base)
}

/// B23 to B25: each transaction by itself and after its predecessor.
fn check_structure(body: &[Item], limits: &BundleLimits) -> Result<Vec<Summary>, InvalidBundle> {
    let mut summaries: Vec<Summary> = Vec::with_capacity(body.len());
    let mut run: Option<(SenderId, u32)> = None;
    for (index, item) in (0_u32..).zip(body) {
        let summary = item.compute_summary();
        // B23: not too long.
        if summary.bytes > limits.transaction_bytes {
            let limit = limits.transaction_bytes;
            return Err(InvalidBundle::TransactionBytes {
                index,
                limit,
                found: summary.bytes,
            });
        }
        // B24: strictly after the one before, so a body repeats nothing and its author orders nothing.
        if summaries
            .last()
            .is_some_and(|last| last.body_key() >= summary.body_key())
        {
            return Err(InvalidBundle::Order { index });
        }
        // B25: few of one sender, so that evidence about its fees stays small.
        let before = run
            .filter(|(sender, _)| *sender == summary.sender)
            .map_or(0, |(_, count)| count);
        if before >= limits.sender_transactions {
            return Err(InvalidBundle::SenderCount {
                index,
                limit: limits.sender_transactions,
            });
        }
        run = Some((summary.sender, before.saturating_add(1)));
        summaries.push(summary);
    }
    Ok(summaries)
}

/// B26 to B28: the body is the committed one. Its count was checked with the header (B13).
fn check_commitment(
    committed: &crate::header::BodyCommitment,
    summaries: &[Summary],
) -> Result<(), InvalidBundle> {
    // B26: bytes. At most 2^16 lengths of 32 bits: the sum fits.
    let found = summaries
        .iter()
        .fold(0_u64, |sum, leaf| sum.saturating_add(leaf.bytes.into()));
    if found != u64::from(committed.bytes) {
        return Err(InvalidBundle::BodyBytes {
            expected: committed.bytes,
            found,
        });
    }
    // B27: weight.
    let found = sum_weights(summaries);
    if found != Some(committed.weight) {
        return Err(InvalidBundle::BodyWeight {
            expected: committed.weight,
            found,
        });
    }
    // B28: content and order.
    let leaves: Vec<Digest> = summaries.iter().map(Summary::leaf).collect();
    if list::root(&leaves) != committed.root {
        return Err(InvalidBundle::Body);
    }
    Ok(())
}

/// Returns the sum of the claimed weights, `None` if it passes the range.
pub(crate) fn sum_weights(summaries: &[Summary]) -> Option<Weight> {
    summaries
        .iter()
        .try_fold(0_u64, |sum, leaf| sum.checked_add(leaf.weight.0))
        .map(Weight)
}

/// B29: every transaction is legal.
fn check_legality<E>(
    judges: &Enforcement<'_, E>,
    domain: DomainId,
    base: &Base,
    body: &[Item],
    summaries: &[Summary],
) -> Result<(), IncludeError<E>> {
    let pairs = body.iter().map(|item| &*item.bytes).zip(summaries);
    let accounts = |sender: &SenderId| judges.accounts.account(domain, base, sender);
    match judge(judges.engine, base, pairs, accounts).map_err(IncludeError::Host)? {
        // The base stands on the chain (B21), so the second never happens.
        Verdict::Valid | Verdict::BaseRemoved => Ok(()),
        // B29: no illegal transaction.
        Verdict::Invalid(fault) => Err(InvalidBundle::Illegal { fault }.into()),
    }
}
