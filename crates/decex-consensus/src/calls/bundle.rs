//! Include a bundle: its header, then its receipts one by one, then its body; all of it or nothing.

use crate::books::told;
use crate::consensus::Consensus;
use crate::error::{CallError, RefusedBundle, StoreError};
use crate::event::Event;
use crate::host::{Beacon, ConsensusHost, Store};
use crate::keys::{self, Due};
use crate::model::{Clock, Operator};
use crate::rounds::{has_invalid, invalid_authors};
use crate::state::State;
use alloc::vec::Vec;
use decex_bundle::{
    AccountView, Base, Enforcement, HeaderChecked, Inbox, Inboxed, IncludeError, IncludedBundle,
    Misconfigured, check_header,
};
use decex_core::execution::Account;
use decex_core::params::LegalityMode;
use decex_core::{
    Balance, ConsensusNumber, DomainId, DomainNumber, Host, OperatorId, ReceiptHash, SenderId, decode_exact,
};
use decex_receipt::{Accepted, Bundle, Record, Submission, SubmitError, check_consecutive, submit};
use decex_staking::pay_blockspace;

type Refused<H> = CallError<RefusedBundle, <H as Host>::Error>;

impl<H: ConsensusHost> Consensus<H> {
    /// Includes a bundle of a domain whose legality is deferred, given as the bytes that travelled.
    ///
    /// # Errors
    /// When no block has begun (K3), the bytes are no bundle (K19), or the bundle (K20) or a receipt that it carries
    /// (K21) breaks a rule; when the operator's storage fund does not cover the blockspace (K34); when the domain enforces
    /// legality and this is a bundle with transactions (K22); or when the host fails.
    pub fn submit_bundle(&mut self, bytes: &[u8]) -> Result<Vec<Event>, Refused<H>> {
        self.include(bytes, None)
    }

    /// Includes a bundle of any domain; `accounts` answers for the state of those whose legality is enforced.
    ///
    /// # Errors
    /// As [`submit_bundle`](Self::submit_bundle); K22 only when the host has no engine for the domain.
    pub fn submit_bundle_enforced(
        &mut self,
        bytes: &[u8],
        accounts: &dyn AccountView<Error = H::Error>,
    ) -> Result<Vec<Event>, Refused<H>> {
        self.include(bytes, Some(accounts))
    }

