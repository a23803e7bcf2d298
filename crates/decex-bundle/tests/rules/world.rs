//! A host in memory, a toy engine, and bundles to try on them.

use decex_bundle::{
    AccountView, Base, Bundle, Carried, Draft, Enforcement, IncludeError, IncludedBundle, InclusionView,
    InvalidBundle, Item, SealingRecord, Standing, Terms, check_header, seal_bundle,
};
use decex_core::codec::BoundedVec;
use decex_core::execution::{Account, Context, Effects, Engine, Facts, Input, NotATransaction};
use decex_core::hash::{Digest, digest};
use decex_core::id::*;
use decex_core::message::Message;
use decex_core::params::*;
use decex_core::state::{CompactTree, Halt, StateAccess, StateCommitment};
use decex_core::{Host, label};
use decex_election::{Challenge, ElectionProof, FACTOR_ONE, Keypair, Odds, Share, SubmissionView, try_elect};
use parity_scale_codec::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

pub const DOMAIN: DomainId = DomainId(3);
pub const OPERATOR: OperatorId = OperatorId(7);
pub const NOW: Slot = Slot(100);
pub const WINDOW: Window = Window(50);

pub fn named(n: u64) -> Digest {
    digest(&label::TRANSACTION, &n.to_le_bytes())
}

pub fn sender(n: u64) -> SenderId {
    SenderId(named(n))
}

pub fn keypair(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

pub fn params() -> DomainParams {
    DomainParams {
        rules: RuleSet::default(),
        genesis: StateRoot::default(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 2,
            longevity: 3,
            epoch: 10,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 100,
            bytes: 10_000,
            weight: Weight(1_000_000),
        },
        transaction_bytes: 500,
        sender_transactions: 4,
        bundles_per_block: 5,
        legality: LegalityMode::Deferred,
        challenge_period: 100,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 10,
        max_gap: 6,
        messages: 8,
        witness_limit: 20_000,
        portion: WHOLE_RING,
        reporter_share: 100,
    }
}

pub fn host_limits() -> HostLimits {
    HostLimits {
        message_bytes: 1 << 20,
        slot_numerator: 1,
        slot_denominator: 2,
        censorship: 10,
        unlock_period: 1_000,
        submission_lag: 10,
    }
}

/// A receipt as this crate sees it: something with a hash.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Note(pub u32);

impl Carried for Note {
    fn compute_leaf(&self) -> Digest {
        digest(&label::RECEIPT, &self.0.to_le_bytes())
    }
}

/// What a host knows.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub terms: Option<Terms>,
    pub standing: Option<Standing>,
    pub randomness: Option<Randomness>,
    pub used: BTreeSet<(DomainId, OperatorId, Window)>,
    pub bases: BTreeMap<ReceiptHash, Base>,
    pub head: DomainNumber,
    pub unexecuted: u64,
    pub in_block: u32,
    pub accounts: BTreeMap<SenderId, Account>,
    pub fails: bool,
}

/// The world's own failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

pub fn base() -> Base {
    Base {
        number: DomainNumber(40),
        hash: ReceiptHash(named(40)),
        root: StateRoot(named(41)),
        byte_price: Balance(2),
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(params())
    }

    pub fn with(params: DomainParams) -> Self {
        let params = params.check(&host_limits()).unwrap();
        let share = Share::new(Balance(10), Balance(10)).unwrap();
        Self {
            terms: Some(Terms { params, active: true }),
            standing: Some(Standing {
                key: *keypair(1).key(),
                share,
                factor: FACTOR_ONE,
                eligible: true,
            }),
            randomness: Some(Randomness(named(5))),
            used: BTreeSet::new(),
            bases: BTreeMap::from([(base().hash, base())]),
            head: DomainNumber(42),
            unexecuted: 0,
            in_block: 0,
            accounts: BTreeMap::new(),
            fails: false,
        }
    }

    pub fn terms_mut(&mut self) -> &mut Terms {
        self.terms.as_mut().unwrap()
    }

    fn answer<T>(&self, value: T) -> Result<T, Broken> {
        if self.fails { Err(Broken) } else { Ok(value) }
    }

    /// Runs every inclusion rule, and checks that judging leaves the world as it was.
    pub fn include(&self, bundle: &Bundle<Note>) -> Result<IncludedBundle, IncludeError<Broken>> {
        let before = self.clone();
        let result = check_header(self, NOW, bundle).and_then(|checked| {
            checked.check_body(
                self,
                Some(Enforcement {
                    engine: &Toy,
                    accounts: self,
                }),
            )
        });
        assert!(*self == before);
        result
    }

    pub fn refusal(&self, bundle: &Bundle<Note>) -> InvalidBundle {
        match self.include(bundle) {
            Err(IncludeError::Invalid(invalid)) => invalid,
            other => panic!("{other:?}"),
        }
    }
}

impl Host for World {
    type Error = Broken;
}

impl SubmissionView for World {
    fn has_submitted(&self, domain: DomainId, operator: OperatorId, window: Window) -> Result<bool, Broken> {
        self.answer(self.used.contains(&(domain, operator, window)))
    }
}

