//! The run on disk: one redb file, one table, written once per slot in one transaction.

use crate::problem::Problem;
use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything. The first byte of a key says what it holds.
const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("devnet");

/// Slots between commits that wait for the disk. In between, a crash of the machine may lose slots, never consistency.
const SYNC_EVERY: u64 = 32;

/// The file.
#[derive(Debug)]
pub struct Disk {
    database: Database,
    commits: u64,
}

impl Disk {
    /// Opens or creates the file in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be made or the file cannot be opened.
    pub fn open(folder: &Path) -> Result<Self, Problem> {
        let named = |error: &dyn std::fmt::Display| {
            let hint =
                "another run may be using it; choose another folder with --data, or start over with --fresh";
            Problem::new(
                format!("data folder {}", folder.display()),
                format!("{error} ({hint})"),
            )
        };
        std::fs::create_dir_all(folder).map_err(|error| named(&error))?;
        let database = Database::create(folder.join("devnet.redb")).map_err(|error| named(&error))?;
        Ok(Self { database, commits: 0 })
    }

    /// Makes a disk that is gone with the process: for a run that cannot be taken up again.
    ///
    /// # Errors
    /// When the database cannot be made.
    pub fn in_memory() -> Result<Self, Problem> {
        let backend = redb::backends::InMemoryBackend::new();
        let database = Database::builder().create_with_backend(backend);
        let database = database.map_err(|error| Problem::new("a disk in memory", error))?;
        Ok(Self { database, commits: 0 })
    }

    /// Reads everything.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn load(&self) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Problem> {
        self.try_load()
            .map_err(|error| Problem::new("reading the data folder", error))
    }

    fn try_load(&self) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, redb::Error> {
        let read = self.database.begin_read()?;
        let table = match read.open_table(TABLE) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(BTreeMap::new()),
            Err(error) => return Err(error.into()),
        };
        let mut entries = BTreeMap::new();
        for entry in table.iter()? {
            let (key, value) = entry?;
            entries.insert(key.value().to_vec(), value.value().to_vec());
        }
        Ok(entries)
    }

    /// Writes all of `writes` or, after a crash, none.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn commit(&mut self, writes: &[(Vec<u8>, Option<Vec<u8>>)], sync: bool) -> Result<(), Problem> {
        self.commits = self.commits.saturating_add(1);
        let sync = sync || self.commits.is_multiple_of(SYNC_EVERY);
        self.try_commit(writes, sync)
            .map_err(|error| Problem::new("writing the data folder", error))
    }

    fn try_commit(&self, writes: &[(Vec<u8>, Option<Vec<u8>>)], sync: bool) -> Result<(), redb::Error> {
        let mut write = self.database.begin_write()?;
        write
            .set_durability(if sync {
                Durability::Immediate
            } else {
                Durability::None
            })
            .map_err(redb::Error::from)?;
        {
            let mut table = write.open_table(TABLE)?;
            for (key, value) in writes {
                match value {
                    Some(value) => table.insert(key.as_slice(), value.as_slice())?,
                    None => table.remove(key.as_slice())?,
                };
            }
        }
        write.commit()?;
        Ok(())
    }
}
