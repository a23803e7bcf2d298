//! Where everything stands in a plot, byte for byte: `spec/plot.md`.

use alloc::vec::Vec;
use decex_core::hash::{Digest, Hash};
use decex_core::label;
use decex_storage_audit::{AuditParams, CheckedAuditParams, FarmerId, HistorySize, PieceOffset, Sector};

/// What every plot begins with.
pub(super) const MAGIC: [u8; 8] = *b"DecExPlt";
/// The layout that this code reads and writes.
pub(super) const VERSION: u32 = 1;
/// Bytes of the header before its checksum.
const SEALED: usize = 96;
/// Bytes of the header.
pub(super) const HEADER: usize = 128;
/// Bytes of a chunk.
const CHUNK: u64 = 64;
/// Bytes of a checksum.
const CHECK: u64 = 32;

/// Returns `number` as a length or place in memory.
pub(super) fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Returns a length in memory as one in a file.
pub(super) fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Where everything stands: follows from the parameters alone. No sum overflows: a plot has less than 2^38 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Records of a sector.
    pub(super) pieces: u16,
    /// Places of a record.
    pub(super) places: u32,
    /// Stored chunks of a record.
    pub(super) chunks: u32,
    /// Digests from a record's root to its segment's.
    pub(super) path: usize,
}

impl Layout {
    pub(super) fn new(params: &CheckedAuditParams) -> Self {
        Self {
            pieces: params.pieces().get(),
            places: params.places(),
            chunks: params.record_chunks(),
            path: usize::from(params.segment_records_log2).saturating_add(1),
        }
    }

    /// Returns the offsets of all records.
    pub(super) fn offsets(&self) -> impl Iterator<Item = PieceOffset> + use<> {
        (0..self.pieces).map(PieceOffset)
    }

    /// Bytes of a bit per place.
    pub(super) fn map_bytes(&self) -> usize {
        size(self.places.div_ceil(8))
    }

    /// Bytes of an entry: root, path, checksum of the chunks, a bit per place, checksum of it all.
    pub(super) fn entry_bytes(&self) -> usize {
        let digests = self.path.saturating_add(3).saturating_mul(32);
        digests.saturating_add(self.map_bytes())
    }

    /// Bytes of a record's chunks.
    pub(super) fn record_bytes(&self) -> u64 {
        u64::from(self.chunks).saturating_mul(CHUNK)
    }

    /// Where the entry of a record is.
    pub(super) fn entry_at(&self, offset: PieceOffset) -> u64 {
        let before = u64::from(offset.0).saturating_mul(bytes(self.entry_bytes()));
        before.saturating_add(bytes(HEADER))
    }

    /// Where the counts of chunks per place are.
    pub(super) fn index_at(&self) -> u64 {
        self.entry_at(PieceOffset(self.pieces))
    }

    /// Bytes of the counts and their checksum.
    pub(super) fn index_bytes(&self) -> usize {
        size(self.places).saturating_mul(2).saturating_add(32)
    }

    /// Where the checksum of a place's run is.
    pub(super) fn check_at(&self, place: u32) -> u64 {
        let before = self.index_at().saturating_add(bytes(self.index_bytes()));
        before.saturating_add(u64::from(place).saturating_mul(CHECK))
    }

    /// Where a chunk is, of all in the order in which they stand.
    pub(super) fn chunk_at(&self, number: u32) -> u64 {
        let before = self.check_at(self.places);
        before.saturating_add(u64::from(number).saturating_mul(CHUNK))
    }

    /// Chunks of all records.
    pub(super) fn all_chunks(&self) -> u32 {
        self.chunks.saturating_mul(self.pieces.into())
    }

    /// Bytes of the file.
    pub(super) fn length(&self) -> u64 {
        self.chunk_at(self.all_chunks())
    }

    /// Where a record is staged: its entry, then its chunks.
    pub(super) fn slot_at(&self, offset: PieceOffset) -> u64 {
        let slot = self.record_bytes().saturating_add(bytes(self.entry_bytes()));
        slot.saturating_mul(offset.0.into())
    }

    /// Where a chunk of a staged record is, of the record's in ascending order of places.
    pub(super) fn slot_chunk_at(&self, offset: PieceOffset, number: u32) -> u64 {
        let chunks = self.slot_at(offset).saturating_add(bytes(self.entry_bytes()));
        chunks.saturating_add(u64::from(number).saturating_mul(CHUNK))
    }

