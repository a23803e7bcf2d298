//! Prints the table of numbers that the project holds itself to: ratios against named baselines, one run, one machine.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml -- [part ...]` runs all parts or the named ones.

mod audit;
mod election;
mod evm;
mod fraud;
mod inclusion;
mod light;
mod measure;
mod messages;
mod receipts;
mod shuffle;
mod staking;
mod state;
mod wasm;
#[allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "the tests' own world"
)]
#[path = "../../crates/decex-fraud/tests/fraud/world.rs"]
mod world;

use measure::Row;

/// A part of the table: its name and what measures it.
type Part = (&'static str, fn() -> Vec<Row>);

const PARTS: &[Part] = &[
    ("election", election::measure),
    ("evm", evm::measure),
    ("wasm", wasm::measure),
    ("shuffle", shuffle::measure),
    ("inclusion", inclusion::measure),
    ("receipts", receipts::measure),
    ("fraud", fraud::measure),
    ("light", light::measure),
    ("messages", messages::measure),
    ("state", state::measure),
    ("audit", audit::measure),
    ("staking", staking::measure),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| PARTS.iter().all(|(part, _)| part != name))
    {
        let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        eprintln!("no part `{unknown}`; the parts are: {}", names.join(", "));
        std::process::exit(2);
    }
    println!("| work | baseline in the same run | goal | measured | met |");
    println!("|---|---|---|---|---|");
    for (name, measure) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            for row in measure() {
                println!("{row}");
            }
        }
    }
}
