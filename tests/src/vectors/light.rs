//! Rules Y: what a light proof shows to somebody who has headers.

use super::common::named;
use super::json::{Fields, hex, number, scale};
use super::{Draft, Operation, Outcome};
use decex_bundle::Verdict;
use decex_core::list::ListTree;
use decex_core::state::{Changes, CompactTree, MemoryTree, ProvableTree, StateKey, StateTree};
use decex_core::{
    BoundedVec, ConsensusNumber, Digest, DomainId, DomainNumber, Host, ReceiptHash, RuleSet, StateRoot,
};
use decex_light::{Anchor, Anchored, FinalityRoot, InvalidLight, LightError, LightProof, Status, View, open};
use decex_receipt::{FinalityLeaf, FinalityProof, Receipt, genesis_receipt};
use parity_scale_codec::{Encode, MaxEncodedLen};
use serde_json::{Value, json};
use std::convert::Infallible;

/// The operations of the light client.
pub const OPERATIONS: &[Operation] = &[Operation {
    package: "decex-light",
    name: "light.verify",
    run,
    drafts,
}];

/// A light client that accepts the headers that are listed, and says of each what is listed beside it.
struct Listed(Vec<(Vec<u8>, Anchored)>);

impl Host for Listed {
    type Error = Infallible;
}

impl Anchor for Listed {
    fn check(&self, header: &[u8]) -> Result<Option<Anchored>, Infallible> {
        let found = self.0.iter().find(|(known, _)| known == header);
        Ok(found.map(|(_, anchored)| *anchored))
    }
}

fn run(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let listed = given.each("headers").map(|header| {
        let anchored = Anchored {
            number: ConsensusNumber(header.number("number")),
            root: header.scale("root"),
        };
        (header.bytes("header"), anchored)
    });
    let (anchor, bytes) = (Listed(listed.collect()), when.bytes("proof"));
    let domain = DomainId(when.number("domain"));
    let keys: Vec<StateKey> = when.scales("keys");
    let steps = steps(domain, &bytes);
    let shown = open(&anchor, &CompactTree, &bytes, domain).and_then(|view| answer(&view, &keys));
    match shown {
        Ok(answer) => Outcome::ok(steps, answer),
        Err(LightError::Invalid(invalid)) => Outcome::err_because(steps, invalid.code(), cause(&invalid)),
        Err(error) => panic!("{error}"),
    }
}

fn answer(view: &View, keys: &[StateKey]) -> Result<Value, LightError<Infallible>> {
    let mut values = Vec::new();
    for key in keys {
        let entry = view.entry::<Infallible>(key)?;
        values.push(entry.value.as_ref().map(|value| hex(value)));
    }
    let leaf = view.attested().leaf;
    Ok(json!({
        "at": number(view.at().0),
        "number": number(leaf.number.0),
        "since": number(leaf.status.since().0),
        "pending": number(leaf.pending()),
        "values": values,
    }))
}

const fn cause(invalid: &InvalidLight) -> Option<u16> {
    match invalid {
        InvalidLight::Bytes(error) => Some(error.code()),
        InvalidLight::Receipt(error) => Some(error.code()),
        InvalidLight::Witness(error) => Some(error.code()),
        InvalidLight::Header | InvalidLight::NotCovered => None,
    }
}

/// The hashes of receipt and leaf, where there are any.
fn steps(domain: DomainId, bytes: &[u8]) -> Value {
    let Ok(proof) = LightProof::read(bytes) else {
        return json!({ "receipt": null, "leaf": null });
    };
    let receipt = proof.receipt.compute_hash();
    let leaf = FinalityLeaf {
        domain,
        number: proof.receipt.number,
        receipt,
        status: proof.finality.status,
        head: proof.finality.head,
        head_hash: proof.finality.head_hash,
    };
    json!({ "receipt": scale(&receipt), "leaf": scale(&leaf.compute_hash()) })
}

/// A host with some domains, of which one is looked at.
struct Scene {
    domains: u32,
    domain: u32,
    status: Status,
    receipt: Receipt,
    pending: Receipt,
    tree: MemoryTree,
}