    /// Bytes of the staging file.
    pub(super) fn staging_length(&self) -> u64 {
        self.slot_at(PieceOffset(self.pieces))
    }
}

/// The parts of a plot that have checksums.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Header,
    Entry(PieceOffset),
    Chunks(PieceOffset),
    Index,
    Run(u32),
}

/// What checksums in one plot are bound to: the version, the parameters and the sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seal(Digest);

impl Seal {
    pub(super) fn new(params: &AuditParams, sector: &Sector) -> Self {
        Self(Self(Digest::ZERO).of(Part::Header, &fields(params, sector)))
    }

    /// Starts the checksum of a part. It names the part, so that no part is taken for another.
    pub(super) fn start(&self, part: Part) -> Hash {
        let (kind, number): (u8, u32) = match part {
            Part::Header => (0, 0),
            Part::Entry(offset) => (1, offset.0.into()),
            Part::Chunks(offset) => (2, offset.0.into()),
            Part::Index => (3, 0),
            Part::Run(place) => (4, place),
        };
        Hash::new(&label::PLOT_CHECKSUM)
            .chain(self.0)
            .chain([kind])
            .chain(number.to_le_bytes())
    }

    /// Returns the checksum of a part.
    pub(super) fn of(&self, part: Part, bytes: &[u8]) -> Digest {
        self.start(part).chain(bytes).finish()
    }

    /// Appends to a part its checksum.
    pub(super) fn close(&self, part: Part, mut bytes: Vec<u8>) -> Vec<u8> {
        let check = self.of(part, &bytes);
        bytes.extend_from_slice(&check.0);
        bytes
    }

    /// Returns the part without its checksum, or `None` if that does not hold.
    pub(super) fn open<'a>(&self, part: Part, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let (content, check) = bytes.split_last_chunk::<32>()?;
        (self.of(part, content).0 == *check).then_some(content)
    }
}

/// Returns the header's fields, and zeros behind them.
fn fields(params: &AuditParams, sector: &Sector) -> [u8; SEALED] {
    let parts: [&[u8]; 11] = [
        &MAGIC,
        &VERSION.to_le_bytes(),
        &[params.k],
        &[params.record_chunks_log2],
        &[params.segment_records_log2],
        &params.sector_pieces.to_le_bytes(),
        &params.recent_segments.to_le_bytes(),
        &params.min_lifetime.to_le_bytes(),
        &sector.farmer.0.0,
        &sector.index.to_le_bytes(),
        &sector.history.0.to_le_bytes(),
    ];
    let mut fields = [0; SEALED];
    fields
        .iter_mut()
        .zip(parts.into_iter().flatten())
        .for_each(|(to, from)| *to = *from);
    fields
}

/// Returns the header of a plot.
pub(super) fn header(params: &AuditParams, sector: &Sector) -> Vec<u8> {
    let fields = fields(params, sector);
    Seal(Digest::ZERO).close(Part::Header, fields.to_vec())
}

/// Returns whether the checksum of a header holds.
pub(super) fn is_sealed(header: &[u8; HEADER]) -> bool {
    Seal(Digest::ZERO).open(Part::Header, header).is_some()
}

/// What the fields of a header say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) magic: [u8; 8],
    pub(super) version: u32,
    pub(super) params: AuditParams,
    pub(super) sector: Sector,
}

/// Reads fields; nothing is checked. `None` if there are too few bytes.
pub(super) fn parse(mut bytes: &[u8]) -> Option<Fields> {
    Some(Fields {
        magic: take(&mut bytes)?,
        version: u32::from_le_bytes(take(&mut bytes)?),
        params: AuditParams {
            k: u8::from_le_bytes(take(&mut bytes)?),
            record_chunks_log2: u8::from_le_bytes(take(&mut bytes)?),
            segment_records_log2: u8::from_le_bytes(take(&mut bytes)?),
            sector_pieces: u16::from_le_bytes(take(&mut bytes)?),
            recent_segments: u16::from_le_bytes(take(&mut bytes)?),
            min_lifetime: u16::from_le_bytes(take(&mut bytes)?),
        },
        sector: Sector {
            farmer: FarmerId(Digest(take(&mut bytes)?)),
            index: u32::from_le_bytes(take(&mut bytes)?),
            history: HistorySize(u32::from_le_bytes(take(&mut bytes)?)),
        },
    })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}
