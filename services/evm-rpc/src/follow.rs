//! Bring an index to where an operator is, re-organisations included.

use crate::index::{Index, IndexError, NewBlock};
use decex_core::execution::Engine;
use decex_core::state::ProvableTree;
use decex_core::{DomainNumber, ReceiptHash};
use decex_operator::Operator;
use decex_operator::decex_receipt::ReceiptView;

/// Why an index cannot follow its operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowError<H> {
    /// The block is not kept any more by operator or chain: the index was left behind. Start it anew from a state.
    #[error("block {number} is not kept any more")]
    Gone {
        /// The block.
        number: u64,
    },
    /// The index refuses the block.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The host failed.
    #[error("the host failed")]
    Host(H),
}

/// Takes back what the operator took back, executes what it executed since, and marks how far receipts are on the chain. `view` answers
/// for the consensus block that the operator followed last. Call it after each followed block.
///
/// # Errors
/// When a block is not kept any more, or its execution comes to another state than the operator's receipt names.
pub fn follow<E: Engine, T: ProvableTree, V: ReceiptView>(
    index: &mut Index,
    operator: &Operator<E, T>,
    view: &V,
) -> Result<(), FollowError<V::Error>> {
    let Some((head, _)) = operator.head() else {
        return Ok(());
    };
    while !agree(index, operator, head) {
        index.retract()?;
    }
    while index.newest().number() < head.0 {
        let number = index.newest().number().saturating_add(1);
        let parent = ReceiptHash(index.newest().hash.0.into());
        let block = collect(operator, view, DomainNumber(number), parent)?;
        index.executed(block)?;
    }
    mark(index, operator, view).map_err(FollowError::Host)
}

/// Whether the index's newest block is one of the operator's.
fn agree<E: Engine, T: ProvableTree>(index: &Index, operator: &Operator<E, T>, head: DomainNumber) -> bool {
    let newest = index.newest();
    // What the operator does not keep any more cannot be taken back by it either.
    let receipt = operator.receipt(DomainNumber(newest.number()));
    let same = receipt.is_none_or(|receipt| receipt.compute_hash().0.0 == newest.hash.0);
    newest.number() <= head.0 && same
}

/// Collects a block that the operator has executed: `parent` is the hash of the one before it. [`follow`] does it by itself; a host that keeps
/// these on disk can build an index again from genesis.
///
/// # Errors
/// When operator or chain do not keep the block any more.
pub fn collect<E: Engine, T: ProvableTree, V: ReceiptView>(
    operator: &Operator<E, T>,
    view: &V,
    number: DomainNumber,
    parent: ReceiptHash,
) -> Result<NewBlock, FollowError<V::Error>> {
    let gone = || FollowError::Gone { number: number.0 };
    let receipt = operator.receipt(number).ok_or_else(gone)?;
    let transactions = operator.scheduled(number).ok_or_else(gone)?;
    let inbox = view.inbox(operator.domain(), number).map_err(FollowError::Host)?;
    let inbox = inbox.ok_or_else(gone)?;
    Ok(NewBlock {
        context: inbox.context(parent),
        hash: receipt.compute_hash(),
        state: Some(receipt.state),
        messages: inbox.messages.to_vec(),
        transactions: transactions.into_iter().map(<[u8]>::to_vec).collect(),
    })
}

/// A block is safe when its receipt stands on the chain as the operator has it: a wrong one, on its way to be refuted, does not count.
fn mark<E: Engine, T: ProvableTree, V: ReceiptView>(
    index: &mut Index,
    operator: &Operator<E, T>,
    view: &V,
) -> Result<(), V::Error> {
    let domain = operator.domain();
    let Some(chain) = view.chain(domain)? else {
        return Ok(());
    };
    let mut included = chain.confirmed;
    while included < chain.head {
        let Some(next) = included.next() else { break };
        let on_chain = view.hash_at(domain, next)?;
        let own = index.block(next.0).map(|block| ReceiptHash(block.hash.0.into()));
        if own.is_none() || own != on_chain {
            break;
        }
        included = next;
    }
    index.mark(included.0, chain.confirmed.0);
    Ok(())
}
