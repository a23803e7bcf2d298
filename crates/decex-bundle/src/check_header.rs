//! Rules B1 to B19: everything that is checked before a bundle's receipts are.

use crate::body::{Bundle, Carried};
use crate::error::{IncludeError, InvalidBundle};
use crate::header::{Header, VERSION};
use crate::host::{InclusionView, Standing, Terms};
use crate::portion::Portion;
use alloc::vec::Vec;
use decex_core::hash::Digest;
use decex_core::id::{DomainId, HeaderHash, OperatorId, Slot, Window};
use decex_core::list;
use decex_election::{Challenge, Elected, InvalidSubmission, Permit, SubmissionError, permit, verify};

/// A bundle whose header holds (B1–B19). Next the host runs its receipts through decex-receipt, applies them, and calls
/// [`check_body`](Self::check_body).
#[derive(Debug)]
#[must_use]
pub struct HeaderChecked<'a, R> {
    pub(crate) bundle: &'a Bundle<R>,
    pub(crate) terms: Terms,
    pub(crate) hash: HeaderHash,
    pub(crate) permit: Permit,
}

impl<'a, R> HeaderChecked<'a, R> {
    /// Returns the receipts to run, in order.
    #[must_use]
    pub fn receipts(&self) -> &'a [R] {
        &self.bundle.receipts
    }

    /// Returns what names the bundle.
    #[must_use]
    pub const fn header_hash(&self) -> HeaderHash {
        self.hash
    }

    /// Returns the domain.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.bundle.header.header.domain
    }

    /// Returns who bundled.
    #[must_use]
    pub const fn operator(&self) -> OperatorId {
        self.bundle.header.header.operator
    }

    /// Returns the window that the bundle uses up.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.bundle.header.header.election.window
    }

    /// Returns the domain's terms, as they were read.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }
}

/// Checks a bundle's header, election, seal, limits and receipts commitment at slot `now`, cheapest first.
///
/// # Errors
/// The first of B1 to B19 that does not hold, or a failure of the host.
pub fn check_header<'a, R: Carried, V: InclusionView>(
    view: &V,
    now: Slot,
    bundle: &'a Bundle<R>,
) -> Result<HeaderChecked<'a, R>, IncludeError<V::Error>> {
    let header = &bundle.header.header;
    // B1: a version that these rules know.
    if header.version != VERSION {
        return Err(InvalidBundle::Version {
            expected: VERSION,
            found: header.version,
        }
        .into());
    }
    // B2: a domain of this host.
    let terms =
        view.terms(header.domain)
            .map_err(IncludeError::Host)?
            .ok_or(InvalidBundle::UnknownDomain {
                domain: header.domain,
            })?;
    // B3: that is not paused. Receipts are taken all the same: what was included before must become final.
    if !terms.active && header.body.count > 0 {
        return Err(InvalidBundle::Paused {
            domain: header.domain,
        }
        .into());
    }
    // B4: an operator of this domain.
    let standing = view
        .standing(header.domain, header.operator, header.election.window)
        .map_err(IncludeError::Host)?
        .ok_or(InvalidBundle::UnknownOperator {
            operator: header.operator,
        })?;
    // B5: that may bundle.
    if !standing.eligible {
        return Err(InvalidBundle::Ineligible {
            operator: header.operator,
        }
        .into());
    }
    let permit = check_window(view, now, header, &terms)?;
    check_limits(view, bundle, &terms)?;
    let elected = check_election(view, header, &terms, &standing)?;
    // B16: sealed by the operator.
    bundle
        .header
        .verify_seal(&standing.key)
        .map_err(InvalidBundle::Seal)?;
    let hash = header.compute_hash();
    check_portion(bundle, &elected.output(), terms.params.portion)?;
    check_receipts(bundle)?;
    Ok(HeaderChecked {
        bundle,
        terms,
        hash,
        permit,
    })
}

/// B6 and B7: the window is open, and this operator has not used it.
fn check_window<V: InclusionView>(
    view: &V,
    now: Slot,
    header: &Header,
    terms: &Terms,
) -> Result<Permit, IncludeError<V::Error>> {
    let windows = terms.windows()?;
    let window = header.election.window;
    permit(view, &windows, now, header.domain, header.operator, window).map_err(|error| match error {
        SubmissionError::Host(error) => IncludeError::Host(error),
        // B6: neither in the future nor too old.
        SubmissionError::Invalid(InvalidSubmission::Window(invalid)) => InvalidBundle::Window(invalid).into(),
        // B7: not used before.
        SubmissionError::Invalid(InvalidSubmission::Used { found }) => {
            InvalidBundle::WindowUsed { window: found }.into()
        }
    })
}

