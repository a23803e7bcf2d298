//! The tables against rules M4 to M6 taken literally: every two entries of neighbouring buckets are tried.

use decex_farmer::decex_storage_audit::decex_core::hash::{BlockHasher, Digest};
use decex_farmer::decex_storage_audit::space::function::{self, BC, TABLES};
use decex_farmer::decex_storage_audit::space::{self, Entry};
use decex_farmer::table::Table;

/// A table as the definition has it: entries with their partners, in order of bucket and then as they are made.
type Naive = Vec<(Entry, [u32; 2])>;

fn first(k: u8, hasher: &BlockHasher) -> Naive {
    let entries = (0..1 << k).map(|x| (function::first(k, hasher, x), [0, 0]));
    in_order(entries.collect())
}

fn next(k: u8, table: u8, hasher: &BlockHasher, before: &Naive) -> Naive {
    let mut made = Vec::new();
    for (i, (left, _)) in (0..).zip(before) {
        // Entries are in order of bucket: those of the next one are in a row behind.
        let bucket = left.y / BC;
        let from = before.partition_point(|(entry, _)| entry.y / BC <= bucket);
        let next = (0..).zip(before).skip(from);
        for (j, (right, _)) in next.take_while(|(_, (entry, _))| entry.y / BC == bucket + 1) {
            if function::matches(left.y, right.y) {
                let digest = hasher.one(&function::next_block(table, left, right));
                made.push((function::next_entry(k, table, left, right, &digest), [i, j]));
            }
        }
    }
    if table < TABLES { in_order(made) } else { made }
}

fn in_order(mut made: Naive) -> Naive {
    made.sort_by_key(|(entry, _)| entry.y / BC);
    made
}

/// The inputs of an entry of the last of these tables, from the left.
fn inputs(tables: &[Naive], entry: u32) -> Vec<u32> {
    let (last, before) = tables.split_last().unwrap();
    let (found, partners) = last[usize::try_from(entry).unwrap()];
    if before.is_empty() {
        return vec![found.meta[0]];
    }
    let halves = partners.map(|partner| inputs(before, partner));
    halves.concat()
}

fn compare(k: u8, seed: Digest) {
    let hasher = BlockHasher::keyed(&seed);
    let mut tables: Vec<Naive> = Vec::new();
    let table = Table::traced(k, &seed, |level| {
        let naive = match tables.last() {
            None => first(k, &hasher),
            Some(before) => next(k, level.table(), &hasher, before),
        };
        tables.push(naive);
        assert_eq!(usize::from(level.table()), tables.len());
        let (entries, partners): (Vec<Entry>, Vec<[u32; 2]>) = tables.last().unwrap().iter().copied().unzip();
        assert!(entries == level.entries(), "entries of table {}", level.table());
        if level.table() > 1 {
            assert!(
                partners == level.partners(),
                "partners of table {}",
                level.table()
            );
        }
    });
    assert_eq!(tables.len(), usize::from(TABLES));
    assert!(table.entries().eq(tables.iter().map(Vec::len)));
    // Of several entries with one target the first counts.
    let last = tables.last().unwrap();
    let mut several = 0;
    for target in 0..512 {
        let mut with = (0..).zip(last).filter(|(_, (entry, _))| entry.y == target);
        let expected = with.next().map(|(place, _)| {
            let inputs = inputs(&tables, place).try_into().unwrap();
            let mut proof = Vec::new();
            space::pack(k, &inputs, |byte| proof.push(byte));
            proof
        });
        assert_eq!(table.proof(target), expected, "{target}");
        several += u32::from(with.next().is_some());
    }
    assert!(several > 10, "{several} targets of 512 have several proofs");
}

#[test]
fn m4_m5_m6_the_tables_are_those_of_the_definition() {
    compare(15, Digest([0; 32]));
    compare(15, Digest([201; 32]));
}

#[test]
#[ignore = "takes a minute without optimisation"]
fn m4_m5_m6_the_tables_are_those_of_the_definition_at_16() {
    compare(16, Digest([5; 32]));
}
