//! Decide who may bundle: stake-weighted VRF election with an exact threshold.
#![no_std]
