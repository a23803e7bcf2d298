//! Every damaged byte of a plot is found, named, and repaired to what it was.

use crate::common::{World, other, world};
use decex_farmer::plot::{
    InvalidPlot, MemoryFile, OutOfBounds, Plot, PlotError, PlotFile, Report, check, mend, read_header,
    repair_record,
};
use decex_storage_audit::decex_core::{Digest, Host};
use decex_storage_audit::{AuditParams, FarmerId, PieceOffset};

/// Where the parts of the test's plot stand, counted by hand from `spec/plot.md`: 3 records of 16 chunks, paths of 2 digests, 32 places.
const HEADER: usize = 128;
const ENTRY: usize = 32 + 2 * 32 + 32 + 4 + 32;
const ENTRIES: usize = HEADER;
const INDEX: usize = ENTRIES + 3 * ENTRY;
const CHECKS: usize = INDEX + 2 * 32 + 32;
const RUNS: usize = CHECKS + 32 * 32;
const LENGTH: usize = RUNS + 3 * 16 * 64;

fn report(world: &World, file: &MemoryFile) -> Report {
    check(&world.params, &world.sector, file).unwrap()
}

/// Repairs as an embedder does. Returns how often records were masked again.
fn repair(world: &World, file: &mut MemoryFile) -> usize {
    let mut masked = 0;
    for _ in 0..3 {
        let report = check(&world.params, &world.sector, file).unwrap();
        if report.is_sound() {
            break;
        }
        for offset in report.to_replot() {
            repair_record(&world.params, &world.sector, file, &world.mask(offset)).unwrap();
            masked += 1;
        }
        let _ = mend(&world.params, &world.sector, file).unwrap();
    }
    assert!(report(world, file).is_sound());
    masked
}

/// The place and the record of each chunk of the runs, in the order in which they stand.
fn chunks(world: &World) -> Vec<(u32, u16)> {
    let all = (0..world.params.places()).flat_map(|place| world.offsets().map(move |offset| (place, offset)));
    all.filter(|(place, offset)| world.masked(*offset, *place).is_some())
        .collect()
}

#[test]
fn the_layout_is_the_pages() {
    let world = world();
    let file = &world.plot.0;
    assert_eq!(file.len(), LENGTH);
    assert_eq!(&file[..8], b"DecExPlt");
    assert_eq!(file[8..12], 1_u32.to_le_bytes());
    assert_eq!(file[12..15], [15, 4, 1]);
    assert_eq!(file[15..21], [3, 0, 1, 0, 1, 0]);
    assert_eq!(file[21..53], [1; 32]);
    assert_eq!(file[53..57], world.sector.index.to_le_bytes());
    assert_eq!(file[57..61], 2_u32.to_le_bytes());
    assert_eq!(file[61..96], [0; 35]);
    for (number, (place, offset)) in chunks(world).into_iter().enumerate() {
        let at = RUNS + 64 * number;
        assert_eq!(file[at..at + 64], world.masked(offset, place).unwrap());
        let byte = file[ENTRIES + usize::from(offset) * ENTRY + 128 + place as usize / 8];
        assert_eq!(byte >> (place % 8) & 1, 1);
    }
    for place in 0..32 {
        let here = chunks(world).iter().filter(|(at, _)| *at == place).count();
        let at = INDEX + 2 * place as usize;
        assert_eq!(file[at..at + 2], (here as u16).to_le_bytes());
    }
}

#[test]
fn d9_d18_every_byte_flipped_is_found_named_and_repaired() {
    let world = world();
    let chunks = chunks(world);
    for at in 0..LENGTH {
        let mut file = world.plot.clone();
        file.0[at] ^= 1 << (at % 8);
        let found = report(world, &file);
        let (expected, replot): (Vec<InvalidPlot>, usize) = if at < ENTRIES {
            (vec![InvalidPlot::Header], 0)
        } else if at < INDEX {
            let offset = PieceOffset(((at - ENTRIES) / ENTRY) as u16);
            (vec![InvalidPlot::Entry { offset }], 1)
        } else if at < CHECKS {
            (vec![InvalidPlot::Index], 0)
        } else if at < RUNS {
            let place = ((at - CHECKS) / 32) as u32;
            (vec![InvalidPlot::Run { place }], 0)
        } else {
            let (place, offset) = chunks[(at - RUNS) / 64];
            let offset = PieceOffset(offset);
            (
                vec![InvalidPlot::Run { place }, InvalidPlot::Chunks { offset }],
                1,
            )
        };
        assert_eq!(found.damage, expected, "byte {at}");
        assert!(!found.is_sound());
        assert!(found.runs_checked);
        let is_entry = (ENTRIES..INDEX).contains(&at);
        assert_eq!(found.records_checked, !is_entry);
        assert_eq!(repair(world, &mut file), replot, "byte {at}");
        assert_eq!(file, world.plot, "byte {at}");
    }
}

