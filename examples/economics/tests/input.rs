//! What the command says to wrong files and wrong command lines, and its exit codes.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "tests"
)]

mod common;

use common::{folder, params};
use economics::number::{number, percent, time};
use economics::params::Params;
use economics::report::Report;
use std::path::PathBuf;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_economics"))
        .args(arguments)
        .current_dir(folder())
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The sample with every `from` replaced, in a file of its own.
fn changed(name: &str, from: &str, to: &str) -> PathBuf {
    let text = std::fs::read_to_string(folder().join("params.toml")).unwrap();
    assert!(text.contains(from), "{from}");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.toml"));
    std::fs::write(&path, text.replace(from, to)).unwrap();
    path
}

/// What the sample with `to` in place of `from` is refused with.
#[track_caller]
fn refusal(name: &str, from: &str, to: &str) -> String {
    let path = changed(name, from, to);
    let output = run(&[path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(output.stdout.is_empty());
    err(&output)
}

#[test]
fn exit_codes_say_whether_there_are_warnings() {
    let fine = run(&["params.toml"]);
    assert_eq!(fine.status.code(), Some(0));
    assert!(out(&fine).ends_with("\nNo warnings.\n"));
    let warned = run(&["unsafe.toml"]);
    assert_eq!(warned.status.code(), Some(1));
    assert_eq!(out(&warned).matches("WARNING: ").count(), 7);
    assert_eq!(run(&["--json", "unsafe.toml"]).status.code(), Some(1));
}

#[test]
fn json_is_the_report() {
    let output = run(&["params.toml", "--json"]);
    let expected = Report::compute(&params()).to_json().unwrap();
    assert_eq!(out(&output), format!("{expected}\n"));
}

#[test]
fn without_a_file_it_says_where_the_sample_is() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    let said = err(&output);
    assert!(
        said.contains("Name a file") && said.contains("examples/economics/params.toml"),
        "{said}"
    );
}

#[test]
fn help_names_everything() {
    let said = out(&run(&["--help"]));
    for word in [
        "[FILE]",
        "--json",
        "params.toml",
        "unsafe.toml",
        "Exit code",
        "spec/economics.md",
        "lose",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let output = run(&["nowhere.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).starts_with("error: cannot read nowhere.toml: "),
        "{}",
        err(&output)
    );
}

#[test]
fn a_missing_field_is_named_with_what_to_do() {
    let said = refusal("missing", "challenge_period = 14_400", "");
    assert!(
        said.contains("missing field `challenge_period`") && said.contains("[domain]"),
        "{said}"
    );
    assert!(said.contains("examples/economics/params.toml"), "{said}");
    let said = refusal("section", "[network]", "[networks]");
    assert!(said.contains("networks"), "{said}");
}

#[test]
fn an_unknown_field_is_named() {
    let said = refusal("unknown", "bribe = ", "bribes = ");
    assert!(said.contains("unknown field `bribes`"), "{said}");
}

#[test]
fn what_is_no_toml_and_no_number_is_shown_with_its_line() {
    let said = refusal("text", "reaction = 3", "reaction = \"soon\"");
    assert!(
        said.contains("reaction = \"soon\"") && said.contains("line"),
        "{said}"
    );
    let said = refusal("broken", "[host]", "[host");
    assert!(said.contains("line"), "{said}");
}

#[test]
fn what_is_out_of_range_is_named_with_its_range() {
    let said = refusal("zero", "slot_denominator = 6", "slot_denominator = 0");
    assert!(
        said.starts_with("error: host.slot_denominator is 0, but has to be from 1 to"),
        "{said}"
    );
    let said = refusal("often", "slot_numerator = 1", "slot_numerator = 7");
    assert!(
        said.contains("host.slot_numerator is 7, but has to be from 1 to 6"),
        "{said}"
    );
    let said = refusal("reliable", "reliability = 0.95", "reliability = 1.5");
    assert!(
        said.contains("network.reliability is 1.5, but has to be from 0 to 1"),
        "{said}"
    );
    let said = refusal("nan", "bribe = 2500.0", "bribe = nan");
    assert!(said.contains("host.bribe is NaN"), "{said}");
    let said = refusal("infinite", "bribe = 2500.0", "bribe = inf");
    assert!(said.contains("host.bribe is inf"), "{said}");
    let said = refusal("absence", "absence = 20", "absence = 13");
    assert!(
        said.contains("domain.absence is 13, but has to be from 14 to 100"),
        "{said}"
    );
    let said = refusal("small", "own = 50_000.0", "own = 1.0");
    assert!(
        said.contains("operators.own of group 1 is 1, but has to be from 25000"),
        "{said}"
    );
    let said = refusal("negative", "challengers = 5", "challengers = -5");
    assert!(said.contains("challengers = -5"), "{said}");
}

#[test]
fn nobody_is_no_set_of_operators() {
    let mut params = params();
    params.operators.iter_mut().for_each(|group| group.online = false);
    let said = params.check().unwrap_err().to_string();
    assert!(said.contains("no operator is online"), "{said}");
    params.operators.clear();
    let said = params.check().unwrap_err().to_string();
    assert!(said.contains("there are no operators"), "{said}");
}

/// One end of every range is taken, beyond it is refused, and at the ends there is no figure that is not a number.
#[test]
fn every_range_ends_where_it_says_and_gives_numbers_there() {
    let mut ends = 0;
    for (field, change) in FIELDS {
        for value in [0.0, f64::MIN_POSITIVE, 1.0, 14.0, 1e4, 1e6, 9e15, 1e36] {
            let mut params = params();
            change(&mut params, value);
            if params.check().is_err() {
                continue;
            }
            ends += 1;
            let report = Report::compute(&params);
            assert!(
                !format!("{report:?}").contains("NaN"),
                "{field} = {value}: {report:#?}"
            );
        }
        let mut params = params();
        change(&mut params, 1e300);
        let said = params.check().map(|()| format!("{field} may be anything"));
        // Whole numbers saturate, and what no field holds is refused all the same.
        assert!(said.is_err(), "{said:?}");
    }
    assert!(ends > 100, "{ends}");
}

type Change = fn(&mut Params, f64);

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, which is meant"
)]
const FIELDS: [(&str, Change); 35] = [
    ("host.slot_denominator", |p, v| p.host.slot_denominator = v as u64),
    ("host.slot_numerator", |p, v| p.host.slot_numerator = v as u64),
    ("host.slot_seconds", |p, v| p.host.slot_seconds = v),
    ("host.byte_price", |p, v| p.host.byte_price = v),
    ("host.censorship", |p, v| p.host.censorship = v as u64),
    ("host.farmers", |p, v| p.host.farmers = v as u64),
    ("host.bribe", |p, v| p.host.bribe = v),
    ("host.majority", |p, v| p.host.majority = v),
    ("domain.value", |p, v| p.domain.value = v),
    ("domain.minimum_stake", |p, v| p.domain.minimum_stake = v),
    ("domain.denominator", |p, v| p.domain.denominator = v as u64),
    ("domain.numerator", |p, v| p.domain.numerator = v as u64),
    ("domain.interval", |p, v| p.domain.interval = v as u64),
    ("domain.factor", |p, v| p.domain.factor = v),
    ("domain.epoch", |p, v| p.domain.epoch = v as u64),
    ("domain.absence", |p, v| p.domain.absence = v as u32),
    ("domain.portion", |p, v| p.domain.portion = v),
    ("domain.challenge_period", |p, v| {
        p.domain.challenge_period = v as u64
    }),
    ("domain.seed_delay", |p, v| p.domain.seed_delay = v as u64),
    ("domain.reporter_share", |p, v| p.domain.reporter_share = v as u32),
    ("domain.treasury_share", |p, v| p.domain.treasury_share = v as u32),
    ("domain.bundle_bytes", |p, v| p.domain.bundle_bytes = v),
    ("domain.transaction_bytes", |p, v| p.domain.transaction_bytes = v),
    ("domain.proof_bytes", |p, v| p.domain.proof_bytes = v),
    ("operators.nominated", |p, v| {
        p.operators.iter_mut().for_each(|group| group.nominated = v);
    }),
    ("fees.execution", |p, v| p.fees.execution = v),
    ("fees.storage", |p, v| p.fees.storage = v),
    ("fees.cheapest", |p, v| p.fees.cheapest = v),
    ("costs.execution", |p, v| p.costs.execution = v),
    ("costs.checking", |p, v| p.costs.checking = v),
    ("costs.proof", |p, v| p.costs.proof = v),
    ("costs.delay", |p, v| p.costs.delay = v),
    ("network.reaction", |p, v| p.network.reaction = v as u64),
    ("network.reliability", |p, v| p.network.reliability = v),
    ("attacker.delay", |p, v| p.attacker.delay = v),
];

#[test]
fn numbers_read_well() {
    for (value, text) in [
        (0.0, "0"),
        (1.0, "1"),
        (0.995, "0.995"),
        (1234.5, "1,234"),
        (37_245_000.0, "37,245,000"),
        (-1_234_567.0, "-1,234,567"),
        (-123.0, "-123"),
        (999.96, "1,000"),
        (12.3456, "12.35"),
        (0.000_123_456, "0.0001235"),
        (0.000_01, "1.000e-5"),
        (1e15, "1.000e15"),
        (f64::INFINITY, "without bound"),
        (f64::NAN, "undefined"),
    ] {
        assert_eq!(number(value), text);
    }
    assert_eq!(percent(0.0725), "7.25 %");
    assert_eq!(percent(f64::INFINITY), "without bound");
    assert_eq!(time(119.0), "119 s");
    assert_eq!(time(120.0), "2 minutes");
    assert_eq!(time(172_800.0), "2 days");
    assert_eq!(time(f64::INFINITY), "for ever");
}
