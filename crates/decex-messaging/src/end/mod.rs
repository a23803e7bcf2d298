//! A domain's end of its channels: what an engine calls. Everything that it keeps is in the domain's state, under keys of its own,
//! so it is executed, traced and refuted like everything else there.
//!
//! An engine calls [`receive`] and [`refuse`] from its methods of the same names, [`send`] where a transaction sends, and
//! [`outbox_root`] when it finishes a block. What an account is and how it holds money is the engine's: it answers as an
//! [`Application`].

mod record;

use crate::error::NotSent;
use alloc::vec::Vec;
use decex_core::execution::Context;
use decex_core::id::{Balance, ListRoot};
use decex_core::list::Frontier;
use decex_core::message::{
    Answer, ChainId, ChannelId, ChannelTerms, MAX_ANSWER_BYTES, Message, MessageNumber, PartyId, Payload,
    Refusal, Request,
};
use decex_core::state::{Halt, StateAccess};
use decex_core::{BoundedBytes, DomainNumber};
use record::{End, Outbox, Pending, end_key, item_key, outbox_key, pending_key, read, write};

/// What an engine does for messages. Money that enters or leaves here is money of the whole domain: the balance that consensus
/// keeps for it changes by as much.
pub trait Application {
    /// Gives `request.value`, which is new in the domain, to the recipient, and lets it act on the data. `Ok(Err(_))`: the request is
    /// refused, and the state is as it was; a reason that only consensus gives (N29) is answered as [`Refusal::Recipient`].
    ///
    /// # Errors
    /// Only what `state` returns.
    fn deliver(
        &mut self,
        state: &mut dyn StateAccess,
        origin: Origin,
        request: &Request,
    ) -> Result<Result<BoundedBytes<MAX_ANSWER_BYTES>, Refusal>, Halt>;
    /// Gives `refund` back to the sender of a request that was answered. Touches a constant number of small values.
    ///
    /// # Errors
    /// Only what `state` returns.
    fn refund(&mut self, state: &mut dyn StateAccess, sender: &PartyId, refund: Balance) -> Result<(), Halt>;
    /// Tells the sender of a request its answer, after any refund. Nothing that it does is undone by a failure here.
    ///
    /// # Errors
    /// Only what `state` returns.
    fn answered(
        &mut self,
        state: &mut dyn StateAccess,
        origin: Origin,
        sender: &PartyId,
        answer: &Answer,
    ) -> Result<(), Halt>;
    /// Counts a fee among the block's execution fees. Touches a constant number of small values.
    ///
    /// # Errors
    /// Only what `state` returns.
    fn collect(&mut self, state: &mut dyn StateAccess, fee: Balance) -> Result<(), Halt>;
}

/// Where a message that came in is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The chain.
    pub chain: ChainId,
    /// The channel.
    pub channel: ChannelId,
    /// The request, or the one that is answered.
    pub number: MessageNumber,
}

/// What sending over a channel takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The chain at the other end.
    pub peer: ChainId,
    /// For handling the request there and the answer here.
    pub fees: Balance,
    /// The number that the next request gets.
    pub next: MessageNumber,
    /// How many requests may be sent now, by the channel's capacity: N2.
    pub room: u32,
}

impl Quote {
    /// Returns what the sender pays for a request of this value: N3, `None` if it is more than there can be.
    #[must_use]
    pub const fn cost(&self, value: Balance) -> Option<Balance> {
        value.checked_add(self.fees)
    }
}

/// Returns what sending over a channel takes, or `None` if it is not open at this end. Touches one key.
///
/// # Errors
/// Only what `state` returns.
pub fn quote(state: &mut dyn StateAccess, channel: ChannelId) -> Result<Option<Quote>, Halt> {
    let end: Option<End> = read(state, &end_key(channel))?;
    Ok(end.map(|end| Quote {
        peer: end.peer,
        // A sum that does not fit can be paid by nobody.
        fees: Balance(end.own_fee().0.saturating_add(end.peer_fee().0)),
        next: end.next,
        room: end.terms.capacity.saturating_sub(end.unanswered),
    }))
}

/// Returns how many more messages the outbox holds: N4. Touches one key.
///
/// # Errors
/// Only what `state` returns.
pub fn outbox_room(state: &mut dyn StateAccess) -> Result<u32, Halt> {
    let outbox: Option<Outbox> = read(state, &outbox_key())?;
    Ok(u32::MAX.saturating_sub(outbox.map_or(0, |outbox| outbox.frontier.length())))
}

