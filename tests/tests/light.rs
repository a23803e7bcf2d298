//! A light client over a real chain: operators prove from their state and the consensus object, another chain knows headers and
//! nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use decex_consensus::Event;
use decex_core::list::InvalidListProof;
use decex_core::state::{CompactTree, InvalidWitness, StateKey, Value};
use decex_core::{Balance, BoundedVec, ConsensusNumber, DomainId, DomainNumber, Host};
use decex_light::{
    Anchor, Anchored, FinalityRoot, InvalidLight, LightError, LightProof, Status, open, verify,
};
use decex_receipt::Receipt;
use decex_testkit::ledger::{Call, account_key};
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{await_election, extend, seal};
use decex_tests::world::{World, params, transaction, user};
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// The other chain: what its light client of the host has verified, by number, and how old it lets a header be.
#[derive(Clone, Debug, Default)]
struct Other {
    headers: BTreeMap<ConsensusNumber, FinalityRoot>,
    oldest: ConsensusNumber,
}

impl Host for Other {
    type Error = Infallible;
}

impl Anchor for Other {
    fn check(&self, header: &[u8]) -> Result<Option<Anchored>, Infallible> {
        let Ok((number, root)) = <(ConsensusNumber, FinalityRoot)>::decode(&mut &*header) else {
            return Ok(None);
        };
        let known = self.headers.get(&number) == Some(&root) && number >= self.oldest;
        Ok(known.then_some(Anchored { number, root }))
    }
}

impl Other {
    /// Takes the header of the host's newest block.
    fn follow(&mut self, world: &World) {
        let (number, root) = header(world);
        self.headers.insert(number, root);
    }
}

/// What the host puts into the header of its newest block, as far as this is about it.
fn header(world: &World) -> (ConsensusNumber, FinalityRoot) {
    let number = world.blocks.last().unwrap().info.number;
    (number, world.chain.finality_root().unwrap())
}

fn balance_key(index: usize) -> StateKey {
    account_key(&user(index))
}

/// The value under a user's key in the newest state of operator 0.
fn newest(world: &mut World, index: usize) -> Option<Value> {
    use decex_core::state::StateTree;
    world.operators[0]
        .state()
        .unwrap()
        .get(&balance_key(index))
        .unwrap()
}

/// The prover: a claim that `receipt` is the last final one, with a witness of the state after block `number`.
fn claim(world: &mut World, receipt: Receipt, number: DomainNumber, users: &[usize]) -> LightProof {
    let keys = users.iter().map(|index| balance_key(*index)).collect();
    let witness = world.operators[0].prove_after(number, &keys).unwrap().unwrap();
    let finality = world.chain.finality_proof(world.domain).unwrap().unwrap();
    LightProof::new(header(world).encode(), finality, receipt, witness).unwrap()
}

/// The prover, honestly.
fn prove(world: &mut World, users: &[usize]) -> LightProof {
    let receipt = world.chain.finalized(world.domain).unwrap().unwrap().into_inner();
    let number = receipt.number;
    claim(world, receipt, number, users)
}

fn ask(
    other: &Other,
    world: &World,
    proof: &LightProof,
    index: usize,
) -> Result<(u64, Option<Value>), InvalidLight> {
    match verify(
        other,
        &CompactTree,
        &proof.encode(),
        world.domain,
        &balance_key(index),
    ) {
        Ok(entry) => Ok((entry.number.0, entry.value.clone())),
        Err(LightError::Invalid(invalid)) => Err(invalid),
        Err(error) => panic!("{error}"),
    }
}

fn pay(world: &mut World, nonce: u64) {
    let (to, amount) = (user(200), Balance(5));
    world.send(&transaction(0, nonce, Call::Transfer { to, amount }));
}

const ROOT: InvalidLight = InvalidLight::Receipt(InvalidListProof::Root);