const HEADER: &[u8] = b"a header of the host";

fn key(n: u64) -> StateKey {
    StateKey(named(n))
}

fn state(version: u8) -> MemoryTree {
    let entry = |n: u64| (key(n), Some(vec![version, n.to_le_bytes()[0]].into()));
    let mut tree = MemoryTree::new();
    let changes: Changes = (0..6).map(entry).collect();
    tree.update(&changes).expect("in memory");
    tree
}

fn receipt(domain: u32, number: u64, state: StateRoot) -> Receipt {
    let mut receipt = genesis_receipt(
        DomainId(domain),
        RuleSet(named(1)),
        state,
        ConsensusNumber(number * 3 + 1),
    );
    receipt.number = DomainNumber(number);
    receipt.verdicts = BoundedVec::new(vec![Verdict::Valid; 2]).expect("few");
    receipt
}

fn scene(domains: u32, domain: u32) -> Scene {
    let tree = state(1);
    Scene {
        domains,
        domain,
        status: Status::Unrefuted {
            accepted: ConsensusNumber(40),
            since: ConsensusNumber(60),
        },
        receipt: receipt(domain, 7, tree.root()),
        pending: receipt(domain, 9, state(2).root()),
        tree,
    }
}

impl Scene {
    fn leaf(&self) -> FinalityLeaf {
        FinalityLeaf {
            domain: DomainId(self.domain),
            number: self.receipt.number,
            receipt: self.receipt.compute_hash(),
            status: self.status,
            head: self.pending.number,
            head_hash: self.pending.compute_hash(),
        }
    }

    fn list(&self) -> ListTree {
        let mut leaves: Vec<Digest> = (0..self.domains).map(|n| named(1_000 + u64::from(n))).collect();
        leaves[self.domain as usize] = self.leaf().compute_hash();
        ListTree::new(leaves)
    }

    fn given(&self) -> Value {
        let root = scale(&FinalityRoot(self.list().root()));
        json!({ "headers": [{ "header": hex(HEADER), "number": 63, "root": root }] })
    }

    fn proof(&self) -> LightProof {
        let (leaf, list) = (self.leaf(), self.list());
        let siblings = list.prove(self.domain, 1).expect("in the list").siblings;
        let finality = FinalityProof {
            status: leaf.status,
            head: leaf.head,
            head_hash: leaf.head_hash,
            domains: self.domains,
            siblings: BoundedVec::new(siblings.into_inner()).expect("few levels"),
        };
        let witness = witness(&self.tree);
        LightProof::new(HEADER.to_vec(), finality, self.receipt.clone(), witness).expect("short")
    }
}

/// Of a key that is there and one that is not.
fn witness(tree: &MemoryTree) -> Vec<u8> {
    tree.prove(&[key(2), key(100)].into()).expect("in memory")
}

fn when(proof: impl Into<Value>, domain: u32, keys: &[u64]) -> Value {
    let keys: Vec<Value> = keys.iter().map(|n| scale(&key(*n))).collect();
    json!({ "proof": proof.into(), "domain": domain, "keys": keys })
}

fn drafts() -> Vec<Draft> {
    let scene = scene(6, 4);
    [
        accepted(),
        bytes(&scene),
        headers(&scene),
        leaves(&scene),
        states(&scene),
    ]
    .concat()
}

fn accepted() -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (domains, domain) in [(1, 0), (2, 1), (5, 4), (6, 4), (1_000, 517)] {
        let scene = scene(domains, domain);
        let name = format!("domain_{domain}_of_{domains}");
        let when = when(scale(&scene.proof()), domain, &[2, 100]);
        drafts.push(Draft::accepted(&name, "Y1 Y2 Y3 Y4 Y5", scene.given(), when));
    }
    let mut genesis = scene(3, 1);
    genesis.status = Status::Genesis {
        since: ConsensusNumber(1),
    };
    genesis.receipt = receipt(1, 0, genesis.tree.root());
    genesis.pending = genesis.receipt.clone();
    let when = when(scale(&genesis.proof()), 1, &[2]);
    drafts.push(Draft::accepted("genesis", "Y3", genesis.given(), when));
    drafts
}

