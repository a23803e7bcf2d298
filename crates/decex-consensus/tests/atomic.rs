//! Whatever bytes arrive: no panic, and a refused call leaves every byte of the host as it was.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod common;

use common::{MemoryHost, Net, REPORTER, params, transfer};
use decex_bundle::Equivocation;
use decex_consensus::Consensus;
use decex_core::list::ListTree;
use decex_receipt::{ReceiptEquivocation, Submission, Vouched};
use parity_scale_codec::Encode;
use proptest::prelude::*;
use std::sync::LazyLock;

struct Scene {
    consensus: Consensus<MemoryHost>,
    /// A bundle with receipts and transactions, a fraud proof, an equivocation, one on receipts: each is accepted as it is.
    messages: [Vec<u8>; 4],
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let (mut net, domain) = Net::with(params(), 2);
    net.begin_many(25);
    for nonce in 0..3 {
        net.send(0, vec![transfer(0, nonce, 1), transfer(2, nonce, 1)]);
        net.begin();
    }
    let right = net.right(domain, 1).submission();
    let lie = net.lie(domain, 2, right.receipt.compute_hash(), 9);
    net.vouch(1, vec![right, lie.clone()]);
    let next = net.lie(domain, 3, lie.receipt.compute_hash(), 8);
    let base = net.right(domain, 1).receipt.compute_hash();
    let bundle = net.seal(0, base, vec![next], vec![transfer(0, 3, 1), transfer(3, 0, 1)]);
    let other = net.seal(0, base, Vec::new(), vec![transfer(0, 3, 2)]);
    let evidence = Equivocation {
        first: bundle.header.clone(),
        second: other.header,
    };
    let vouched = |receipt: &Submission| Vouched {
        header: net.seal(1, base, vec![receipt.clone()], Vec::new()).header,
        receipt: receipt.receipt.clone(),
        place: ListTree::new(vec![receipt.receipt.compute_hash().0])
            .prove(0, 1)
            .unwrap(),
    };
    let receipts = ReceiptEquivocation {
        first: vouched(&lie),
        second: vouched(&net.lie(domain, 2, base, 7)),
    };
    let proof = net.refute(domain, &lie);
    let messages = [bundle.encode(), proof, evidence.encode(), receipts.encode()];
    Scene {
        consensus: net.consensus,
        messages,
    }
});

fn submit(consensus: &mut Consensus<MemoryHost>, kind: usize, bytes: &[u8]) -> bool {
    match kind {
        0 => consensus.submit_bundle(bytes).is_ok(),
        1 => consensus.submit_proof(bytes).is_ok(),
        2 => consensus.submit_equivocation(REPORTER, bytes).is_ok(),
        _ => consensus.submit_receipt_equivocation(REPORTER, bytes).is_ok(),
    }
}

#[test]
fn the_messages_are_accepted_untouched() {
    for (kind, message) in SCENE.messages.iter().enumerate() {
        assert!(submit(&mut SCENE.consensus.clone(), kind, message), "{kind}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_refused_call_changes_nothing(
        kind in 0..4_usize,
        target in 0..4_usize,
        change in 0..4_u8,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = SCENE.messages[kind].clone();
        let at = at.index(bytes.len());
        match change {
            0 => bytes[at] ^= byte.max(1),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, byte),
            _ => { bytes.remove(at); }
        }
        let mut consensus = SCENE.consensus.clone();
        let total = consensus.host().total();
        if !submit(&mut consensus, target, &bytes) {
            prop_assert_eq!(consensus.host(), SCENE.consensus.host());
        }
        prop_assert_eq!(consensus.host().total(), total);
    }

    #[test]
    fn noise_is_refused(kind in 0..4_usize, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut consensus = SCENE.consensus.clone();
        prop_assert!(!submit(&mut consensus, kind, &bytes));
        prop_assert_eq!(consensus.host(), SCENE.consensus.host());
    }
}
