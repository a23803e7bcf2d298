//! decex-bundle: sealing, and what sealing twice costs.

use super::holds;
use alloc::vec;
use core::convert::Infallible;
use decex_bundle::{Bundle, Draft, Equivocation, Item, SealingRecord, seal_bundle};
use decex_core::{
    BoundedVec, Digest, DomainId, HeaderHash, Host, Nonce, OperatorId, ReceiptHash, SenderId, Weight, Window,
    decode_exact,
};
use decex_election::{ElectionProof, Keypair};
use decex_receipt::Submission;
use parity_scale_codec::Encode;

/// The record of an operator that forgets what it sealed.
struct Forgetful;

impl Host for Forgetful {
    type Error = Infallible;
}

impl SealingRecord for Forgetful {
    fn has_sealed(&self, _: DomainId, _: OperatorId, _: Window) -> Result<Option<HeaderHash>, Infallible> {
        Ok(None)
    }
}

fn seal(keypair: &Keypair, bytes: &[u8]) -> Result<Bundle<Submission>, &'static str> {
    // Equivocation does not ask whether the election was won.
    let election = ElectionProof {
        window: Window(1),
        preoutput: [0; 32],
        key_commitment: [0; 32],
        input_commitment: [0; 32],
        response: [0; 32],
    };
    let draft = Draft {
        domain: DomainId(0),
        operator: OperatorId(0),
        election,
        base: ReceiptHash(Digest([1; 32])),
    };
    let item = Item {
        sender: SenderId(Digest([2; 32])),
        nonce: Nonce(0),
        weight: Weight(1),
        bytes: BoundedVec::new(bytes.to_vec()).ok_or("a short transaction")?,
    };
    let sealed = seal_bundle(&Forgetful, keypair, &draft, vec![], vec![item]).map_err(|_| "seal a bundle")?;
    Ok(sealed.into_bundle())
}

pub(super) fn equivocation() -> Result<(), &'static str> {
    let keypair = Keypair::from_seed(&[6; 32]);
    let first = seal(&keypair, b"one")?;
    let bytes = first.encode();
    holds(
        decode_exact(&bytes, bytes.len()).as_ref() == Ok(&first),
        "decode a bundle",
    )?;
    let second = seal(&keypair, b"two")?.header;
    let first = first.header;
    let twice = Equivocation {
        first: first.clone(),
        second,
    };
    holds(
        twice.verify(keypair.key()).is_ok(),
        "two headers for one window are equivocation",
    )?;
    let same = Equivocation {
        first: first.clone(),
        second: first,
    };
    holds(same.verify(keypair.key()).is_err(), "one header twice is not")
}
