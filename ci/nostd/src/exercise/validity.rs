//! decex-proven-ledger over decex-validity: a block of nothing needs no STARK, and bytes that are none show nothing.

use super::holds;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use decex_core::execution::{Context, Input};
use decex_core::hash::digest;
use decex_core::state::StateTree;
use decex_core::transaction::{self, Summary};
use decex_core::{
    Balance, BoundedVec, ConsensusHash, ConsensusNumber, DomainId, DomainNumber, Nonce, ReceiptHash, Seed,
    Slot, Timestamp, Weight, label,
};
use decex_election::Keypair;
use decex_proven_ledger::{LedgerTree, LedgerVerifier, ProvenLedger, Transaction, TransferProof, genesis};
use decex_validity::{Transition, TransitionVerifier};
use parity_scale_codec::Encode;

pub(super) fn block_without_transfers() -> Result<(), &'static str> {
    let user = Keypair::from_seed(digest(&label::LEDGER_KEY, b"no_std").as_bytes());
    let key = *user.key().as_bytes();
    let mut tree = LedgerTree::new();
    let accounts = genesis(&[(key, 9)]).ok_or("validity: genesis")?;
    let root = tree.update(&accounts).map_err(|_| "validity: update")?;
    let context = Context {
        domain: DomainId(0),
        number: DomainNumber(1),
        parent: ReceiptHash::default(),
        consensus_number: ConsensusNumber(1),
        consensus_hash: ConsensusHash::default(),
        slot: Slot(1),
        timestamp: Timestamp(1),
        seed: Seed::default(),
        byte_price: Balance(0),
    };
    let mut transition = Transition {
        parent: root,
        context: &context,
        messages: &[],
        inputs: Vec::new(),
        trace_interval: NonZeroU32::MIN,
        witness_limit: 20_000,
        trace: &[root, root],
    };
    let verifier = LedgerVerifier(ProvenLedger { id: 0 });
    let nothing = TransferProof::default().encode();
    holds(
        verifier.verify(&transition, &nothing).is_ok(),
        "validity: a block of nothing",
    )?;
    let bytes = Transaction::sign(0, &user, 0, 0, 0, 1).to_bytes();
    let summary = Summary {
        sender: decex_proven_ledger::sender_of(&key, 0),
        nonce: Nonce(0),
        hash: transaction::hash(&bytes),
        weight: Weight(1),
        bytes: 0,
    };
    transition.inputs.push(Input {
        summary: &summary,
        bytes: &bytes,
    });
    let trace = [root, root, root];
    transition.trace = &trace;
    let forged = TransferProof {
        roots: BoundedVec::new(alloc::vec![root]).ok_or("validity: roots")?,
        stark: BoundedVec::new(alloc::vec![7; 500]).ok_or("validity: stark")?,
    };
    holds(
        verifier.verify(&transition, &forged.encode()).is_err(),
        "validity: bytes of no proof",
    )
}
