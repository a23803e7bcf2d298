//! The matrix of `spec/matrix.md` over any engine: a block of its own, and every lie that can be told about it.
//!
//! [`Past`] is the domain before the block, [`World`] the block that is judged, [`every_lie`] the suite.

mod suite;
mod view;
mod world;

pub use suite::{Report, Told, Wrong, every_lie};
pub use view::View;
pub use world::{Past, Setting, Unbuilt, World, item};
