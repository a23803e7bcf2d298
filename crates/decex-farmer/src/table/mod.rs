//! The tables of the proof of space.
