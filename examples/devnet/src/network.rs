//! Messages under way. Nothing is lost; everything takes its time, and not the same to everybody.

use crate::block::Block;
use crate::chance::{Draw, below};
use decex_receipt::Bundle;
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeMap;

/// Most slots that a message takes.
const SLOWEST: u64 = 3;

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Message {
    /// A block, to a node.
    Block(Box<Block>),
    /// A bundle, to a node.
    Bundle(Box<Bundle>),
    /// A fraud proof, to a node.
    Proof(Vec<u8>),
    /// A validity proof, to a node.
    Validity(Vec<u8>),
    /// A message that a domain has sent, with its path, to a node.
    Relayed(Vec<u8>),
    /// A user's transaction, to an operator.
    Transaction {
        /// Which operator.
        operator: u32,
        /// The transaction.
        bytes: Vec<u8>,
    },
}

/// Everything that is under way, by the slot of its arrival and the order of sending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Network {
    flying: BTreeMap<(u64, u64), (u32, Message)>,
    sent: u64,
}

impl Network {
    /// Sends a message to `node` at `slot`; it arrives in one of the next slots.
    pub fn send(&mut self, seed: u64, slot: u64, node: u32, message: Message) {
        self.sent = self.sent.saturating_add(1);
        let delay = below(seed, Draw::Delay, self.sent, node.into(), SLOWEST).saturating_add(1);
        self.flying
            .insert((slot.saturating_add(delay), self.sent), (node, message));
    }

    /// Takes what arrives in `slot`.
    pub fn arrive(&mut self, slot: u64) -> Vec<(u32, Message)> {
        let later = self.flying.split_off(&(slot.saturating_add(1), 0));
        std::mem::replace(&mut self.flying, later).into_values().collect()
    }
}
