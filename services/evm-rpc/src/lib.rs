#![doc = include_str!("../README.md")]

mod api;
mod desk;
mod error;
mod follow;
mod index;
mod json;
mod param;
mod server;

pub use api::{Api, Limits, METHODS};
pub use desk::{Counter, Desk, Refused, Submit, desk};
pub use error::RpcError;
pub use follow::{FollowError, collect, follow};
pub use index::{
    Bounds, Entry, EntryKind, Index, IndexError, Indexed, NewBlock, Refused as RefusedTransaction, Shared,
    Start, View, hash_of, read, write,
};
pub use server::{Server, ServerError};
