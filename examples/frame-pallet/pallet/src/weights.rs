//! What the calls cost.

use crate::WeightInfo;
use frame_support::weights::Weight;

/// Weights from times of the testkit's story in a mock runtime, natively and in a development build: for each kind of call, the call that
/// took longest by the least of its times in ten plays, times [`MARGIN`].
///
/// `cargo test -p pallet-decex -- --ignored --nocapture` prints the times. They are not from `frame-benchmarking`, not from a node's
/// database, and of small messages: what a byte more costs is assumed ([`BYTE`]). A chain measures its own on its own machine. The calls on
/// channels, messages and absence are only refused in the story; they are given what calls that write as much are given.
#[derive(Debug)]
pub struct Measured<T>(core::marker::PhantomData<T>);

/// For the executor, the database, and inputs that are worse than those of the story.
pub const MARGIN: u64 = 4;
/// Picoseconds for a byte: to decode it, and to hash it a few times. Assumed.
pub const BYTE: u64 = 50_000;
/// Bytes of a proof of storage for a call: the keys it reads and their paths. Assumed.
const PROOF: u64 = 16_384;

const fn micros(micros: u64) -> Weight {
    Weight::from_parts(micros.saturating_mul(MARGIN).saturating_mul(1_000_000), PROOF)
}

fn bytes(count: u32) -> Weight {
    Weight::from_parts(BYTE.saturating_mul(count.into()), 0)
}

impl<T> WeightInfo for Measured<T> {
    fn begin_block(inboxes: u32, confirmed: u32, swept: u32) -> Weight {
        let things = u64::from(inboxes)
            .saturating_add(confirmed.into())
            .saturating_add(swept.into());
        micros(150).saturating_add(micros(150).saturating_mul(things))
    }
    fn finality_root() -> Weight {
        micros(150)
    }
    fn create_domain() -> Weight {
        micros(320)
    }
    fn endow_domain() -> Weight {
        micros(260)
    }
    fn pause() -> Weight {
        micros(580)
    }
    fn allow() -> Weight {
        micros(160)
    }
    fn register_operator() -> Weight {
        micros(320)
    }
    fn deregister_operator() -> Weight {
        micros(620)
    }
    fn reactivate_operator() -> Weight {
        micros(620)
    }
    fn nominate() -> Weight {
        micros(320)
    }
    fn withdraw() -> Weight {
        micros(600)
    }
    fn claim() -> Weight {
        micros(710)
    }
    fn collect() -> Weight {
        micros(710)
    }
    fn report_absence() -> Weight {
        micros(620)
    }
    fn list_peer() -> Weight {
        micros(320)
    }
    fn open_channel() -> Weight {
        micros(620)
    }
    fn close_channel() -> Weight {
        micros(620)
    }
    fn send_message() -> Weight {
        micros(710)
    }
    fn submit_bundle(count: u32) -> Weight {
        micros(1080).saturating_add(bytes(count))
    }
    fn submit_proof(count: u32) -> Weight {
        micros(980).saturating_add(bytes(count))
    }
    fn submit_equivocation(count: u32) -> Weight {
        micros(670).saturating_add(bytes(count))
    }
    fn submit_validity_proof(count: u32) -> Weight {
        micros(980).saturating_add(bytes(count))
    }
    fn relay_message(count: u32) -> Weight {
        micros(980).saturating_add(bytes(count))
    }
}
