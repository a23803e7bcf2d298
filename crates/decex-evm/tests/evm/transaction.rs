//! V1 to V5: which bytes are a transaction of this domain.

use crate::common::*;
use decex_core::execution::{Engine, NotATransaction};
use decex_evm::{Address, InvalidTransaction, Transaction, TxKind, U256, sender_of};
use proptest::prelude::*;
use revm::context::transaction::{AccessList, AccessListItem};
use revm::primitives::B256;

fn access() -> AccessList {
    AccessList(vec![
        AccessListItem {
            address: PROBE,
            storage_keys: vec![B256::repeat_byte(1), B256::ZERO],
        },
        AccessListItem {
            address: Address::ZERO,
            storage_keys: vec![],
        },
    ])
}

fn fees() -> [Fee; 3] {
    [
        Fee::Legacy(3 * GWEI),
        Fee::AccessList(3 * GWEI, access()),
        Fee::Dynamic {
            max: 5 * GWEI,
            tip: GWEI,
            access: access(),
        },
    ]
}

fn check(bytes: &[u8]) -> Result<decex_core::execution::Facts, InvalidTransaction> {
    engine().check(bytes)
}

#[test]
fn v1_three_kinds_are_read() {
    for (i, fee) in fees().into_iter().enumerate() {
        for to in [TxKind::Create, TxKind::Call(PROBE)] {
            let tx = Tx {
                nonce: 7,
                gas: 99_000,
                to,
                data: vec![1; 70].into(),
                fee: fee.clone(),
                ..Tx::default()
            };
            let bytes = tx.sign(&key(4));
            let facts = engine().inspect(&bytes).unwrap();
            assert_eq!(facts.sender, sender_of(&address(&key(4))));
            assert_eq!((facts.nonce.0, facts.weight.0), (7, 99_000));
            let read = Transaction::decode(&bytes, CHAIN).unwrap();
            assert_eq!((read.to, usize::from(read.kind.byte())), (to, i));
            assert_eq!(read.data, tx.data);
        }
    }
}

#[test]
fn v1_known_vector_of_eip_155() {
    let raw = "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";
    let bytes = hex::decode(raw).unwrap();
    let transaction = Transaction::decode(&bytes, 1).unwrap();
    let sender: Address = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F".parse().unwrap();
    assert_eq!(transaction.recover(), Ok(sender));
}

#[test]
fn v1_other_types_are_refused() {
    let bytes = Tx::default().sign(&key(0));
    for found in [0u8, 3, 4, 5, 0x7f, 0x80, 0xbf] {
        let mut other = bytes.clone();
        other.insert(0, found);
        assert_eq!(check(&other), Err(InvalidTransaction::Type { found }));
        assert_eq!(engine().inspect(&other), Err(NotATransaction::Malformed));
    }
    assert_eq!(check(&[]), Err(InvalidTransaction::Encoding));
}

#[test]
fn v2_every_truncation_and_extension_is_refused() {
    for fee in fees() {
        let bytes = Tx {
            fee,
            data: vec![9; 60].into(),
            ..Tx::default()
        }
        .sign(&key(1));
        for end in 1..bytes.len() {
            assert_eq!(check(&bytes[..end]), Err(InvalidTransaction::Encoding), "{end}");
        }
        let mut long = bytes.clone();
        long.push(0);
        assert_eq!(check(&long), Err(InvalidTransaction::Encoding));
    }
}

#[test]
fn v2_another_encoding_of_the_same_fields_is_refused() {
    // A list that has one field more.
    let (nonce, price, gas, to, value) = (0u64, 2u64, 21_000u64, TxKind::Call(PROBE), U256::ZERO);
    let v = CHAIN * 2 + 35;
    let extra = list(&[
        &nonce,
        &price,
        &gas,
        &to,
        &value,
        &value,
        &v,
        &U256::ONE,
        &U256::ONE,
        &nonce,
    ]);
    assert_eq!(check(&extra), Err(InvalidTransaction::Encoding));
    // Numbers with a leading zero, and single bytes with a length in front.
    let sound = Tx {
        nonce: 5,
        ..Tx::default()
    }
    .sign(&key(1));
    // The list has a long header (0xf8, length), then the nonce.
    assert_eq!((sound[0], sound[2]), (0xf8, 5));
    let replaced = |nonce: &[u8]| {
        let mut bytes = vec![0xf8, sound[1] + nonce.len() as u8 - 1];
        bytes.extend(nonce);
        bytes.extend(&sound[3..]);
        bytes
    };
    assert!(check(&replaced(&[5])).is_ok());
    assert_eq!(check(&replaced(&[0x81, 5])), Err(InvalidTransaction::Encoding));
    assert_eq!(check(&replaced(&[0x82, 0, 5])), Err(InvalidTransaction::Encoding));
    assert_eq!(check(&replaced(&[0])), Err(InvalidTransaction::Encoding));
    // The list header in a longer form.
    let mut header = vec![0xf9, 0, sound[1]];
    header.extend(&sound[2..]);
    assert_eq!(check(&header), Err(InvalidTransaction::Encoding));
}

