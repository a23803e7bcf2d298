//! Decide what was claimed and when it is final: receipts and the receipt chain.
#![no_std]
