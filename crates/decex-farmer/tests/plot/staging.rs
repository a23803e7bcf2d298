//! The staging file: what counts as there, what is refused, and what becomes of it.

use crate::common::{World, finish, other, world};
use crate::faulty::Faulty;
use decex_farmer::plot::{Finish, InvalidStaging, MemoryFile, Plot, Staging, StagingError, check};
use decex_storage_audit::PieceOffset;
use std::cell::Cell;
use std::rc::Rc;

#[test]
fn the_memory_bound_changes_the_steps_and_not_the_bytes() {
    let world = world();
    let staged = staged(world);
    let mut steps = Vec::new();
    for memory in [0, 64, 64 * 5, 64 * 20, 64 * 47, 64 * 48] {
        let mut finish = Finish::begin(&staged.0, memory).unwrap();
        let mut plot = MemoryFile::default();
        let mut count = 0;
        while !finish.step(&staged.1, &mut plot).unwrap().is_done() {
            count += 1;
        }
        assert_eq!(plot, world.plot);
        // Nothing is left to do, and nothing is done.
        assert!(finish.step(&staged.1, &mut plot).unwrap().is_done());
        assert_eq!(plot, world.plot);
        steps.push(count);
    }
    assert!(steps.is_sorted_by(|a, b| a >= b), "{steps:?}");
    // Three records, and the places at once; or one after the other, empty ones with their neighbours.
    assert_eq!(steps.last(), Some(&(3 + 1)));
    let used = (0..32).filter(|place| {
        world
            .offsets()
            .any(|offset| world.masked(offset, *place).is_some())
    });
    let used = used.count();
    assert!((3 + used..=3 + 32).contains(&steps[0]), "{steps:?}");
}

#[test]
fn d5_storing_a_record_again_counts_only_when_it_is_whole_again() {
    let world = world();
    let (mut staging, file) = staged(world);
    let left = Rc::new(Cell::new(100));
    let mut file = Faulty::new(file, left);
    let offset = PieceOffset(1);
    assert!(staging.store(&mut file, &world.mask(offset)).is_err());
    assert_eq!(staging.missing().collect::<Vec<_>>(), [offset]);
}

fn staged(world: &World) -> (Staging, MemoryFile) {
    let mut staged = MemoryFile::default();
    let mut staging = Staging::open(&world.params, &world.sector, &mut staged).unwrap();
    for record in &world.records {
        let _ = staging.store(&mut staged, record).unwrap();
    }
    (staging, staged)
}

#[test]
fn d5_every_byte_of_a_staged_record_is_under_a_checksum() {
    let world = world();
    let (_, mut file) = staged(world);
    let slot = file.0.len() / 3;
    for at in 0..file.0.len() {
        file.0[at] ^= 1;
        let staging = Staging::open(&world.params, &world.sector, &mut file).unwrap();
        let missing: Vec<_> = staging.missing().collect();
        assert_eq!(missing, [PieceOffset((at / slot) as u16)], "byte {at}");
        file.0[at] ^= 1;
    }
}

#[test]
fn d5_slots_of_another_sector_or_place_count_as_empty() {
    let (world, other) = (world(), other());
    let (_, mut file) = staged(other);
    let staging = Staging::open(&world.params, &world.sector, &mut file).unwrap();
    assert_eq!(staging.missing().count(), 3);
    let (_, mut file) = staged(world);
    let slot = file.0.len() / 3;
    file.0[..2 * slot].rotate_left(slot);
    let staging = Staging::open(&world.params, &world.sector, &mut file).unwrap();
    let missing: Vec<_> = staging.missing().collect();
    assert_eq!(missing, [PieceOffset(0), PieceOffset(1)]);
}

