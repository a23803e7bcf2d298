//! A domain with operators driven by hand: one that does right and one that lies.

use crate::Chain;
use decex_bundle::{Draft, Item};
use decex_consensus::decex_staking::PoolTerms;
use decex_consensus::registration_message;
use decex_core::execution::{Engine, trace_root};
use decex_core::params::{BlockLimits, DomainParams, ElectionParams, LegalityMode, Validity, WHOLE_RING};
use decex_core::state::{Changes, MemoryTree, StateTree};
use decex_core::*;
use decex_election::{Challenge, ElectionProof, Keypair, try_elect};
use decex_fraud::{Claim, prove};
use decex_receipt::{Receipt, Submission, genesis_receipt};
use decex_runtime::{Extrinsic, Runtime};
use decex_testkit::deceit::seal;
use decex_testkit::matrix::{World, item};
use pallet_decex::{Call, decex_consensus};
use parity_scale_codec::Encode;
use sp_core::{Pair, sr25519};

pub const TERMS: PoolTerms = PoolTerms {
    tax: 1_000,
    minimum_nomination: Balance(1_000),
};

pub struct Member {
    pub id: OperatorId,
    keypair: Keypair,
}

pub struct Domain<'e> {
    pub id: DomainId,
    engine: &'e dyn Engine,
    past: Vec<(Receipt, MemoryTree)>,
    bodies: Vec<Item>,
    pub members: Vec<Member>,
}

/// What every domain of these tests has.
pub fn params(engine: &dyn Engine, genesis: StateRoot) -> DomainParams {
    DomainParams {
        rules: engine.rule_set(),
        genesis,
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 2,
            epoch: 2,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 64,
            bytes: 65_536,
            weight: Weight(1_000_000),
        },
        transaction_bytes: 4_096,
        sender_transactions: 8,
        bundles_per_block: 4,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 5,
        seed_delay: 1,
        trace_interval: 1,
        max_base_lag: 4,
        max_gap: 4,
        messages: 8,
        witness_limit: 100_000,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    }
}

impl<'e> Domain<'e> {
    /// Creates the next domain of the chain with two operators, who belong to `owner`.
    pub fn create(
        chain: &mut Chain,
        owner: &sr25519::Pair,
        engine: &'e dyn Engine,
        genesis: &Changes,
    ) -> Self {
        Self::create_with(chain, owner, engine, genesis, |_| {})
    }

    /// The same, with parameters that are changed before.
    pub fn create_with(
        chain: &mut Chain,
        owner: &sr25519::Pair,
        engine: &'e dyn Engine,
        genesis: &Changes,
        change: impl FnOnce(&mut DomainParams),
    ) -> Self {
        let mut tree = MemoryTree::new();
        let root = tree.update(genesis).unwrap();
        let mut params = params(engine, root);
        change(&mut params);
        let call = Call::<Runtime>::create_domain {
            params: params.encode().try_into().unwrap(),
            listed: false,
            backing: 10_000_000_000_000,
        };
        chain.by(owner, call);
        let (counters, now) =
            chain.read(|c| (c.counters().unwrap(), c.clock().unwrap().unwrap().block.number));
        let id = DomainId(counters.domain.0 - 1);
        let receipt = genesis_receipt(id, params.rules, params.genesis, now);
        let mut domain = Self {
            id,
            engine,
            past: vec![(receipt, tree)],
            bodies: Vec::new(),
            members: Vec::new(),
        };
        for seed in [1, 2] {
            domain.register(chain, owner, seed);
        }
        domain
    }

    fn register(&mut self, chain: &mut Chain, owner: &sr25519::Pair, seed: u8) {
        let keypair = Keypair::from_seed(&[seed + 10 * self.id.0 as u8; 32]);
        let key = *keypair.key().as_bytes();
        let account = AccountId(Digest(owner.public().0));
        let possession = keypair.sign(
            &label::REGISTRATION,
            &registration_message(self.id, &account, &key),
        );
        let id = chain.read(|c| c.counters().unwrap().operator);
        let call = Call::<Runtime>::register_operator {
            domain: self.id.0,
            key,
            possession: possession.0,
            deposit: 10_000_000,
            tax: TERMS.tax,
            minimum_nomination: TERMS.minimum_nomination.0,
        };
        chain.by(owner, call);
        self.members.push(Member { id, keypair });
    }

