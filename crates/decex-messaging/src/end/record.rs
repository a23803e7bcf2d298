//! Where a domain keeps its channels.

use decex_core::codec::decode_exact;
use decex_core::hash::Hash;
use decex_core::id::{Balance, DomainNumber};
use decex_core::label;
use decex_core::list::Frontier;
use decex_core::message::{ChainId, ChannelId, ChannelTerms, MessageNumber, PartyId};
use decex_core::state::{Halt, StateAccess, StateKey, Value};
use parity_scale_codec::{Decode, Encode};

/// All messages that the domain has sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Outbox {
    pub(super) frontier: Frontier,
    /// The last block that sent any.
    pub(super) block: DomainNumber,
    /// How many that block has sent.
    pub(super) count: u32,
}

/// A domain's end of an open channel.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct End {
    /// The chain at the other end.
    pub(super) peer: ChainId,
    pub(super) terms: ChannelTerms,
    /// Whether this domain asked for the channel.
    pub(super) opener: bool,
    /// The next request.
    pub(super) next: MessageNumber,
    pub(super) unanswered: u32,
}

impl End {
    /// What this domain takes for handling a message.
    pub(super) const fn own_fee(&self) -> Balance {
        if self.opener {
            self.terms.opener_fee
        } else {
            self.terms.acceptor_fee
        }
    }

    /// What the other chain takes.
    pub(super) const fn peer_fee(&self) -> Balance {
        if self.opener {
            self.terms.acceptor_fee
        } else {
            self.terms.opener_fee
        }
    }
}

/// A request of this domain that is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Pending {
    pub(super) sender: PartyId,
    pub(super) value: Balance,
    /// For handling the answer here.
    pub(super) own_fee: Balance,
    /// For handling the request there.
    pub(super) peer_fee: Balance,
}

fn key(kind: u8, parameters: &impl Encode) -> StateKey {
    StateKey(
        Hash::new(&label::RESERVED_KEY)
            .chain(b"messaging")
            .chain([kind])
            .chain(parameters.encode())
            .finish(),
    )
}

pub(super) fn outbox_key() -> StateKey {
    key(0, &())
}

pub(super) fn item_key(place: u32) -> StateKey {
    key(1, &place)
}

pub(super) fn end_key(channel: ChannelId) -> StateKey {
    key(2, &channel)
}

pub(super) fn pending_key(channel: ChannelId, number: MessageNumber) -> StateKey {
    key(3, &(channel, number))
}

/// Reads a value; what does not decode (only a foreign genesis can hold such) counts as absent.
pub(super) fn read<T: Decode>(state: &mut dyn StateAccess, key: &StateKey) -> Result<Option<T>, Halt> {
    let value = state.get(key)?;
    Ok(value.and_then(|bytes| decode_exact(&bytes, bytes.len()).ok()))
}

pub(super) fn write<T: Encode>(
    state: &mut dyn StateAccess,
    key: &StateKey,
    value: Option<&T>,
) -> Result<(), Halt> {
    state.set(key, value.map(|value| Value::from(value.encode())))
}
