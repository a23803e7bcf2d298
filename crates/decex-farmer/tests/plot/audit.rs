//! An audit finds what a naive scan finds, and every solution that is handed out holds.

use crate::common::{World, challenge, other, world};
use decex_farmer::plot::{Candidate, InvalidPlot, MemoryFile, Plot, PlotError, ProveError, audit_run, best};
use decex_storage_audit::{
    Audited, HistorySize, InvalidSolution, PieceOffset, Sector, SolutionRange, poas_output, verify,
};
use std::collections::BTreeSet;

const ALL: SolutionRange = SolutionRange(u64::MAX);

/// What the audit of a slot should find: every record's chunk at the place, hashed one by one.
fn naive(world: &World, slot: u64, range: SolutionRange) -> Vec<Candidate> {
    let asked = challenge(slot).of(&world.sector.id());
    let place = asked.place(&world.params);
    let mut found: Vec<Candidate> = world
        .offsets()
        .filter_map(|offset| {
            let ticket = asked.ticket(&world.masked(offset, place)?);
            let offset = PieceOffset(offset);
            (ticket < range.0).then_some(Candidate { ticket, offset })
        })
        .collect();
    found.sort_by_key(|candidate| (candidate.ticket, candidate.offset));
    found
}

#[test]
fn d20_an_audit_finds_what_a_naive_scan_finds() {
    let world = world();
    let plot = world.open();
    let mut buffer = Vec::new();
    let mut found = 0;
    for slot in 0..400 {
        for range in [0, 1, u64::MAX / 4, u64::MAX / 2, u64::MAX].map(SolutionRange) {
            let candidates = plot
                .audit(&world.plot, &challenge(slot), range, &mut buffer)
                .unwrap();
            assert_eq!(candidates, naive(world, slot, range), "slot {slot}");
            found += candidates.len();
        }
        // The range is a strict bound.
        if let Some(first) = naive(world, slot, ALL).first() {
            let at = |range| {
                let range = SolutionRange(range);
                plot.audit(&world.plot, &challenge(slot), range, &mut buffer)
                    .unwrap()
            };
            let mut at = at;
            assert!(at(first.ticket).is_empty());
            assert_eq!(at(first.ticket + 1), [*first]);
        }
    }
    assert!(found > 500, "{found}");
}

#[test]
fn d20_a_run_in_memory_is_audited_the_same() {
    let world = world();
    let plot = world.open();
    for slot in 0..50 {
        let asked = challenge(slot).of(&world.sector.id());
        let place = asked.place(&world.params);
        let run: Vec<_> = world
            .offsets()
            .filter_map(|offset| world.masked(offset, place))
            .collect();
        let mut read = Vec::new();
        plot.read_run(&world.plot, place, &mut read).unwrap();
        assert_eq!(read, run);
        let hits = audit_run(&asked, &run, ALL);
        let numbers: Vec<u32> = hits.iter().map(|hit| hit.number).collect();
        assert_eq!(numbers, (0..run.len() as u32).collect::<Vec<_>>());
        let tickets: Vec<u64> = hits.iter().map(|hit| hit.ticket).collect();
        let expected: Vec<u64> = run.iter().map(|chunk| asked.ticket(chunk)).collect();
        assert_eq!(tickets, expected);
    }
}

#[test]
fn d20_the_best_of_many_sectors_is_the_same_in_any_order() {
    let (a, b) = (world().sector.id(), other().sector.id());
    let candidate = |ticket, offset| Candidate {
        ticket,
        offset: PieceOffset(offset),
    };
    let lower = a.min(b);
    let all = [
        (a, candidate(5, 1)),
        (b, candidate(4, 2)),
        (a, candidate(4, 2)),
        (b, candidate(4, 1)),
        (a, candidate(4, 1)),
    ];
    let expected = Some((lower, candidate(4, 1)));
    assert_eq!(best(all), expected);
    assert_eq!(best(all.into_iter().rev()), expected);
    let higher = a.max(b);
    let apart = [(higher, candidate(4, 1)), (lower, candidate(4, 2))];
    assert_eq!(best(apart), Some(apart[1]));
    assert_eq!(best([]), None);
}

