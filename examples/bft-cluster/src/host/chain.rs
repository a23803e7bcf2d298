//! The chain: finalised blocks go in, state and events come out.

use super::call::{Brought, Call, InvalidBody, check_body};
use super::genesis::{CONFIG, Genesis, GenesisError};
use super::hash;
use super::state::HostState;
use super::trial::Trial;
use decex_consensus::{BlockInfo, CallError, Config, Consensus, Event, OpenCall, Refused};
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, Randomness, Slot, StateRoot, Timestamp,
};
use decex_receipt::Bundle;
use parity_scale_codec::Decode;

/// What a byte of blockspace costs.
pub const BYTE_PRICE: Balance = Balance(1);

/// What the BFT engine says of a finalised block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its height; genesis has 0.
    pub height: u64,
    /// Its digest.
    pub hash: [u8; 32],
    /// The digest of the block before it.
    pub parent: [u8; 32],
    /// When its leader says that it was made, in milliseconds.
    pub timestamp: u64,
    /// Who is paid for the blockspace of its bundles: the leader.
    pub farmer: AccountId,
}

impl Header {
    /// Returns the randomness that the block leaves behind: it seeds schedules of the blocks before it and elects bundlers of
    /// the slot after it.
    ///
    /// It is a hash of the finalised block and nothing better: a leader can try as many bodies as it has time for and choose among
    /// the results, and one that is about to lead sees what it chooses. A chain that minds takes the threshold signature of
    /// the view instead (simplex has a scheme for it), which leaves a leader the one choice to stay silent.
    #[must_use]
    pub fn output(&self) -> Randomness {
        Randomness(hash("decex bft-cluster 1 output", &[&self.hash]))
    }
}

/// Why the chain did not take a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is nobody's who may make it: not signed, signed by somebody else, or not the account's next.
    Door,
    /// The consensus object refused it: the code of the rule, and the refusal for people.
    Rule(u16, String),
    /// The consensus object could not answer.
    Host(String),
}

/// What is made of a block's calls before anything is checked of the block itself.
#[derive(Clone, Debug, Default)]
pub struct Executed {
    /// What happened by itself when the block began.
    pub begun: Vec<Event>,
    /// What became of each call, in order.
    pub outcomes: Vec<Result<Vec<Event>, Refusal>>,
    /// The bundles that were included.
    pub included: Vec<Bundle>,
}

/// How the chain is set up. Suites bring their own; a cluster has the default.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// What the host fixes for all domains.
    pub config: Config,
    /// Says who makes a call.
    pub door: fn(&mut HostState, &[u8]) -> Result<Brought, Refusal>,
    /// Where the randomness of slots comes from, if not from the blocks.
    pub beacon: Option<fn(Slot) -> Randomness>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            config: CONFIG,
            door,
            beacon: None,
        }
    }
}

/// The chain's own door: open calls, and calls that their account has signed. Taking a signed one uses its number up, whatever
/// becomes of it.
fn door(state: &mut HostState, bytes: &[u8]) -> Result<Brought, Refusal> {
    match Call::read(bytes).map_err(|_| Refusal::Door)? {
        Call::Open(call) => Ok(Brought::Open(call)),
        Call::Signed(signed) => {
            let (account, mark) = (signed.account(), state.mark().unwrap_or_default());
            if state.nonce(&account) != signed.nonce || !signed.is_signed(&mark) {
                return Err(Refusal::Door);
            }
            state.set_nonce(&account, signed.nonce.saturating_add(1));
            Ok(Brought::Account(account, signed.call))
        }
    }
}

/// What a block did.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The block.
    pub header: Header,
    /// The root of the state after it.
    pub root: StateRoot,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The bundles that were included.
    pub included: Vec<Bundle>,
    /// The calls that were refused, by place. A leader may carry what a block before its own made void; that costs blockspace and no more.
    pub refused: Vec<(usize, Refusal)>,
}

/// What applying came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The state moved on.
    Applied(Box<Applied>),
    /// The block was applied before: delivered again after a restart.
    Known,
}

/// Why a finalised block cannot be applied. None of these is a verdict on the block: either this node's state or the delivery is broken,
/// and the node stops.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A block is missing in between.
    #[error("block {found} was delivered, {expected} is next")]
    Gap {
        /// The next height.
        expected: u64,
        /// The delivered one.
        found: u64,
    },
    /// The block does not stand on the one applied last, or is another one of its height.
    #[error("block {height} is of another chain")]
    Fork {
        /// The delivered block's height.
        height: u64,
    },
    /// Validators let a body pass that is not one.
    #[error(transparent)]
    Body(#[from] InvalidBody),
    /// The consensus object did not begin the block.
    #[error("block {height} does not begin: {reason}")]
    Begin {
        /// The block's height.
        height: u64,
        /// What the object says.
        reason: String,
    },
}

/// The chain at its last finalised block.
#[derive(Clone, Debug)]
pub struct Chain {
    consensus: Consensus<HostState>,
    door: fn(&mut HostState, &[u8]) -> Result<Brought, Refusal>,
}

impl Chain {
    /// Makes the chain at its genesis. `hash` is what the BFT engine calls block 0.
    ///
    /// # Errors
    /// When the object refuses the genesis.
    pub fn new(genesis: &Genesis, hash: [u8; 32]) -> Result<Self, GenesisError> {
        let mut chain = Self::restore(genesis, [])?;
        genesis.build(&mut chain.consensus)?;
        let state = chain.consensus.host_mut();
        state.set_randomness(1, Randomness(Digest(hash)));
        state.set_tip(0, hash);
        state.set_mark(hash);
        Ok(chain)
    }

