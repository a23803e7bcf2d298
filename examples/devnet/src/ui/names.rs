//! Who is who: the same for all of a run.

use crate::block::{Origin, farmer_id};
use crate::domains::{EVM, LEDGER, PROVEN};
use crate::setup::Setup;
use decex_core::params::Validity;
use decex_core::{AccountId, DomainId};
use decex_storage_audit::FarmerId;
use std::collections::BTreeMap;

/// A domain as the page introduces it.
#[derive(Clone, Debug)]
pub struct DomainName {
    /// Its id.
    pub id: DomainId,
    /// What it runs.
    pub name: String,
    /// What makes its receipts final.
    pub validity: &'static str,
    /// Blocks after which a receipt that nobody refuted is final.
    pub challenge_period: u64,
    /// Its operators.
    pub operators: std::ops::Range<u32>,
}

/// Who is who in a run.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The domains, by id.
    pub domains: Vec<DomainName>,
    farmers: BTreeMap<FarmerId, u32>,
    accounts: BTreeMap<AccountId, u32>,
}

impl Names {
    /// Takes the names down.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        let domains: Vec<DomainName> = setup
            .domains
            .iter()
            .map(|domain| DomainName {
                id: domain.id,
                name: name(domain.id),
                validity: match domain.params.validity {
                    Validity::Optimistic => "optimistic",
                    Validity::Proven { .. } => "proven",
                },
                challenge_period: domain.params.challenge_period,
                operators: domain.operators.clone(),
            })
            .collect();
        let operators = domains.iter().flat_map(|domain| domain.operators.clone());
        Self {
            farmers: (0..setup.farmers)
                .map(|index| (setup.farmer(index), index))
                .collect(),
            accounts: operators
                .map(|index| (setup.account(index.into()), index))
                .collect(),
            domains,
        }
    }

    /// Returns which node made a block: whose farmer won it, or who led when it was ordered.
    #[must_use]
    pub fn farmer(&self, origin: &Origin) -> Option<u32> {
        match origin {
            Origin::Genesis(_) => None,
            Origin::Won { farmer, .. } => self.farmers.get(&farmer_id(farmer)).copied(),
            Origin::Ordered { leader, .. } => Some(*leader),
        }
    }

    /// Returns whose account it is.
    #[must_use]
    pub fn account(&self, account: &AccountId) -> String {
        match self.accounts.get(account) {
            Some(index) => format!("operator {index}"),
            None => account.0.to_string(),
        }
    }
}

fn name(id: DomainId) -> String {
    match id {
        EVM => "EVM".into(),
        LEDGER => "Ledger".into(),
        PROVEN => "Proven ledger".into(),
        DomainId(other) => format!("Domain {other}"),
    }
}
