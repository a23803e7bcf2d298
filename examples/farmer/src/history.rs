//! History in a directory: archived once, kept as source records, one file per segment.

use crate::problem::Problem;
use decex_core::id::ListRoot;
use decex_core::{Host, codec::decode_exact};
use decex_farmer::archive::{Archiver, HeaderChain, Segment, SegmentHeader};
use decex_storage_audit::{CheckedAuditParams, Chunk, HistoryRoots, HistorySize};
use parity_scale_codec::Encode;
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes of a block that history is cut into.
const BLOCK_BYTES: usize = 64 * 1024;
/// Segments of a history that is made up.
const MADE_UP: u32 = 4;
/// Most bytes of the file with the headers: those of 2^16 segments.
const MOST_HEADERS: usize = 86 << 16;

/// An archived history.
#[derive(Debug)]
pub struct History {
    dir: PathBuf,
    chain: HeaderChain,
}

impl History {
    /// Archives a file, or makes a history up, into `dir`. Bytes after the last full segment are left out.
    ///
    /// # Errors
    /// When the file cannot be read, is shorter than a segment, or `dir` cannot be written.
    pub fn archive(
        params: CheckedAuditParams,
        source: Option<&Path>,
        dir: &Path,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Self, Problem> {
        std::fs::create_dir_all(dir).map_err(|error| Problem::file("make", dir, error))?;
        let total = match source {
            Some(path) => std::fs::metadata(path)
                .map_err(|error| Problem::file("read", path, error))?
                .len(),
            None => u64::from(params.segment_bytes()).saturating_mul((MADE_UP).into()),
        };
        let mut blocks = Blocks::new(source, total)?;
        let mut archiver = Archiver::new(&params, 0);
        let mut chain = HeaderChain::new(params, 0);
        let mut failed = None;
        let mut read = 0_u64;
        for number in 0.. {
            let Some(block) = blocks.next()? else { break };
            read = read.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX));
            let added = archiver.add_block(number, &block, |archived| {
                let path = segment_path(dir, archived.header.index);
                let written = write_source(&params, &archived.segment, &path);
                if let Err(error) = written.and_then(|()| {
                    let pushed = chain.push(archived.header);
                    pushed.map_err(|error| Problem::new("the archiver's own header", error))
                }) {
                    failed.get_or_insert(error);
                }
            });
            added.map_err(|error| Problem::new("archiving", error))?;
            if let Some(error) = failed.take() {
                return Err(error);
            }
            progress(read, total);
        }
        if chain.size().0 == 0 {
            let least = params.segment_bytes();
            let text = format!(
                "history has {total} bytes: a segment of these sizes takes {least}; use a longer file or --sizes small"
            );
            return Err(Problem::text(text));
        }
        let path = dir.join("headers");
        std::fs::write(&path, chain.headers().encode())
            .map_err(|error| Problem::file("write", &path, error))?;
        let dir = dir.to_owned();
        Ok(Self { dir, chain })
    }

    /// Opens what [`archive`](Self::archive) wrote; `None` if it did not get to the end.
    ///
    /// # Errors
    /// When the headers cannot be read or are not a chain.
    pub fn open(params: CheckedAuditParams, dir: &Path) -> Result<Option<Self>, Problem> {
        let path = dir.join("headers");
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Problem::file("read", &path, error)),
        };
        let damaged = |error: &dyn std::fmt::Display| {
            Problem::text(format!(
                "{} is damaged ({error}): delete it and plot again",
                path.display()
            ))
        };
        let headers: Vec<SegmentHeader> =
            decode_exact(&bytes, MOST_HEADERS).map_err(|error| damaged(&error))?;
        let mut chain = HeaderChain::new(params, 0);
        for header in headers {
            chain.push(header).map_err(|error| damaged(&error))?;
        }
        Ok(Some(Self {
            dir: dir.to_owned(),
            chain,
        }))
    }

    /// Returns the length of history.
    #[must_use]
    pub fn size(&self) -> HistorySize {
        self.chain.size()
    }

    /// Returns the root of a segment.
    #[must_use]
    pub fn root(&self, segment: u32) -> Option<ListRoot> {
        let header = self.chain.headers().get(usize::try_from(segment).ok()?)?;
        Some(header.root)
    }

    /// Reads a segment, and checks it against its header.
    ///
    /// # Errors
    /// When the file cannot be read, or is not that segment.
    pub fn segment(&self, index: u32) -> Result<Segment, Problem> {
        let path = segment_path(&self.dir, index);
        let bytes = std::fs::read(&path).map_err(|error| Problem::file("read", &path, error))?;
        let (chunks, _) = bytes.as_chunks::<64>();
        let segment = Segment::new(self.chain.params(), chunks.to_vec());
        let right = |segment: &Segment| Some(segment.root()) == self.root(index);
        segment.filter(right).ok_or_else(|| {
            let text = format!(
                "{} is damaged: delete the folder it is in and plot again",
                path.display()
            );
            Problem::text(text)
        })
    }
}

impl Host for History {
    type Error = Infallible;
}

impl HistoryRoots for History {
    fn segments(&self) -> Result<HistorySize, Infallible> {
        Ok(self.size())
    }

    fn segment_root(&self, index: u32) -> Result<Option<ListRoot>, Infallible> {
        Ok(self.root(index))
    }
}

fn segment_path(dir: &Path, index: u32) -> PathBuf {
    dir.join(format!("{index:06}.segment"))
}

fn write_source(params: &CheckedAuditParams, segment: &Segment, path: &Path) -> Result<(), Problem> {
    let records = (0..params.segment_records()).filter_map(|place| segment.record(place));
    let source: Vec<Chunk> = records.flatten().copied().collect();
    std::fs::write(path, source.as_flattened()).map_err(|error| Problem::file("write", path, error))
}

/// The blocks of a history.
enum Blocks {
    File(File, PathBuf),
    MadeUp {
        left: u64,
        hash: Box<decex_core::hash::Hash>,
        number: u64,
    },
}

impl Blocks {
    fn new(source: Option<&Path>, total: u64) -> Result<Self, Problem> {
        Ok(match source {
            Some(path) => {
                let file = File::open(path).map_err(|error| Problem::file("read", path, error))?;
                Self::File(file, path.to_owned())
            }
            None => Self::MadeUp {
                left: total,
                hash: Box::new(decex_core::hash::Hash::keyed(&decex_core::Digest([1; 32]))),
                number: 0,
            },
        })
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        match self {
            Self::File(file, path) => {
                let mut block = Vec::with_capacity(BLOCK_BYTES);
                let most = u64::try_from(BLOCK_BYTES).unwrap_or(u64::MAX);
                file.take(most)
                    .read_to_end(&mut block)
                    .map_err(|error| Problem::file("read", path, error))?;
                Ok((!block.is_empty()).then_some(block))
            }
            Self::MadeUp { left, hash, number } => {
                let length = usize::try_from(*left).unwrap_or(BLOCK_BYTES).min(BLOCK_BYTES);
                *left = left.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
                *number = number.saturating_add(1);
                // Looks random, so that it neither compresses nor repeats.
                let mut block = Vec::with_capacity(length);
                let mut part = 0_u64;
                while block.len() < length {
                    let wide = hash
                        .as_ref()
                        .clone()
                        .chain(number.to_le_bytes())
                        .chain(part.to_le_bytes());
                    block.extend_from_slice(&wide.finish_wide());
                    part = part.saturating_add(1);
                }
                block.truncate(length);
                Ok((length > 0).then_some(block))
            }
        }
    }
}
