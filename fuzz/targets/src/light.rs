//! Light proofs: whatever is sent, nothing is shown that is not so.

use crate::decode::exact;
use crate::source::Source;
use decex_core::hash::digest;
use decex_core::list::ListTree;
use decex_core::state::{Changes, CompactTree, MemoryTree, ProvableTree, StateKey, StateTree, Value};
use decex_core::{BoundedVec, ConsensusNumber, DomainId, DomainNumber, Host, RuleSet, label};
use decex_light::{Anchor, Anchored, FinalityRoot, LightProof, Status, open};
use decex_receipt::{FinalityLeaf, FinalityProof, Receipt, genesis_receipt};
use parity_scale_codec::{Encode, MaxEncodedLen};
use std::convert::Infallible;
use std::sync::LazyLock;

const DOMAINS: u32 = 5;
/// How many keys a run knows; every third is absent.
const KEYS: u8 = 24;
const HEADER: &[u8] = b"the host's header";
const NUMBER: ConsensusNumber = ConsensusNumber(90);

/// A domain: its final block and one that is pending, each with the state after it.
struct Domain {
    blocks: [(Receipt, MemoryTree); 2],
    leaf: FinalityLeaf,
}

struct Chain {
    domains: Vec<Domain>,
    list: ListTree,
}

static CHAIN: LazyLock<Chain> = LazyLock::new(|| {
    let domains: Vec<Domain> = (0..DOMAINS).map(domain).collect();
    let leaves = domains.iter().map(|domain| domain.leaf.compute_hash());
    let list = ListTree::new(leaves.collect());
    Chain { domains, list }
});

fn key(n: u8) -> StateKey {
    StateKey(digest(&label::LEDGER_KEY, &[n % KEYS]))
}

fn value(domain: u32, number: u64, n: u8) -> Option<Value> {
    let n = n % KEYS;
    let bytes = (domain, number, n).encode();
    (!n.is_multiple_of(3)).then(|| bytes.into())
}

fn domain(domain: u32) -> Domain {
    let blocks = [7, 8].map(|number| {
        let mut tree = MemoryTree::new();
        let entries = (0..KEYS).filter(|n| !n.is_multiple_of(3));
        let changes: Changes = entries.map(|n| (key(n), value(domain, number, n))).collect();
        let state = tree.update(&changes).unwrap();
        let mut receipt = genesis_receipt(DomainId(domain), RuleSet::default(), state, ConsensusNumber(1));
        receipt.number = DomainNumber(number);
        (receipt, tree)
    });
    let [(last, _), (head, _)] = &blocks;
    let leaf = FinalityLeaf {
        domain: DomainId(domain),
        number: last.number,
        receipt: last.compute_hash(),
        status: Status::Unrefuted {
            accepted: ConsensusNumber(40),
            since: ConsensusNumber(60),
        },
        head: head.number,
        head_hash: head.compute_hash(),
    };
    Domain { blocks, leaf }
}

impl Host for Chain {
    type Error = Infallible;
}

impl Anchor for Chain {
    fn check(&self, header: &[u8]) -> Result<Option<Anchored>, Infallible> {
        let root = FinalityRoot(self.list.root());
        Ok((header == HEADER).then_some(Anchored { number: NUMBER, root }))
    }
}

/// Parts of true proofs of any domains and blocks put together, then changed: what is accepted is so.
pub(crate) fn verify(data: &[u8]) {
    let (chain, mut source) = (&*CHAIN, Source::new(data));
    let [path, of_receipt, of_state, asked] = [(); 4].map(|()| source.below(DOMAINS as usize));
    let [receipt, state] = [(); 2].map(|()| source.below(2));
    let leaf = chain.domains[path].leaf;
    let finality = FinalityProof {
        status: leaf.status,
        head: leaf.head,
        head_hash: leaf.head_hash,
        domains: DOMAINS,
        siblings: {
            let run = chain.list.prove(leaf.domain.0, 1).unwrap();
            BoundedVec::new(run.siblings.into_inner()).unwrap()
        },
    };
    let covered = (0..source.below(6)).map(|_| key(source.byte())).collect();
    let witness = chain.domains[of_state].blocks[state].1.prove(&covered).unwrap();
    let (receipt, _) = chain.domains[of_receipt].blocks[receipt].clone();
    let proof = LightProof::new(HEADER.to_vec(), finality, receipt, witness).unwrap();
    let honest = proof.encode();
    let mut bytes = honest.clone();
    source.edit(&mut bytes);
    exact::<LightProof>(&bytes, LightProof::max_encoded_len());

    let domain = &chain.domains[asked];
    let opened = open(chain, &CompactTree, &bytes, domain.leaf.domain);
    let belongs = [path, of_receipt, of_state].iter().all(|part| *part == asked);
    let is_final = proof.receipt == domain.blocks[0].0 && state == 0;
    if bytes == honest {
        assert_eq!(
            opened.is_ok(),
            belongs && is_final,
            "what belongs together, and nothing else"
        );
    }
    let Ok(view) = opened else { return };
    assert_eq!(view.at(), NUMBER);
    assert_eq!(view.attested().leaf, domain.leaf);
    assert_eq!(view.attested().receipt, domain.blocks[0].0);
    for n in 0..KEYS {
        if let Ok(entry) = view.entry::<Infallible>(&key(n)) {
            assert_eq!(
                entry.value,
                value(domain.leaf.domain.0, 7, n),
                "what stands there"
            );
            assert_eq!(
                (entry.domain, entry.number),
                (domain.leaf.domain, DomainNumber(7))
            );
        } else {
            assert!(
                bytes != honest || !covered.contains(&key(n)),
                "covered and not shown"
            );
        }
    }
}
