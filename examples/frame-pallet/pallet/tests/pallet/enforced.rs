//! Domains that enforce legality at inclusion.

use crate::chain::name;
use crate::mock::*;
use decex_consensus::{AccountCall, registration_message};
use decex_core::execution::{Account, Engine};
use decex_core::params::LegalityMode;
use decex_core::{AccountId, Balance, Digest, DomainId, Nonce, OperatorId, SenderId, label};
use decex_election::{Challenge, Keypair, try_elect};
use decex_testkit::deceit::seal;
use decex_testkit::ledger::{Call as Asked, LedgerEngine, Transaction, sender_of};
use decex_testkit::matrix::item;
use decex_testkit::story;
use frame_support::traits::Hooks;
use frame_support::traits::fungible::Mutate;
use pallet_decex::{Call, decex_consensus};
use parity_scale_codec::Encode;
use sp_runtime::transaction_validity::{TransactionValidityError, UnknownTransaction};
use std::collections::BTreeMap;

const ACCOUNT: AccountId = AccountId(Digest([1; 32]));

fn next() {
    let number = System::block_number() + 1;
    System::set_block_number(number);
    Decex::on_initialize(number);
}

/// A domain that enforces legality, with one operator whose stake counts.
fn found() {
    next();
    Balances::mint_into(&name(&ACCOUNT), 1_000_000_000).unwrap();
    let mut params = story::params();
    params.legality = LegalityMode::Enforced;
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

fn keypair() -> Keypair {
    Keypair::from_seed(&[7; 32])
}

fn user() -> Keypair {
    Keypair::from_seed(&[8; 32])
}

fn sender() -> SenderId {
    sender_of(user().key())
}

/// A bundle with a transfer of the user's that has this nonce.
fn bundle(nonce: u64) -> Vec<u8> {
    let (chain, domain, operator) = (Decex::consensus(), DomainId(0), OperatorId(0));
    let terms = chain.terms(domain).unwrap().unwrap();
    let slot = chain.clock().unwrap().unwrap().block.slot;
    let window = terms.windows().unwrap().window_of(slot);
    let standing = chain.standing(domain, operator, window).unwrap().unwrap();
    let challenge = Challenge {
        domain,
        window,
        randomness: chain.election_randomness(domain, window).unwrap().unwrap(),
    };
    let odds = terms.odds(&standing).unwrap();
    let (_, election) =
        try_elect(&keypair(), &challenge, &odds, &standing.share).expect("alone it always wins");
    let draft = decex_bundle::Draft {
        domain,
        operator,
        election,
        base: chain.head(domain).unwrap().unwrap().1,
    };
    let call = Asked::Transfer {
        to: sender(),
        amount: Balance(1),
    };
    let bytes = Transaction::sign(&user(), Nonce(nonce), call).to_bytes();
    let items = vec![item(&LedgerEngine::default(), bytes).unwrap()];
    seal(&keypair(), &draft, Vec::new(), items).unwrap().encode()
}

fn submit(bytes: Vec<u8>) -> Result<(), TransactionValidityError> {
    let bundle = bytes.try_into().unwrap();
    let extrinsic = Extrinsic::new_bare(Call::submit_bundle { bundle }.into());
    let applied =
        frame_support::storage::with_transaction_unchecked(|| match Executive::apply_extrinsic(extrinsic) {
            Ok(applied) => sp_runtime::TransactionOutcome::Commit(Ok(applied)),
            Err(error) => sp_runtime::TransactionOutcome::Rollback(Err(error)),
        });
    applied.map(|applied| applied.unwrap())
}

fn known(nonce: u64) -> BTreeMap<SenderId, Account> {
    let account = Account {
        nonce: Nonce(nonce),
        balance: Balance(100_000),
    };
    BTreeMap::from([(sender(), account)])
}

fn with_chain(run: impl FnOnce()) {
    assert_eq!(LedgerEngine::default().rule_set(), story::params().rules);
    chain().execute_with(|| {
        found();
        run();
    });
    set_accounts(None);
}

#[test]
fn who_knows_no_accounts_includes_no_transactions_where_legality_is_enforced() {
    with_chain(|| {
        let k22 = Err(UnknownTransaction::Custom(22).into());
        assert_eq!(submit(bundle(0)), k22);
        set_accounts(Some(known(0)));
        assert_eq!(submit(bundle(0)), Ok(()));
    });
}

#[test]
fn what_is_illegal_by_the_chains_accounts_is_in_no_block() {
    with_chain(|| {
        let k20 = Err(UnknownTransaction::Custom(20).into());
        // The account has used this nonce, or has nothing to pay with.
        set_accounts(Some(known(1)));
        assert_eq!(submit(bundle(0)), k20);
        set_accounts(Some(BTreeMap::new()));
        assert_eq!(submit(bundle(0)), k20);
        set_accounts(Some(known(1)));
        assert_eq!(submit(bundle(1)), Ok(()));
    });
}

#[test]
fn looking_accounts_up_is_weighed() {
    use frame_support::dispatch::GetDispatchInfo;
    let weight = |length| {
        let bundle = vec![0; length].try_into().unwrap();
        let call = Call::<Runtime>::submit_bundle { bundle };
        call.get_dispatch_info().call_weight
    };
    // Twice, as all of it: 1 ns for a byte in this runtime.
    let without = |bytes| {
        use pallet_decex::WeightInfo;
        pallet_decex::weights::Measured::<Runtime>::submit_bundle(bytes).saturating_mul(2)
    };
    let looked_up = weight(10_000).saturating_sub(without(10_000));
    assert_eq!(looked_up.ref_time(), 2 * 10_000 * 1_000);
}