/// Sends a request. The engine has taken the [cost](Quote::cost) of it from the sender, and takes it from nobody if this refuses.
///
/// # Errors
/// Only what `state` returns; a refusal (N1, N2, N4) is the inner value, and changes nothing.
pub fn send(
    context: &Context,
    state: &mut dyn StateAccess,
    channel: ChannelId,
    request: Request,
) -> Result<Result<MessageNumber, NotSent>, Halt> {
    // N1: the channel is open at this end.
    let Some(mut end) = read::<End>(state, &end_key(channel))? else {
        return Ok(Err(NotSent::NoChannel));
    };
    // N2: no more unanswered requests than consensus lets through.
    if end.unanswered >= end.terms.capacity {
        return Ok(Err(NotSent::Full));
    }
    let number = end.next;
    let pending = Pending {
        sender: request.sender,
        value: request.value,
        own_fee: end.own_fee(),
        peer_fee: end.peer_fee(),
    };
    let payload = Payload::Request(number, request);
    // N4: the outbox holds one more.
    if !push(context, state, end.peer, channel, payload)? {
        return Ok(Err(NotSent::Outbox));
    }
    end.next = MessageNumber(number.0.saturating_add(1));
    end.unanswered = end.unanswered.saturating_add(1);
    write(state, &end_key(channel), Some(&end))?;
    write(state, &pending_key(channel, number), Some(&pending))?;
    Ok(Ok(number))
}

/// Takes a message in. A request is answered in the same step, whatever becomes of it (N5).
///
/// # Errors
/// Only what `state` returns.
pub fn receive(
    context: &Context,
    state: &mut dyn StateAccess,
    message: &Message,
    application: &mut impl Application,
) -> Result<(), Halt> {
    take_in(context, state, message, application, true)
}

/// Takes a message in without letting anybody act on it: a request is refused, an answer is only settled. Touches at most three
/// keys beside what the application touches for the fee and the refund: all of it is within
/// [`REFUSE_ALLOWANCE`](decex_core::execution::REFUSE_ALLOWANCE), or the message has no effect and no answer.
///
/// # Errors
/// Only what `state` returns.
pub fn refuse(
    context: &Context,
    state: &mut dyn StateAccess,
    message: &Message,
    application: &mut impl Application,
) -> Result<(), Halt> {
    take_in(context, state, message, application, false)
}

fn take_in(
    context: &Context,
    state: &mut dyn StateAccess,
    message: &Message,
    application: &mut impl Application,
    acts: bool,
) -> Result<(), Halt> {
    let (channel, peer) = (message.channel, message.from);
    match &message.payload {
        Payload::Open(terms) => {
            open(state, channel, peer, *terms, false)?;
            push(context, state, peer, channel, Payload::Accept(true))?;
        }
        Payload::Opened(terms) => open(state, channel, peer, *terms, true)?,
        Payload::Close => {
            let end: Option<End> = read(state, &end_key(channel))?;
            // One that was never told that it is open has sent nothing.
            let sent = end.map_or(MessageNumber(0), |end| end.next);
            write::<End>(state, &end_key(channel), None)?;
            push(context, state, peer, channel, Payload::Drained(sent))?;
        }
        Payload::Request(number, request) => {
            let origin = Origin {
                chain: peer,
                channel,
                number: *number,
            };
            let answer = handle(state, origin, request, application, acts)?;
            push(context, state, peer, channel, Payload::Answer(*number, answer))?;
        }
        Payload::Answer(number, answer) => {
            let origin = Origin {
                chain: peer,
                channel,
                number: *number,
            };
            settle(state, origin, answer, application, acts)?;
        }
        // Consensus takes these in itself.
        Payload::Accept(_) | Payload::Drained(_) => {}
    }
    Ok(())
}

fn open(
    state: &mut dyn StateAccess,
    channel: ChannelId,
    peer: ChainId,
    terms: ChannelTerms,
    opener: bool,
) -> Result<(), Halt> {
    let end = End {
        peer,
        terms,
        opener,
        next: MessageNumber(0),
        unanswered: 0,
    };
    write(state, &end_key(channel), Some(&end))
}

