//! A farmer that one can run: history is archived and plotted into files, the plots are checked, repaired and farmed with.
//!
//! What decides is `decex-farmer` and `decex-storage-audit`; here are files, threads, a clock and words.

pub mod args;
pub mod checking;
pub mod disk;
pub mod farm;
pub mod farming;
pub mod history;
pub mod plotting;
pub mod problem;
pub mod progress;
pub mod show;
