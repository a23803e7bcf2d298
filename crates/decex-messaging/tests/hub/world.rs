//! A consensus side in memory: what the rules read, and what they change, with two domains and the consensus chain.

use decex_core::Host;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_core::list::ListTree;
use decex_core::message::*;
use decex_messaging::hub::*;
use decex_messaging::{HubError, RefusedMessage};
use std::collections::BTreeMap;
use std::convert::Infallible;

pub const A: DomainId = DomainId(1);
pub const B: DomainId = DomainId(2);
pub const CHANNEL: ChannelId = ChannelId(7);
pub const OWNER: AccountId = AccountId(Digest([1; 32]));
pub const USER: AccountId = AccountId(Digest([2; 32]));
pub const NOW: ConsensusNumber = ConsensusNumber(100);
/// The final receipt whose outbox is asked for.
pub const FINAL: DomainNumber = DomainNumber(5);
pub const FEE_A: Balance = Balance(3);
pub const FEE_B: Balance = Balance(4);
pub const DEPOSIT: Balance = Balance(50);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hub {
    pub channels: BTreeMap<ChannelId, Channel>,
    pub waiting: BTreeMap<(ChannelId, Side, MessageNumber), Waiting>,
    pub outboxes: BTreeMap<DomainId, Vec<Message>>,
    pub balances: BTreeMap<DomainId, Balance>,
    pub accounts: BTreeMap<AccountId, Balance>,
    pub deposits: Balance,
    pub lists: BTreeMap<(ChainId, ChainId), Balance>,
    pub rooms: BTreeMap<DomainId, Room>,
    pub inboxes: BTreeMap<DomainId, Vec<Message>>,
}

impl Host for Hub {
    type Error = Infallible;
}

impl HubView for Hub {
    fn channel(&self, channel: ChannelId) -> Result<Option<Channel>, Infallible> {
        Ok(self.channels.get(&channel).copied())
    }
    fn waiting(
        &self,
        channel: ChannelId,
        from: Side,
        number: MessageNumber,
    ) -> Result<Option<Waiting>, Infallible> {
        Ok(self.waiting.get(&(channel, from, number)).copied())
    }
    fn final_outbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ListRoot>, Infallible> {
        let known = number == FINAL && self.outboxes.contains_key(&domain);
        Ok(known.then(|| self.tree(domain).root()))
    }
    fn domain_balance(&self, domain: DomainId) -> Result<Balance, Infallible> {
        Ok(self.balances[&domain])
    }
    fn listed_fee(&self, chain: ChainId, peer: ChainId) -> Result<Option<Balance>, Infallible> {
        Ok(self.lists.get(&(chain, peer)).copied())
    }
    fn room(&self, domain: DomainId) -> Result<Option<Room>, Infallible> {
        Ok(self.rooms.get(&domain).copied())
    }
}

pub fn a() -> ChainId {
    ChainId::Domain(A)
}

pub fn b() -> ChainId {
    ChainId::Domain(B)
}

pub fn request(value: u128) -> Request {
    Request {
        sender: PartyId(Digest([11; 32])),
        recipient: PartyId(USER.0),
        value: Balance(value),
        deadline: NOW,
        data: Default::default(),
    }
}

pub fn asks(number: u64, value: u128) -> Payload {
    Payload::Request(MessageNumber(number), request(value))
}

pub fn delivered(number: u64) -> Payload {
    Payload::Answer(MessageNumber(number), Answer::Delivered(Default::default()))
}

pub fn refused(number: u64, refusal: Refusal) -> Payload {
    Payload::Answer(MessageNumber(number), Answer::Refused(refusal))
}

pub fn message(from: ChainId, to: ChainId, payload: Payload) -> Message {
    Message {
        from,
        to,
        channel: CHANNEL,
        payload,
    }
}

impl Hub {
    /// Two domains that list each other and the consensus chain, with money and room.
    pub fn new() -> Self {
        let c = ChainId::Consensus;
        let listed = [
            (a(), b(), FEE_A),
            (b(), a(), FEE_B),
            (a(), c, FEE_A),
            (b(), c, FEE_B),
        ];
        let mut lists: BTreeMap<_, _> = listed
            .into_iter()
            .map(|(chain, peer, fee)| ((chain, peer), fee))
            .collect();
        lists.extend([((c, a()), Balance::ZERO), ((c, b()), Balance::ZERO)]);
        let room = Room {
            messages: 1_000,
            requests: true,
        };
        Self {
            channels: BTreeMap::new(),
            waiting: BTreeMap::new(),
            outboxes: [(A, Vec::new()), (B, Vec::new())].into(),
            balances: [(A, Balance(1_000)), (B, Balance(500))].into(),
            accounts: [(OWNER, Balance(100)), (USER, Balance(100))].into(),
            deposits: Balance::ZERO,
            lists,
            rooms: [(A, room), (B, room)].into(),
            inboxes: [(A, Vec::new()), (B, Vec::new())].into(),
        }
    }

