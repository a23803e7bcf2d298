//! The storage audit: archive, tables, plot, audit, proof, verification.
//!
//! Sizes of records, segments and proofs are those of production; sectors have four pieces in place of a thousand, because plotting
//! takes a core two thirds of a second for each.

use crate::measure::{Row, fastest, versus};
use decex_core::hash::BlockHasher;
use decex_core::id::ListRoot;
use decex_core::{Digest, Host, Randomness, Slot};
use decex_farmer::archive::{Archived, Archiver};
use decex_farmer::plot::{Finish, MemoryFile, Plot, Staging, audit_run, mask_record, plan};
use decex_farmer::table::Table;
use decex_storage_audit::{
    AuditChallenge, AuditParams, CheckedAuditParams, Chunk, FarmerId, HistoryRoots, HistorySize, PieceOffset,
    Sector, SectorId, Solution, SolutionRange, space, verify,
};
use parity_scale_codec::Encode;
use reed_solomon_simd::ReedSolomonEncoder;
use std::convert::Infallible;
use std::time::Duration;

const SEED: Digest = Digest([7; 32]);

fn params() -> CheckedAuditParams {
    let params = AuditParams {
        sector_pieces: 4,
        ..AuditParams::PRODUCTION
    };
    params.check().expect("production's own, but for the pieces")
}

