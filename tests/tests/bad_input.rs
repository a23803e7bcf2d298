//! Every message type to every call, truncated, oversized, trailing, not canonical, or noise: a typed error, nothing
//! changed, no panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants,
    reason = "tests"
)]

use decex_bundle::{AccountView, Base, Equivocation};
use decex_consensus::{
    BlockInfo, CallError, RefusedBundle, RefusedEquivocation, RefusedProof, RefusedRegistration,
    registration_message,
};
use decex_core::execution::Account;
use decex_core::list::ListTree;
use decex_core::params::MAX_RECEIPTS_PER_BUNDLE;
use decex_core::{
    AccountId, Balance, ConsensusNumber, DecodeError, Digest, DomainId, Host, OperatorId, SenderId, Slot,
    label,
};
use decex_operator::{NotPooled, Operator, PoolLimits, StartError};
use decex_receipt::{Bundle, ReceiptEquivocation, Vouched};
use decex_testkit::ledger::Call;
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{await_election, extend, item, seal};
use decex_tests::world::{
    Chain, ENGINE, STAKE, TERMS, World, limits, operator_account, operator_keypair, params, transaction, user,
};
use parity_scale_codec::Encode;
use proptest::prelude::*;
use std::convert::Infallible;
use std::sync::LazyLock;

const REPORTER: AccountId = AccountId(Digest([8; 32]));

/// A chain on which each of these messages is accepted as it is.
struct Scene {
    chain: Chain,
    bundle: Vec<u8>,
    /// Where the list of receipts begins in the bundle.
    receipts_at: usize,
    proof: Vec<u8>,
    equivocation: Vec<u8>,
    receipts: Vec<u8>,
}

fn transfer(from: usize, nonce: u64) -> Vec<u8> {
    transaction(
        from,
        nonce,
        Call::Transfer {
            to: user(from + 10),
            amount: Balance(5),
        },
    )
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let mut world = World::new(4, params());
    for nonce in 0..3 {
        let election = await_election(&mut world, 0);
        let base = world.chain.chain(world.domain).unwrap().unwrap().head_hash;
        let items = vec![item(&transfer(0, nonce)), item(&transfer(1, nonce))];
        let bundle = seal(&world, 0, election, base, Vec::new(), items);
        let log = world.produce(&[bundle], &[]);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
    }
    world.produce(&[], &[]);
    // A lie on the chain, and a further receipt on top of it in the bundle.
    let election = await_election(&mut world, 2);
    let submissions = extend(&world, 2, 2, &mut |number| {
        (number.0 == 1).then_some(Mutant::TraceFrom(1))
    });
    let base = submissions[1].receipt.compute_hash();
    let lie = seal(&world, 2, election, base, submissions, Vec::new());
    let log = world.produce(&[lie], &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let proof = world.proofs().remove(0).encode();
    let election = await_election(&mut world, 3);
    let more = extend(&world, 3, 1, &mut |_| None);
    let bundle = seal(
        &world,
        3,
        election,
        base,
        more.clone(),
        vec![item(&transfer(2, 0)), item(&transfer(3, 0))],
    );
    let second = seal(&world, 3, election, base, more, vec![item(&transfer(4, 0))]);
    let other = extend(&world, 3, 1, &mut |_| Some(Mutant::TraceFrom(0)));
    let third = seal(&world, 3, election, base, other, Vec::new());
    world.produce(&[], &[]);
    let equivocation = Equivocation {
        first: bundle.header.clone(),
        second: second.header,
    }
    .encode();
    let vouched = |bundle: &Bundle| Vouched {
        header: bundle.header.clone(),
        receipt: bundle.receipts[0].receipt.clone(),
        place: ListTree::new(vec![bundle.receipts[0].receipt.compute_hash().0])
            .prove(0, 1)
            .unwrap(),
    };
    let receipts = ReceiptEquivocation {
        first: vouched(&bundle),
        second: vouched(&third),
    }
    .encode();
    let receipts_at = bundle.header.encoded_size();
    Scene {
        chain: world.chain,
        bundle: bundle.encode(),
        receipts_at,
        proof,
        equivocation,
        receipts,
    }
});

/// The calls that take bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Bundle,
    Enforced,
    Proof,
    Equivocation,
    Receipts,
}

const ENTRIES: [Entry; 5] = [
    Entry::Bundle,
    Entry::Enforced,
    Entry::Proof,
    Entry::Equivocation,
    Entry::Receipts,
];

