//! The consensus side assembled: every rule over a 3-method store and a small ledger.
#![no_std]