    /// Makes blocks until the member has won a window that it has not used.
    fn elected(&self, chain: &mut Chain, member: usize) -> ElectionProof {
        let (domain, Member { id, keypair }) = (self.id, &self.members[member]);
        for _ in 0..60 {
            let won = chain.read(|c| {
                let terms = c.terms(domain).unwrap().unwrap();
                let windows = terms.windows().unwrap();
                let slot = c.clock().unwrap().unwrap().block.slot;
                (windows.oldest_open(slot).0..=windows.window_of(slot).0)
                    .map(Window)
                    .find_map(|window| {
                        if c.has_submitted(domain, *id, window).unwrap() {
                            return None;
                        }
                        let standing = c.standing(domain, *id, window).unwrap()?;
                        let randomness = c.election_randomness(domain, window).unwrap()?;
                        let challenge = Challenge {
                            domain,
                            window,
                            randomness,
                        };
                        let odds = terms.odds(&standing).unwrap();
                        try_elect(keypair, &challenge, &odds, &standing.share).map(|(_, proof)| proof)
                    })
            });
            if let Some(proof) = won {
                return proof;
            }
            chain.next();
        }
        panic!("never elected");
    }

    /// Seals a bundle of a member, as the extrinsic that carries it.
    pub fn bundle(
        &self,
        chain: &mut Chain,
        member: usize,
        receipts: Vec<Submission>,
        items: Vec<Item>,
    ) -> Extrinsic {
        let election = self.elected(chain, member);
        let (_, base) = chain.read(|c| c.head(self.id).unwrap().unwrap());
        let Member { id, keypair } = &self.members[member];
        let draft = Draft {
            domain: self.id,
            operator: *id,
            election,
            base,
        };
        let bundle = seal(keypair, &draft, receipts, items).unwrap().encode();
        Extrinsic::new_bare(
            Call::<Runtime>::submit_bundle {
                bundle: bundle.try_into().unwrap(),
            }
            .into(),
        )
    }

    /// Puts these transactions into a bundle, and makes the block after it.
    pub fn send(&mut self, chain: &mut Chain, transactions: Vec<Vec<u8>>) -> std::time::Duration {
        let items = transactions
            .into_iter()
            .map(|bytes| item(self.engine, bytes).unwrap());
        self.bodies = items.collect();
        let extrinsic = self.bundle(chain, 0, Vec::new(), self.bodies.clone());
        let time = chain.apply(&extrinsic);
        chain.next();
        time
    }

    /// Executes the only open domain block.
    pub fn execute(&self, chain: &mut Chain) -> World<'e> {
        let number = DomainNumber(self.past.len() as u64);
        let (params, inbox) = chain.read(|c| {
            (
                c.params(self.id).unwrap().unwrap(),
                c.inbox(self.id, number).unwrap().unwrap(),
            )
        });
        World::new(
            self.engine,
            &params,
            self.past.clone(),
            inbox,
            vec![self.bodies.clone()],
        )
        .unwrap()
    }

    /// What the right receipt is submitted as.
    pub fn right(world: &World<'_>) -> Submission {
        let right = world.right();
        Submission {
            receipt: right.receipt.clone(),
            openings: Some(right.openings.clone()),
        }
    }

    /// The right receipt but for the state after the last transaction.
    pub fn lie(world: &World<'_>) -> Submission {
        let mut submission = Self::right(world);
        let mut openings = submission.openings.take().unwrap();
        let mut trace = openings.trace.to_vec();
        let step = trace.len() - 2;
        trace[step] = StateRoot(Digest([66; 32]));
        submission.receipt.trace.root = trace_root(&trace);
        openings.trace = BoundedVec::new(trace).unwrap();
        submission.openings = Some(openings);
        submission
    }

    /// Proves a lie.
    pub fn refute(
        &self,
        chain: &mut Chain,
        world: &mut World<'_>,
        lie: &Submission,
        reporter: AccountId,
    ) -> Vec<u8> {
        chain.read(|c| {
            let params = c.params(self.id).unwrap().unwrap();
            let hash = lie.receipt.compute_hash();
            let claim = Claim::load(&c.state(), &params, self.id, &hash).unwrap();
            let openings = lie.openings.as_ref().unwrap();
            let proof = prove(self.engine, &claim, openings, world, reporter).unwrap();
            proof.expect("a lie").encode()
        })
    }
}
