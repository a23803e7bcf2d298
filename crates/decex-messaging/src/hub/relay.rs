//! Judge a message that anybody brings, and pass it on.

use super::channel::{Channel, Side, Stage, Waiting};
use super::host::{HubChanges, HubView, Move, Outcome, Purse};
use super::manage::{accept, drain};
use crate::error::{HubError, RefusedMessage};
use alloc::vec;
use alloc::vec::Vec;
use decex_core::id::{AccountId, Balance, ConsensusNumber, DomainId, DomainNumber};
use decex_core::list::RunProof;
use decex_core::message::{Answer, ChainId, ChannelId, Message, MessageNumber, Payload, Refusal, Request};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// A message with the proof that a domain has sent it. Anybody may bring it: there is nothing to sign and nothing to trust.
///
/// What is said of the message beside it is only in whose outbox it stands. All else is in the message itself, so the two cannot
/// disagree.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Relayed {
    /// Whose outbox.
    pub domain: DomainId,
    /// As of which final receipt.
    pub receipt: DomainNumber,
    /// The message.
    pub message: Message,
    /// Its place in the outbox.
    pub path: RunProof,
}

/// Judges a message and says what it changes.
///
/// # Errors
/// The first of N10 to N21 that does not hold, or a failure of the host.
pub fn relay<V: HubView>(
    view: &V,
    now: ConsensusNumber,
    relayed: &Relayed,
) -> Result<HubChanges, HubError<V::Error>> {
    let Relayed {
        domain,
        receipt,
        message,
        path,
    } = relayed;
    // N10: the receipt is final. One that is pending or was removed has no outbox here.
    let root = view
        .final_outbox(*domain, *receipt)
        .map_err(HubError::Host)?
        .ok_or(RefusedMessage::NotFinal {
            domain: *domain,
            number: *receipt,
        })?;
    // N11: the message stands in its outbox.
    path.verify(&root, &[message.compute_leaf()])
        .map_err(RefusedMessage::Path)?;
    // N12: whose outbox it is. A domain may write there what it likes.
    if message.from != ChainId::Domain(*domain) {
        return Err(RefusedMessage::Source {
            expected: *domain,
            found: message.from,
        }
        .into());
    }
    let id = message.channel;
    // N13: there is a channel.
    let channel = view
        .channel(id)
        .map_err(HubError::Host)?
        .ok_or(RefusedMessage::NoChannel { channel: id })?;
    // N14: between these two.
    let side = channel.side(message.from).ok_or(RefusedMessage::Ends)?;
    if channel.chain(side.other()) != message.to {
        return Err(RefusedMessage::Ends.into());
    }
    match &message.payload {
        // N15: what consensus alone says.
        Payload::Open(_) | Payload::Opened(_) | Payload::Close => Err(RefusedMessage::Payload.into()),
        Payload::Accept(accepted) => accept(view, id, channel, side, *accepted),
        Payload::Drained(sent) => drain(id, channel, side, *sent),
        Payload::Request(number, request) => {
            let asked = Asked {
                id,
                side,
                number: *number,
                request,
            };
            asked.pass(view, now, channel, message)
        }
        Payload::Answer(number, answer) => answered(view, message, channel, side, *number, answer),
    }
}

/// Sends a request from the consensus chain, for an account that pays its value and the other chain's fee.
///
/// # Errors
/// When there is no such channel (N13), it does not end at the consensus chain (N14), or is not open (N16); when the channel is
/// full (N18), the deadline has passed (N26), or the domain takes no request now (N21); or the host failed.
pub fn send<V: HubView>(
    view: &V,
    now: ConsensusNumber,
    id: ChannelId,
    account: AccountId,
    request: Request,
) -> Result<HubChanges, HubError<V::Error>> {
    let mut channel = view
        .channel(id)
        .map_err(HubError::Host)?
        .ok_or(RefusedMessage::NoChannel { channel: id })?;
    // N14: it ends here.
    let side = channel.side(ChainId::Consensus).ok_or(RefusedMessage::Ends)?;
    let to = channel.chain(side.other()).domain().ok_or(RefusedMessage::Ends)?;
    // N16: requests go over it.
    if channel.stage != Stage::Open {
        return Err(RefusedMessage::State.into());
    }
    // N26: it is not late already.
    if now > request.deadline {
        return Err(RefusedMessage::Deadline.into());
    }
    let request = Request {
        sender: decex_core::message::PartyId(account.0),
        ..request
    };
    let number = channel.sender(side).next;
    let cost = cost(&channel, side, &request)?;
    let value = request.value;
    let payload = Payload::Request(number, request);
    let mut forced = Vec::new();
    count(&mut channel, side)?;
    inform(view, &mut forced, id, &channel, side.other(), payload)?;
    let moves = moved(Purse::Account(account), Purse::Domain(to), cost);
    let waiting = Waiting {
        value,
        account: Some(account),
    };
    let waiting = Some((side, number, Some(waiting)));
    Ok(told(
        id,
        channel,
        waiting,
        moves,
        forced,
        Outcome::Forwarded(number),
    ))
}

