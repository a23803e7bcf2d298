//! The state machine alone: a block counts once, blocks follow one another, accounts speak for themselves.

use bft_cluster::host::{
    Applied, ApplyError, Call, Chain, Genesis, Header, InvalidBody, MAX_BLOCK_BYTES, MAX_CALLS, Outcome,
    Refusal, Signed, check_body,
};
use decex_consensus::AccountCall;
use decex_core::{AccountId, Balance, Digest, DomainId};
use decex_election::Keypair;
use parity_scale_codec::Encode;

const GENESIS: Genesis = Genesis {
    seed: 3,
    validators: 4,
    operators: 3,
    domains: 2,
    evm: 0,
    users: 4,
};

fn header(height: u8, fork: u8) -> Header {
    let hash = |height: u8| [height; 32];
    let mut header = Header {
        height: height.into(),
        hash: hash(height),
        parent: hash(height - 1),
        timestamp: u64::from(height) * 100,
        farmer: AccountId::default(),
    };
    header.hash[0] ^= fork;
    header
}

fn chain() -> Chain {
    Chain::new(&GENESIS, [0; 32]).expect("a chain")
}

fn apply(chain: &mut Chain, header: &Header, calls: &[Vec<u8>]) -> Applied {
    match chain.apply(header, calls).expect("it applies") {
        Outcome::Applied(applied) => *applied,
        Outcome::Known => panic!("block {} is new", header.height),
    }
}

#[test]
fn a_block_that_is_delivered_again_changes_nothing() {
    let mut chain = chain();
    for height in 1..=5 {
        apply(&mut chain, &header(height, 0), &[]);
    }
    let root = chain.state_mut().root();
    chain.state_mut().take_dirty();
    for height in [5, 3, 1] {
        let again = chain.apply::<Vec<u8>>(&header(height, 0), &[]);
        assert!(matches!(again, Ok(Outcome::Known)), "{again:?}");
    }
    assert_eq!(chain.state_mut().root(), root);
    assert!(chain.state_mut().take_dirty().is_empty());
    assert_eq!(chain.tip().0, 5);
}

#[test]
fn blocks_follow_one_another() {
    let mut chain = chain();
    apply(&mut chain, &header(1, 0), &[]);
    let root = chain.state_mut().root();
    let gap = chain.apply::<Vec<u8>>(&header(3, 0), &[]);
    assert!(
        matches!(
            gap,
            Err(ApplyError::Gap {
                expected: 2,
                found: 3
            })
        ),
        "{gap:?}"
    );
    let other = chain.apply::<Vec<u8>>(&header(1, 1), &[]);
    assert!(matches!(other, Err(ApplyError::Fork { height: 1 })), "{other:?}");
    let mut stranger = header(2, 0);
    stranger.parent = [9; 32];
    let stranger = chain.apply::<Vec<u8>>(&stranger, &[]);
    assert!(
        matches!(stranger, Err(ApplyError::Fork { height: 2 })),
        "{stranger:?}"
    );
    let malformed = chain.apply(&header(2, 0), &[vec![0xff]]);
    assert!(matches!(malformed, Err(ApplyError::Body(_))), "{malformed:?}");
    assert_eq!(chain.state_mut().root(), root);
}

#[test]
fn a_state_from_disk_is_the_same_state() {
    let mut chain = chain();
    let mut disk = std::collections::BTreeMap::new();
    for height in 1..=8 {
        apply(&mut chain, &header(height, 0), &[]);
        for (key, value) in chain.state_mut().take_dirty() {
            match value {
                Some(value) => disk.insert(key, value),
                None => disk.remove(&key),
            };
        }
    }
    let mut restored = Chain::restore(&GENESIS, disk).expect("a chain");
    assert_eq!(restored.tip(), chain.tip());
    assert_eq!(restored.state_mut().root(), chain.state_mut().root());
    let next = header(9, 0);
    assert_eq!(
        apply(&mut restored, &next, &[]).root,
        apply(&mut chain, &next, &[]).root
    );
}

#[test]
fn a_different_block_gives_a_different_root() {
    let (mut one, mut other) = (chain(), chain());
    assert_ne!(
        apply(&mut one, &header(1, 0), &[]).root,
        apply(&mut other, &header(1, 1), &[]).root
    );
}

#[test]
fn an_account_signs_for_its_calls_and_each_counts_once() {
    let mut chain = chain();
    let alice = Keypair::from_seed(&[5; 32]);
    let account = AccountId(Digest(*alice.key().as_bytes()));
    chain.state_mut().endow(&account, Balance(1_000));
    let total = chain.state().total();
    let endow = |nonce: u64, amount: u128| {
        let call = AccountCall::EndowDomain {
            domain: DomainId(0),
            amount: Balance(amount),
        };
        Signed::sign(&alice, &[0; 32], nonce, call)
    };
    let call = |signed: &Signed| Call::Signed(Box::new(signed.clone())).encode();
    let mut forged = endow(0, 400);
    forged.from = *Keypair::from_seed(&[6; 32]).key().as_bytes();
    let elsewhere = {
        let call = endow(0, 400).call;
        Signed::sign(&alice, &[1; 32], 0, call)
    };
    // Of another chain, of somebody else, out of turn; then right, again, and more than there is.
    let refused = [elsewhere, forged, endow(1, 400)];
    let calls: Vec<Vec<u8>> = refused.iter().map(call).collect();
    let applied = apply(&mut chain, &header(1, 0), &calls);
    assert_eq!(
        applied.refused,
        [(0, Refusal::Door), (1, Refusal::Door), (2, Refusal::Door)]
    );
    let applied = apply(
        &mut chain,
        &header(2, 0),
        &[call(&endow(0, 400)), call(&endow(1, 700))],
    );
    assert!(
        matches!(applied.refused.as_slice(), [(1, Refusal::Rule(32, _))]),
        "{:?}",
        applied.refused
    );
    // A refused call has used its number up; an old one comes too late.
    let applied = apply(
        &mut chain,
        &header(3, 0),
        &[call(&endow(0, 400)), call(&endow(2, 600))],
    );
    assert_eq!(applied.refused, [(0, Refusal::Door)]);
    assert_eq!(chain.state().free(&account), Balance(0));
    assert_eq!(chain.state().total(), total);
}

#[test]
fn bodies_are_bounded_and_canonical() {
    let call = |byte: u8| Call::bundle(vec![byte]).encode();
    assert_eq!(check_body::<Vec<u8>>(&[]), Ok(()));
    assert_eq!(check_body(&[call(1), call(2)]), Ok(()));
    assert_eq!(
        check_body(&[call(1), call(1)]),
        Err(InvalidBody::Repeated { index: 1 })
    );
    assert_eq!(
        check_body(&[call(1), vec![9]]),
        Err(InvalidBody::Call { index: 1 })
    );
    let mut trailing = call(1);
    trailing.push(0);
    assert_eq!(check_body(&[trailing]), Err(InvalidBody::Call { index: 0 }));
    let many: Vec<_> = (0..=MAX_CALLS)
        .map(|index| Call::proof(index.to_le_bytes().to_vec()).encode())
        .collect();
    assert_eq!(
        check_body(&many),
        Err(InvalidBody::Calls { found: MAX_CALLS + 1 })
    );
    let half = Call::bundle(vec![0; MAX_BLOCK_BYTES / 2]).encode();
    let other = Call::bundle(vec![1; MAX_BLOCK_BYTES / 2]).encode();
    let found = half.len() + other.len();
    assert_eq!(check_body(&[half, other]), Err(InvalidBody::Bytes { found }));
}
