//! Puts the engine's parts together for one node.

use super::app::{App, Shared};
use super::replica::Replica;
use super::{Block, Digest, Finalization, Keys, PublicKey, Scheme, calls, genesis_block, tips};
use crate::host::Genesis;
use commonware_broadcast::buffered;
use commonware_consensus::Reporters;
use commonware_consensus::marshal::core::{Actor as Marshal, Mailbox};
use commonware_consensus::marshal::standard::{Deferred, Standard};
use commonware_consensus::marshal::{self, resolver};
use commonware_consensus::simplex::elector::RoundRobin;
use commonware_consensus::simplex::{self, Engine, ForwardPolicy, SkipBudget, SkipPolicy};
use commonware_consensus::types::{Epoch, FixedEpocher, ViewDelta};
use commonware_cryptography::certificate::{ConstantProvider, Verifier as _};
use commonware_cryptography::{Digested, Digestible, Sha256, Signer as _};
use commonware_p2p::{Blocker, Provider, Receiver, Sender};
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::{CacheRef, page_size};
use commonware_runtime::{Clock, Handle, Metrics, Spawner, Storage};
use commonware_storage::archive::prunable::{Archive, Config as ArchiveConfig};
use commonware_storage::translator::EightCap;
use commonware_utils::{NZU64, NZUsize, NonZeroDuration};
use futures::channel::mpsc;
use rand_core::CryptoRng;
use std::num::NonZeroUsize;
use std::time::Duration;

const MAILBOX: NonZeroUsize = NZUsize!(1_024);
const REPLAY_BUFFER: NonZeroUsize = NZUsize!(1024 * 1024);
const WRITE_BUFFER: NonZeroUsize = NZUsize!(256 * 1024);
/// Finalised blocks that the application may have without having committed them.
const UNCOMMITTED: NonZeroUsize = NZUsize!(16);
/// One epoch for ever: the set of validators is fixed.
const EPOCH_BLOCKS: std::num::NonZeroU64 = NZU64!(1 << 40);

/// How long things take.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// From one block's timestamp to the next one's, at least.
    pub pace: Duration,
    /// How long a leader has to propose.
    pub leader: Duration,
    /// How long a view may take in all.
    pub view: Duration,
    /// How often a validator repeats that it wants a view skipped.
    pub retry: Duration,
    /// After how long without a sign of life a leader's views are skipped at once.
    pub skip: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            pace: Duration::from_millis(100),
            leader: Duration::from_millis(1_000),
            view: Duration::from_millis(2_000),
            retry: Duration::from_millis(2_000),
            skip: Duration::from_millis(5_000),
        }
    }
}

/// The two ends of each channel, in the order of [`channel`](super::channel).
pub type Channels<S, R> = Vec<(S, R)>;

/// What a node's engine is made of.
#[derive(Clone, Debug)]
pub struct Plan<B, P> {
    /// Who is on the network.
    pub keys: Keys,
    /// Block 0.
    pub genesis: Block,
    /// Which node: validators come first, then operators.
    pub node: usize,
    /// How long things take.
    pub timing: Timing,
    /// Cuts peers off that send what no honest peer sends.
    pub blocker: B,
    /// Knows who is on the network.
    pub provider: P,
}

/// Returns the longest message that an engine among `validators` sends.
#[must_use]
pub fn max_message_bytes(validators: u32) -> u32 {
    let simplex = simplex::max_payload_size::<Scheme, Digest>(validators);
    let marshal = marshal::max_payload_size::<Standard<Block>, Scheme>(validators, &());
    commonware_p2p::max_message_size(&[simplex, marshal])
}

