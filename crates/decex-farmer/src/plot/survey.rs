//! Look through a plot of which nothing is known to be right.

use super::entry::{Entry, Places};
use super::file::PlotFile;
use super::finish::starts;
use super::layout::{Layout, Part, Seal, size};
use super::open::{InvalidPlot, read_entry, read_index};
use alloc::vec::Vec;
use decex_core::Host;
use decex_core::hash::Hash;
use decex_storage_audit::{CheckedAuditParams, Chunk, PieceOffset, Sector};

/// A file that reads as zeros behind its end, so that what is cut off is found damaged.
#[derive(Debug)]
pub(super) struct Padded<'a, F> {
    pub(super) file: &'a F,
    pub(super) length: u64,
}

impl<F: Host> Host for Padded<'_, F> {
    type Error = F::Error;
}

impl<F: PlotFile> Padded<'_, F> {
    pub(super) fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), F::Error> {
        let there = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let there = there.min(into.len());
        let (there, cut) = into.split_at_mut(there);
        cut.fill(0);
        if there.is_empty() {
            return Ok(());
        }
        self.file.read(offset, there)
    }
}

/// What a plot says of itself: entries, and where runs begin.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) layout: Layout,
    pub(super) seal: Seal,
    /// By record; `None` where it is damaged.
    pub(super) entries: Vec<Option<Entry>>,
    /// Chunks before each place: from the entries if they are all right, otherwise from the index if that is.
    pub(super) starts: Option<Vec<u32>>,
    pub(super) index_is_damaged: bool,
}

impl Survey {
    pub(super) fn new<F: PlotFile>(
        params: &CheckedAuditParams,
        sector: &Sector,
        file: &Padded<'_, F>,
    ) -> Result<Self, F::Error> {
        let layout = Layout::new(params);
        let seal = Seal::new(params, sector);
        let mut entries = Vec::new();
        for offset in layout.offsets() {
            entries.push(read_entry(&layout, &seal, offset, |at, into| {
                file.read(at, into)
            })?);
        }
        let index = read_index(&layout, &seal, |at, into| file.read(at, into))?;
        let is_whole = entries.iter().all(Option::is_some);
        let counted = is_whole.then(|| starts(&layout, maps(&entries)));
        // D15: damaged too if it is sound and counts something else.
        let index_is_damaged = index.is_none() || (counted.is_some() && counted != index);
        Ok(Self {
            layout,
            seal,
            entries,
            starts: counted.or(index),
            index_is_damaged,
        })
    }

    /// Returns whether all entries are right.
    pub(super) fn is_whole(&self) -> bool {
        self.entries.iter().all(Option::is_some)
    }

    /// Returns the records whose entries are damaged.
    pub(super) fn missing(&self) -> impl Iterator<Item = PieceOffset> + '_ {
        let entries = self.layout.offsets().zip(&self.entries);
        entries
            .filter(|(_, entry)| entry.is_none())
            .map(|(offset, _)| offset)
    }

    /// Returns where each record has chunks.
    pub(super) fn maps(&self) -> impl Iterator<Item = &Places> {
        maps(&self.entries)
    }

    /// Reads the run of each place in order and hands it to `each`, with its place.
    pub(super) fn each_run<F: PlotFile>(
        &self,
        file: &Padded<'_, F>,
        starts: &[u32],
        mut each: impl FnMut(u32, &[Chunk]) -> Result<(), F::Error>,
    ) -> Result<(), F::Error> {
        let mut run: Vec<Chunk> = Vec::new();
        let bounds = starts.iter().zip(starts.iter().skip(1));
        for (place, (first, end)) in (0..).zip(bounds) {
            run.resize(size(end.saturating_sub(*first)), [0; 64]);
            file.read(self.layout.chunk_at(*first), run.as_flattened_mut())?;
            each(place, &run)?;
        }
        Ok(())
    }

    /// Checks runs, and each record's chunks if it is known which they are; adds what is damaged.
    pub(super) fn runs<F: PlotFile>(
        &self,
        file: &Padded<'_, F>,
        starts: &[u32],
        damage: &mut Vec<InvalidPlot>,
    ) -> Result<(), F::Error> {
        let records = self.layout.offsets();
        let mut records: Vec<Gathered> = records
            .map(|offset| Gathered::new(self.seal.start(Part::Chunks(offset))))
            .collect();
        self.each_run(file, starts, |place, run| {
            let mut check = [0; 32];
            file.read(self.layout.check_at(place), &mut check)?;
            // D18
            if self.seal.of(Part::Run(place), run.as_flattened()).0 != check {
                damage.push(InvalidPlot::Run { place });
            }
            if self.is_whole() {
                let here = self.maps().zip(&mut records);
                let here = here.filter(|(map, _)| map.contains(place));
                here.zip(run).for_each(|((_, record), chunk)| record.add(chunk));
            }
            Ok(())
        })?;
        let entries = self.layout.offsets().zip(&self.entries).zip(records);
        for ((offset, entry), record) in entries {
            // D17
            let expected = entry.as_ref().map(|entry| entry.check);
            if self.is_whole() && record.finish() != expected {
                damage.push(InvalidPlot::Chunks { offset });
            }
        }
        Ok(())
    }
}

fn maps(entries: &[Option<Entry>]) -> impl Iterator<Item = &Places> {
    entries.iter().flatten().map(|entry| &entry.places)
}

/// Bytes that are hashed at once: enough for the hash to work on several blocks side by side.
const GATHERED: usize = 8192;

/// The checksum of a record's chunks, which come one at a time.
struct Gathered {
    hash: Option<Hash>,
    held: Vec<u8>,
}

impl Gathered {
    fn new(hash: Hash) -> Self {
        let hash = Some(hash);
        let held = Vec::new();
        Self { hash, held }
    }

    fn add(&mut self, chunk: &Chunk) {
        self.held.extend_from_slice(chunk);
        if self.held.len() >= GATHERED {
            self.hash = self.hash.take().map(|hash| hash.chain(&self.held));
            self.held.clear();
        }
    }

    fn finish(self) -> Option<decex_core::Digest> {
        self.hash.map(|hash| hash.chain(&self.held).finish())
    }
}
