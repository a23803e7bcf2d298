//! A host that does one thing wrong.

use decex_consensus::decex_validity::TransitionVerifier;
use decex_consensus::{Beacon, BlockInfo, Consensus, Engines, Event, HoldError, Ledger, Store, Verifiers};
use decex_core::execution::Engine;
use decex_core::{AccountId, Balance, Digest, Host, Randomness, RuleSet, Slot, VerifierId};
use decex_testkit::chain::{Chain, Made, Money, Outcome, Request, Rewind};
use decex_testkit::direct::{Direct, Unmade};
use decex_testkit::host::MemoryHost;
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::story::config;
use std::convert::Infallible;

/// What is wrong with a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    #[default]
    None,
    // Of the store.
    InventsValues,
    ForgetsSet,
    KeepsFirst,
    KeepsLonger,
    KeepsShorter,
    TakesEmptyForAbsent,
    ForgetsRemove,
    RemoveLeavesEmpty,
    NeverSetsAgain,
    PadsKeys,
    CutsKeys,
    CutsValues,
    RemovesPrefix,
    RemovesAbsentBadly,
    // Of the ledger.
    HoldsTooMuch,
    TakesBeforeItRefuses,
    RefusesAll,
    RefusesTheLast,
    HoldsForNothing,
    TakesNothing,
    HoldLosesMoney,
    ReleasesTwice,
    ReleasesToHolder,
    ReleaseMakesMoney,
    ReleaseKeepsCustody,
    BurnKeepsSupply,
    BurnKeepsCustody,
    BurnsNothing,
    PaysForZero,
    HoldsTwice,
    LeavesDust,
    HoldsOfOneAccount,
    PaysOnce,
    LosesWhatWasPaid,
    KeepsTheLast,
    // Of the beacon and the engines.
    OtherBeacon,
    NoEngine,
    // Of the front door.
    SwallowsRefusals,
    InventsRefusals,
    OtherCode,
    DropsEvents,
    DropsEventsOfBlocks,
    DropsLastOutcome,
    StopsAtRefusal,
    SkipsOpenCalls,
    SkipsGovernance,
    ExchangesAccounts,
    ReversesCalls,
    KeepsRefusedWrites,
    TaxesCalls,
    MintsForFarmers,
    OtherParentHash,
    // Of going back.
    RewindsStoreAlone,
}

/// The host in memory, with a flaw.
#[derive(Clone, Debug)]
pub struct Flawed {
    pub host: MemoryHost<LedgerEngine>,
    pub flaw: Flaw,
    /// Who was held from last.
    holder: AccountId,
    /// Who was paid last.
    payee: AccountId,
    /// Keys that were removed at some time.
    removed: Vec<Vec<u8>>,
}

pub fn flawed(flaw: Flaw) -> Flawed {
    let engines = if flaw == Flaw::NoEngine {
        vec![LedgerEngine { version: 9 }]
    } else {
        vec![LedgerEngine::default()]
    };
    let beacon = if flaw == Flaw::OtherBeacon { 8 } else { 7 };
    Flawed {
        host: MemoryHost::new(engines, beacon),
        flaw,
        holder: AccountId::default(),
        payee: AccountId::default(),
        removed: Vec::new(),
    }
}

impl Host for Flawed {
    type Error = Infallible;
}

impl Flawed {
    fn key(&self, key: &[u8]) -> Vec<u8> {
        let mut key = key.to_vec();
        match self.flaw {
            Flaw::PadsKeys => key.resize(key.len().max(3), 0),
            Flaw::CutsKeys => key.truncate(64),
            _ => {}
        }
        key
    }
}

impl Store for Flawed {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        let found = self.host.store.get(&self.key(key)).cloned();
        Ok(match self.flaw {
            Flaw::InventsValues => Some(found.unwrap_or_default()),
            Flaw::TakesEmptyForAbsent => found.filter(|value| !value.is_empty()),
            _ => found,
        })
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Infallible> {
        let key = self.key(key);
        let mut value = value.to_vec();
        let old = self.host.store.get(&key).map(Vec::len);
        match self.flaw {
            Flaw::ForgetsSet => return Ok(()),
            Flaw::KeepsFirst if old.is_some() => return Ok(()),
            Flaw::KeepsLonger if old > Some(value.len()) => return Ok(()),
            Flaw::KeepsShorter if old.is_some_and(|old| old < value.len()) => return Ok(()),
            Flaw::NeverSetsAgain if self.removed.contains(&key) => return Ok(()),
            Flaw::CutsValues => value.truncate(32_768),
            _ => {}
        }
        self.host.store.insert(key, value);
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        let key = self.key(key);
        self.removed.push(key.clone());
        match self.flaw {
            Flaw::ForgetsRemove => {}
            Flaw::RemoveLeavesEmpty => {
                self.host.store.insert(key, Vec::new());
            }
            Flaw::RemovesAbsentBadly if !self.host.store.contains_key(&key) => {
                self.host.store.insert(key, Vec::new());
            }
            Flaw::RemovesPrefix => self.host.store.retain(|other, _| !other.starts_with(&key)),
            _ => {
                self.host.store.remove(&key);
            }
        }
        Ok(())
    }
}