impl InclusionView for World {
    fn terms(&self, domain: DomainId) -> Result<Option<Terms>, Broken> {
        self.answer(self.terms.clone().filter(|_| domain == DOMAIN))
    }
    fn standing(&self, _: DomainId, operator: OperatorId, _: Window) -> Result<Option<Standing>, Broken> {
        self.answer(self.standing.filter(|_| operator == OPERATOR))
    }
    fn randomness(&self, _: DomainId, _: Window) -> Result<Option<Randomness>, Broken> {
        self.answer(self.randomness)
    }
    fn base(&self, _: DomainId, hash: &ReceiptHash) -> Result<Option<Base>, Broken> {
        self.answer(self.bases.get(hash).copied())
    }
    fn head(&self, _: DomainId) -> Result<DomainNumber, Broken> {
        self.answer(self.head)
    }
    fn unexecuted(&self, _: DomainId) -> Result<u64, Broken> {
        self.answer(self.unexecuted)
    }
    fn bundles_in_block(&self, _: DomainId) -> Result<u32, Broken> {
        self.answer(self.in_block)
    }
}

impl AccountView for World {
    fn account(&self, _: DomainId, _: &Base, sender: &SenderId) -> Result<Account, Broken> {
        self.answer(self.accounts.get(sender).copied().unwrap_or_default())
    }
}

/// What an operator has sealed.
#[derive(Clone, Debug, Default)]
pub struct Seals(pub BTreeMap<(DomainId, OperatorId, Window), HeaderHash>);

impl Host for Seals {
    type Error = Infallible;
}

impl SealingRecord for Seals {
    fn has_sealed(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Result<Option<HeaderHash>, Infallible> {
        Ok(self.0.get(&(domain, operator, window)).copied())
    }
}

/// Transactions are sender ‖ nonce ‖ weight ‖ whether they are signed ‖ anything.
pub struct Toy;

impl Engine for Toy {
    fn rule_set(&self) -> RuleSet {
        RuleSet::default()
    }
    fn commitment(&self) -> &dyn StateCommitment {
        &CompactTree
    }
    fn inspect(&self, mut transaction: &[u8]) -> Result<Facts, NotATransaction> {
        let decoded = <(SenderId, Nonce, Weight, bool)>::decode(&mut transaction);
        match decoded.map_err(|_| NotATransaction::Malformed)? {
            (_, _, _, false) => Err(NotATransaction::Signature),
            (sender, nonce, weight, true) => Ok(Facts {
                sender,
                nonce,
                weight,
            }),
        }
    }
    fn account(&self, _: &mut dyn StateAccess, _: &SenderId) -> Result<Account, Halt> {
        Ok(Account::default())
    }
    fn begin(&self, _: &Context, _: &mut dyn StateAccess) -> Result<(), Halt> {
        Ok(())
    }
    fn receive(&self, _: &Context, _: &mut dyn StateAccess, _: &Message) -> Result<(), Halt> {
        Ok(())
    }
    fn refuse(&self, _: &Context, _: &mut dyn StateAccess, _: &Message) -> Result<(), Halt> {
        Ok(())
    }
    fn apply(&self, _: &Context, _: &mut dyn StateAccess, _: &Input<'_>) -> Result<(), Halt> {
        Ok(())
    }
    fn exceed(&self, _: &Context, _: &mut dyn StateAccess, _: &Input<'_>) -> Result<(), Halt> {
        Ok(())
    }
    fn finish(&self, _: &Context, _: &mut dyn StateAccess) -> Result<Effects, Halt> {
        Ok(Effects::default())
    }
}

/// A legal transaction of `pad` bytes beyond its 49.
pub fn item(from: u64, nonce: u64, pad: usize) -> Item {
    let (sender, nonce, weight) = (sender(from), Nonce(nonce), Weight(1_000));
    let mut bytes = (sender, nonce, weight, true).encode();
    bytes.resize(bytes.len() + pad, 0);
    Item {
        sender,
        nonce,
        weight,
        bytes: BoundedVec::new(bytes).unwrap(),
    }
}

pub fn items(count: u64) -> Vec<Item> {
    (0..count).map(|n| item(n, n, 0)).collect()
}

pub fn election(window: Window, key: u8) -> ElectionProof {
    let challenge = Challenge {
        domain: DOMAIN,
        window,
        randomness: Randomness(named(5)),
    };
    let odds = Odds::new(1, 1, FACTOR_ONE).unwrap();
    let share = Share::new(Balance(1), Balance(1)).unwrap();
    try_elect(&keypair(key), &challenge, &odds, &share).unwrap().1
}

pub fn draft() -> Draft {
    Draft {
        domain: DOMAIN,
        operator: OPERATOR,
        election: election(WINDOW, 1),
        base: base().hash,
    }
}

pub fn sealed(draft: &Draft, receipts: Vec<Note>, items: Vec<Item>) -> Bundle<Note> {
    seal_bundle(&Seals::default(), &keypair(1), draft, receipts, items)
        .unwrap()
        .into_bundle()
}

pub fn bundle(items: Vec<Item>) -> Bundle<Note> {
    sealed(&draft(), vec![Note(1), Note(2)], items)
}

/// Changes something and seals it again, as a dishonest author would.
pub fn resealed(bundle: &Bundle<Note>, change: impl FnOnce(&mut Bundle<Note>)) -> Bundle<Note> {
    let mut bundle = bundle.clone();
    change(&mut bundle);
    let hash = bundle.header.header.compute_hash();
    bundle.header.seal = keypair(1).sign(&label::BUNDLE_SEAL, &hash.0);
    bundle
}