#[test]
fn d22_two_damages_anywhere_are_repaired() {
    let world = world();
    let starts = [
        0,
        ENTRIES,
        ENTRIES + ENTRY,
        INDEX,
        CHECKS,
        RUNS,
        RUNS + 64,
        LENGTH - 1,
    ];
    for first in starts {
        for second in (0..LENGTH).step_by(11) {
            let mut file = world.plot.clone();
            file.0[first] ^= 0x10;
            file.0[second] ^= 0x21;
            assert!(!report(world, &file).is_sound());
            let _ = repair(world, &mut file);
            assert_eq!(file, world.plot, "bytes {first} and {second}");
        }
    }
}

#[test]
fn d22_a_plot_of_zeros_or_of_nothing_is_repaired() {
    let world = world();
    for length in [0, LENGTH, LENGTH + 500] {
        let mut file = MemoryFile(vec![0; length]);
        let found = report(world, &file);
        assert!(!found.runs_checked && !found.records_checked);
        assert_eq!(found.to_replot().count(), 3);
        let _ = repair(world, &mut file);
        assert_eq!(file, world.plot);
    }
}

#[test]
fn d22_a_checksum_is_never_written_over_damage() {
    let world = world();
    let mut file = world.plot.clone();
    file.0[RUNS] ^= 1;
    let before = file.clone();
    let found = mend(&world.params, &world.sector, &mut file).unwrap();
    assert!(!found.is_sound());
    assert_eq!(file, before);
}

#[test]
fn d14_a_plot_cut_at_any_length_is_refused_and_repaired() {
    let world = world();
    for length in 0..LENGTH {
        let mut file = MemoryFile(world.plot.0[..length].to_vec());
        let opened = Plot::open(&world.params, &world.sector.farmer, &file).unwrap_err();
        let (expected, found) = (LENGTH as u64, length as u64);
        let cut = InvalidPlot::Length { expected, found };
        let named = if length < HEADER {
            InvalidPlot::NotAPlot
        } else {
            cut
        };
        assert_eq!(opened, PlotError::Invalid(named), "length {length}");
        assert!(report(world, &file).damage.contains(&cut));
        if length % 13 == 0 {
            let _ = repair(world, &mut file);
            assert_eq!(file, world.plot, "length {length}");
        }
    }
}

#[test]
fn d14_refuses_a_longer_plot() {
    let world = world();
    let mut file = world.plot.clone();
    file.0.push(0);
    let cut = InvalidPlot::Length {
        expected: LENGTH as u64,
        found: LENGTH as u64 + 1,
    };
    let opened = Plot::open(&world.params, &world.sector.farmer, &file).unwrap_err();
    assert_eq!(opened, PlotError::Invalid(cut));
    assert_eq!(report(world, &file).damage, [cut]);
    assert_eq!(repair(world, &mut file), 0);
    assert_eq!(file, world.plot);
}

#[test]
fn d16_swapped_entries_are_found() {
    let world = world();
    let mut file = world.plot.clone();
    let (first, second) = file.0[ENTRIES..].split_at_mut(ENTRY);
    first.swap_with_slice(&mut second[..ENTRY]);
    let damage = [0, 1].map(|offset| InvalidPlot::Entry {
        offset: PieceOffset(offset),
    });
    assert_eq!(report(world, &file).damage, damage);
    let _ = repair(world, &mut file);
    assert_eq!(file, world.plot);
}

#[test]
fn d17_swapped_chunks_of_two_records_are_found_in_both() {
    let world = world();
    let chunks = chunks(world);
    let number = chunks.windows(2).position(|pair| pair[0].0 == pair[1].0).unwrap();
    let mut file = world.plot.clone();
    let (first, second) = file.0[RUNS + 64 * number..].split_at_mut(64);
    first.swap_with_slice(&mut second[..64]);
    let place = chunks[number].0;
    let damage = [
        InvalidPlot::Run { place },
        InvalidPlot::Chunks {
            offset: PieceOffset(chunks[number].1),
        },
        InvalidPlot::Chunks {
            offset: PieceOffset(chunks[number + 1].1),
        },
    ];
    assert_eq!(report(world, &file).damage, damage);
    assert_eq!(repair(world, &mut file), 2);
    assert_eq!(file, world.plot);
}

