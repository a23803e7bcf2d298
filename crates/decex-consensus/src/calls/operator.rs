//! Operators: register and leave.

use crate::books::{sure, told};
use crate::consensus::Consensus;
use crate::error::{CallError, RefusedDeregistration, RefusedRegistration, StoreError};
use crate::event::Event;
use crate::host::{ConsensusHost, HoldError, Store};
use crate::keys;
use crate::model::{Access, Counters, Domain, Operator};
use crate::state::State;
use alloc::vec::Vec;
use decex_core::hash::digest_encoded;
use decex_core::{AccountId, Balance, Digest, DomainId, DomainNumber, OperatorId, label};
use decex_election::{OperatorKey, Signature, verify_signature};
use decex_staking::{PoolStatus, PoolTerms, Registration, StakingRules, StakingView, leave, register};

/// Returns what an operator signs, under [`label::REGISTRATION`], to show that it holds its key.
#[must_use]
pub fn registration_message(domain: DomainId, account: &AccountId, key: &[u8; 32]) -> Digest {
    digest_encoded(&label::REGISTRATION, &(domain, account, key))
}

impl<H: ConsensusHost> Consensus<H> {
    /// Registers an operator of `domain` with `key`, opens its pool on these `terms`, and holds its first deposit from `account`. Part
    /// of it fills the storage fund that pays for bundles, the rest is stake and counts from the next epoch on.
    ///
    /// # Errors
    /// When no block has begun (K3), the domain is unknown (K8), the account is not on the domain's list (K10), no id is left
    /// (K7), the deposit opens no pool (K11), the key is none (K12) or taken (K13), its possession is not shown (K14), the
    /// account cannot cover the deposit (K15), or the host fails.
    pub fn register_operator(
        &mut self,
        account: AccountId,
        domain: DomainId,
        key: &[u8; 32],
        possession: &Signature,
        deposit: Balance,
        terms: PoolTerms,
    ) -> Result<(OperatorId, Vec<Event>), CallError<RefusedRegistration, H::Error>> {
        let mut state = State::new(&self.host);
        // K3: an operator is registered at a block.
        if state.clock()?.is_none() {
            return Err(CallError::Refused(RefusedRegistration::NotBegun));
        }
        check_access(&state, &account, domain)?;
        let counters = state.counters()?;
        let id = counters.operator;
        // K7: an id is left.
        let next =
            id.0.checked_add(1)
                .map(OperatorId)
                .ok_or(CallError::Refused(RefusedRegistration::NoId))?;
        let registration = Registration {
            operator: id,
            domain,
            owner: account,
            terms,
            deposit,
        };
        let (now, rules) = (state.staking_now(domain)?, self.staking_rules(&state, domain)?);
        // K11: the deposit opens a pool.
        let opened = told(register(&state, now, &rules, &registration))?;
        let opened = opened.map_err(|e| CallError::Refused(RefusedRegistration::Deposit(e)))?;
        let key = check_key(&state, &account, domain, key, possession)?;
        state.book(opened)?;
        state.set(
            keys::counters(),
            &Counters {
                operator: next,
                ..counters
            },
        );
        state.set(keys::operator_key(&key), &id);
        state.set_operator(
            id,
            &Operator {
                domain,
                key,
                backed: None,
                acted: DomainNumber(0),
                accused: None,
            },
        );
        state.emit(Event::OperatorRegistered {
            operator: id,
            domain,
            account,
            deposit,
            terms,
        });
        let changes = state.into_changes();
        match self.apply(changes) {
            Ok(events) => Ok((id, events)),
            // K15: the deposit is covered.
            Err(HoldError::Insufficient) => Err(CallError::Refused(RefusedRegistration::Funds {
                required: deposit,
            })),
            Err(HoldError::Host(error)) => Err(CallError::Host(error)),
        }
    }

    /// Takes an operator out of the elections at once and for good. Everybody's money in its pool can be claimed after the unlock
    /// period, and not before everything that it stands for is final.
    ///
    /// # Errors
    /// When no block has begun (K3), the operator is unknown (K16), `caller` is not its account (K17) or it does not
    /// take part any more (K18), or the host fails.
    pub fn deregister_operator(
        &mut self,
        caller: AccountId,
        operator: OperatorId,
    ) -> Result<Vec<Event>, CallError<RefusedDeregistration, H::Error>> {
        let mut state = State::new(&self.host);
        // K3: an operator leaves at a block.
        if state.clock()?.is_none() {
            return Err(CallError::Refused(RefusedDeregistration::NotBegun));
        }
        // K16: an operator of this host.
        let unknown = CallError::Refused(RefusedDeregistration::UnknownOperator { found: operator });
        let (Some(found), Some(pool)) = (state.operator(operator)?, state.pool(operator)?) else {
            return Err(unknown);
        };
        // K17: only its account.
        if pool.owner != caller {
            let refused = RefusedDeregistration::NotAccount {
                expected: pool.owner,
                found: caller,
            };
            return Err(CallError::Refused(refused));
        }
        // K18: it takes part, and nothing is held against it.
        if !pool.status.is_standing() || !state.is_clean(&found)? {
            return Err(CallError::Refused(RefusedDeregistration::NotActive));
        }
        let now = state.staking_now(found.domain)?;
        let rules = self.staking_rules(&state, found.domain)?;
        let left = sure(operator, leave(&state, now, &rules, operator, caller))?;
        if let PoolStatus::Leaving { unlock, .. } = left.pool.status {
            state.emit(Event::OperatorDeregistered { operator, unlock });
        }
        state.book(left)?;
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }

    /// What the host fixes for the pools of a domain that exists.
    pub(crate) fn staking_rules(
        &self,
        state: &State<'_, H>,
        domain: DomainId,
    ) -> Result<StakingRules, StoreError<H::Error>> {
        let found: Domain = state.expect(&keys::domain(domain))?;
        Ok(StakingRules {
            minimum_stake: self.config.minimum_stake,
            minimum_nomination: self.config.minimum_nomination,
            unlock_period: found.limits.unlock_period,
            return_after: self.config.return_after,
        })
    }
}

fn check_access<H: Store>(
    state: &State<'_, H>,
    account: &AccountId,
    domain: DomainId,
) -> Result<(), CallError<RefusedRegistration, H::Error>> {
    // K8: a domain of this host.
    let unknown = RefusedRegistration::UnknownDomain { found: domain };
    let access = state.domain(domain)?.ok_or(CallError::Refused(unknown))?.access;
    // K10: on the list, where there is one.
    if access == Access::Listed && state.get::<()>(&keys::allowed(domain, account))?.is_none() {
        return Err(CallError::Refused(RefusedRegistration::NotListed));
    }
    Ok(())
}

fn check_key<H: Store>(
    state: &State<'_, H>,
    account: &AccountId,
    domain: DomainId,
    key: &[u8; 32],
    possession: &Signature,
) -> Result<OperatorKey, CallError<RefusedRegistration, H::Error>> {
    // K12: a key, and not the identity, under which anybody can sign anything.
    let message = registration_message(domain, account, key);
    let key =
        OperatorKey::try_from_bytes(*key).map_err(|e| CallError::Refused(RefusedRegistration::Key(e)))?;
    // K13: nobody else's. Two operators with one key would look like one that equivocates.
    if let Some(operator) = state.get(&keys::operator_key(&key))? {
        return Err(CallError::Refused(RefusedRegistration::KeyTaken { operator }));
    }
    // K14: held by who registers it.
    verify_signature(&key, &label::REGISTRATION, &message, possession)
        .map_err(|e| CallError::Refused(RefusedRegistration::Possession(e)))?;
    Ok(key)
}
