//! The consensus object, driven by the model's steps.

use crate::bounds::Bounds;
use crate::oracle::{DOMAIN, Made, Oracle, REPORTER, Right, body, seal};
use crate::rules::{Action, Model};
use crate::state::{Claim, Operator, State};
use decex_bundle::{Equivocation, InclusionView};
use decex_consensus::decex_staking::PoolStatus;
use decex_consensus::keys;
use decex_consensus::model::Access;
use decex_consensus::{
    BlockInfo, CallError, Config, Consensus, RefusedBundle, RefusedDeregistration, RefusedEquivocation,
    RefusedProof, registration_message,
};
use decex_core::hash::{Hash, digest};
use decex_core::params::{DomainParams, ElectionParams, HostLimits};
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, DomainNumber, OperatorId, Randomness,
    ReceiptHash, Slot, Timestamp, Window, label,
};
use decex_election::{Challenge, ElectionProof};
use decex_receipt::genesis_receipt;
use decex_testkit::host::MemoryHost;
use decex_tests::world::{
    Chain, ENGINE, STAKE, TERMS, config, deposit_for, operator_account, operator_keypair, params, pool,
};
use parity_scale_codec::Encode;
use std::rc::Rc;

/// Slots from one block to the next, all of them windows: so many that every operator wins more of them than it can use. An
/// epoch is one block, so only the windows since the last block are won by anybody.
const STRIDE: u64 = 48;

/// The chain after some steps.
#[derive(Clone, Debug)]
pub struct Real {
    /// The object and its host.
    pub chain: Chain,
    /// The closed domain blocks, from the first on.
    rights: Vec<Rc<Right>>,
    /// The operators of the model.
    operators: Operator,
}

/// Why a step changed nothing: the rule, or that there was nothing to try.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was accepted.
    Accepted,
    /// It was refused by the rule named.
    Refused(String),
    /// The message cannot be made in this state.
    Nothing,
}

/// Returns what the model's bounds say as the host's numbers.
#[must_use]
pub fn host_config(bounds: &Bounds) -> Config {
    Config {
        limits: HostLimits {
            censorship: bounds.censorship.into(),
            // P3 counts a block for each slot, and there are many slots from block to block here: see `hasten`.
            unlock_period: u64::from(bounds.unlock) + 4 * STRIDE,
            submission_lag: 0,
            ..config().limits
        },
        work_per_block: bounds.work.into(),
        ..config()
    }
}

/// Returns what the model's bounds say as the domain's parameters.
#[must_use]
pub fn domain_params(bounds: &Bounds) -> DomainParams {
    let params = params();
    DomainParams {
        election: ElectionParams {
            longevity: 2 * STRIDE,
            epoch: 2 * STRIDE,
            ..params.election
        },
        challenge_period: bounds.challenge.into(),
        seed_delay: 0,
        ..params
    }
}

impl Real {
    /// Makes a domain with operators whose stake counts and the inboxes that the model starts with.
    #[must_use]
    pub fn start(bounds: &Bounds) -> (Self, Oracle) {
        let (config, params) = (host_config(bounds), domain_params(bounds));
        let checked = params
            .clone()
            .check(&config.limits)
            .expect("bounds that P1 to P8 allow");
        let chain = Consensus::new(MemoryHost::new(vec![ENGINE], 7), config);
        let mut real = Self {
            chain,
            rights: Vec::new(),
            operators: bounds.operators,
        };
        real.begin(1);
        let owner = AccountId(Digest([9; 32]));
        real.chain.host_mut().endow(owner, config.domain_deposit);
        let created = real
            .chain
            .create_domain(owner, params, Access::Open, Balance::ZERO);
        let (domain, _) = created.expect("a domain");
        assert_eq!(domain, DOMAIN);
        // One more, who makes all bundles with transactions.
        for operator in 0..=bounds.operators {
            real.register(operator);
        }
        let genesis = genesis_receipt(DOMAIN, checked.rules, checked.genesis, ConsensusNumber(1));
        let mut oracle = Oracle::new(checked, genesis);
        // Until all windows since the last block are of an epoch in which the stakes count.
        (0..2).for_each(|_| real.tick(&mut oracle));
        for _ in 0..bounds.closed {
            real.include(&mut oracle, bounds.operators)
                .expect("a bundle that opens an inbox");
            real.tick(&mut oracle);
        }
        (real, oracle)
    }

    fn register(&mut self, operator: Operator) {
        let (account, keypair) = (
            operator_account(operator.into()),
            operator_keypair(operator.into()),
        );
        self.chain.host_mut().endow(account, deposit_for(STAKE));
        let key = *keypair.key().as_bytes();
        let message = registration_message(DOMAIN, &account, &key);
        let possession = keypair.sign(&label::REGISTRATION, &message);
        let registered =
            self.chain
                .register_operator(account, DOMAIN, &key, &possession, deposit_for(STAKE), TERMS);
        assert_eq!(registered.expect("a registration").0, OperatorId(operator.into()));
    }

