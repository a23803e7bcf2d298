//! A node's disk: the chain's state, the operators' entries and what EVM domains executed in one database, so that a block is one
//! transaction.

use crate::host::Dirty;
use crate::operator::Executed;
use decex_core::DomainId;
use decex_operator::Write;
use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::path::Path;
use std::sync::Arc;

const STATE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("state");
/// Keys begin with the domain, four bytes, big-endian.
const OPERATORS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("operators");
/// Blocks of EVM domains from the first on. Keys are the domain and the block's number, four and eight bytes, big-endian.
const EXECUTED: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("executed");

/// Keys and values.
pub type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// Why the disk failed. The node stops.
#[derive(Debug, thiserror::Error)]
#[error("disk: {0}")]
pub struct DiskError(String);

impl DiskError {
    fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// An open database. A clone is another handle on the same: it reads what was committed, and waits for nobody.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Database>);

/// What one block changes.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Of the chain's state.
    pub state: Dirty,
    /// Of each domain's operator.
    pub operators: Vec<(DomainId, Vec<Write>)>,
    /// What each domain has executed.
    pub executed: Vec<(DomainId, Vec<Executed>)>,
}

impl Disk {
    /// Opens the database at `path`, or makes it.
    ///
    /// # Errors
    /// When it cannot be opened, or another process has it.
    pub fn open(path: &Path) -> Result<Self, DiskError> {
        Self::new(Database::create(path).map_err(DiskError::new)?)
    }

    /// Makes a database in memory, for nodes that have no disk and need one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn in_memory() -> Result<Self, DiskError> {
        let database = Database::builder().create_with_backend(InMemoryBackend::new());
        Self::new(database.map_err(DiskError::new)?)
    }

    fn new(database: Database) -> Result<Self, DiskError> {
        let begin = database.begin_write().map_err(DiskError::new)?;
        begin.open_table(STATE).map_err(DiskError::new)?;
        begin.open_table(OPERATORS).map_err(DiskError::new)?;
        begin.open_table(EXECUTED).map_err(DiskError::new)?;
        begin.commit().map_err(DiskError::new)?;
        Ok(Self(Arc::new(database)))
    }

    /// Reads the chain's state. Empty on a new disk.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn state(&self) -> Result<Entries, DiskError> {
        let read = self.0.begin_read().map_err(DiskError::new)?;
        let table = read.open_table(STATE).map_err(DiskError::new)?;
        let entries = table.iter().map_err(DiskError::new)?;
        let owned =
            entries.map(|entry| entry.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())));
        owned.collect::<Result<_, _>>().map_err(DiskError::new)
    }

    /// Reads an operator's entries. Empty if there are none.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn operator(&self, domain: DomainId) -> Result<Entries, DiskError> {
        let read = self.0.begin_read().map_err(DiskError::new)?;
        let table = read.open_table(OPERATORS).map_err(DiskError::new)?;
        let (from, to) = (domain.0.to_be_bytes(), domain.0.saturating_add(1).to_be_bytes());
        let entries = table
            .range(from.as_slice()..to.as_slice())
            .map_err(DiskError::new)?;
        let owned = entries.map(|entry| {
            entry.map(|(key, value)| {
                (
                    key.value().get(4..).unwrap_or_default().to_vec(),
                    value.value().to_vec(),
                )
            })
        });
        owned.collect::<Result<_, _>>().map_err(DiskError::new)
    }

    /// Reads what `domain` executed after block `after`: at most `most` blocks, in order. Empty where there is nothing more.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn executed(&self, domain: DomainId, after: u64, most: usize) -> Result<Vec<Vec<u8>>, DiskError> {
        let read = self.0.begin_read().map_err(DiskError::new)?;
        let table = read.open_table(EXECUTED).map_err(DiskError::new)?;
        let (from, to) = (place(domain, after.saturating_add(1)), place(domain, u64::MAX));
        let blocks = table
            .range(from.as_slice()..to.as_slice())
            .map_err(DiskError::new)?;
        let blocks = blocks
            .take(most)
            .map(|entry| entry.map(|(_, value)| value.value().to_vec()));
        blocks.collect::<Result<_, _>>().map_err(DiskError::new)
    }

    /// Commits all that a block changed: it is on disk when this returns, or nothing is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn commit(&self, batch: &Batch) -> Result<(), DiskError> {
        let begin = self.0.begin_write().map_err(DiskError::new)?;
        {
            let mut table = begin.open_table(STATE).map_err(DiskError::new)?;
            for (key, value) in &batch.state {
                match value {
                    Some(value) => table
                        .insert(key.as_slice(), value.as_slice())
                        .map_err(DiskError::new)?,
                    None => table.remove(key.as_slice()).map_err(DiskError::new)?,
                };
            }
            let mut table = begin.open_table(OPERATORS).map_err(DiskError::new)?;
            for (domain, writes) in &batch.operators {
                for Write { key, value } in writes {
                    let key = [domain.0.to_be_bytes().as_slice(), key].concat();
                    match value {
                        Some(value) => table
                            .insert(key.as_slice(), value.as_slice())
                            .map_err(DiskError::new)?,
                        None => table.remove(key.as_slice()).map_err(DiskError::new)?,
                    };
                }
            }
            let mut table = begin.open_table(EXECUTED).map_err(DiskError::new)?;
            for (domain, blocks) in &batch.executed {
                for (number, block) in blocks {
                    let key = place(*domain, number.0);
                    table
                        .insert(key.as_slice(), block.as_slice())
                        .map_err(DiskError::new)?;
                }
            }
        }
        begin.commit().map_err(DiskError::new)
    }
}

fn place(domain: DomainId, number: u64) -> Vec<u8> {
    [domain.0.to_be_bytes().as_slice(), number.to_be_bytes().as_slice()].concat()
}