fn prove(world: &World, slot: u64, candidate: &Candidate) -> Audited {
    let plot = world.open();
    let proven = plot
        .prove(&world.plot, &world.history, &challenge(slot), ALL, candidate)
        .unwrap();
    let audited = verify(
        &world.params,
        &world.history,
        &world.sector.farmer,
        &challenge(slot),
        ALL,
        &proven.solution,
    );
    assert_eq!(audited.unwrap(), proven.audited);
    proven.audited
}

#[test]
fn d21_every_chunk_of_a_plot_can_be_proven() {
    let world = world();
    let id = world.sector.id();
    let mut proven = BTreeSet::new();
    for slot in 0.. {
        let place = challenge(slot).of(&id).place(&world.params);
        let new = |candidate: &Candidate| !proven.contains(&(candidate.offset, place));
        let candidates: Vec<_> = naive(world, slot, ALL).into_iter().filter(new).collect();
        for candidate in candidates {
            let audited = prove(world, slot, &candidate);
            assert_eq!((audited.place(), audited.ticket()), (place, candidate.ticket));
            assert_eq!(audited.sector(), id);
            let masked = world.masked(candidate.offset.0, place).unwrap();
            let output = poas_output(&challenge(slot), &id, candidate.offset, &masked);
            assert_eq!(audited.output(), output);
            let _ = proven.insert((candidate.offset, place));
        }
        if proven.len() == 3 * 16 {
            return;
        }
        assert!(slot < 2_000, "{} of 48", proven.len());
    }
}

/// The first slot that finds something, and what.
fn winning(world: &World) -> (u64, Candidate) {
    let found = |slot| Some((slot, *naive(world, slot, ALL).first()?));
    (0..).find_map(found).unwrap()
}

#[test]
fn d21_a_candidate_out_of_range_is_not_handed_out() {
    let world = world();
    let (slot, candidate) = winning(world);
    let plot = world.open();
    let prove = |range| {
        plot.prove(
            &world.plot,
            &world.history,
            &challenge(slot),
            SolutionRange(range),
            &candidate,
        )
    };
    assert!(prove(candidate.ticket + 1).is_ok());
    assert!(matches!(
        prove(candidate.ticket),
        Err(ProveError::Invalid(InvalidSolution::OutOfRange { .. }))
    ));
}

#[test]
fn d21_a_solution_against_another_history_is_not_handed_out() {
    let world = world();
    let (slot, candidate) = winning(world);
    let plot = world.open();
    let mut history = crate::common::History::new(&world.params, 2);
    history.segments.iter_mut().for_each(|(root, _)| root.0.0[0] ^= 1);
    let refused = plot.prove(&world.plot, &history, &challenge(slot), ALL, &candidate);
    assert!(matches!(
        refused,
        Err(ProveError::Invalid(InvalidSolution::Chunk { .. }))
    ));
    history.segments.clear();
    let refused = plot.prove(&world.plot, &history, &challenge(slot), ALL, &candidate);
    assert!(matches!(
        refused,
        Err(ProveError::Invalid(InvalidSolution::History { .. }))
    ));
}

#[test]
fn d20_a_candidate_of_another_slot_is_refused_by_name() {
    let world = world();
    let plot = world.open();
    let id = world.sector.id();
    for (slot, offset) in (0..30).flat_map(|slot| (0..5).map(move |offset| (slot, offset))) {
        let place = challenge(slot).of(&id).place(&world.params);
        let is_stored = offset < 3 && world.masked(offset, place).is_some();
        let offset = PieceOffset(offset);
        let candidate = Candidate { ticket: 0, offset };
        if !is_stored {
            let refused = plot.prove(&world.plot, &world.history, &challenge(slot), ALL, &candidate);
            assert_eq!(refused, Err(ProveError::NotStored { offset, place }));
        }
    }
}

