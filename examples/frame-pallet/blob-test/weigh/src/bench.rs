//! Benchmarks in the executor, and lines through their results.

use decex_runtime::RuntimeGenesisConfig;
use frame_benchmarking::{
    Analysis, BenchmarkBatch, BenchmarkConfig, BenchmarkList, BenchmarkMetadata, BenchmarkParameter,
    BenchmarkResult, BenchmarkSelector,
};
use parity_scale_codec::{Decode, Encode};
use sc_client_db::BenchmarkingState;
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, RuntimeCode, WrappedRuntimeCode};
use sp_externalities::Extensions;
use sp_runtime::BuildStorage;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{OverlayedChanges, StateMachine};
use sp_wasm_interface::ExtendedHostFunctions;
use std::borrow::Cow;
use std::fmt;

type Functions = ExtendedHostFunctions<
    (
        sp_io::SubstrateHostFunctions,
        frame_benchmarking::benchmarking::HostFunctions,
    ),
    crate::clock::benchmarking::HostFunctions,
>;
type State = BenchmarkingState<BlakeTwo256>;
type Components = Vec<(BenchmarkParameter, u32)>;

/// A value that grows with the components.
#[derive(Clone, Debug)]
pub struct Fit {
    pub base: u128,
    pub slopes: Vec<u128>,
}

/// What a benchmark has shown.
#[derive(Clone, Debug)]
pub struct Line {
    pub name: String,
    pub components: Vec<(BenchmarkParameter, u32, u32)>,
    /// Picoseconds.
    pub time: Fit,
    pub reads: Fit,
    pub writes: Fit,
    /// Bytes of the storage proof.
    pub proof: Fit,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:28} {:>8} us {:>3} reads {:>3} writes {:>6} bytes",
            self.name,
            self.time.base / 1_000_000,
            self.reads.base,
            self.writes.base,
            self.proof.base
        )?;
        for (place, (component, low, high)) in self.components.iter().enumerate() {
            let of = |fit: &Fit| fit.slopes[place];
            write!(
                f,
                "\n  + {component} in {low}..{high}: {} ps, {} reads, {} writes, {} bytes",
                of(&self.time),
                of(&self.reads),
                of(&self.writes),
                of(&self.proof)
            )?;
        }
        Ok(())
    }
}

struct Runner<'a> {
    executor: WasmExecutor<Functions>,
    blob: &'a [u8],
    /// Counts nothing, so that counting takes no time.
    plain: State,
    /// Counts reads, writes and proof.
    counting: State,
}

/// Runs the benchmarks that are chosen, and prints what each has shown.
pub fn run(blob: &[u8], steps: u32, repeats: u32, is_chosen: &dyn Fn(&str) -> bool) -> Vec<Line> {
    let genesis = || {
        RuntimeGenesisConfig::default()
            .build_storage()
            .expect("a genesis")
    };
    let runner = Runner {
        executor: WasmExecutor::builder().build(),
        blob,
        plain: State::new(genesis(), None, false, false).expect("a state"),
        counting: State::new(genesis(), None, true, true).expect("a state"),
    };
    let metadata = runner.call(&runner.plain, "Benchmark_benchmark_metadata", &true.encode());
    // What is known of the storage comes behind the lists.
    let lists: Vec<BenchmarkList> = Decode::decode(&mut &*metadata).expect("metadata");
    let lines = lists
        .iter()
        .flat_map(|list| list.benchmarks.iter().map(move |found| (list, found)));
    lines
        .filter(|(_, found)| is_chosen(&name(found)))
        .map(|(list, found)| {
            let line = runner.measure(list, found, steps, repeats);
            println!("{line}");
            line
        })
        .collect()
}

fn name(found: &BenchmarkMetadata) -> String {
    String::from_utf8(found.name.clone()).expect("a name")
}

impl Runner<'_> {
    fn call(&self, state: &State, method: &str, data: &[u8]) -> Vec<u8> {
        let fetcher = WrappedRuntimeCode(Cow::Borrowed(self.blob));
        let code = RuntimeCode {
            code_fetcher: &fetcher,
            heap_pages: None,
            hash: vec![1],
        };
        let (mut changes, mut extensions) = (OverlayedChanges::default(), Extensions::default());
        StateMachine::new(
            state,
            &mut changes,
            &self.executor,
            method,
            data,
            &mut extensions,
            &code,
            CallContext::Offchain,
        )
        .execute()
        .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// One benchmark: verified and counted once for each choice of components, then timed.
    fn measure(&self, list: &BenchmarkList, found: &BenchmarkMetadata, steps: u32, repeats: u32) -> Line {
        let (mut counted, mut timed) = (Vec::new(), Vec::new());
        for selected in choices(&found.components, steps) {
            let dispatch = |state: &State, verify, internal_repeats| -> Vec<BenchmarkResult> {
                let config = BenchmarkConfig {
                    pallet: list.pallet.clone(),
                    instance: list.instance.clone(),
                    benchmark: found.name.clone(),
                    selected_components: selected.clone(),
                    verify,
                    internal_repeats,
                };
                let bytes = self.call(state, "Benchmark_dispatch_benchmark", &config.encode());
                let batches: Result<Vec<BenchmarkBatch>, String> =
                    Decode::decode(&mut &*bytes).expect("an answer");
                let batches = batches.unwrap_or_else(|error| panic!("{}: {error}", name(found)));
                batches.into_iter().flat_map(|batch| batch.results).collect()
            };
            counted.extend(dispatch(&self.counting, true, 1));
            timed.extend(dispatch(&self.plain, false, repeats));
        }
        let fit = |results, selector| {
            let found = Analysis::min_squares_iqr(results, selector).expect("a line");
            Fit {
                base: found.base,
                slopes: found.slopes,
            }
        };
        Line {
            name: name(found),
            components: found.components.clone(),
            time: fit(&timed, BenchmarkSelector::ExtrinsicTime),
            reads: fit(&counted, BenchmarkSelector::Reads),
            writes: fit(&counted, BenchmarkSelector::Writes),
            proof: fit(&counted, BenchmarkSelector::ProofSize),
        }
    }
}

/// Each component over its range, the others at their highest.
fn choices(components: &[(BenchmarkParameter, u32, u32)], steps: u32) -> Vec<Components> {
    if components.is_empty() {
        return vec![Vec::new()];
    }
    let highest: Components = components.iter().map(|(name, _, high)| (*name, *high)).collect();
    let mut choices = Vec::new();
    for (place, (_, low, high)) in components.iter().enumerate() {
        for step in 0..=steps {
            let mut choice = highest.clone();
            choice[place].1 = low + (high - low) * step / steps;
            choices.push(choice);
        }
    }
    choices
}