struct Accounts;

impl Host for Accounts {
    type Error = Infallible;
}

impl AccountView for Accounts {
    fn account(&self, _: DomainId, _: &Base, _: &SenderId) -> Result<Account, Infallible> {
        Ok(Account::default())
    }
}

/// What a call says of the bytes: accepted, not one value of its type, or refused for what they mean.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Accepted,
    Bytes(DecodeError),
    Refused,
}

fn call(chain: &mut Chain, entry: Entry, bytes: &[u8]) -> Answer {
    match entry {
        Entry::Bundle | Entry::Enforced => {
            let answer = match entry {
                Entry::Enforced => chain.submit_bundle_enforced(bytes, &Accounts),
                _ => chain.submit_bundle(bytes),
            };
            match answer {
                Ok(_) => Answer::Accepted,
                Err(CallError::Refused(RefusedBundle::Bytes(error))) => Answer::Bytes(error),
                Err(CallError::Refused(_)) => Answer::Refused,
                Err(CallError::Host(error)) => panic!("{error:?}"),
            }
        }
        Entry::Proof => match chain.submit_proof(bytes) {
            Ok(_) => Answer::Accepted,
            Err(CallError::Refused(RefusedProof::Bytes(error))) => Answer::Bytes(error),
            Err(CallError::Refused(_)) => Answer::Refused,
            Err(CallError::Host(error)) => panic!("{error:?}"),
        },
        Entry::Equivocation | Entry::Receipts => {
            let answer = match entry {
                Entry::Receipts => chain.submit_receipt_equivocation(REPORTER, bytes),
                _ => chain.submit_equivocation(REPORTER, bytes),
            };
            match answer {
                Ok(_) => Answer::Accepted,
                Err(CallError::Refused(RefusedEquivocation::Bytes(error))) => Answer::Bytes(error),
                Err(CallError::Refused(_)) => Answer::Refused,
                Err(CallError::Host(error)) => panic!("{error:?}"),
            }
        }
    }
}

fn message(entry: Entry) -> &'static [u8] {
    match entry {
        Entry::Bundle | Entry::Enforced => &SCENE.bundle,
        Entry::Proof => &SCENE.proof,
        Entry::Equivocation => &SCENE.equivocation,
        Entry::Receipts => &SCENE.receipts,
    }
}

fn assert_untouched(chain: &Chain, why: &dyn std::fmt::Debug) {
    let (host, before) = (chain.host(), SCENE.chain.host());
    assert_eq!(host.store, before.store, "{why:?}");
    assert_eq!(host.purses, before.purses, "{why:?}");
    assert_eq!(host.burned, before.burned, "{why:?}");
}

#[test]
fn every_message_is_accepted_as_it_is_and_by_its_own_call_only() {
    for entry in ENTRIES {
        let mut chain = SCENE.chain.clone();
        assert_eq!(
            call(&mut chain, entry, message(entry)),
            Answer::Accepted,
            "{entry:?}"
        );
        assert_ne!(chain.host().store, SCENE.chain.host().store);
        for other in ENTRIES
            .into_iter()
            .filter(|other| message(*other) != message(entry))
        {
            let mut chain = SCENE.chain.clone();
            let answer = call(&mut chain, entry, message(other));
            // Of a proof the name comes first (K23), and any 68 bytes are one.
            assert!(
                matches!(answer, Answer::Bytes(_)) || (entry, &answer) == (Entry::Proof, &Answer::Refused),
                "{other:?} to {entry:?}: {answer:?}"
            );
            assert_untouched(&chain, &entry);
        }
    }
}

#[test]
fn truncated_messages_are_no_messages() {
    for entry in ENTRIES {
        let bytes = message(entry);
        let mut chain = SCENE.chain.clone();
        for length in 0..bytes.len() {
            let answer = call(&mut chain, entry, &bytes[..length]);
            assert!(
                matches!(answer, Answer::Bytes(_)),
                "{entry:?} {length}: {answer:?}"
            );
        }
        assert_untouched(&chain, &entry);
    }
}

#[test]
fn trailing_bytes_are_refused() {
    for entry in ENTRIES {
        let mut chain = SCENE.chain.clone();
        for tail in [&[0_u8][..], &[255], &[0; 64], message(entry)] {
            let answer = call(&mut chain, entry, &[message(entry), tail].concat());
            assert!(
                matches!(answer, Answer::Bytes(DecodeError::Trailing { .. })),
                "{entry:?}: {answer:?}"
            );
        }
        assert_untouched(&chain, &entry);
    }
}

