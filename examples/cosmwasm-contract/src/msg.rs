//! Messages. Calls are SCALE within JSON: the same bytes on every host.

use crate::settings::Settings;
use cosmwasm_std::{Binary, Uint128};
use serde::{Deserialize, Serialize};

/// Begins the contract's life.
pub type InstantiateMsg = Settings;

/// What the contract cannot know of a block by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct Beginning {
    /// The hash of the block before: 32 bytes.
    pub parent_hash: Binary,
    /// Fresh randomness, for schedules: 32 bytes.
    pub randomness: Binary,
    /// The beacon's randomness of this block's slot, for elections: 32 bytes.
    pub beacon: Binary,
    /// What a byte of blockspace costs.
    pub byte_price: Uint128,
    /// Who made the block: owed the blockspace of its bundles.
    pub farmer: String,
}

/// Messages of everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ExecuteMsg {
    /// A SCALE-encoded `AccountCall`, in the sender's name. What it needs is held from the coins attached and from what the contract owes
    /// to the sender; what is left of the attached ones goes back.
    Call {
        /// The bytes.
        call: Binary,
    },
    /// A SCALE-encoded `OpenCall`. Takes no coins.
    Open {
        /// The bytes.
        call: Binary,
    },
    /// Pays the sender all that the contract owes to it.
    Withdraw {},
    /// Begins a block: only from the beacon's address.
    Begin(Beginning),
}

/// Messages of the chain itself: a module that calls the contract in each block, and governance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SudoMsg {
    /// Begins a block.
    Begin(Beginning),
    /// A SCALE-encoded `GovernanceCall`.
    Govern {
        /// The bytes.
        call: Binary,
    },
}

/// Questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum QueryMsg {
    /// What the consensus object's store holds under a key: [`Value`].
    Value {
        /// The key.
        key: Binary,
    },
    /// What the contract owes to an address, and the account that it is: [`Credit`].
    Credit {
        /// The address.
        address: String,
    },
    /// The sums: `custody`, `owed`, `burned`, as [`Credit`] has amounts.
    Books {},
    /// How far a domain is: [`ChainOf`], `null` if there is none.
    Chain {
        /// Its number.
        domain: u32,
    },
    /// The finality root, for light clients: 32 bytes.
    Finality {},
}

/// A value of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// The value, `null` if there is none.
    pub value: Option<Binary>,
}

/// What is owed to an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The account of the address: 32 bytes.
    pub account: Binary,
    /// How much.
    pub amount: Uint128,
}

/// The contract's sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Held for the consensus object.
    pub custody: Uint128,
    /// Owed to accounts.
    pub owed: Uint128,
    /// Burned until now.
    pub burned: Uint128,
}

/// A domain's receipt chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainOf {
    /// The last final receipt's number.
    pub confirmed: u64,
    /// The last accepted one's.
    pub head: u64,
    /// Its hash: 32 bytes.
    pub head_hash: Binary,
}
