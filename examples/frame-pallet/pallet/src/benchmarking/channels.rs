//! What must have passed over a channel before what is measured.

use super::domain::{Domain, Setting};
use super::ledger::{sender, signed};
use super::{Done, accepted, need, story};
use crate::pallet::{Config, Pallet};
use alloc::vec::Vec;
use decex_core::message::{ChainId, ChannelId, PartyId, Request};
use decex_core::{Balance, BoundedVec, ConsensusNumber};
use decex_testkit::ledger::Call;

/// The first channel.
const CHANNEL: ChannelId = ChannelId(0);
/// Late enough.
const FAR: ConsensusNumber = ConsensusNumber(u64::MAX);

/// Domain and chain list each other.
pub(super) fn list<T: Config>(domain: &Domain) -> Done {
    let (mut chain, here) = (Pallet::<T>::consensus(), ChainId::Consensus);
    let listed = chain.list_peer(domain.owner, domain.id, here, Some(Balance(1)));
    accepted(listed, "the domain lists the chain")?;
    let listed = chain.list_peer_of_consensus(domain.id, true);
    accepted(listed, "the chain lists the domain").map(drop)
}

/// A domain with an open channel to the chain.
pub(super) fn connected<T: Config>() -> Done<Domain> {
    let mut domain = story::ready::<T>(&Setting::plain(0))?;
    list::<T>(&domain)?;
    let opened = Pallet::<T>::consensus().open_channel(domain.owner, domain.id, ChainId::Consensus, 4);
    accepted(opened, "the channel is asked for")?;
    // The domain is told.
    domain.round::<T>(Vec::new())?;
    Ok(domain)
}

/// A request as long as one may be.
pub(super) fn request() -> Request {
    Request {
        recipient: PartyId(sender(1).0),
        value: Balance(70),
        deadline: FAR,
        data: BoundedVec::new(Vec::from([7; 1_024])).unwrap_or_default(),
        ..Request::default()
    }
}

/// A domain whose channel is full of requests that it has not seen.
pub(super) fn waiting<T: Config>() -> Done<Domain> {
    let domain = connected::<T>()?;
    for _ in 0..4 {
        let sent = Pallet::<T>::consensus().send_message(domain.owner, CHANNEL, request());
        accepted(sent, "the request is sent")?;
    }
    Ok(domain)
}

/// A domain whose channel is open, and what shows the message that it has sent.
pub(super) fn sent<T: Config>() -> Done<(Domain, Vec<u8>)> {
    let mut domain = connected::<T>()?;
    let asked = Call::Send {
        channel: CHANNEL,
        to: PartyId(domain.owner.0),
        value: Balance(500),
        deadline: FAR,
        data: need(BoundedVec::new(Vec::from([7; 64])), "the data fits")?,
    };
    domain.round::<T>(Vec::from([signed(0, 0, asked)?]))?;
    let message = domain.shown()?;
    Ok((domain, message))
}
