//! Users' transactions, and the pool that takes them.

use crate::follow::restarted;
use crate::source::Source;
use decex_core::codec::decode_exact;
use decex_core::execution::{Engine, NotATransaction};
use decex_core::message::{ChannelId, PartyId};
use decex_core::{Balance, BoundedVec, Nonce, SenderId};
use decex_operator::{NotPooled, Operator, PoolLimits};
use decex_testkit::ledger::{BYTES_LIMIT, Call, LedgerEngine, Transaction};
use decex_tests::world::{ENGINE, params, transaction, user, user_keypair};
use parity_scale_codec::Encode;
use std::collections::{BTreeMap, BTreeSet};

/// A ledger transaction: read, inspected, checked against its own signature.
pub(crate) fn ledger_transaction(data: &[u8]) {
    let facts = ENGINE.inspect(data);
    let Ok(transaction) = Transaction::from_bytes(data) else {
        assert_eq!(facts, Err(NotATransaction::Malformed));
        return;
    };
    assert!(data.len() <= BYTES_LIMIT);
    assert_eq!(transaction.to_bytes(), data, "one encoding");
    assert_eq!(
        crate::decode::exact::<Transaction>(data, BYTES_LIMIT).as_ref(),
        Some(&transaction)
    );
    match facts {
        Ok(facts) => {
            assert_eq!(transaction.check_signature(), Ok(()));
            assert_eq!(
                (facts.nonce, facts.weight),
                (transaction.nonce, transaction.weight())
            );
            assert_eq!(facts.sender.0.0, transaction.from);
            // Only its holder makes a signature: of the keys known here, the same one made it.
            let known = (0..4)
                .map(user_keypair)
                .find(|key| *key.key().as_bytes() == transaction.from);
            if let Some(key) = known {
                assert_eq!(
                    Transaction::sign(&key, transaction.nonce, transaction.call.clone()),
                    transaction
                );
            }
        }
        Err(refused) => assert_eq!(refused, NotATransaction::Signature),
    }
}

fn call(source: &mut Source<'_>) -> Call {
    match source.byte() % 5 {
        0 => Call::Fail,
        1 => Call::Write {
            first: source.long(),
            count: u32::from(source.word()) << (source.byte() % 17),
            value: 1,
        },
        2 | 3 => Call::Send {
            channel: ChannelId(source.byte().into()),
            to: PartyId::default(),
            value: Balance(source.long().into()),
            deadline: decex_core::ConsensusNumber(source.long()),
            data: BoundedVec::new(source.take(64).to_vec()).expect("at most 64"),
        },
        _ => Call::Transfer {
            to: user(source.below(20)),
            amount: Balance(source.byte().into()),
        },
    }
}

/// Any transactions into a small pool.
pub(crate) fn pool(data: &[u8]) {
    let mut source = Source::new(data);
    let bounds = PoolLimits {
        transactions: 1 + source.below(12),
        per_sender: 1 + source.below(5),
        nonce_lead: source.byte().into(),
    };
    let mut operator = restarted(bounds);
    assert!(operator.pool().is_empty(), "a restart starts with an empty pool");
    for _ in 0..32 {
        if source.is_empty() {
            break;
        }
        // Users past 100 have no money.
        let from = [0, 1, 2, 3, 150][source.below(5)];
        let nonce = match source.byte() {
            255 => source.long(),
            near => u64::from(near % 16),
        };
        let call = call(&mut source);
        let mut bytes = transaction(from, nonce, call);
        if source.byte() % 4 == 1 {
            source.edit(&mut bytes);
        }
        add(&mut operator, &bounds, &bytes);
    }
}

fn add(operator: &mut Operator<LedgerEngine>, bounds: &PoolLimits, bytes: &[u8]) {
    let before: Vec<Vec<u8>> = operator.pool().iter().map(Encode::encode).collect();
    let answer = operator.add_transaction(bytes).expect("a readable state");
    let pool = operator.pool();
    match answer {
        Ok(hash) => {
            assert_eq!(pool.len(), before.len() + 1);
            let facts = ENGINE.inspect(bytes).expect("O2: a transaction");
            let own = pool
                .iter()
                .find(|item| (item.sender, item.nonce) == (facts.sender, facts.nonce));
            let item = own.expect("it is in");
            assert_eq!(item.compute_summary().hash, hash);
            assert_eq!((&item.bytes[..], item.weight), (bytes, facts.weight));
        }
        Err(refused) => {
            let after: Vec<Vec<u8>> = pool.iter().map(Encode::encode).collect();
            assert_eq!(after, before, "a refusal changes nothing");
            let whole = decode_exact::<Transaction>(bytes, BYTES_LIMIT).is_ok();
            assert!(whole || matches!(refused, NotPooled::NotATransaction(_) | NotPooled::TooLong { .. }));
        }
    }
    check(operator, bounds);
}

/// The pool's own bounds, and that everything in it could be bundled.
fn check(operator: &mut Operator<LedgerEngine>, bounds: &PoolLimits) {
    let items: Vec<_> = operator.pool().iter().cloned().collect();
    assert_eq!(items.len(), operator.pool().len());
    assert_eq!(items.is_empty(), operator.pool().is_empty());
    assert!(items.len() <= bounds.transactions, "O8");
    let places: BTreeSet<(SenderId, Nonce)> = items.iter().map(|item| (item.sender, item.nonce)).collect();
    assert_eq!(places.len(), items.len(), "O7: one for each place");
    let mut senders: BTreeMap<SenderId, usize> = BTreeMap::new();
    let (head, _) = operator.head().expect("a head");
    for item in &items {
        *senders.entry(item.sender).or_default() += 1;
        let account = operator.account_after(head, &item.sender).expect("readable");
        let account = account.expect("kept");
        let lead = item.nonce.0.checked_sub(account.nonce.0).expect("O4: not stale");
        assert!(lead <= bounds.nonce_lead, "O5");
        assert!(
            item.bytes.len() as u128 <= account.balance.0 || account.balance.0 > 0,
            "O6"
        );
        assert!(item.weight <= params().block.weight, "O3");
    }
    assert!(senders.values().all(|own| *own <= bounds.per_sender), "O8");
}
