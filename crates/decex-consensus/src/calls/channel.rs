//! Channels: who lists whom, open one, close it, send over it, and pass on what a domain has sent.

use super::domain::owned;
use crate::consensus::Consensus;
use crate::error::{CallError, RefusedChannel, RefusedOwnerCall, RefusedRelay, StoreError};
use crate::event::Event;
use crate::host::{ConsensusHost, HoldError, Store};
use crate::keys;
use crate::model::{Clock, Counters};
use crate::state::{Changes, State};
use alloc::vec::Vec;
use decex_core::message::{ChainId, ChannelId, Request};
use decex_core::{AccountId, Balance, DomainId, decode_exact};
use decex_messaging::hub::{self, Opening, Relayed};
use decex_messaging::{HubError, RefusedMessage};

type Refused<E> = CallError<RefusedChannel, E>;

impl<H: ConsensusHost> Consensus<H> {
    /// Puts `peer` on the list of those that a domain talks with, at a fee for each message that the domain handles, or takes it off
    /// (`None`). Both ends of a channel must list each other when it is opened; one that is open stays until it is closed.
    ///
    /// # Errors
    /// When there is no such domain, or none that is put on the list (K8), `caller` is not its owner (K9), or the host fails.
    pub fn list_peer(
        &mut self,
        caller: AccountId,
        domain: DomainId,
        peer: ChainId,
        fee: Option<Balance>,
    ) -> Result<Vec<Event>, CallError<RefusedOwnerCall, H::Error>> {
        let mut state = State::new(&self.host);
        owned(&state, caller, domain)?;
        check_listed(&state, peer, fee)?;
        list(&mut state, ChainId::Domain(domain), peer, fee);
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }

    /// Puts a domain on the list of those that the consensus chain itself talks with, or takes it off. For the host's governance:
    /// the host lets nobody else call it.
    ///
    /// # Errors
    /// When there is no such domain to put on the list (K8), or the host fails.
    pub fn list_peer_of_consensus(
        &mut self,
        peer: DomainId,
        listed: bool,
    ) -> Result<Vec<Event>, CallError<RefusedOwnerCall, H::Error>> {
        let mut state = State::new(&self.host);
        let fee = listed.then_some(Balance::ZERO);
        check_listed(&state, ChainId::Domain(peer), fee)?;
        list(&mut state, ChainId::Consensus, ChainId::Domain(peer), fee);
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }

    /// Asks for a channel from a domain to another chain, with room for `capacity` unanswered requests each way. Holds the host's
    /// deposit until nothing is left of the channel.
    ///
    /// # Errors
    /// When no block has begun (K3), there is no such domain (K8), `caller` is not its owner (K9), a rule of channels is broken
    /// (K60: N21 to N25), the deposit is not covered (K61), or the host fails.
    pub fn open_channel(
        &mut self,
        caller: AccountId,
        opener: DomainId,
        acceptor: ChainId,
        capacity: u32,
    ) -> Result<(ChannelId, Vec<Event>), Refused<H::Error>> {
        let mut state = State::new(&self.host);
        let clock = begun(&state)?;
        owned(&state, caller, opener).map_err(owner_call)?;
        let counters = state.counters()?;
        let opening = Opening {
            channel: counters.channel,
            opener,
            acceptor,
            capacity,
            depositor: caller,
            deposit: self.config.channel_deposit,
        };
        let changes = hub::open(&state, &opening).map_err(refuse)?;
        let next = ChannelId(counters.channel.0.saturating_add(1));
        state.set(
            keys::counters(),
            &Counters {
                channel: next,
                ..counters
            },
        );
        state.pass(&clock, changes)?;
        let changes = state.into_changes();
        let events = self.apply_paid(changes, opening.deposit)?;
        Ok((counters.channel, events))
    }

    /// Closes a channel. Requests that consensus has not seen yet are refused, so that their value goes back; those on their way
    /// are answered. Called again, it tells an end that had no room for the message before.
    ///
    /// # Errors
    /// When no block has begun (K3), `caller` owns neither end (K9), a rule of channels is broken (K60: N13, N16, N21), or the
    /// host fails.
    pub fn close_channel(
        &mut self,
        caller: AccountId,
        channel: ChannelId,
    ) -> Result<Vec<Event>, Refused<H::Error>> {
        self.close(channel, |state, end| match end {
            ChainId::Consensus => Ok(false),
            ChainId::Domain(domain) => Ok(state.domain(domain)?.is_some_and(|found| found.owner == caller)),
        })
        .map_err(|error| error.unwrap_or(CallError::Refused(RefusedChannel::NotOwner { found: caller })))
    }

    /// Closes a channel of the consensus chain itself. For the host's governance: the host lets nobody else call it.
    ///
    /// # Errors
    /// As [`close_channel`](Self::close_channel); a channel between two domains is refused (K60: N14).
    pub fn close_channel_of_consensus(
        &mut self,
        channel: ChannelId,
    ) -> Result<Vec<Event>, Refused<H::Error>> {
        self.close(channel, |_, end| Ok(end == ChainId::Consensus))
            .map_err(|error| error.unwrap_or(CallError::Refused(RefusedChannel::Rule(RefusedMessage::Ends))))
    }

