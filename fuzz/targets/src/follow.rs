//! The operator as a state machine: blocks, re-organisations, restarts and pruning in any order lead to the same heads.

use crate::scene::{identity, restored};
use crate::source::Source;
use decex_core::{ConsensusHash, DomainNumber, ReceiptHash};
use decex_operator::{ConsensusBlock, FollowError, Genesis, Operator, PoolLimits, Write};
use decex_receipt::{Bundle, genesis_receipt};
use decex_testkit::ledger::{Call, LedgerEngine};
use decex_tests::world::Block;
use decex_tests::world::{Chain, ENGINE, World, genesis_state, params, transaction, user};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A block of one of the branches, and what the chain and an honest operator say after it.
struct Step {
    block: Block,
    after: Chain,
    head: (DomainNumber, ReceiptHash),
}

/// Two branches of one chain.
struct Branches {
    genesis: Genesis,
    params: decex_core::params::CheckedParams,
    /// By parent: at most one block of each branch.
    next: BTreeMap<ConsensusHash, Vec<Step>>,
    /// What the operator's head is before it has followed anything.
    first: (DomainNumber, ReceiptHash),
}

static BRANCHES: LazyLock<Branches> = LazyLock::new(|| {
    let mut world = World::new(2, params());
    let created = world.blocks[0].info.number;
    let receipt = genesis_receipt(world.domain, world.params.rules, world.params.genesis, created);
    let mut branches = Branches {
        genesis: Genesis {
            created,
            created_hash: world.blocks[0].hash,
            receipt: receipt.clone(),
            state: genesis_state(),
        },
        params: world.params.clone(),
        next: BTreeMap::new(),
        first: (receipt.number, receipt.compute_hash()),
    };
    grow(&mut world, 26, 0);
    record(&mut branches, &world, 1);
    // Back to the middle, and another way from there.
    world.retract(8);
    world.branch += 1;
    let fork = world.blocks.len();
    grow(&mut world, 10, 100);
    record(&mut branches, &world, fork);
    branches
});

fn grow(world: &mut World, blocks: usize, nonce: u64) {
    for at in 0..blocks {
        let call = Call::Transfer {
            to: user(30),
            amount: decex_core::Balance(1),
        };
        let from = at % 3 + usize::from(nonce > 0) * 3;
        world.send(&transaction(from, at as u64 / 3, call));
        world.run(1);
    }
}

fn record(branches: &mut Branches, world: &World, from: usize) {
    // A fresh operator that only ever follows says what is right.
    let mut operator = fresh(branches);
    for at in 1..world.blocks.len() {
        let (block, after) = (world.blocks[at].clone(), world.chain_after(at));
        apply(&mut operator, &block, &after).expect("an honest chain");
        if at >= from {
            let step = Step {
                block,
                after,
                head: operator.head().expect("a head"),
            };
            branches
                .next
                .entry(step.block.info.parent_hash)
                .or_default()
                .push(step);
        }
    }
}

fn fresh(branches: &Branches) -> Operator<LedgerEngine> {
    Operator::new(
        identity(0),
        ENGINE,
        branches.params.clone(),
        branches.genesis.clone(),
        PoolLimits::default(),
    )
    .expect("the domain's genesis")
}

fn apply(
    operator: &mut Operator<LedgerEngine>,
    block: &Block,
    after: &Chain,
) -> Result<(), FollowError<decex_consensus::StoreError<std::convert::Infallible>>> {
    let bundles: Vec<&Bundle> = block.bundles.iter().collect();
    let block = ConsensusBlock {
        number: block.info.number,
        hash: block.hash,
        parent: block.info.parent_hash,
        byte_price: block.info.byte_price,
        bundles: &bundles,
    };
    operator.follow(&after.state(), &block).map(drop)
}

type Disk = BTreeMap<Vec<u8>, Vec<u8>>;

/// A disk in the middle of the first branch, and the block after it.
static MIDDLE: LazyLock<(Disk, &'static Step)> = LazyLock::new(|| {
    let mut run = Run::start();
    for _ in 0..12 {
        run.forward(0);
    }
    let next = &BRANCHES.next[&run.tip()][0];
    (run.disk, next)
});

/// Returns an operator that was just restarted with these bounds and has seen one block since, so it knows prices.
pub(crate) fn restarted(bounds: PoolLimits) -> Operator<LedgerEngine> {
    let (disk, next) = &*MIDDLE;
    let params = BRANCHES.params.clone();
    let mut operator =
        Operator::restore(identity(0), ENGINE, params, disk.clone(), bounds).expect("its own writes");
    apply(&mut operator, &next.block, &next.after).expect("the next block");
    operator
}

