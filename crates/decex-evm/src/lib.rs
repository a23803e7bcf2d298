//! The EVM as a domain, over any state view.
#![no_std]
