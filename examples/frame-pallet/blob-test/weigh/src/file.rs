//! The generated file.

use crate::bench::{Fit, Line};
use std::fmt::Write;

/// A method of the pallet's `WeightInfo`.
struct Method {
    name: &'static str,
    /// The benchmarks that it covers, each worse than the others in its own way.
    of: &'static [&'static str],
    /// What it is asked with: a component of the benchmark each.
    arguments: &'static [&'static str],
    /// Where its own inputs are of one length, what a byte costs there.
    bytes_of: Option<&'static str>,
}

const fn plain(name: &'static str, of: &'static [&'static str]) -> Method {
    Method {
        name,
        of,
        arguments: &[],
        bytes_of: None,
    }
}

const fn sized(name: &'static str, of: &'static [&'static str], bytes_of: Option<&'static str>) -> Method {
    Method {
        name,
        of,
        arguments: &["bytes"],
        bytes_of,
    }
}

const METHODS: [Method; 23] = [
    Method {
        name: "begin_block",
        of: &["begin_block"],
        arguments: &["inboxes", "confirmed", "swept"],
        bytes_of: None,
    },
    plain("finality_root", &["finality_root"]),
    plain("create_domain", &["create_domain"]),
    plain("endow_domain", &["endow_domain"]),
    plain("pause", &["pause"]),
    plain("allow", &["allow"]),
    plain("register_operator", &["register_operator"]),
    plain("deregister_operator", &["deregister_operator"]),
    plain("reactivate_operator", &["reactivate_operator"]),
    plain("nominate", &["nominate"]),
    plain("withdraw", &["withdraw"]),
    plain("claim", &["claim"]),
    plain("collect", &["collect"]),
    plain("report_absence", &["report_absence"]),
    sized(
        "submit_bundle",
        &["submit_bundle", "submit_bundle_of_receipts"],
        None,
    ),
    sized("submit_proof", &["submit_proof"], None),
    sized(
        "submit_equivocation",
        &["submit_equivocation", "submit_receipt_equivocation"],
        Some("submit_bundle"),
    ),
    sized("submit_validity_proof", &["submit_validity_proof"], None),
    plain("list_peer", &["list_peer", "list_peer_of_consensus"]),
    plain("open_channel", &["open_channel"]),
    plain("close_channel", &["close_channel", "close_channel_of_consensus"]),
    plain("send_message", &["send_message"]),
    sized("relay_message", &["relay_message"], Some("submit_bundle")),
];

/// Time, proof, reads and writes: as they stand in the file.
type Cost = [u128; 4];

fn fits(line: &Line) -> [&Fit; 4] {
    [&line.time, &line.proof, &line.reads, &line.writes]
}

fn worst(costs: impl Iterator<Item = Cost>) -> Cost {
    costs.fold([0; 4], |worst, cost| {
        let mut places = worst.into_iter().zip(cost);
        std::array::from_fn(|_| places.next().map_or(0, |(one, other)| one.max(other)))
    })
}

fn base(line: &Line) -> Cost {
    fits(line).map(|fit| fit.base)
}

fn slope(line: &Line, place: usize) -> Cost {
    fits(line).map(|fit| fit.slopes[place])
}

/// Writes the file.
pub fn write(lines: &[Line], steps: u32, repeats: u32) -> String {
    let find = |name: &str| {
        let found = lines.iter().find(|line| line.name == name);
        found.unwrap_or_else(|| panic!("no benchmark {name}"))
    };
    let mut text = header(steps, repeats);
    for method in &METHODS {
        let covered: Vec<&Line> = method.of.iter().map(|name| find(name)).collect();
        let names: Vec<String> = method
            .arguments
            .iter()
            .map(|name| format!("{name}: u32"))
            .collect();
        let _ = writeln!(text, "    fn {}({}) -> Weight {{", method.name, names.join(", "));
        let _ = write!(
            text,
            "        {}",
            call(worst(covered.iter().map(|line| base(line))))
        );
        for (place, argument) in method.arguments.iter().enumerate() {
            let each = match method.bytes_of {
                Some(other) => slope(find(other), 0),
                None => worst(covered.iter().map(|line| slope(line, place))),
            };
            let _ = write!(
                text,
                "\n            .saturating_add({}.saturating_mul({argument}.into()))",
                call(each)
            );
        }
        text.push_str("\n    }\n");
    }
    text.push_str("}\n");
    text
}

fn call([time, proof, reads, writes]: Cost) -> String {
    format!(
        "of::<T>({}, {}, {reads}, {writes})",
        grouped(time),
        grouped(proof)
    )
}

/// Digits in threes, as the code has them.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

fn header(steps: u32, repeats: u32) -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches(['\t', ' ', ':']));
    let threads = processor
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "//! What the calls cost, as measured. Written by `./weights.sh`; do not edit.
//!
//! By `frame-benchmarking` 50 in the release blob under `sc-executor` 0.51, a development build: {} values of each component, each timed
//! {repeats} times. Processor time of the thread; lines by least squares, without the outer quartiles. Reads and writes are counted, and priced by
//! the runtime's `DbWeight`; proof sizes are those of the storage proofs that were recorded, over a nearly empty state.
//!
//! {model}, {threads} threads, load {load} at the end.

use crate::WeightInfo;
use core::marker::PhantomData;
use frame_support::traits::Get;
use frame_support::weights::Weight;

/// Weights as measured on the machine that the head of this file names.
#[derive(Debug)]
pub struct Measured<T>(PhantomData<T>);

/// Picoseconds, bytes of the storage proof, reads and writes.
fn of<T: frame_system::Config>(time: u64, proof: u64, reads: u64, writes: u64) -> Weight {{
    Weight::from_parts(time, proof).saturating_add(T::DbWeight::get().reads_writes(reads, writes))
}}

impl<T: frame_system::Config> WeightInfo for Measured<T> {{
",
        steps + 1
    )
}
