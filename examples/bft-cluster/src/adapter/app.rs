//! The application: proposes blocks from the node's pool, checks those of others, and hands finalised ones to the node.

use super::replica::Replica;
use super::{Block, Context, Scheme};
use commonware_actor::Feedback;
use commonware_consensus::marshal::Update;
use commonware_consensus::marshal::ancestry::Ancestry;
use commonware_consensus::{Application, Block as _, Heightable, Reporter};
use commonware_cryptography::{Digested, Digestible};
use commonware_runtime::{Clock, Metrics, Spawner};
use commonware_utils::acknowledgement::Exact;
use futures::StreamExt;
use futures::channel::mpsc;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

/// A leader looks through this many blocks that are not final yet for calls that it need not repeat. More than ever wait: past it,
/// repetition costs blockspace and no more.
const LOOK_BACK: usize = 32;
/// A block's timestamp is at most this far ahead of the clock of who votes for it.
const SKEW: Duration = Duration::from_secs(2);
/// Timestamps end in the year 2200: later ones would overflow some clock.
const LAST_TIMESTAMP: u64 = 7_258_118_400_000;

/// How a node is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It applies blocks.
    Running,
    /// It stopped, and why.
    Failed(String),
}

/// A node that several tasks use.
pub struct Shared<N> {
    node: Arc<Mutex<N>>,
    status: Arc<Mutex<Status>>,
}

impl<N> Clone for Shared<N> {
    fn clone(&self) -> Self {
        Self {
            node: Arc::clone(&self.node),
            status: Arc::clone(&self.status),
        }
    }
}

impl<N> std::fmt::Debug for Shared<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl<N> Shared<N> {
    /// Shares a node.
    #[must_use]
    pub fn new(node: N) -> Self {
        Self {
            node: Arc::new(Mutex::new(node)),
            status: Arc::new(Mutex::new(Status::Running)),
        }
    }

    /// Takes the node. Never held across an await.
    pub fn lock(&self) -> MutexGuard<'_, N> {
        // A thread that panicked in here has left a state that no block made; the runtime takes the process down with it.
        self.node
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Returns how the node is doing.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    pub(super) fn fail(&self, reason: String) {
        tracing::error!(reason, "node stopped");
        *self
            .status
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Status::Failed(reason);
    }
}

/// A finalised block, and what to say when it is applied and on disk.
pub(super) type Delivered = (Digested<Block>, Exact);

/// The application of one node.
#[derive(Debug)]
pub struct App<N> {
    shared: Shared<N>,
    /// From one block's timestamp to the next one's, at least.
    pace: Duration,
    delivered: mpsc::UnboundedSender<Delivered>,
}

impl<N> Clone for App<N> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            pace: self.pace,
            delivered: self.delivered.clone(),
        }
    }
}

impl<N> App<N> {
    /// Makes an application. Finalised blocks go to `delivered`; the engine bounds how many it hands out without an answer.
    pub(super) const fn new(
        shared: Shared<N>,
        pace: Duration,
        delivered: mpsc::UnboundedSender<Delivered>,
    ) -> Self {
        Self {
            shared,
            pace,
            delivered,
        }
    }
}

impl<E: Clock + Spawner + Metrics, N: Replica> Application<E> for App<N> {
    type SigningScheme = Scheme;
    type Context = Context;
    type Block = Block;
    type Input = ();

    async fn propose(
        &mut self,
        (clock, context): (E, Context),
        mut ancestry: impl Ancestry<Block>,
        (): (),
    ) -> Option<Digested<Block>> {
        let parent = ancestry.next().await?;
        let pace = u64::try_from(self.pace.as_millis()).ok()?;
        let earliest = parent.inner().timestamp.checked_add(pace)?;
        clock
            .sleep_until(SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(earliest))?)
            .await;
        let timestamp = milliseconds(clock.current()).max(earliest);
        // What is carried by blocks that may become final, and is not applied yet.
        let applied = self.shared.lock().applied();
        let mut carried = BTreeSet::new();
        let mut next = Some(parent.clone());
        for _ in 0..LOOK_BACK {
            let Some(block) = next.filter(|block| block.height().get() > applied) else {
                break;
            };
            carried.extend(block.inner().calls().unwrap_or_default());
            next = ancestry.next().await;
        }
        let calls = self.shared.lock().select(&carried);
        let height = parent.height().next();
        let block = Block::new(context, parent.digest(), height, timestamp, &calls);
        let digest = block.digest();
        Some(Digested::precomputed(block, digest))
    }

    /// Stateless but for the parent's timestamp: every validator comes to the same verdict, whatever it has applied.
    async fn verify(&mut self, (clock, _): (E, Context), mut ancestry: impl Ancestry<Block>) -> bool {
        let (Some(block), Some(parent)) = (ancestry.next().await, ancestry.next().await) else {
            return false;
        };
        let timestamp = block.inner().timestamp;
        if timestamp < parent.inner().timestamp || timestamp > LAST_TIMESTAMP {
            return false;
        }
        let Some(calls) = block.inner().calls() else {
            return false;
        };
        if let Err(invalid) = N::check(&calls) {
            tracing::warn!(?invalid, height = block.height().get(), parent = ?block.parent(), "invalid body");
            return false;
        }
        // The clock delays a verdict and never makes one: validators' clocks differ.
        let earliest = Duration::from_millis(timestamp).saturating_sub(SKEW);
        clock.sleep_until(SystemTime::UNIX_EPOCH + earliest).await;
        true
    }
}

impl<N: Replica> Reporter for App<N> {
    type Activity = Update<Block>;

    fn report(&mut self, update: Update<Block>) -> Feedback {
        match update {
            Update::Block(block, acknowledgement) => {
                match self.delivered.unbounded_send((block, acknowledgement)) {
                    Ok(()) => Feedback::Ok,
                    Err(_) => Feedback::Closed,
                }
            }
            Update::Tip(..) => Feedback::Ok,
        }
    }
}

fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