    fn include(
        &mut self,
        bytes: &[u8],
        accounts: Option<&dyn AccountView<Error = H::Error>>,
    ) -> Result<Vec<Event>, Refused<H>> {
        let mut state = State::new(&self.host);
        // K3: a bundle is included in a block.
        let clock = state
            .clock()?
            .ok_or(CallError::Refused(RefusedBundle::NotBegun))?;
        // K19: the bytes are one bundle, and no longer than the host carries.
        let limit = usize::try_from(self.config.limits.message_bytes).unwrap_or(usize::MAX);
        let bundle: Bundle =
            decode_exact(bytes, limit).map_err(|e| CallError::Refused(RefusedBundle::Bytes(e)))?;
        // K20: header, election, seal, limits, receipts commitment.
        let checked = check_header(&state, clock.block.slot, &bundle).map_err(refuse)?;
        let paid = pay_farmer(&mut state, &clock, &bundle, bytes.len())?;
        submit_receipts(&mut state, &clock, &checked)?;
        let included = check_body(&state, checked, accounts)?;
        record(&mut state, &clock, &included, paid)?;
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}

fn refuse<E>(error: IncludeError<StoreError<E>>) -> CallError<RefusedBundle, E> {
    match error {
        IncludeError::Host(error) => CallError::Host(error),
        IncludeError::Invalid(invalid) => CallError::Refused(RefusedBundle::Bundle(invalid)),
        // K22: legality can be enforced.
        IncludeError::Misconfigured(Misconfigured::NoEngine) => {
            CallError::Refused(RefusedBundle::Unenforceable)
        }
        // Checked parameters cause neither: they bound the factor too.
        IncludeError::Misconfigured(Misconfigured::Odds(_) | Misconfigured::Windows) => {
            CallError::Host(crate::state::corrupt(&keys::clock()))
        }
    }
}

/// Pays for the blockspace of the whole bundle, whatever is in it: from its operator's storage fund, at once. Returns how much.
fn pay_farmer<H: Store>(
    state: &mut State<'_, H>,
    clock: &Clock,
    bundle: &Bundle,
    bytes: usize,
) -> Result<Balance, Refused<H>> {
    let (domain, operator) = (bundle.header.header.domain, bundle.header.header.operator);
    let bytes = u128::try_from(bytes).unwrap_or(u128::MAX);
    let price = Balance(clock.block.byte_price.0.saturating_mul(bytes));
    let now = state.staking_now(domain)?;
    // Users pay for transactions; the rest is the operator's to bear.
    let returns = !bundle.body.is_empty();
    let paid = pay_blockspace(&*state, now, operator, clock.block.farmer, price, returns);
    // K34: the fund covers it.
    let changes = told(paid)?.map_err(|e| CallError::Refused(RefusedBundle::Fund(e)))?;
    state.book(changes)?;
    Ok(price)
}

/// Runs the bundle's receipts in order, each over what the one before has changed.
fn submit_receipts<H: Store>(
    state: &mut State<'_, H>,
    clock: &Clock,
    checked: &HeaderChecked<'_, Submission>,
) -> Result<(), Refused<H>> {
    let (domain, operator) = (checked.domain(), checked.operator());
    let params = &checked.terms().params;
    let now = clock.block.number;
    // K29: they follow one another.
    check_consecutive(checked.receipts()).map_err(|e| CallError::Refused(RefusedBundle::Receipts(e)))?;
    for (index, submission) in (0_u32..).zip(checked.receipts()) {
        // K21: acceptable on the chain as it is now.
        let accepted =
            submit(&*state, now, params, operator, domain, submission).map_err(|error| match error {
                SubmitError::Host(error) => CallError::Host(error),
                SubmitError::Invalid(invalid) => {
                    CallError::Refused(RefusedBundle::Receipt { index, invalid })
                }
            })?;
        match accepted {
            Accepted::Extended { hash, record } => {
                extend(state, domain, operator, hash, &record)?;
                accuse_authors(state, &record, hash)?;
                await_confirmation(state, domain, now, params.challenge_period)?;
            }
            Accepted::Endorsed { hash } => endorse(state, domain, operator, hash)?,
            Accepted::Known => {}
        }
    }
    if !checked.receipts().is_empty() {
        state.follow_finality(domain)?;
    }
    Ok(())
}

/// The chain grows by one receipt.
fn extend<H: Store>(
    state: &mut State<'_, H>,
    domain: DomainId,
    operator: OperatorId,
    hash: ReceiptHash,
    record: &Record,
) -> Result<(), StoreError<H::Error>> {
    let number = record.receipt.number;
    let mut progress = state.expect_progress(domain)?;
    (progress.head, progress.head_hash) = (number, hash);
    state.set_progress(domain, &progress);
    state.set(keys::hash_at(domain, number), &hash);
    state.set(keys::record(domain, &hash), record);
    back(state, operator, number, hash)?;
    state.emit(Event::ReceiptAccepted {
        domain,
        number,
        hash,
        operator,
    });
    Ok(())
}

/// One more operator answers for the head.
fn endorse<H: Store>(
    state: &mut State<'_, H>,
    domain: DomainId,
    operator: OperatorId,
    hash: ReceiptHash,
) -> Result<(), StoreError<H::Error>> {
    let key = keys::record(domain, &hash);
    let mut record: Record = state.expect(&key)?;
    record.backers.push(operator);
    let number = record.receipt.number;
    state.set(key, &record);
    back(state, operator, number, hash)?;
    state.emit(Event::ReceiptEndorsed {
        domain,
        number,
        hash,
        operator,
    });
    Ok(())
}

/// Suspends the authors of bundles that a new receipt calls invalid.
fn accuse_authors<H: Store>(
    state: &mut State<'_, H>,
    record: &Record,
    hash: ReceiptHash,
) -> Result<(), StoreError<H::Error>> {
    let (domain, number) = (record.receipt.domain, record.receipt.number);
    if !has_invalid(&record.receipt) {
        return Ok(());
    }
    let inbox: Inbox = state.expect(&keys::inbox(domain, number))?;
    for author in invalid_authors(&record.receipt, &inbox) {
        let mut operator: Operator = state.expect(&keys::operator(author))?;
        // K33: the lowest receipt that accuses it is kept.
        if state.is_accused(&operator)? {
            continue;
        }
        operator.accused = Some((number, hash));
        state.set_operator(author, &operator);
        state.emit(Event::AuthorSuspended {
            operator: author,
            domain,
            number,
            hash,
        });
    }
    Ok(())
}

/// Remembers the highest receipt that the operator answers for. It may endorse a lower one after a higher one of the same
/// block; what it answered for before was not removed, or it could not bundle.
fn back<H: Store>(
    state: &mut State<'_, H>,
    id: OperatorId,
    number: DomainNumber,
    hash: ReceiptHash,
) -> Result<(), StoreError<H::Error>> {
    let mut operator: Operator = state.expect(&keys::operator(id))?;
    if operator.backed.is_none_or(|(highest, _)| number > highest) {
        operator.backed = Some((number, hash));
        operator.acted = operator.acted.max(number);
        state.set_operator(id, &operator);
    }
    Ok(())
}

/// Queues the domain for confirmation unless it waits there already.
fn await_confirmation<H: Store>(
    state: &mut State<'_, H>,
    domain: DomainId,
    now: ConsensusNumber,
    challenge_period: u64,
) -> Result<(), StoreError<H::Error>> {
    let mut progress = state.expect_progress(domain)?;
    if progress.awaits_confirmation {
        return Ok(());
    }
    progress.awaits_confirmation = true;
    state.set_progress(domain, &progress);
    let due = ConsensusNumber(now.0.saturating_add(challenge_period).saturating_add(1));
    state.push_due(Due::Confirmation, due, &domain)
}

fn check_body<H: ConsensusHost>(
    state: &State<'_, H>,
    checked: HeaderChecked<'_, Submission>,
    accounts: Option<&dyn AccountView<Error = H::Error>>,
) -> Result<IncludedBundle, Refused<H>> {
    let params = &checked.terms().params;
    let engine = match params.legality {
        LegalityMode::Enforced => state.host.engine(&params.rules),
        LegalityMode::Deferred => None,
    };
    let accounts = accounts.map(Accounts);
    let enforcement = match (engine, &accounts) {
        (Some(engine), Some(accounts)) => Some(Enforcement { engine, accounts }),
        _ => None,
    };
    checked.check_body(state, enforcement).map_err(refuse)
}

/// Writes down that the window is used, and appends the bundle to the open inbox.
fn record<H: Store + Beacon>(
    state: &mut State<'_, H>,
    clock: &Clock,
    included: &IncludedBundle,
    paid: Balance,
) -> Result<(), StoreError<H::Error>> {
    let (domain, operator, window) = (included.domain(), included.operator(), included.window());
    let place = state.ring_place(domain, window)?;
    state.set(keys::used_window(operator, place), &window);
    state.count_bundle(domain, operator)?;
    let number = match included.inboxed() {
        Some(bundle) => Some(append(state, clock, domain, bundle, paid)?),
        None => None,
    };
    state.emit(Event::BundleIncluded {
        domain,
        operator,
        window,
        header: included.header_hash(),
        number,
    });
    Ok(())
}

/// Appends a bundle to the inbox of the block being made.
fn append<H: Store>(
    state: &mut State<'_, H>,
    clock: &Clock,
    domain: DomainId,
    bundle: &Inboxed,
    paid: Balance,
) -> Result<DomainNumber, StoreError<H::Error>> {
    let (number, mut inbox) = state.fill_inbox(clock, domain)?;
    let mut progress = state.expect_progress(domain)?;
    progress.included = progress.included.saturating_add(1);
    // Canonical order. Two bundles never have one hash: the second would have used the first one's window.
    let place = inbox
        .bundles
        .partition_point(|other| other.header < bundle.header);
    inbox.bundles.insert(place, bundle.clone());
    inbox.paid.insert(place, paid);
    state.set(keys::open_inbox(domain, number), &inbox);
    state.set_progress(domain, &progress);
    // Its author answers for it until the block is final.
    let mut author: Operator = state.expect(&keys::operator(bundle.operator))?;
    author.acted = author.acted.max(number);
    state.set_operator(bundle.operator, &author);
    Ok(number)
}

/// The host's accounts, with the host's errors marked as such.
struct Accounts<'a, E>(&'a dyn AccountView<Error = E>);

impl<E> Host for Accounts<'_, E> {
    type Error = StoreError<E>;
}

impl<E> AccountView for Accounts<'_, E> {
    fn account(&self, domain: DomainId, base: &Base, sender: &SenderId) -> Result<Account, Self::Error> {
        self.0.account(domain, base, sender).map_err(StoreError::Host)
    }
}
