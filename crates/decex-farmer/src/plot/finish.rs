//! Make a plot of staged records: what stands record by record is written place by place.

use super::entry::Places;
use super::file::PlotFile;
use super::layout::{Layout, Part, size};
use super::progress::Progress;
use super::staging::{InvalidStaging, Staging, StagingError};
use alloc::vec;
use alloc::vec::Vec;
use decex_storage_audit::{Chunk, PieceOffset};

/// Makes a plot of a full staging file, step by step, in bounded memory. After a crash, begin again: the steps write the same bytes.
///
/// Memory: a bit per record and place (4 MB at production parameters), the bytes that [`begin`](Self::begin) is told to use, and at most
/// as much again for the part of one record.
#[derive(Debug)]
pub struct Finish {
    staging: Staging,
    memory: u64,
    maps: Vec<Places>,
    /// Chunks of each record that are in the plot already.
    taken: Vec<u32>,
    /// Chunks that stand before each place.
    starts: Vec<u32>,
    done: u32,
}

impl Finish {
    /// Begins. Of the chunks, `memory` bytes are held at a time, or one place if that is more.
    ///
    /// # Errors
    /// When a record is not there (D7).
    pub fn begin(staging: &Staging, memory: u64) -> Result<Self, InvalidStaging> {
        // D7
        if let Some(offset) = staging.missing().next() {
            return Err(InvalidStaging::Missing { offset });
        }
        Ok(Self {
            staging: staging.clone(),
            memory,
            maps: Vec::new(),
            taken: Vec::new(),
            starts: Vec::new(),
            done: 0,
        })
    }

    /// Takes the next step: one record, then some places at a time, then the end. When the progress is done, the plot is whole and
    /// survives a crash, and the staging file is needed no more.
    ///
    /// # Errors
    /// When a slot is damaged (D7), or the host fails. When the slot is masked again, or the host works again, the step can be
    /// taken again.
    pub fn step<F: PlotFile>(
        &mut self,
        staging: &F,
        plot: &mut F,
    ) -> Result<Progress, StagingError<F::Error>> {
        let layout = self.staging.layout;
        let records = u32::from(layout.pieces);
        let total = records.saturating_add(layout.places).saturating_add(1);
        if self.done < records {
            self.record(staging, plot)?;
        } else if let Some(place) = self
            .done
            .checked_sub(records)
            .filter(|place| *place < layout.places)
        {
            let end = self.window(place);
            self.places(staging, plot, place, end)
                .map_err(StagingError::Host)?;
            self.done = records.saturating_add(end);
        } else if self.done < total {
            self.end(plot).map_err(StagingError::Host)?;
            self.done = total;
        }
        Ok(Progress {
            done: self.done,
            total,
        })
    }

    /// Copies the entry of the next record, if its chunks are all right.
    fn record<F: PlotFile>(&mut self, staging: &F, plot: &mut F) -> Result<(), StagingError<F::Error>> {
        let layout = self.staging.layout;
        if self.done == 0 {
            // D8: whatever the file was before, from now on it is no plot.
            plot.set_length(0)
                .and_then(|()| plot.set_length(layout.length()))
                .and_then(|()| plot.sync())
                .map_err(StagingError::Host)?;
        }
        let offset = PieceOffset(u16::try_from(self.done).unwrap_or(u16::MAX));
        let slot = self.staging.read(staging, offset).map_err(StagingError::Host)?;
        // D7: the medium may have lost what was there.
        let entry = slot.ok_or(InvalidStaging::Missing { offset })?;
        plot.write(layout.entry_at(offset), &entry.encode(&self.staging.seal, offset))
            .map_err(StagingError::Host)?;
        self.maps.push(entry.places);
        self.taken.push(0);
        self.done = self.done.saturating_add(1);
        if self.maps.len() == usize::from(layout.pieces) {
            self.starts = starts(&layout, self.maps.iter());
        }
        Ok(())
    }