fn bytes(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

struct Roots(ListRoot);

impl Host for Roots {
    type Error = Infallible;
}

impl HistoryRoots for Roots {
    fn segments(&self) -> Result<HistorySize, Infallible> {
        Ok(HistorySize(1))
    }
    fn segment_root(&self, _: u32) -> Result<Option<ListRoot>, Infallible> {
        Ok(Some(self.0))
    }
}

/// The first segment of a history of one block.
fn archive(params: &CheckedAuditParams, block: &[u8]) -> Archived {
    let mut archiver = Archiver::new(params, 0);
    let mut archived = None;
    let added = archiver.add_block(0, block, |segment| archived = Some(segment));
    added.expect("a first block");
    archived.expect("a block of more than a segment")
}

/// What the library and hashing cost for the same segment: parity across records, parity within each record, and either one
/// BLAKE3 pass over every record with its parity, or one hash for each of its chunks.
fn archive_floor(params: &CheckedAuditParams, source: &[u8], by_chunk: bool) -> [u8; 32] {
    let record = params.record_bytes() as usize;
    let (records, chunks) = (params.segment_records() as usize, params.record_chunks() as usize);
    let mut across = ReedSolomonEncoder::new(records, records, record).expect("sizes");
    source
        .chunks(record)
        .for_each(|record| across.add_original_shard(record).expect("a record"));
    let parity = across.encode().expect("all records");
    let all = source
        .chunks(record)
        .map(<[u8]>::to_vec)
        .chain(parity.recovery_iter().map(<[u8]>::to_vec));
    let mut within = ReedSolomonEncoder::new(chunks, chunks, 64).expect("sizes");
    let mut last = [0; 32];
    for record in all {
        record
            .chunks(64)
            .for_each(|chunk| within.add_original_shard(chunk).expect("a chunk"));
        let parity = within.encode().expect("all chunks");
        let mut bytes = record.clone();
        parity
            .recovery_iter()
            .for_each(|chunk| bytes.extend_from_slice(chunk));
        if by_chunk {
            BlockHasher::keyed(&SEED).many(bytes.as_chunks().0, |digest| last = digest.0);
        } else {
            last = *blake3::keyed_hash(&SEED.0, &bytes).as_bytes();
        }
    }
    last
}

struct Plotted {
    plot: Plot,
    file: MemoryFile,
    masking: Duration,
}

fn plot(params: &CheckedAuditParams, sector: &Sector, archived: &Archived) -> Plotted {
    let mut staged = MemoryFile::default();
    let mut staging = Staging::open(params, sector, &mut staged).expect("an empty file");
    let root = archived.segment.root();
    let mut masking = Duration::MAX;
    for (offset, piece) in (0..).map(PieceOffset).zip(plan(params, sector)) {
        let piece = archived
            .segment
            .piece(piece.place(params))
            .expect("a piece of the segment");
        let mut masked = None;
        masking = masking.min(fastest(1, || {
            masked = Some(mask_record(params, sector, offset, &root, &piece))
        }));
        let masked = masked.expect("called").expect("enough proofs at k = 20");
        staging.store(&mut staged, &masked).expect("memory");
    }
    let mut file = MemoryFile::default();
    let mut finish = Finish::begin(&staging, 1 << 28).expect("all are there");
    while !finish.step(&staged, &mut file).expect("memory").is_done() {}
    let plot = Plot::open(params, &sector.farmer, &file).expect("a plot");
    Plotted { plot, file, masking }
}

/// Returns a won slot, with everything that it takes to prove it.
fn win(plotted: &Plotted, root: ListRoot) -> (AuditChallenge, Solution, Duration) {
    let mut buffer = Vec::new();
    for slot in 0.. {
        let asked = AuditChallenge::new(&Randomness(SEED), Slot(slot));
        let all = SolutionRange(u64::MAX);
        let candidates = plotted
            .plot
            .audit(&plotted.file, &asked, all, &mut buffer)
            .expect("sound");
        let Some(best) = candidates.first() else { continue };
        let mut proven = None;
        let time = fastest(3, || {
            proven = Some(
                plotted
                    .plot
                    .prove(&plotted.file, &Roots(root), &asked, all, best)
                    .expect("sound"),
            );
        });
        return (asked, proven.expect("called").solution, time);
    }
    unreachable!("some slot wins")
}

/// Measures the part.
pub fn measure() -> Vec<Row> {
    let params = params();
    let block = bytes(params.segment_bytes() as usize);
    let mut rows = archiving(&params, &block);
    let archived = archive(&params, &block);
    let sector = Sector {
        farmer: FarmerId(SEED),
        index: 0,
        history: HistorySize(1),
    };
    let plotted = plot(&params, &sector, &archived);
    rows.push(auditing());
    let (asked, solution, proving) = win(&plotted, archived.segment.root());
    rows.push(Row {
        work: "proving a winning chunk: tables at k = 20, 16,384 chunks read and unmasked, record restored, path, own verification; plot in memory".into(),
        baseline: "published for the peer: 970 ms".into(),
        goal: "< 1 s".into(),
        measured: format!("{} ms", proving.as_millis()),
        met: Some(proving < Duration::from_secs(1)),
    });
    rows.push(verifying(&params, archived.segment.root(), &asked, &solution));
    rows.push(Row {
        work: "masking one record of 1 MiB, one core".into(),
        baseline: "published for the reference: 1.37 s of tables + 135 ms of proofs".into(),
        goal: "–".into(),
        measured: format!("{} ms", plotted.masking.as_millis()),
        met: None,
    });
    rows.extend(tables());
    rows
}

fn archiving(params: &CheckedAuditParams, block: &[u8]) -> Vec<Row> {
    let baselines = [
        ("one BLAKE3 pass over the 512 MiB that come of it", false),
        ("one hash for each 64 bytes of them", true),
    ];
    let row = |(hashing, by_chunk)| {
        let (ours, floor) = versus(
            4,
            || archive(params, block),
            || archive_floor(params, block, by_chunk),
        );
        let rate = block.len() as f64 / ours.as_secs_f64() / 1e6;
        let ratio = ratio(ours, floor);
        Row {
            work: "archiving a segment of 128 MiB".into(),
            baseline: format!("reed-solomon-simd across and within records, and {hashing}"),
            goal: "≤ 1.5".into(),
            measured: format!("{ratio:.2} ({rate:.0} MB/s of blocks)"),
            met: Some(ratio <= 1.5),
        }
    };
    baselines.into_iter().map(row).collect()
}

fn auditing() -> Row {
    // A sector of production has 1,000 records, of which half are stored at a place.
    let run: Vec<Chunk> = bytes(500 * 64).as_chunks::<64>().0.to_vec();
    let asked = AuditChallenge::new(&Randomness(SEED), Slot(0)).of(&SectorId(SEED));
    let rounds = 200;
    let each = |work: &mut dyn FnMut()| (0..rounds).for_each(|_| work());
    let (ours, pass) = versus(
        20,
        || {
            each(&mut || {
                std::hint::black_box(audit_run(&asked, &run, SolutionRange(1 << 40)));
            });
        },
        || {
            each(&mut || {
                std::hint::black_box(blake3::keyed_hash(&SEED.0, run.as_flattened()));
            });
        },
    );
    let ratio = ratio(ours, pass);
    let sectors = f64::from(rounds) / ours.as_secs_f64();
    Row {
        work: "audit of a sector's run: 500 chunks of 64 bytes, a ticket for each".into(),
        baseline: "one pass of BLAKE3 keyed hashing over the same bytes".into(),
        goal: "≤ 1.5".into(),
        measured: format!(
            "{ratio:.2} ({:.1} µs; {:.0} k sectors of 1 GiB a second and core)",
            1e6 / sectors,
            sectors / 1e3
        ),
        met: Some(ratio <= 1.5),
    }
}

fn verifying(
    params: &CheckedAuditParams,
    root: ListRoot,
    asked: &AuditChallenge,
    solution: &Solution,
) -> Row {
    let encoded = solution.encode();
    let check = || {
        let solution = Solution::from_bytes(&encoded).expect("a solution");
        let range = SolutionRange(u64::MAX);
        verify(params, &Roots(root), &FarmerId(SEED), asked, range, &solution).expect("it holds")
    };
    let all = fastest(500, check);
    let seed = solution.sector.id().space_seed(solution.offset);
    let place = asked.of(&solution.sector.id()).place(params);
    let space = fastest(500, || {
        space::verify(params.k, &seed, place, &solution.proof).expect("it holds")
    });
    Row {
        work: "a solution at production parameters: size, decoding and verification".into(),
        baseline:
            "published for the peer: < 1 KB, 1 to 10 ms (865 µs for one KZG opening, 25 µs for a space proof)"
                .into(),
        goal: "about 1 KiB, < 1 ms".into(),
        measured: format!(
            "{} B, {:.1} µs, of which {:.1} µs the proof of space",
            encoded.len(),
            all.as_secs_f64() * 1e6,
            space.as_secs_f64() * 1e6
        ),
        met: Some(encoded.len() <= 1100 && all < Duration::from_millis(1)),
    }
}

/// How tables grow, and how far they are from the hashes that they are made of.
fn tables() -> Vec<Row> {
    let mut first = None;
    let growth: Vec<String> = [17_u8, 18, 19, 20]
        .into_iter()
        .map(|k| {
            let time = fastest(3, || Table::new(k, &SEED)).as_secs_f64() * 1e9 / f64::from(1_u32 << k);
            first.get_or_insert(time);
            format!("{time:.0}")
        })
        .collect();
    let blocks = vec![[7; 64]; 1 << 10];
    let hasher = BlockHasher::keyed(&SEED);
    let hashes = fastest(3, || {
        let mut last = Digest::ZERO;
        // Six tables of 2^20 entries, and eight inputs a hash for the first.
        for _ in 0..(6 << 10) + (1 << 7) {
            hasher.many(&blocks, |digest| last = digest);
        }
        last
    });
    let (tables, _) = versus(3, || Table::new(20, &SEED), || ());
    vec![
        Row {
            work: "tables of the proof of space at k = 20, one core".into(),
            baseline: "the hashes alone that they are made of, side by side".into(),
            goal: "–".into(),
            measured: format!("{:.1} times ({} ms)", ratio(tables, hashes), tables.as_millis()),
            met: None,
        },
        Row {
            work: "tables at k = 17, 18, 19, 20: ns for each of the 2^k entries".into(),
            baseline: "k = 17".into(),
            goal: "–".into(),
            measured: growth.join(", "),
            met: None,
        },
    ]
}
