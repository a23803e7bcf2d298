#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod books;
mod calls;
mod config;
mod consensus;
mod dispatch;
mod error;
mod event;
mod finality;
mod host;
mod hub;
pub mod keys;
pub mod model;
mod queue;
mod read;
mod rounds;
mod state;
mod turnout;
mod views;

pub use calls::registration_message;
pub use config::Config;
pub use consensus::Consensus;
pub use dispatch::{AccountCall, GovernanceCall, OpenCall, Refused};
pub use error::{
    CallError, RefusedAbsence, RefusedBlock, RefusedBundle, RefusedChannel, RefusedDeregistration,
    RefusedDomain, RefusedEndowment, RefusedEquivocation, RefusedOwnerCall, RefusedProof,
    RefusedRegistration, RefusedRelay, RefusedStake, RefusedValidity, StoreError,
};
pub use event::Event;
pub use host::{Beacon, ConsensusHost, Engines, HoldError, Ledger, Store, Verifiers};
pub use model::{Access, BlockInfo};
pub use state::State;

// Part of the signatures above.
pub use decex_bundle;
pub use decex_core;
pub use decex_election;
pub use decex_fraud;
pub use decex_messaging;
pub use decex_receipt;
pub use decex_staking;
pub use decex_validity;
