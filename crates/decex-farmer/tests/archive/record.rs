//! One record.

use crate::common::{chunks, params, slow_parity, slow_record_root};
use decex_farmer::archive::{RecordCoder, TooFewChunks, extend, record_tree, recover};
use decex_farmer::decex_storage_audit::decex_core::hash::Hash;
use decex_farmer::decex_storage_audit::decex_core::label;
use decex_farmer::decex_storage_audit::{AuditParams, Chunk, chunk_leaf};
use proptest::prelude::*;

#[test]
fn h2_parity_is_the_same_on_every_machine() {
    for log2 in 1..=9 {
        let source = chunks(log2.into(), 1 << log2);
        let extended = extend(&params(log2, 1), &source).unwrap();
        assert_eq!(extended[..source.len()], source);
        let shards: Vec<&[u8]> = source.iter().map(|chunk| chunk.as_slice()).collect();
        let parity: Vec<Vec<u8>> = extended[source.len()..]
            .iter()
            .map(|chunk| chunk.to_vec())
            .collect();
        assert_eq!(parity, slow_parity(&shards), "2^{log2}");
    }
}

/// What a new version of the code's crate must not change.
#[test]
fn h2_h3_parity_and_root_are_the_known_ones() {
    let source = chunks(7, 4);
    let extended = extend(&params(2, 1), &source).unwrap();
    let parity = Hash::keyed(&decex_farmer::decex_storage_audit::decex_core::hash::Digest::ZERO)
        .chain(extended[4..].as_flattened())
        .finish();
    assert_eq!(
        parity.to_string(),
        "74f9bd13d653bb2c75f192d29ab287d656d3695a3df7f148fe44850f0a53194d"
    );
    let root = record_tree(&extended).root();
    assert_eq!(
        root.0.to_string(),
        "bb0d0e593e7eb584115e2de22b52bd24bda72790625374075a19d5be2d191ded"
    );
    let production = AuditParams::PRODUCTION.check().unwrap();
    let mut coder = RecordCoder::new(&production);
    let source = chunks(8, 1 << 14);
    assert_eq!(coder.root(&source).unwrap().0, slow_record_root(&source));
    assert_eq!(
        coder.root(&source).unwrap().0.to_string(),
        "b7b9aab021510b9b55d874f37ecf0dddcb11d7d5900a3ac8970514668df34c3c"
    );
}

#[test]
fn h2_a_record_of_another_length_has_no_parity() {
    let params = params(2, 1);
    for count in (0..=9).filter(|count| *count != 4) {
        assert_eq!(extend(&params, &chunks(1, count)), None);
        assert_eq!(RecordCoder::new(&params).root(&chunks(1, count)), None);
    }
}

#[test]
fn h3_the_leaf_of_a_chunk_is_its_hash_under_its_label() {
    let chunk = chunks(3, 1)[0];
    let expected = Hash::new(&label::ARCHIVE_CHUNK).chain(chunk).finish();
    assert_eq!(chunk_leaf(&chunk), expected);
    let extended = extend(&params(3, 1), &chunks(4, 8)).unwrap();
    let tree = record_tree(&extended);
    let leaves: Vec<_> = extended.iter().map(chunk_leaf).collect();
    assert_eq!(tree.leaves(), leaves);
}

#[test]
fn h3_the_root_without_tree_is_the_root_of_the_tree() {
    let params = params(4, 1);
    let mut coder = RecordCoder::new(&params);
    for seed in 0..4 {
        let source = chunks(seed, 16);
        let tree = record_tree(&coder.extend(&source).unwrap());
        assert_eq!(coder.root(&source), Some(tree.root()));
        assert_eq!(tree.root().0, slow_record_root(&source));
    }
}

/// Every choice of places of a small record: restored from each that is at least half, refused from each that is less.
#[test]
fn h17_every_half_restores_a_record_and_less_is_refused() {
    let params = params(2, 1);
    let source = chunks(5, 4);
    let extended = extend(&params, &source).unwrap();
    let mut coder = RecordCoder::new(&params);
    for choice in 0..256u32 {
        let known: Vec<Option<Chunk>> = (0..8)
            .map(|place| (choice >> place & 1 == 1).then_some(extended[place]))
            .collect();
        let found = choice.count_ones() as usize;
        let expected = if found >= 4 {
            Ok(source.clone())
        } else {
            Err(TooFewChunks {
                places: 8,
                needed: 4,
                found,
            })
        };
        assert_eq!(coder.recover(&known), expected, "{choice:b}");
        assert_eq!(recover(&params, &known), expected, "{choice:b}");
    }
}

#[test]
fn h17_refuses_another_number_of_places() {
    let params = params(2, 1);
    let extended = extend(&params, &chunks(5, 4)).unwrap();
    for places in (0..=16).filter(|places| *places != 8) {
        let known: Vec<Option<Chunk>> = extended.iter().cycle().copied().map(Some).take(places).collect();
        let refused = TooFewChunks {
            places,
            needed: 4,
            found: places,
        };
        assert_eq!(recover(&params, &known), Err(refused));
    }
}

proptest! {
    #[test]
    fn h17_random_halves_restore(log2 in 1u8..=7, seed: u64, order in Just((0..256usize).collect::<Vec<_>>()).prop_shuffle()) {
        let params = params(log2, 1);
        let source = chunks(seed, 1 << log2);
        let extended = extend(&params, &source).unwrap();
        let mut known = vec![None; extended.len()];
        for place in order.into_iter().filter(|place| *place < extended.len()).take(source.len()) {
            known[place] = Some(extended[place]);
        }
        prop_assert_eq!(recover(&params, &known), Ok(source));
    }

    /// The code is linear: the parity of a sum is the sum of the parities.
    #[test]
    fn h2_is_linear(seed: u64) {
        let params = params(3, 1);
        let (a, b) = (chunks(seed, 8), chunks(!seed, 8));
        let add = |a: &[Chunk], b: &[Chunk]| -> Vec<Chunk> {
            a.iter().zip(b).map(|(a, b)| core::array::from_fn(|i| a[i] ^ b[i])).collect()
        };
        let extended = |source: &[Chunk]| extend(&params, source).unwrap();
        prop_assert_eq!(extended(&add(&a, &b)), add(&extended(&a), &extended(&b)));
    }
}
