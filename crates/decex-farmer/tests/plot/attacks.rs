//! Plots whose checksums hold and whose content is a lie: nothing panics, and no wrong solution comes of them.

use crate::common::{World, challenge, params, world};
use decex_farmer::plot::{InvalidPlot, MemoryFile, Plot, PlotError, ProveError, check, read_header};
use decex_storage_audit::decex_core::hash::{Digest, Hash};
use decex_storage_audit::decex_core::label;
use decex_storage_audit::{AuditParams, PieceOffset, SolutionRange};
use proptest::prelude::*;

const HEADER: usize = 128;
const ENTRY: usize = 32 + 2 * 32 + 32 + 4 + 32;
const INDEX: usize = HEADER + 3 * ENTRY;
const CHECKS: usize = INDEX + 2 * 32 + 32;

fn checksum(identity: &[u8], kind: u8, number: u32, bytes: &[u8]) -> Digest {
    Hash::new(&label::PLOT_CHECKSUM)
        .chain(identity)
        .chain([kind])
        .chain(number.to_le_bytes())
        .chain(bytes)
        .finish()
}

/// Writes the checksum behind a part anew, as somebody does who edits a plot.
fn forge(file: &mut MemoryFile, kind: u8, number: u32, from: usize, end: usize) {
    let identity: [u8; 32] = file.0[96..128].try_into().unwrap();
    let identity = if kind == 0 { [0; 32] } else { identity };
    let check = checksum(&identity, kind, number, &file.0[from..end]);
    file.0[end..end + 32].copy_from_slice(&check.0);
}

fn open(world: &World, file: &MemoryFile) -> Result<Plot, PlotError<decex_farmer::plot::OutOfBounds>> {
    Plot::open(&world.params, &world.sector.farmer, file)
}

#[test]
fn forging_nothing_changes_nothing() {
    let world = world();
    let mut file = world.plot.clone();
    forge(&mut file, 0, 0, 0, 96);
    for record in 0..3 {
        let from = HEADER + record * ENTRY;
        forge(&mut file, 1, record as u32, from, from + ENTRY - 32);
    }
    forge(&mut file, 3, 0, INDEX, INDEX + 64);
    assert_eq!(file, world.plot);
}

#[test]
fn d11_a_header_with_something_in_its_padding_is_refused() {
    let world = world();
    for at in 61..96 {
        let mut file = world.plot.clone();
        file.0[at] = 1;
        forge(&mut file, 0, 0, 0, 96);
        assert_eq!(
            read_header(&world.params, &file),
            Err(PlotError::Invalid(InvalidPlot::Header))
        );
        let report = check(&world.params, &world.sector, &file).unwrap();
        assert_eq!(report.damage, [InvalidPlot::Header]);
    }
}

#[test]
fn d10_a_sound_plot_of_another_version_is_not_called_damaged() {
    let world = world();
    let mut file = world.plot.clone();
    file.0[8] = 2;
    forge(&mut file, 0, 0, 0, 96);
    let version = InvalidPlot::Version {
        expected: 1,
        found: 2,
    };
    assert_eq!(
        check(&world.params, &world.sector, &file),
        Err(PlotError::Invalid(version))
    );
    assert_eq!(
        read_header(&world.params, &file),
        Err(PlotError::Invalid(version))
    );
}

#[test]
fn d15_an_index_that_counts_other_chunks_is_refused() {
    let world = world();
    let count = |file: &MemoryFile, place: usize| {
        u16::from_le_bytes(file.0[INDEX + 2 * place..][..2].try_into().unwrap())
    };
    let set = |file: &mut MemoryFile, place: usize, count: u16| {
        file.0[INDEX + 2 * place..][..2].copy_from_slice(&count.to_le_bytes());
    };
    let place = (0..32).find(|place| count(&world.plot, *place) > 0).unwrap();
    let to = (0..32)
        .find(|to| *to != place && count(&world.plot, *to) < 3)
        .unwrap();
    // More, fewer, and more than there are records, in the same sum.
    for (here, there) in [(1_i32, 0_i32), (-1, 0), (5, -5)] {
        let mut file = world.plot.clone();
        let changed = |count: u16, by: i32| (i32::from(count) + by).rem_euclid(1 << 16) as u16;
        let (a, b) = (count(&file, place), count(&file, to));
        set(&mut file, place, changed(a, here));
        set(&mut file, to, changed(b, there));
        forge(&mut file, 3, 0, INDEX, INDEX + 64);
        assert_eq!(
            open(world, &file).unwrap_err(),
            PlotError::Invalid(InvalidPlot::Index)
        );
    }
    // The right sum, and more at one place than there are records.
    let mut file = world.plot.clone();
    let mut taken = 0;
    for from in (0..32).filter(|from| *from != place) {
        let there = count(&file, from).min(4 - taken);
        let left = count(&file, from) - there;
        set(&mut file, from, left);
        taken += there;
    }
    let here = count(&file, place) + taken;
    set(&mut file, place, here);
    forge(&mut file, 3, 0, INDEX, INDEX + 64);
    assert_eq!(
        open(world, &file).unwrap_err(),
        PlotError::Invalid(InvalidPlot::Index)
    );
    // The right sum, one chunk counted elsewhere: opens, and is found as soon as it matters.
    let mut file = world.plot.clone();
    let (a, b) = (count(&file, place), count(&file, to));
    set(&mut file, place, a - 1);
    set(&mut file, to, b + 1);
    forge(&mut file, 3, 0, INDEX, INDEX + 64);
    let plot = open(world, &file).unwrap();
    let report = check(&world.params, &world.sector, &file).unwrap();
    assert_eq!(report.damage, [InvalidPlot::Index]);
    let refused = world
        .offsets()
        .map(|offset| plot.read_piece(&file, PieceOffset(offset)))
        .filter(Result::is_err)
        .count();
    assert!(refused > 0);
    let candidates = (0..200).map(|slot| {
        let range = SolutionRange(u64::MAX);
        plot.audit(&file, &challenge(slot), range, &mut Vec::new())
    });
    let index = Err(PlotError::Invalid(InvalidPlot::Index));
    assert!(candidates.into_iter().any(|found| found == index));
}

