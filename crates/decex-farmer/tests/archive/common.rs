//! A history written down from the specification alone, to compare with.

use decex_farmer::archive::{Archived, Archiver, HeaderChain, LastBlock, Piece, SegmentHeader, VERSION};
use decex_farmer::decex_storage_audit::decex_core::hash::Digest;
use decex_farmer::decex_storage_audit::decex_core::list::ListTree;
use decex_farmer::decex_storage_audit::{AuditParams, CheckedAuditParams, Chunk, PieceIndex, chunk_leaf};
use std::convert::Infallible;

pub(crate) fn params(record_chunks_log2: u8, segment_records_log2: u8) -> CheckedAuditParams {
    let params = AuditParams {
        k: 15,
        record_chunks_log2,
        segment_records_log2,
        ..AuditParams::SMALL
    };
    params.check().unwrap()
}

/// Bytes that differ from place to place and from seed to seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5555;
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

pub(crate) fn chunks(seed: u64, count: usize) -> Vec<Chunk> {
    noise(seed, 64 * count).as_chunks().0.to_vec()
}

pub(crate) fn blocks(lengths: &[usize]) -> Vec<Vec<u8>> {
    (0..)
        .zip(lengths)
        .map(|(seed, length)| noise(seed, *length))
        .collect()
}

pub(crate) fn add_all(archiver: &mut Archiver, first: u64, blocks: &[Vec<u8>]) -> Vec<Archived> {
    let mut made = Vec::new();
    for (number, block) in (first..).zip(blocks) {
        archiver
            .add_block(number, block, |archived| made.push(archived))
            .unwrap();
    }
    made
}

pub(crate) fn archive(params: &CheckedAuditParams, first: u64, blocks: &[Vec<u8>]) -> Vec<Archived> {
    add_all(&mut Archiver::new(params, first), first, blocks)
}

pub(crate) fn chain(params: &CheckedAuditParams, first: u64, made: &[Archived]) -> HeaderChain {
    let mut chain = HeaderChain::new(*params, first);
    made.iter()
        .for_each(|archived| chain.push(archived.header).unwrap());
    chain
}

pub(crate) fn piece(params: &CheckedAuditParams, made: &[Archived], index: PieceIndex) -> Option<Piece> {
    made.get(index.segment(params) as usize)?
        .segment
        .piece(index.place(params))
}

/// A source that has everything.
pub(crate) fn all<'a>(
    params: &'a CheckedAuditParams,
    made: &'a [Archived],
) -> impl FnMut(PieceIndex) -> Result<Option<Piece>, Infallible> + 'a {
    move |index| Ok(piece(params, made, index))
}

pub(crate) fn prelude_bytes(params: &CheckedAuditParams) -> usize {
    37 + 12 * params.segment_records() as usize
}

pub(crate) fn payload_bytes(params: &CheckedAuditParams) -> usize {
    (params.record_bytes() * params.segment_records()) as usize
}

/// Bytes of the stream in a segment.
pub(crate) fn stream_bytes(params: &CheckedAuditParams) -> usize {
    payload_bytes(params) - prelude_bytes(params)
}

/// Extends a record as the specification says, with the slow engine that runs on every machine.
pub(crate) fn slow_parity(source: &[&[u8]]) -> Vec<Vec<u8>> {
    use reed_solomon_simd::engine::NoSimd;
    use reed_solomon_simd::rate::{DefaultRateEncoder, RateEncoder};
    let (count, bytes) = (source.len(), source[0].len());
    let mut encoder = DefaultRateEncoder::new(count, count, bytes, NoSimd::new(), None).unwrap();
    source
        .iter()
        .for_each(|shard| encoder.add_original_shard(shard).unwrap());
    encoder
        .encode()
        .unwrap()
        .recovery_iter()
        .map(<[u8]>::to_vec)
        .collect()
}

pub(crate) fn slow_record_root(record: &[Chunk]) -> Digest {
    let shards: Vec<&[u8]> = record.iter().map(|chunk| chunk.as_slice()).collect();
    let parity = slow_parity(&shards);
    let parity = parity
        .iter()
        .map(|shard| Chunk::try_from(shard.as_slice()).unwrap());
    ListTree::new(
        record
            .iter()
            .copied()
            .chain(parity)
            .map(|chunk| chunk_leaf(&chunk))
            .collect(),
    )
    .root()
    .0
}

/// A segment by the specification: the bytes of all its records, and its header.
#[derive(Debug, PartialEq)]
pub(crate) struct Model {
    pub(crate) records: Vec<Vec<Chunk>>,
    pub(crate) header: SegmentHeader,
}

pub(crate) fn code_segment(params: &CheckedAuditParams, payload: &[u8]) -> (Vec<Vec<Chunk>>, ListTree) {
    let source: Vec<&[u8]> = payload.chunks(params.record_bytes() as usize).collect();
    let parity = slow_parity(&source);
    let all = source.iter().copied().chain(parity.iter().map(Vec::as_slice));
    let records: Vec<Vec<Chunk>> = all.map(|bytes| bytes.as_chunks().0.to_vec()).collect();
    let tree = ListTree::new(records.iter().map(|record| slow_record_root(record)).collect());
    (records, tree)
}

/// Archives all blocks at once, as `spec/archive.md` describes it.
pub(crate) fn model(params: &CheckedAuditParams, first: u64, blocks: &[Vec<u8>]) -> Vec<Model> {
    let (mut stream, mut starts) = (Vec::new(), Vec::new());
    for block in blocks {
        starts.push(stream.len());
        stream.extend((block.len() as u32).to_le_bytes());
        stream.extend(block);
    }
    let (prelude, record) = (prelude_bytes(params), params.record_bytes() as usize);
    let per_segment = stream_bytes(params);
    let mut previous = Digest::ZERO;
    let mut segments = Vec::new();
    for (index, part) in stream.chunks_exact(per_segment).enumerate() {
        let base = index * per_segment;
        let mut payload = vec![VERSION];
        payload.extend((index as u32).to_le_bytes());
        payload.extend(previous.0);
        for place in 0..params.segment_records() as usize {
            let from = base + (place * record).saturating_sub(prelude);
            let to = base + ((place + 1) * record).saturating_sub(prelude);
            let before = starts.iter().filter(|start| **start < from).count();
            let start = starts.get(before).filter(|start| (from..to).contains(start));
            let offset = start.map_or(u32::MAX, |start| (start - base + prelude - place * record) as u32);
            payload.extend((first + before as u64).to_le_bytes());
            payload.extend(offset.to_le_bytes());
        }
        assert_eq!(payload.len(), prelude);
        payload.extend(part);
        let (records, tree) = code_segment(params, &payload);
        let end = base + per_segment;
        let last = starts.iter().filter(|start| **start < end).count() - 1;
        let block_end = starts[last] + 4 + blocks[last].len();
        let header = SegmentHeader {
            version: VERSION,
            index: index as u32,
            root: tree.root(),
            previous,
            last: LastBlock {
                number: first + last as u64,
                archived: (block_end.min(end) - starts[last]) as u64,
                complete: block_end <= end,
            },
        };
        previous = header.hash();
        segments.push(Model { records, header });
    }
    segments
}

pub(crate) fn as_model(made: &[Archived]) -> Vec<Model> {
    let records = |archived: &Archived| {
        (0..archived.segment.pieces())
            .map(|place| archived.segment.record(place).unwrap().to_vec())
            .collect()
    };
    made.iter()
        .map(|archived| Model {
            records: records(archived),
            header: archived.header,
        })
        .collect()
}
