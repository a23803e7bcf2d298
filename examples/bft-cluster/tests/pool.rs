//! What a validator takes from the network.

use bft_cluster::host::{Applied, Call, Chain, Genesis, Header, MAX_BLOCK_BYTES, Outcome, Signed};
use bft_cluster::operator::{Habits, Member};
use bft_cluster::pool::{NotTaken, Pool, Room};
use decex_consensus::decex_staking::Extent;
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
        // Of somebody who is there, of nobody; nothing is due; no such domain, no such channel.
        other(OpenCall::ReportAbsence {
            operator: OperatorId(0),
        }),
        other(OpenCall::ReportAbsence {
            operator: OperatorId(9),
        }),
        claim_of(1),
        other(OpenCall::SubmitValidityProof { proof: vec![1, 2, 3] }),
        other(OpenCall::RelayMessage {
            message: vec![1, 2, 3],
        }),
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

fn other(call: OpenCall) -> Vec<u8> {
    Call::Open(call).encode()
}

fn user(index: u8) -> Keypair {
    Keypair::from_seed(&[index; 32])
}

fn account_of(index: u8) -> AccountId {
    AccountId(Digest(*user(index).key().as_bytes()))
}

/// Anybody may make it for anybody.
fn claim_of(index: u8) -> Vec<u8> {
    other(OpenCall::Claim {
        operator: OperatorId(0),
        account: account_of(index),
    })
}

/// A chain on which the stakes of users 1, 2 and 3 can be claimed.
fn with_claims() -> Chain {
    let mut chain = Chain::new(&GENESIS, [0; 32]).expect("a chain");
    let sign = |index: u8, nonce, call| {
        Call::Signed(Box::new(Signed::sign(&user(index), &[0; 32], nonce, call))).encode()
    };
    let operator = OperatorId(0);
    for index in 1..=3 {
        chain.state_mut().endow(&account_of(index), Balance(10_000));
    }
    for height in 1..=200 {
        let calls: Vec<Vec<u8>> = match height {
            2 => (1..=3)
                .map(|index| {
                    sign(
                        index,
                        0,
                        AccountCall::Nominate {
                            operator,
                            deposit: Balance(5_000),
                        },
                    )
                })
                .collect(),
            // Shares there are from the next epoch on.
            40 => (1..=3)
                .map(|index| {
                    sign(
                        index,
                        1,
                        AccountCall::Withdraw {
                            operator,
                            extent: Extent::All,
                        },
                    )
                })
                .collect(),
            _ => Vec::new(),
        };
        let applied = apply(&mut chain, height, &calls);
        assert_eq!(applied.refused, []);
    }
    chain
}

fn apply(chain: &mut Chain, height: u8, calls: &[Vec<u8>]) -> Applied {
    let header = Header {
        height: height.into(),
        hash: [height; 32],
        parent: [height - 1; 32],
        timestamp: 0,
        farmer: AccountId::default(),
    };
    match chain.apply(&header, calls).expect("it applies") {
        Outcome::Applied(applied) => *applied,
        Outcome::Known => panic!("block {height} is new"),
    }
}

#[test]
fn what_anybody_may_ask_for_is_tried_kept_and_goes_when_it_is_done() {
    let mut chain = with_claims();
    let root = chain.state_mut().root();
    let mut pool = Pool::default();
    assert_eq!(pool.submit(&chain, &claim_of(1)), Ok(()));
    assert_eq!(pool.submit(&chain, &claim_of(1)), Err(NotTaken::Held));
    assert_eq!(pool.submit(&chain, &claim_of(2)), Ok(()));
    // It was tried, and nothing came of it.
    assert_eq!(chain.state_mut().root(), root);
    let free = chain.state().free(&account_of(1));
    assert_eq!(
        pool.select(&BTreeSet::new(), MAX_BLOCK_BYTES),
        [claim_of(1), claim_of(2)]
    );
    let applied = apply(&mut chain, 201, &[claim_of(1)]);
    assert_eq!(applied.refused, []);
    assert!(chain.state().free(&account_of(1)) > free);
    pool.refresh(&chain);
    assert_eq!(pool.select(&BTreeSet::new(), MAX_BLOCK_BYTES), [claim_of(2)]);
}

#[test]
fn what_anybody_may_ask_for_is_bounded_in_calls_in_bytes_and_in_a_block() {
    let chain = with_claims();
    let length = claim_of(1).len();
    let room = Room::default();
    let fill = |room| {
        let mut pool = Pool::new(room);
        let taken = [1, 2, 3].map(|index| pool.submit(&chain, &claim_of(index)));
        (taken, pool.select(&BTreeSet::new(), MAX_BLOCK_BYTES).len())
    };
    assert_eq!(fill(room), ([Ok(()), Ok(()), Ok(())], 3));
    let full = ([Ok(()), Ok(()), Err(NotTaken::Full)], 2);
    assert_eq!(fill(Room { calls: 2, ..room }), full);
    let bytes = 3 * length - 1;
    assert_eq!(fill(Room { bytes, ..room }), full);
    let block_bytes = 2 * length;
    assert_eq!(fill(Room { block_bytes, ..room }), ([Ok(()), Ok(()), Ok(())], 2));
}
