//! The whole protocol in one process: a demonstration chain of a few farmers, an EVM domain and a ledger that send
//! messages to each other, a ledger whose receipts are proven, operators of which one lies, users with a file of signed
//! transactions.
//!
//! Farmers plot the history of their own chain and win blocks with it (`decex-farmer`, `decex-storage-audit`); what a block's
//! solution yields seeds the schedules and, epochs later, the elections. `decex-consensus` runs on every node, `decex-operator`
//! for every operator, `decex-evm` is the domain. The chain around them is for demonstration: [`entropy`] says what it
//! lacks. An engine from outside can order blocks in the farmers' place: [`ordering`].

pub mod args;
pub mod audit;
pub mod block;
pub mod chance;
pub mod cli;
pub mod domains;
pub mod entropy;
pub mod execute;
pub mod farm;
pub mod farming;
pub mod feed;
pub mod history;
pub mod host;
pub mod import;
pub mod liar;
pub mod live;
pub mod make;
pub mod member;
pub mod messages;
pub mod network;
pub mod node;
pub mod ordered;
pub mod ordering;
pub mod payments;
pub mod problem;
pub mod progress;
pub mod proven;
pub mod prover;
pub mod relayer;
pub mod replay;
pub mod retrace;
pub mod rpc;
pub mod rules;
pub mod run;
pub mod saved;
pub mod setup;
pub mod simulation;
pub mod store;
pub mod summarize;
pub mod summary;
pub mod traffic;
pub mod tree;
pub mod ui;
