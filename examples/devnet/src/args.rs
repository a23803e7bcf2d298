//! The command line.

use crate::live::LIVE_PACE;
use crate::ordering::{Cut, Faults};
use clap::{Parser, ValueEnum};
use parity_scale_codec::{Decode, Encode};
use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

const FARMERS: RangeInclusive<u32> = 1..=16;
const OPERATORS: RangeInclusive<u32> = 2..=16;

// Broken by hand: clap breaks lines only with a feature that brings a terminal library.
const ABOUT: &str = "\
Runs the whole protocol in one process: farmers plot the chain's history and win blocks with it,
operators execute users' transactions in an EVM domain, one operator lies and is caught. A ledger
domain and the consensus chain exchange messages with it, which relayers pass on. The receipts of
a second ledger are proven by a STARK and final at once. In the end all transactions are executed
once more on plain revm and compared, every solution is verified again, and history is brought
back from half of its pieces.

Progress goes to standard error, the summary to standard output.";

const EXAMPLES: &str = "\
Examples (with cargo: cargo run --release -p devnet -- OPTIONS):
  devnet                                  the demo: 388 transactions, and a lie about the state
  devnet --lie schedule --seed 7          another lie, another course of events
  devnet --lie none --farmers 8           nobody lies; more farmers, more forks
  devnet --transactions my.txt            your own transactions (chain id and funded accounts:
                                          examples/devnet/transactions/genesis.json)
  devnet --fresh --json --quiet | jq .    begin anew; the summary as JSON and nothing else
  devnet --ui                             a page to look at while it runs
  devnet --engine simplex --loss 20       validators instead of farmers; a bad network
  devnet --pace 50 --data /tmp/a          slow enough to watch; stop it with Ctrl-C, call it again:
                                          it goes on from disk

A run that was stopped goes on where it was; a run that ended prints its summary again. The same
options and the same seed give the same summary to the byte, times excepted, stopped or not.

Exit code: 0 if every check of the summary holds, 1 if one does not, 2 for an error or a wrong
command line, 130 if Ctrl-C stopped it, 0 if --for did.";

/// The command line, read and checked.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "devnet", version, about = ABOUT, after_help = EXAMPLES)]
pub struct Args {
    /// Signed transactions, one a line in hex after 0x, or `none` [default: the shipped demo]
    #[arg(long, value_name = "FILE")]
    pub transactions: Option<PathBuf>,

    /// Seed of all chance: keys, delays, what genesis is filled with
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// What the last operator lies about
    #[arg(long, value_name = "FIELD", value_enum, default_value_t = Lie::State)]
    pub lie: Lie,

    /// First domain block whose receipt is falsified
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = lie_at)]
    pub lie_at: u64,

    /// Where the run is kept, to go on after a stop
    #[arg(long, value_name = "DIR", default_value = "devnet-data")]
    pub data: PathBuf,

    /// Delete what an earlier run left in the data directory
    #[arg(long)]
    pub fresh: bool,

    /// Give up after so many slots
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = slots)]
    pub slots: u64,

    /// Farmers, each with plots and a chain, or validators: 1 to 16 [default: 3; with simplex 4]
    #[arg(long, value_name = "N", value_parser = farmers)]
    pub farmers: Option<u32>,

    /// Who orders blocks: farmers that win them, or a BFT engine among validators
    #[arg(long, value_name = "NAME", value_enum, default_value_t = Engine::Farmers)]
    pub engine: Engine,

    /// With simplex: milliseconds that its messages take, in virtual time [default: 50]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=2_000))]
    pub latency: Option<u64>,

    /// With simplex: of a thousand messages between nodes, so many are lost [default: 0]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=500))]
    pub loss: Option<u16>,

    /// With simplex: cut a node off from slot FROM to slot TO; may be repeated
    #[arg(long, value_name = "NODE:FROM:TO", value_parser = cut)]
    pub cut: Vec<Cut>,

    /// Operators of the EVM, the last of which lies: 2 to 16 (each ledger has 2 more)
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = operators)]
    pub operators: u32,

    /// Write the chain's blocks to a file when the run is over, for `farmer plot --history`
    #[arg(long, value_name = "FILE")]
    pub export_history: Option<PathBuf>,

    /// Print the summary as one JSON object
    #[arg(long)]
    pub json: bool,

    /// Show no progress
    #[arg(long)]
    pub quiet: bool,

    /// Milliseconds for each slot [default: none; 200 in a live run]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub pace: Option<u64>,

    /// Go on when everything is final, until Ctrl-C
    #[arg(long)]
    pub live: bool,

    /// Answer Ethereum JSON-RPC for wallets, live [default address: 127.0.0.1:8545; port 0: any]
    #[arg(long, value_name = "ADDR:PORT", num_args = 0..=1, default_missing_value = "127.0.0.1:8545")]
    pub rpc: Option<SocketAddr>,

    /// Show the run on a page, on loopback, and go on as with --live [default port: 7171; 0: any]
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "7171")]
    pub ui: Option<u16>,

    /// Where the page is kept when the run ends [default: report.html in the data directory]
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// Stop after so many seconds, as Ctrl-C does
    #[arg(long = "for", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    pub seconds: Option<u64>,
}

