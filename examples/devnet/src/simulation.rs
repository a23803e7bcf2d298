//! All nodes, all operators, the users and the network between them, slot by slot.

use crate::args::Lie;
use crate::block::Block;
use crate::chance::{Draw, below};
use crate::domains::{EVM, FEW_OPERATORS, LEDGER, PROVEN};
use crate::import::Import;
use crate::liar::Liar;
use crate::member::{Fact, Member};
use crate::network::{Message, Network};
use crate::node::Node;
use crate::ordering::{Faults, Ordering};
use crate::payments;
use crate::problem::Problem;
use crate::setup::Setup;
use crate::traffic;
use decex_consensus::Event;
use decex_core::hash::{digest, digest_encoded};
use decex_core::label::{LEDGER_KEY, TRANSACTION};
use decex_core::{Digest, DomainId, TransactionHash};
use decex_messaging::hub::Outcome;
use parity_scale_codec::Encode;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Transactions that users send in one slot.
const SENT_PER_SLOT: u64 = 4;
/// Slots from one payment in the proven ledger to the next: its blocks hold little, as everything in them goes into a proof.
const SLOTS_PER_PAYMENT: u64 = 3;
/// Slots after which a user turns to another operator with what is not executed.
const PATIENCE: u64 = 120;
/// Slots after which a proof that is still needed is sent again.
const REMINDER: u64 = 16;

/// How many of everybody, and who lies about what.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    /// Farmers: nodes that make blocks.
    pub farmers: u32,
    /// Operators, spread over the nodes. The last one lies.
    pub operators: u32,
    /// What it lies about.
    pub lie: Lie,
    /// The first domain block that it lies about.
    pub lie_at: u64,
}

/// What users still want to see executed.
#[derive(Clone, Debug, Default)]
pub struct Users {
    /// In which domain.
    pub domain: DomainId,
    /// What they send, in order.
    pub feed: Vec<Vec<u8>>,
    /// How many they have sent.
    pub sent: usize,
    /// When each was last sent, by its place in the feed.
    pub waiting: BTreeMap<usize, u64>,
}

/// Something to tell whoever watches the run.
#[derive(Clone, Debug)]
pub struct Happening {
    /// On which node.
    pub node: u32,
    /// What.
    pub what: What,
}

/// What happened on a node.
#[derive(Clone, Debug)]
pub enum What {
    /// It changed its branch.
    Reorganised(u32),
    /// The chain or an operator did something.
    Fact(Fact),
}

/// The whole run.
#[derive(Debug)]
pub struct Simulation {
    /// What is the same for all nodes.
    pub setup: Setup,
    /// Who takes part.
    pub cast: Cast,
    /// The last slot that is over.
    pub slot: u64,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// What is under way.
    pub network: Network,
    /// The users of the EVM.
    pub users: Users,
    /// The users of the ledger, who send to other chains.
    pub senders: Users,
    /// The users of the proven ledger, who pay each other.
    pub payers: Users,
    /// When each fraud proof and each validity proof was last sent, by receipt, and each message that is relayed, by its hash.
    pub reminded: BTreeMap<Digest, u64>,
    /// What orders blocks, if farmers do not.
    pub engine: Option<Box<dyn Ordering>>,
    /// What happens to messages between nodes. Farmers' get through, all of them.
    pub faults: Faults,
}

impl Simulation {
    /// Starts at genesis.
    ///
    /// # Errors
    /// When the chain refuses its genesis.
    pub fn new(setup: Setup, cast: Cast, feed: Vec<Vec<u8>>) -> Result<Self, Problem> {
        let mut nodes = Vec::new();
        for index in 0..cast.farmers {
            let members = Self::members_of(&cast, index);
            let members: Result<Vec<Member>, Problem> = members
                .map(|operator| Member::new(&setup, operator, Self::liar(&cast, operator)))
                .collect();
            nodes.push(Node::new(&setup, index, members?)?);
        }
        let senders = Users {
            domain: LEDGER,
            feed: traffic::requests(setup.seed),
            ..Users::default()
        };
        let payers = Users {
            domain: PROVEN,
            feed: payments::transfers(setup.seed),
            ..Users::default()
        };
        let users = Users {
            feed,
            ..Users::default()
        };
        Ok(Self {
            setup,
            cast,
            slot: 0,
            nodes,
            network: Network::default(),
            users,
            senders,
            payers,
            reminded: BTreeMap::new(),
            engine: None,
            faults: Faults::default(),
        })
    }

