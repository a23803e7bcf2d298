//! What a plot is written to and read from.

use alloc::vec::Vec;
use decex_core::Host;
use decex_storage_audit::Chunk;

/// A file of the embedder's, read and written at any offset.
///
/// # Contract
/// - What was written is read back, unless the medium is damaged: that is for checksums to find.
/// - A read of bytes that the file does not have is an error; so is whatever else prevents it. It is never a verdict on the plot.
/// - After `sync` returns, what was written before survives a crash. Nothing is assumed of what was written since: any part of any of
///   these writes may be there or not.
pub trait PlotFile: Host {
    /// Returns the file's length in bytes.
    ///
    /// # Errors
    /// When the host cannot tell.
    fn length(&self) -> Result<u64, Self::Error>;

    /// Cuts or extends the file. Added bytes read as zero.
    ///
    /// # Errors
    /// When the host cannot, for example because the disk is full.
    fn set_length(&mut self, bytes: u64) -> Result<(), Self::Error>;

    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    /// When not all of them could be read.
    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), Self::Error>;

    /// Writes `bytes` from `offset` on.
    ///
    /// # Errors
    /// When not all of them could be written.
    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Returns when everything written so far survives a crash.
    ///
    /// # Errors
    /// When the host cannot promise it.
    fn sync(&mut self) -> Result<(), Self::Error>;

    /// Fills each chunk with the 64 bytes at its offset. Offsets ascend. A host that can have many reads under way at once does better
    /// than one after another: proving at production parameters asks for 16,384 chunks.
    ///
    /// # Errors
    /// When not all of them could be read.
    fn read_chunks(&self, offsets: &[u64], into: &mut [Chunk]) -> Result<(), Self::Error> {
        offsets
            .iter()
            .zip(into)
            .try_for_each(|(offset, chunk)| self.read(*offset, chunk))
    }
}

/// A file in memory: for tests, and for hosts that keep a small plot without a disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryFile(pub Vec<u8>);

/// Bytes that a [`MemoryFile`] does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{length} bytes at {offset} are not in the file")]
pub struct OutOfBounds {
    /// Where they were asked for.
    pub offset: u64,
    /// How many.
    pub length: usize,
}

impl MemoryFile {
    /// Returns the places of `length` bytes from `offset` on.
    fn span(&self, offset: u64, length: usize) -> Result<core::ops::Range<usize>, OutOfBounds> {
        let start = usize::try_from(offset).ok();
        let end = start.and_then(|start| start.checked_add(length));
        match (start, end) {
            (Some(start), Some(end)) if end <= self.0.len() => Ok(start..end),
            _ => Err(OutOfBounds { offset, length }),
        }
    }
}

impl Host for MemoryFile {
    type Error = OutOfBounds;
}

impl PlotFile for MemoryFile {
    fn length(&self) -> Result<u64, OutOfBounds> {
        Ok(u64::try_from(self.0.len()).unwrap_or(u64::MAX))
    }

    fn set_length(&mut self, bytes: u64) -> Result<(), OutOfBounds> {
        let length = usize::try_from(bytes).map_err(|_| OutOfBounds {
            offset: bytes,
            length: 0,
        })?;
        self.0.resize(length, 0);
        Ok(())
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), OutOfBounds> {
        let length = into.len();
        let bytes = self.0.get(self.span(offset, length)?);
        let bytes = bytes.ok_or(OutOfBounds { offset, length })?;
        into.copy_from_slice(bytes);
        Ok(())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), OutOfBounds> {
        let length = bytes.len();
        let span = self.span(offset, length)?;
        let place = self.0.get_mut(span).ok_or(OutOfBounds { offset, length })?;
        place.copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), OutOfBounds> {
        Ok(())
    }
}
