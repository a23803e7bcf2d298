//! What the contract is instantiated with, for good.

use crate::account::account_of;
use crate::error::{ContractError, Fault};
use cosmwasm_std::{Addr, Api, Storage, Uint128, from_json, to_json_vec};
use decex_consensus::Config;
use decex_core::Balance;
use decex_core::params::HostLimits;
use serde::{Deserialize, Serialize};

/// Key of the settings.
const SETTINGS: &[u8] = b"c";

/// What the contract is instantiated with: rules of the chain from then on. No message changes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct Settings {
    /// What stakes, deposits and fees are in.
    pub denom: String,
    /// Who may begin blocks besides the chain itself. Whom operators trust for randomness.
    pub beacon: Option<String>,
    /// Milliseconds of a slot.
    pub slot_millis: u64,
    /// The longest bundle, proof or message, in bytes.
    pub message_bytes: u32,
    /// The probability that a slot has a block: numerator.
    pub slot_numerator: u64,
    /// Its denominator.
    pub slot_denominator: u64,
    /// For how many blocks a censor may keep a message out.
    pub censorship: u64,
    /// After how many blocks stake is paid back.
    pub unlock_period: u64,
    /// How many blocks late a bundle may be.
    pub submission_lag: u64,
    /// Held for a domain.
    pub domain_deposit: Uint128,
    /// Held for a channel.
    pub channel_deposit: Uint128,
    /// The least stake of an operator.
    pub minimum_stake: Uint128,
    /// The least nomination that a pool may ask for.
    pub minimum_nomination: Uint128,
    /// Whom the treasury's parts are owed to.
    pub treasury: String,
    /// The treasury's part of what is slashed, in basis points.
    pub treasury_share: u16,
    /// Epochs that an operator which was absent stays out.
    pub return_after: u64,
    /// Receipts that a block confirms or sweeps at most.
    pub work_per_block: u32,
}

impl Settings {
    /// Checks what can be checked without the chain.
    pub(crate) fn check(&self, api: &dyn Api) -> Result<(), ContractError> {
        let none = |wrong: bool, name| {
            if wrong {
                Err(ContractError::Setting(name))
            } else {
                Ok(())
            }
        };
        none(self.denom.is_empty(), "denom")?;
        none(self.slot_millis == 0, "slot_millis")?;
        none(self.minimum_stake.is_zero(), "minimum_stake")?;
        none(self.work_per_block == 0, "work_per_block")?;
        if let Some(beacon) = &self.beacon {
            api.addr_validate(beacon)?;
        }
        account_of(api, &self.treasury).map(drop)
    }

    pub(crate) fn save(&self, storage: &mut dyn Storage) -> Result<(), ContractError> {
        storage.set(SETTINGS, &to_json_vec(self)?);
        Ok(())
    }

    pub(crate) fn load(storage: &dyn Storage) -> Result<Self, ContractError> {
        let found = storage.get(SETTINGS).ok_or(Fault::Damaged)?;
        Ok(from_json(found)?)
    }

    /// Returns whether an address may begin blocks.
    pub(crate) fn is_beacon(&self, sender: &Addr) -> bool {
        self.beacon.as_deref() == Some(sender.as_str())
    }

    /// Returns what the consensus object is told.
    pub(crate) fn config(&self, api: &dyn Api) -> Result<Config, ContractError> {
        let limits = HostLimits {
            message_bytes: self.message_bytes,
            slot_numerator: self.slot_numerator,
            slot_denominator: self.slot_denominator,
            censorship: self.censorship,
            unlock_period: self.unlock_period,
            submission_lag: self.submission_lag,
        };
        Ok(Config {
            limits,
            domain_deposit: Balance(self.domain_deposit.u128()),
            channel_deposit: Balance(self.channel_deposit.u128()),
            minimum_stake: Balance(self.minimum_stake.u128()),
            minimum_nomination: Balance(self.minimum_nomination.u128()),
            treasury: account_of(api, &self.treasury)?,
            treasury_share: self.treasury_share,
            return_after: self.return_after,
            work_per_block: self.work_per_block,
        })
    }
}
