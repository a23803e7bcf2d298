//! Tests across crates, in `tests/`; here is only what several of them share.

pub mod house;
pub mod liar;
pub mod licence;
pub mod rules;
pub mod vectors;
pub mod world;

/// The examples of the README compile and run as doctests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;

/// So do those of the page on embedding.
#[cfg(doctest)]
#[doc = include_str!("../../docs/embedding.md")]
#[derive(Debug)]
pub struct Embedding;