    /// Sends a request from an account of the consensus chain over a channel that ends there. The account pays its value and the fee
    /// of the other chain. Whatever sender the request names, it is sent in the name of `account`.
    ///
    /// # Errors
    /// When no block has begun (K3), a rule of channels is broken (K60), the account cannot pay (K61), or the host fails.
    pub fn send_message(
        &mut self,
        account: AccountId,
        channel: ChannelId,
        request: Request,
    ) -> Result<Vec<Event>, Refused<H::Error>> {
        let mut state = State::new(&self.host);
        let clock = begun(&state)?;
        let changes = hub::send(&state, clock.block.number, channel, account, request).map_err(refuse)?;
        let cost = changes.moves.first().map_or(Balance::ZERO, |paid| paid.amount);
        state.pass(&clock, changes)?;
        let changes = state.into_changes();
        self.apply_paid(changes, cost)
    }

    /// Passes on a message that a domain has sent, given as the bytes of a [`Relayed`]. Anybody may: its proof is all that counts.
    ///
    /// # Errors
    /// When no block has begun (K3), the bytes are no message with its proof (K19), a rule of channels is broken (K60), or the
    /// host fails.
    pub fn relay_message(&mut self, bytes: &[u8]) -> Result<Vec<Event>, CallError<RefusedRelay, H::Error>> {
        let mut state = State::new(&self.host);
        // K3: messages are taken in by a block.
        let clock = state.clock()?.ok_or(CallError::Refused(RefusedRelay::NotBegun))?;
        // K19: the bytes are one message with its proof, and no longer than the host carries.
        let limit = usize::try_from(self.config.limits.message_bytes).unwrap_or(usize::MAX);
        let relayed: Relayed =
            decode_exact(bytes, limit).map_err(|e| CallError::Refused(RefusedRelay::Bytes(e)))?;
        // K60: by the rules of channels.
        let changes = hub::relay(&state, clock.block.number, &relayed).map_err(|error| match error {
            HubError::Refused(refused) => CallError::Refused(RefusedRelay::Rule(refused)),
            HubError::Host(error) => CallError::Host(error),
        })?;
        state.pass(&clock, changes)?;
        let changes = state.into_changes();
        Ok(self.apply_free(changes)?)
    }

    /// Closes a channel if `speaks_for` one of its ends; `Err(None)` if not.
    fn close(
        &mut self,
        channel: ChannelId,
        speaks_for: impl Fn(&State<'_, H>, ChainId) -> Result<bool, StoreError<H::Error>>,
    ) -> Result<Vec<Event>, Option<Refused<H::Error>>> {
        let mut state = State::new(&self.host);
        let clock = begun(&state).map_err(Some)?;
        let changes = hub::close(&state, channel).map_err(|error| Some(refuse(error)))?;
        let kept = changes.kept.iter();
        let mut may = false;
        for end in kept.flat_map(|channel| [channel.opener, channel.acceptor]) {
            may |= speaks_for(&state, end).map_err(|error| Some(CallError::Host(error)))?;
        }
        // K9: for one of the ends.
        if !may {
            return Err(None);
        }
        state.pass(&clock, changes).map_err(|error| Some(error.into()))?;
        let changes = state.into_changes();
        self.apply_free(changes).map_err(|error| Some(error.into()))
    }

    /// Applies a change that an account pays for.
    fn apply_paid(&mut self, changes: Changes, required: Balance) -> Result<Vec<Event>, Refused<H::Error>> {
        self.apply(changes).map_err(|error| match error {
            // K61: the amount is covered.
            HoldError::Insufficient => CallError::Refused(RefusedChannel::Funds { required }),
            HoldError::Host(error) => CallError::Host(error),
        })
    }
}

/// Lists hold no names of domains that do not exist: nobody pays for them.
fn check_listed<H: Store>(
    state: &State<'_, H>,
    peer: ChainId,
    fee: Option<Balance>,
) -> Result<(), CallError<RefusedOwnerCall, H::Error>> {
    if let (ChainId::Domain(found), Some(_)) = (peer, fee) {
        // K8: a domain of this host.
        let unknown = CallError::Refused(RefusedOwnerCall::UnknownDomain { found });
        state.domain(found)?.ok_or(unknown)?;
    }
    Ok(())
}

fn list<H: Store>(state: &mut State<'_, H>, chain: ChainId, peer: ChainId, fee: Option<Balance>) {
    state.set_or_remove(keys::peer(chain, peer), fee.as_ref());
    state.emit(Event::PeerListed { chain, peer, fee });
}

/// K3: channels belong to blocks.
fn begun<H: Store>(state: &State<'_, H>) -> Result<Clock, Refused<H::Error>> {
    let begun = state.clock()?;
    begun.ok_or(CallError::Refused(RefusedChannel::NotBegun))
}

fn refuse<E>(error: HubError<StoreError<E>>) -> Refused<E> {
    match error {
        // K60: by the rules of channels.
        HubError::Refused(refused) => CallError::Refused(RefusedChannel::Rule(refused)),
        HubError::Host(error) => CallError::Host(error),
    }
}

fn owner_call<E>(error: CallError<RefusedOwnerCall, E>) -> Refused<E> {
    match error {
        CallError::Host(error) => CallError::Host(error),
        CallError::Refused(RefusedOwnerCall::UnknownDomain { found }) => {
            CallError::Refused(RefusedChannel::UnknownDomain { found })
        }
        CallError::Refused(RefusedOwnerCall::NotOwner { found, .. }) => {
            CallError::Refused(RefusedChannel::NotOwner { found })
        }
    }
}
