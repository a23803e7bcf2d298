//! A plot as a file on disk.

use decex_core::Host;
use decex_farmer::plot::PlotFile;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// A file that holds a sector. Several threads may read from one.
#[derive(Debug)]
pub struct Disk(File);

impl Disk {
    /// Opens the file, or makes an empty one.
    ///
    /// # Errors
    /// When it can be neither opened nor made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        options.open(path).map(Self)
    }

    /// Opens an existing file to read and repair it.
    ///
    /// # Errors
    /// When it is not there or cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().read(true).write(true).open(path).map(Self)
    }
}

impl Host for Disk {
    type Error = io::Error;
}

impl PlotFile for Disk {
    fn length(&self) -> io::Result<u64> {
        self.0.metadata().map(|metadata| metadata.len())
    }

    fn set_length(&mut self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    #[cfg(unix)]
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, into, offset)
    }

    #[cfg(unix)]
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.0, bytes, offset)
    }

    #[cfg(not(unix))]
    fn read(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = &self.0;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(into)
    }

    #[cfg(not(unix))]
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        use std::io::{Seek, SeekFrom, Write};
        let mut file = &self.0;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_not_there_is_an_error() {
        let path = std::env::temp_dir().join(format!("farmer-disk-{}", std::process::id()));
        let mut disk = Disk::create(&path).unwrap();
        disk.set_length(100).unwrap();
        disk.write(90, &[7; 10]).unwrap();
        disk.sync().unwrap();
        let again = Disk::open(&path).unwrap();
        let mut bytes = [0; 12];
        again.read(88, &mut bytes).unwrap();
        assert_eq!(bytes, [0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]);
        assert_eq!(again.length().unwrap(), 100);
        assert!(again.read(89, &mut bytes).is_err());
        std::fs::remove_file(&path).unwrap();
        assert!(Disk::open(&path).is_err());
    }
}
