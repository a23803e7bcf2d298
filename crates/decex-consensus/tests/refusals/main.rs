//! Every rule of the object itself (K1 to K30): what it refuses, with which error, and that nothing changes then.
//! What each accepts is in `lifecycle.rs` and at the end of each test here.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod blocks;
mod bundles;
#[path = "../common/mod.rs"]
mod common;
mod equivocation;
mod operators;
mod proofs;

use common::*;
use decex_bundle::{Equivocation, InvalidBundle, InvalidEquivocation};
use decex_consensus::*;
use decex_core::list::ListTree;
use decex_core::message::ChannelId;
use decex_core::params::{LegalityMode, UnsafeParams};
use decex_core::*;
use decex_election::{Keypair, Signature};
use decex_fraud::{
    FraudPool, FraudProof, InvalidProof, JudgeError, NotPooled, NotRefuted, PoolLimits, ProofName,
};

use decex_receipt::{InvalidReceipt, InvalidReceiptEquivocation, ReceiptEquivocation, Vouched};
use decex_staking::{PoolStatus, RefusedStaking};
use decex_testkit::ledger::LedgerEngine;
use parity_scale_codec::{Decode, Encode};
use std::convert::Infallible;
use std::fmt::Debug;

type Refusal<T, I> = Result<T, CallError<I, Infallible>>;

/// Makes a call that must be refused, and checks that host and events stay as they are.
fn refused<T: Debug, I: Debug>(net: &mut Net, call: impl FnOnce(&mut Net) -> Refusal<T, I>) -> I {
    let before = net.consensus.host().clone();
    let refusal = match call(net) {
        Err(CallError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(*net.consensus.host(), before);
    refusal
}

fn possession(domain: DomainId, of: AccountId, keypair: &Keypair) -> Signature {
    keypair.sign(
        &label::REGISTRATION,
        &registration_message(domain, &of, keypair.key().as_bytes()),
    )
}
