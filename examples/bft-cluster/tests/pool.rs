//! What a validator takes from the network.

use bft_cluster::host::{Call, Chain, Genesis, Header, MAX_BLOCK_BYTES, Signed};
use bft_cluster::operator::{Habits, Member};
use bft_cluster::pool::{NotTaken, Pool};
use decex_consensus::{AccountCall, OpenCall};
use decex_core::{AccountId, Balance, Digest, DomainId, OperatorId};
use decex_election::Keypair;
use parity_scale_codec::Encode;
use std::collections::BTreeSet;

const GENESIS: Genesis = Genesis {
    seed: 3,
    validators: 4,
    operators: 1,
    domains: 1,
    evm: 0,
    users: 4,
};

/// Lets the only operator follow empty blocks until it makes a bundle.
fn with_a_bundle() -> (Chain, Vec<u8>) {
    let mut chain = Chain::new(&GENESIS, [0; 32]).expect("a chain");
    let habits = Habits { load: 4, lie: None };
    let mut member =
        Member::start(&GENESIS, [0; 32], DomainId(0), 0, habits, Vec::new()).expect("an operator");
    for height in 1..=64 {
        let header = Header {
            height: height.into(),
            hash: [height; 32],
            parent: [height - 1; 32],
            timestamp: 0,
            farmer: AccountId::default(),
        };
        let outcome = chain.apply::<Vec<u8>>(&header, &[]).expect("it applies");
        let bft_cluster::host::Outcome::Applied(applied) = outcome else {
            panic!("block {height} is new");
        };
        if let Some(call) = member.follow(&chain, &applied).expect("it follows").pop() {
            return (chain, call);
        }
    }
    panic!("nobody was elected");
}

#[test]
fn a_bundle_is_taken_once_and_selected() {
    let (chain, call) = with_a_bundle();
    let mut pool = Pool::default();
    assert_eq!(pool.submit(&chain, &call), Ok(()));
    assert_eq!(pool.submit(&chain, &call), Err(NotTaken::Held));
    assert_eq!(
        pool.select(&BTreeSet::new(), MAX_BLOCK_BYTES),
        std::slice::from_ref(&call)
    );
    // Not what a block before carries already, nor what there is no room for.
    assert!(
        pool.select(&BTreeSet::from([call.clone()]), MAX_BLOCK_BYTES)
            .is_empty()
    );
    assert!(pool.select(&BTreeSet::new(), call.len() - 1).is_empty());
    pool.refresh(&chain);
    assert_eq!(pool.len(), (1, 0));
}

#[test]
fn what_breaks_a_rule_is_not_taken() {
    let (chain, call) = with_a_bundle();
    let mut pool = Pool::default();
    let Ok(Call::Open(OpenCall::SubmitBundle { bundle })) = Call::read(&call) else {
        panic!("a bundle");
    };
    // Another version than the one that was sealed, and than any that is known.
    let mut broken = bundle.clone();
    *broken.first_mut().expect("not empty") ^= 1;
    let refused = [
        vec![0xff],
        Call::bundle(broken).encode(),
        Call::proof(vec![1, 2, 3]).encode(),
        Call::Open(OpenCall::ReportAbsence {
            operator: OperatorId(0),
        })
        .encode(),
    ];
    for call in refused {
        let answer = pool.submit(&chain, &call);
        assert!(matches!(answer, Err(NotTaken::Refused(_))), "{answer:?}");
    }
    assert!(pool.select(&BTreeSet::new(), MAX_BLOCK_BYTES).is_empty());
}

#[test]
fn calls_of_accounts_need_a_signature_money_and_their_turn() {
    let (mut chain, _) = with_a_bundle();
    let mut pool = Pool::default();
    let alice = Keypair::from_seed(&[5; 32]);
    let sign = |chain: [u8; 32], nonce| {
        let call = AccountCall::EndowDomain {
            domain: DomainId(0),
            amount: Balance(1),
        };
        Call::Signed(Box::new(Signed::sign(&alice, &chain, nonce, call))).encode()
    };
    let is_refused = |answer| matches!(answer, Err(NotTaken::Refused(_)));
    assert!(is_refused(pool.submit(&chain, &sign([0; 32], 0))), "no money");
    let account = AccountId(Digest(*alice.key().as_bytes()));
    chain.state_mut().endow(&account, Balance(10));
    assert!(
        is_refused(pool.submit(&chain, &sign([1; 32], 0))),
        "of another chain"
    );
    assert!(
        is_refused(pool.submit(&chain, &sign([0; 32], 16))),
        "too far ahead"
    );
    // They come in any order and go in theirs.
    assert_eq!(pool.submit(&chain, &sign([0; 32], 1)), Ok(()));
    assert_eq!(pool.submit(&chain, &sign([0; 32], 0)), Ok(()));
    assert_eq!(
        pool.select(&BTreeSet::new(), MAX_BLOCK_BYTES),
        [sign([0; 32], 0), sign([0; 32], 1)]
    );
}
