//! Make the block that a farmer has won, of what waits in its node's pools.

use crate::block::{Block, Origin};
use crate::execute::{Executed, begin, prove, show};
use crate::member::Fact;
use crate::node::Node;
use crate::problem::Problem;
use crate::setup::{LIMITS, Setup};
use decex_election::Signature;
use decex_farmer::plot::Proven;
use parity_scale_codec::Encode;

/// Most bytes of bundles, messages and proofs in one block: no less than one message takes.
const BLOCK_BYTES: usize = 4 * 1024 * 1024;

/// A block that is being filled, on a chain that has begun it.
struct Draft {
    block: Block,
    executed: Executed,
    /// Bytes that are left.
    room: usize,
}

impl Node {
    /// Makes the block that the farmer won `slot` for, of what waits in the pools, and applies it.
    ///
    /// # Errors
    /// When the chain does not go on, or an operator cannot follow.
    pub fn farm(&mut self, setup: &Setup, slot: u64, proven: Proven) -> Result<(Block, Vec<Fact>), Problem> {
        let keypair = setup.farmer_keypair(self.index);
        let tip = self.tip();
        let (number, parent) = (tip.number.saturating_add(1), tip.hash());
        let due = self.due(number)?;
        let block = Block {
            number,
            parent,
            slot,
            origin: Origin::Won {
                farmer: *keypair.key(),
                solution: Box::new(proven.solution),
            },
            headers: due.clone(),
            proofs: Vec::new(),
            validity: Vec::new(),
            messages: Vec::new(),
            bundles: Vec::new(),
            seal: Signature([0; 64]),
        };
        let begun = begin(setup, &mut self.chain, &due, &block)?;
        let executed = Executed {
            events: begun.map_err(|error| Problem::new("a new block", error))?,
            ..Executed::default()
        };
        let mut draft = Draft {
            block,
            executed,
            room: BLOCK_BYTES,
        };
        // Fraud proofs first: what they remove makes way for what is right.
        self.include_proofs(&mut draft)?;
        self.include_validity(&mut draft);
        self.include_messages(&mut draft);
        self.include_bundles(&mut draft);
        let Draft {
            mut block, executed, ..
        } = draft;
        block.sign(&keypair);
        let facts = self.finish(block.clone(), executed)?;
        self.refresh_proofs()?;
        Ok((block, facts))
    }

    fn include_proofs(&mut self, draft: &mut Draft) -> Result<(), Problem> {
        // What became final as the block began needs no proof any more.
        self.refresh_proofs()?;
        let chosen = self.proofs.select(LIMITS.message_bytes.into());
        let chosen: Vec<Vec<u8>> = chosen.iter().map(|proof| proof.bytes().to_vec()).collect();
        for proof in chosen {
            // Judged at intake, against what is pending now: the chain has no reason to refuse it.
            let done = prove(&mut self.chain, &proof, &mut draft.executed);
            done.map_err(|error| Problem::new("a proof from the pool", error))?;
            draft.room = draft.room.saturating_sub(proof.len());
            draft.block.proofs.push(proof);
        }
        Ok(())
    }

    /// Lowest receipt first, as each is judged after the one before it.
    fn include_validity(&mut self, draft: &mut Draft) {
        for proof in self.memory.validity.values() {
            let Some(left) = draft.room.checked_sub(proof.len()) else {
                continue;
            };
            // In a block already, of a receipt that a fraud proof removed, or too early.
            if show(&mut self.chain, proof, &mut draft.executed).is_err() {
                continue;
            }
            draft.room = left;
            draft.block.validity.push(proof.clone());
        }
    }

    fn include_messages(&mut self, draft: &mut Draft) {
        for (_, message) in self.memory.messages.values() {
            let Some(left) = draft.room.checked_sub(message.len()) else {
                continue;
            };
            // Taken in already, or too early.
            let Ok(done) = self.chain.relay_message(message) else {
                continue;
            };
            draft.room = left;
            draft.executed.events.extend(done);
            draft.block.messages.push(message.clone());
        }
    }

    fn include_bundles(&mut self, draft: &mut Draft) {
        for bundle in self.memory.bundles.values() {
            let bytes = bundle.encode();
            let Some(left) = draft.room.checked_sub(bytes.len()) else {
                continue;
            };
            let Ok(done) = self.chain.submit_bundle(&bytes) else {
                continue;
            };
            draft.room = left;
            draft.executed.events.extend(done);
            draft.block.bundles.push(bundle.clone());
        }
    }
}
