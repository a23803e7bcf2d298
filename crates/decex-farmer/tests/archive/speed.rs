//! How long archiving takes beside what it cannot do without. Ignored by default: it takes a minute.
//!
//! `cargo test --release -p decex-farmer --test archive speed -- --ignored --nocapture`

use crate::common::{chunks, noise};
use decex_farmer::archive::{Archiver, RecordCoder, Segment, SegmentRestorer, segment_stream_bytes};
use decex_farmer::decex_storage_audit::decex_core::hash::BlockHasher;
use decex_farmer::decex_storage_audit::decex_core::label;
use decex_farmer::decex_storage_audit::{AuditParams, Chunk};
use reed_solomon_simd::ReedSolomonEncoder;
use std::time::{Duration, Instant};

fn timed<T>(what: &str, mib: usize, work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let done = work();
    let took = start.elapsed();
    println!(
        "{what}: {took:?}, {} MiB/s",
        mib as u128 * 1_000_000 / took.as_micros()
    );
    (took, done)
}

/// The calls of the code's crate and one hash per 64 bytes of all records with their parity, and nothing else.
fn floor(params: &AuditParams, source: &[Chunk]) -> usize {
    let (records, count) = (1 << params.segment_records_log2, 1 << params.record_chunks_log2);
    let mut encoder = ReedSolomonEncoder::new(records, records, 64 * count).unwrap();
    source
        .chunks(count)
        .for_each(|record| encoder.add_original_shard(record.as_flattened()).unwrap());
    let parity: Vec<Chunk> = encoder
        .encode()
        .unwrap()
        .recovery_iter()
        .flat_map(|record| record.as_chunks::<64>().0.to_vec())
        .collect();
    let mut encoder = ReedSolomonEncoder::new(count, count, 64).unwrap();
    let hasher = BlockHasher::new(&label::ARCHIVE_CHUNK);
    let mut hashed = 0;
    for record in source.chunks(count).chain(parity.chunks(count)) {
        record
            .iter()
            .for_each(|chunk| encoder.add_original_shard(chunk).unwrap());
        let coded = encoder.encode().unwrap();
        let parity: Vec<Chunk> = coded
            .recovery_iter()
            .map(|chunk| chunk.try_into().unwrap())
            .collect();
        hasher.many(record, |_| hashed += 1);
        hasher.many(&parity, |_| hashed += 1);
    }
    hashed
}

#[test]
#[ignore = "takes a minute; run with --release"]
fn archiving_takes_little_more_than_coding_and_hashing() {
    let params = AuditParams::PRODUCTION.check().unwrap();
    let source = chunks(1, 1 << 21);
    for _ in 0..2 {
        let (least, hashed) = timed("code and hash", 128, || floor(&params, &source));
        assert_eq!(hashed, 1 << 23);
        timed("touch 256 MiB", 256, || std::hint::black_box(vec![1u8; 1 << 28]));
        let (whole, segment) = timed("Segment::new", 128, || {
            Segment::new(&params, source.clone()).unwrap()
        });
        println!("ratio {:.2}", whole.as_secs_f64() / least.as_secs_f64());
        let length = usize::try_from(segment_stream_bytes(&params)).unwrap() / 64 - 4;
        let block = noise(2, length);
        let (whole, archived) = timed("Archiver, 64 blocks", 128, || {
            let mut archiver = Archiver::new(&params, 0);
            let mut made = Vec::new();
            (0..65).for_each(|number| {
                archiver
                    .add_block(number, &block, |archived| made.push(archived))
                    .unwrap()
            });
            made
        });
        assert_eq!(archived.len(), 1);
        println!("ratio {:.2}", whole.as_secs_f64() / least.as_secs_f64());
        let mut coder = RecordCoder::new(&params);
        timed("128 record roots", 128, || {
            (0..128).for_each(|place| assert!(coder.root(segment.record(place).unwrap()).is_some()))
        });
        timed("restore from parity", 128, || {
            let mut restorer = SegmentRestorer::new(&params, segment.root());
            (128..256).for_each(|place| restorer.add(place, segment.piece(place).unwrap()).unwrap());
            restorer.finish().unwrap()
        });
    }
}