/// A request that a domain has sent.
struct Asked<'a> {
    id: ChannelId,
    side: Side,
    number: MessageNumber,
    request: &'a Request,
}

impl Asked<'_> {
    fn pass<V: HubView>(
        &self,
        view: &V,
        now: ConsensusNumber,
        mut channel: Channel,
        message: &Message,
    ) -> Result<HubChanges, HubError<V::Error>> {
        // N16: nothing goes over a channel before both ends have agreed.
        if channel.stage == Stage::Asked {
            return Err(RefusedMessage::State.into());
        }
        // N17: one after the other, each once.
        let expected = channel.sender(self.side).next;
        if self.number != expected {
            let found = self.number;
            return Err(RefusedMessage::Order { expected, found }.into());
        }
        // N27: a request that comes too late is answered here, and its money stays where it is.
        let late = (now > self.request.deadline).then_some(Refusal::Expired);
        let closed = (channel.stage == Stage::Closed).then_some(Refusal::Closed);
        if let Some(refusal) = closed.or(late) {
            let sender = channel.sender_mut(self.side);
            sender.next = MessageNumber(expected.0.saturating_add(1));
            let outcome = Outcome::Bounced(self.number, refusal);
            return self.answer_at_once(view, channel, Answer::Refused(refusal), Vec::new(), outcome);
        }
        let domain = message.from.domain().ok_or(RefusedMessage::Ends)?;
        let needed = cost(&channel, self.side, self.request)?;
        // N19: what goes with it is in the domain, so a domain that is wholly corrupt exports what was brought in and no more.
        check_backed(view, domain, needed)?;
        match message.to {
            ChainId::Consensus => {
                let sender = channel.sender_mut(self.side);
                sender.next = MessageNumber(expected.0.saturating_add(1));
                let recipient = AccountId(self.request.recipient.0);
                let moves = moved(Purse::Domain(domain), Purse::Account(recipient), needed);
                let outcome = Outcome::Delivered(self.number, self.request.clone());
                let answer = Answer::Delivered(decex_core::BoundedBytes::default());
                self.answer_at_once(view, channel, answer, moves, outcome)
            }
            ChainId::Domain(to) => {
                count(&mut channel, self.side)?;
                let mut forced = Vec::new();
                let payload = message.payload.clone();
                inform(view, &mut forced, self.id, &channel, self.side.other(), payload)?;
                let moves = moved(Purse::Domain(domain), Purse::Domain(to), needed);
                let waiting = Waiting {
                    value: self.request.value,
                    account: None,
                };
                let waiting = Some((self.side, self.number, Some(waiting)));
                let outcome = Outcome::Forwarded(self.number);
                Ok(told(self.id, channel, waiting, moves, forced, outcome))
            }
        }
    }

    fn answer_at_once<V: HubView>(
        &self,
        view: &V,
        channel: Channel,
        answer: Answer,
        moves: Vec<Move>,
        outcome: Outcome,
    ) -> Result<HubChanges, HubError<V::Error>> {
        let mut forced = Vec::new();
        let payload = Payload::Answer(self.number, answer);
        inform(view, &mut forced, self.id, &channel, self.side, payload)?;
        Ok(told(self.id, channel, None, moves, forced, outcome))
    }
}

