//! A node on a real network: authenticated connections over TCP.

use crate::adapter::{
    Channels, Gate, Keys, NAMESPACE, Plan, Shared, Timing, channel, genesis_of, max_message_bytes, start,
};
use crate::host::Genesis;
use crate::node::Node;
use commonware_cryptography::ChaCha20Poly1305;
use commonware_p2p::authenticated::lookup::{Config, Network};
use commonware_p2p::{Address, AddressableManager as _, AddressableTrackedPeers};
use commonware_runtime::{Handle, Quota, Supervisor as _, tokio};
use commonware_stream::cups::{self, Cups};
use commonware_stream::sake::{self, Sake};
use commonware_utils::ordered::Map;
use commonware_utils::{NZU32, NZUsize};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

/// A node and where everybody listens.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) genesis: Genesis,
    /// Which node: validators come first, then operators.
    pub(super) node: usize,
    /// Where each node listens, in order.
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) timing: Timing,
}

/// Connects a node and starts its engine.
pub(super) async fn run(
    context: &tokio::Context,
    place: &Place,
    shared: Shared<Node>,
    gate: &Gate,
) -> Vec<Handle<()>> {
    let keys = Keys::new(&place.genesis);
    let (key, listen) = keys
        .of(place.node)
        .zip(place.addresses.get(place.node))
        .expect("a node of the cluster");
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer: key.clone(),
            synchrony_bound: Duration::from_secs(5),
            max_handshake_age: Duration::from_secs(10),
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let most = NonZeroUsize::new(keys.count()).unwrap_or(NZUsize!(1));
    let longest = max_message_bytes(place.genesis.validators);
    let mut config = Config::local(handshake, NAMESPACE, *listen, most, longest, NZUsize!(1_024));
    config.tracked_peer_sets = NZUsize!(1);
    // A whole cluster comes back from one address.
    config.peer_connection_cooldown = Duration::from_millis(250);
    config.allowed_handshake_rate_per_ip = Quota::per_second(NZU32!(128));
    config.allowed_handshake_rate_per_subnet = Quota::per_second(NZU32!(256));
    config.dial_frequency = Duration::from_millis(200);
    let (mut network, mut oracle) = Network::new(context.child("network"), config);
    let peers = keys
        .peers()
        .into_iter()
        .zip(place.addresses.iter().map(|address| Address::from(*address)));
    let (validators, operators): (Vec<_>, Vec<_>) =
        peers.partition(|(peer, _)| keys.validators().position(peer).is_some());
    oracle.track(
        0,
        AddressableTrackedPeers::new(Map::from_iter_dedup(validators), Map::from_iter_dedup(operators)),
    );
    let quota = Quota::per_second(NZU32!(2_000));
    let channels: Channels<_, _> = (0..channel::COUNT)
        .map(|channel| gate.guard(network.register(channel, quota)))
        .collect();
    let plan = Plan {
        keys,
        genesis: genesis_of(&place.genesis),
        node: place.node,
        timing: place.timing,
        blocker: oracle.clone(),
        provider: oracle,
    };
    let mut handles = start(context.child("engine"), plan, shared, channels).await;
    handles.push(network.start());
    handles
}

/// Finds ports on loopback that nobody has at the moment.
pub(super) fn free_addresses(count: usize) -> std::io::Result<Vec<SocketAddr>> {
    // All at once, so that none is given out twice.
    let listeners: Vec<_> = (0..count)
        .map(|_| std::net::TcpListener::bind(("127.0.0.1", 0)))
        .collect::<Result<_, _>>()?;
    listeners.iter().map(std::net::TcpListener::local_addr).collect()
}
