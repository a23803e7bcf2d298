//! A farm: one farmer's directory of plots, and the history that they are of.

use crate::args::Sizes;
use crate::disk::Disk;
use crate::history::History;
use crate::problem::Problem;
use clap::ValueEnum;
use decex_core::hash::Hash;
use decex_core::label;
use decex_farmer::plot::Plot;
use decex_storage_audit::{CheckedAuditParams, FarmerId, Sector};
use std::path::{Path, PathBuf};

/// Who farms, with what sizes: the file `farm` in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name that was given.
    pub name: String,
    /// The sizes that were chosen.
    pub sizes: Sizes,
}

impl Identity {
    /// Returns the farmer: here the hash of a name, on a chain its public key.
    #[must_use]
    pub fn farmer(&self) -> FarmerId {
        FarmerId(
            Hash::new(&label::LEDGER_KEY)
                .chain([16])
                .chain(&self.name)
                .finish(),
        )
    }

    /// Returns the parameters.
    ///
    /// # Errors
    /// Never: the sizes to choose from are checked by a test.
    pub fn params(&self) -> Result<CheckedAuditParams, Problem> {
        let checked = self.sizes.params().check();
        checked.map_err(|error| Problem::new("the sizes", error))
    }

    fn print(&self) -> String {
        let sizes = self.sizes.to_possible_value();
        let sizes = sizes.as_ref().map_or("", |sizes| sizes.get_name());
        format!("sizes {sizes}\nname {}\n", self.name)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let sizes = lines.next()?.strip_prefix("sizes ")?;
        let name = lines.next()?.strip_prefix("name ")?;
        Some(Self {
            name: name.to_owned(),
            sizes: Sizes::from_str(sizes, false).ok()?,
        })
    }
}

/// A directory that is a farm.
#[derive(Debug)]
pub struct Farm {
    /// Where it is.
    pub dir: PathBuf,
    /// Whose it is.
    pub identity: Identity,
    /// Its sizes.
    pub params: CheckedAuditParams,
}

/// A plot of the farm.
#[derive(Debug)]
pub struct Open {
    /// Its file.
    pub disk: Disk,
    /// What of it is in memory.
    pub plot: Plot,
    /// Where it is.
    pub path: PathBuf,
}

impl Farm {
    /// Opens the farm in `dir`, or makes one of `identity`.
    ///
    /// # Errors
    /// When the directory cannot be made, or its file `farm` is not one.
    pub fn open_or_make(dir: &Path, identity: Identity) -> Result<Self, Problem> {
        if let Some(farm) = Self::read(dir)? {
            return Ok(farm);
        }
        if identity.name.contains('\n') {
            return Err(Problem::text("a name is one line".into()));
        }
        std::fs::create_dir_all(dir).map_err(|error| Problem::file("make", dir, error))?;
        let path = dir.join("farm");
        std::fs::write(&path, identity.print()).map_err(|error| Problem::file("write", &path, error))?;
        let params = identity.params()?;
        let dir = dir.to_owned();
        Ok(Self {
            dir,
            identity,
            params,
        })
    }

    /// Opens the farm in `dir`.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(dir: &Path) -> Result<Self, Problem> {
        let none = || format!("no farm in {}: make one with `farmer plot`", dir.display());
        Self::read(dir)?.ok_or_else(|| Problem::text(none()))
    }

    fn read(dir: &Path) -> Result<Option<Self>, Problem> {
        let path = dir.join("farm");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Problem::file("read", &path, error)),
        };
        let damaged = || Problem::text(format!("{} is not a farm's: use another --dir", path.display()));
        let identity = Identity::parse(&text).ok_or_else(damaged)?;
        let params = identity.params()?;
        Ok(Some(Self {
            dir: dir.to_owned(),
            identity,
            params,
        }))
    }

    /// Returns the folder of the history.
    #[must_use]
    pub fn history_dir(&self) -> PathBuf {
        self.dir.join("history")
    }

    /// Returns the history.
    ///
    /// # Errors
    /// When it is not archived or damaged.
    pub fn history(&self) -> Result<History, Problem> {
        let history = History::open(self.params, &self.history_dir())?;
        let none = || "history is not archived to the end: call `farmer plot` again".to_owned();
        history.ok_or_else(|| Problem::text(none()))
    }

    /// Returns the path of a sector's plot; with `staging`, of the file that it is made in.
    #[must_use]
    pub fn path(&self, index: u32, kind: &str) -> PathBuf {
        self.dir.join(format!("{index:06}.{kind}"))
    }

    /// Returns the indices of all files of a kind, ascending.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn indices(&self, kind: &str) -> Result<Vec<u32>, Problem> {
        let unreadable = |error| Problem::file("read", &self.dir, error);
        let mut indices = Vec::new();
        for entry in std::fs::read_dir(&self.dir).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let parts = name.to_str().and_then(|name| name.split_once('.'));
            let index = parts
                .filter(|(_, found)| *found == kind)
                .map(|(index, _)| index.parse::<u32>());
            indices.extend(index.and_then(Result::ok));
        }
        indices.sort_unstable();
        Ok(indices)
    }

    /// Returns the sector of this index, as it is plotted from a history of this length.
    #[must_use]
    pub fn sector(&self, index: u32, history: &History) -> Sector {
        Sector {
            farmer: self.identity.farmer(),
            index,
            history: history.size(),
        }
    }

    /// Opens every plot. What cannot be opened is told, and left out.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn plots(&self, mut refused: impl FnMut(&Path, String)) -> Result<Vec<Open>, Problem> {
        let mut plots = Vec::new();
        for index in self.indices("plot")? {
            let path = self.path(index, "plot");
            let opened = Disk::open(&path)
                .map_err(|error| error.to_string())
                .and_then(|disk| {
                    let plot = Plot::open(&self.params, &self.identity.farmer(), &disk);
                    plot.map(|plot| (disk, plot)).map_err(|error| error.to_string())
                });
            match opened {
                Ok((disk, plot)) => plots.push(Open { disk, plot, path }),
                Err(why) => refused(&path, why),
            }
        }
        Ok(plots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_as_it_was_written() {
        for sizes in Sizes::value_variants() {
            let identity = Identity {
                name: "a name with spaces".into(),
                sizes: *sizes,
            };
            assert_eq!(Identity::parse(&identity.print()), Some(identity.clone()));
            assert!(identity.params().is_ok());
        }
        assert_eq!(Identity::parse("sizes huge\nname a\n"), None);
        assert_eq!(Identity::parse(""), None);
    }
}