    /// Lets an engine order blocks, from genesis on, over a network with these faults.
    #[must_use]
    pub fn ordered_by(mut self, engine: Box<dyn Ordering>, faults: Faults) -> Self {
        self.setup.is_ordered = true;
        self.engine = Some(engine);
        self.faults = faults;
        self
    }

    /// Returns the operators that live on node `index`.
    pub fn members_of(cast: &Cast, index: u32) -> impl Iterator<Item = u32> + use<> {
        let others = FEW_OPERATORS.saturating_mul(2);
        let (farmers, operators) = (cast.farmers, cast.operators.saturating_add(others));
        (0..operators).filter(move |operator| operator.checked_rem(farmers) == Some(index))
    }

    /// Returns the lie of an operator: only the last one has any.
    #[must_use]
    pub fn liar(cast: &Cast, operator: u32) -> Option<Liar> {
        let lies = cast.lie != Lie::None && operator.checked_add(1) == Some(cast.operators);
        lies.then(|| Liar {
            lie: cast.lie,
            from: cast.lie_at,
            told: BTreeMap::new(),
        })
    }

    /// Lets one slot pass.
    ///
    /// # Errors
    /// When a node or an operator fails.
    pub fn step(&mut self) -> Result<Vec<Happening>, Problem> {
        self.slot = self.slot.saturating_add(1);
        let mut happenings = Vec::new();
        for (node, message) in self.network.arrive(self.slot) {
            self.deliver(node, message, &mut happenings)?;
        }
        self.send_of(EVM);
        self.send_of(PROVEN);
        if self.is_open() {
            self.send_of(LEDGER);
        }
        self.operators_send()?;
        match self.engine.take() {
            Some(mut engine) => {
                let passed = self.order(engine.as_mut(), &mut happenings);
                self.engine = Some(engine);
                passed?;
            }
            None => self.farm(&mut happenings)?,
        }
        for node in &mut self.nodes {
            node.clean(&self.setup, self.slot);
        }
        Ok(happenings)
    }

    fn deliver(&mut self, to: u32, message: Message, happenings: &mut Vec<Happening>) -> Result<(), Problem> {
        let place = usize::try_from(to).unwrap_or(usize::MAX);
        let Some(node) = self.nodes.get_mut(place) else {
            return Ok(());
        };
        match message {
            Message::Bundle(bundle) => node.pool_bundle(*bundle),
            Message::Proof(proof) => node.pool_proof(&proof)?,
            Message::Validity(proof) => node.pool_validity(proof)?,
            Message::Relayed(message) => node.pool_message(self.slot, message)?,
            Message::Transaction { operator, bytes } => {
                let member = node.members.iter_mut().find(|member| member.index == operator);
                if let Some(member) = member {
                    // Refused: known, executed, or too early. The user asks again if it is never executed.
                    let _ = member.add(&bytes)?;
                }
            }
            Message::Block(block) => {
                let facts = match node.import(&self.setup, *block, self.slot)? {
                    Import::Kept => Vec::new(),
                    // Farmers are honest here.
                    Import::Refused(invalid) => return Err(Problem::new("a farmer's block", invalid)),
                    Import::Extended(facts) => facts,
                    Import::Reorganised { depth, facts } => {
                        happenings.push(Happening {
                            node: to,
                            what: What::Reorganised(depth),
                        });
                        facts
                    }
                };
                happenings.extend(facts.into_iter().map(|fact| Happening {
                    node: to,
                    what: What::Fact(fact),
                }));
            }
        }
        Ok(())
    }

    /// Whether the channel to the EVM is open, and has been for so long that no fork takes that back.
    fn is_open(&self) -> bool {
        const DEEP: usize = 8;
        let branch = self.nodes.first().map_or(&[][..], |node| &node.branch);
        let settled = branch.iter().rev().skip(DEEP);
        let mut events = settled.flat_map(|block| &block.events);
        events.any(|event| {
            matches!(event, Event::Channel { channel, outcome: Outcome::Opened } if *channel == traffic::ACROSS)
        })
    }

