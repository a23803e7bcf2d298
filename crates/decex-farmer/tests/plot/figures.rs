//! Measures at production parameters: `cargo test --release -p decex-farmer --test plot -- --ignored --nocapture`.

use crate::common::{History, challenge, finish};
use decex_farmer::plot::{
    Candidate, MemoryFile, Plot, PlotFile, Staging, audit_run, check, mask_record, plan,
};
use decex_farmer::table::Table;
use decex_storage_audit::decex_core::Digest;
use decex_storage_audit::decex_core::hash::Hash;
use decex_storage_audit::{AuditParams, Chunk, HistorySize, PieceOffset, SolutionRange};
use std::time::{Duration, Instant};

/// The least of some runs: what the machine can do when it does nothing else.
fn least(runs: u32, mut run: impl FnMut()) -> Duration {
    let time = || {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    std::iter::repeat_with(time).take(runs as usize).min().unwrap()
}

#[test]
#[ignore = "measures"]
fn audits_against_one_pass_of_hashing() {
    let run: Vec<Chunk> = (0..500_u32).map(|chunk| [chunk as u8; 64]).collect();
    let key = Digest([7; 32]);
    let asked = challenge(1).of(&crate::common::sector(1, 1).id());
    let pass = least(2_000, || {
        let _ = std::hint::black_box(Hash::keyed(&key).chain(run.as_flattened()).finish());
    });
    let audit = least(2_000, || {
        let _ = std::hint::black_box(audit_run(&asked, &run, SolutionRange(1)));
    });
    println!("audit of 500 chunks: {audit:?}; one keyed hash over their bytes: {pass:?}");
}

#[test]
#[ignore = "measures"]
fn a_sector_at_production_parameters() {
    let params = AuditParams {
        sector_pieces: 16,
        segment_records_log2: 1,
        ..AuditParams::PRODUCTION
    };
    let params = params.check().unwrap();
    let history = History::new(&params, 1);
    let mut sector = crate::common::sector(1, 1);
    sector.history = HistorySize(1);
    let table = least(3, || {
        let _ = std::hint::black_box(Table::new(params.k, &Digest([3; 32])));
    });
    println!("tables: {table:?}");
    let mut staged = MemoryFile::default();
    let mut staging = Staging::open(&params, &sector, &mut staged).unwrap();
    for (offset, index) in (0..).zip(plan(&params, &sector)) {
        let (root, piece) = history.piece(&params, index);
        let start = Instant::now();
        let masked = mask_record(&params, &sector, PieceOffset(offset), root, piece).unwrap();
        let time = start.elapsed();
        let _ = staging.store(&mut staged, &masked).unwrap();
        if offset < 4 {
            println!("record masked: {time:?}");
        }
    }
    let mut file = MemoryFile::default();
    let start = Instant::now();
    finish(&staging, &staged, &mut file, 1 << 24).unwrap();
    println!("16 records finished: {:?}", start.elapsed());
    let payload = 16 << 20;
    println!("{} bytes, {} of them chunks", file.length().unwrap(), payload);
    let start = Instant::now();
    let plot = Plot::open(&params, &sector.farmer, &file).unwrap();
    println!("opened: {:?}", start.elapsed());
    let range = SolutionRange(u64::MAX);
    let won = |slot| {
        let found: Vec<Candidate> = plot
            .audit(&file, &challenge(slot), range, &mut Vec::new())
            .unwrap();
        Some((slot, *found.iter().max_by_key(|found| found.offset)?))
    };
    let (slot, candidate) = (0..).find_map(won).unwrap();
    let prove = least(3, || {
        let proven = plot.prove(&file, &history, &challenge(slot), range, &candidate);
        let _ = std::hint::black_box(proven.unwrap());
    });
    println!("proven: {prove:?}");
    let start = Instant::now();
    assert!(check(&params, &sector, &file).unwrap().is_sound());
    println!("16 records checked: {:?}", start.elapsed());
}