    /// The same, with an open channel from A to B.
    pub fn open() -> Self {
        let mut hub = Self::new();
        hub.ask(b(), 2).unwrap();
        hub.says(B, a(), Payload::Accept(true)).unwrap();
        hub.inboxes.values_mut().for_each(Vec::clear);
        hub
    }

    /// The same, with an open channel from A to the consensus chain.
    pub fn with_consensus() -> Self {
        let mut hub = Self::new();
        hub.ask(ChainId::Consensus, 2).unwrap();
        hub.inboxes.values_mut().for_each(Vec::clear);
        hub
    }

    pub fn ask(&mut self, acceptor: ChainId, capacity: u32) -> Result<Outcome, RefusedMessage> {
        let opening = Opening {
            channel: CHANNEL,
            opener: A,
            acceptor,
            capacity,
            depositor: OWNER,
            deposit: DEPOSIT,
        };
        let changes = open(self, &opening);
        self.apply(changes)
    }

    pub fn close(&mut self) -> Result<Outcome, RefusedMessage> {
        let changes = close(self, CHANNEL);
        self.apply(changes)
    }

    pub fn send(&mut self, request: Request) -> Result<Outcome, RefusedMessage> {
        let changes = send(self, NOW, CHANNEL, USER, request);
        self.apply(changes)
    }

    fn tree(&self, domain: DomainId) -> ListTree {
        ListTree::new(self.outboxes[&domain].iter().map(Message::compute_leaf).collect())
    }

    /// A message in a domain's outbox, with its proof.
    pub fn proven(&self, domain: DomainId, place: usize) -> Relayed {
        Relayed {
            domain,
            receipt: FINAL,
            message: self.outboxes[&domain][place].clone(),
            path: self.tree(domain).prove(u32::try_from(place).unwrap(), 1).unwrap(),
        }
    }

    pub fn relay(&mut self, relayed: &Relayed) -> Result<Outcome, RefusedMessage> {
        let changes = relay(self, NOW, relayed);
        self.apply(changes)
    }

    /// A domain puts a message into its outbox, and it is relayed.
    pub fn says(
        &mut self,
        domain: DomainId,
        to: ChainId,
        payload: Payload,
    ) -> Result<Outcome, RefusedMessage> {
        let said = message(ChainId::Domain(domain), to, payload);
        let outbox = self.outboxes.get_mut(&domain).unwrap();
        outbox.push(said);
        let place = outbox.len() - 1;
        let relayed = self.proven(domain, place);
        self.relay(&relayed)
    }

    /// Applies what is accepted; what is refused changes nothing, and neither does judging.
    fn apply(
        &mut self,
        changes: Result<HubChanges, HubError<Infallible>>,
    ) -> Result<Outcome, RefusedMessage> {
        let changes = changes.map_err(|error| match error {
            HubError::Refused(refused) => refused,
            HubError::Host(never) => match never {},
        })?;
        let before = self.total();
        let id = changes.channel;
        match changes.kept {
            Some(channel) => drop(self.channels.insert(id, channel)),
            None => drop(self.channels.remove(&id)),
        }
        match changes.waiting {
            Some((from, number, Some(waiting))) => {
                let _ = self.waiting.insert((id, from, number), waiting);
            }
            Some((from, number, None)) => drop(self.waiting.remove(&(id, from, number))),
            None => {}
        }
        for Move { from, to, amount } in changes.moves {
            assert!(amount > Balance::ZERO);
            let rest = self.purse(from).checked_sub(amount).expect("covered");
            *self.purse(from) = rest;
            let sum = self.purse(to).checked_add(amount).unwrap();
            *self.purse(to) = sum;
        }
        for message in changes.forced {
            let domain = message.to.domain().unwrap();
            self.rooms.get_mut(&domain).unwrap().messages -= 1;
            self.inboxes.get_mut(&domain).unwrap().push(message);
        }
        assert_eq!(self.total(), before, "nothing is made or lost");
        Ok(changes.outcome)
    }

    fn purse(&mut self, purse: Purse) -> &mut Balance {
        match purse {
            Purse::Account(account) => self.accounts.entry(account).or_default(),
            Purse::Domain(domain) => self.balances.get_mut(&domain).unwrap(),
            Purse::Deposit => &mut self.deposits,
        }
    }

    pub fn total(&self) -> u128 {
        let sum = |values: Vec<&Balance>| values.iter().map(|balance| balance.0).sum::<u128>();
        sum(self.balances.values().collect()) + sum(self.accounts.values().collect()) + self.deposits.0
    }

    pub fn channel(&self) -> &Channel {
        &self.channels[&CHANNEL]
    }
}