impl Args {
    /// Returns what is wrong with the options together, if anything is.
    #[must_use]
    pub fn contradiction(&self) -> Option<String> {
        let faults = [
            ("--latency", self.latency.is_some()),
            ("--loss", self.loss.is_some()),
            ("--cut", !self.cut.is_empty()),
        ];
        if self.engine == Engine::Farmers {
            let fault = faults.into_iter().find(|(_, is_set)| *is_set);
            return fault.map(|(name, _)| {
                format!("{name} is for --engine simplex: messages of farmers take one to three slots and all arrive")
            });
        }
        let nodes = self.nodes();
        let foreign = self.cut.iter().find(|cut| cut.node >= nodes);
        foreign.map(|cut| {
            format!(
                "--cut {}: the nodes are 0 to {}",
                cut.node,
                nodes.saturating_sub(1)
            )
        })
    }

    /// Returns how many nodes there are.
    #[must_use]
    pub fn nodes(&self) -> u32 {
        self.farmers.unwrap_or(match self.engine {
            Engine::Farmers => 3,
            Engine::Simplex => 4,
        })
    }

    /// Returns what happens to messages between nodes.
    #[must_use]
    pub fn faults(&self) -> Faults {
        Faults {
            loss: self.loss.unwrap_or(0),
            cuts: self.cut.clone(),
        }
    }

    /// Returns whether the run goes on when everything is final.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.live || self.ui.is_some() || self.rpc.is_some()
    }

    /// Returns where the page is kept when the run ends.
    #[must_use]
    pub fn report(&self) -> PathBuf {
        self.report
            .clone()
            .unwrap_or_else(|| self.data.join("report.html"))
    }

    /// Returns what a slot takes at least.
    #[must_use]
    pub fn pace(&self) -> Duration {
        let otherwise = if self.is_live() { LIVE_PACE } else { Duration::ZERO };
        self.pace.map_or(otherwise, Duration::from_millis)
    }
}

/// Who orders blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// Farmers win blocks with their plots; the longest chain counts
    Farmers,
    /// Commonware simplex: validators vote, and a block is final at once
    Simplex,
}

/// What the liar lies about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Encode, Decode)]
pub enum Lie {
    /// The state from the middle of the block on, and so its state root
    State,
    /// The state after one step of the block, and after no other
    Entry,
    /// The order of the transactions
    Schedule,
    /// One transaction is left out
    Omit,
    /// One transaction is executed twice
    Repeat,
    /// A legal bundle is called illegal
    Verdict,
    /// The fees of the block
    Fees,
    /// Nobody lies
    None,
}

impl Lie {
    /// Every choice, in the order of the help.
    pub const ALL: [Self; 8] = [
        Self::State,
        Self::Entry,
        Self::Schedule,
        Self::Omit,
        Self::Repeat,
        Self::Verdict,
        Self::Fees,
        Self::None,
    ];

