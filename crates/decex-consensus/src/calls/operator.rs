//! Operators: register and leave.

use crate::consensus::Consensus;
use crate::error::{CallError, RefusedDeregistration, RefusedRegistration};
use crate::event::Event;
use crate::host::{ConsensusHost, HoldError, Store};
use crate::keys::{self, Due};
use crate::model::{Access, Counters, Operator, Status};
use crate::state::State;
use alloc::vec::Vec;
use decex_core::hash::digest_encoded;
use decex_core::{AccountId, Balance, ConsensusNumber, Digest, DomainId, OperatorId, label};
use decex_election::{OperatorKey, Signature, verify_signature};

/// Returns what an operator signs, under [`label::REGISTRATION`], to show that it holds its key.
#[must_use]
pub fn registration_message(domain: DomainId, account: &AccountId, key: &[u8; 32]) -> Digest {
    digest_encoded(&label::REGISTRATION, &(domain, account, key))
}

impl<H: ConsensusHost> Consensus<H> {
    /// Registers an operator of `domain` with `key`, and holds its stake from `account`. The stake counts from the next
    /// epoch on.
    ///
    /// # Errors
    /// When no block has begun (K3), the domain is unknown (K8), the account is not on the domain's list (K10), the
    /// stake is too low (K11), the key is none (K12) or taken (K13), its possession is not shown (K14), the account
    /// cannot cover the stake (K15) or no id is left (K7), or the host fails.
    pub fn register_operator(
        &mut self,
        account: AccountId,
        domain: DomainId,
        key: &[u8; 32],
        possession: &Signature,
        stake: Balance,
    ) -> Result<(OperatorId, Vec<Event>), CallError<RefusedRegistration, H::Error>> {
        let mut state = State::new(&self.host);
        // K3: an operator is registered at a block.
        if state.clock()?.is_none() {
            return Err(CallError::Refused(RefusedRegistration::NotBegun));
        }
        let key = check(
            &state,
            &account,
            domain,
            key,
            possession,
            stake,
            self.config.minimum_stake,
        )?;
        let counters = state.counters()?;
        let id = counters.operator;
        // K7: an id is left.
        let next =
            id.0.checked_add(1)
                .map(OperatorId)
                .ok_or(CallError::Refused(RefusedRegistration::NoId))?;
        let epoch = state.expect_epoch(domain)?;
        let mut stakes = state.stakes(domain, epoch)?;
        // K15: the total stays within the range of balances.
        let funds = CallError::Refused(RefusedRegistration::Funds { required: stake });
        stakes.next = stakes.next.checked_add(stake).ok_or(funds)?;
        let from_epoch = epoch.saturating_add(1);
        let operator = Operator {
            account,
            domain,
            key,
            stake,
            from_epoch,
            status: Status::Active,
            backed: None,
        };
        state.set(
            keys::counters(),
            &Counters {
                operator: next,
                ..counters
            },
        );
        state.set(keys::stakes(domain), &stakes);
        state.set(keys::operator_key(&key), &id);
        state.set_operator(id, &operator);
        state.hold(account, stake);
        state.emit(Event::OperatorRegistered {
            operator: id,
            domain,
            account,
            stake,
            from_epoch,
        });
        let changes = state.into_changes();
        match self.apply(changes) {
            Ok(events) => Ok((id, events)),
            // K15: the stake is covered.
            Err(HoldError::Insufficient) => {
                Err(CallError::Refused(RefusedRegistration::Funds { required: stake }))
            }
            Err(HoldError::Host(error)) => Err(CallError::Host(error)),
        }
    }

    /// Takes an operator out of the elections at once. Its stake is released after the unlock period, and not before
    /// everything that it vouched for is final.
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
        let clock = state
            .clock()?
            .ok_or(CallError::Refused(RefusedDeregistration::NotBegun))?;
        // K16: an operator of this host.
        let unknown = CallError::Refused(RefusedDeregistration::UnknownOperator { found: operator });
        let mut found = state.operator(operator)?.ok_or(unknown)?;
        // K17: only its account.
        if found.account != caller {
            let refused = RefusedDeregistration::NotAccount {
                expected: found.account,
                found: caller,
            };
            return Err(CallError::Refused(refused));
        }
        // K18: it takes part.
        if !state.is_eligible(&found)? {
            return Err(CallError::Refused(RefusedDeregistration::NotActive));
        }
        let domain = state.expect::<crate::model::Domain>(&keys::domain(found.domain))?;
        let unlock = ConsensusNumber(
            clock
                .block
                .number
                .0
                .saturating_add(domain.limits.unlock_period.max(1)),
        );
        found.status = Status::Leaving { unlock };
        state.set_operator(operator, &found);
        state.leave_stakes(&found)?;
        state.push_due(Due::Unlock, unlock, &operator)?;
        state.emit(Event::OperatorDeregistered { operator, unlock });
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }
}

fn check<H: Store>(
    state: &State<'_, H>,
    account: &AccountId,
    domain: DomainId,
    key: &[u8; 32],
    possession: &Signature,
    stake: Balance,
    minimum: Balance,
) -> Result<OperatorKey, CallError<RefusedRegistration, H::Error>> {
    let refused = CallError::Refused;
    // K8: a domain of this host.
    let unknown = RefusedRegistration::UnknownDomain { found: domain };
    let access = state.domain(domain)?.ok_or(refused(unknown))?.access;
    // K10: on the list, where there is one.
    if access == Access::Listed && state.get::<()>(&keys::allowed(domain, account))?.is_none() {
        return Err(CallError::Refused(RefusedRegistration::NotListed));
    }
    // K11: enough at stake; never nothing.
    let limit = minimum.max(Balance(1));
    if stake < limit {
        return Err(CallError::Refused(RefusedRegistration::Stake {
            limit,
            found: stake,
        }));
    }
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