/// Every part of a plot damaged in turn: a proof either names the damage or is the right one.
#[test]
fn d21_damage_is_named_and_never_proven() {
    let world = world();
    let (slot, candidate) = winning(world);
    let right = world
        .open()
        .prove(&world.plot, &world.history, &challenge(slot), ALL, &candidate)
        .unwrap();
    let (mut named, mut proven) = (BTreeSet::new(), 0);
    let runs = world.plot.0.len() - 3 * 16 * 64;
    // Header, entries and index are small; of the rest, one byte or more of every chunk and checksum.
    for at in (0..runs - 32 * 32).chain((runs - 32 * 32..world.plot.0.len()).step_by(31)) {
        let mut file = world.plot.clone();
        file.0[at] ^= 8;
        let Ok(plot) = Plot::open(&world.params, &world.sector.farmer, &file) else {
            continue;
        };
        match plot.prove(&file, &world.history, &challenge(slot), ALL, &candidate) {
            Ok(found) => {
                assert_eq!(found, right, "byte {at}");
                proven += 1;
            }
            Err(ProveError::Plot(PlotError::Invalid(damage))) => {
                if let InvalidPlot::Chunks { offset } = damage {
                    assert_eq!(offset, candidate.offset);
                }
                let _ = named.insert(damage.code());
            }
            Err(error) => panic!("byte {at}: {error:?}"),
        }
    }
    assert_eq!(named, BTreeSet::from([16, 17]));
    // Damage of other records' chunks, and of checksums of runs, is no hindrance.
    assert!(proven > 2 * 16);
}

#[test]
fn d20_damage_in_a_run_changes_candidates_and_the_proof_finds_it() {
    let world = world();
    let (slot, candidate) = winning(world);
    let plot = world.open();
    let place = challenge(slot).of(&world.sector.id()).place(&world.params);
    let masked = world.masked(candidate.offset.0, place).unwrap();
    let mut file = world.plot.clone();
    let at = file.0.windows(64).position(|bytes| bytes == masked).unwrap();
    file.0[at] ^= 1;
    let candidates = plot.audit(&file, &challenge(slot), ALL, &mut Vec::new()).unwrap();
    let changed = candidates
        .iter()
        .find(|found| found.offset == candidate.offset)
        .unwrap();
    assert_ne!(changed.ticket, candidate.ticket);
    let offset = candidate.offset;
    let refused = plot.prove(&file, &world.history, &challenge(slot), ALL, changed);
    let damage = InvalidPlot::Chunks { offset };
    assert_eq!(refused, Err(ProveError::Plot(PlotError::Invalid(damage))));
}

#[test]
fn every_piece_is_read_back_as_it_came() {
    let world = world();
    let plot = world.open();
    for (offset, index) in (0..).zip(decex_farmer::plot::plan(&world.params, &world.sector)) {
        let (root, piece) = world.history.piece(&world.params, index);
        let read = plot
            .read_piece(&world.plot, PieceOffset(offset))
            .unwrap()
            .unwrap();
        assert_eq!((read.0, &read.1), (index, piece));
        assert_eq!(plot.verify_record(&world.plot, PieceOffset(offset), root), Ok(()));
        let other =
            decex_storage_audit::decex_core::id::ListRoot(decex_storage_audit::decex_core::Digest([3; 32]));
        let offset = PieceOffset(offset);
        assert_eq!(
            plot.verify_record(&world.plot, offset, &other),
            Err(PlotError::Invalid(InvalidPlot::Record { offset }))
        );
    }
    assert_eq!(plot.read_piece(&world.plot, PieceOffset(3)), Ok(None));
}

#[test]
fn a_plot_does_not_answer_for_another_history_length() {
    let world = world();
    let longer = Sector {
        history: HistorySize(3),
        ..world.sector
    };
    let refused = decex_farmer::plot::check(&world.params, &longer, &world.plot);
    assert!(matches!(
        refused,
        Err(PlotError::Invalid(InvalidPlot::Sector { .. }))
    ));
    let opened = Plot::open(&world.params, &world.sector.farmer, &MemoryFile::default());
    assert!(opened.is_err());
}