#[test]
fn d15_an_index_that_counts_too_few_at_the_last_place_is_no_failure_of_the_host() {
    let world = world();
    let mut file = world.plot.clone();
    let at = |place: usize| INDEX + 2 * place;
    let last = (0..32).rfind(|place| file.0[at(*place)] > 0).unwrap();
    let first = (0..last).find(|place| file.0[at(*place)] < 3).unwrap();
    file.0[at(last)] -= 1;
    file.0[at(first)] += 1;
    forge(&mut file, 3, 0, INDEX, INDEX + 64);
    let plot = open(world, &file).unwrap();
    let mut named = 0;
    for offset in world.offsets().map(PieceOffset) {
        match plot.read_piece(&file, offset) {
            Err(PlotError::Invalid(InvalidPlot::Index)) => named += 1,
            Err(PlotError::Invalid(_)) | Ok(_) => {}
            Err(PlotError::Host(error)) => panic!("{error}"),
        }
    }
    assert!(named > 0);
}

/// Changes an entry and signs it anew.
fn with_entry(world: &World, record: usize, change: impl FnOnce(&mut [u8])) -> MemoryFile {
    let mut file = world.plot.clone();
    let from = HEADER + record * ENTRY;
    change(&mut file.0[from..from + ENTRY - 32]);
    forge(&mut file, 1, record as u32, from, from + ENTRY - 32);
    file
}

#[test]
fn d16_an_entry_with_another_number_of_places_is_refused() {
    let world = world();
    let damage = InvalidPlot::Entry {
        offset: PieceOffset(1),
    };
    for bit in 0..32 {
        let file = with_entry(world, 1, |entry| entry[128 + bit / 8] ^= 1 << (bit % 8));
        let plot = open(world, &file).unwrap();
        let read = plot.read_piece(&file, PieceOffset(1));
        assert_eq!(read, Err(PlotError::Invalid(damage)));
        let report = check(&world.params, &world.sector, &file).unwrap();
        assert!(report.damage.contains(&damage));
    }
}

#[test]
fn d16_an_entry_with_places_that_records_do_not_have_is_refused() {
    // Four places, in the lower half of a byte.
    let params = AuditParams {
        record_chunks_log2: 1,
        ..*params()
    };
    let world = World::of(params.check().unwrap(), 1);
    let at = HEADER + 32 + 2 * 32 + 32;
    assert_eq!(world.plot.0[at].count_ones(), 2);
    let stored = world.plot.0[at].trailing_zeros();
    for place in 4..8 {
        // Two places, as it should be, but one of them is none.
        let mut file = world.plot.clone();
        file.0[at] ^= 1 << stored | 1 << place;
        forge(&mut file, 1, 0, HEADER, at + 1);
        let plot = open(&world, &file).unwrap();
        let offset = PieceOffset(0);
        let damage = InvalidPlot::Entry { offset };
        assert_eq!(plot.read_piece(&file, offset), Err(PlotError::Invalid(damage)));
        let report = check(&world.params, &world.sector, &file).unwrap();
        assert_eq!(report.damage[0], damage);
    }
}

#[test]
fn d19_an_entry_with_other_places_or_another_root_is_refused() {
    let world = world();
    let record = &world.records[1];
    let stored: Vec<u32> = record.places().collect();
    let not_stored = (0..32).find(|place| !stored.contains(place)).unwrap();
    let flip = |entry: &mut [u8], place: u32| entry[128 + place as usize / 8] ^= 1 << (place % 8);
    let offset = PieceOffset(1);
    let moved = with_entry(world, 1, |entry| {
        flip(entry, stored[0]);
        flip(entry, not_stored);
    });
    let rooted = with_entry(world, 1, |entry| entry[0] ^= 1);
    for (file, place) in [(moved, true), (rooted, false)] {
        let plot = open(world, &file).unwrap();
        let refused = plot.read_piece(&file, offset).unwrap_err();
        let record = PlotError::Invalid(InvalidPlot::Record { offset });
        let chunks = PlotError::Invalid(InvalidPlot::Chunks { offset });
        let index = PlotError::Invalid(InvalidPlot::Index);
        assert!(refused == record || (place && (refused == chunks || refused == index)));
    }
}

