//! An EVM domain as it begins: the devnet's genesis file, and the users that a cluster plays.

use super::genesis::GenesisError;
use decex_core::Balance;
use decex_core::params::{BlockLimits, DomainParams};
use decex_core::{DomainId, Weight};
use decex_evm::{Address, Allocation, Bytes, EvmConfig, EvmEngine, Spec};
use serde::Deserialize;

/// Shared with the devnet: the accounts of a mnemonic that everybody knows, with 1,000 ETH each. Their keys are no secrets.
const FILE: &str = include_str!("../../../devnet/transactions/genesis.json");

/// What each user who is played begins with, in wei: 100 ETH.
pub(super) const PURSE: Balance = Balance(100_000_000_000_000_000_000);

/// A contract that counts each caller's calls: `storage[caller] += 1`.
pub const TALLY: Address = Address::repeat_byte(0x7a);
/// CALLER SLOAD PUSH1 1 ADD CALLER SSTORE STOP
const TALLY_CODE: [u8; 8] = [0x33, 0x54, 0x60, 0x01, 0x01, 0x33, 0x55, 0x00];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    chain_id: u64,
    spec: String,
    block_gas_limit: u64,
    base_fee: u64,
    accounts: Vec<FileAccount>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAccount {
    address: String,
    balance: String,
}

/// What the file says, for one domain.
#[derive(Clone, Debug)]
pub(super) struct EvmGenesis {
    pub(super) config: EvmConfig,
    accounts: Vec<Allocation>,
}

impl EvmGenesis {
    /// Reads the file. Each domain has a chain id of its own, so that nothing signed for one is a transaction of another.
    pub(super) fn of(domain: DomainId) -> Result<Self, GenesisError> {
        let failed = |error: &dyn std::fmt::Debug| GenesisError::new("the EVM's genesis file", error);
        let file: File = serde_json::from_str(FILE).map_err(|error| failed(&error))?;
        let spec = match file.spec.as_str() {
            "cancun" => Spec::Cancun,
            "prague" => Spec::Prague,
            other => return Err(failed(&other)),
        };
        let mut accounts = Vec::new();
        for account in &file.accounts {
            accounts.push(Allocation {
                address: account.address.parse().map_err(|error| failed(&error))?,
                balance: Balance(account.balance.parse().map_err(|error| failed(&error))?),
                ..Allocation::default()
            });
        }
        accounts.push(Allocation {
            address: TALLY,
            code: Bytes::from_static(&TALLY_CODE),
            ..Allocation::default()
        });
        Ok(Self {
            config: EvmConfig {
                chain_id: file.chain_id.saturating_add(domain.0.into()),
                spec,
                block_gas_limit: file.block_gas_limit,
                base_fee: file.base_fee,
                // No channels here: nobody sends messages.
                message_gas: 0,
            },
            accounts,
        })
    }

    pub(super) fn engine(&self) -> EvmEngine {
        EvmEngine::new(self.config)
    }

    /// The accounts of the file, and users with their purses.
    pub(super) fn accounts(&self, users: impl IntoIterator<Item = Address>) -> Vec<Allocation> {
        let users = users.into_iter().map(|address| Allocation {
            address,
            balance: PURSE,
            ..Allocation::default()
        });
        self.accounts.iter().cloned().chain(users).collect()
    }
}

/// In what an EVM domain's parameters differ from a ledger's: contracts touch more than transfers do, and a proof over a step still fits
/// into a message of this host.
pub(super) fn limits(params: DomainParams) -> DomainParams {
    DomainParams {
        block: BlockLimits {
            transactions: 256,
            bytes: 256 * 1024,
            weight: Weight(60_000_000),
        },
        transaction_bytes: 32 * 1024,
        trace_interval: 2,
        witness_limit: 256 * 1024,
        ..params
    }
}