    /// Returns its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Entry => "entry",
            Self::Schedule => "schedule",
            Self::Omit => "omit",
            Self::Repeat => "repeat",
            Self::Verdict => "verdict",
            Self::Fees => "fees",
            Self::None => "none",
        }
    }
}

impl Lie {
    /// Returns what it is about, in words.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::State => "the state from the middle of the block on",
            Self::Entry => "the state after one step",
            Self::Schedule => "the order of the transactions",
            Self::Omit => "a transaction left out",
            Self::Repeat => "a transaction executed twice",
            Self::Verdict => "a legal bundle called illegal",
            Self::Fees => "the fees",
            Self::None => "nothing",
        }
    }
}

impl fmt::Display for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "not a whole number, or too large".to_owned())
}

fn farmers(text: &str) -> Result<u32, String> {
    let farmers = number(text)?;
    if FARMERS.contains(&farmers) {
        Ok(farmers)
    } else {
        Err("a network has 1 to 16 farmers".into())
    }
}

fn cut(text: &str) -> Result<Cut, String> {
    let why = || "a node and two slots, the second after the first, as in 1:40:90".to_owned();
    let parts: Result<Vec<u64>, _> = text.split(':').map(str::parse).collect();
    let parts = parts.map_err(|_| why())?;
    let &[node, from, to] = parts.as_slice() else {
        return Err(why());
    };
    let node = u32::try_from(node).map_err(|_| why())?;
    if from < to {
        Ok(Cut { node, from, to })
    } else {
        Err(why())
    }
}

fn operators(text: &str) -> Result<u32, String> {
    let operators = number(text)?;
    let why = "a domain has 2 to 16 operators here: the last may lie, another must be there to notice";
    if OPERATORS.contains(&operators) {
        Ok(operators)
    } else {
        Err(why.into())
    }
}

fn lie_at(text: &str) -> Result<u64, String> {
    let block = number(text)?;
    if block > 0 {
        Ok(block)
    } else {
        Err("block 0 is the genesis, which nobody executes: 1 or more".into())
    }
}