#[test]
fn oversized_messages_are_not_looked_at() {
    let limit = usize::try_from(limits().message_bytes).unwrap();
    for entry in ENTRIES {
        let mut chain = SCENE.chain.clone();
        let mut bytes = message(entry).to_vec();
        bytes.resize(limit, 0);
        let answer = call(&mut chain, entry, &bytes);
        // A proof of that size is none of its domain (F4), and is not decoded.
        assert!(
            matches!(answer, Answer::Bytes(DecodeError::Trailing { .. }))
                || (entry, &answer) == (Entry::Proof, &Answer::Refused),
            "{entry:?}: {answer:?}"
        );
        bytes.push(0);
        let answer = call(&mut chain, entry, &bytes);
        assert!(
            matches!(answer, Answer::Bytes(DecodeError::TooLong { .. })),
            "{entry:?}: {answer:?}"
        );
        assert_untouched(&chain, &entry);
    }
}

#[test]
fn lengths_are_canonical_and_bounded() {
    let at = SCENE.receipts_at;
    let bytes = &SCENE.bundle;
    assert_eq!(bytes[at], 1 << 2, "one receipt, in the mode of one byte");
    let with = |length: &[u8]| [&bytes[..at], length, &bytes[at + 1..]].concat();
    let mut lengths = vec![
        // One, in the modes of two, four and more bytes.
        vec![(1 << 2) | 1, 0],
        vec![(1 << 2) | 2, 0, 0, 0],
        vec![3, 1, 0, 0, 0],
        vec![7, 1, 0, 0, 0, 0],
        // More than there may be, more than there are, more than there could be.
        (MAX_RECEIPTS_PER_BUNDLE + 1).encode(),
        vec![0xfe, 0xff, 0xff, 0xff],
        vec![3, 0xff, 0xff, 0xff, 0xff],
        vec![0xff; 17],
    ];
    lengths.push(vec![2 << 2]);
    lengths.push(vec![0]);
    for length in lengths {
        let mut chain = SCENE.chain.clone();
        for entry in [Entry::Bundle, Entry::Enforced] {
            let answer = call(&mut chain, entry, &with(&length));
            assert!(matches!(answer, Answer::Bytes(_)), "{length:?}: {answer:?}");
        }
        assert_untouched(&chain, &length);
    }
    // The family of evidence: there are three.
    let family = DomainId(0).encoded_size() + 64;
    for tag in 3..=255_u8 {
        let mut proof = SCENE.proof.clone();
        proof[family] = tag;
        let mut chain = SCENE.chain.clone();
        let answer = call(&mut chain, Entry::Proof, &proof);
        assert!(matches!(answer, Answer::Bytes(_)), "{tag}: {answer:?}");
        assert_untouched(&chain, &tag);
    }
}

#[test]
fn keys_and_signatures_that_are_none_register_nobody() {
    let mut chain = SCENE.chain.clone();
    let account = operator_account(9);
    chain.host_mut().endow(account, STAKE);
    let before = chain.clone();
    let keypair = operator_keypair(9);
    let key = *keypair.key().as_bytes();
    let domain = DomainId(0);
    let message = registration_message(domain, &account, &key);
    let possession = keypair.sign(&label::REGISTRATION, &message);
    let mut refused = |domain, key: &[u8; 32], possession, stake, account| {
        let answer = chain.register_operator(account, domain, key, possession, stake, TERMS);
        assert_eq!(chain.host().store, before.host().store);
        assert_eq!(chain.host().purses, before.host().purses);
        match answer {
            Err(CallError::Refused(refused)) => refused,
            other => panic!("{other:?}"),
        }
    };
    let foreign = operator_keypair(8).sign(&label::REGISTRATION, &message);
    let labelled = keypair.sign(&label::BUNDLE_SEAL, &message);
    for key in [[0_u8; 32], [255; 32], [1; 32]] {
        let error = refused(domain, &key, &possession, STAKE, account);
        assert!(
            matches!(
                error,
                RefusedRegistration::Key(_) | RefusedRegistration::Possession(_)
            ),
            "{key:?}: {error:?}"
        );
    }
    assert!(matches!(
        refused(domain, &[0; 32], &possession, STAKE, account),
        RefusedRegistration::Key(_)
    ));
    for wrong in [&foreign, &labelled] {
        let error = refused(domain, &key, wrong, STAKE, account);
        assert!(matches!(error, RefusedRegistration::Possession(_)), "{error:?}");
    }
    let error = refused(domain, &key, &possession, Balance(u128::MAX), account);
    assert!(matches!(error, RefusedRegistration::Funds { .. }), "{error:?}");
    let error = refused(domain, &key, &possession, Balance(0), account);
    assert!(matches!(error, RefusedRegistration::Deposit(_)), "{error:?}");
    let error = refused(DomainId(u32::MAX), &key, &possession, STAKE, account);
    assert!(
        matches!(error, RefusedRegistration::UnknownDomain { .. }),
        "{error:?}"
    );
    let error = refused(domain, &key, &possession, STAKE, REPORTER);
    assert!(
        matches!(error, RefusedRegistration::Possession(_)),
        "for another account: {error:?}"
    );
    chain
        .register_operator(account, domain, &key, &possession, STAKE, TERMS)
        .expect("and as it is, it registers");
}

