//! Blocks as a chain has them: one node builds them, others execute what it built.

use crate::chain::{Mock, extrinsic};
use crate::mock::*;
use decex_consensus::{BlockInfo, Event, OpenCall};
use decex_testkit::chain::{Chain, Outcome, Request, Rewind};
use decex_testkit::story::{Step, Story};
use pallet_decex::decex_consensus;
use sp_runtime::traits::{Block as _, Header as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whether the step has an accepted call that `is` says.
fn has(step: &Step, is: impl Fn(&OpenCall) -> bool) -> bool {
    let mut made = step.calls.iter().zip(&step.made.outcomes);
    made.any(|(call, outcome)| {
        matches!(call, Request::Open(call) if is(call)) && matches!(outcome, Outcome::Accepted(_))
    })
}

/// Builds a block of what anybody may bring of these calls. What is invalid is left out, as by a block builder.
fn build(info: &BlockInfo, parent: &Header, calls: &[Request]) -> Block {
    set_info(*info);
    let blank = Default::default();
    let header = Header::new(info.number.0, blank, blank, parent.hash(), Default::default());
    Executive::initialize_block(&header);
    let open = calls.iter().filter(|call| matches!(call, Request::Open(_)));
    let extrinsics = open.filter_map(|call| {
        let extrinsic = extrinsic(call.clone()).unwrap();
        let applied =
            frame_support::storage::with_transaction_unchecked(|| {
                match Executive::apply_extrinsic(extrinsic.clone()) {
                    Ok(applied) => sp_runtime::TransactionOutcome::Commit(Some(applied)),
                    Err(_) => sp_runtime::TransactionOutcome::Rollback(None),
                }
            });
        applied.map(|applied| {
            applied.unwrap();
            extrinsic
        })
    });
    let extrinsics = extrinsics.collect();
    Block::new(Executive::finalize_block(), extrinsics)
}

/// Executes a block as a node does that imports it. Whatever is wrong with it panics.
fn import(info: &BlockInfo, block: Block) {
    set_info(*info);
    Executive::execute_block(block.into());
}

fn removed() -> bool {
    System::events().iter().any(|record| {
        let RuntimeEvent::Decex(pallet_decex::Event::Domain { event, .. }) = &record.event else {
            return false;
        };
        let event = parity_scale_codec::Decode::decode(&mut &**event);
        matches!(event, Ok(Event::ReceiptsRemoved { .. }))
    })
}

#[test]
fn blocks_with_bundles_and_a_fraud_proof_are_executed_by_others() {
    let story = Story::write().unwrap();
    let proven = |step: &Step| has(step, |call| matches!(call, OpenCall::SubmitProof { .. }));
    let proof = story.steps.iter().position(proven).unwrap();
    assert!(has(&story.steps[proof - 1], |call| matches!(
        call,
        OpenCall::SubmitBundle { .. }
    )));
    let mut builder = Mock::default();
    for (account, amount) in &story.endowed {
        decex_testkit::chain::Money::endow(&mut builder, *account, *amount).unwrap();
    }
    for step in &story.steps[..proof - 1] {
        builder.block(&step.block, &step.calls).unwrap();
    }
    let mut parent = builder.run(Executive::finalize_block);
    let mut importer = Mock::default();
    importer.rewind(&builder.keep().unwrap()).unwrap();

    for (step, bare) in [(&story.steps[proof - 1], 2), (&story.steps[proof], 1)] {
        let info = step.block;
        let block = builder.run(|| build(&info, &parent, &step.calls));
        assert_eq!(block.extrinsics().len(), bare, "{}", step.about);
        let before = importer.keep().unwrap();

        // Another state than the builder's, or something that would have been refused, and the block is none.
        let mut lied = block.clone();
        lied.header.state_root = Default::default();
        let mut more = block.clone();
        more.extrinsics.push(block.extrinsics()[0].clone());
        for wrong in [lied, more] {
            assert_ne!(wrong, block);
            let imported = importer.run(|| catch_unwind(AssertUnwindSafe(|| import(&info, wrong))));
            assert!(imported.is_err());
            importer.rewind(&before).unwrap();
        }

        importer.run(|| import(&info, block.clone()));
        parent = block.header().clone();
        let root = || sp_core::H256::from_slice(&sp_io::storage::root(sp_core::storage::StateVersion::V1));
        assert_eq!(importer.run(root), *parent.state_root());
        assert_eq!(builder.run(root), *parent.state_root());
    }
    assert!(
        importer.run(removed),
        "the lie is gone at who imported the block too"
    );
}
