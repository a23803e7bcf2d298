//! What an operator must find again after a restart, as key–value writes that the caller commits.
//!
//! The operator does no I/O. Every call collects what changed; the caller takes the writes and commits them in one
//! transaction together with its own record of how far it has followed the consensus chain. A bundle may be sent only
//! after the writes that came with it are committed: its seal is among them (rule O12).

use crate::history::Undo;
use crate::operator::StartError;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use decex_bundle::Item;
use decex_core::codec::{BoundedVec, DecodeError, decode_exact};
use decex_core::id::{
    ConsensusHash, ConsensusNumber, DomainNumber, HeaderHash, ReceiptHash, StateRoot, Window,
};
use decex_core::params::MAX_BUNDLE_TRANSACTIONS;
use decex_core::state::{Changes, StateKey, StateTree, Value};
use decex_fraud::FraudProof;
use decex_receipt::{Openings, Receipt};
use parity_scale_codec::{Decode, Encode};

/// One durable change: the new value under a key, `None` where it is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The key. Its first byte says what it holds.
    pub key: Vec<u8>,
    /// The new value.
    pub value: Option<Vec<u8>>,
}

/// A domain block as this operator executed it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Executed {
    pub(crate) hash: ReceiptHash,
    pub(crate) receipt: Receipt,
    pub(crate) openings: Openings,
    /// The bundles of its inbox, in canonical order.
    pub(crate) bundles: Vec<HeaderHash>,
}

/// What was published beside a receipt on the chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Published {
    pub(crate) number: DomainNumber,
    pub(crate) openings: Openings,
}

/// One followed consensus block, and what following it brought.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Followed {
    pub(crate) number: ConsensusNumber,
    pub(crate) hash: ConsensusHash,
    pub(crate) bodies: Vec<HeaderHash>,
    pub(crate) openings: Vec<ReceiptHash>,
    pub(crate) executed: u64,
}

/// The transactions of one included bundle.
pub(crate) type Body = BoundedVec<Item, MAX_BUNDLE_TRANSACTIONS>;

/// Where things stand.
const STATE: u8 = 0;
const BLOCK: u8 = 1;
const UNDO: u8 = 2;
const FOLLOWED: u8 = 3;
const BODY: u8 = 4;
const OPENINGS: u8 = 5;
const SEAL: u8 = 6;
const OLDEST: u8 = 7;
const CHALLENGE: u8 = 8;

fn key(kind: u8, name: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len().saturating_add(1));
    key.push(kind);
    key.extend_from_slice(name);
    key
}

/// Writes not yet taken by the caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes(Vec<Write>);

impl Writes {
    pub(crate) fn take(&mut self) -> Vec<Write> {
        core::mem::take(&mut self.0)
    }

    fn put(&mut self, kind: u8, name: &[u8], value: Option<Vec<u8>>) {
        self.0.push(Write {
            key: key(kind, name),
            value,
        });
    }

    pub(crate) fn state(&mut self, changes: &Changes) {
        for (name, value) in changes {
            self.put(STATE, name.0.as_ref(), value.as_ref().map(|value| value.to_vec()));
        }
    }

    pub(crate) fn block(&mut self, number: DomainNumber, block: Option<(&Executed, &Undo)>) {
        let name = number.0.to_be_bytes();
        self.put(BLOCK, &name, block.map(|(executed, _)| executed.encode()));
        self.put(UNDO, &name, block.map(|(_, undo)| undo.encode()));
    }

    pub(crate) fn followed(&mut self, number: ConsensusNumber, followed: Option<&Followed>) {
        self.put(FOLLOWED, &number.0.to_be_bytes(), followed.map(Encode::encode));
    }

    pub(crate) fn body(&mut self, header: &HeaderHash, body: Option<&Body>) {
        self.put(BODY, header.0.as_ref(), body.map(Encode::encode));
    }

    pub(crate) fn openings(&mut self, receipt: &ReceiptHash, openings: Option<&Published>) {
        self.put(OPENINGS, receipt.0.as_ref(), openings.map(Encode::encode));
    }

    pub(crate) fn seal(&mut self, window: Window, header: Option<&HeaderHash>) {
        self.put(SEAL, &window.0.to_be_bytes(), header.map(Encode::encode));
    }

    pub(crate) fn challenge(&mut self, number: DomainNumber, proof: Option<&FraudProof>) {
        self.put(CHALLENGE, &number.0.to_be_bytes(), proof.map(Encode::encode));
    }

    pub(crate) fn oldest(&mut self, number: DomainNumber) {
        self.put(OLDEST, &[], Some(number.encode()));
    }
}

/// Why stored entries are not an operator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorruptStore {
    /// A key or value that no operator wrote.
    #[error("an entry of kind {kind} does not decode")]
    Entry {
        /// The first byte of its key.
        kind: u8,
    },
    /// Something that must be there is not.
    #[error("the entries are incomplete")]
    Incomplete,
}

