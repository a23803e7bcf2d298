//! What it costs not to store: the figures of `spec/space.md`, from parameters and times that somebody measured.
//!
//! An attacker keeps a name of each proof, or nothing, in place of a masked chunk, and makes tables anew when a slot asks. The
//! plain history is at hand: it is kept once for all sectors. No figure here is of a machine; all times are arguments.

use decex_storage_audit::CheckedAuditParams;
use decex_storage_audit::space::function::{INPUTS, TABLES};

/// Bits of a masked chunk.
const CHUNK_BITS: u32 = 512;
/// Bytes that costs are given for.
const GIB: u64 = 1 << 30;

/// How long one core takes for each of the seven tables of a seed, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The first table first.
    pub tables: [u64; 7],
}

/// What an attacker keeps and spends who makes some tables anew for each record and slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attack {
    /// The tables made anew: this many, from the first on.
    pub tables: u8,
    /// The bits that are cut off each name and tried.
    pub cut: u8,
    /// Bits kept in place of the 512 of a masked chunk.
    pub bits: u32,
    /// What of the disk that saves, in thousandths, rounded down; 0 if it saves nothing.
    pub saved: u32,
    /// Time of one core for each record whose chunk is asked for, in nanoseconds.
    pub record: u64,
    /// Time of one core for each slot and each GiB of masked chunks that are not kept, in nanoseconds.
    pub gib: u64,
}

impl Attack {
    /// Returns what [`gib`](Self::gib) is for each GiB of disk that is *saved*, in nanoseconds; `None` if none is.
    #[must_use]
    pub fn saved_gib(&self) -> Option<u64> {
        self.gib.saturating_mul(1000).checked_div(self.saved.into())
    }

    /// Returns how many devices, each `times` as fast as the core, one GiB of masked chunks takes if a slot has `slot`
    /// nanoseconds: in thousandths, rounded up. `None` if `times` or `slot` is 0.
    #[must_use]
    pub fn devices(&self, times: u32, slot: u64) -> Option<u64> {
        let one = slot.checked_mul(times.into()).filter(|one| *one > 0)?;
        Some(self.gib.saturating_mul(1000).div_ceil(one))
    }
}

impl Measured {
    /// Returns the time for the first `tables` tables, in nanoseconds.
    #[must_use]
    pub fn up_to(&self, tables: u8) -> u64 {
        let times = self.tables.iter().take(tables.into());
        times.fold(0, |sum: u64, time| sum.saturating_add(*time))
    }

    /// Returns what an attacker keeps and spends who makes the first `tables` tables anew, 1 to 7 (more is as 7, less as 1), and
    /// names entries with `cut` bits less than k.
    #[must_use]
    pub fn attack(&self, params: &CheckedAuditParams, tables: u8, cut: u8) -> Attack {
        let tables = tables.clamp(1, TABLES);
        let cut = cut.min(params.k);
        let bits = names(tables).saturating_mul(params.k.saturating_sub(cut).into());
        let saved = CHUNK_BITS
            .saturating_sub(bits)
            .saturating_mul(1000)
            .checked_div(CHUNK_BITS)
            .unwrap_or(0);
        let record = self
            .up_to(tables)
            .saturating_add(self.trying(params.k, tables, cut));
        Attack {
            tables,
            cut,
            bits,
            saved,
            record,
            gib: asked_per_gib(params).saturating_mul(record),
        }
    }

    /// Returns the time for the parts of the tables after the first `tables` that trying all cut names takes.
    fn trying(&self, k: u8, tables: u8, cut: u8) -> u64 {
        let whole = 1_u64.checked_shl(k.into()).unwrap_or(u64::MAX);
        // A name leaves this many entries; each has one partner or so, and makes one entry of the next table.
        let mut group = 1_u64.checked_shl(cut.into()).unwrap_or(u64::MAX);
        let mut groups = u64::from(names(tables));
        let mut time = 0_u64;
        for table in self.tables.iter().skip(tables.into()) {
            let tried = group.saturating_mul(groups).min(whole);
            let part = table.saturating_mul(tried).checked_div(whole).unwrap_or(0);
            time = time.saturating_add(part);
            // Two entries match with probability 2^-k; the pair that was meant does.
            group = group.saturating_mul(group).checked_div(whole).unwrap_or(0).max(1);
            groups = groups.div_ceil(2);
        }
        time
    }

    /// Returns the expected time per slot of one core for a single chunk that is not kept in any form, in nanoseconds. The
    /// tables answer for one place alone, so it is the same for the first chunk and the last: nothing is had in bulk.
    #[must_use]
    pub fn chunk(&self, params: &CheckedAuditParams) -> u64 {
        self.up_to(TABLES)
            .checked_div(params.places().into())
            .unwrap_or(0)
    }
}

/// Returns how many names a proof takes for who has the first `tables` tables: of each two entries of the last of them that are
/// partners one is named, and the other is among those that match it. To who has all seven the target names it.
#[must_use]
pub fn names(tables: u8) -> u32 {
    let named = u32::try_from(INPUTS).unwrap_or(0).checked_shr(tables.into());
    named.filter(|_| tables < TABLES).unwrap_or(0)
}

/// Returns how many records of a GiB of masked chunks have to answer in a slot: of each half of the places are plotted.
#[must_use]
pub fn asked_per_gib(params: &CheckedAuditParams) -> u64 {
    let records = GIB.checked_div(params.record_bytes().into());
    records.unwrap_or(0).wrapping_shr(1)
}

/// Returns the bytes of the one run that an honest farmer reads per slot and sector, on average: 64 for every second piece.
#[must_use]
pub fn honest_bytes(params: &CheckedAuditParams) -> u64 {
    u64::from(params.sector_pieces).saturating_mul(32)
}
