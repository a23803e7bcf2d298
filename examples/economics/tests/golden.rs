//! The reports of the samples, to the letter. After a change that is meant: `ECONOMICS_GOLDEN=write cargo test -p economics`.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "tests"
)]

mod common;

use common::{folder, sample};
use economics::report::Report;
use economics::show::show;
use std::fs;

fn check(name: &str) -> Report {
    let file = format!("{name}.toml");
    let params = sample(&file);
    let report = Report::compute(&params);
    let text = show(&file, &params, &report);
    let path = folder().join("tests/golden").join(format!("{name}.txt"));
    if std::env::var("ECONOMICS_GOLDEN").is_ok_and(|what| what == "write") {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap(), "{}", path.display());
    report
}

#[test]
fn the_ordinary_sample_is_as_it_was_and_warns_of_nothing() {
    assert!(check("params").warnings.is_empty());
}

#[test]
fn the_unsafe_sample_is_as_it_was_and_warns_of_everything() {
    let warnings = check("unsafe").warnings;
    for part in [
        "an attack on safety costs",
        "(P5)",
        "(P2)",
        "proving one's own fraud pays",
        "raise fees.execution",
        "checking pays nobody",
        "answers for nominators'",
    ] {
        let found = warnings.iter().filter(|warning| warning.contains(part)).count();
        assert_eq!(found, 1, "{part}: {warnings:#?}");
    }
    assert_eq!(warnings.len(), 7, "{warnings:#?}");
}

#[test]
fn json_has_every_figure_and_null_for_what_has_no_bound() {
    let mut params = sample("params.toml");
    params.domain.value = 0.0;
    let report = Report::compute(&params);
    let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    let fields: Vec<&String> = json.as_object().unwrap().keys().collect();
    let expected = [
        "absence", "checkers", "delay", "griefing", "incomes", "safety", "share", "warnings", "windows",
    ];
    assert_eq!(fields, expected);
    assert_eq!(json.pointer("/safety/margin"), Some(&serde_json::Value::Null));
    let cheapest = json
        .pointer("/safety/cheapest")
        .and_then(serde_json::Value::as_f64);
    assert_eq!(cheapest, Some(report.safety.cheapest));
    assert_eq!(
        json.pointer("/safety/way").and_then(|way| way.as_str()),
        Some("bribing")
    );
}