/// Blocks of payments, until some receipts are final and some pending. The other chain has every header.
fn busy(world: &mut World, other: &mut Other) {
    for nonce in 0..10 {
        pay(world, nonce);
        for _ in 0..3 {
            world.run(1);
            other.follow(world);
        }
    }
    let (head, confirmed) = world.heads();
    assert!(confirmed > DomainNumber(1) && head > confirmed);
}

#[test]
fn y1_y2_y3_y4_y5_a_final_state_is_shown_from_headers_alone() {
    let (mut world, mut other) = (World::new(2, params()), Other::default());
    other.follow(&world);
    // Genesis is final: who has something has it, who has nothing is shown to have nothing.
    let first = prove(&mut world, &[0, 200]);
    let genesis = newest(&mut world, 0);
    assert_eq!(ask(&other, &world, &first, 0), Ok((0, genesis.clone())));
    assert_eq!(ask(&other, &world, &first, 200), Ok((0, None)));
    // With every header comes what was final then, a little later each time, and never anything else.
    let mut shown = BTreeMap::new();
    let mut executed = BTreeMap::from([(0, genesis)]);
    for nonce in 0..10 {
        pay(&mut world, nonce);
        for _ in 0..4 {
            world.run(1);
            other.follow(&world);
            let number = world.operators[0].head().unwrap().0.0;
            executed.insert(number, newest(&mut world, 0));
            let proof = prove(&mut world, &[0, 200]);
            let (number, value) = ask(&other, &world, &proof, 0).unwrap();
            assert_eq!(DomainNumber(number), world.heads().1);
            assert_eq!(value, executed[&number], "block {number}");
            shown.insert(number, value);
        }
    }
    assert!(shown.len() > 4, "{shown:?}");
    // What the proof says besides: how the receipt became final, and how far execution is ahead.
    let proof = prove(&mut world, &[0]);
    let view = open(&other, &CompactTree, &proof.encode(), world.domain).unwrap();
    let (head, confirmed) = world.heads();
    assert_eq!(view.at(), header(&world).0);
    assert_eq!(view.attested().leaf.pending(), head.0 - confirmed.0);
    let Status::Unrefuted { accepted, since } = view.attested().leaf.status else {
        panic!("not genesis any more")
    };
    assert!(since.0 > accepted.0 + world.params.challenge_period && since <= view.at());
}

#[test]
fn y3_y4_what_is_pending_is_not_shown_as_final() {
    let (mut world, mut other) = (World::new(2, params()), Other::default());
    busy(&mut world, &mut other);
    let (head, confirmed) = world.heads();
    let receipt_at = |world: &World, number| {
        let record = world.chain.receipt_at(world.domain, number).unwrap().unwrap();
        record.receipt
    };
    // The pending receipt with its own state; with the final state; and the final receipt with the pending state.
    let pending = receipt_at(&world, head);
    for number in [head, confirmed] {
        let wrong = claim(&mut world, pending.clone(), number, &[0]);
        assert_eq!(ask(&other, &world, &wrong, 0), Err(ROOT));
    }
    let last = receipt_at(&world, confirmed);
    let wrong = claim(&mut world, last.clone(), head, &[0]);
    assert_eq!(
        ask(&other, &world, &wrong, 0),
        Err(InvalidLight::Witness(InvalidWitness::Root))
    );
    let right = claim(&mut world, last, confirmed, &[0]);
    assert!(ask(&other, &world, &right, 0).is_ok());
    // One before the last was final once. Under this header it is not the last.
    let before = confirmed.previous().unwrap();
    let old = receipt_at(&world, before);
    let wrong = claim(&mut world, old, before, &[0]);
    assert_eq!(ask(&other, &world, &wrong, 0), Err(ROOT));
}

