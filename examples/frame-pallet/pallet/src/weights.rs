//! What the calls cost, as measured. Written by `./weights.sh`; do not edit.
//!
//! By `frame-benchmarking` 50 in the release blob under `sc-executor` 0.51, a development build: 7 values of each component, each timed
//! 12 times. Processor time of the thread; lines by least squares, without the outer quartiles. Reads and writes are counted, and priced by
//! the runtime's `DbWeight`; proof sizes are those of the storage proofs that were recorded, over a nearly empty state.
//!
//! AMD EPYC, 2 threads, load 1.31 at the end.

use crate::WeightInfo;
use core::marker::PhantomData;
use frame_support::traits::Get;
use frame_support::weights::Weight;

/// Weights as measured on the machine that the head of this file names.
#[derive(Debug)]
pub struct Measured<T>(PhantomData<T>);

/// Picoseconds, bytes of the storage proof, reads and writes.
fn of<T: frame_system::Config>(time: u64, proof: u64, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(time, proof).saturating_add(T::DbWeight::get().reads_writes(reads, writes))
}

impl<T: frame_system::Config> WeightInfo for Measured<T> {
    fn begin_block(inboxes: u32, confirmed: u32, swept: u32) -> Weight {
        of::<T>(942_403_563, 1_242, 10, 7)
            .saturating_add(of::<T>(68_653_835, 1_667, 3, 4).saturating_mul(inboxes.into()))
            .saturating_add(of::<T>(96_469_525, 2_964, 11, 8).saturating_mul(confirmed.into()))
            .saturating_add(of::<T>(317_047_742, 2_233, 9, 7).saturating_mul(swept.into()))
    }
    fn finality_root() -> Weight {
        of::<T>(49_414_000, 978, 2, 0)
    }
    fn create_domain() -> Weight {
        of::<T>(206_045_000, 1_103, 6, 11)
    }
    fn endow_domain() -> Weight {
        of::<T>(146_727_000, 1_285, 6, 4)
    }
    fn pause() -> Weight {
        of::<T>(47_069_000, 978, 2, 1)
    }
    fn allow() -> Weight {
        of::<T>(38_698_000, 978, 2, 1)
    }
    fn register_operator() -> Weight {
        of::<T>(384_590_000, 1_543, 9, 9)
    }
    fn deregister_operator() -> Weight {
        of::<T>(134_689_000, 1_977, 6, 2)
    }
    fn reactivate_operator() -> Weight {
        of::<T>(200_076_000, 2_473, 7, 4)
    }
    fn nominate() -> Weight {
        of::<T>(230_301_000, 1_990, 9, 7)
    }
    fn withdraw() -> Weight {
        of::<T>(143_973_000, 1_729, 6, 4)
    }
    fn claim() -> Weight {
        of::<T>(284_851_000, 2_484, 11, 8)
    }
    fn collect() -> Weight {
        of::<T>(120_438_000, 390, 4, 4)
    }
    fn report_absence() -> Weight {
        of::<T>(198_774_000, 2_196, 7, 4)
    }
    fn submit_bundle(bytes: u32) -> Weight {
        of::<T>(955_741_797, 2_841, 18, 15)
            .saturating_add(of::<T>(51_859, 0, 0, 0).saturating_mul(bytes.into()))
    }
    fn submit_proof(bytes: u32) -> Weight {
        of::<T>(733_816_769, 4_523, 24, 18)
            .saturating_add(of::<T>(113_326, 0, 0, 0).saturating_mul(bytes.into()))
    }
    fn submit_equivocation(bytes: u32) -> Weight {
        of::<T>(760_946_000, 2_000, 12, 10)
            .saturating_add(of::<T>(42_934, 0, 0, 0).saturating_mul(bytes.into()))
    }
    fn submit_validity_proof(bytes: u32) -> Weight {
        of::<T>(2_183_482_000, 2_521, 8, 4)
            .saturating_add(of::<T>(439_823, 0, 0, 0).saturating_mul(bytes.into()))
    }
    fn list_peer() -> Weight {
        of::<T>(69_202_000, 1_436, 3, 1)
    }
    fn open_channel() -> Weight {
        of::<T>(280_866_000, 1_599, 10, 9)
    }
    fn close_channel() -> Weight {
        of::<T>(215_149_000, 6_187, 5, 2)
    }
    fn send_message() -> Weight {
        of::<T>(274_737_000, 1_824, 9, 10)
    }
    fn relay_message(bytes: u32) -> Weight {
        of::<T>(306_454_000, 2_301, 12, 10)
            .saturating_add(of::<T>(42_934, 0, 0, 0).saturating_mul(bytes.into()))
    }
}
