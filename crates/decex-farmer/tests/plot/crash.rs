//! Plotting is stopped at every byte of every write, and goes on to the same plot.

use crate::common::{World, finish, other, world};
use decex_farmer::plot::{
    Finish, InvalidStaging, MemoryFile, OutOfBounds, Plot, PlotFile, Staging, StagingError, check,
};
use decex_storage_audit::PieceOffset;
use decex_storage_audit::decex_core::Host;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What a disk is left with: what was synced, and the writes since, of which a crash keeps what it likes.
#[derive(Clone, Debug, Default)]
struct Disk {
    synced: MemoryFile,
    unsynced: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Length(u64),
    Write(u64, Vec<u8>),
}

impl Change {
    fn bytes(&self) -> u64 {
        match self {
            Self::Length(_) => 1,
            Self::Write(_, bytes) => bytes.len() as u64,
        }
    }

    /// Applies the first `most` bytes of it.
    fn apply(&self, file: &mut MemoryFile, most: u64) {
        match self {
            Self::Length(length) if most > 0 => file.set_length(*length).unwrap(),
            Self::Length(_) => {}
            Self::Write(offset, bytes) => {
                let bytes = &bytes[..bytes.len().min(most as usize)];
                // A write into a part whose extension was lost is lost too.
                let _ = file.write(*offset, bytes);
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Fault {
    Crash,
    Bounds(OutOfBounds),
}

/// A file that stops for good after so many bytes. Both files of a plotter share the count.
#[derive(Clone, Debug)]
struct Faulty {
    now: MemoryFile,
    disk: Rc<RefCell<Disk>>,
    left: Rc<Cell<u64>>,
}

impl Faulty {
    fn new(now: MemoryFile, left: Rc<Cell<u64>>) -> Self {
        let disk = Disk {
            synced: now.clone(),
            unsynced: Vec::new(),
        };
        Self {
            now,
            disk: Rc::new(RefCell::new(disk)),
            left,
        }
    }

    fn change(&mut self, change: Change) -> Result<(), Fault> {
        let most = change.bytes().min(self.left.get());
        let whole = most == change.bytes();
        change.apply(&mut self.now, most);
        self.left.set(self.left.get() - most);
        let change = match change {
            Change::Write(offset, bytes) => Change::Write(offset, bytes[..most as usize].to_vec()),
            length @ Change::Length(_) if whole => length,
            Change::Length(_) => Change::Write(0, Vec::new()),
        };
        self.disk.borrow_mut().unsynced.push(change);
        if whole { Ok(()) } else { Err(Fault::Crash) }
    }

    /// Returns what a crash leaves. `keep` says of each write since the last sync whether it is there.
    fn left_behind(&self, mut keep: impl FnMut() -> bool) -> MemoryFile {
        let disk = self.disk.borrow();
        let mut file = disk.synced.clone();
        let kept = disk.unsynced.iter().filter(|_| keep());
        kept.for_each(|change| change.apply(&mut file, u64::MAX));
        file
    }
}

impl Host for Faulty {
    type Error = Fault;
}

impl PlotFile for Faulty {
    fn length(&self) -> Result<u64, Fault> {
        self.now.length().map_err(Fault::Bounds)
    }

    fn set_length(&mut self, bytes: u64) -> Result<(), Fault> {
        self.change(Change::Length(bytes))
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), Fault> {
        self.now.read(offset, into).map_err(Fault::Bounds)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.change(Change::Write(offset, bytes.to_vec()))
    }

    fn sync(&mut self) -> Result<(), Fault> {
        if self.left.get() == 0 {
            return Err(Fault::Crash);
        }
        self.left.set(self.left.get() - 1);
        let mut disk = self.disk.borrow_mut();
        disk.synced = self.now.clone();
        disk.unsynced.clear();
        Ok(())
    }
}

/// Plots whatever is missing, and finishes. The memory is enough for a few places at a time.
fn plot_on(world: &World, staged: &mut Faulty, plot: &mut Faulty) -> Result<usize, StagingError<Fault>> {
    let mut staging = Staging::open(&world.params, &world.sector, staged)?;
    let missing: Vec<_> = staging.missing().collect();
    for offset in &missing {
        let _ = staging.store(staged, &world.mask(*offset))?;
    }
    finish(&staging, staged, plot, 64 * 8)?;
    Ok(missing.len())
}

/// Plots with a crash after `bytes`, then again with what the crash left. Returns how many records had to be masked again, or `None`
/// if the crash did not happen.
fn crash_after(
    world: &World,
    bytes: u64,
    before: &MemoryFile,
    keep: &mut impl FnMut() -> bool,
) -> Option<usize> {
    let left = Rc::new(Cell::new(bytes));
    let mut staged = Faulty::new(MemoryFile::default(), left.clone());
    let mut plot = Faulty::new(before.clone(), left);
    match plot_on(world, &mut staged, &mut plot) {
        Ok(_) => return None,
        Err(error) => assert_eq!(error, StagingError::Host(Fault::Crash)),
    }
    let forever = Rc::new(Cell::new(u64::MAX));
    let mut staged = Faulty::new(staged.left_behind(&mut *keep), forever.clone());
    let mut plot = Faulty::new(plot.left_behind(&mut *keep), forever);
    // D8: what looks finished is finished.
    if let Ok(opened) = Plot::open(&world.params, &world.sector.farmer, &plot.now) {
        if opened.sector() == &world.sector {
            assert_eq!(plot.now, world.plot, "a plot with a header is whole: {bytes}");
        } else {
            assert_eq!(
                plot.now, *before,
                "the plot from before is whole or gone: {bytes}"
            );
        }
    }
    let again = plot_on(world, &mut staged, &mut plot).unwrap();
    assert_eq!(plot.now, world.plot, "after {bytes} bytes");
    Some(again)
}

#[test]
fn d5_d8_a_crash_at_any_byte_leads_to_the_same_plot() {
    let world = world();
    let mut again = Vec::new();
    for bytes in 0.. {
        let Some(masked) = crash_after(world, bytes, &MemoryFile::default(), &mut || true) else {
            break;
        };
        again.push(masked);
    }
    assert!(
        again.len() > 3 * 16 * 64 * 2,
        "every byte of two files: {}",
        again.len()
    );
    // The further it had come, the less is left to do, and in the end nothing.
    assert!(again.is_sorted_by(|a, b| a >= b));
    assert_eq!((again.first(), again.last()), (Some(&3), Some(&0)));
    // One record at most was in flight: each count is there.
    (0..=3).for_each(|count| assert!(again.contains(&count), "{count}"));
}

#[test]
fn d8_a_crash_that_loses_any_unsynced_writes_leads_to_the_same_plot() {
    let world = world();
    let mut state = 1_u64;
    let mut coin = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state >> 63 == 0
    };
    // The file was another farmer's sound plot before: at no time may its header stand over this one's chunks.
    let before = &other().plot;
    let mut crashes = 0;
    for bytes in (0..).step_by(37) {
        for _ in 0..4 {
            if crash_after(world, bytes, before, &mut coin).is_none() {
                assert!(crashes > 400, "{crashes}");
                return;
            }
            crashes += 1;
        }
    }
}

#[test]
fn d5_the_order_of_records_does_not_matter() {
    let world = world();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut staged = MemoryFile::default();
        let mut staging = Staging::open(&world.params, &world.sector, &mut staged).unwrap();
        for (done, offset) in (1..).zip(order) {
            let progress = staging
                .store(&mut staged, &world.mask(PieceOffset(offset)))
                .unwrap();
            assert_eq!((progress.done, progress.total), (done, 3));
            assert_eq!(progress.is_done(), done == 3);
        }
        let mut plot = MemoryFile::default();
        finish(&staging, &staged, &mut plot, 0).unwrap();
        assert_eq!(plot, world.plot);
    }
}

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

/// A file whose host fails once, at the call with this number, and works again.
#[derive(Debug)]
struct Hiccup<'a> {
    file: MemoryFile,
    calls: &'a Cell<u32>,
    at: u32,
}

impl Hiccup<'_> {
    fn call(&self) -> Result<(), Fault> {
        let call = self.calls.replace(self.calls.get() + 1);
        if call == self.at {
            Err(Fault::Crash)
        } else {
            Ok(())
        }
    }
}