/// A domain has answered. Answers pass over closed channels too.
fn answered<V: HubView>(
    view: &V,
    message: &Message,
    mut channel: Channel,
    side: Side,
    number: MessageNumber,
    answer: &Answer,
) -> Result<HubChanges, HubError<V::Error>> {
    let (id, asker) = (message.channel, side.other());
    // N20: the request waits for it, and for no other after it.
    let waiting = view
        .waiting(id, asker, number)
        .map_err(HubError::Host)?
        .ok_or(RefusedMessage::NotWaiting { number })?;
    let domain = message.from.domain().ok_or(RefusedMessage::Ends)?;
    let back = match answer {
        Answer::Delivered(_) => Balance::ZERO,
        Answer::Refused(Refusal::Recipient | Refusal::Limit) => waiting.value,
        // N29: for these the sender gets the other chain's fee back too, which has gone there.
        Answer::Refused(Refusal::Closed | Refusal::Expired) => return Err(RefusedMessage::Reason.into()),
    };
    // N19: likewise what goes back.
    check_backed(view, domain, back)?;
    let mut forced = Vec::new();
    let to = match (message.to, waiting.account) {
        (ChainId::Domain(to), _) => {
            inform(view, &mut forced, id, &channel, asker, message.payload.clone())?;
            Purse::Domain(to)
        }
        (ChainId::Consensus, Some(account)) => Purse::Account(account),
        // Consensus sends for accounts only.
        (ChainId::Consensus, None) => return Err(RefusedMessage::NotWaiting { number }.into()),
    };
    let sender = channel.sender_mut(asker);
    sender.unanswered = sender.unanswered.saturating_sub(1);
    let moves = moved(Purse::Domain(domain), to, back);
    let outcome = Outcome::Answered(number, answer.clone());
    let waiting = Some((asker, number, None));
    Ok(forget_if_done(told(id, channel, waiting, moves, forced, outcome)))
}

/// What goes with a request: its value, and what the other chain takes. N19: a sum that does not fit is backed by nothing.
fn cost<E>(channel: &Channel, side: Side, request: &Request) -> Result<Balance, HubError<E>> {
    let cost = request.value.checked_add(channel.fee(side.other()));
    cost.ok_or_else(|| {
        RefusedMessage::Unbacked {
            needed: Balance(u128::MAX),
            held: Balance::ZERO,
        }
        .into()
    })
}

fn check_backed<V: HubView>(view: &V, domain: DomainId, needed: Balance) -> Result<(), HubError<V::Error>> {
    let held = view.domain_balance(domain).map_err(HubError::Host)?;
    if needed > held {
        return Err(RefusedMessage::Unbacked { needed, held }.into());
    }
    Ok(())
}

/// Counts one more request of an end.
fn count<E>(channel: &mut Channel, side: Side) -> Result<(), HubError<E>> {
    let capacity = channel.terms.capacity;
    let sender = channel.sender_mut(side);
    // N18: as many as the sender's own rules let it send.
    if sender.unanswered >= capacity {
        return Err(RefusedMessage::Full.into());
    }
    sender.unanswered = sender.unanswered.saturating_add(1);
    sender.next = MessageNumber(sender.next.0.saturating_add(1));
    Ok(())
}

/// Passes something on to the domain at one end, from the chain at the other.
pub(super) fn inform<V: HubView>(
    view: &V,
    forced: &mut Vec<Message>,
    id: ChannelId,
    channel: &Channel,
    side: Side,
    payload: Payload,
) -> Result<(), HubError<V::Error>> {
    let to = channel.chain(side);
    let domain = to.domain().ok_or(RefusedMessage::Ends)?;
    // N25: it has channels at all.
    let room = view
        .room(domain)
        .map_err(HubError::Host)?
        .ok_or(RefusedMessage::NoMessages { domain })?;
    // N21: it takes one more. A paused domain takes what settles earlier requests, and no new ones.
    let asks = matches!(payload, Payload::Request(..) | Payload::Open(_));
    if room.messages == 0 || (asks && !room.requests) {
        return Err(RefusedMessage::NoRoom { domain }.into());
    }
    forced.push(Message {
        from: channel.chain(side.other()),
        to,
        channel: id,
        payload,
    });
    Ok(())
}

fn moved(from: Purse, to: Purse, amount: Balance) -> Vec<Move> {
    if amount > Balance::ZERO {
        vec![Move { from, to, amount }]
    } else {
        Vec::new()
    }
}

pub(super) const fn told(
    id: ChannelId,
    channel: Channel,
    waiting: Option<(Side, MessageNumber, Option<Waiting>)>,
    moves: Vec<Move>,
    forced: Vec<Message>,
    outcome: Outcome,
) -> HubChanges {
    HubChanges {
        channel: id,
        kept: Some(channel),
        waiting,
        moves,
        forced,
        outcome,
    }
}

/// N28: a channel of which nothing can come any more is forgotten, and its deposit goes back.
pub(super) fn forget_if_done(mut changes: HubChanges) -> HubChanges {
    let Some(channel) = changes.kept.filter(Channel::is_done) else {
        return changes;
    };
    changes.kept = None;
    changes.moves.extend(moved(
        Purse::Deposit,
        Purse::Account(channel.depositor),
        channel.deposit,
    ));
    changes
}