/// Starts a node's engine: a validator's votes, an operator's follows. The tasks live as long as `context`'s.
///
/// # Panics
/// When the engine's storage cannot be opened.
pub async fn start<E, B, P, S, R, N>(
    context: E,
    plan: Plan<B, P>,
    shared: Shared<N>,
    channels: Channels<S, R>,
) -> Vec<Handle<()>>
where
    E: Clock + CryptoRng + Spawner + Storage + Metrics,
    B: Blocker<PublicKey = PublicKey>,
    P: Provider<PublicKey = PublicKey>,
    S: Sender<PublicKey = PublicKey>,
    R: Receiver<PublicKey = PublicKey>,
    N: Replica,
{
    let keys = plan.keys;
    let me = keys.of(plan.node).expect("a node of the cluster").public_key();
    let scheme = keys.scheme(plan.node);
    let is_validator = keys.validators().position(&me).is_some();
    let [votes, certificates, requests, blocks, backfill, calls, certified]: [(S, R); 7] = channels
        .try_into()
        .unwrap_or_else(|_| panic!("{} channels", super::channel::COUNT));
    let mut handles = Vec::new();

    // Blocks, as their leaders send them.
    let buffer = buffered::Config {
        public_key: me.clone(),
        mailbox_size: MAILBOX,
        deque_size: 16,
        priority: false,
        codec_config: (),
        peer_provider: plan.provider.clone(),
        strategy: Sequential,
    };
    let (buffer, buffer_mailbox) = buffered::Engine::new(context.child("buffer"), buffer);
    handles.push(buffer.start(blocks));

    // Finalised blocks, in order.
    let cache = CacheRef::new(page_size(4_096), NZUsize!(1_024));
    let prefix = format!("node-{}", plan.node);
    let genesis = plan.genesis;
    let (marshal, mailbox) = marshal(&context, &prefix, cache.clone(), scheme.clone(), genesis.clone()).await;
    let resolver = resolver::p2p::Config {
        public_key: me.clone(),
        peer_provider: plan.provider,
        blocker: plan.blocker.clone(),
        mailbox_size: MAILBOX,
        fetch_timeout: NonZeroDuration::new_panic(Duration::from_secs(1)),
        fetch_retry_delay: Duration::from_millis(100),
        priority_requests: false,
        priority_responses: false,
    };
    let resolver = resolver::p2p::init(context.child("backfill"), resolver, backfill);

    // The application, and what is done with what it is given.
    let (to_apply, delivered) = mpsc::unbounded();
    let app = App::new(shared.clone(), plan.timing.pace, to_apply);
    let (call_sender, call_receiver) = calls;
    let applying = calls::apply(shared.clone(), delivered, call_sender.clone());
    handles.push(context.child("apply").spawn(|_| applying));

    if !is_validator {
        handles.push(marshal.start(app, buffer_mailbox, resolver));
        let (_, certified) = certified;
        handles.push(
            context
                .child("tips")
                .spawn(|context| tips::follow(context, scheme, mailbox, certified)),
        );
        for (name, (_, receiver)) in [
            ("votes", votes),
            ("certificates", certificates),
            ("requests", requests),
        ] {
            handles.push(context.child(name).spawn(|_| drain(receiver)));
        }
        handles.push(context.child("calls").spawn(|_| drain(call_receiver)));
        return handles;
    }
    let epocher = FixedEpocher::new(EPOCH_BLOCKS);
    let deferred = Deferred::new(context.child("application"), app.clone(), mailbox, epocher);
    handles.push(marshal.start(app, buffer_mailbox, resolver));
    let taking = calls::take_in(shared, me, keys.validators(), call_sender, call_receiver);
    handles.push(context.child("calls").spawn(|_| taking));
    let (tip_sender, tip_receiver) = certified;
    handles.push(context.child("tips").spawn(|_| drain(tip_receiver)));
    let tips = tips::Tips::new(tip_sender, &keys.operators());
    // The wrapper passes certificates on to marshal.
    let reporter: Reporters<_, _> = (tips, deferred.clone()).into();
    let timing = plan.timing;
    let config = simplex::Config {
        scheme,
        elector: RoundRobin::<Sha256>::default(),
        blocker: plan.blocker,
        automaton: deferred.clone(),
        relay: deferred,
        reporter,
        track_historical_votes: false,
        strategy: Sequential,
        partition: format!("{prefix}-simplex"),
        mailbox_size: MAILBOX,
        epoch: Epoch::zero(),
        floor: simplex::Floor::Genesis(genesis.digest()),
        replay_buffer: REPLAY_BUFFER,
        write_buffer: WRITE_BUFFER,
        page_cache: cache,
        leader_timeout: timing.leader,
        certification_timeout: timing.view,
        timeout_retry: timing.retry,
        view_retention: ViewDelta::new(64),
        skip: SkipPolicy::Enabled {
            timeout: timing.skip,
            budget: SkipBudget::Participants,
        },
        fetch_timeout: NonZeroDuration::new_panic(Duration::from_secs(1)),
        fetch_retry_delay: Duration::from_millis(100),
        forward: ForwardPolicy::SilentVoters,
    };
    handles.push(Engine::new(context.child("simplex"), config).start(votes, certificates, requests));
    handles
}

