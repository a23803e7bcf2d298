//! Negative control: no `#![no_std]`, so the whole of std is in the graph.
