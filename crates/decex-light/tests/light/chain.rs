//! A host as its headers show it, and another chain that knows those headers.

use decex_light::decex_core::hash::digest;
use decex_light::decex_core::list::ListTree;
use decex_light::decex_core::state::{Changes, CompactTree, MemoryTree, ProvableTree, StateKey, StateTree};
use decex_light::decex_core::*;
use decex_light::decex_receipt::{FinalityLeaf, FinalityProof, Receipt, Status, genesis_receipt};
use decex_light::{Anchor, Anchored, FinalityRoot, InvalidLight, LightError, LightProof, verify};
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeSet;

/// What another chain keeps of the host's: the headers that it holds for final. A header is a number and a finality root.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    pub known: BTreeSet<Vec<u8>>,
    /// The light client itself does not answer.
    pub down: bool,
}

/// The light client does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Down;

impl Host for Headers {
    type Error = Down;
}

impl Anchor for Headers {
    fn check(&self, header: &[u8]) -> Result<Option<Anchored>, Down> {
        if self.down {
            return Err(Down);
        }
        let (number, root) = match <(ConsensusNumber, FinalityRoot)>::decode(&mut &*header) {
            Ok(header) if self.known.contains(&header.encode()) => header,
            _ => return Ok(None),
        };
        Ok(Some(Anchored { number, root }))
    }
}

/// One domain: its state after each block, and the receipts.
#[derive(Clone, Debug)]
pub struct Domain {
    pub blocks: Vec<(Receipt, MemoryTree)>,
    pub confirmed: usize,
}

/// The host, at one block.
#[derive(Clone, Debug)]
pub struct Chain {
    pub number: u64,
    pub domains: Vec<Domain>,
}

pub fn key(n: u64) -> StateKey {
    StateKey(digest(&label::EVM_ACCOUNT, &n.to_le_bytes()))
}

/// What stands under key `n` of a domain after one of its blocks.
pub fn value(domain: usize, number: usize, n: u64) -> Vec<u8> {
    (domain as u64, number as u64, n).encode()
}

impl Domain {
    fn new(domain: usize, blocks: usize, keys: u64) -> Self {
        let id = DomainId(domain as u32);
        let made = (0..=blocks).map(|number| {
            let changes: Changes = (0..keys)
                .map(|n| (key(n), Some(value(domain, number, n).into())))
                .collect();
            let mut tree = MemoryTree::new();
            let state = tree.update(&changes).unwrap();
            let mut receipt = genesis_receipt(id, RuleSet::default(), state, ConsensusNumber(1));
            receipt.number = DomainNumber(number as u64);
            (receipt, tree)
        });
        Self {
            blocks: made.collect(),
            confirmed: 0,
        }
    }
}

impl Chain {
    /// A host with domains of three blocks each, of which the first is final and the others are pending.
    pub fn new(domains: usize, keys: u64) -> Self {
        let domains = (0..domains).map(|domain| Domain {
            confirmed: 1,
            ..Domain::new(domain, 3, keys)
        });
        Self {
            number: 100,
            domains: domains.collect(),
        }
    }

    pub fn leaf(&self, domain: usize) -> FinalityLeaf {
        let Domain { blocks, confirmed } = &self.domains[domain];
        let head = &blocks.last().unwrap().0;
        FinalityLeaf {
            domain: DomainId(domain as u32),
            number: DomainNumber(*confirmed as u64),
            receipt: blocks[*confirmed].0.compute_hash(),
            status: Status::Unrefuted {
                accepted: ConsensusNumber(self.number - 30),
                since: ConsensusNumber(self.number - 10),
            },
            head: head.number,
            head_hash: head.compute_hash(),
        }
    }

    fn list(&self) -> ListTree {
        let leaves = (0..self.domains.len()).map(|domain| self.leaf(domain).compute_hash());
        ListTree::new(leaves.collect())
    }

    pub fn header(&self) -> Vec<u8> {
        (ConsensusNumber(self.number), FinalityRoot(self.list().root())).encode()
    }

    pub fn finality(&self, domain: usize) -> FinalityProof {
        let (leaf, list) = (self.leaf(domain), self.list());
        FinalityProof {
            status: leaf.status,
            head: leaf.head,
            head_hash: leaf.head_hash,
            domains: list.length(),
            siblings: BoundedVec::new(list.prove(domain as u32, 1).unwrap().siblings.to_vec()).unwrap(),
        }
    }

    pub fn witness(&self, domain: usize, number: usize, keys: &[u64]) -> Vec<u8> {
        let keys: BTreeSet<StateKey> = keys.iter().map(|n| key(*n)).collect();
        self.domains[domain].blocks[number].1.prove(&keys).unwrap()
    }

    /// The proof of these keys in the domain's final state.
    pub fn prove(&self, domain: usize, keys: &[u64]) -> LightProof {
        let Domain { blocks, confirmed } = &self.domains[domain];
        LightProof::new(
            self.header(),
            self.finality(domain),
            blocks[*confirmed].0.clone(),
            self.witness(domain, *confirmed, keys),
        )
        .unwrap()
    }

    /// Another chain that has this header.
    pub fn headers(&self) -> Headers {
        Headers {
            known: [self.header()].into(),
            down: false,
        }
    }
}

/// Asks for a key of domain `domain`: what stands there, `None` if nothing.
pub fn ask(headers: &Headers, bytes: &[u8], domain: usize, n: u64) -> Result<Option<Vec<u8>>, InvalidLight> {
    match verify(headers, &CompactTree, bytes, DomainId(domain as u32), &key(n)) {
        Ok(entry) => Ok(entry.into_inner().value.map(|value| value.to_vec())),
        Err(LightError::Invalid(invalid)) => Err(invalid),
        Err(error) => panic!("{error}"),
    }
}
