//! A domain that does nothing but talk.

use decex_core::execution::Context;
use decex_core::hash::digest_encoded;
use decex_core::id::*;
use decex_core::label;
use decex_core::message::*;
use decex_core::state::*;
use decex_core::{BoundedBytes, ListRoot};
use decex_messaging::NotSent;
use decex_messaging::end::{self, Application, Origin, Sent};
use parity_scale_codec::{Decode, Encode};

/// Data that begins with it is refused.
pub const NO: u8 = 0;

pub struct Domain {
    pub id: DomainId,
    pub number: DomainNumber,
    pub tree: MemoryTree,
    pub outbox: Vec<Message>,
}

pub struct Accounts;

fn key(party: &PartyId) -> StateKey {
    StateKey(digest_encoded(&label::LEDGER_KEY, party))
}

fn read(state: &mut dyn StateAccess, party: &PartyId) -> Result<u128, Halt> {
    let value = state.get(&key(party))?;
    Ok(value.map_or(0, |value| u128::decode(&mut &*value).unwrap()))
}

fn write(state: &mut dyn StateAccess, party: &PartyId, amount: u128) -> Result<(), Halt> {
    state.set(&key(party), Some(amount.encode().into()))
}

/// Where fees are collected, and where the number of answers that were told is kept.
pub const FEES: PartyId = PartyId(decex_core::Digest([0xfe; 32]));
pub const TOLD: PartyId = PartyId(decex_core::Digest([0xfd; 32]));

fn add(state: &mut dyn StateAccess, party: &PartyId, amount: u128) -> Result<(), Halt> {
    let sum = read(state, party)? + amount;
    write(state, party, sum)
}

impl Application for Accounts {
    fn deliver(
        &mut self,
        state: &mut dyn StateAccess,
        _: Origin,
        request: &Request,
    ) -> Result<Result<BoundedBytes<MAX_ANSWER_BYTES>, Refusal>, Halt> {
        if request.data.first() == Some(&NO) {
            // Its second byte says why.
            return Ok(Err(match request.data.get(1) {
                Some(1) => Refusal::Closed,
                Some(2) => Refusal::Expired,
                Some(3) => Refusal::Limit,
                _ => Refusal::Recipient,
            }));
        }
        add(state, &request.recipient, request.value.0)?;
        Ok(Ok(BoundedBytes::new(b"thanks".to_vec()).unwrap()))
    }
    fn refund(&mut self, state: &mut dyn StateAccess, sender: &PartyId, refund: Balance) -> Result<(), Halt> {
        add(state, sender, refund.0)
    }
    fn answered(
        &mut self,
        state: &mut dyn StateAccess,
        _: Origin,
        _: &PartyId,
        _: &Answer,
    ) -> Result<(), Halt> {
        add(state, &TOLD, 1)
    }
    fn collect(&mut self, state: &mut dyn StateAccess, fee: Balance) -> Result<(), Halt> {
        add(state, &FEES, fee.0)
    }
}

impl Domain {
    pub fn new(id: DomainId, accounts: &[(PartyId, u128)]) -> Self {
        let mut tree = MemoryTree::new();
        let changes = accounts
            .iter()
            .map(|(party, amount)| (key(party), Some(amount.encode().into())))
            .collect();
        tree.update(&changes).unwrap();
        Self {
            id,
            number: DomainNumber(1),
            tree,
            outbox: Vec::new(),
        }
    }

    pub fn context(&self) -> Context {
        Context {
            domain: self.id,
            number: self.number,
            parent: ReceiptHash::default(),
            consensus_number: ConsensusNumber(1),
            consensus_hash: ConsensusHash::default(),
            slot: Slot(1),
            timestamp: Timestamp(1),
            seed: Seed::default(),
            byte_price: Balance(0),
        }
    }

    /// Runs something over the state and keeps what it changed.
    pub fn run<T>(&mut self, deed: impl FnOnce(&Context, &mut dyn StateAccess) -> Result<T, Halt>) -> T {
        let context = self.context();
        let mut state = Overlay::new(&self.tree, Meter::new(u32::MAX));
        let result = deed(&context, &mut state).unwrap();
        state.keep(Meter::new(0));
        let (changes, _) = state.into_parts();
        self.tree.update(&changes).unwrap();
        result
    }

    /// Sends if the sender can pay, and takes the cost.
    pub fn send(&mut self, channel: ChannelId, request: Request) -> Result<MessageNumber, NotSent> {
        self.run(|context, state| {
            let quote = end::quote(state, channel)?;
            let cost = quote
                .and_then(|quote| quote.cost(request.value))
                .map_or(0, |cost| cost.0);
            let sender = request.sender;
            let held = read(state, &sender)?;
            let sent = end::send(context, state, channel, request)?;
            if sent.is_ok() {
                write(state, &sender, held.checked_sub(cost).expect("covered"))?;
            }
            Ok(sent)
        })
    }

    pub fn receive(&mut self, message: &Message) {
        self.run(|context, state| end::receive(context, state, message, &mut Accounts));
    }

    pub fn refuse(&mut self, message: &Message) {
        self.run(|context, state| end::refuse(context, state, message, &mut Accounts));
    }

    pub fn balance(&mut self, party: &PartyId) -> u128 {
        self.run(|_, state| read(state, party))
    }

    pub fn root(&mut self) -> ListRoot {
        self.run(|_, state| end::outbox_root(state))
    }

    pub fn sent(&mut self) -> Sent {
        let number = self.number;
        self.run(|_, state| end::sent_in(state, number))
    }

    /// Ends the block: collects what it has sent.
    pub fn end_block(&mut self) {
        let sent = self.sent();
        assert_eq!(sent.first as usize, self.outbox.len());
        self.outbox.extend(sent.messages);
        let leaves: Vec<_> = self.outbox.iter().map(Message::compute_leaf).collect();
        assert_eq!(self.root(), decex_core::list::root(&leaves));
        self.number = self.number.next().unwrap();
    }
}
