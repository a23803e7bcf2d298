//! What a plot keeps of each record beside its chunks.

use super::layout::{Layout, Part, Seal, size};
use alloc::vec::Vec;
use decex_core::hash::Digest;
use decex_core::id::ListRoot;
use decex_storage_audit::{Chunk, PieceOffset};

/// The places of which a record has chunks in a plot: a bit each, the first in the lowest bit of the first byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places(Vec<u8>);

impl Places {
    /// Returns a set of none of `layout`'s places.
    pub(super) fn none(layout: &Layout) -> Self {
        Self(Vec::from_iter(core::iter::repeat_n(0, layout.map_bytes())))
    }

    /// Adds a place.
    pub(super) fn insert(&mut self, place: u32) {
        if let Some(byte) = self.0.get_mut(size(place.wrapping_shr(3))) {
            *byte |= bit(place);
        }
    }

    /// Returns whether the place is among them.
    pub(super) fn contains(&self, place: u32) -> bool {
        let byte = self.0.get(size(place.wrapping_shr(3)));
        byte.is_some_and(|byte| byte & bit(place) != 0)
    }

    /// Returns the places, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let bytes = (0_u32..).step_by(8).zip(&self.0);
        bytes.flat_map(|(first, byte)| {
            let bits = (0..8).filter(move |bit| byte.wrapping_shr(*bit) & 1 == 1);
            bits.map(move |bit| first.saturating_add(bit))
        })
    }

    /// Adds one to the count of each place that is among them. Of all that looks at a whole sector this is done most often.
    pub(super) fn add_to(&self, counts: &mut [u32]) {
        for (eight, byte) in counts.chunks_mut(8).zip(&self.0) {
            let mut bits = *byte;
            for count in eight {
                *count = count.saturating_add(u32::from(bits & 1));
                bits = bits.wrapping_shr(1);
            }
        }
    }

    /// Returns those from `first` on, before `end`, ascending.
    pub(super) fn range(&self, first: u32, end: u32) -> impl Iterator<Item = u32> + '_ {
        (first..end).filter(|place| self.contains(*place))
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> u32 {
        self.0
            .iter()
            .map(|byte| byte.count_ones())
            .fold(0, u32::saturating_add)
    }
}

fn bit(place: u32) -> u8 {
    1_u8.wrapping_shl(place & 7)
}

/// What a plot keeps of a record beside its chunks: all that a proof needs of history, so that proving needs no network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The record's root.
    pub(super) root: ListRoot,
    /// From it to the root of its segment, bottom first.
    pub(super) path: Vec<Digest>,
    /// The checksum of its masked chunks, in ascending order of places.
    pub(super) check: Digest,
    /// The places of these chunks.
    pub(super) places: Places,
}

impl Entry {
    /// Returns the bytes, with their checksum.
    pub(super) fn encode(&self, seal: &Seal, offset: PieceOffset) -> Vec<u8> {
        let mut bytes = self.root.0.0.to_vec();
        self.path
            .iter()
            .for_each(|sibling| bytes.extend_from_slice(&sibling.0));
        bytes.extend_from_slice(&self.check.0);
        bytes.extend_from_slice(&self.places.0);
        seal.close(Part::Entry(offset), bytes)
    }

    /// Reads an entry: `None` if it is damaged, another record's, or one that no plotter writes (D16).
    pub(super) fn decode(layout: &Layout, seal: &Seal, offset: PieceOffset, bytes: &[u8]) -> Option<Self> {
        // D16: nothing is looked at before the checksum holds.
        let content = seal.open(Part::Entry(offset), bytes)?;
        let (digests, map) = content.split_at_checked(content.len().checked_sub(layout.map_bytes())?)?;
        let (digests, _) = digests.as_chunks::<32>();
        let (root, digests) = digests.split_first()?;
        let (check, path) = digests.split_last()?;
        let places = Places(map.to_vec());
        // D16: exactly as many places as a record has chunks, and none that records do not have.
        let is_whole = path.len() == layout.path
            && places.count() == layout.chunks
            && !places
                .range(layout.places, layout.places.next_multiple_of(8))
                .any(|_| true);
        is_whole.then(|| Self {
            root: ListRoot(Digest(*root)),
            path: path.iter().map(|sibling| Digest(*sibling)).collect(),
            check: Digest(*check),
            places,
        })
    }

    /// Returns whether these are the record's masked chunks (D17).
    pub(super) fn has(&self, seal: &Seal, offset: PieceOffset, chunks: &[Chunk]) -> bool {
        // D17
        self.check == seal.of(Part::Chunks(offset), chunks.as_flattened())
    }
}