/// Everything read back.
#[derive(Debug, Default)]
pub(crate) struct Restored {
    pub(crate) state: Changes,
    pub(crate) oldest: Option<DomainNumber>,
    pub(crate) blocks: BTreeMap<DomainNumber, Executed>,
    pub(crate) undo: BTreeMap<DomainNumber, Undo>,
    pub(crate) followed: VecDeque<Followed>,
    pub(crate) bodies: BTreeMap<HeaderHash, Body>,
    pub(crate) openings: BTreeMap<ReceiptHash, Published>,
    pub(crate) seals: BTreeMap<Window, HeaderHash>,
    pub(crate) challenges: BTreeMap<DomainNumber, FraudProof>,
}

impl Restored {
    pub(crate) fn read(entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Result<Self, CorruptStore> {
        let mut restored = Self::default();
        let mut followed = BTreeMap::new();
        for (key, value) in entries {
            let (&kind, name) = key.split_first().ok_or(CorruptStore::Incomplete)?;
            let corrupt = |_: DecodeError| CorruptStore::Entry { kind };
            match kind {
                STATE => {
                    let name = StateKey(whole(name).map_err(corrupt)?);
                    restored.state.insert(name, Some(Value::from(value)));
                }
                BLOCK => {
                    restored
                        .blocks
                        .insert(DomainNumber(number(name, kind)?), whole(&value).map_err(corrupt)?);
                }
                UNDO => {
                    restored
                        .undo
                        .insert(DomainNumber(number(name, kind)?), whole(&value).map_err(corrupt)?);
                }
                FOLLOWED => {
                    followed.insert(number(name, kind)?, whole(&value).map_err(corrupt)?);
                }
                BODY => {
                    restored.bodies.insert(
                        HeaderHash(whole(name).map_err(corrupt)?),
                        whole(&value).map_err(corrupt)?,
                    );
                }
                OPENINGS => {
                    let name = ReceiptHash(whole(name).map_err(corrupt)?);
                    restored.openings.insert(name, whole(&value).map_err(corrupt)?);
                }
                SEAL => {
                    restored
                        .seals
                        .insert(Window(number(name, kind)?), whole(&value).map_err(corrupt)?);
                }
                CHALLENGE => {
                    let number = DomainNumber(number(name, kind)?);
                    restored
                        .challenges
                        .insert(number, whole(&value).map_err(corrupt)?);
                }
                OLDEST => restored.oldest = Some(whole(&value).map_err(corrupt)?),
                kind => return Err(CorruptStore::Entry { kind }),
            }
        }
        restored.followed = followed.into_values().collect();
        Ok(restored)
    }

    /// Checks that the kept blocks are one chain from `oldest` on, and that each leads back from its own state to the state
    /// of the one before. `tree` is the newest state. Returns the ways back, oldest first.
    pub(crate) fn take_ways_back<T: StateTree>(
        &mut self,
        oldest: DomainNumber,
        mut tree: T,
    ) -> Result<VecDeque<Undo>, StartError> {
        let mut ways = VecDeque::new();
        let mut number = self.newest()?;
        while number > oldest {
            let block = self.named_block(number, tree.root())?;
            let whole = block
                .bundles
                .iter()
                .all(|header| self.bodies.contains_key(header));
            let before = number.previous().ok_or(CorruptStore::Incomplete)?;
            let follows = self
                .blocks
                .get(&before)
                .is_some_and(|parent| parent.hash == block.receipt.parent);
            if !whole || !follows {
                return Err(CorruptStore::Incomplete.into());
            }
            let undo = self.undo.remove(&number).ok_or(CorruptStore::Incomplete)?;
            tree.update(&undo.way_back())?;
            ways.push_front(undo);
            number = before;
        }
        self.named_block(oldest, tree.root())?;
        Ok(ways)
    }

    fn newest(&self) -> Result<DomainNumber, CorruptStore> {
        let newest = self.blocks.keys().next_back();
        newest.copied().ok_or(CorruptStore::Incomplete)
    }

    /// Returns block `number` if it stands under its own number and hash, and ends in `state`.
    fn named_block(&self, number: DomainNumber, state: StateRoot) -> Result<&Executed, CorruptStore> {
        let block = self.blocks.get(&number).ok_or(CorruptStore::Incomplete)?;
        let receipt = &block.receipt;
        let named =
            receipt.number == number && receipt.state == state && receipt.compute_hash() == block.hash;
        named.then_some(block).ok_or(CorruptStore::Incomplete)
    }

    /// Checks that the followed consensus blocks are there, one after the other.
    pub(crate) fn check_followed(&self) -> Result<(), CorruptStore> {
        let pairs = self.followed.iter().zip(self.followed.iter().skip(1));
        let mut steps = pairs.map(|(one, next)| one.number.0.checked_add(1) == Some(next.number.0));
        let whole = !self.followed.is_empty() && steps.all(|step| step);
        whole.then_some(()).ok_or(CorruptStore::Incomplete)
    }
}

fn whole<T: Decode>(bytes: &[u8]) -> Result<T, DecodeError> {
    decode_exact(bytes, usize::MAX)
}

fn number(name: &[u8], kind: u8) -> Result<u64, CorruptStore> {
    name.try_into()
        .map(u64::from_be_bytes)
        .map_err(|_| CorruptStore::Entry { kind })
}
