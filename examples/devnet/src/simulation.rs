//! All nodes, all operators, the users and the network between them, slot by slot.

use crate::args::Lie;
use crate::block::Block;
use crate::chance::{Draw, below};
use crate::import::Import;
use crate::liar::Liar;
use crate::member::{Fact, Member};
use crate::network::{Message, Network};
use crate::node::Node;
use crate::problem::Problem;
use crate::setup::Setup;
use decex_core::hash::digest;
use decex_core::label::TRANSACTION;
use decex_core::{Digest, TransactionHash};
use parity_scale_codec::Encode;
use std::collections::{BTreeMap, BTreeSet};

/// Transactions that users send in one slot.
const SENT_PER_SLOT: u64 = 4;
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
    /// The users.
    pub users: Users,
    /// When each fraud proof was last sent, by receipt.
    pub reminded: BTreeMap<Digest, u64>,
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
                .map(|operator| Member::new(&setup, operator, Self::liar(&cast, operator), operator == 0))
                .collect();
            nodes.push(Node::new(&setup, index, members?)?);
        }
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
            reminded: BTreeMap::new(),
        })
    }

    /// Returns the operators that live on node `index`.
    pub fn members_of(cast: &Cast, index: u32) -> impl Iterator<Item = u32> + use<> {
        let (farmers, operators) = (cast.farmers, cast.operators);
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
        self.users_send();
        self.operators_send()?;
        self.farm(&mut happenings)?;
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

    fn users_send(&mut self) {
        let more = usize::try_from(SENT_PER_SLOT).unwrap_or(usize::MAX);
        let next = self.users.feed.len().min(self.users.sent.saturating_add(more));
        let mut due: BTreeSet<usize> = (self.users.sent..next).collect();
        self.users.sent = next;
        let slot = self.slot;
        let impatient = |since: &u64| slot.saturating_sub(*since) >= PATIENCE;
        due.extend(
            self.users
                .waiting
                .iter()
                .filter(|(_, since)| impatient(since))
                .map(|(place, _)| *place),
        );
        for place in due {
            self.users.waiting.insert(place, slot);
            let Some(bytes) = self.users.feed.get(place).cloned() else {
                continue;
            };
            // To two operators, so that one that keeps it to itself does not matter.
            let (seed, operators) = (self.setup.seed, u64::from(self.cast.operators));
            let first = below(
                seed,
                Draw::Operator,
                u64::try_from(place).unwrap_or(0),
                slot,
                operators,
            );
            for operator in [first, first.saturating_add(1).checked_rem(operators).unwrap_or(0)] {
                let operator = u32::try_from(operator).unwrap_or(0);
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
                if let Some(bundle) = member.propose(&self.setup, &node.chain, self.slot)? {
                    messages.push(Message::Bundle(Box::new(bundle)));
                }
                for proof in member.challenges() {
                    let sent = self.reminded.entry(proof.receipt.0).or_default();
                    if *sent == 0 || self.slot.saturating_sub(*sent) >= REMINDER {
                        *sent = self.slot;
                        messages.push(Message::Proof(proof.encode()));
                    }
                }
            }
        }
        for message in messages {
            for to in 0..self.cast.farmers {
                self.network.send(self.setup.seed, self.slot, to, message.clone());
            }
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

    /// Returns the operator that keeps the journal: the first, which does not lie.
    #[must_use]
    pub fn reference(&self) -> Option<&Member> {
        self.nodes.first().and_then(|node| node.members.first())
    }

    /// Strikes off what the reference has executed, and returns how many transactions still wait.
    pub fn settle(&mut self) -> usize {
        let executed = self.executed();
        let feed = &self.users.feed;
        let done = |place: &usize| {
            feed.get(*place)
                .is_none_or(|bytes| executed.contains(&name(bytes)))
        };
        self.users.waiting.retain(|place, _| !done(place));
        self.users
            .waiting
            .len()
            .saturating_add(feed.len().saturating_sub(self.users.sent))
    }

    /// Returns the transactions that the reference has executed.
    #[must_use]
    pub fn executed(&self) -> BTreeSet<TransactionHash> {
        let journal = self.reference().and_then(|member| member.journal.as_ref());
        let blocks = journal.into_iter().flat_map(BTreeMap::values);
        blocks
            .flat_map(|noted| &noted.block.transactions)
            .map(|bytes| name(bytes))
            .collect()
    }

    /// Returns whether everything is over: all transactions executed, all receipts final, on every node the same.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let Some(first) = self.nodes.first() else {
            return true;
        };
        let domain_blocks = self
            .reference()
            .and_then(|member| member.operator.head())
            .map_or(0, |(number, _)| number.0);
        let heads = first.heads();
        self.users.sent == self.users.feed.len()
            && self.users.waiting.is_empty()
            && heads == (domain_blocks, domain_blocks)
            // Two blocks of the last slots may hold the same receipts and still be two branches.
            && self.nodes.iter().all(|node| node.heads() == heads && node.tip() == first.tip())
            && self.nodes.iter().flat_map(|node| &node.members).all(|member| {
                member.liar.is_some()
                    || member.operator.head() == self.reference().and_then(|own| own.operator.head())
            })
    }
}

fn name(bytes: &[u8]) -> TransactionHash {
    TransactionHash(digest(&TRANSACTION, bytes))
}
