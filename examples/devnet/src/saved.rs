//! Writing a run down after every slot, and taking it up again.

use crate::block::Block;
use crate::domains::{EVM, LEDGER, PROVEN};
use crate::farm::Farm;
use crate::history::History;
use crate::host::DevHost;
use crate::liar::Told;
use crate::member::{Member, Noted};
use crate::network::Network;
use crate::node::{Applied, Memory, Node};
use crate::ordering::Faults;
use crate::problem::Problem;
use crate::relayer::Relayer;
use crate::setup::Setup;
use crate::simulation::{Cast, Simulation, Users};
use crate::store::Disk;
use decex_consensus::Consensus;
use decex_core::message::Message;
use decex_core::{ConsensusHash, Digest, DomainId};
use decex_farmer::plot::MemoryFile;
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a key holds: its first byte.
const HOST: u8 = 1;
const OPERATOR: u8 = 2;
const BLOCK: u8 = 3;
const BRANCH: u8 = 4;
const JOURNAL: u8 = 5;
const REST: u8 = 6;
const PLOT: u8 = 7;

/// The format of what is here. A folder of another one is refused by name.
const FORMAT: u32 = 4;

/// Domain blocks that a re-organisation may have replaced since they were written.
const REWRITTEN: usize = 24;

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;
type Writes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// What changes too much from slot to slot to be written piece by piece.
#[derive(Debug, Encode, Decode)]
struct Rest {
    /// Names the run: another seed, cast or feed cannot take it up.
    run: Digest,
    slot: u64,
    network: Network,
    users: (u64, BTreeMap<u64, u64>),
    senders: (u64, BTreeMap<u64, u64>),
    payers: (u64, BTreeMap<u64, u64>),
    reminded: BTreeMap<Digest, u64>,
    memories: Vec<Memory>,
    /// What every node's fraud pool holds.
    proofs: Vec<Vec<Vec<u8>>>,
    /// The pool of every operator, by its id.
    pools: BTreeMap<u32, Vec<Vec<u8>>>,
    told: BTreeMap<u32, Told>,
    /// What relayers took down, by the operator that each lives beside.
    outboxes: BTreeMap<u32, BTreeMap<u64, Vec<Message>>>,
    /// The longest that a fraud proof took, in nanoseconds: measured, so not part of what is reproduced.
    verification: Option<u64>,
}

fn key(kind: u8, owner: u32, name: &[u8]) -> Vec<u8> {
    [&[kind], &owner.to_be_bytes()[..], name].concat()
}

impl Simulation {
    /// Writes down what the last slot changed.
    ///
    /// # Errors
    /// When the disk cannot be written.
    pub fn save(&mut self, disk: &mut Disk, run: Digest, sync: bool) -> Result<(), Problem> {
        let mut writes = Writes::new();
        let mut pools = BTreeMap::new();
        let mut told = BTreeMap::new();
        let mut outboxes = BTreeMap::new();
        for node in &mut self.nodes {
            save_node(node, &mut writes);
            for member in &mut node.members {
                save_member(member, &mut writes);
                let pool = member
                    .operator
                    .pool()
                    .iter()
                    .map(|item| item.bytes.to_vec())
                    .collect();
                pools.insert(member.index, pool);
                let relayer = member.relayer.as_ref();
                outboxes.extend(relayer.map(|relayer| (member.index, relayer.0.clone())));
                told.extend(member.liar.as_ref().map(|liar| (member.index, liar.told.clone())));
            }
        }
        let rest = Rest {
            run,
            slot: self.slot,
            network: self.network.clone(),
            users: self.users.progress(),
            senders: self.senders.progress(),
            payers: self.payers.progress(),
            reminded: self.reminded.clone(),
            memories: self.nodes.iter().map(|node| node.memory.clone()).collect(),
            proofs: self.nodes.iter().map(pooled).collect(),
            pools,
            told,
            outboxes,
            verification: self
                .nodes
                .iter()
                .filter_map(|node| node.verification)
                .max()
                .map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        };
        writes.push((vec![REST], Some((FORMAT, rest).encode())));
        disk.commit(&writes, sync)
    }