#[test]
fn d6_refuses_to_stage_over_a_plot_or_a_longer_file() {
    let world = world();
    let mut plot = world.plot.clone();
    let refused = Staging::open(&world.params, &world.sector, &mut plot).unwrap_err();
    assert_eq!(refused, StagingError::Invalid(InvalidStaging::IsPlot));
    assert_eq!(plot, world.plot);
    let (_, mut file) = staged(world);
    file.0.push(7);
    let before = file.clone();
    let (found, expected) = (file.0.len() as u64, file.0.len() as u64 - 1);
    let refused = Staging::open(&world.params, &world.sector, &mut file).unwrap_err();
    assert_eq!(
        refused,
        StagingError::Invalid(InvalidStaging::Length { expected, found })
    );
    assert_eq!(file, before);
}

#[test]
fn d6_accepts_a_staging_file_that_was_cut_at_any_length() {
    let world = world();
    let (_, whole) = staged(world);
    let slot = whole.0.len() / 3;
    for length in 0..whole.0.len() {
        let mut file = MemoryFile(whole.0[..length].to_vec());
        let staging = Staging::open(&world.params, &world.sector, &mut file).unwrap();
        // A cut byte that was zero is no loss.
        let there = 3 - staging.missing().count();
        let cut = whole.0[length..].iter().all(|byte| *byte == 0);
        assert!(there == length / slot || cut, "length {length}: {there}");
    }
}

#[test]
fn d7_refuses_to_finish_without_every_record() {
    let world = world();
    let mut staged = MemoryFile::default();
    let mut staging = Staging::open(&world.params, &world.sector, &mut staged).unwrap();
    for offset in [2, 0] {
        let _ = staging
            .store(&mut staged, &world.mask(PieceOffset(offset)))
            .unwrap();
    }
    let missing = InvalidStaging::Missing {
        offset: PieceOffset(1),
    };
    assert_eq!(Finish::begin(&staging, 1 << 20).unwrap_err(), missing);
    assert_eq!(missing.code(), 7);
}

#[test]
fn d7_refuses_another_sectors_record() {
    let (world, other) = (world(), other());
    let mut staged = MemoryFile::default();
    let mut staging = Staging::open(&world.params, &world.sector, &mut staged).unwrap();
    let before = staged.clone();
    let offset = PieceOffset(1);
    let refused = staging.store(&mut staged, &other.mask(offset)).unwrap_err();
    assert_eq!(
        refused,
        StagingError::Invalid(InvalidStaging::OtherSector { offset })
    );
    assert_eq!(staged, before);
}

#[test]
fn d7_a_slot_that_decays_while_finishing_is_refused_and_masked_again() {
    let world = world();
    let (staging, good) = staged(world);
    let slot = good.0.len() / 3;
    for at in (0..good.0.len()).step_by(7) {
        let mut file = good.clone();
        file.0[at] ^= 0x80;
        let offset = PieceOffset((at / slot) as u16);
        let mut plot = MemoryFile::default();
        let refused = finish(&staging, &file, &mut plot, 1 << 20).unwrap_err();
        assert_eq!(refused, StagingError::Invalid(InvalidStaging::Missing { offset }));
        // No plot came of it.
        assert!(Plot::open(&world.params, &world.sector.farmer, &plot).is_err());
        let mut staging = Staging::open(&world.params, &world.sector, &mut file).unwrap();
        let _ = staging.store(&mut file, &world.mask(offset)).unwrap();
        finish(&staging, &file, &mut plot, 1 << 20).unwrap();
        assert_eq!(plot, world.plot);
    }
}

#[test]
fn a_finished_plot_is_sound() {
    let world = world();
    assert!(
        check(&world.params, &world.sector, &world.plot)
            .unwrap()
            .is_sound()
    );
    assert_eq!(world.open().sector(), &world.sector);
}

#[test]
fn d5_a_stored_record_survives_whatever_is_lost_after_it() {
    let world = world();
    let forever = Rc::new(Cell::new(u64::MAX));
    let mut file = Faulty::new(MemoryFile::default(), forever);
    let mut staging = Staging::open(&world.params, &world.sector, &mut file).unwrap();
    for (done, record) in (1..).zip(&world.records) {
        let _ = staging.store(&mut file, record).unwrap();
        let mut left = file.left_behind(|| false);
        let staging = Staging::open(&world.params, &world.sector, &mut left).unwrap();
        assert_eq!(staging.progress().done, done);
    }
}
