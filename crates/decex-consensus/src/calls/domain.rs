//! Domains: create one, pause it, resume it, keep its list.

use crate::consensus::Consensus;
use crate::error::{CallError, RefusedDomain, RefusedEndowment, RefusedOwnerCall};
use crate::event::Event;
use crate::host::{ConsensusHost, HoldError, Store};
use crate::keys;
use crate::model::{Access, Counters, Domain, Progress};
use crate::state::State;
use alloc::vec::Vec;
use decex_core::params::DomainParams;
use decex_core::{AccountId, Balance, ConsensusNumber, DomainId, DomainNumber};
use decex_receipt::{Record, genesis_receipt};

impl<H: ConsensusHost> Consensus<H> {
    /// Creates a domain: checks its parameters as a set, computes its genesis receipt, and holds the deposit and the
    /// backing. The backing is the domain's first balance: with it the accounts of its genesis state pay fees, and it bounds what
    /// may leave the domain.
    ///
    /// # Errors
    /// When no block has begun (K3), the parameters are unsafe (K4), the host has no engine for the rules (K5), the
    /// owner cannot cover deposit and backing (K6) or no id is left (K7), or the host fails.
    pub fn create_domain(
        &mut self,
        owner: AccountId,
        params: DomainParams,
        access: Access,
        backing: Balance,
    ) -> Result<(DomainId, Vec<Event>), CallError<RefusedDomain, H::Error>> {
        let mut state = State::new(&self.host);
        // K3: a domain is created at a block.
        let clock = state
            .clock()?
            .ok_or(CallError::Refused(RefusedDomain::NotBegun))?;
        let limits = self.config.limits;
        // K4: the parameters are safe together.
        let params = params
            .check(&limits)
            .map_err(|e| CallError::Refused(RefusedDomain::Params(e)))?;
        // K5: fraud can be judged.
        if self.host.engine(&params.rules).is_none() {
            return Err(CallError::Refused(RefusedDomain::NoEngine));
        }
        let counters = state.counters()?;
        let id = counters.domain;
        // K7: an id is left.
        let next =
            id.0.checked_add(1)
                .map(DomainId)
                .ok_or(CallError::Refused(RefusedDomain::NoId))?;
        let (created, deposit) = (clock.block.number, self.config.domain_deposit);
        // K6: the sum is one.
        let required = deposit.checked_add(backing);
        let refused = RefusedDomain::Deposit {
            required: required.unwrap_or(Balance(u128::MAX)),
        };
        let required = required.ok_or(CallError::Refused(refused))?;
        let receipt = genesis_receipt(id, params.rules, params.genesis, created);
        let genesis = receipt.compute_hash();
        let number = DomainNumber(0);
        let record = Record {
            receipt,
            included_at: created,
            backers: Vec::new(),
            byte_price: clock.block.byte_price,
        };
        let progress = Progress {
            confirmed: number,
            head: number,
            head_hash: genesis,
            last: number,
            made_at: created,
            included: 0,
            awaits_confirmation: false,
            unswept: 0,
            unheard: ConsensusNumber(0),
        };
        state.set(
            keys::counters(),
            &Counters {
                domain: next,
                ..counters
            },
        );
        let params = DomainParams::clone(&params);
        state.set(
            keys::domain(id),
            &Domain {
                owner,
                deposit,
                created,
                active: true,
                access,
                params,
                limits,
            },
        );
        state.open_turnout(id)?;
        state.set_progress(id, &progress);
        state.begin_finality(id, genesis, created)?;
        state.set(keys::hash_at(id, number), &genesis);
        state.set(keys::record(id, &genesis), &record);
        state.set(keys::balance(id), &backing);
        state.hold(owner, required);
        state.emit(Event::DomainCreated {
            domain: id,
            owner,
            genesis,
            backing,
        });
        let changes = state.into_changes();
        match self.apply(changes) {
            Ok(events) => Ok((id, events)),
            // K6: the sum is covered.
            Err(HoldError::Insufficient) => Err(CallError::Refused(refused)),
            Err(HoldError::Host(error)) => Err(CallError::Host(error)),
        }
    }