#[test]
fn blocks_out_of_turn_do_not_begin() {
    let mut chain = SCENE.chain.clone();
    let now = chain.clock().unwrap().unwrap().block;
    let infos = [
        BlockInfo {
            number: now.number,
            ..now
        },
        BlockInfo {
            number: ConsensusNumber(now.number.0 + 2),
            slot: Slot(now.slot.0 + 1),
            ..now
        },
        BlockInfo {
            number: ConsensusNumber(u64::MAX),
            slot: Slot(u64::MAX),
            ..now
        },
        BlockInfo {
            number: ConsensusNumber(0),
            slot: Slot(0),
            ..now
        },
        BlockInfo {
            number: ConsensusNumber(now.number.0 + 1),
            ..now
        },
    ];
    for info in infos {
        assert!(
            matches!(chain.begin_block(&info), Err(CallError::Refused(_))),
            "{info:?}"
        );
        assert_untouched(&chain, &info);
    }
    for operator in [OperatorId(99), OperatorId(u64::MAX)] {
        assert!(matches!(
            chain.deregister_operator(REPORTER, operator),
            Err(CallError::Refused(_))
        ));
    }
    assert_untouched(&chain, &"deregistration");
}

#[test]
fn the_last_block_of_all_begins_without_a_panic() {
    let mut world = World::new(1, params());
    let last = world.chain.clock().unwrap().unwrap().block;
    // A jump in slots: allowed, and everything that was open is out of date.
    let info = BlockInfo {
        number: ConsensusNumber(last.number.0 + 1),
        slot: Slot(u64::MAX),
        ..last
    };
    world.chain.begin_block(&info).unwrap();
    let more = BlockInfo {
        number: ConsensusNumber(last.number.0 + 2),
        slot: Slot(u64::MAX),
        ..last
    };
    assert!(world.chain.begin_block(&more).is_err());
    for bytes in [&SCENE.bundle, &SCENE.proof, &SCENE.equivocation, &SCENE.receipts] {
        for entry in ENTRIES {
            assert_ne!(call(&mut world.chain, entry, bytes), Answer::Accepted);
        }
    }
}

#[test]
fn users_bytes_that_are_no_transactions_stay_out_of_the_pool() {
    let mut world = World::new(1, params());
    let good = transfer(0, 0);
    let operator = &mut world.operators[0];
    for length in 0..good.len() {
        let answer = operator.add_transaction(&good[..length]).unwrap();
        assert!(
            matches!(answer, Err(NotPooled::NotATransaction(_))),
            "{length}: {answer:?}"
        );
    }
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        assert!(operator.add_transaction(&bytes).unwrap().is_err(), "{at}");
    }
    let trailing = [&good[..], &[0]].concat();
    assert!(matches!(
        operator.add_transaction(&trailing).unwrap(),
        Err(NotPooled::NotATransaction(_))
    ));
    let long = vec![0; usize::try_from(params().transaction_bytes).unwrap() + 1];
    assert!(matches!(
        operator.add_transaction(&long).unwrap(),
        Err(NotPooled::TooLong { .. })
    ));
    assert!(operator.pool().is_empty());
    operator.add_transaction(&good).unwrap().unwrap();
}