    /// Takes the state from disk. What the domains run is not on it: it follows from the genesis.
    ///
    /// # Errors
    /// When the genesis has no engines.
    pub fn restore(
        genesis: &Genesis,
        entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<Self, GenesisError> {
        let mut chain = Self::with(Setting::default(), entries);
        chain.state_mut().set_engines(genesis.engines()?);
        Ok(chain)
    }

    /// Takes a state in another setting.
    #[must_use]
    pub fn with(setting: Setting, entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Self {
        let mut state = HostState::new(entries);
        state.set_beacon(setting.beacon);
        Self {
            consensus: Consensus::new(state, setting.config),
            door: setting.door,
        }
    }

    /// Returns the consensus object, to read.
    #[must_use]
    pub const fn consensus(&self) -> &Consensus<HostState> {
        &self.consensus
    }

    /// Returns the state, to read.
    #[must_use]
    pub const fn state(&self) -> &HostState {
        self.consensus.host()
    }

    /// Returns the state, for who writes it to disk.
    pub const fn state_mut(&mut self) -> &mut HostState {
        self.consensus.host_mut()
    }

    /// Returns height and hash of the last applied block.
    #[must_use]
    pub fn tip(&self) -> (u64, [u8; 32]) {
        self.state().tip().unwrap_or_default()
    }

    /// Returns the hash of block 0, by which a disk says which chain it belongs to.
    #[must_use]
    pub fn genesis_mark(&self) -> Option<[u8; 32]> {
        self.state().mark()
    }

    /// Applies a finalised block. One that was applied before changes nothing.
    ///
    /// # Errors
    /// When the block does not follow, see [`ApplyError`]. The state is as it was then, except after [`ApplyError::Begin`].
    pub fn apply<C: AsRef<[u8]>>(&mut self, header: &Header, calls: &[C]) -> Result<Outcome, ApplyError> {
        let (height, tip) = self.tip();
        // Delivery is at least once: below the tip everything is known, and the tip is known by its hash.
        if header.height < height || (header.height == height && header.hash == tip) {
            return Ok(Outcome::Known);
        }
        if header.height == height {
            return Err(ApplyError::Fork { height });
        }
        let expected = height.saturating_add(1);
        if header.height != expected {
            return Err(ApplyError::Gap {
                expected,
                found: header.height,
            });
        }
        if header.parent != tip {
            return Err(ApplyError::Fork {
                height: header.height,
            });
        }
        check_body(calls)?;
        let executed = self.execute(&info(header), calls)?;
        let mut applied = Applied {
            header: *header,
            root: StateRoot::default(),
            events: executed.begun,
            included: executed.included,
            refused: Vec::new(),
        };
        for (index, outcome) in executed.outcomes.into_iter().enumerate() {
            match outcome {
                Ok(events) => applied.events.extend(events),
                Err(refusal) => applied.refused.push((index, refusal)),
            }
        }
        let state = self.consensus.host_mut();
        state.set_randomness(header.height.saturating_add(1), header.output());
        state.set_tip(header.height, header.hash);
        applied.root = state.root();
        Ok(Outcome::Applied(Box::new(applied)))
    }

    /// Begins a block and makes its calls: [`apply`](Self::apply) without the question of which block it is. For suites, which say
    /// themselves what a block is.
    ///
    /// # Errors
    /// When the block does not begin.
    pub fn execute<C: AsRef<[u8]>>(&mut self, info: &BlockInfo, calls: &[C]) -> Result<Executed, ApplyError> {
        let begun = self
            .consensus
            .begin_block(info)
            .map_err(|error| ApplyError::Begin {
                height: info.number.0,
                reason: format!("{error:?}"),
            })?;
        let mut executed = Executed {
            begun,
            ..Executed::default()
        };
        for call in calls {
            let outcome = self.call(call.as_ref(), &mut executed.included);
            executed.outcomes.push(outcome);
        }
        Ok(executed)
    }

    /// Makes an open call on top of the state after the last applied block, and lets go of what it comes to: says whether the next block
    /// could take it.
    ///
    /// # Errors
    /// Why not.
    pub fn try_open(&self, call: &OpenCall) -> Result<(), Refusal> {
        let mut trial = Consensus::new(Trial::new(self.state()), *self.consensus.config());
        trial.call_open(call).map(drop).map_err(refusal)
    }

    fn call(&mut self, bytes: &[u8], included: &mut Vec<Bundle>) -> Result<Vec<Event>, Refusal> {
        let brought = (self.door)(self.consensus.host_mut(), bytes)?;
        let answer = match &brought {
            Brought::Open(call) => self.consensus.call_open(call),
            Brought::Account(account, call) => self.consensus.call(*account, call.clone()),
            Brought::Governance(call) => self.consensus.call_governance(call),
        };
        let events = answer.map_err(refusal)?;
        if let Brought::Open(OpenCall::SubmitBundle { bundle }) = brought {
            // It was decoded to be accepted.
            included.extend(Bundle::decode(&mut bundle.as_slice()).ok());
        }
        Ok(events)
    }
}

fn refusal<E: std::fmt::Debug>(error: CallError<Refused, E>) -> Refusal {
    match error {
        CallError::Refused(refused) => Refusal::Rule(refused.code(), format!("{refused:?}")),
        CallError::Host(error) => Refusal::Host(format!("{error:?}")),
    }
}

fn info(header: &Header) -> BlockInfo {
    BlockInfo {
        number: ConsensusNumber(header.height),
        parent_hash: ConsensusHash(Digest(header.parent)),
        // Each finalised block is a slot: elections go on as fast as the chain does.
        slot: Slot(header.height),
        timestamp: Timestamp(header.timestamp),
        randomness: header.output(),
        byte_price: BYTE_PRICE,
        farmer: header.farmer,
    }
}