    /// Adds `amount` of `account`'s money to a domain's balance. Anybody may; nobody gets it back but through the domain.
    ///
    /// # Errors
    /// When there is no such domain (K8), the account cannot cover the amount or the balance would pass its range (K32), or the
    /// host fails.
    pub fn endow_domain(
        &mut self,
        account: AccountId,
        domain: DomainId,
        amount: Balance,
    ) -> Result<Vec<Event>, CallError<RefusedEndowment, H::Error>> {
        let mut state = State::new(&self.host);
        // K8: a domain of this host.
        let unknown = CallError::Refused(RefusedEndowment::UnknownDomain { found: domain });
        state.domain(domain)?.ok_or(unknown)?;
        // K32: the balance stays within its range.
        let refused = CallError::Refused(RefusedEndowment::Funds { required: amount });
        let balance = state.balance(domain)?.checked_add(amount).ok_or(refused)?;
        state.set(keys::balance(domain), &balance);
        state.hold(account, amount);
        state.emit(Event::DomainEndowed {
            domain,
            account,
            amount,
        });
        let changes = state.into_changes();
        self.apply(changes).map_err(|error| match error {
            // K32: the amount is covered.
            HoldError::Insufficient => CallError::Refused(RefusedEndowment::Funds { required: amount }),
            HoldError::Host(error) => CallError::Host(error),
        })
    }

    /// Stops taking bundles with transactions. Receipts and proofs go on: what was included becomes final.
    ///
    /// # Errors
    /// When there is no such domain (K8), `caller` is not its owner (K9), or the host fails.
    pub fn pause(
        &mut self,
        caller: AccountId,
        domain: DomainId,
    ) -> Result<Vec<Event>, CallError<RefusedOwnerCall, H::Error>> {
        self.set_active(caller, domain, false)
    }

    /// Takes bundles with transactions again.
    ///
    /// # Errors
    /// When there is no such domain (K8), `caller` is not its owner (K9), or the host fails.
    pub fn resume(
        &mut self,
        caller: AccountId,
        domain: DomainId,
    ) -> Result<Vec<Event>, CallError<RefusedOwnerCall, H::Error>> {
        self.set_active(caller, domain, true)
    }

    /// Lets `account` register operators for a domain that keeps a list.
    ///
    /// # Errors
    /// When there is no such domain (K8), `caller` is not its owner (K9), or the host fails.
    pub fn allow(
        &mut self,
        caller: AccountId,
        domain: DomainId,
        account: AccountId,
    ) -> Result<(), CallError<RefusedOwnerCall, H::Error>> {
        let mut state = State::new(&self.host);
        owned(&state, caller, domain)?;
        state.set(keys::allowed(domain, &account), &());
        let changes = state.into_changes();
        self.apply_free(changes)?;
        Ok(())
    }

    /// Takes `account` off the list. Operators that it has registered stay.
    ///
    /// # Errors
    /// When there is no such domain (K8), `caller` is not its owner (K9), or the host fails.
    pub fn disallow(
        &mut self,
        caller: AccountId,
        domain: DomainId,
        account: AccountId,
    ) -> Result<(), CallError<RefusedOwnerCall, H::Error>> {
        let mut state = State::new(&self.host);
        owned(&state, caller, domain)?;
        state.remove(keys::allowed(domain, &account));
        let changes = state.into_changes();
        self.apply_free(changes)?;
        Ok(())
    }

    fn set_active(
        &mut self,
        caller: AccountId,
        id: DomainId,
        active: bool,
    ) -> Result<Vec<Event>, CallError<RefusedOwnerCall, H::Error>> {
        let mut state = State::new(&self.host);
        let domain = owned(&state, caller, id)?;
        if domain.active != active {
            state.set(keys::domain(id), &Domain { active, ..domain });
            state.emit(if active {
                Event::DomainResumed { domain: id }
            } else {
                Event::DomainPaused { domain: id }
            });
        }
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}

pub(super) fn owned<H: Store>(
    state: &State<'_, H>,
    caller: AccountId,
    id: DomainId,
) -> Result<Domain, CallError<RefusedOwnerCall, H::Error>> {
    // K8: a domain of this host.
    let unknown = CallError::Refused(RefusedOwnerCall::UnknownDomain { found: id });
    let domain = state.domain(id)?.ok_or(unknown)?;
    // K9: only its owner.
    if domain.owner != caller {
        return Err(CallError::Refused(RefusedOwnerCall::NotOwner {
            expected: domain.owner,
            found: caller,
        }));
    }
    Ok(domain)
}
