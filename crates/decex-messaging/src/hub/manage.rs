//! Open and close channels.

use super::channel::{Channel, MAX_CAPACITY, Sender, Side, Stage};
use super::host::{HubChanges, HubView, Move, Outcome, Purse};
use super::relay::{forget_if_done, inform, told};
use crate::error::{HubError, RefusedMessage};
use alloc::vec;
use alloc::vec::Vec;
use decex_core::id::{AccountId, Balance, DomainId};
use decex_core::message::{ChainId, ChannelId, ChannelTerms, MessageNumber, Payload};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The channel's id: the next free one.
    pub channel: ChannelId,
    /// The domain that asks. Whoever calls has checked that the caller owns it.
    pub opener: DomainId,
    /// The other end.
    pub acceptor: ChainId,
    /// Requests that may go unanswered, each way.
    pub capacity: u32,
    /// Who pays the deposit.
    pub depositor: AccountId,
    /// The deposit.
    pub deposit: Balance,
}

/// Asks for a channel. A domain at the other end is asked by a message; consensus accepts at once.
///
/// # Errors
/// The first of N22 to N25 and N21 that does not hold, or a failure of the host.
pub fn open<V: HubView>(view: &V, opening: &Opening) -> Result<HubChanges, HubError<V::Error>> {
    let (opener, acceptor) = (ChainId::Domain(opening.opener), opening.acceptor);
    // N22: two ends.
    if opener == acceptor {
        return Err(RefusedMessage::SameEnds.into());
    }
    // N23: each lists the other, with the fee that it takes itself. Whoever relays to the consensus chain pays it for its work
    // already: it takes none.
    let listed = |chain, peer| view.listed_fee(chain, peer).map_err(HubError::Host);
    let fees = (listed(opener, acceptor)?, listed(acceptor, opener)?);
    let (Some(opener_fee), Some(acceptor_fee)) = fees else {
        return Err(RefusedMessage::NotAllowed.into());
    };
    let terms = ChannelTerms {
        capacity: opening.capacity,
        opener_fee,
        acceptor_fee: match acceptor {
            ChainId::Consensus => Balance::ZERO,
            ChainId::Domain(_) => acceptor_fee,
        },
    };
    // N24: the capacity bounds what consensus keeps.
    if terms.capacity == 0 || terms.capacity > MAX_CAPACITY {
        return Err(RefusedMessage::Capacity {
            most: MAX_CAPACITY,
            found: terms.capacity,
        }
        .into());
    }
    // N25: the opener can be answered.
    view.room(opening.opener)
        .map_err(HubError::Host)?
        .ok_or(RefusedMessage::NoMessages {
            domain: opening.opener,
        })?;
    let (stage, told_to, payload, outcome) = match acceptor {
        ChainId::Consensus => (Stage::Open, Side::Opener, Payload::Opened(terms), Outcome::Opened),
        ChainId::Domain(_) => (Stage::Asked, Side::Acceptor, Payload::Open(terms), Outcome::Asked),
    };
    let channel = Channel {
        opener,
        acceptor,
        terms,
        depositor: opening.depositor,
        deposit: opening.deposit,
        stage,
        from_opener: Sender::default(),
        from_acceptor: Sender::default(),
    };
    let mut forced = Vec::new();
    inform(view, &mut forced, opening.channel, &channel, told_to, payload)?;
    let deposit = Move {
        from: Purse::Account(opening.depositor),
        to: Purse::Deposit,
        amount: opening.deposit,
    };
    let moves = if opening.deposit > Balance::ZERO {
        vec![deposit]
    } else {
        Vec::new()
    };
    Ok(HubChanges {
        channel: opening.channel,
        kept: Some(channel),
        waiting: None,
        moves,
        forced,
        outcome,
    })
}

/// Closes a channel, and tells each end that has room for it. Called again, it tells the end that had none: one that cannot be told
/// keeps nobody from closing. Whoever calls has checked that the caller speaks for one of the ends.
///
/// # Errors
/// When there is no such channel (N13), both ends were told (N16), or none of those that were not has room (N21); or the host
/// failed.
pub fn close<V: HubView>(view: &V, id: ChannelId) -> Result<HubChanges, HubError<V::Error>> {
    let mut channel = view
        .channel(id)
        .map_err(HubError::Host)?
        .ok_or(RefusedMessage::NoChannel { channel: id })?;
    // N16: there is something to do.
    let was_open = channel.stage != Stage::Closed;
    if !was_open && channel.from_opener.told && channel.from_acceptor.told {
        return Err(RefusedMessage::State.into());
    }
    channel.stage = Stage::Closed;
    let (mut forced, mut refused) = (Vec::new(), None);
    for side in [Side::Opener, Side::Acceptor] {
        if channel.sender(side).told {
            continue;
        }
        match channel.chain(side) {
            // Consensus knows what it has sent.
            ChainId::Consensus => {
                let sender = channel.sender_mut(side);
                (sender.told, sender.drained) = (true, true);
            }
            ChainId::Domain(_) => match inform(view, &mut forced, id, &channel, side, Payload::Close) {
                Ok(()) => channel.sender_mut(side).told = true,
                Err(HubError::Refused(no_room)) => refused = Some(no_room),
                Err(HubError::Host(error)) => return Err(HubError::Host(error)),
            },
        }
    }
    // N21: a call that changes nothing is refused.
    if let Some(no_room) = refused.filter(|_| forced.is_empty() && !was_open) {
        return Err(no_room.into());
    }
    Ok(told(id, channel, None, Vec::new(), forced, Outcome::Closed))
}

/// What an end says when it knows that the channel is closed.
pub(super) fn drain<E>(
    id: ChannelId,
    mut channel: Channel,
    side: Side,
    sent: MessageNumber,
) -> Result<HubChanges, HubError<E>> {
    let sender = channel.sender_mut(side);
    // N16: it was told so, and says it once.
    if !sender.told || sender.drained {
        return Err(RefusedMessage::State.into());
    }
    // N17: all that it sent has come.
    if sender.next != sent {
        let (expected, found) = (sender.next, sent);
        return Err(RefusedMessage::Order { expected, found }.into());
    }
    sender.drained = true;
    Ok(forget_if_done(told(
        id,
        channel,
        None,
        Vec::new(),
        Vec::new(),
        Outcome::Drained,
    )))
}

/// What the other end says to a channel that is asked for.
pub(super) fn accept<V: HubView>(
    view: &V,
    id: ChannelId,
    mut channel: Channel,
    side: Side,
    accepted: bool,
) -> Result<HubChanges, HubError<V::Error>> {
    // N16: it is asked, and says so once.
    if side != Side::Acceptor || channel.stage != Stage::Asked {
        return Err(RefusedMessage::State.into());
    }
    let mut forced = Vec::new();
    if accepted {
        channel.stage = Stage::Open;
        let payload = Payload::Opened(channel.terms);
        inform(view, &mut forced, id, &channel, Side::Opener, payload)?;
        return Ok(told(id, channel, None, Vec::new(), forced, Outcome::Opened));
    }
    // The opener never knew of it, and the acceptor wants to know nothing.
    channel.stage = Stage::Closed;
    for side in [Side::Opener, Side::Acceptor] {
        channel.sender_mut(side).drained = true;
    }
    Ok(forget_if_done(told(
        id,
        channel,
        None,
        Vec::new(),
        forced,
        Outcome::Declined,
    )))
}