impl Flawed {
    fn give(&mut self, account: AccountId, amount: u128) {
        self.host.endow(account, Balance(amount));
    }

    fn take(&mut self, account: &AccountId, amount: u128) {
        let purse = self.host.purses.entry(*account).or_default();
        purse.free = Balance(purse.free.0.saturating_sub(amount));
    }
}

impl Ledger for Flawed {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        let again = self.holder == *account;
        self.holder = *account;
        let free = self.host.purses.get(account).copied().unwrap_or_default().free;
        let short = free < amount;
        match self.flaw {
            Flaw::HoldsTooMuch if short => {
                self.take(account, free.0);
                self.host.custody.0 += amount.0.min(1 << 100);
                return Ok(());
            }
            Flaw::TakesBeforeItRefuses if short => {
                self.take(account, free.0);
                return Err(HoldError::Insufficient);
            }
            Flaw::RefusesAll => return Err(HoldError::Insufficient),
            Flaw::RefusesTheLast if free == amount && amount.0 > 0 => return Err(HoldError::Insufficient),
            Flaw::HoldsForNothing if amount.0 == 0 => self.take(account, 1),
            Flaw::TakesNothing if !short => {
                self.host.custody.0 += amount.0;
                return Ok(());
            }
            Flaw::HoldsTwice if again && free.0 == 0 && amount.0 == 1 => return Ok(()),
            Flaw::LeavesDust if free == amount && amount.0 > 0 => {
                return self.host.hold(account, Balance(amount.0 - 1));
            }
            Flaw::HoldsOfOneAccount if !again && self.host.custody.0 > 0 && !short => {
                self.take(account, amount.0);
                return Ok(());
            }
            Flaw::LosesWhatWasPaid if self.payee != AccountId::default() && !short => {
                self.take(account, amount.0);
                return Ok(());
            }
            Flaw::HoldLosesMoney if !short => {
                self.take(account, amount.0);
                return Ok(());
            }
            _ => {}
        }
        self.host.hold(account, amount)
    }

    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        let to = if self.flaw == Flaw::ReleasesToHolder {
            self.holder
        } else {
            *account
        };
        match self.flaw {
            Flaw::PaysOnce if self.payee == to => return Ok(()),
            Flaw::KeepsTheLast if amount == self.host.custody && amount.0 > 0 => {
                return self.host.release(&to, Balance(amount.0 - 1));
            }
            Flaw::ReleasesTwice => self.host.release(&to, amount)?,
            Flaw::ReleaseMakesMoney => self.give(to, 1),
            Flaw::ReleaseKeepsCustody => {
                self.give(to, amount.0);
                return Ok(());
            }
            Flaw::PaysForZero if amount.0 == 0 => self.host.release(&to, Balance(1))?,
            _ => {}
        }
        self.payee = to;
        self.host.release(&to, amount)
    }

    fn burn(&mut self, amount: Balance) -> Result<(), Infallible> {
        match self.flaw {
            Flaw::BurnKeepsSupply => {
                let treasury = config().treasury;
                self.host.release(&treasury, amount)
            }
            Flaw::BurnKeepsCustody => {
                let purse = self.host.purses.values_mut().find(|purse| purse.free >= amount);
                if let Some(purse) = purse {
                    purse.free.0 -= amount.0;
                    self.host.burned.0 += amount.0;
                }
                Ok(())
            }
            Flaw::BurnsNothing => Ok(()),
            _ => self.host.burn(amount),
        }
    }
}

impl Money for Flawed {
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), Infallible> {
        self.host.endow(account, amount);
        Ok(())
    }
    fn free(&self, account: &AccountId) -> Result<Balance, Infallible> {
        Money::free(&self.host, account)
    }
    fn custody(&self) -> Result<Balance, Infallible> {
        self.host.custody()
    }
    fn supply(&self) -> Result<u128, Infallible> {
        self.host.supply()
    }
}

impl Beacon for Flawed {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        self.host.randomness(slot)
    }
}

