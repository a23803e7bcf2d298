//! What `cargo fuzz` runs, as ordinary functions: one for each decoder, verifier and state machine of the protocol crates.
//!
//! A target takes any bytes and panics only if something that must hold does not. It asserts more than that nothing
//! crashes: what decodes encodes to the same bytes, what is accepted is true, what is refused changes nothing. Each room
//! holds one family; [`TARGETS`] is the list of all. `fuzz/README.md` says how to run them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::missing_panics_doc,
    clippy::wildcard_enum_match_arm,
    reason = "a target is a test: what must hold and does not must stop it"
)]

mod archive;
mod audit;
#[allow(unused_imports, reason = "the tests' own books; a part of them")]
#[path = "../../../crates/decex-staking/tests/common/mod.rs"]
mod books;
mod bundle;
mod chain;
mod channels;
pub mod corpus;
mod decode;
mod election;
mod equivocation;
#[cfg(feature = "evm")]
mod evm;
mod follow;
mod fraud;
mod fraud_pool;
#[allow(
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    reason = "the tests' own hub; a part of it"
)]
#[path = "../../../crates/decex-messaging/tests/hub/world.rs"]
mod hub;
mod light;
mod lists;
mod plot;
mod pool;
mod reader;
mod receipt;
mod restore;
mod scene;
mod schedule;
mod source;
mod staging;
mod staking;
mod staking_any;
mod store;
mod town;
mod vouching;
mod witness;

pub use source::Source;

/// A target: any bytes, and a panic if something that must hold does not.
pub type Target = fn(&[u8]);

/// Every target, by the name that its corpus and its fuzzing binary have too.
pub const TARGETS: &[(&str, Target)] = &[
    ("decode_bundle", decode::bundle),
    ("decode_header", decode::header),
    ("decode_receipt", decode::receipt),
    ("decode_submission", decode::submission),
    ("decode_fraud_proof", decode::fraud_proof),
    ("decode_equivocation", decode::equivocation),
    ("decode_receipt_equivocation", decode::receipt_equivocation),
    ("decode_list_proof", decode::list_proof),
    ("decode_refutation", decode::refutation),
    ("decode_election", decode::election),
    ("decode_store", store::decode_store),
    ("decode_staking", staking_any::decode),
    ("decode_relayed", channels::decode),
    ("decode_solution", audit::decode),
    ("decode_piece", archive::piece),
    ("decode_segment_header", archive::header),
    ("ledger_transaction", pool::ledger_transaction),
    #[cfg(feature = "evm")]
    ("evm_transaction", evm::transaction),
    ("list_run", lists::run),
    ("list_absence", lists::absence),
    ("state_witness", witness::state_witness),
    ("verify_election", election::election),
    ("verify_signature", election::signature),
    ("verify_solution", audit::solution),
    ("verify_light", light::verify),
    ("header_chain", archive::chain),
    ("archive_read", reader::read),
    ("open_plot", plot::open),
    ("resume_staging", staging::resume),
    ("verify_refutation", schedule::refutation),
    ("verify_fraud_right", fraud::right),
    ("verify_fraud_wrong", fraud::wrong),
    ("verify_equivocation", equivocation::equivocation),
    ("verify_receipt_equivocation", vouching::receipt_equivocation),
    ("include_bundle", bundle::include),
    ("submit_receipt", receipt::submit_receipt),
    ("fraud_pool", fraud_pool::pool),
    ("consensus", chain::consensus),
    ("staking", staking::calls),
    ("channels", channels::script),
    ("staking_any", staking_any::any),
    ("operator_restore", restore::restore),
    ("operator_follow", follow::follow),
    ("operator_pool", pool::pool),
];

/// Runs the target of this name: what the fuzzing binaries call.
///
/// # Panics
/// When there is none, or the target finds something.
pub fn run(name: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|(target, _)| *target == name);
    let (_, target) = found.unwrap_or_else(|| panic!("no target {name}"));
    target(data);
}
