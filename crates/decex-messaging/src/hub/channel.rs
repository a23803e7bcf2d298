//! What consensus keeps of a channel.

use decex_core::id::{AccountId, Balance};
use decex_core::message::{ChainId, ChannelTerms, MessageNumber};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// The most requests that may go unanswered over one channel, each way.
pub const MAX_CAPACITY: u32 = 1_024;

/// How far a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub enum Stage {
    /// Asked for; the other end has not accepted.
    Asked,
    /// Requests go both ways.
    Open,
    /// No request gets through any more: those that come are refused. Answers do.
    Closed,
}

/// Which end of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen)]
pub enum Side {
    /// The one that asked for it.
    Opener,
    /// The other.
    Acceptor,
}

impl Side {
    /// Returns the other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Opener => Self::Acceptor,
            Self::Acceptor => Self::Opener,
        }
    }
}

/// What one end has sent over a channel, as far as consensus knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Sender {
    /// Its next request.
    pub next: MessageNumber,
    /// How many of its requests wait for an answer.
    pub unanswered: u32,
    /// It was told that the channel is closed.
    pub told: bool,
    /// It knows that the channel is closed, and all that it sent before has come.
    pub drained: bool,
}

/// A channel, until it is closed, empty and forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Channel {
    /// The chain that asked for it.
    pub opener: ChainId,
    /// The chain at the other end.
    pub acceptor: ChainId,
    /// What it costs and holds.
    pub terms: ChannelTerms,
    /// Who gets the deposit back.
    pub depositor: AccountId,
    /// Held until the channel is forgotten: it pays for this record.
    pub deposit: Balance,
    /// How far it is.
    pub stage: Stage,
    /// What the opener has sent.
    pub from_opener: Sender,
    /// What the acceptor has sent.
    pub from_acceptor: Sender,
}

impl Channel {
    /// Returns the chain at an end.
    #[must_use]
    pub const fn chain(&self, side: Side) -> ChainId {
        match side {
            Side::Opener => self.opener,
            Side::Acceptor => self.acceptor,
        }
    }

    /// Returns which end a chain is, `None` if it is neither.
    #[must_use]
    pub fn side(&self, chain: ChainId) -> Option<Side> {
        [Side::Opener, Side::Acceptor]
            .into_iter()
            .find(|side| self.chain(*side) == chain)
    }

    /// Returns what an end takes for handling a message.
    #[must_use]
    pub const fn fee(&self, side: Side) -> Balance {
        match side {
            Side::Opener => self.terms.opener_fee,
            Side::Acceptor => self.terms.acceptor_fee,
        }
    }

    /// Returns what an end has sent.
    #[must_use]
    pub const fn sender(&self, side: Side) -> &Sender {
        match side {
            Side::Opener => &self.from_opener,
            Side::Acceptor => &self.from_acceptor,
        }
    }

    pub(super) const fn sender_mut(&mut self, side: Side) -> &mut Sender {
        match side {
            Side::Opener => &mut self.from_opener,
            Side::Acceptor => &mut self.from_acceptor,
        }
    }

    /// Whether nothing of it can come any more.
    pub(super) fn is_done(&self) -> bool {
        let done = |sender: &Sender| sender.drained && sender.unanswered == 0;
        self.stage == Stage::Closed && done(&self.from_opener) && done(&self.from_acceptor)
    }
}

/// A request that waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Waiting {
    /// What went with it, and comes back if it is refused.
    pub value: Balance,
    /// Who sent it, if it came from the consensus chain.
    pub account: Option<AccountId>,
}
