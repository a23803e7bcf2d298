//! Files whose hosts fail.

use decex_farmer::plot::{MemoryFile, OutOfBounds, PlotFile};
use decex_storage_audit::decex_core::Host;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What a disk is left with: what was synced, and the writes since, of which a crash keeps what it likes.
#[derive(Clone, Debug, Default)]
struct Disk {
    synced: MemoryFile,
    unsynced: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Length(u64),
    Write(u64, Vec<u8>),
}

impl Change {
    fn bytes(&self) -> u64 {
        match self {
            Self::Length(_) => 1,
            Self::Write(_, bytes) => bytes.len() as u64,
        }
    }

    /// Applies the first `most` bytes of it.
    fn apply(&self, file: &mut MemoryFile, most: u64) {
        match self {
            Self::Length(length) if most > 0 => file.set_length(*length).unwrap(),
            Self::Length(_) => {}
            Self::Write(offset, bytes) => {
                let bytes = &bytes[..bytes.len().min(most as usize)];
                // A write into a part whose extension was lost is lost too.
                let _ = file.write(*offset, bytes);
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Crash,
    Bounds(OutOfBounds),
}

/// A file that stops for good after so many bytes. Both files of a plotter share the count.
#[derive(Clone, Debug)]
pub(crate) struct Faulty {
    pub(crate) now: MemoryFile,
    disk: Rc<RefCell<Disk>>,
    left: Rc<Cell<u64>>,
}

impl Faulty {
    pub(crate) fn new(now: MemoryFile, left: Rc<Cell<u64>>) -> Self {
        let disk = Disk {
            synced: now.clone(),
            unsynced: Vec::new(),
        };
        Self {
            now,
            disk: Rc::new(RefCell::new(disk)),
            left,
        }
    }

    fn change(&mut self, change: Change) -> Result<(), Fault> {
        let most = change.bytes().min(self.left.get());
        let whole = most == change.bytes();
        change.apply(&mut self.now, most);
        self.left.set(self.left.get() - most);
        let change = match change {
            Change::Write(offset, bytes) => Change::Write(offset, bytes[..most as usize].to_vec()),
            length @ Change::Length(_) if whole => length,
            Change::Length(_) => Change::Write(0, Vec::new()),
        };
        self.disk.borrow_mut().unsynced.push(change);
        if whole { Ok(()) } else { Err(Fault::Crash) }
    }

    /// Returns what a crash leaves. `keep` says of each write since the last sync whether it is there.
    pub(crate) fn left_behind(&self, mut keep: impl FnMut() -> bool) -> MemoryFile {
        let disk = self.disk.borrow();
        let mut file = disk.synced.clone();
        let kept = disk.unsynced.iter().filter(|_| keep());
        kept.for_each(|change| change.apply(&mut file, u64::MAX));
        file
    }
}

impl Host for Faulty {
    type Error = Fault;
}

impl PlotFile for Faulty {
    fn length(&self) -> Result<u64, Fault> {
        self.now.length().map_err(Fault::Bounds)
    }

    fn set_length(&mut self, bytes: u64) -> Result<(), Fault> {
        self.change(Change::Length(bytes))
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), Fault> {
        self.now.read(offset, into).map_err(Fault::Bounds)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.change(Change::Write(offset, bytes.to_vec()))
    }

    fn sync(&mut self) -> Result<(), Fault> {
        if self.left.get() == 0 {
            return Err(Fault::Crash);
        }
        self.left.set(self.left.get() - 1);
        let mut disk = self.disk.borrow_mut();
        disk.synced = self.now.clone();
        disk.unsynced.clear();
        Ok(())
    }
}

/// A file whose host fails once, at the call with this number, and works again.
#[derive(Debug)]
pub(crate) struct Hiccup<'a> {
    pub(crate) file: MemoryFile,
    pub(crate) calls: &'a Cell<u32>,
    pub(crate) at: u32,
}

impl Hiccup<'_> {
    fn call(&self) -> Result<(), Fault> {
        let call = self.calls.replace(self.calls.get() + 1);
        if call == self.at {
            Err(Fault::Crash)
        } else {
            Ok(())
        }
    }
}

impl Host for Hiccup<'_> {
    type Error = Fault;
}

impl PlotFile for Hiccup<'_> {
    fn length(&self) -> Result<u64, Fault> {
        self.call()?;
        self.file.length().map_err(Fault::Bounds)
    }

    fn set_length(&mut self, bytes: u64) -> Result<(), Fault> {
        self.call()?;
        self.file.set_length(bytes).map_err(Fault::Bounds)
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), Fault> {
        self.call()?;
        self.file.read(offset, into).map_err(Fault::Bounds)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.call()?;
        self.file.write(offset, bytes).map_err(Fault::Bounds)
    }

    fn sync(&mut self) -> Result<(), Fault> {
        self.call()
    }
}