#[test]
fn d18_swapped_runs_with_their_checksums_are_found() {
    let world = world();
    let chunks = chunks(world);
    let run = |place: u32| -> Vec<usize> {
        let numbers = (0..chunks.len()).filter(|number| chunks[*number].0 == place);
        numbers.collect()
    };
    // Two runs of one length, but of other records or not.
    let (a, b) = (0..32)
        .flat_map(|a| (a + 1..32).map(move |b| (a, b)))
        .find(|(a, b)| !run(*a).is_empty() && run(*a).len() == run(*b).len())
        .unwrap();
    let mut file = world.plot.clone();
    for (x, y) in run(a).into_iter().zip(run(b)) {
        (0..64).for_each(|byte| file.0.swap(RUNS + 64 * x + byte, RUNS + 64 * y + byte));
    }
    (0..32).for_each(|byte| {
        file.0
            .swap(CHECKS + 32 * a as usize + byte, CHECKS + 32 * b as usize + byte);
    });
    let found = report(world, &file).damage;
    assert!(found.contains(&InvalidPlot::Run { place: a }));
    assert!(found.contains(&InvalidPlot::Run { place: b }));
    let _ = repair(world, &mut file);
    assert_eq!(file, world.plot);
}

#[test]
fn d13_refuses_another_farmers_and_another_sectors_plot() {
    let (world, other) = (world(), other());
    let opened = Plot::open(&world.params, &world.sector.farmer, &other.plot).unwrap_err();
    let farmer = InvalidPlot::Farmer {
        expected: world.sector.farmer,
        found: other.sector.farmer,
    };
    assert_eq!(opened, PlotError::Invalid(farmer));
    let sector = InvalidPlot::Sector {
        expected: world.sector,
        found: other.sector,
    };
    let refused = check(&world.params, &world.sector, &other.plot).unwrap_err();
    assert_eq!(refused, PlotError::Invalid(sector));
    // Nor is it repaired into this one.
    let mut file = other.plot.clone();
    let refused = repair_record(
        &world.params,
        &world.sector,
        &mut file,
        &world.mask(PieceOffset(0)),
    );
    assert_eq!(refused.unwrap_err(), PlotError::Invalid(sector));
    assert!(mend(&world.params, &world.sector, &mut file).is_err());
    assert_eq!(file, other.plot);
}

#[test]
fn d13_a_header_exchanged_for_another_sectors_does_not_make_it_theirs() {
    let (world, other) = (world(), other());
    let mut file = world.plot.clone();
    file.0[..HEADER].copy_from_slice(&other.plot.0[..HEADER]);
    // The header is sound, and nothing else is: every checksum is bound to the sector.
    let opened = Plot::open(&world.params, &other.sector.farmer, &file).unwrap_err();
    assert_eq!(opened, PlotError::Invalid(InvalidPlot::Index));
    let found = check(&world.params, &other.sector, &file).unwrap();
    assert_eq!(found.to_replot().count(), 3);
    assert!(!found.runs_checked);
}

#[test]
fn d19_a_record_masked_for_another_sector_repairs_nothing() {
    let (world, other) = (world(), other());
    let mut file = world.plot.clone();
    let offset = PieceOffset(2);
    let refused = repair_record(&world.params, &world.sector, &mut file, &other.mask(offset));
    assert_eq!(
        refused.unwrap_err(),
        PlotError::Invalid(InvalidPlot::Record { offset })
    );
    assert_eq!(file, world.plot);
}

#[test]
fn d12_refuses_a_plot_for_other_parameters() {
    let world = world();
    let found = *world.params;
    let others = [
        AuditParams { k: 16, ..found },
        AuditParams {
            record_chunks_log2: 5,
            ..found
        },
        AuditParams {
            segment_records_log2: 2,
            ..found
        },
        AuditParams {
            sector_pieces: 4,
            ..found
        },
        AuditParams {
            recent_segments: 2,
            ..found
        },
        AuditParams {
            min_lifetime: 2,
            ..found
        },
    ];
    for expected in others {
        let params = expected.check().unwrap();
        let named = PlotError::Invalid(InvalidPlot::Params { expected, found });
        let opened = Plot::open(&params, &world.sector.farmer, &world.plot);
        assert_eq!(opened.unwrap_err(), named);
        assert_eq!(check(&params, &world.sector, &world.plot).unwrap_err(), named);
    }
}