#[test]
fn v3_only_this_chain() {
    for fee in fees() {
        let bytes = Tx { fee, ..Tx::default() }.sign_for(CHAIN + 1, &key(0));
        assert_eq!(
            check(&bytes),
            Err(InvalidTransaction::ChainId {
                expected: CHAIN,
                found: CHAIN + 1
            })
        );
        assert_eq!(engine().inspect(&bytes), Err(NotATransaction::Malformed));
    }
}

#[test]
fn v3_unprotected_legacy_is_refused() {
    for v in [27u64, 28] {
        let bytes = list(&[
            &0u64,
            &2u64,
            &21_000u64,
            &TxKind::Call(PROBE),
            &U256::ZERO,
            &U256::ZERO,
            &v,
            &U256::ONE,
            &U256::ONE,
        ]);
        assert_eq!(check(&bytes), Err(InvalidTransaction::Unprotected));
        assert_eq!(engine().inspect(&bytes), Err(NotATransaction::Malformed));
    }
}

#[test]
fn v4_signatures_have_one_form() {
    let order = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        .parse::<U256>()
        .unwrap();
    for fee in fees() {
        let tx = Tx { fee, ..Tx::default() };
        let bytes = tx.sign(&key(0));
        assert!(check(&bytes).is_ok());
        // The last 32 bytes are s; −s with the other parity verifies too, in the curve's eyes.
        let s = U256::from_be_slice(&bytes[bytes.len() - 32..]);
        let r = U256::from_be_slice(&bytes[bytes.len() - 65..bytes.len() - 33]);
        for odd in [false, true] {
            let high = tx.encode(CHAIN, Some((odd, r, order - s)));
            assert_eq!(check(&high), Err(InvalidTransaction::SignatureRange));
            assert_eq!(engine().inspect(&high), Err(NotATransaction::Signature));
        }
        for (r, s) in [
            (U256::ZERO, s),
            (r, U256::ZERO),
            (order, s),
            (r, order),
            (U256::MAX, s),
        ] {
            assert_eq!(
                check(&tx.encode(CHAIN, Some((false, r, s)))),
                Err(InvalidTransaction::SignatureRange)
            );
        }
    }
}

#[test]
fn v5_a_point_that_is_not_on_the_curve_is_no_signature() {
    // No curve point has x = 5.
    let bytes = Tx::default().encode(CHAIN, Some((false, U256::from(5), U256::ONE)));
    assert_eq!(check(&bytes), Err(InvalidTransaction::Signature));
    assert_eq!(engine().inspect(&bytes), Err(NotATransaction::Signature));
}

#[test]
fn codes_differ() {
    let errors = [
        InvalidTransaction::Type { found: 3 },
        InvalidTransaction::Encoding,
        InvalidTransaction::Unprotected,
        InvalidTransaction::ChainId {
            expected: 1,
            found: 2,
        },
        InvalidTransaction::SignatureRange,
        InvalidTransaction::Signature,
    ];
    let codes: Vec<u16> = errors.iter().map(InvalidTransaction::code).collect();
    assert_eq!(codes, [1, 2, 3, 4, 5, 6]);
}

proptest! {
    #[test]
    fn v2_reading_never_panics_and_accepts_one_encoding(
        which in 0usize..3,
        position in any::<prop::sample::Index>(),
        bit in 0u8..8,
        nonce in any::<u64>(),
        value in any::<u128>(),
        data in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let tx = Tx {
            nonce, value: U256::from(value), data: data.into(), fee: fees()[which].clone(), ..Tx::default()
        };
        let bytes = tx.sign(&key(2));
        let sender = sender_of(&address(&key(2)));
        prop_assert_eq!(engine().inspect(&bytes).unwrap().sender, sender);
        // One bit changed: refused, or somebody else's transaction.
        let mut other = bytes.clone();
        let at = position.index(other.len());
        other[at] ^= 1 << bit;
        if let Ok(facts) = engine().inspect(&other) {
            prop_assert_ne!(facts.sender, sender);
        }
    }

    #[test]
    fn v2_any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0u8..3) {
        let _ = engine().inspect(&bytes);
        let mut typed = if kind == 0 { vec![] } else { vec![kind] };
        typed.extend(list(&[&bytes.as_slice()]));
        let _ = engine().inspect(&typed);
    }
}
