//! Ethereum JSON-RPC at an operator: an index of an EVM domain beside it, and a server in threads of its own.
//!
//! The node does not wait for the server. The index is built apart from it, out of what stands on disk; from then on the operator takes it along with
//! each block. What a wallet sends waits in a bounded queue, and one thread gives it to the pool, one transaction at a time.

use crate::adapter::Shared;
use crate::disk::{Disk, DiskError};
use crate::host::{BYTE_PRICE, Genesis, GenesisError};
use crate::journal;
use crate::node::Node;
use decex_core::codec::DecodeError;
use decex_core::execution::Context;
use decex_core::state::Halt;
use decex_core::{
    ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, ReceiptHash, Seed, Slot, Timestamp,
};
use decex_evm_rpc::{
    Api, Bounds, Desk, Index, IndexError, Limits, Server, ServerError, Shared as SharedIndex, Start, desk,
};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Transactions that may wait for the pool.
const ROOM: usize = 256;
/// How long a wallet waits for the pool's answer: a node that starts, or executes full blocks, takes its time.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the thread looks whether it is to go on.
const PAUSE: Duration = Duration::from_millis(100);
/// After each transaction the node is left alone for so long: blocks go on, whatever wallets send.
const BREATH: Duration = Duration::from_millis(1);
/// So many blocks are read from disk at once.
const BATCH: usize = 64;

/// Which operator, and where it answers.
#[derive(Clone, Debug)]
pub struct Place {
    /// The chain.
    pub genesis: Genesis,
    /// The BFT engine's name of block 0.
    pub hash: [u8; 32],
    /// The EVM domain.
    pub domain: DomainId,
    /// Port 0 takes a free one.
    pub address: SocketAddr,
}

/// How it is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RpcStatus {
    /// Where it answers, once it does.
    pub address: Option<SocketAddr>,
    /// Why it does not, if it does not any more. The node goes on without.
    pub failure: Option<String>,
}

/// Why there is no JSON-RPC.
#[derive(Debug, thiserror::Error)]
pub enum RpcError {
    /// The genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A block on disk is not one.
    #[error("a block on disk: {0}")]
    Stored(#[from] DecodeError),
    /// A block on disk is not the next, or its execution comes to another state.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The server does not start.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The domain is not an EVM.
    #[error("domain {0} does not run the EVM")]
    NoEvm(u32),
    /// The operator's state cannot be read.
    #[error("the operator: {0:?}")]
    Operator(Halt),
    /// The operator has let the index go; its log says why.
    #[error("the index does not follow any more")]
    Left,
    /// There are no more ports.
    #[error("operator {0} has no port: choose a lower one")]
    Port(u32),
}

/// JSON-RPC at one operator of one domain. It ends when this is dropped.
#[derive(Debug)]
pub struct Rpc {
    domain: DomainId,
    status: Arc<Mutex<RpcStatus>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Returns where operator `index` answers for `domain`, if the first answers at `base`: ports are counted up, operators first. Port 0
/// stays what it is.
///
/// # Errors
/// When there are not so many ports.
pub fn address_of(
    genesis: &Genesis,
    base: SocketAddr,
    domain: DomainId,
    index: u32,
) -> Result<SocketAddr, RpcError> {
    let mut address = base;
    if base.port() != 0 {
        let place = domain.0.saturating_mul(genesis.operators).saturating_add(index);
        let port = u32::from(base.port()).saturating_add(place);
        address.set_port(u16::try_from(port).map_err(|_| RpcError::Port(index))?);
    }
    Ok(address)
}

impl Rpc {
    /// Starts. `shared` is the operator's node, `disk` its disk. Says in [`status`](Self::status) how it goes on.
    #[must_use]
    pub fn start(place: Place, shared: Shared<Node>, disk: Disk) -> Self {
        let domain = place.domain;
        let status = Arc::new(Mutex::new(RpcStatus::default()));
        let ended = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (status, ended) = (status.clone(), ended.clone());
            move || {
                let serving = Serving {
                    place,
                    shared,
                    disk,
                    ended,
                };
                let tell = |address| note(&status).address = Some(address);
                if let Err(error) = serving.serve(tell) {
                    tracing::error!(domain = domain.0, %error, "no JSON-RPC");
                    *note(&status) = RpcStatus {
                        address: None,
                        failure: Some(error.to_string()),
                    };
                }
            }
        });
        Self {
            domain,
            status,
            ended,
            thread: Some(thread),
        }
    }