impl Host for Hiccup<'_> {
    type Error = Fault;
}

impl PlotFile for Hiccup<'_> {
    fn length(&self) -> Result<u64, Fault> {
        self.call()?;
        self.file.length().map_err(Fault::Bounds)
    }

    fn set_length(&mut self, bytes: u64) -> Result<(), Fault> {
        self.call()?;
        self.file.set_length(bytes).map_err(Fault::Bounds)
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), Fault> {
        self.call()?;
        self.file.read(offset, into).map_err(Fault::Bounds)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.call()?;
        self.file.write(offset, bytes).map_err(Fault::Bounds)
    }

    fn sync(&mut self) -> Result<(), Fault> {
        self.call()
    }
}

#[test]
fn a_step_that_fails_can_be_taken_again() {
    let world = world();
    let failed = StagingError::Host(Fault::Crash);
    for at in 0.. {
        let calls = Cell::new(0);
        let new = || Hiccup {
            file: MemoryFile::default(),
            calls: &calls,
            at,
        };
        let (mut staged, mut plot) = (new(), new());
        let mut failures = 0;
        let mut again = |error| {
            assert_eq!(error, failed);
            failures += 1;
        };
        let mut staging = loop {
            match Staging::open(&world.params, &world.sector, &mut staged) {
                Ok(staging) => break staging,
                Err(error) => again(error),
            }
        };
        for record in &world.records {
            while let Err(error) = staging.store(&mut staged, record) {
                assert!(staging.missing().any(|offset| offset == record.offset()));
                again(error);
            }
        }
        let mut finish = Finish::begin(&staging, 64 * 7).unwrap();
        loop {
            match finish.step(&staged, &mut plot) {
                Ok(progress) if progress.is_done() => break,
                Ok(_) => {}
                Err(error) => again(error),
            }
        }
        assert_eq!(plot.file, world.plot, "call {at}");
        if failures == 0 {
            assert!(at > 40, "{at}");
            return;
        }
        assert_eq!(failures, 1);
    }
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
