//! What a domain's parameters cost an attacker, and what they pay those who check.
//!
//! `spec/economics.md` has every formula with its assumptions; each module here computes one section of it. The report
//! decides nothing on any chain, so it may use floating point.
#![allow(
    clippy::float_arithmetic,
    clippy::disallowed_types,
    reason = "a report for people; no chain computes with it"
)]

pub mod args;
pub mod checking;
pub mod delay;
pub mod griefing;

pub mod number;
pub mod params;
pub mod problem;
mod ranges;
pub mod report;
pub mod safety;
pub mod share;
pub mod show;
pub mod stake;
pub mod warnings;
pub mod windows;