    /// Starts for every EVM domain of operator `index`.
    ///
    /// # Errors
    /// When there are not enough ports.
    pub fn start_all(
        genesis: &Genesis,
        hash: [u8; 32],
        index: u32,
        base: SocketAddr,
        (shared, disk): (&Shared<Node>, &Disk),
    ) -> Result<Vec<Self>, RpcError> {
        let domains = genesis.domains().filter(|domain| genesis.is_evm(*domain));
        let places = domains.map(|domain| {
            Ok(Place {
                genesis: *genesis,
                hash,
                domain,
                address: address_of(genesis, base, domain, index)?,
            })
        });
        // All or none.
        let places: Vec<Place> = places.collect::<Result<_, RpcError>>()?;
        let start = |place| Self::start(place, shared.clone(), disk.clone());
        Ok(places.into_iter().map(start).collect())
    }

    /// Returns the domain.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.domain
    }

    /// Returns how it is doing.
    #[must_use]
    pub fn status(&self) -> RpcStatus {
        note(&self.status).clone()
    }
}

impl Drop for Rpc {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has ended too.
            let _ = thread.join();
        }
    }
}

fn note(status: &Mutex<RpcStatus>) -> std::sync::MutexGuard<'_, RpcStatus> {
    status.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the thread works with.
struct Serving {
    place: Place,
    shared: Shared<Node>,
    disk: Disk,
    ended: Arc<AtomicBool>,
}

impl Serving {
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn serve(&self, tell: impl FnOnce(SocketAddr)) -> Result<(), RpcError> {
        let Some(index) = self.index()? else {
            return Ok(());
        };
        let served = self.answer(index, tell);
        // Nobody reads the index any more.
        self.shared.lock().detach(self.place.domain);
        served
    }

    fn answer(&self, index: SharedIndex, tell: impl FnOnce(SocketAddr)) -> Result<(), RpcError> {
        let (counter, desk) = desk(ROOM, PATIENCE);
        let api = Api::new(index, Arc::new(counter), self.limits()?);
        let server = Server::start(self.place.address, api)?;
        let address = server.address();
        tracing::info!(domain = self.place.domain.0, "JSON-RPC at http://{address}");
        tell(address);
        self.attend(&desk)
    }

    /// Builds the index out of what stands on disk, and hands it to the operator. `None` if nobody wants it any more.
    fn index(&self) -> Result<Option<SharedIndex>, RpcError> {
        let Place {
            genesis,
            hash,
            domain,
            ..
        } = self.place;
        let rules = genesis.rules(domain)?;
        let engine = rules.evm().ok_or(RpcError::NoEvm(domain.0))?;
        let mut index = Index::new(engine.clone(), start(&genesis, hash, domain)?, Bounds::default())?;
        // The node goes on meanwhile, and may well be ahead by then.
        while !self.has_ended() {
            if self.execute(&mut index)? < BATCH {
                break;
            }
        }
        if self.has_ended() {
            return Ok(None);
        }
        // Under the node's lock there are a few blocks left.
        let attached = self.shared.lock().attach(domain, index, |index| {
            while self.execute(index)? > 0 {}
            Ok::<_, RpcError>(())
        })?;
        attached.ok_or(RpcError::Left).map(Some)
    }

    /// Executes the next blocks, and says how many there were.
    fn execute(&self, index: &mut Index) -> Result<usize, RpcError> {
        let newest = index.newest().number();
        let blocks = self.disk.executed(self.place.domain, newest, BATCH)?;
        for block in &blocks {
            index.executed(journal::decode(block)?)?;
        }
        Ok(blocks.len())
    }

    fn limits(&self) -> Result<Limits, RpcError> {
        let (params, _) = self.place.genesis.domain(self.place.domain, self.place.hash)?;
        Ok(Limits {
            transaction_bytes: usize::try_from(params.transaction_bytes).unwrap_or(usize::MAX),
            ..Limits::default()
        })
    }

    /// Gives what wallets send to the pool, until nobody wants it any more.
    fn attend(&self, desk: &Desk) -> Result<(), RpcError> {
        let domain = self.place.domain;
        loop {
            let attended = desk.attend(PAUSE, |transaction| {
                let taken = self.shared.lock().add_transaction(domain, transaction);
                std::thread::sleep(BREATH);
                taken
            });
            attended.map_err(RpcError::Operator)?;
            if self.has_ended() {
                return Ok(());
            }
            if !self.shared.lock().has_index(domain) {
                return Err(RpcError::Left);
            }
        }
    }
}

/// The domain's genesis.
fn start(genesis: &Genesis, hash: [u8; 32], domain: DomainId) -> Result<Start, RpcError> {
    let (params, genesis) = genesis.domain(domain, hash)?;
    Ok(Start {
        context: Context {
            domain,
            number: DomainNumber(0),
            parent: ReceiptHash::default(),
            consensus_number: ConsensusNumber(0),
            consensus_hash: ConsensusHash(Digest(hash)),
            slot: Slot(0),
            timestamp: Timestamp(0),
            seed: Seed::default(),
            byte_price: BYTE_PRICE,
        },
        hash: genesis.receipt.compute_hash(),
        state: genesis.state,
        trace_interval: params.trace_interval(),
        witness_limit: params.witness_limit,
    })
}
