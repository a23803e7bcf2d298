//! M4 to M6 against their text, written out once more.

use decex_storage_audit::decex_core::hash::{BlockHasher, Digest, Hash};
use decex_storage_audit::space::Entry;
use decex_storage_audit::space::function::{
    BC, first, first_block, first_entries, matches, meta_words, next_block, next_entry, split,
};

fn words(bytes: &[u8]) -> Vec<u32> {
    let words = bytes
        .chunks(4)
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()));
    words.collect()
}

#[test]
fn m4_a_first_entry_is_hash_and_top_of_its_input() {
    let seed = Digest([3; 32]);
    let hasher = BlockHasher::keyed(&seed);
    for k in [15, 20, 24] {
        for x in [0, 1, 7, 8, 12_345, (1_u32 << k) - 1] {
            let mut block = [0; 64];
            block[..4].copy_from_slice(&(x / 8).to_le_bytes());
            block[60] = 1;
            assert_eq!(first_block(x / 8), block);
            let digest = Hash::keyed(&seed).chain(block).finish();
            let word = words(&digest.0)[usize::try_from(x % 8).unwrap()];
            let expected = Entry {
                y: word % (1 << k) * 64 + x / (1 << (k - 6)),
                meta: [x, 0, 0, 0],
            };
            assert_eq!(first(k, &hasher, x), expected);
            let group = first_entries(k, x / 8, &digest);
            assert_eq!(group[usize::try_from(x % 8).unwrap()], expected);
        }
    }
}

/// M5 as the specification says it: for some m, row and column.
fn matches_by_the_text(left: u32, right: u32) -> bool {
    let (l, r) = (left % 15_113, right % 15_113);
    let parity = left / 15_113 % 2;
    right / 15_113 == left / 15_113 + 1
        && (0..64)
            .any(|m| r / 127 == (l / 127 + m) % 119 && r % 127 == (l % 127 + (2 * m + parity).pow(2)) % 127)
}

#[test]
fn m5_accepts_64_values_of_the_next_bucket_and_refuses_all_others() {
    for bucket in [0, 1, 70, 71] {
        for rest in [0, 1, 126, 127, 7_000, 15_000, 15_112] {
            let left = bucket * BC + rest;
            let next = (bucket + 1) * BC..(bucket + 2) * BC;
            let mut found = 0;
            for right in next {
                assert_eq!(
                    matches(left, right),
                    matches_by_the_text(left, right),
                    "{left} {right}"
                );
                found += u32::from(matches(left, right));
            }
            assert_eq!(found, 64);
        }
    }
}

#[test]
fn m5_refuses_the_same_bucket_the_one_before_and_the_one_after_the_next() {
    let left = 70 * BC + 3_000;
    let near = (69..74).filter(|bucket| *bucket != 71);
    for right in near.flat_map(|bucket| bucket * BC..(bucket + 1) * BC) {
        assert!(!matches(left, right), "{right}");
    }
    assert!(!matches(u32::MAX, 0) && !matches(u32::MAX, u32::MAX) && !matches(0, u32::MAX));
}

#[test]
fn m5_a_value_is_its_bucket_row_and_column() {
    for y in (0..u32::MAX - 65_537).step_by(65_537).chain([u32::MAX]) {
        let (bucket, (row, column)) = split(y);
        assert!(row < 119 && column < 127);
        assert_eq!(bucket * BC + row * 127 + column, y);
    }
}

#[test]
fn m6_an_entry_is_hashed_with_its_table_and_carries_on_what_its_table_says() {
    let left = Entry {
        y: 0x0102_0304,
        meta: [11, 12, 13, 14],
    };
    let right = Entry {
        y: 0x0a0b_0c0d,
        meta: [21, 22, 23, 24],
    };
    let seed = Digest([8; 32]);
    for k in [15, 20, 24] {
        for table in 2..=7_u8 {
            let mut block = Vec::new();
            for word in [0x0102_0304, 11, 12, 13, 14, 21, 22, 23, 24_u32] {
                block.extend(word.to_le_bytes());
            }
            block.resize(60, 0);
            block.extend([table, 0, 0, 0]);
            assert_eq!(next_block(table, &left, &right).as_slice(), block);
            let digest = Hash::keyed(&seed).chain(&block).finish();
            let w = words(&digest.0);
            let v = 1 << k;
            let y_bits = if table == 7 { k } else { k + 6 };
            let meta = match table {
                2 => [11, 21, 0, 0],
                3 => [11, 12, 21, 22],
                4 => [w[1] % v, w[2] % v, w[3] % v, w[4] % v],
                5 => [w[1] % v, w[2] % v, w[3] % v, 0],
                6 => [w[1] % v, w[2] % v, 0, 0],
                _ => [0; 4],
            };
            let entry = next_entry(k, table, &left, &right, &digest);
            assert_eq!(
                entry,
                Entry {
                    y: w[0] % (1 << y_bits),
                    meta
                }
            );
            let carried = meta.iter().filter(|value| **value != 0).count();
            assert_eq!(carried, meta_words(table));
        }
    }
}

/// Whatever an entry carries reaches the hash of the next table.
#[test]
fn m6_every_value_of_both_partners_is_hashed() {
    let entry = Entry {
        y: 1,
        meta: [2, 3, 4, 5],
    };
    let plain = next_block(3, &entry, &entry);
    for word in 0..4 {
        let mut other = entry;
        other.meta[word] ^= 1 << 23;
        assert_ne!(next_block(3, &other, &entry), plain);
        assert_ne!(next_block(3, &entry, &other), plain);
    }
    assert_ne!(next_block(3, &Entry { y: 0, ..entry }, &entry), plain);
    assert_ne!(next_block(4, &entry, &entry), plain);
}