#[test]
fn y2_y3_an_old_leaf_is_nothing_under_a_new_header_and_an_old_header_is_for_the_anchor_to_refuse() {
    let (mut world, mut other) = (World::new(2, params()), Other::default());
    busy(&mut world, &mut other);
    let mut old = prove(&mut world, &[0]);
    let known = ask(&other, &world, &old, 0).unwrap();
    let confirmed = world.heads().1;
    while world.heads().1 == confirmed {
        world.run(1);
        other.follow(&world);
    }
    // Under its own header it still says what was final then, if the anchor lets it.
    assert_eq!(ask(&other, &world, &old, 0), Ok(known));
    other.oldest = header(&world).0;
    assert_eq!(ask(&other, &world, &old, 0), Err(InvalidLight::Header));
    // Under the new one it says nothing.
    old.header = BoundedVec::new(header(&world).encode()).unwrap();
    assert_eq!(ask(&other, &world, &old, 0), Err(ROOT));
}

#[test]
fn y3_a_removed_receipt_is_never_shown() {
    let (mut world, mut other) = (World::new(3, params()), Other::default());
    pay(&mut world, 0);
    // One block of payments; nobody has vouched for it when operator 2 lies about it.
    while world.operators[2].head().unwrap().0 == DomainNumber(0) {
        let proposed = world.propose();
        let bundles: Vec<_> = proposed.into_iter().map(|(_, bundle)| bundle).collect();
        let bundled = !bundles.is_empty();
        world.produce(&bundles, &[]);
        for _ in 0..if bundled { 2 } else { 0 } {
            world.produce(&[], &[]);
        }
    }
    let election = await_election(&mut world, 2);
    let submissions = extend(&world, 2, 1, &mut |_| Some(Mutant::TraceFrom(0)));
    let lie = submissions[0].receipt.clone();
    let (_, base) = world.chain.head(world.domain).unwrap().unwrap();
    let bundle = seal(&world, 2, election, base, submissions, Vec::new());
    world.produce(&[bundle], &[]);
    other.follow(&world);
    assert_eq!(world.heads(), (lie.number, DomainNumber(0)));
    let mut tried = 0;
    let mut removed = false;
    // While it is pending, when it is removed, and long after.
    for _ in 0..40 {
        let number = world.chain.finalized(world.domain).unwrap().unwrap().number;
        for state in [DomainNumber(0), number] {
            let wrong = claim(&mut world, lie.clone(), state, &[0]);
            assert_eq!(ask(&other, &world, &wrong, 0), Err(ROOT));
            tried += 1;
        }
        let right = prove(&mut world, &[0]);
        assert!(ask(&other, &world, &right, 0).is_ok());
        for log in world.run(1) {
            let is_removal = |event: &Event| matches!(event, Event::ReceiptsRemoved { .. });
            removed |= log.events.iter().any(is_removal);
        }
        other.follow(&world);
    }
    assert!(removed && tried == 80);
    assert!(world.heads().1 >= lie.number, "the right one is final");
}

#[test]
fn k50_the_root_rolls_back_with_the_chain_and_in_no_other_way() {
    let (mut world, mut other) = (World::new(2, params()), Other::default());
    busy(&mut world, &mut other);
    let newest = header(&world).0;
    for back in 1..=5 {
        world.retract(1);
        let (number, root) = header(&world);
        assert_eq!(number.0 + back, newest.0);
        // The header of a block is made after its last call, so this is what it says.
        assert_eq!(other.headers[&number], root);
    }
}

#[test]
fn y3_each_domain_has_its_own_place() {
    let (mut world, mut other) = (World::new(2, params()), Other::default());
    let first = world.domain;
    for _ in 0..4 {
        world.add_domain(0, params());
    }
    world.focus(first);
    busy(&mut world, &mut other);
    let proof = prove(&mut world, &[0]);
    assert!(ask(&other, &world, &proof, 0).is_ok());
    for domain in 1..5 {
        let of = |domain| verify(&other, &CompactTree, &proof.encode(), domain, &balance_key(0));
        assert!(matches!(
            of(DomainId(domain)),
            Err(LightError::Invalid(InvalidLight::Receipt(_)))
        ));
    }
}