    fn users_of(&mut self, domain: DomainId) -> &mut Users {
        match domain {
            EVM => &mut self.users,
            LEDGER => &mut self.senders,
            _ => &mut self.payers,
        }
    }

    /// Lets the users of a domain send.
    fn send_of(&mut self, domain: DomainId) {
        let slot = self.slot;
        let users = self.users_of(domain);
        let more = match domain {
            PROVEN => u64::from(slot.is_multiple_of(SLOTS_PER_PAYMENT)),
            _ => SENT_PER_SLOT,
        };
        let more = usize::try_from(more).unwrap_or(usize::MAX);
        let next = users.feed.len().min(users.sent.saturating_add(more));
        let mut due: BTreeSet<usize> = (users.sent..next).collect();
        users.sent = next;
        let impatient = |since: &u64| slot.saturating_sub(*since) >= PATIENCE;
        let again = users.waiting.iter().filter(|(_, since)| impatient(since));
        due.extend(again.map(|(place, _)| *place));
        let mut sent = Vec::new();
        for place in due {
            users.waiting.insert(place, slot);
            sent.extend(users.feed.get(place).map(|bytes| (place, bytes.clone())));
        }
        let seed = self.setup.seed;
        let found = self.setup.domains.iter().find(|found| found.id == domain);
        let (first_of_all, operators) = found.map_or((0, 1), |found| {
            let Range { start, end } = found.operators;
            (start, end.saturating_sub(start))
        });
        for (place, bytes) in sent {
            // To two operators, so that one that keeps it to itself does not matter.
            let place = u64::try_from(place).unwrap_or(0);
            let first = below(seed, Draw::Operator, place, slot, operators.into());
            let first = u32::try_from(first).unwrap_or(0);
            for operator in [first, first.saturating_add(1).checked_rem(operators).unwrap_or(0)] {
                let operator = first_of_all.saturating_add(operator);
                let node = operator.checked_rem(self.cast.farmers).unwrap_or(0);
                let message = Message::Transaction {
                    operator,
                    bytes: bytes.clone(),
                };
                self.network.send(seed, slot, node, message);
            }
        }
    }

    fn operators_send(&mut self) -> Result<(), Problem> {
        let mut messages = Vec::new();
        for node in &mut self.nodes {
            for member in &mut node.members {
                let mut send = |message| messages.push((node.index, message));
                if let Some(bundle) = member.propose(&self.setup, &node.chain, self.slot)? {
                    send(Message::Bundle(Box::new(bundle)));
                }
                let mut is_due = |name| {
                    let sent: &mut u64 = self.reminded.entry(name).or_default();
                    let due = *sent == 0 || self.slot.saturating_sub(*sent) >= REMINDER;
                    if due {
                        *sent = self.slot;
                    }
                    due
                };
                for proof in member.challenges() {
                    if is_due(proof.receipt.0) {
                        send(Message::Proof(proof.encode()));
                    }
                }
                for (receipt, proof) in member.proofs_due(&node.chain)? {
                    if is_due(receipt.0) {
                        send(Message::Validity(proof));
                    }
                }
                let relayer = member.relayer.iter();
                for relayed in relayer.map(|relayer| relayer.due(&node.chain, member.domain)) {
                    for relayed in relayed? {
                        let name = (relayed.domain, relayed.path.start, &relayed.message);
                        if is_due(digest_encoded(&LEDGER_KEY, &name)) {
                            send(Message::Relayed(relayed.encode()));
                        }
                    }
                }
            }
        }
        let (seed, slot) = (self.setup.seed, self.slot);
        for (place, (from, message)) in (0..).zip(messages) {
            for to in 0..self.cast.farmers {
                if self.faults.lets_through(seed, slot, place, (from, to)) {
                    self.network.send(seed, slot, to, message.clone());
                }
            }
        }
        Ok(())
    }