    /// Takes up the run that the disk holds, or `None` if it holds none.
    ///
    /// # Errors
    /// When the disk holds another run, or not a whole one.
    pub fn resume(
        setup: &Setup,
        cast: Cast,
        feed: &[Vec<u8>],
        run: Digest,
        disk: &Disk,
    ) -> Result<Option<Self>, Problem> {
        let entries = disk.load()?;
        let Some(rest) = entries.get(&vec![REST]) else {
            return Ok(None);
        };
        let format = rest.first_chunk().map(|format| u32::from_le_bytes(*format));
        if format != Some(FORMAT) {
            let hint = "it was written by another version of the devnet: use --fresh to start over, or another --data";
            return Err(Problem::new("the data folder", hint));
        }
        let (_, rest): (u32, Rest) = decode(rest)?;
        if rest.run != run {
            let hint = "it holds a run with another seed, cast or file: use --fresh to start over, or another --data";
            return Err(Problem::new("the data folder", hint));
        }
        let mut nodes = Vec::new();
        for (index, (memory, proofs)) in (0..cast.farmers).zip(rest.memories.into_iter().zip(rest.proofs)) {
            let mut members = Vec::new();
            for operator in Self::members_of(&cast, index) {
                let pool = rest.pools.get(&operator).map_or(&[][..], Vec::as_slice);
                let mut member = load_member(setup, &entries, operator, pool)?;
                member.liar = Self::liar(&cast, operator);
                if let (Some(liar), Some(told)) = (&mut member.liar, rest.told.get(&operator)) {
                    liar.told = told.clone();
                }
                let outbox = rest.outboxes.get(&operator).cloned();
                member.relayer = outbox.map(Relayer);
                members.push(member);
            }
            let mut node = load_node(setup, &entries, index, memory, members)?;
            node.verification = rest.verification.map(Duration::from_nanos);
            for proof in proofs {
                node.pool_proof(&proof)?;
            }
            nodes.push(node);
        }
        Ok(Some(Self {
            setup: setup.clone(),
            cast,
            slot: rest.slot,
            nodes,
            network: rest.network,
            users: Users::resume(EVM, feed.to_vec(), rest.users),
            senders: Users::resume(LEDGER, crate::traffic::requests(setup.seed), rest.senders),
            payers: Users::resume(PROVEN, crate::payments::transfers(setup.seed), rest.payers),
            reminded: rest.reminded,
            engine: None,
            faults: Faults::default(),
        }))
    }
}

impl Users {
    fn progress(&self) -> (u64, BTreeMap<u64, u64>) {
        let place = |place: usize| u64::try_from(place).unwrap_or(u64::MAX);
        let waiting = self.waiting.iter().map(|(at, since)| (place(*at), *since));
        (place(self.sent), waiting.collect())
    }

    fn resume(domain: DomainId, feed: Vec<Vec<u8>>, (sent, waiting): (u64, BTreeMap<u64, u64>)) -> Self {
        let place = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        Self {
            domain,
            feed,
            sent: place(sent),
            waiting: waiting
                .into_iter()
                .map(|(at, since)| (place(at), since))
                .collect(),
        }
    }
}

/// Returns the proofs that a node's fraud pool holds. They are judged again when they come back.
fn pooled(node: &Node) -> Vec<Vec<u8>> {
    node.proofs.iter().map(|proof| proof.bytes().to_vec()).collect()
}

fn save_node(node: &mut Node, writes: &mut Writes) {
    let index = node.index;
    for (name, value) in node.chain.host_mut().take_dirty() {
        writes.push((key(HOST, index, &name), value));
    }
    for hash in node.unsaved.drain(..) {
        let block = node.known.get(&hash).map(Encode::encode);
        writes.push((key(BLOCK, index, hash.0.as_ref()), block));
    }
    for (place, applied) in node.branch.iter().enumerate().skip(node.stale_from) {
        let place = u64::try_from(place).unwrap_or(u64::MAX).to_be_bytes();
        writes.push((key(BRANCH, index, &place), Some(applied.encode())));
    }
    for (id, sector) in node.farm.take_changed() {
        let plot = sector.map(|sector| (sector.space, &sector.file.0).encode());
        writes.push((key(PLOT, index, id.0.as_ref()), plot));
    }
    // A branch that was changed is never shorter afterwards, so nothing stands beyond its end.
    node.stale_from = node.branch.len();
}