fn slots(text: &str) -> Result<u64, String> {
    let slots = number(text)?;
    if slots > 0 {
        Ok(slots)
    } else {
        Err("a run needs at least one slot".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn read(line: &str) -> Result<Args, String> {
        Args::try_parse_from(["devnet"].into_iter().chain(line.split_whitespace()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
        for lie in Lie::ALL {
            assert_eq!(lie.to_possible_value().unwrap().get_name(), lie.name());
        }
        assert_eq!(Lie::value_variants(), Lie::ALL);
    }

    #[test]
    fn without_options_it_is_the_demo() {
        let args = read("").unwrap();
        let expected = Args {
            transactions: None,
            seed: 1,
            lie: Lie::State,
            lie_at: 3,
            data: "devnet-data".into(),
            fresh: false,
            slots: 5000,
            farmers: None,
            engine: Engine::Farmers,
            latency: None,
            loss: None,
            cut: Vec::new(),
            operators: 4,
            export_history: None,
            json: false,
            quiet: false,
            pace: None,
            live: false,
            rpc: None,
            ui: None,
            report: None,
            seconds: None,
        };
        assert_eq!(args, expected);
        assert_eq!((args.is_live(), args.pace()), (false, Duration::ZERO));
        assert_eq!(args.report(), PathBuf::from("devnet-data/report.html"));
    }

    #[test]
    fn every_option_is_read() {
        let line = "--transactions a.txt --seed 9 --lie verdict --lie-at 5 --data d --fresh --slots 70 \
                    --farmers 16 --operators 2 --export-history h --json --quiet";
        let args = read(line).unwrap();
        assert_eq!(
            (args.transactions, args.seed, args.lie),
            (Some("a.txt".into()), 9, Lie::Verdict)
        );
        assert_eq!(
            (args.lie_at, args.data, args.fresh, args.slots),
            (5, "d".into(), true, 70)
        );
        assert_eq!(
            (args.farmers, args.operators, args.json, args.quiet),
            (Some(16), 2, true, true)
        );
        assert_eq!(args.export_history, Some("h".into()));
        let rpc = |line| read(line).unwrap().rpc.map(|address| address.to_string());
        assert_eq!(rpc("--rpc --quiet").as_deref(), Some("127.0.0.1:8545"));
        assert_eq!(rpc("--rpc [::1]:9").as_deref(), Some("[::1]:9"));
        assert!(read("--rpc").unwrap().is_live());
        let live = read("--live --for 9").unwrap();
        assert_eq!(
            (live.is_live(), live.pace(), live.seconds),
            (true, LIVE_PACE, Some(9))
        );
        let page = read("--ui --report r.html").unwrap();
        assert_eq!((page.ui, page.is_live()), (Some(7171), true));
        assert_eq!(page.report(), PathBuf::from("r.html"));
        assert_eq!(read("--ui 0 --quiet").unwrap().ui, Some(0));
        assert_eq!(
            read("--live --pace 0").unwrap().pace(),
            Duration::ZERO,
            "as asked"
        );
    }

    #[test]
    fn what_is_for_validators_is_refused_for_farmers() {
        for line in ["--loss 0", "--latency 9", "--cut 0:1:2"] {
            let refused = read(line).unwrap().contradiction().unwrap();
            assert!(refused.contains("is for --engine simplex"), "{line}: {refused}");
            let line = format!("--engine simplex {line}");
            assert_eq!(read(&line).unwrap().contradiction(), None, "{line}");
        }
        let foreign = read("--engine simplex --cut 3:1:2 --cut 4:1:2").unwrap();
        let refused = foreign.contradiction().unwrap();
        assert!(refused.contains("--cut 4: the nodes are 0 to 3"), "{refused}");
        assert_eq!(read("").unwrap().contradiction(), None);
        assert_eq!((read("").unwrap().nodes(), foreign.nodes()), (3, 4));
        assert_eq!(read("--engine simplex --farmers 7").unwrap().nodes(), 7);
        let faults = read("--engine simplex --loss 5 --cut 1:2:4").unwrap().faults();
        let cut = Cut {
            node: 1,
            from: 2,
            to: 4,
        };
        assert_eq!((faults.loss, faults.cuts), (5, vec![cut]));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_reason() {
        let cases = [
            ("--farmers 0", "a network has 1 to 16 farmers"),
            ("--farmers 17", "a network has 1 to 16 farmers"),
            ("--operators 1", "another must be there to notice"),
            ("--operators 17", "2 to 16 operators"),
            ("--lie-at 0", "block 0 is the genesis"),
            ("--slots 0", "at least one slot"),
            ("--ui 65536", "65536 is not in 0..=65535"),
            ("--for 0", "0 is not in 1..=31536000"),
            ("--rpc 8545", "invalid socket address"),
            ("--pace 60001", "60001 is not in 0..=60000"),
            ("--slots many", "not a whole number"),
            (
                "--lie everything",
                "possible values: state, entry, schedule, omit, repeat, verdict, fees, none",
            ),
            ("--engine raft", "possible values: farmers, simplex"),
            ("--latency 0", "0 is not in 1..=2000"),
            ("--loss 501", "501 is not in 0..=500"),
            ("--cut 1:5:5", "the second after the first"),
            ("--cut 1:5", "a node and two slots"),
            ("--cut 1:5:9:12", "a node and two slots"),
            ("--cut 4294967296:5:9", "a node and two slots"),
            ("--colour", "unexpected argument"),
            ("extra", "unexpected argument"),
        ];
        for (line, expected) in cases {
            let error = read(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error:?}");
        }
    }

    #[test]
    fn the_help_names_every_option_and_fits_the_screen() {
        let help = Args::command().render_long_help().to_string();
        let names = [
            "transactions",
            "seed",
            "lie",
            "lie-at",
            "data",
            "fresh",
            "slots",
            "farmers",
            "operators",
        ];
        for name in names.into_iter().chain([
            "export-history",
            "json",
            "quiet",
            "pace",
            "live",
            "rpc",
            "ui",
            "report",
            "for",
            "engine",
            "latency",
            "loss",
            "cut",
        ]) {
            assert!(help.contains(&format!("--{name}")), "{name}");
        }
        assert!(help.contains("Examples (with cargo") && help.contains("Exit code"));
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}