    /// Returns the place after the last one that fits into memory with `first`.
    fn window(&self, first: u32) -> u32 {
        let after = first.saturating_add(1);
        let most = self.memory.checked_div(64).unwrap_or(0);
        let held = |end: &u32| {
            let chunks = self.start(*end).saturating_sub(self.start(first));
            u64::from(chunks) <= most
        };
        let more = (after..=self.staging.layout.places).take_while(held).last();
        more.unwrap_or(after)
    }

    fn start(&self, place: u32) -> u32 {
        self.starts.get(size(place)).copied().unwrap_or(0)
    }

    /// Writes the runs of some places, and their checksums.
    fn places<F: PlotFile>(
        &mut self,
        staging: &F,
        plot: &mut F,
        first: u32,
        end: u32,
    ) -> Result<(), F::Error> {
        let layout = self.staging.layout;
        let base = self.start(first);
        let mut runs: Vec<Chunk> = vec![[0; 64]; size(self.start(end).saturating_sub(base))];
        // Where in `runs` the next chunk of each place goes: records come in order.
        let mut next: Vec<u32> = (first..end)
            .map(|place| self.start(place).saturating_sub(base))
            .collect();
        // Taken over at the end: a step that fails changes nothing here, and can be taken again.
        let mut after = self.taken.clone();
        let mut part: Vec<Chunk> = Vec::new();
        for ((offset, map), taken) in layout.offsets().zip(&self.maps).zip(&mut after) {
            let places = || map.range(first, end);
            part.clear();
            part.resize(places().count(), [0; 64]);
            let from = layout.slot_chunk_at(offset, *taken);
            staging.read(from, part.as_flattened_mut())?;
            for (place, chunk) in places().zip(&part) {
                let next = place
                    .checked_sub(first)
                    .and_then(|place| next.get_mut(size(place)));
                let Some(next) = next else { continue };
                if let Some(to) = runs.get_mut(size(*next)) {
                    *to = *chunk;
                }
                *next = next.saturating_add(1);
            }
            *taken = taken.saturating_add(u32::try_from(part.len()).unwrap_or(0));
        }
        plot.write(layout.chunk_at(base), runs.as_flattened())?;
        let mut checks = Vec::new();
        let mut rest = runs.as_slice();
        for place in first..end {
            let count = self
                .start(place.saturating_add(1))
                .saturating_sub(self.start(place));
            let (run, after) = rest.split_at_checked(size(count)).unwrap_or((rest, &[]));
            rest = after;
            let check = self.staging.seal.of(Part::Run(place), run.as_flattened());
            checks.extend_from_slice(&check.0);
        }
        plot.write(layout.check_at(first), &checks)?;
        self.taken = after;
        Ok(())
    }

    /// Writes the index; when everything is safe, the header.
    fn end<F: PlotFile>(&self, plot: &mut F) -> Result<(), F::Error> {
        let layout = &self.staging.layout;
        let index = self.staging.seal.close(Part::Index, index(&self.starts));
        plot.write(layout.index_at(), &index)?;
        // D8: a file that has a header is a whole plot.
        plot.sync()?;
        plot.write(0, &self.staging.header)?;
        plot.sync()
    }
}

/// Returns how many chunks stand before each place, and before the end.
pub(super) fn starts<'a>(layout: &Layout, maps: impl Iterator<Item = &'a Places>) -> Vec<u32> {
    let mut counts = vec![0_u32; size(layout.places)];
    maps.for_each(|map| map.add_to(&mut counts));
    sums(counts)
}

/// Returns the sums of what stands before each count, and before the end.
pub(super) fn sums(counts: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut starts = Vec::from([0]);
    starts.extend(counts.into_iter().scan(0_u32, |sum, count| {
        *sum = sum.saturating_add(count);
        Some(*sum)
    }));
    starts
}

/// Returns the bytes of the index: the count of chunks at each place. No sector has more records than fit.
pub(super) fn index(starts: &[u32]) -> Vec<u8> {
    let counts = starts.iter().zip(starts.iter().skip(1));
    counts
        .flat_map(|(start, end)| {
            let count = u16::try_from(end.saturating_sub(*start)).unwrap_or(u16::MAX);
            count.to_le_bytes()
        })
        .collect()
}
