//! What is refused when a plot is opened, and by what name.

use crate::common::{other, world};
use decex_farmer::plot::{
    InvalidPlot, MemoryFile, OutOfBounds, Plot, PlotError, PlotFile, check, mend, read_header, repair_record,
};
use decex_storage_audit::decex_core::{Digest, Host};
use decex_storage_audit::{AuditParams, FarmerId, PieceOffset};

const HEADER: usize = 128;
const INDEX: usize = HEADER + 3 * (32 + 2 * 32 + 32 + 4 + 32);
const CHECKS: usize = INDEX + 2 * 32 + 32;
const LENGTH: usize = CHECKS + 32 * 32 + 3 * 16 * 64;

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