fn load_node(
    setup: &Setup,
    entries: &Entries,
    index: u32,
    memory: Memory,
    members: Vec<Member>,
) -> Result<Node, Problem> {
    let map: Entries = owned(entries, HOST, index)
        .map(|(name, value)| (name.to_vec(), value.clone()))
        .collect();
    let host = DevHost::new(setup.engines(), map);
    let mut known: BTreeMap<ConsensusHash, Block> = BTreeMap::new();
    for (name, value) in owned(entries, BLOCK, index) {
        known.insert(ConsensusHash(decode(name)?), decode(value)?);
    }
    let branch: Result<Vec<Applied>, Problem> = owned(entries, BRANCH, index)
        .map(|(_, value)| decode(value))
        .collect();
    let branch = branch?;
    let stale_from = branch.len();
    let mut history = History::new(&setup.audit, &setup.genesis)?;
    let hashes: Vec<ConsensusHash> = branch.iter().map(|applied| applied.hash).collect();
    let next = u64::try_from(hashes.len()).unwrap_or(u64::MAX).saturating_add(1);
    history.due(next, &hashes, &known)?;
    let mut farm = Farm::new(setup, index);
    for (_, value) in owned(entries, PLOT, index) {
        let (space, file): (u32, Vec<u8>) = decode(value)?;
        farm.take(setup, space, MemoryFile(file))?;
    }
    let chain = Consensus::new(host, Setup::config());
    Ok(Node {
        index,
        chain,
        known,
        branch,
        memory,
        history,
        farm,
        proofs: Node::pool(),
        members,
        verification: None,
        verified: BTreeMap::new(),
        validity: None,
        stale_from,
        unsaved: Vec::new(),
    })
}

fn save_member(member: &mut Member, writes: &mut Writes) {
    let index = member.index;
    for write in member.writes.drain(..).chain(member.operator.take_writes()) {
        writes.push((key(OPERATOR, index, &write.key), write.value));
    }
    let Some(journal) = &member.journal else { return };
    // Written anew each time they change: the last ones may be other blocks after a re-organisation.
    for (number, block) in journal.iter().rev().take(REWRITTEN) {
        writes.push((key(JOURNAL, index, &number.to_be_bytes()), Some(block.encode())));
    }
}

fn load_member(setup: &Setup, entries: &Entries, index: u32, pool: &[Vec<u8>]) -> Result<Member, Problem> {
    let operator = owned(entries, OPERATOR, index)
        .map(|(name, value)| (name.to_vec(), value.clone()))
        .collect();
    let operator = Member::restore(setup, index, operator, pool)?;
    let head = operator.head().map_or(0, |(number, _)| number.0);
    let mut journal = BTreeMap::new();
    for (name, value) in owned(entries, JOURNAL, index) {
        let number = <[u8; 8]>::try_from(name).map_or(0, u64::from_be_bytes);
        if number <= head {
            journal.insert(number, decode::<Noted>(value)?);
        }
    }
    let journal = setup.is_first(index).then_some(journal);
    let domain = setup.domain_of(index);
    Ok(Member {
        index,
        domain: domain.id,
        operator,
        liar: None,
        journal,
        relayer: None,
        prover: Member::prover_of(setup, domain, index),
        writes: Vec::new(),
    })
}

/// Returns the entries of one kind and owner, with the rest of their keys.
fn owned(entries: &Entries, kind: u8, owner: u32) -> impl Iterator<Item = (&[u8], &Vec<u8>)> {
    let prefix = key(kind, owner, &[]);
    let from = entries.range(prefix.clone()..);
    let length = prefix.len();
    from.take_while(move |(key, _)| key.starts_with(&prefix))
        .map(move |(key, value)| (key.get(length..).unwrap_or_default(), value))
}

fn decode<T: Decode>(mut bytes: &[u8]) -> Result<T, Problem> {
    let damaged = "an entry does not decode; use --fresh to start over";
    T::decode(&mut bytes).map_err(|_| Problem::new("the data folder", damaged))
}
