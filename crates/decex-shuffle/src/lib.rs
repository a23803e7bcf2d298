//! Decide in what order: the schedule, its commitment and its three refutations.
#![no_std]
