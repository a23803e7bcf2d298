//! Plotting is stopped at every byte of every write, and goes on to the same plot.

use crate::common::{World, finish, other, world};
use crate::faulty::{Fault, Faulty, Hiccup};
use decex_farmer::plot::{Finish, MemoryFile, Plot, Staging, StagingError};
use decex_storage_audit::PieceOffset;
use std::cell::Cell;
use std::rc::Rc;

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
    // D8: what looks finished is finished; so is the plot that stood there before, or it is gone.
    if Plot::open(&world.params, &world.sector.farmer, &plot.now).is_ok() {
        assert_eq!(plot.now, world.plot, "after {bytes} bytes");
    }
    if Plot::open(&world.params, &other().sector.farmer, &plot.now).is_ok() {
        assert_eq!(plot.now, *before, "after {bytes} bytes");
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
    let whole = (0..)
        .find(|bytes| crash_after(world, *bytes * 64, before, &mut || true).is_none())
        .unwrap();
    // Everywhere now and then; and closely where the staging file is done, and where the plot is.
    let slots = world.plot.0.len() as u64;
    let closely = (slots - 1_200..slots + 1_200).chain(whole * 64 - 400..);
    for bytes in (0..whole * 64).step_by(37).chain(closely) {
        // The header is written whole and not synced at one byte alone.
        let trials = if bytes > whole * 64 - 300 { 64 } else { 4 };
        for _ in 0..trials {
            if crash_after(world, bytes, before, &mut coin).is_none() {
                assert!(bytes > whole * 64 - 64);
                return;
            }
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