#[test]
fn d19_a_chunk_one_place_too_far_is_refused() {
    let world = world();
    let offset = PieceOffset(2);
    let stored: Vec<u32> = world.records[2].places().collect();
    let place = stored
        .iter()
        .find(|place| **place < 31 && !stored.contains(&(**place + 1)));
    let place = *place.unwrap() as usize;
    // The last record's chunks are the last of their runs, so it stays in order when it moves on to the end of the next run.
    let mut file = with_entry(world, 2, |entry| {
        entry[128 + place / 8] ^= 1 << (place % 8);
        entry[128 + (place + 1) / 8] ^= 1 << ((place + 1) % 8);
    });
    let count = |file: &MemoryFile, place: usize| usize::from(file.0[INDEX + 2 * place]);
    let before: usize = (0..=place).map(|place| count(&file, place)).sum();
    let from = CHECKS + 32 * 32 + 64 * (before - 1);
    let end = from + 64 * (1 + count(&file, place + 1));
    file.0[from..end].rotate_left(64);
    file.0[INDEX + 2 * place] -= 1;
    file.0[INDEX + 2 * (place + 1)] += 1;
    forge(&mut file, 3, 0, INDEX, INDEX + 64);
    // Every other record is where it was.
    let plot = open(world, &file).unwrap();
    for other in [0, 1].map(PieceOffset) {
        assert!(plot.read_piece(&file, other).is_ok());
    }
    let refused = plot.read_piece(&file, offset).unwrap_err();
    assert_eq!(refused, PlotError::Invalid(InvalidPlot::Record { offset }));
}

#[test]
fn d19_other_chunks_under_new_checksums_are_refused() {
    let world = world();
    let offset = PieceOffset(0);
    let mut chunks = world.records[0].chunks().to_vec();
    let before = chunks[3];
    chunks[3][5] ^= 1;
    let identity: [u8; 32] = world.plot.0[96..128].try_into().unwrap();
    let check = checksum(&identity, 2, 0, chunks.as_flattened());
    let mut file = with_entry(world, 0, |entry| entry[96..128].copy_from_slice(&check.0));
    let at = file.0.windows(64).position(|bytes| bytes == before).unwrap();
    file.0[at + 5] ^= 1;
    let plot = open(world, &file).unwrap();
    let refused = plot.read_piece(&file, offset).unwrap_err();
    assert_eq!(refused, PlotError::Invalid(InvalidPlot::Record { offset }));
}

#[test]
fn d21_a_path_that_leads_elsewhere_is_not_handed_out() {
    let world = world();
    for byte in [32, 63, 64, 95] {
        let file = with_entry(world, 0, |entry| entry[byte] ^= 1);
        let plot = open(world, &file).unwrap();
        let range = SolutionRange(u64::MAX);
        let won = |slot| {
            let found = plot
                .audit(&file, &challenge(slot), range, &mut Vec::new())
                .unwrap();
            let candidate = found.into_iter().find(|found| found.offset == PieceOffset(0))?;
            Some((slot, candidate))
        };
        let (slot, candidate) = (0..).find_map(won).unwrap();
        let refused = plot.prove(&file, &world.history, &challenge(slot), range, &candidate);
        assert!(matches!(refused, Err(ProveError::Invalid(_))), "{refused:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever somebody writes into a plot and seals anew: it opens or not, it answers or not, and what it hands out holds.
    #[test]
    fn forged_plots_never_panic(
        changes in prop::collection::vec((0..CHECKS, any::<u8>()), 1..12),
        slot in 0..64_u64,
    ) {
        let world = world();
        let mut file = world.plot.clone();
        changes.iter().for_each(|(at, byte)| file.0[*at] = *byte);
        for record in 0..3 {
            let from = HEADER + record * ENTRY;
            forge(&mut file, 1, record as u32, from, from + ENTRY - 32);
        }
        forge(&mut file, 3, 0, INDEX, INDEX + 64);
        let _ = check(&world.params, &world.sector, &file);
        let Ok(plot) = open(world, &file) else { return Ok(()) };
        let range = SolutionRange(u64::MAX);
        let Ok(candidates) = plot.audit(&file, &challenge(slot), range, &mut Vec::new()) else { return Ok(()) };
        for candidate in candidates.iter().take(1) {
            // The verifier is asked before anything is handed out.
            let _ = plot.prove(&file, &world.history, &challenge(slot), range, candidate);
        }
    }

    #[test]
    fn random_files_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let world = world();
        let file = MemoryFile(bytes);
        prop_assert!(open(world, &file).is_err());
        let report = check(&world.params, &world.sector, &file).unwrap();
        prop_assert!(!report.is_sound());
    }
}