fn bytes(scene: &Scene) -> Vec<Draft> {
    let bytes = scene.proof().encode();
    let draft = |name: &str, rules: &str, proof: Value| {
        Draft::refused(name, rules, scene.given(), when(proof, 4, &[2]))
    };
    let (_, short) = bytes.split_last().expect("not empty");
    let long = json!([{ "byte": "00", "times": LightProof::max_encoded_len() + 1 }]);
    vec![
        draft("no_bytes", "Y1 C2", hex(&[])),
        draft("a_byte_is_missing", "Y1 C2", hex(short)),
        draft("a_byte_too_many", "Y1 C3", hex(&[&bytes[..], &[0]].concat())),
        draft("longer_than_any_proof", "Y1 C1", long),
    ]
}

fn headers(scene: &Scene) -> Vec<Draft> {
    let proof = scene.proof();
    let mut other = proof.clone();
    other.header = BoundedVec::new(b"another header".to_vec()).expect("short");
    let mut none = proof;
    none.header = BoundedVec::default();
    [("a_header_of_nobody", other), ("no_header", none)]
        .map(|(name, proof)| Draft::refused(name, "Y2", scene.given(), when(scale(&proof), 4, &[2])))
        .into()
}

fn leaves(scene: &Scene) -> Vec<Draft> {
    let draft = |name: &str, cause: &str, domain: u32, change: &dyn Fn(&mut LightProof)| {
        let mut proof = scene.proof();
        change(&mut proof);
        let when = when(scale(&proof), domain, &[2]);
        Draft::refused(name, &format!("Y3 {cause}"), scene.given(), when)
    };
    let pending = |proof: &mut LightProof| {
        proof.receipt = scene.pending.clone();
        proof.witness = BoundedVec::new(witness(&state(2))).expect("short");
    };
    let since = ConsensusNumber(60);
    vec![
        draft("asked_for_another_domain", "C6", 5, &|_| {}),
        draft("asked_for_a_domain_beyond", "C4", 6, &|_| {}),
        draft("a_pending_receipt", "C6", 4, &pending),
        draft("a_receipt_with_another_state", "C6", 4, &|proof| {
            proof.receipt.state = state(2).root();
        }),
        draft("another_number", "C6", 4, &|proof| proof.receipt.number.0 += 1),
        draft("another_status", "C6", 4, &|proof| {
            proof.finality.status = Status::Genesis { since };
        }),
        draft("another_head", "C6", 4, &|proof| {
            proof.finality.head_hash = ReceiptHash(named(5));
        }),
        draft("another_number_of_domains", "C6", 4, &|proof| {
            proof.finality.domains = 5;
        }),
        draft("a_sibling_is_missing", "C5", 4, &|proof| {
            let siblings = proof.finality.siblings[1..].to_vec();
            proof.finality.siblings = BoundedVec::new(siblings).expect("fewer");
        }),
        draft("another_sibling", "C6", 4, &|proof| {
            let mut siblings = proof.finality.siblings.to_vec();
            siblings[0] = named(6);
            proof.finality.siblings = BoundedVec::new(siblings).expect("as many");
        }),
    ]
}

fn states(scene: &Scene) -> Vec<Draft> {
    let draft = |name: &str, rules: &str, witness: Vec<u8>, keys: &[u64]| {
        let mut proof = scene.proof();
        proof.witness = BoundedVec::new(witness).expect("short");
        Draft::refused(name, rules, scene.given(), when(scale(&proof), 4, keys))
    };
    let right = witness(&scene.tree);
    vec![
        draft("a_witness_of_a_pending_state", "Y4 W3", witness(&state(2)), &[2]),
        draft("no_witness", "Y4 W2", Vec::new(), &[2]),
        draft("a_key_that_is_not_covered", "Y5", right.clone(), &[3]),
        draft("one_of_the_keys_is_not_covered", "Y5", right, &[2, 101]),
    ]
}
