//! The store as the rules of `decex-messaging` see it, and what they change in it.

use crate::error::StoreError;
use crate::event::Event;
use crate::host::{Beacon, Store};
use crate::keys::{self, Due};
use crate::model::{Clock, OpenInbox};
use crate::state::{Payee, State, corrupt};
use alloc::vec::Vec;
use decex_bundle::InclusionView;
use decex_core::message::{ChainId, ChannelId, Message, MessageNumber};
use decex_core::{Balance, ConsensusNumber, DomainId, DomainNumber, ListRoot};
use decex_messaging::hub::{Channel, HubChanges, HubView, Move, Purse, Room, Side, Waiting};
use decex_receipt::{ReceiptView, Record};

impl<H: Store + Beacon + ?Sized> HubView for State<'_, H> {
    fn channel(&self, channel: ChannelId) -> Result<Option<Channel>, Self::Error> {
        self.get(&keys::channel(channel))
    }

    fn waiting(
        &self,
        channel: ChannelId,
        from: Side,
        number: MessageNumber,
    ) -> Result<Option<Waiting>, Self::Error> {
        self.get(&keys::waiting(channel, from, number))
    }

    fn final_outbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ListRoot>, Self::Error> {
        let Some(progress) = self.progress(domain)? else {
            return Ok(None);
        };
        // N10: what is above the confirmed number may yet be refuted.
        if number > progress.confirmed {
            return Ok(None);
        }
        let Some(hash) = ReceiptView::hash_at(self, domain, number)? else {
            return Ok(None);
        };
        let record: Record = self.expect(&keys::record(domain, &hash))?;
        Ok(Some(record.receipt.effects.outbox))
    }

    fn domain_balance(&self, domain: DomainId) -> Result<Balance, Self::Error> {
        self.balance(domain)
    }

    fn listed_fee(&self, chain: ChainId, peer: ChainId) -> Result<Option<Balance>, Self::Error> {
        self.get(&keys::peer(chain, peer))
    }

    fn room(&self, domain: DomainId) -> Result<Option<Room>, Self::Error> {
        let Some(found) = self.domain(domain)? else {
            return Ok(None);
        };
        if found.params.messages == 0 {
            return Ok(None);
        }
        let requests = found.active;
        let messages = match self.filled_inbox(domain)? {
            Some((_, inbox)) => {
                let taken = u32::try_from(inbox.messages.len()).unwrap_or(u32::MAX);
                found.params.messages.saturating_sub(taken)
            }
            // K62: as for bundles, no further block while too many are not executed.
            None if self.unexecuted(domain)? > found.params.max_gap.into() => 0,
            None => found.params.messages,
        };
        Ok(Some(Room { messages, requests }))
    }
}

impl<H: Store + ?Sized> State<'_, H> {
    /// Returns the inbox that the block being made fills, if it has opened one.
    fn filled_inbox(
        &self,
        domain: DomainId,
    ) -> Result<Option<(DomainNumber, OpenInbox)>, StoreError<H::Error>> {
        let progress = self.expect_progress(domain)?;
        let now = self.expect_clock()?.block.number;
        if !progress.is_filled_at(now) {
            return Ok(None);
        }
        let inbox = self.expect(&keys::open_inbox(domain, progress.last))?;
        Ok(Some((progress.last, inbox)))
    }

    /// Returns the inbox that the block being made fills. The first bundle or message opens it, and a domain block with it. The
    /// caller adds something and stores it.
    pub(crate) fn fill_inbox(
        &mut self,
        clock: &Clock,
        domain: DomainId,
    ) -> Result<(DomainNumber, OpenInbox), StoreError<H::Error>> {
        if let Some(filled) = self.filled_inbox(domain)? {
            return Ok(filled);
        }
        let now = clock.block.number;
        let mut progress = self.expect_progress(domain)?;
        progress.last = DomainNumber(progress.last.0.saturating_add(1));
        (progress.made_at, progress.included) = (now, 0);
        let delay = u64::from(self.expect_params(domain)?.seed_delay);
        let due = ConsensusNumber(now.0.saturating_add(delay.max(1)));
        self.push_due(Due::Inbox, due, &(domain, progress.last))?;
        self.set_progress(domain, &progress);
        let inbox = OpenInbox {
            block: clock.block,
            bundles: Vec::new(),
            paid: Vec::new(),
            messages: Vec::new(),
        };
        Ok((progress.last, inbox))
    }

    /// Writes down what a call on a channel changes.
    pub(crate) fn pass(&mut self, clock: &Clock, changes: HubChanges) -> Result<(), StoreError<H::Error>> {
        let HubChanges {
            channel,
            kept,
            waiting,
            moves,
            forced,
            outcome,
        } = changes;
        self.set_or_remove(keys::channel(channel), kept.as_ref());
        if let Some((from, number, waiting)) = waiting {
            self.set_or_remove(keys::waiting(channel, from, number), waiting.as_ref());
        }
        self.emit(Event::Channel { channel, outcome });
        for Move { from, to, amount } in moves {
            self.take_from(from, amount)?;
            self.give_to(to, amount)?;
            self.emit(Event::BalanceMoved { from, to, amount });
        }
        for message in forced {
            self.force(clock, message)?;
        }
        Ok(())
    }

    fn take_from(&mut self, purse: Purse, amount: Balance) -> Result<(), StoreError<H::Error>> {
        match purse {
            Purse::Account(account) => self.hold(account, amount),
            Purse::Domain(domain) => {
                let key = keys::balance(domain);
                // N19: it has been seen to cover this.
                let rest = self
                    .balance(domain)?
                    .checked_sub(amount)
                    .ok_or_else(|| corrupt(&key))?;
                self.set(key, &rest);
            }
            // Stays in custody; whose it is stands in the channel.
            Purse::Deposit => {}
        }
        Ok(())
    }

    fn give_to(&mut self, purse: Purse, amount: Balance) -> Result<(), StoreError<H::Error>> {
        match purse {
            Purse::Account(account) => self.pay(Payee::Account(account), amount),
            Purse::Domain(domain) => {
                // Parts of one custody: the sum is in range.
                let stray = self.bring_in(domain, amount)?;
                self.pay(Payee::Treasury, stray);
            }
            Purse::Deposit => {}
        }
        Ok(())
    }

    /// Puts a message into the inbox of the block being made. The rules have seen that it has room.
    fn force(&mut self, clock: &Clock, message: Message) -> Result<(), StoreError<H::Error>> {
        let ChainId::Domain(domain) = message.to else {
            return Err(corrupt(&keys::channel(message.channel)));
        };
        let channel = message.channel;
        let (number, mut inbox) = self.fill_inbox(clock, domain)?;
        inbox.messages.push(message);
        self.set(keys::open_inbox(domain, number), &inbox);
        self.emit(Event::MessageTakenIn {
            domain,
            number,
            channel,
        });
        Ok(())
    }
}
