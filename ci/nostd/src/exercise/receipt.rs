//! decex-receipt: what two receipts of one origin cost.

use super::holds;
use alloc::vec;
use decex_bundle::{BodyCommitment, Header, ReceiptsCommitment, SealedHeader};
use decex_core::list::ListTree;
use decex_core::{
    ConsensusNumber, Digest, DomainId, OperatorId, ReceiptHash, RuleSet, StateRoot, Window, decode_exact,
    label,
};
use decex_election::{ElectionProof, Keypair};
use decex_receipt::{ReceiptEquivocation, Vouched, genesis_receipt};
use parity_scale_codec::Encode;

fn vouch(keypair: &Keypair, window: u64, state: u8) -> Result<Vouched, &'static str> {
    let (domain, state) = (DomainId(0), StateRoot(Digest([state; 32])));
    let receipt = genesis_receipt(domain, RuleSet::default(), state, ConsensusNumber(1));
    let receipts = ListTree::new(vec![Digest::ZERO, receipt.compute_hash().0]);
    // Equivocation does not ask whether the election was won.
    let election = ElectionProof {
        window: Window(window),
        preoutput: [0; 32],
        key_commitment: [0; 32],
        input_commitment: [0; 32],
        response: [0; 32],
    };
    let header = Header {
        version: decex_bundle::VERSION,
        domain,
        operator: OperatorId(0),
        election,
        base: ReceiptHash(Digest([1; 32])),
        receipts: ReceiptsCommitment {
            root: receipts.root(),
            count: receipts.length(),
        },
        body: BodyCommitment::default(),
    };
    let seal = keypair.sign(&label::BUNDLE_SEAL, &header.compute_hash().0);
    Ok(Vouched {
        header: SealedHeader { header, seal },
        receipt,
        place: receipts.prove(1, 1).ok_or("prove a place")?,
    })
}

pub(super) fn equivocation() -> Result<(), &'static str> {
    let keypair = Keypair::from_seed(&[6; 32]);
    let first = vouch(&keypair, 1, 1)?;
    let twice = ReceiptEquivocation {
        first: first.clone(),
        second: vouch(&keypair, 2, 2)?,
    };
    let bytes = twice.encode();
    holds(
        decode_exact(&bytes, bytes.len()).as_ref() == Ok(&twice),
        "decode evidence",
    )?;
    holds(
        twice.verify(keypair.key()).is_ok(),
        "two receipts of one origin are equivocation",
    )?;
    let again = ReceiptEquivocation {
        first,
        second: vouch(&keypair, 2, 1)?,
    };
    holds(again.verify(keypair.key()).is_err(), "one receipt twice is not")
}
