#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod desk;
mod earn;
mod error;
mod fees;
mod fund;
mod host;
mod pool;
mod position;
mod ratio;
mod register;
mod settle;
mod slash;
mod snapshot;
mod status;
mod withdraw;

pub use earn::{pay_blockspace, refund, reward};
pub use error::{RefusedStaking, StakingError};
pub use fees::{Settlement, settle};
pub use fund::{FUND_SHARE, Fund};
pub use host::{Changes, Now, Payment, StakingRules, StakingView};
pub use pool::{Pool, PoolStatus, PoolTerms, Price};
pub use position::{Deposit, MAX_WITHDRAWALS, Position, Value, Withdrawal};
pub use ratio::WHOLE;
pub use register::{Registration, nominate, register};
pub use slash::{Division, Slashed, slash};
pub use snapshot::Stakes;
pub use status::{deactivate, leave, reactivate};
pub use withdraw::{Extent, claim, withdraw};

// Part of the signatures above.
pub use decex_core;
