//! The operator side assembled, sans-IO: pool, bundling, derivation, execution, receipts and challenges.
#![no_std]
