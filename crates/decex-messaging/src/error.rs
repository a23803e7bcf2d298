//! What is refused, and why.

use decex_core::id::{Balance, DomainId, DomainNumber};
use decex_core::list::InvalidListProof;
use decex_core::message::{ChainId, ChannelId, MessageNumber};

/// Why a domain does not send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// N1: the channel is not open at this end.
    #[error("the channel is not open")]
    NoChannel,
    /// N2: as many requests as the channel's capacity are unanswered.
    #[error("the channel has no room for a request before one is answered")]
    Full,
    /// N4: the outbox holds no more.
    #[error("the outbox holds no more")]
    Outbox,
}

impl NotSent {
    /// Returns the stable code of this error: the number of its rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NoChannel => 1,
            Self::Full => 2,
            Self::Outbox => 4,
        }
    }
}

/// Why consensus does not do what is asked of its channels. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedMessage {
    /// N10: the receipt is not final, or so old that consensus has forgotten it.
    #[error("no final receipt of domain {} at {} is known", domain.0, number.0)]
    NotFinal {
        /// The domain.
        domain: DomainId,
        /// The number.
        number: DomainNumber,
    },
    /// N11: the message does not stand in that receipt's outbox.
    #[error("the message is not in the outbox: {0}")]
    Path(InvalidListProof),
    /// N12: the message names another source than the domain whose outbox it stands in.
    #[error("the message is not from domain {}", expected.0)]
    Source {
        /// Whose outbox it stands in.
        expected: DomainId,
        /// What it says.
        found: ChainId,
    },
    /// N13: no such channel, or it is closed and settled.
    #[error("there is no channel {}", channel.0)]
    NoChannel {
        /// The channel.
        channel: ChannelId,
    },
    /// N14: source and destination are not the two ends of the channel.
    #[error("the message does not go from one end of its channel to the other")]
    Ends,
    /// N15: only consensus says this.
    #[error("only consensus says what the message says")]
    Payload,
    /// N16: the channel is not in the state for this.
    #[error("the channel is not in the state for this")]
    State,
    /// N17: not the next request of its channel, a count that does not match, or said before.
    #[error("request {}, expected {}", found.0, expected.0)]
    Order {
        /// What is next.
        expected: MessageNumber,
        /// What is given.
        found: MessageNumber,
    },
    /// N18: as many requests as the channel's capacity are unanswered.
    #[error("the channel has no room for a request before one is answered")]
    Full,
    /// N19: more than is known to be in the sending domain.
    #[error("{} of {} are in the domain", held.0, needed.0)]
    Unbacked {
        /// What would leave.
        needed: Balance,
        /// What is there.
        held: Balance,
    },
    /// N20: the request that is answered does not wait for an answer.
    #[error("request {} does not wait for an answer", number.0)]
    NotWaiting {
        /// The request.
        number: MessageNumber,
    },
    /// N21: the domain takes no (further) message in this block.
    #[error("domain {} takes no further message in this block", domain.0)]
    NoRoom {
        /// The domain.
        domain: DomainId,
    },
    /// N22: the two ends of a channel must differ.
    #[error("a channel needs two ends")]
    SameEnds,
    /// N23: one end does not list the other.
    #[error("one end does not allow the other")]
    NotAllowed,
    /// N24: a capacity out of range.
    #[error("a capacity of {found} is not in 1..={most}")]
    Capacity {
        /// The most allowed.
        most: u32,
        /// What is asked for.
        found: u32,
    },
    /// N25: the domain has no channels at all, or does not exist.
    #[error("domain {} has no channels", domain.0)]
    NoMessages {
        /// The domain.
        domain: DomainId,
    },
    /// N29: a domain says why consensus would have refused a request.
    #[error("only consensus refuses a request for this reason")]
    Reason,
    /// N26: the deadline of a request that is being sent has passed.
    #[error("the deadline has passed")]
    Deadline,
}

impl RefusedMessage {
    /// Returns the stable code of this error: the number of its rule.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NotFinal { .. } => 10,
            Self::Path(_) => 11,
            Self::Source { .. } => 12,
            Self::NoChannel { .. } => 13,
            Self::Ends => 14,
            Self::Payload => 15,
            Self::State => 16,
            Self::Order { .. } => 17,
            Self::Full => 18,
            Self::Unbacked { .. } => 19,
            Self::NotWaiting { .. } => 20,
            Self::NoRoom { .. } => 21,
            Self::SameEnds => 22,
            Self::NotAllowed => 23,
            Self::Capacity { .. } => 24,
            Self::NoMessages { .. } => 25,
            Self::Deadline => 26,
            Self::Reason => 29,
        }
    }
}

/// A refusal, or the host's own failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HubError<E> {
    /// A rule is broken.
    #[error(transparent)]
    Refused(#[from] RefusedMessage),
    /// The host failed.
    #[error("the host failed")]
    Host(E),
}
