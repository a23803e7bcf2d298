//! Plotting that goes on with whatever is in the staging file: only what was masked gets into a plot.

use crate::plot::{RECORDS, SLOT, WORLD, forge_staged, invalid};
use crate::source::Source;
use decex_farmer::plot::{
    Finish, InvalidPlot, InvalidStaging, MemoryFile, Plot, Staging, StagingError, check,
};

/// A file in memory never fails where the file is what was asked for.
fn refused<E: std::fmt::Debug>(error: StagingError<E>) -> InvalidStaging {
    match error {
        StagingError::Invalid(reason) => reason,
        StagingError::Host(error) => panic!("read where nothing is: {error:?}"),
    }
}

/// Whether a record stands in the staging file as it was masked.
fn is_right(file: &MemoryFile, number: usize) -> bool {
    let slot = number * SLOT..(number + 1) * SLOT;
    file.0.get(slot.clone()) == Some(&WORLD.staged[slot])
}

/// The staging file that is found, and whether somebody made its checksums hold.
fn found(source: &mut Source<'_>) -> (MemoryFile, bool) {
    let (how, there) = (source.byte() % 8, source.byte());
    let mut bytes = WORLD.staged.clone();
    for (number, slot) in bytes.chunks_exact_mut(SLOT).enumerate() {
        if there >> number & 1 == 1 {
            slot.fill(0);
        }
    }
    match how {
        7 => (MemoryFile(source.rest().to_vec()), false),
        6 => {
            source.edit(&mut bytes);
            bytes.resize(RECORDS * SLOT, 0);
            forge_staged(&mut bytes);
            (MemoryFile(bytes), true)
        }
        5 => (MemoryFile(WORLD.plot.clone()), false),
        _ => {
            source.edit(&mut bytes);
            (MemoryFile(bytes), false)
        }
    }
}

/// Opens what is found. Nothing is written into a plot, or into a file that is too long.
fn reopen(file: &mut MemoryFile) -> Option<Staging> {
    let before = file.clone();
    let opened = Staging::open(&WORLD.params, &WORLD.sector, file).map_err(refused);
    let is_plot = before.0.starts_with(&WORLD.plot[..8]);
    let is_long = before.0.len() > RECORDS * SLOT;
    assert_eq!(opened.is_ok(), !is_plot && !is_long, "{opened:?}");
    let is_told = opened.as_ref().err() == Some(&InvalidStaging::IsPlot);
    assert_eq!(is_told, is_plot, "{opened:?}");
    if opened.is_err() {
        assert_eq!(*file, before, "what is in it may be worth keeping");
    } else {
        let (kept, added) = file.0.split_at(before.0.len());
        assert!(kept == before.0 && added.iter().all(|byte| *byte == 0));
        assert_eq!(file.0.len(), RECORDS * SLOT);
    }
    opened.ok()
}

/// Takes all steps, with damage to the staging file before one of them. Returns whether there was any.
fn finish(
    source: &mut Source<'_>,
    staging: &mut Staging,
    file: &mut MemoryFile,
    plot: &mut MemoryFile,
    is_forged: bool,
) -> bool {
    let world = &*WORLD;
    let mut steps = Finish::begin(staging, source.word().into()).expect("all are there");
    let (when, at, bit) = (source.byte(), source.below(file.0.len()), source.byte() % 16);
    let mut is_damaged = false;
    for step in 0_u8.. {
        assert!(step < 40, "plotting goes on for ever");
        if step == when % 32 && bit < 8 {
            file.0[at] ^= 1 << bit;
            is_damaged = true;
        }
        match steps.step(file, plot).map_err(refused) {
            Ok(progress) if progress.is_done() => return is_damaged,
            Ok(_) => {}
            Err(InvalidStaging::Missing { offset }) => {
                let number = usize::from(offset.0);
                assert!(is_damaged && at / SLOT == number, "that record is there");
                assert!(is_forged || !is_right(file, number));
                let _ = staging.store(file, &world.records[number]).expect("its record");
            }
            Err(reason) => panic!("{reason:?} in a file that was opened"),
        }
        // Whole or none.
        let opened = Plot::open(&world.params, &world.sector.farmer, plot).map_err(invalid);
        assert_eq!(opened.err(), Some(InvalidPlot::NotAPlot));
    }
    is_damaged
}

/// Goes on with a staging file of the script's making, to a plot if one comes of it.
pub(crate) fn resume(data: &[u8]) {
    let mut source = Source::new(data);
    let world = &*WORLD;
    let (mut file, is_forged) = found(&mut source);
    let Some(mut staging) = reopen(&mut file) else {
        return;
    };
    let missing: Vec<usize> = staging.missing().map(|offset| offset.0.into()).collect();
    if !is_forged {
        let wrong = (0..RECORDS).filter(|number| !is_right(&file, *number));
        assert_eq!(missing, wrong.collect::<Vec<_>>(), "what counts as there");
    }
    let left = source.byte();
    for number in &missing {
        if left >> number & 1 == 0 {
            let _ = staging
                .store(&mut file, &world.records[*number])
                .expect("its record");
            assert!(is_right(&file, *number));
        }
    }
    let first = staging.missing().next();
    let begun = Finish::begin(&staging, 0).err();
    assert_eq!(begun, first.map(|offset| InvalidStaging::Missing { offset }));
    if first.is_some() {
        return;
    }
    let mut plot = MemoryFile(match source.byte() % 4 {
        0 => Vec::new(),
        1 => file.0.clone(),
        _ => world.plot.clone(),
    });
    let is_damaged = finish(&mut source, &mut staging, &mut file, &mut plot, is_forged);
    let report = check(&world.params, &world.sector, &plot)
        .map_err(invalid)
        .expect("its plot");
    if is_forged {
        assert!(report.is_sound() || is_damaged, "{report:?}");
    } else {
        // What the medium lost after a record was copied is found.
        assert_eq!(report.is_sound(), plot.0 == world.plot, "{report:?}");
        assert!(report.is_sound() || is_damaged, "{report:?}");
    }
}