/// Returns block 0 of a chain.
#[must_use]
pub fn genesis_of(genesis: &Genesis) -> Block {
    let keys = Keys::new(genesis);
    let leader = keys.of(0).expect("a cluster has a node").public_key();
    genesis_block(genesis.commitment(), leader)
}

type Certificates<E> = Archive<EightCap, E, Digest, Finalization>;
type Blocks<E> = Archive<EightCap, E, Digest, std::sync::Arc<Block>>;
type NodeMarshal<E> = Marshal<
    E,
    Standard<Block>,
    ConstantProvider<Scheme, Epoch>,
    Certificates<E>,
    Blocks<E>,
    FixedEpocher,
    Sequential,
>;

async fn marshal<E>(
    context: &E,
    prefix: &str,
    cache: CacheRef,
    scheme: Scheme,
    genesis: Block,
) -> (NodeMarshal<E>, Mailbox<Scheme, Standard<Block>>)
where
    E: Clock + CryptoRng + Spawner + Storage + Metrics,
{
    let codec = Scheme::certificate_codec_config_unbounded();
    let certificates = archive(prefix, "certificates", cache.clone(), codec);
    let certificates = Archive::init(context.child("certificates"), certificates).await;
    let blocks = Archive::init(
        context.child("blocks"),
        archive(prefix, "blocks", cache.clone(), ()),
    )
    .await;
    let digest = genesis.digest();
    let config = marshal::Config {
        provider: ConstantProvider::new(scheme),
        epocher: FixedEpocher::new(EPOCH_BLOCKS),
        start: marshal::Start::Genesis(Digested::precomputed(genesis, digest)),
        partition_prefix: prefix.into(),
        mailbox_size: MAILBOX,
        view_retention: ViewDelta::new(640),
        prunable_items_per_section: NZU64!(1_024),
        page_cache: cache,
        replay_buffer: REPLAY_BUFFER,
        key_write_buffer: WRITE_BUFFER,
        value_write_buffer: WRITE_BUFFER,
        block_codec_config: (),
        max_repair: NZUsize!(16),
        max_pending_acks: UNCOMMITTED,
        strategy: Sequential,
    };
    let (marshal, mailbox, _) = Marshal::init(
        context.child("marshal"),
        certificates.expect("the archive of certificates opens"),
        blocks.expect("the archive of blocks opens"),
        config,
    )
    .await;
    (marshal, mailbox)
}

fn archive<C>(prefix: &str, name: &str, cache: CacheRef, codec: C) -> ArchiveConfig<EightCap, C> {
    ArchiveConfig {
        translator: EightCap,
        metadata_partition: format!("{prefix}-{name}-metadata"),
        key_partition: format!("{prefix}-{name}-keys"),
        key_page_cache: cache,
        value_partition: format!("{prefix}-{name}-values"),
        compression: None,
        codec_config: codec,
        items_per_section: NZU64!(1_024),
        key_write_buffer: WRITE_BUFFER,
        value_write_buffer: WRITE_BUFFER,
        replay_buffer: REPLAY_BUFFER,
    }
}

/// Takes messages that are for others.
async fn drain(mut receiver: impl Receiver) {
    while receiver.recv().await.is_ok() {}
}