    /// Begins block `number`. All paths share their blocks, so what was made for one serves the others.
    fn begin(&mut self, number: u64) {
        let tag = |number: u64| {
            Hash::new(&label::LEDGER_KEY)
                .chain([8])
                .chain(number.to_le_bytes())
                .finish()
        };
        let info = BlockInfo {
            number: ConsensusNumber(number),
            parent_hash: ConsensusHash(tag(number - 1)),
            slot: Slot(number * STRIDE),
            timestamp: Timestamp(number),
            randomness: Randomness(digest(&label::LEDGER_KEY, &number.to_le_bytes())),
            byte_price: Balance(1),
            farmer: AccountId::default(),
        };
        self.chain.begin_block(&info).expect("the block begins");
    }

    /// Returns the number of the block being made.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.chain
            .clock()
            .expect("readable")
            .map_or(0, |clock| clock.block.number.0)
    }

    /// The oldest window that can be won in block `now`.
    #[must_use]
    pub const fn oldest_window(now: u64) -> Window {
        Window((now - 1) * STRIDE)
    }

    fn tick(&mut self, oracle: &mut Oracle) {
        self.begin(self.now() + 1);
        let next = DomainNumber(u64::try_from(self.rights.len()).unwrap_or(u64::MAX) + 1);
        if let Some(inbox) = self.chain.inbox(DOMAIN, next).expect("readable") {
            let right = oracle.right(self.rights.last(), inbox);
            self.rights.push(right);
        }
        // Whoever can claim does.
        for operator in 0..self.operators {
            let account = operator_account(operator.into());
            let _ = self.chain.claim(OperatorId(operator.into()), account);
        }
    }

    /// Sends what the step stands for. `state` is the model's state that this is in.
    pub fn apply(&mut self, oracle: &mut Oracle, model: &Model, state: &State, action: Action) -> Outcome {
        match action {
            Action::Tick => {
                self.tick(oracle);
                Outcome::Accepted
            }
            Action::Include => outcome(self.include(oracle, model.bounds.operators), bundle_rule),
            Action::Submit(operator, claim) => {
                let made = self.make(oracle, claim);
                outcome(self.send(oracle, operator, &made), bundle_rule)
            }
            Action::Endorse(operator, number) => match self.standing(number) {
                Some(hash) => {
                    let made = oracle.made(&hash);
                    outcome(self.send(oracle, operator, &made), bundle_rule)
                }
                None => Outcome::Nothing,
            },
            Action::Leave(operator) => {
                let caller = operator_account(operator.into());
                let left = self
                    .chain
                    .deregister_operator(caller, OperatorId(operator.into()));
                if left.is_ok() {
                    self.hasten(operator, model.bounds.unlock.into());
                }
                outcome(left, |refused: &RefusedDeregistration| {
                    format!("K{}", refused.code())
                })
            }
            Action::Prove(number) => self.prove(oracle, state, number),
            Action::Equivocate(operator) => {
                let sent = self
                    .chain
                    .submit_equivocation(REPORTER, &equivocation(oracle, operator).encode());
                outcome(sent, |refused: &RefusedEquivocation| {
                    format!("K{}", refused.code())
                })
            }
        }
    }

    /// Lets an operator's pool wait for as long as the model says.
    fn hasten(&mut self, operator: Operator, unlock: u64) {
        let short = ConsensusNumber(self.now() + unlock);
        let mut pool = pool(&self.chain, operator.into());
        if let PoolStatus::Leaving { unlock, .. } = &mut pool.status {
            *unlock = short;
        }
        let key = keys::pool(OperatorId(operator.into()));
        self.chain.host_mut().store.insert(key, pool.encode());
    }

    /// Makes the receipt on top of the head. If its inbox is not closed, one with another block's content.
    fn make(&self, oracle: &mut Oracle, claim: Claim) -> Rc<Made> {
        let (head, parent) = self.chain.head(DOMAIN).expect("readable").expect("a domain");
        let below = oracle.name_of(&parent);
        let index = usize::try_from(head.0).unwrap_or(usize::MAX);
        if let Some(right) = self.rights.get(index) {
            return oracle.receipt(right, parent, below, claim);
        }
        let last = self.rights.last().expect("a closed inbox");
        oracle.premature(last, parent, below)
    }

    fn standing(&self, number: u8) -> Option<ReceiptHash> {
        self.chain
            .hash_at(DOMAIN, DomainNumber(number.into()))
            .expect("readable")
    }

    fn include(&mut self, oracle: &mut Oracle, operator: Operator) -> Sent {
        let progress = self.chain.progress(DOMAIN).expect("readable").expect("a domain");
        let election = self.election(oracle, operator);
        let items = body(progress.last.0 + 1);
        let bundle = seal(operator, election, oracle.base(), Vec::new(), items);
        self.chain.submit_bundle(&bundle.encode())
    }

    fn send(&mut self, oracle: &mut Oracle, operator: Operator, made: &Made) -> Sent {
        let election = self.election(oracle, operator);
        let bytes = oracle.bundle(operator, election, made);
        self.chain.submit_bundle(&bytes)
    }

    /// Sends a proof against what stands at this number. Against a right receipt, the proof of a lie about the same block under
    /// the right one's name; where nothing stands, the proof against what was removed there.
    fn prove(&mut self, oracle: &mut Oracle, state: &State, number: u8) -> Outcome {
        let removed = || self.removed_at(oracle, state, number);
        let Some(hash) = self.standing(number).or_else(removed) else {
            return Outcome::Nothing;
        };
        let made = oracle.made(&hash);
        let mut proof = if oracle.name_of(&hash).claim() == Claim::Right {
            let parent = made.submission.receipt.parent;
            let right = &self.rights[usize::from(number) - 1];
            let below = oracle.name_of(&parent);
            let lie = oracle.receipt(right, parent, below, Claim::Lie(0));
            oracle.proof(&lie)
        } else {
            oracle.proof(&made)
        };
        proof.receipt = hash;
        let sent = self.chain.submit_proof(&proof.encode());
        outcome(sent, |refused: &RefusedProof| match refused {
            RefusedProof::Proof(invalid) => format!("F{}", invalid.code()),
            other @ (RefusedProof::Bytes(_)
            | RefusedProof::UnknownDomain { .. }
            | RefusedProof::NotPending
            | RefusedProof::NoEngine) => format!("K{}", other.code()),
        })
    }

    fn removed_at(&self, oracle: &Oracle, state: &State, number: u8) -> Option<ReceiptHash> {
        let mut removed = state.removals.iter().flatten();
        let name = removed.find(|removed| removed.name.number == number)?.name;
        oracle.hash_of(name, &self.rights)
    }

    /// Finds a window since the last block that the operator won and has not used. One that may not bundle shows the win that it
    /// would have: it is refused before that is looked at.
    fn election(&self, oracle: &mut Oracle, operator: Operator) -> ElectionProof {
        let (view, id) = (self.chain.state(), OperatorId(operator.into()));
        let terms = view.terms(DOMAIN).expect("readable").expect("a domain");
        let (now, oldest) = (self.now(), Self::oldest_window(self.now()));
        for window in (oldest.0..=now * STRIDE).rev().map(Window) {
            if self.chain.has_submitted(DOMAIN, id, window).expect("readable") {
                continue;
            }
            let standing = view
                .standing(DOMAIN, id, window)
                .expect("readable")
                .expect("an operator");
            let challenge = Challenge {
                domain: DOMAIN,
                window,
                randomness: view.randomness(DOMAIN, window).expect("readable").expect("known"),
            };
            let share = if standing.eligible {
                standing.share
            } else {
                decex_election::Share::new(STAKE, STAKE).expect("the whole")
            };
            let odds = terms.odds(&standing).expect("checked parameters");
            if let Some(election) = oracle.election(operator, &challenge, &odds, &share) {
                return election;
            }
        }
        panic!("operator {operator} has used all its windows: STRIDE is too short")
    }
}

