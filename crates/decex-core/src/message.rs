//! What chains say to each other: the vocabulary of messages between domains and with the consensus chain.
//!
//! The rules are in `decex-messaging`. The words stand here because a message is an input of a domain block, as a
//! transaction is: whoever executes, judges or proves a block has to know what one is.

use crate::codec::BoundedBytes;
use crate::hash::{Digest, digest_encoded};
use crate::id::{Balance, ConsensusNumber, DomainId};
use crate::label;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Most messages that consensus puts into one domain block. They stand in its inbox until the block is final.
pub const MAX_MESSAGES_PER_BLOCK: u32 = 64;
/// Longest data of a request, in bytes.
pub const MAX_DATA_BYTES: u32 = 1_024;
/// Longest data of an answer, in bytes.
pub const MAX_ANSWER_BYTES: u32 = 256;

/// A chain that sends and receives.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub enum ChainId {
    /// The consensus chain, through which all messages go.
    #[default]
    Consensus,
    /// A domain of it.
    Domain(DomainId),
}

impl ChainId {
    /// Returns the domain, `None` for the consensus chain.
    #[must_use]
    pub const fn domain(self) -> Option<DomainId> {
        match self {
            Self::Consensus => None,
            Self::Domain(domain) => Some(domain),
        }
    }
}

/// A channel between two chains. Assigned by consensus in order of opening, never reused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct ChannelId(pub u64);

/// A request's place among those of its channel that go the same way. An answer has the number of its request.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct MessageNumber(pub u64);

/// An account on whichever chain: a `SenderId` of a domain, an `AccountId` of the consensus chain.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen,
)]
pub struct PartyId(pub Digest);

/// What a channel costs and holds, fixed when it is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct ChannelTerms {
    /// Requests that may go unanswered, each way.
    pub capacity: u32,
    /// What the chain that opened the channel takes for handling one message.
    pub opener_fee: Balance,
    /// What the other chain takes.
    pub acceptor_fee: Balance,
}

/// Something that one party asks of another, with money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Request {
    /// Who asks: an account of the sending chain. Said by that chain, so as true as it is.
    pub sender: PartyId,
    /// Of whom: an account of the receiving chain.
    pub recipient: PartyId,
    /// What goes to the recipient, and back to the sender if the request is refused.
    pub value: Balance,
    /// The last consensus block that may take it in. Later it is refused.
    pub deadline: ConsensusNumber,
    /// What the recipient reads.
    pub data: BoundedBytes<MAX_DATA_BYTES>,
}

/// Why a request is refused. Its value goes back to the sender, its fees do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen)]
pub enum Refusal {
    /// Its channel was closed before consensus saw it.
    Closed,
    /// Consensus saw it after its deadline.
    Expired,
    /// The recipient does not exist, cannot hold the value, or does not want it.
    Recipient,
    /// Handling it would have passed a limit of the receiving chain.
    Limit,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub enum Answer {
    /// The recipient has the value, and says this.
    Delivered(BoundedBytes<MAX_ANSWER_BYTES>),
    /// Nothing happened at the recipient's.
    Refused(Refusal),
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub enum Payload {
    /// The sender wants to open the channel on these terms.
    Open(ChannelTerms),
    /// Whether the channel that was asked for is accepted.
    Accept(bool),
    /// The channel is open: what consensus tells the chain that asked for it.
    Opened(ChannelTerms),
    /// The channel is closed: nothing may be asked over it any more.
    Close,
    /// The sender knows that the channel is closed. It has sent so many requests over it.
    Drained(MessageNumber),
    /// Asks.
    Request(MessageNumber, Request),
    /// Answers.
    Answer(MessageNumber, Answer),
}

/// A message, as it leaves one chain and enters another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Message {
    /// Where it comes from.
    pub from: ChainId,
    /// Where it goes.
    pub to: ChainId,
    /// The channel.
    pub channel: ChannelId,
    /// What it says.
    pub payload: Payload,
}

impl Message {
    /// Returns the leaf of this message in its sender's outbox.
    #[must_use]
    pub fn compute_leaf(&self) -> Digest {
        digest_encoded(&label::OUTBOX, self)
    }
}
