//! Sectors on disk: planned, masked, plotted, checked, repaired; audited, proven from, and read back.
//!
//! ```text
//!  Sector --plan--> pieces --mask_record (any thread)--> MaskedRecord
//!                                                            |
//!                 Staging (a slot per record, in any order) <+
//!                    |
//!                  Finish (place by place, in bounded memory) --> plot --Plot::open--> audit, prove, read_piece
//!                                                                  |
//!                                            check --> repair_record, mend
//! ```
//!
//! Everything reads and writes through [`PlotFile`]; nothing here has a clock, a thread or a disk. Rules D1 to D23 and the layout byte for
//! byte: `spec/plot.md`.

mod audit;
mod check;
mod entry;
mod expiry;
mod file;
mod finish;
mod layout;
mod mask;
mod open;
mod progress;
mod prove;
mod recover;
mod repair;
mod staging;
mod survey;

pub use audit::{Candidate, Hit, audit_run, best};
pub use check::{Report, check};
pub use expiry::{Expiry, ExpiryError, expiring, expiry};
pub use file::{MemoryFile, OutOfBounds, PlotFile};
pub use finish::Finish;
pub use mask::{CannotMask, MaskedRecord, mask_record, plan};
pub use open::{InvalidPlot, Plot, PlotError, read_header};
pub use progress::Progress;
pub use prove::{ProveError, Proven};
pub use repair::{mend, repair_record};
pub use staging::{InvalidStaging, Staging, StagingError};