/// N5: returns the answer to a request, whose fee is kept whatever it is.
fn handle(
    state: &mut dyn StateAccess,
    origin: Origin,
    request: &Request,
    application: &mut impl Application,
    acts: bool,
) -> Result<Answer, Halt> {
    // Consensus forwards nothing over a channel that it has told this end to forget.
    let end: Option<End> = read(state, &end_key(origin.channel))?;
    application.collect(state, end.map_or(Balance::ZERO, |end| end.own_fee()))?;
    if !acts {
        return Ok(Answer::Refused(Refusal::Limit));
    }
    let delivered = application.deliver(state, origin, request)?;
    Ok(match delivered {
        Ok(said) => Answer::Delivered(said),
        Err(Refusal::Limit) => Answer::Refused(Refusal::Limit),
        // N29: consensus takes no answer that gives its own reasons, so the request would wait for ever.
        Err(Refusal::Recipient | Refusal::Closed | Refusal::Expired) => Answer::Refused(Refusal::Recipient),
    })
}

/// N6: an answer settles the request that waits for it, once; any other has no effect.
fn settle(
    state: &mut dyn StateAccess,
    origin: Origin,
    answer: &Answer,
    application: &mut impl Application,
    acts: bool,
) -> Result<(), Halt> {
    let key = pending_key(origin.channel, origin.number);
    let Some(pending) = read::<Pending>(state, &key)? else {
        return Ok(());
    };
    write::<Pending>(state, &key, None)?;
    // A closed channel is forgotten before its last answers come.
    if let Some(mut end) = read::<End>(state, &end_key(origin.channel))? {
        end.unanswered = end.unanswered.saturating_sub(1);
        write(state, &end_key(origin.channel), Some(&end))?;
    }
    application.collect(state, pending.own_fee)?;
    let refund = match answer {
        Answer::Delivered(_) => Balance::ZERO,
        Answer::Refused(refusal) => refund(&pending, *refusal),
    };
    if refund > Balance::ZERO {
        application.refund(state, &pending.sender, refund)?;
    }
    if acts {
        application.answered(state, origin, &pending.sender, answer)?;
    }
    Ok(())
}

/// The fee of the other chain comes back too if that chain never saw the request.
fn refund(pending: &Pending, refusal: Refusal) -> Balance {
    match refusal {
        // The sum was paid, so it fits.
        Refusal::Closed | Refusal::Expired => Balance(pending.value.0.saturating_add(pending.peer_fee.0)),
        Refusal::Recipient | Refusal::Limit => pending.value,
    }
}

/// Appends a message to the outbox. Returns whether there was room, which runs out after `u32::MAX` messages.
fn push(
    context: &Context,
    state: &mut dyn StateAccess,
    to: ChainId,
    channel: ChannelId,
    payload: Payload,
) -> Result<bool, Halt> {
    let message = Message {
        from: ChainId::Domain(context.domain),
        to,
        channel,
        payload,
    };
    let mut outbox: Outbox = read(state, &outbox_key())?.unwrap_or_default();
    if outbox.frontier.append(message.compute_leaf()).is_err() {
        return Ok(false);
    }
    if outbox.block != context.number {
        (outbox.block, outbox.count) = (context.number, 0);
    }
    // Later blocks write over it: a relayer reads a block's messages from the state after the block.
    write(state, &item_key(outbox.count), Some(&message))?;
    outbox.count = outbox.count.saturating_add(1);
    write(state, &outbox_key(), Some(&outbox))?;
    Ok(true)
}

/// Returns the root over all messages that the domain has sent: what [`Engine::finish`](decex_core::execution::Engine::finish) reports.
///
/// # Errors
/// Only what `state` returns.
pub fn outbox_root(state: &mut dyn StateAccess) -> Result<ListRoot, Halt> {
    let outbox: Option<Outbox> = read(state, &outbox_key())?;
    Ok(outbox.map_or_else(|| Frontier::default().root(), |outbox| outbox.frontier.root()))
}

/// What one block has sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Place of the first message in the outbox.
    pub first: u32,
    /// The messages, in order.
    pub messages: Vec<Message>,
}

/// Reads what block `number` has sent from the state after it: for operators and relayers.
///
/// # Errors
/// Only what `state` returns.
pub fn sent_in(state: &mut dyn StateAccess, number: DomainNumber) -> Result<Sent, Halt> {
    let outbox: Outbox = read(state, &outbox_key())?.unwrap_or_default();
    if outbox.block != number {
        return Ok(Sent {
            first: outbox.frontier.length(),
            messages: Vec::new(),
        });
    }
    let mut messages = Vec::new();
    for place in 0..outbox.count {
        messages.extend(read::<Message>(state, &item_key(place))?);
    }
    Ok(Sent {
        first: outbox.frontier.length().saturating_sub(outbox.count),
        messages,
    })
}