/// An operator and what the model knows of it.
struct Run {
    operator: Operator<LedgerEngine>,
    disk: Disk,
    /// The blocks that it followed, oldest first, and how far back it can still go.
    path: Vec<&'static Step>,
    kept: usize,
}

/// Follows, leaves, forgets and restarts in any order.
pub(crate) fn follow(data: &[u8]) {
    let mut source = Source::new(data);
    let mut run = Run::start();
    for _ in 0..40 {
        if source.is_empty() {
            return;
        }
        match source.byte() % 8 {
            0..=2 => {
                for _ in 0..=source.byte() % 8 {
                    run.forward(source.byte().into());
                }
            }
            3 => run.out_of_turn(&mut source),
            4 => {
                for _ in 0..=source.byte() % 8 {
                    run.back();
                }
            }
            5 => run.prune(&mut source),
            6 => run.restart(),
            _ => run.ask(&mut source),
        }
        run.check();
    }
}

impl Run {
    fn start() -> Self {
        let mut run = Self {
            operator: fresh(&BRANCHES),
            disk: Disk::new(),
            path: Vec::new(),
            kept: 0,
        };
        run.commit();
        run
    }

    fn tip(&self) -> ConsensusHash {
        self.path
            .last()
            .map_or(BRANCHES.genesis.created_hash, |step| step.block.hash)
    }

    fn check(&mut self) {
        let head = self.path.last().map_or(BRANCHES.first, |step| step.head);
        assert_eq!(
            self.operator.head(),
            Some(head),
            "one head for a tip, however it was reached"
        );
        assert_eq!(self.operator.tip().map(|(_, hash)| hash), Some(self.tip()));
        let receipt = self.operator.receipt(head.0).expect("the head's receipt").state;
        let tree = self.operator.state().expect("readable");
        assert_eq!(decex_core::state::StateTree::root(tree), receipt);
        assert_eq!(self.operator.challenges().count(), 0, "nobody lies here");
    }

    fn commit(&mut self) {
        for Write { key, value } in self.operator.take_writes() {
            match value {
                Some(value) => drop(self.disk.insert(key, value)),
                None => drop(self.disk.remove(&key)),
            }
        }
    }

    fn forward(&mut self, choice: usize) {
        let Some(ways) = BRANCHES.next.get(&self.tip()) else {
            return;
        };
        let step = &ways[choice % ways.len()];
        apply(&mut self.operator, &step.block, &step.after).expect("the next block");
        self.path.push(step);
        self.commit();
    }

    fn back(&mut self) {
        let possible = self.path.len() > self.kept;
        let result = self.operator.retract();
        assert_eq!(result.is_ok(), possible, "O11: as far as it keeps: {result:?}");
        if possible {
            self.path.pop();
        }
        self.commit();
    }

    fn out_of_turn(&mut self, source: &mut Source<'_>) {
        let all: Vec<&Step> = BRANCHES.next.values().flatten().collect();
        let step = source.pick(&all);
        if step.block.info.parent_hash != self.tip() {
            let refused = apply(&mut self.operator, &step.block, &step.after);
            assert!(
                matches!(refused, Err(FollowError::NotNext { .. })),
                "O9: {refused:?}"
            );
        }
        assert!(
            self.operator.take_writes().is_empty(),
            "a refused block writes nothing"
        );
    }

    fn prune(&mut self, source: &mut Source<'_>) {
        let Some(last) = self.path.last() else { return };
        let at = source.below(self.path.len());
        let finalized = self.path[at].block.info.number;
        self.operator
            .prune(&last.after.state(), finalized)
            .expect("a readable store");
        self.kept = self.kept.max(at + 1);
        self.commit();
    }

    fn restart(&mut self) {
        self.operator = restored(self.disk.clone()).expect("an operator from its own writes");
    }

    fn ask(&mut self, source: &mut Source<'_>) {
        let Some(last) = self.path.last() else { return };
        let slot = decex_core::Slot(last.block.info.slot.0 + 1);
        let _ = self
            .operator
            .propose(&last.after.state(), slot)
            .expect("an answer");
        self.commit();
        let bytes = transaction(source.below(8), source.byte().into(), Call::Fail);
        let _ = self.operator.add_transaction(&bytes).expect("a readable state");
    }
}