/// What stands under the keys of an operator's store.
type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// An operator's disk after a few blocks.
static DISK: LazyLock<(World, Entries)> = LazyLock::new(|| {
    let mut world = World::new(1, params());
    world.send(&transfer(0, 0));
    world.run(6);
    world.send(&transfer(0, 1));
    world.run(3);
    let entries = world.disks[0].clone().into_iter().collect();
    (world, entries)
});

fn restore(entries: Entries) -> Result<(), StartError> {
    let identity = decex_operator::Identity {
        operator: Some(OperatorId(0)),
        keypair: operator_keypair(0),
        reporter: operator_account(0),
    };
    let checked = params().check(&limits()).unwrap();
    Operator::restore(identity, ENGINE, checked, entries, PoolLimits::default()).map(|_| ())
}

#[test]
fn an_operator_does_not_start_from_half_a_disk() {
    let (world, entries) = &*DISK;
    assert!(world.operators[0].head().unwrap().0.0 >= 1);
    restore(entries.clone()).expect("a whole disk");
    assert!(restore(Vec::new()).is_err());
    for missing in 0..entries.len() {
        let (key, _) = &entries[missing];
        let mut rest = entries.clone();
        rest.remove(missing);
        let restored = restore(rest);
        // State, blocks, undo, bodies and the oldest number are checked against one another; so are the followed blocks,
        // but for the ends of the list. What else may be missing shows later (a body that waits) or never (a seal).
        let genesis_undo = key[0] == 2 && key[1..] == [0; 8];
        let kept = [0, 1, 2, 7].contains(&key[0]) && !genesis_undo;
        let followed: Vec<_> = entries
            .iter()
            .filter(|(key, _)| key[0] == 3)
            .map(|(key, _)| key)
            .collect();
        let between = key[0] == 3 && key != followed[0] && Some(&key) != followed.last();
        if kept || between {
            assert!(restored.is_err(), "without {key:?}");
        }
    }
}

#[test]
fn an_operator_does_not_start_from_a_disk_that_contradicts_itself() {
    let (_, entries) = &*DISK;
    let of_kind = |kind: u8| (0..entries.len()).filter(move |at| entries[*at].0[0] == kind);
    let broken = |why: &str, change: &dyn Fn(&mut Entries)| {
        let mut entries = entries.clone();
        change(&mut entries);
        assert!(restore(entries).is_err(), "{why}");
    };
    for at in of_kind(1) {
        broken("a block under another hash", &|entries| entries[at].1[0] ^= 1);
    }
    let blocks: Vec<usize> = of_kind(1).collect();
    for pair in blocks.windows(2) {
        broken("two blocks in each other's place", &|entries| {
            let other = entries[pair[1]].1.clone();
            entries[pair[1]].1 = std::mem::replace(&mut entries[pair[0]].1, other);
        });
    }
    // The genesis block has no way back.
    for at in of_kind(2).skip(1) {
        broken("a block that leads back to nowhere", &|entries| {
            entries[at].1 = vec![0]
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Any change of any byte of any message, given to any call.
    #[test]
    fn a_changed_message_changes_all_or_nothing(
        source in 0..ENTRIES.len(),
        target in 0..ENTRIES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4),
    ) {
        let mut bytes = message(ENTRIES[source]).to_vec();
        for (at, byte, kind) in changes {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        let mut chain = SCENE.chain.clone();
        let total = chain.host().total();
        if call(&mut chain, ENTRIES[target], &bytes) != Answer::Accepted {
            assert_untouched(&chain, &bytes.len());
        }
        prop_assert_eq!(chain.host().total(), total);
    }

    #[test]
    fn noise_is_refused(target in 0..ENTRIES.len(), bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut chain = SCENE.chain.clone();
        prop_assert_ne!(call(&mut chain, ENTRIES[target], &bytes), Answer::Accepted);
        assert_untouched(&chain, &bytes);
    }

    /// A damaged disk gives an error or an operator, never a panic.
    #[test]
    fn a_damaged_disk_does_not_stop_the_machine(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in 1..=255_u8,
        in_key: bool,
    ) {
        let mut entries = DISK.1.clone();
        let (key, value) = &mut entries[which.index(DISK.1.len())];
        let kind = key[0];
        let bytes = if in_key || value.is_empty() { key } else { value };
        let at = at.index(bytes.len());
        bytes[at] ^= byte;
        let restored = restore(entries);
        if kind == 0 && !in_key {
            prop_assert!(restored.is_err(), "another state under the receipt's root");
        }
    }
}
