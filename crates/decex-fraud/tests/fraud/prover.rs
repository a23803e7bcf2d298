//! What executing and proving refuse to work with, instead of making a receipt of the wrong block or looking for a fault where there is
//! none to find.

use crate::world::{ENGINE, REPORTER, States, World};
use decex_bundle::{Item, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::execution::{Account, Context, Effects, Engine, Facts, Input, NotATransaction};
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_core::message::Message;
use decex_core::state::{Halt, StateAccess, StateCommitment, StateKey};
use decex_fraud::{ExecuteError, ProveError, execute, prove};
use decex_receipt::{Openings, Receipt};
use decex_testkit::ledger::{LedgerEngine, account_key};

#[test]
fn only_the_block_of_the_inbox_is_executed_at_its_parents_state() {
    let world = World::new();
    let run = |engine: &dyn Engine, at: usize, bodies: usize| {
        let bodies: Vec<&[Item]> = world.bodies.iter().take(bodies).map(Vec::as_slice).collect();
        let mut tree = world.past[at].1.clone();
        let states = &mut States(&world.past);
        let parent = world.parent();
        execute(
            engine,
            &world.params,
            &world.inbox,
            parent,
            &bodies,
            states,
            &mut tree,
        )
        .map(|executed| executed.receipt)
    };
    let bodies = world.bodies.len();
    assert_eq!(run(&ENGINE, 1, bodies).as_ref(), Ok(&world.right.receipt));
    let other = LedgerEngine { version: 1 };
    assert_eq!(run(&other, 1, bodies), Err(ExecuteError::Rules));
    assert_eq!(run(&ENGINE, 0, bodies), Err(ExecuteError::Parent));
    assert_eq!(run(&ENGINE, 1, bodies - 1), Err(ExecuteError::Bodies));
}

/// Proves the right receipt wrong by a local execution whose receipt is changed.
fn by_another(change: impl FnOnce(&mut Receipt)) -> ProveError<std::convert::Infallible> {
    let mut world = World::new();
    let (claim, openings) = (world.right_claim(), world.right.openings.clone());
    change(&mut world.right.receipt);
    prove(&ENGINE, &claim, &openings, &mut world, REPORTER).unwrap_err()
}

#[test]
fn a_local_execution_of_another_block_proves_nothing() {
    assert_eq!(
        by_another(|right| right.domain = DomainId(8)),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.number = DomainNumber(3)),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.parent = ReceiptHash(Digest([1; 32]))),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.rules = RuleSet(Digest([1; 32]))),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.consensus_number = ConsensusNumber(1)),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.consensus_hash = ConsensusHash(Digest([1; 32]))),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.seed = Seed(Digest([1; 32]))),
        ProveError::OtherBlock
    );
    let fewer = |right: &mut Receipt| {
        let mut verdicts: Vec<Verdict> = right.verdicts.to_vec();
        verdicts.pop();
        right.verdicts = BoundedVec::new(verdicts).unwrap();
    };
    assert_eq!(by_another(fewer), ProveError::OtherBlock);
}

/// Proves a wrong receipt wrong by openings that are changed.
fn by_openings(change: impl FnOnce(&mut Openings)) -> ProveError<std::convert::Infallible> {
    let mut world = World::new();
    let (claim, mut openings) = world.lie(|receipt, _| receipt.state = StateRoot(Digest([66; 32])));
    change(&mut openings);
    prove(&ENGINE, &claim, &openings, &mut world, REPORTER).unwrap_err()
}

#[test]
fn openings_of_another_receipt_prove_nothing() {
    let schedule = by_openings(|openings| openings.schedule = BoundedVec::default());
    assert_eq!(schedule, ProveError::Openings);
    let trace = by_openings(|openings| openings.trace = BoundedVec::default());
    assert_eq!(trace, ProveError::Openings);
}

/// The ledger, but to open a block it looks at other keys than to close it.
struct Peeking;

impl Peeking {
    fn key(user: u8) -> StateKey {
        account_key(&crate::world::sender(user))
    }
}

impl Engine for Peeking {
    fn rule_set(&self) -> RuleSet {
        ENGINE.rule_set()
    }
    fn commitment(&self) -> &dyn StateCommitment {
        ENGINE.commitment()
    }
    fn inspect(&self, transaction: &[u8]) -> Result<Facts, NotATransaction> {
        ENGINE.inspect(transaction)
    }
    fn account(&self, state: &mut dyn StateAccess, sender: &SenderId) -> Result<Account, Halt> {
        ENGINE.account(state, sender)
    }
    fn begin(&self, context: &Context, state: &mut dyn StateAccess) -> Result<(), Halt> {
        state.get(&Self::key(1))?;
        ENGINE.begin(context, state)
    }
    fn receive(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        ENGINE.receive(context, state, message)
    }
    fn refuse(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        ENGINE.refuse(context, state, message)
    }
    fn apply(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        ENGINE.apply(context, state, input)
    }
    fn exceed(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        ENGINE.exceed(context, state, input)
    }
    fn finish(&self, context: &Context, state: &mut dyn StateAccess) -> Result<Effects, Halt> {
        state.get(&Self::key(3))?;
        ENGINE.finish(context, state)
    }
}

#[test]
fn the_witness_of_the_first_and_the_last_step_covers_what_that_step_reads() {
    let last = World::new().right.openings.trace.len() - 1;
    for step in [0, last] {
        let mut world = World::new();
        let (claim, openings) = world.lie(|receipt, openings| {
            let mut trace = openings.trace.to_vec();
            trace[step] = StateRoot(Digest([66; 32]));
            receipt.state = *trace.last().unwrap();
            openings.trace = BoundedVec::new(trace).unwrap();
        });
        let proof = prove(&Peeking, &claim, &openings, &mut world, REPORTER);
        assert!(matches!(proof, Ok(Some(_))), "{step}: {proof:?}");
    }
}
