//! What the hub reads, and what it changes.

use super::channel::{Channel, Side, Waiting};
use alloc::vec::Vec;
use decex_core::Host;
use decex_core::id::{AccountId, Balance, DomainId, DomainNumber, ListRoot};
use decex_core::message::{Answer, ChainId, ChannelId, Message, MessageNumber, Refusal, Request};
use parity_scale_codec::{Decode, Encode};

/// Read access for the rules of channels.
///
/// # Contract
/// Answers for the state with everything before in the same block already counted.
pub trait HubView: Host {
    /// Returns a channel.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn channel(&self, channel: ChannelId) -> Result<Option<Channel>, Self::Error>;
    /// Returns a request that an end sent and that waits for an answer.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn waiting(
        &self,
        channel: ChannelId,
        from: Side,
        number: MessageNumber,
    ) -> Result<Option<Waiting>, Self::Error>;
    /// Returns the outbox of a receipt, if that is *final*, the one at `number` and still known.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn final_outbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ListRoot>, Self::Error>;
    /// Returns what is known to be in a domain.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn domain_balance(&self, domain: DomainId) -> Result<Balance, Self::Error>;
    /// Returns what `chain` takes for handling a message if it lists `peer` among those that it talks with, `None` if not.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn listed_fee(&self, chain: ChainId, peer: ChainId) -> Result<Option<Balance>, Self::Error>;
    /// Returns what a domain takes in this block, `None` if there is no such domain or it has no channels at all.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn room(&self, domain: DomainId) -> Result<Option<Room>, Self::Error>;
}

/// What a domain takes in the block that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Messages that it takes yet.
    pub messages: u32,
    /// Whether requests are among them: not while its owner has paused it.
    pub requests: bool,
}

/// Where money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Purse {
    /// With an account of the consensus chain.
    Account(AccountId),
    /// In a domain.
    Domain(DomainId),
    /// In the deposits of channels.
    Deposit,
}

/// Money that moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// From here.
    pub from: Purse,
    /// To here.
    pub to: Purse,
    /// How much. Not zero.
    pub amount: Balance,
}

/// What a call on a channel changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a message that is not forwarded is lost"]
pub struct HubChanges {
    /// Which channel.
    pub channel: ChannelId,
    /// What is kept of it, `None`: forgotten.
    pub kept: Option<Channel>,
    /// The request that waits for an answer from now on (`Some`), or no longer.
    pub waiting: Option<(Side, MessageNumber, Option<Waiting>)>,
    /// Money that moves, in this order. An account pays in the first of them, if in any.
    pub moves: Vec<Move>,
    /// Messages for domains, which go into their open inboxes in this order. Each `to` is a domain.
    pub forced: Vec<Message>,
    /// What happened.
    pub outcome: Outcome,
}

/// What happened to a channel.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// It is asked for.
    Asked,
    /// It is open.
    Opened,
    /// The other end did not want it.
    Declined,
    /// It is closed: one end or both were told.
    Closed,
    /// An end knows that it is closed.
    Drained,
    /// A request is on its way to a domain.
    Forwarded(MessageNumber),
    /// A request has reached an account of the consensus chain.
    Delivered(MessageNumber, Request),
    /// A request was refused by consensus.
    Bounced(MessageNumber, Refusal),
    /// An answer is on its way to the domain that asked, or has reached the account that asked.
    Answered(MessageNumber, Answer),
}
