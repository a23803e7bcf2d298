//! The smallest complete host: a chain in memory that embeds the consensus object. It takes one transaction from a user's
//! key to a final receipt, with one operator driven by hand. Run it with `cargo run -p host-minimal`.

mod operator;

use decex_consensus::*;
use decex_core::execution::Engine;
use decex_core::hash::digest_encoded;
use decex_core::params::*;
use decex_core::state::{MemoryTree, StateTree};
use decex_core::*;
use decex_election::Keypair;
use decex_testkit::ledger::{Call, LedgerEngine, Transaction, genesis, sender_of};
use operator::{Operator, TERMS};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;

type Done = Result<(), Box<dyn Error>>;

/// The chain's state: key-value store, free money, and the engines that it was built with.
#[derive(Default)]
struct Chain {
    store: BTreeMap<Vec<u8>, Vec<u8>>,
    free: BTreeMap<AccountId, u128>,
    engine: LedgerEngine,
}

impl Host for Chain {
    type Error = Infallible;
}

impl Store for Chain {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.store.get(key).cloned())
    }
    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Infallible> {
        self.store.insert(key.to_vec(), value.to_vec());
        Ok(())
    }
    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        self.store.remove(key);
        Ok(())
    }
}

impl Chain {
    fn pay(&mut self, to: AccountId, amount: u128) {
        let free = self.free.entry(to).or_default();
        *free = free.saturating_add(amount);
    }
}

impl Ledger for Chain {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        let free = self.free.entry(*account).or_default();
        *free = free.checked_sub(amount.0).ok_or(HoldError::Insufficient)?;
        Ok(())
    }
    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        self.pay(*account, amount.0);
        Ok(())
    }
    fn burn(&mut self, _: Balance) -> Result<(), Infallible> {
        Ok(()) // It stays in custody for ever.
    }
}

impl Beacon for Chain {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        // A seeded beacon is for demonstration: a real one cannot be known in advance.
        Ok(Some(Randomness(seeded("beacon", slot.0))))
    }
}

impl Verifiers for Chain {}

impl Engines for Chain {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        (*rules == self.engine.rule_set()).then_some(&self.engine)
    }
}

fn seeded(what: &str, number: u64) -> Digest {
    digest_encoded(&label::EVIDENCE, &(what, number))
}

const LIMITS: HostLimits = HostLimits {
    message_bytes: 1 << 20,
    slot_numerator: 1,
    slot_denominator: 1,
    censorship: 2,
    unlock_period: 20,
    submission_lag: 2,
};
const CONFIG: Config = Config {
    limits: LIMITS,
    domain_deposit: Balance(100),
    channel_deposit: Balance(50),
    minimum_stake: Balance(100),
    minimum_nomination: Balance(1),
    treasury: AccountId(Digest([9; 32])),
    treasury_share: 5_000,
    return_after: 2,
    work_per_block: 64,
};

fn params(engine: &LedgerEngine, genesis: StateRoot) -> DomainParams {
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
        transaction_bytes: 1_024,
        sender_transactions: 8,
        bundles_per_block: 4,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 4,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 4,
        max_gap: 4,
        messages: 8,
        witness_limit: 16_384,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    }
}

/// Makes the next block. A real host calls this when it starts to execute one.
fn begin_block(chain: &mut Consensus<Chain>, number: u64) -> Done {
    println!("block {number}");
    let block = BlockInfo {
        number: ConsensusNumber(number),
        parent_hash: ConsensusHash(seeded("block", number.saturating_sub(1))),
        slot: Slot(number),
        timestamp: Timestamp(number.saturating_mul(6_000)),
        randomness: Randomness(seeded("output", number)),
        byte_price: Balance(1),
        farmer: AccountId(seeded("farmer", number)),
    };
    show(&chain.begin_block(&block)?);
    Ok(())
}

fn show(events: &[Event]) {
    events.iter().for_each(|event| println!("  {event:?}"));
}

fn main() -> Done {
    let (owner, engine) = (AccountId(Digest([1; 32])), LedgerEngine::default());
    let (alice, bob) = (Keypair::from_seed(&[2; 32]), Keypair::from_seed(&[3; 32]));
    let mut tree = MemoryTree::new();
    tree.update(&genesis(&[(sender_of(alice.key()), Balance(10_000))]))?;
    let mut chain = Consensus::new(Chain::default(), CONFIG);
    chain.host_mut().pay(owner, 110_100);

    begin_block(&mut chain, 1)?;
    let (domain, events) =
        chain.create_domain(owner, params(&engine, tree.root()), Access::Open, Balance(10_000))?;
    show(&events);
    let keypair = Keypair::from_seed(&[4; 32]);
    let message = registration_message(domain, &owner, keypair.key().as_bytes());
    let possession = keypair.sign(&label::REGISTRATION, &message);
    let key = *keypair.key().as_bytes();
    let (id, events) = chain.register_operator(owner, domain, &key, &possession, Balance(100_000), TERMS)?;
    show(&events);
    let mut operator = Operator::new(id, keypair, tree);
    begin_block(&mut chain, 2)?;

    // A new epoch: the stake counts. Alice's transaction goes into a bundle.
    begin_block(&mut chain, 3)?;
    let (to, amount) = (sender_of(bob.key()), Balance(7));
    let payment = Transaction::sign(&alice, Nonce(0), Call::Transfer { to, amount });
    show(&operator.bundle(&mut chain, domain, &payment)?);

    // Its inbox is closed: the operator executes it and submits the receipt.
    begin_block(&mut chain, 4)?;
    show(&operator.execute(&mut chain, domain, DomainNumber(1))?);

    // Nobody refutes it within the challenge period: it is final.
    (5..=9).try_for_each(|number| begin_block(&mut chain, number))?;
    let last = chain.chain(domain)?.ok_or("no domain")?.confirmed;
    println!("domain block {} is final: {}", last.0, operator.root().0);
    Ok(())
}
