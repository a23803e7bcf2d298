//! The clock of the benchmarks: processor time of the thread that runs them, so that what else the machine does counts little.

#![allow(dead_code, reason = "the blob calls it: here only its registration is used")]

use rustix::time::{ClockId, clock_gettime};
use sp_runtime_interface::pass_by::AllocateAndReturnPointer;
use sp_runtime_interface::runtime_interface;

/// Takes the place of the function with this name that reads the wall clock.
#[runtime_interface]
pub trait Benchmarking {
    fn current_time() -> AllocateAndReturnPointer<[u8; 16], 16> {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        let nanos = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec);
        nanos.to_le_bytes()
    }
}