type Sent = Result<Vec<decex_consensus::Event>, CallError<RefusedBundle, std::convert::Infallible>>;

fn outcome<R: std::fmt::Debug>(
    sent: Result<Vec<decex_consensus::Event>, CallError<R, std::convert::Infallible>>,
    rule: impl Fn(&R) -> String,
) -> Outcome {
    match sent {
        Ok(_) => Outcome::Accepted,
        Err(CallError::Refused(refused)) => Outcome::Refused(rule(&refused)),
        Err(CallError::Host(error)) => panic!("the store: {error:?}"),
    }
}

fn bundle_rule(refused: &RefusedBundle) -> String {
    match refused {
        RefusedBundle::Bundle(invalid) => format!("B{}", invalid.code()),
        RefusedBundle::Receipt { invalid, .. } => format!("R{}", invalid.code()),
        other @ (RefusedBundle::NotBegun
        | RefusedBundle::Bytes(_)
        | RefusedBundle::Receipts(_)
        | RefusedBundle::Fund(_)
        | RefusedBundle::Unenforceable) => format!("K{}", other.code()),
    }
}

/// Two seals of an operator on one window. Whether it won the window does not matter.
fn equivocation(oracle: &Oracle, operator: Operator) -> Equivocation {
    let election = ElectionProof {
        window: Window(1),
        preoutput: [0; 32],
        key_commitment: [0; 32],
        input_commitment: [0; 32],
        response: [0; 32],
    };
    let header = |number| seal(operator, election, oracle.base(), Vec::new(), body(number)).header;
    Equivocation {
        first: header(1),
        second: header(2),
    }
}
