//! Ethereum JSON-RPC over the EVM domain of a live run: for wallets, scripts and explorers.
//!
//! The index follows the operator that keeps the journal, which does not lie. What a wallet sends goes to every operator of the domain;
//! the answer is that one's.

use crate::domains::EVM;
use crate::live::Attached;
use crate::member::Member;
use crate::node::Node;
use crate::problem::Problem;
use crate::rules::Rules;
use crate::setup::Setup;
use crate::simulation::{Happening, Simulation};
use decex_core::execution::Context;
use decex_core::{ConsensusHash, ConsensusNumber, DomainNumber, Randomness, ReceiptHash, Seed, Slot};
use decex_evm_rpc::{
    Api, Bounds, Counter, Desk, Index, Limits, NewBlock, Server, Shared, Start, desk, follow, write,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Transactions that may wait for the next slot.
const ROOM: usize = 256;
/// How long a wallet waits for the operator's answer: many slots.
const PATIENCE: Duration = Duration::from_secs(20);

/// The methods, attached to a run.
pub struct Rpc {
    address: SocketAddr,
    /// Told where it answers, and the chain's id, once it does.
    tell: Box<dyn FnMut(SocketAddr, u64)>,
    counter: Counter,
    desk: Desk,
    running: Option<(Shared, Server)>,
}

impl Rpc {
    /// Will answer at `address` as soon as the run begins; port 0 takes a free one.
    #[must_use]
    pub fn new(address: SocketAddr, tell: Box<dyn FnMut(SocketAddr, u64)>) -> Self {
        let (counter, desk) = desk(ROOM, PATIENCE);
        Self {
            address,
            tell,
            counter,
            desk,
            running: None,
        }
    }

    /// Starts the index at the domain's genesis, takes in what was executed before a resume, and then the server.
    fn begin(&mut self, simulation: &Simulation) -> Result<(), Problem> {
        let Rules::Evm(engine) = &simulation.setup.evm().rules else {
            return Err(Problem::new("JSON-RPC", "the domain does not run the EVM"));
        };
        let start = start(&simulation.setup);
        let index = Index::new(engine.as_ref().clone(), start, Bounds::default());
        let mut index = index.map_err(|error| Problem::new("the index of the EVM domain", error))?;
        if let Some((_, member)) = reference(simulation) {
            catch_up(&mut index, member)?;
        }
        let index = index.share();
        let limits = Limits {
            transaction_bytes: usize::try_from(simulation.setup.evm().params.transaction_bytes)
                .unwrap_or(usize::MAX),
            ..Limits::default()
        };
        let api = Api::new(index.clone(), Arc::new(self.counter.clone()), limits);
        let server = Server::start(self.address, api);
        let server = server.map_err(|error| Problem::new(format!("JSON-RPC at {}", self.address), error))?;
        (self.tell)(server.address(), engine.config().chain_id);
        self.running = Some((index, server));
        Ok(())
    }
}

impl Attached for Rpc {
    fn before_slot(&mut self, simulation: &mut Simulation) -> Result<(), Problem> {
        self.desk.attend(Duration::ZERO, |transaction| {
            let mut answer = Ok(());
            let members = simulation.nodes.iter_mut().flat_map(|node| &mut node.members);
            for member in members.filter(|member| member.domain == EVM) {
                let added = member.add(transaction)?;
                if member.journal.is_some() {
                    answer = added.map_err(Into::into);
                }
            }
            Ok(answer)
        })
    }

    fn after_slot(&mut self, simulation: &mut Simulation, _: &[Happening]) -> Result<(), Problem> {
        if self.running.is_none() {
            self.begin(simulation)?;
        }
        let (Some((index, _)), Some((node, member))) = (&self.running, reference(simulation)) else {
            return Ok(());
        };
        let followed = follow(&mut write(index), &member.operator, &node.chain.state());
        followed.map_err(|error| Problem::new("the index of the EVM domain", error))
    }
}

/// Returns the operator that the index follows, and its node.
fn reference(simulation: &Simulation) -> Option<(&Node, &Member)> {
    simulation.nodes.iter().find_map(|node| {
        let mut members = node.members.iter();
        let member = members.find(|member| member.domain == EVM && member.journal.is_some())?;
        Some((node, member))
    })
}

/// Where the index starts: the domain's genesis.
fn start(setup: &Setup) -> Start {
    let domain = setup.evm();
    let genesis = setup.domain_genesis(domain);
    let block = setup.genesis.info(Randomness(setup.genesis_entropy()));
    Start {
        context: Context {
            domain: EVM,
            number: DomainNumber(0),
            parent: ReceiptHash::default(),
            consensus_number: ConsensusNumber(setup.genesis.number),
            consensus_hash: ConsensusHash(setup.genesis.hash().0),
            slot: Slot(setup.genesis.slot),
            timestamp: block.timestamp,
            seed: Seed::default(),
            byte_price: Setup::byte_price(),
        },
        hash: genesis.receipt.compute_hash(),
        state: genesis.state,
        trace_interval: domain.params.trace_interval(),
        witness_limit: domain.params.witness_limit,
    }
}

/// Executes what the journal holds: all blocks of the run so far. The operator itself keeps the last ones only.
fn catch_up(index: &mut Index, member: &Member) -> Result<(), Problem> {
    let journal = member.journal.iter().flatten();
    let blocks: Vec<_> = journal.map(|(number, noted)| (*number, &noted.block)).collect();
    let head = member.operator.head().map(|(_, hash)| hash);
    // A block's hash stands in the one after it.
    let hashes = blocks.iter().skip(1).map(|(_, block)| Some(block.context.parent));
    for ((number, block), hash) in blocks.iter().zip(hashes.chain([head])) {
        let receipt = member.operator.receipt(DomainNumber(*number));
        let executed = index.executed(NewBlock {
            context: block.context.clone(),
            hash: hash.unwrap_or_default(),
            state: receipt.map(|receipt| receipt.state),
            messages: block.messages.clone(),
            transactions: block.transactions.clone(),
        });
        executed.map_err(|error| Problem::new("the index of the EVM domain", error))?;
    }
    Ok(())
}

impl std::fmt::Debug for Rpc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rpc")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
