//! A block executed once more: the same state, the same receipts, and the way back.

use crate::common::*;
use decex_core::execution::{Context, StepError};
use decex_core::state::{MemoryTree, StateTree};
use decex_evm::{Outcome, Refusal, Replay, ReplayError, Replayed, U256};
use std::num::NonZeroU32;

fn replay(
    context: &Context,
    tree: &mut MemoryTree,
    transactions: &[Vec<u8>],
    interval: u32,
    limit: u32,
) -> Result<Replayed, ReplayError> {
    let transactions: Vec<&[u8]> = transactions.iter().map(Vec::as_slice).collect();
    let block = Replay {
        context,
        messages: &[],
        transactions: &transactions,
        trace_interval: NonZeroU32::new(interval).unwrap(),
        witness_limit: limit,
    };
    engine().replay(tree, &block)
}

fn block() -> Vec<Vec<u8>> {
    let pay = Tx::default().sign(&key(0));
    vec![
        pay.clone(),
        call(0, 200_000, "set(uint256,uint256)", &[U256::ONE, U256::from(42)]).sign(&key(1)),
        call(1, 100_000, "fail()", &[]).sign(&key(1)),
        // The same bytes in another bundle.
        pay,
        call(0, 90_000, "burn()", &[]).sign(&key(2)),
    ]
}

#[test]
fn a_replay_comes_to_what_the_operator_came_to_and_leads_back() {
    for (interval, limit) in [(1, LIMIT), (2, LIMIT), (8, LIMIT), (2, 1_500)] {
        let genesis = genesis_tree(&allocations());
        let mut operator = genesis.clone();
        let ran = run_block(&engine(), &context(1), &mut operator, &block(), interval, limit);
        let mut tree = genesis.clone();
        let replayed = replay(&context(1), &mut tree, &block(), interval as u32, limit).unwrap();
        assert_eq!(replayed.root, operator.root());
        let receipts: Vec<_> = replayed.receipts.into_iter().map(Option::unwrap).collect();
        assert_eq!(receipts, ran.receipts);
        assert_eq!(receipts[3].outcome, Outcome::Refused(Refusal::NonceTooLow));
        assert_eq!(tree.update(&replayed.before).unwrap(), genesis.root());
        assert_eq!(keys_of(&tree), keys_of(&genesis));
    }
}

#[test]
fn what_is_no_transaction_is_named() {
    let mut tree = genesis_tree(&allocations());
    let mut transactions = block();
    transactions[2].push(0);
    let error = replay(&context(1), &mut tree, &transactions, 8, LIMIT).unwrap_err();
    assert_eq!(error, ReplayError::Transaction { index: 2 });
    // An empty tree has accounts without a balance, and that is an answer: nothing fails.
    let replayed = replay(&context(1), &mut MemoryTree::new(), &block(), 8, LIMIT).unwrap();
    assert!(
        replayed
            .receipts
            .iter()
            .flatten()
            .all(|receipt| !receipt.is_success())
    );
    assert!(!matches!(error, ReplayError::Step(StepError::System)));
}
