//! A node's disk: the chain's state and the operators' entries in one database, so that a block is one transaction.

use crate::host::Dirty;
use decex_core::DomainId;
use decex_operator::Write;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::path::Path;

const STATE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("state");
/// Keys begin with the domain, four bytes, big-endian.
const OPERATORS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("operators");

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

/// An open database.
#[derive(Debug)]
pub struct Disk(Database);

impl Disk {
    /// Opens the database at `path`, or makes it.
    ///
    /// # Errors
    /// When it cannot be opened, or another process has it.
    pub fn open(path: &Path) -> Result<Self, DiskError> {
        let database = Database::create(path).map_err(DiskError::new)?;
        let begin = database.begin_write().map_err(DiskError::new)?;
        begin.open_table(STATE).map_err(DiskError::new)?;
        begin.open_table(OPERATORS).map_err(DiskError::new)?;
        begin.commit().map_err(DiskError::new)?;
        Ok(Self(database))
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

    /// Commits all that a block changed: it is on disk when this returns, or nothing is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn commit(&self, state: &Dirty, operators: &[(DomainId, Vec<Write>)]) -> Result<(), DiskError> {
        let begin = self.0.begin_write().map_err(DiskError::new)?;
        {
            let mut table = begin.open_table(STATE).map_err(DiskError::new)?;
            for (key, value) in state {
                match value {
                    Some(value) => table
                        .insert(key.as_slice(), value.as_slice())
                        .map_err(DiskError::new)?,
                    None => table.remove(key.as_slice()).map_err(DiskError::new)?,
                };
            }
            let mut table = begin.open_table(OPERATORS).map_err(DiskError::new)?;
            for (domain, writes) in operators {
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
        }
        begin.commit().map_err(DiskError::new)
    }
}
