//! Fill a block: one that a farmer has won, of what waits in its node's pools, or one that an engine has ordered, of what is in it.

use crate::block::{Block, Origin};
use crate::execute::{Executed, begin, prove, show};
use crate::member::Fact;
use crate::node::Node;
use crate::ordering::Items;
use crate::problem::Problem;
use crate::setup::{LIMITS, Setup};
use decex_election::Signature;
use decex_farmer::plot::Proven;
use parity_scale_codec::Encode;

/// Most bytes of bundles, messages and proofs in one block: no less than one message takes.
pub(crate) const BLOCK_BYTES: usize = 4 * 1024 * 1024;

/// A block that is being filled, on a chain that has begun it.
struct Draft {
    block: Block,
    executed: Executed,
    /// Bytes that are left.
    room: usize,
}

impl Draft {
    /// Lets the chain execute something of so many bytes if there is room for it, and returns whether it did.
    fn take(&mut self, bytes: usize, execute: impl FnOnce(&mut Executed) -> bool) -> bool {
        let Some(left) = self.room.checked_sub(bytes) else {
            return false;
        };
        let is_taken = execute(&mut self.executed);
        if is_taken {
            self.room = left;
        }
        is_taken
    }
}

impl Node {
    /// Makes the block that the farmer won `slot` for, of what waits in the pools, and applies it.
    ///
    /// # Errors
    /// When the chain does not go on, or an operator cannot follow.
    pub fn farm(&mut self, setup: &Setup, slot: u64, proven: Proven) -> Result<(Block, Vec<Fact>), Problem> {
        let keypair = setup.farmer_keypair(self.index);
        let origin = Origin::Won {
            farmer: *keypair.key(),
            solution: Box::new(proven.solution),
        };
        let waiting = self.waiting();
        let (mut block, executed) = self.fill(setup, slot, origin, waiting)?;
        block.sign(&keypair);
        let facts = self.finish(block.clone(), executed)?;
        self.refresh_proofs()?;
        Ok((block, facts))
    }

    /// Returns what waits in the pools.
    pub(crate) fn waiting(&self) -> Items {
        let proofs = self.proofs.select(LIMITS.message_bytes.into());
        Items {
            proofs: proofs.iter().map(|proof| proof.bytes().to_vec()).collect(),
            validity: self.memory.validity.values().cloned().collect(),
            messages: self
                .memory
                .messages
                .values()
                .map(|(_, bytes)| bytes.clone())
                .collect(),
            bundles: self.memory.bundles.values().cloned().collect(),
        }
    }

    /// Begins a block on the tip and puts into it what the chain takes of `items`. The chain has executed it then; it is not sealed.
    ///
    /// # Errors
    /// When the chain does not go on.
    pub(crate) fn fill(
        &mut self,
        setup: &Setup,
        slot: u64,
        origin: Origin,
        items: Items,
    ) -> Result<(Block, Executed), Problem> {
        let tip = self.tip();
        let (number, parent) = (tip.number.saturating_add(1), tip.hash());
        let due = self.due(setup, number)?;
        let block = Block {
            number,
            parent,
            slot,
            origin,
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
        // Fraud proofs first: what they remove makes way for what is right. Validity proofs lowest receipt first, as each is judged
        // after the one before it. What is refused is in a block already, comes too early, or is against what became final meanwhile.
        let chain = &mut self.chain;
        for proof in items.proofs {
            if draft.take(proof.len(), |executed| prove(chain, &proof, executed).is_ok()) {
                draft.block.proofs.push(proof);
            }
        }
        for proof in items.validity {
            if draft.take(proof.len(), |executed| show(chain, &proof, executed).is_ok()) {
                draft.block.validity.push(proof);
            }
        }
        for message in items.messages {
            let relay = |executed: &mut Executed| {
                let relayed = chain.relay_message(&message);
                relayed.map(|events| executed.events.extend(events)).is_ok()
            };
            if draft.take(message.len(), relay) {
                draft.block.messages.push(message);
            }
        }
        for bundle in items.bundles {
            let bytes = bundle.encode();
            let submit = |executed: &mut Executed| {
                let submitted = chain.submit_bundle(&bytes);
                submitted.map(|events| executed.events.extend(events)).is_ok()
            };
            if draft.take(bytes.len(), submit) {
                draft.block.bundles.push(bundle);
            }
        }
        Ok((draft.block, draft.executed))
    }
}