#[test]
fn d9_d10_d11_refuse_headers_by_name() {
    let world = world();
    let open = |file: &MemoryFile| Plot::open(&world.params, &world.sector.farmer, file).map(|_| ());
    assert_eq!(open(&world.plot), Ok(()));
    assert_eq!(read_header(&world.params, &world.plot), Ok(world.sector));
    for at in 0..HEADER {
        let mut file = world.plot.clone();
        file.0[at] ^= 4;
        let expected = match at {
            0..8 => InvalidPlot::NotAPlot,
            8..12 => InvalidPlot::Version {
                expected: 1,
                found: u32::from_le_bytes(file.0[8..12].try_into().unwrap()),
            },
            _ => InvalidPlot::Header,
        };
        assert_eq!(open(&file), Err(PlotError::Invalid(expected)), "byte {at}");
    }
    assert_eq!(
        open(&MemoryFile::default()),
        Err(PlotError::Invalid(InvalidPlot::NotAPlot))
    );
}

#[test]
fn d15_refuses_a_damaged_index() {
    let world = world();
    for at in INDEX..CHECKS {
        let mut file = world.plot.clone();
        file.0[at] ^= 2;
        let opened = Plot::open(&world.params, &world.sector.farmer, &file).unwrap_err();
        assert_eq!(opened, PlotError::Invalid(InvalidPlot::Index));
    }
}

#[test]
fn codes_are_the_rules_numbers() {
    let offset = PieceOffset(0);
    let (expected, found) = (0, 0);
    let codes = [
        (InvalidPlot::NotAPlot, 9),
        (InvalidPlot::Header, 11),
        (InvalidPlot::Length { expected, found }, 14),
        (InvalidPlot::Index, 15),
        (InvalidPlot::Entry { offset }, 16),
        (InvalidPlot::Chunks { offset }, 17),
        (InvalidPlot::Run { place: 0 }, 18),
        (InvalidPlot::Record { offset }, 19),
        (
            InvalidPlot::Farmer {
                expected: FarmerId(Digest::ZERO),
                found: FarmerId(Digest::ZERO),
            },
            13,
        ),
    ];
    codes
        .iter()
        .for_each(|(error, code)| assert_eq!(error.code(), *code));
}

/// A file that cannot be read from some byte on, though it is there.
#[derive(Debug)]
struct Unreadable<'a>(&'a MemoryFile, u64);

#[derive(Debug, PartialEq, Eq)]
enum Broken {
    Disk,
    Bounds(OutOfBounds),
}

impl Host for Unreadable<'_> {
    type Error = Broken;
}

impl PlotFile for Unreadable<'_> {
    fn length(&self) -> Result<u64, Broken> {
        self.0.length().map_err(Broken::Bounds)
    }
    fn set_length(&mut self, _: u64) -> Result<(), Broken> {
        Err(Broken::Disk)
    }
    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), Broken> {
        let end = offset + into.len() as u64;
        if (offset..end).contains(&self.1) {
            return Err(Broken::Disk);
        }
        self.0.read(offset, into).map_err(Broken::Bounds)
    }
    fn write(&mut self, _: u64, _: &[u8]) -> Result<(), Broken> {
        Err(Broken::Disk)
    }
    fn sync(&mut self) -> Result<(), Broken> {
        Err(Broken::Disk)
    }
}

#[test]
fn what_cannot_be_read_is_the_hosts_failure_and_no_damage() {
    let world = world();
    for at in (0..LENGTH as u64).step_by(5) {
        let file = Unreadable(&world.plot, at);
        assert_eq!(
            check(&world.params, &world.sector, &file),
            Err(PlotError::Host(Broken::Disk)),
            "byte {at}"
        );
        let opened = Plot::open(&world.params, &world.sector.farmer, &file);
        let is_read = at < HEADER as u64 || (INDEX as u64..CHECKS as u64).contains(&at);
        assert_eq!(opened.is_err(), is_read, "byte {at}");
        if let Err(error) = opened {
            assert_eq!(error, PlotError::Host(Broken::Disk));
        }
    }
}