/// B8 to B13: what can be refused by counting.
fn check_limits<R, V: InclusionView>(
    view: &V,
    bundle: &Bundle<R>,
    terms: &Terms,
) -> Result<(), IncludeError<V::Error>> {
    let header = &bundle.header.header;
    let (body, limits) = (&header.body, terms.params.bundle_limits());
    // B8: it carries something, or is a heartbeat where bundles are counted.
    if body.count == 0 && header.receipts.count == 0 && !terms.counts_bundles() {
        return Err(InvalidBundle::Empty.into());
    }
    // B9: the block's inbox has room. Receipts alone take none.
    let limit = terms.params.bundles_per_block;
    if body.count > 0 && view.bundles_in_block(header.domain).map_err(IncludeError::Host)? >= limit {
        return Err(InvalidBundle::BlockFull { limit }.into());
    }
    // B10: number of transactions.
    if body.count > limits.transactions {
        return Err(InvalidBundle::Count {
            limit: limits.transactions,
            found: body.count,
        }
        .into());
    }
    // B11: their bytes.
    if body.bytes > limits.bytes {
        return Err(InvalidBundle::Bytes {
            limit: limits.bytes,
            found: body.bytes,
        }
        .into());
    }
    // B12: their weight.
    if body.weight > limits.weight {
        return Err(InvalidBundle::Weight {
            limit: limits.weight,
            found: body.weight,
        }
        .into());
    }
    // B13: as many as committed to, so that the limits bound the work that follows.
    if u32::try_from(bundle.body.len()) != Ok(body.count) {
        return Err(InvalidBundle::BodyCount {
            expected: body.count,
            found: bundle.body.len(),
        }
        .into());
    }
    Ok(())
}

/// B14 and B15: the operator won the window.
fn check_election<V: InclusionView>(
    view: &V,
    header: &Header,
    terms: &Terms,
    standing: &Standing,
) -> Result<Elected, IncludeError<V::Error>> {
    let window = header.election.window;
    // B14: the randomness is the chain's, never the operator's.
    let randomness = view
        .randomness(header.domain, window)
        .map_err(IncludeError::Host)?
        .ok_or(InvalidBundle::Randomness { window })?;
    let challenge = Challenge {
        domain: header.domain,
        window,
        randomness,
    };
    // B15: elected by it.
    let elected = verify(
        &standing.key,
        &challenge,
        &terms.odds(standing)?,
        &standing.share,
        &header.election,
    )
    .map_err(InvalidBundle::Election)?;
    Ok(elected)
}

/// B17. Checked after the election, because the portion follows from the verified output.
fn check_portion<R>(bundle: &Bundle<R>, output: &Digest, portion: u64) -> Result<(), InvalidBundle> {
    let portion = Portion::new(output, portion);
    let mut inside = None;
    for (index, item) in (0_u32..).zip(&bundle.body) {
        // Equal senders stand together in a sorted body: each is hashed once.
        if inside == Some(item.sender) {
            continue;
        }
        // B17: the sender is in this election's portion.
        if !portion.contains(&item.sender) {
            return Err(InvalidBundle::Portion { index });
        }
        inside = Some(item.sender);
    }
    Ok(())
}

/// B18 and B19: the receipts are the committed ones.
fn check_receipts<R: Carried>(bundle: &Bundle<R>) -> Result<(), InvalidBundle> {
    let committed = &bundle.header.header.receipts;
    // B18: as many.
    if u32::try_from(bundle.receipts.len()) != Ok(committed.count) {
        return Err(InvalidBundle::ReceiptCount {
            expected: committed.count,
            found: bundle.receipts.len(),
        });
    }
    // B19: the same ones.
    let leaves: Vec<Digest> = bundle.receipts.iter().map(Carried::compute_leaf).collect();
    if list::root(&leaves) != committed.root {
        return Err(InvalidBundle::Receipts);
    }
    Ok(())
}
