//! The network of a cluster in one process, on the engine's deterministic runtime: what gets through, and when, follows from the
//! runtime's seed.

use crate::adapter::{
    Block, Channels, Keys, Plan, PublicKey, Replica, Shared, Timing, channel, max_message_bytes, start,
};
use commonware_p2p::simulated::{Config, Link, Network, Oracle};
use commonware_runtime::{Handle, Quota, Supervisor as _, deterministic};
use commonware_utils::{NZU32, NZUsize, Probability};
use std::num::NonZeroUsize;
use std::time::Duration;

/// Everybody's links.
pub struct VirtualNetwork {
    keys: Keys,
    peers: Vec<PublicKey>,
    oracle: Oracle<PublicKey, deterministic::Context>,
    link: Link,
    /// Who is cut off, by place.
    is_cut: Vec<bool>,
}

impl std::fmt::Debug for VirtualNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VirtualNetwork")
            .field("is_cut", &self.is_cut)
            .finish_non_exhaustive()
    }
}

/// Returns links on which messages take this long, more or less, and of a thousand so many are lost.
#[must_use]
pub fn links(latency: Duration, jitter: Duration, loss: u16) -> Link {
    let of_thousand = u64::from(1_000_u16.saturating_sub(loss));
    Link {
        latency,
        jitter,
        success_rate: Probability::new(of_thousand, 1_000).expect("no more than all"),
    }
}

impl VirtualNetwork {
    /// Links everybody with everybody.
    pub async fn start(context: &deterministic::Context, keys: Keys, link: Link) -> Self {
        let peers = keys.peers();
        let (validators, operators) = (keys.validators(), keys.operators());
        let count = u32::try_from(validators.len()).unwrap_or(u32::MAX);
        let config = Config {
            max_size: max_message_bytes(count),
            max_peers_per_set: NonZeroUsize::new(peers.len()).unwrap_or(NZUsize!(1)),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(1),
        };
        let (network, oracle) =
            Network::new_with_split_peers(context.child("network"), config, validators, operators).await;
        network.start();
        let network = Self {
            is_cut: vec![false; peers.len()],
            keys,
            peers,
            oracle,
            link,
        };
        for peer in &network.peers {
            network.link(peer).await;
        }
        network
    }

    /// Returns how many nodes there are.
    #[must_use]
    pub const fn nodes(&self) -> usize {
        self.peers.len()
    }

    /// Starts the engine of node `place`.
    pub async fn join<N: Replica>(
        &self,
        context: &deterministic::Context,
        place: usize,
        genesis: &Block,
        timing: Timing,
        shared: Shared<N>,
    ) -> Vec<Handle<()>> {
        let peer = self.peers.get(place).expect("a node of the cluster");
        let mut channels: Channels<_, _> = Vec::new();
        for channel in 0..channel::COUNT {
            let quota = Quota::per_second(NZU32!(10_000));
            let registered = self.oracle.control(peer.clone()).register(channel, quota).await;
            channels.push(registered.expect("the network runs"));
        }
        let plan = Plan {
            keys: self.keys.clone(),
            genesis: genesis.clone(),
            node: place,
            timing,
            blocker: self.oracle.control(peer.clone()),
            provider: self.oracle.manager(),
        };
        let child = context.child("node").with_attribute("place", place);
        start(child, plan, shared, channels).await
    }

    /// Cuts off the nodes that are to be, and links the others again.
    pub async fn cut(&mut self, wanted: impl Fn(usize) -> bool) {
        for place in 0..self.peers.len() {
            let (wanted, before) = (wanted(place), self.is_cut[place]);
            self.is_cut[place] = wanted;
            let peer = &self.peers[place];
            match (before, wanted) {
                (false, true) => self.unlink(peer).await,
                (true, false) => self.link(peer).await,
                _ => {}
            }
        }
    }

    /// Links a peer with all others that are not cut off, both ways, where there is no link yet.
    async fn link(&self, peer: &PublicKey) {
        let open = self
            .peers
            .iter()
            .zip(&self.is_cut)
            .filter(|(_, is_cut)| !**is_cut);
        for other in open.map(|(other, _)| other).filter(|other| *other != peer) {
            let (link, oracle) = (&self.link, &self.oracle);
            let _ = oracle.add_link(peer.clone(), other.clone(), link.clone()).await;
            let _ = oracle.add_link(other.clone(), peer.clone(), link.clone()).await;
        }
    }

    /// Cuts a peer off from all others, both ways.
    async fn unlink(&self, peer: &PublicKey) {
        for other in self.peers.iter().filter(|other| *other != peer) {
            let _ = self.oracle.remove_link(peer.clone(), other.clone()).await;
            let _ = self.oracle.remove_link(other.clone(), peer.clone()).await;
        }
    }
}