    /// Lets the engine order what waits, and applies what is final.
    fn order(&mut self, engine: &mut dyn Ordering, happenings: &mut Vec<Happening>) -> Result<(), Problem> {
        let mut offers = Vec::new();
        for node in &mut self.nodes {
            offers.push(node.offer(&self.setup, self.slot)?);
        }
        for (index, ordered) in engine.pass(self.slot, offers)? {
            let place = usize::try_from(index).unwrap_or(usize::MAX);
            let Some(node) = self.nodes.get_mut(place) else {
                continue;
            };
            let facts = node.finalized(&self.setup, &ordered)?;
            happenings.extend(facts.into_iter().map(|fact| Happening {
                node: index,
                what: What::Fact(fact),
            }));
        }
        Ok(())
    }

    fn farm(&mut self, happenings: &mut Vec<Happening>) -> Result<(), Problem> {
        let mut made: Vec<(u32, Block)> = Vec::new();
        for node in &mut self.nodes {
            let index = node.index;
            let Some(proven) = node.audit(&self.setup, self.slot)? else {
                continue;
            };
            let (block, facts) = node.farm(&self.setup, self.slot, proven)?;
            made.push((index, block));
            happenings.extend(facts.into_iter().map(|fact| Happening {
                node: index,
                what: What::Fact(fact),
            }));
        }
        for (from, block) in made {
            for to in (0..self.cast.farmers).filter(|to| *to != from) {
                self.network.send(
                    self.setup.seed,
                    self.slot,
                    to,
                    Message::Block(Box::new(block.clone())),
                );
            }
        }
        Ok(())
    }

    /// Returns the operator of a domain that keeps the journal: the first, which does not lie.
    #[must_use]
    pub fn reference(&self, domain: DomainId) -> Option<&Member> {
        let mut members = self.nodes.iter().flat_map(|node| &node.members);
        members.find(|member| member.domain == domain && member.journal.is_some())
    }

    /// Strikes off what the references have executed, and returns how many transactions of the EVM's users still wait.
    pub fn settle(&mut self) -> usize {
        for domain in [EVM, LEDGER, PROVEN] {
            let executed = self.executed(domain);
            let Users { feed, waiting, .. } = self.users_of(domain);
            waiting.retain(|place, _| {
                let bytes = feed.get(*place);
                bytes.is_some_and(|bytes| !executed.contains(&name(bytes)))
            });
        }
        let Users {
            feed, sent, waiting, ..
        } = &self.users;
        waiting.len().saturating_add(feed.len().saturating_sub(*sent))
    }

    /// Returns the transactions that a domain's reference has executed.
    #[must_use]
    pub fn executed(&self, domain: DomainId) -> BTreeSet<TransactionHash> {
        let journal = self.reference(domain).and_then(|member| member.journal.as_ref());
        let blocks = journal.into_iter().flat_map(BTreeMap::values);
        blocks
            .flat_map(|noted| &noted.block.transactions)
            .map(|bytes| name(bytes))
            .collect()
    }

    /// Returns whether everything is over: all transactions executed, all requests between chains answered, all receipts final, on
    /// every node the same.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let done = |users: &Users| users.sent == users.feed.len() && users.waiting.is_empty();
        // Two blocks of the last slots may hold the same receipts and still be two branches.
        let tip = self.nodes.first().map(Node::tip);
        done(&self.users)
            && done(&self.senders)
            && done(&self.payers)
            && self.nodes.iter().all(|node| Some(node.tip()) == tip)
            && self.nodes.iter().all(|node| traffic::is_answered(&node.chain))
            && [EVM, LEDGER, PROVEN]
                .into_iter()
                .all(|domain| self.is_final(domain))
    }

    /// Returns whether every receipt of a domain is final, on every node.
    fn is_final(&self, domain: DomainId) -> bool {
        let own = self.reference(domain).and_then(|member| member.operator.head());
        let blocks = own.map_or(0, |(number, _)| number.0);
        let members = self.nodes.iter().flat_map(|node| &node.members);
        let mut honest = members.filter(|member| member.domain == domain && member.liar.is_none());
        self.nodes
            .iter()
            .all(|node| node.heads(domain) == (blocks, blocks))
            && honest.all(|member| member.operator.head() == own)
    }
}

fn name(bytes: &[u8]) -> TransactionHash {
    TransactionHash(digest(&TRANSACTION, bytes))
}