impl Engines for Flawed {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        self.host.engine(rules)
    }
}

impl Verifiers for Flawed {
    fn verifier(&self, id: &VerifierId) -> Option<&dyn TransitionVerifier> {
        self.host.verifier(id)
    }
}

/// A chain around the host, with a flaw of the front door.
#[derive(Clone, Debug)]
pub struct Door(pub Direct<Flawed>);

pub fn door(flaw: Flaw) -> Door {
    Door(Direct(Consensus::new(flawed(flaw), config())))
}

impl Door {
    fn flaw(&self) -> Flaw {
        self.0.0.host().flaw
    }
}

impl Host for Door {
    type Error = Unmade<Infallible>;
}

impl Money for Door {
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), Self::Error> {
        self.0.endow(account, amount)
    }
    fn free(&self, account: &AccountId) -> Result<Balance, Self::Error> {
        self.0.free(account)
    }
    fn custody(&self) -> Result<Balance, Self::Error> {
        self.0.custody()
    }
    fn supply(&self) -> Result<u128, Self::Error> {
        self.0.supply()
    }
}

/// What the flaw makes of a call on its way in.
fn bring(flaw: Flaw, call: &Request) -> Option<Request> {
    match (flaw, call) {
        (Flaw::SkipsOpenCalls, Request::Open(_)) | (Flaw::SkipsGovernance, Request::Governance(_)) => None,
        (Flaw::ExchangesAccounts, Request::Account(_, call)) => {
            Some(Request::Account(AccountId(Digest([1; 32])), call.clone()))
        }
        _ => Some(call.clone()),
    }
}

/// What the flaw makes of an outcome on its way out.
fn show(flaw: Flaw, outcome: Outcome) -> Outcome {
    match (flaw, outcome) {
        (Flaw::SwallowsRefusals, Outcome::Refused(_)) | (Flaw::DropsEvents, Outcome::Accepted(_)) => {
            Outcome::Accepted(Vec::new())
        }
        (Flaw::InventsRefusals, Outcome::Accepted(_)) => Outcome::Refused(3),
        (Flaw::OtherCode, Outcome::Refused(code)) => Outcome::Refused(code + 1),
        (_, outcome) => outcome,
    }
}

impl Chain for Door {
    fn block(&mut self, block: &BlockInfo, calls: &[Request]) -> Result<Made, Self::Error> {
        let flaw = self.flaw();
        let mut info = *block;
        if flaw == Flaw::OtherParentHash {
            info.parent_hash.0.0[0] ^= 1;
        }
        let mut begun = self.0.block(&info, &[])?.begun;
        if flaw == Flaw::DropsEventsOfBlocks {
            begun = Vec::<Event>::new();
        }
        let mut outcomes = Vec::new();
        let mut queue: Vec<&Request> = calls.iter().collect();
        if flaw == Flaw::ReversesCalls {
            queue.reverse();
        }
        for call in queue {
            let Some(brought) = bring(flaw, call) else {
                outcomes.push(Outcome::Accepted(Vec::new()));
                continue;
            };
            let outcome = decex_testkit::direct::make(&mut self.0.0, &brought).map_err(Unmade::Host)?;
            let refused = matches!(outcome, Outcome::Refused(_));
            if refused && flaw == Flaw::KeepsRefusedWrites {
                // A half-made change: the list of a domain, written before its owner was asked.
                let key = decex_consensus::keys::balance(decex_core::DomainId(0));
                self.0.0.host_mut().set(&key, &[0; 16]).unwrap();
            }
            if let (Flaw::TaxesCalls, Request::Account(who, _)) = (flaw, call) {
                self.0.0.host_mut().take(who, 1);
            }
            outcomes.push(show(flaw, outcome));
            if refused && flaw == Flaw::StopsAtRefusal {
                break;
            }
        }
        if flaw == Flaw::DropsLastOutcome {
            outcomes.pop();
        }
        if flaw == Flaw::MintsForFarmers {
            self.0.0.host_mut().give(AccountId(Digest([2; 32])), 1);
        }
        Ok(Made { begun, outcomes })
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error> {
        self.0.get(key)
    }
}

impl Rewind for Door {
    type Point = Flawed;

    fn keep(&self) -> Result<Flawed, Self::Error> {
        self.0.keep()
    }

    fn rewind(&mut self, point: &Flawed) -> Result<(), Self::Error> {
        if self.flaw() == Flaw::RewindsStoreAlone {
            self.0.0.host_mut().host.store.clone_from(&point.host.store);
            return Ok(());
        }
        self.0.rewind(point)
    }
}
