//! Runs the benchmarks of `pallet-decex` in the release blob, in the production executor, over a state that counts reads, writes and the
//! bytes of storage proofs; fits lines through what it measures, and writes `pallet/src/weights.rs`. `../weights.sh` builds the blob and calls it.

mod bench;
mod clock;
mod file;

use std::path::PathBuf;

/// Values of each component, and how often each is timed.
const STEPS: u32 = 6;
const REPEATS: u32 = 12;

fn main() {
    let path = |name| PathBuf::from(std::env::var(name).unwrap_or_else(|_| panic!("{name}: run weights.sh")));
    let (blob, output) = (path("DECEX_BLOB"), path("DECEX_WEIGHTS"));
    let blob = std::fs::read(blob).expect("the blob");
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let lines = bench::run(&blob, STEPS, REPEATS, &|name| {
        chosen.is_empty() || chosen.iter().any(|chosen| chosen == name)
    });
    if !chosen.is_empty() {
        println!("a part was measured: {} is as it was", output.display());
        return;
    }
    let text = file::write(&lines, STEPS, REPEATS);
    std::fs::write(&output, text).expect("the file of weights");
}
