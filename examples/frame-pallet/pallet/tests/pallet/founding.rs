//! A domain with one operator, by hand.

use crate::chain::name;
use crate::mock::*;
use decex_bundle::{Draft, Item};
use decex_consensus::{AccountCall, registration_message};
use decex_core::params::LegalityMode;
use decex_core::state::{MemoryTree, StateTree};
use decex_core::{AccountId, Balance, Digest, DomainId, Nonce, OperatorId, SenderId, Window, label};
use decex_election::{Challenge, Keypair, try_elect};
use decex_receipt::{Bundle, Submission};
use decex_testkit::deceit::seal;
use decex_testkit::ledger::{Call as Asked, LedgerEngine, Transaction, genesis, sender_of};
use decex_testkit::matrix::item;
use decex_testkit::story;
use frame_support::traits::Hooks;
use frame_support::traits::fungible::Mutate;
use pallet_decex::decex_consensus;

/// Whose everything is.
pub const ACCOUNT: AccountId = AccountId(Digest([1; 32]));

pub fn next() {
    let number = System::block_number() + 1;
    System::set_block_number(number);
    Decex::on_initialize(number);
}

/// A domain with one operator whose stake counts.
pub fn found(legality: LegalityMode) {
    next();
    Balances::mint_into(&name(&ACCOUNT), 1_000_000_000).unwrap();
    let mut params = story::params();
    params.legality = legality;
    params.genesis = state().root();
    let make = |call| Decex::consensus().call(ACCOUNT, call).unwrap();
    make(AccountCall::CreateDomain {
        params: Box::new(params),
        access: decex_consensus::Access::Open,
        backing: Balance(600_000),
    });
    let (operator, domain) = (keypair(), DomainId(0));
    let key = *operator.key().as_bytes();
    let message = registration_message(domain, &ACCOUNT, &key);
    make(AccountCall::RegisterOperator {
        domain,
        key,
        possession: operator.sign(&label::REGISTRATION, &message),
        deposit: Balance(200_000),
        terms: decex_consensus::decex_staking::PoolTerms {
            tax: 0,
            minimum_nomination: Balance(1_000),
        },
    });
    (0..4).for_each(|_| next());
}

pub fn keypair() -> Keypair {
    Keypair::from_seed(&[7; 32])
}

fn user() -> Keypair {
    Keypair::from_seed(&[8; 32])
}

pub fn sender() -> SenderId {
    sender_of(user().key())
}

/// What the domain begins with.
pub fn state() -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.update(&genesis(&[(sender(), Balance(600_000))])).unwrap();
    tree
}

/// A transfer of the user's that has this nonce.
pub fn transfer(nonce: u64) -> Item {
    let call = Asked::Transfer {
        to: sender(),
        amount: Balance(1),
    };
    let bytes = Transaction::sign(&user(), Nonce(nonce), call).to_bytes();
    item(&LedgerEngine::default(), bytes).unwrap()
}

/// A bundle of the operator's for the present window.
pub fn sealed(receipts: Vec<Submission>, items: Vec<Item>) -> Bundle {
    sealed_before(0, receipts, items)
}

/// A bundle of the operator's for the window so many windows ago.
pub fn sealed_before(ago: u64, receipts: Vec<Submission>, items: Vec<Item>) -> Bundle {
    let (chain, domain, operator) = (Decex::consensus(), DomainId(0), OperatorId(0));
    let terms = chain.terms(domain).unwrap().unwrap();
    let slot = chain.clock().unwrap().unwrap().block.slot;
    let window = Window(terms.windows().unwrap().window_of(slot).0 - ago);
    let standing = chain.standing(domain, operator, window).unwrap().unwrap();
    let challenge = Challenge {
        domain,
        window,
        randomness: chain.election_randomness(domain, window).unwrap().unwrap(),
    };
    let odds = terms.odds(&standing).unwrap();
    let (_, election) =
        try_elect(&keypair(), &challenge, &odds, &standing.share).expect("alone it always wins");
    let draft = Draft {
        domain,
        operator,
        election,
        base: chain.head(domain).unwrap().unwrap().1,
    };
    seal(&keypair(), &draft, receipts, items).unwrap()
}
