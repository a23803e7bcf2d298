//! The command, and what its courses show.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_types,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    reason = "tests"
)]

use adaptive::plot::draw;
use adaptive::report::{Summary, Table, summarise};
use adaptive::simulation::{Epoch, Scenario, run};
use std::process::Command;

fn simulate(operators: u32, away: u32, seed: u64) -> (Scenario, Vec<Epoch>, Summary) {
    let scenario = Scenario::plotted(operators, away, seed);
    let course = run(&scenario).unwrap();
    let summary = summarise(&scenario, &course);
    (scenario, course, summary)
}

/// The stated epochs, and one more for chance; then it stays near.
#[test]
fn the_rate_returns_into_the_band() {
    for seed in 0..10 {
        for (away, stated) in [(0, 0), (50, 2), (90, 5)] {
            let (_, course, summary) = simulate(100, away, seed);
            assert_eq!(course.len(), 60);
            for until in [summary.until_back, summary.until_settled] {
                assert!(
                    until.is_some_and(|until| until <= stated + 1),
                    "{away} %, seed {seed}: {summary:?}"
                );
            }
            // A hundred bundles an epoch: five standard deviations are 33 %.
            for (low, high) in [summary.away, summary.returned] {
                assert!(low > 0.7 && high < 1.4, "{away} %, seed {seed}: {summary:?}");
            }
        }
    }
}

/// What is measured is what is expected: over all epochs that are near the target, within five standard deviations.
#[test]
fn what_comes_is_what_was_expected() {
    for (operators, away) in [(10, 50), (100, 90)] {
        let (_, course, _) = simulate(operators, away, 3);
        let expected: f64 = course.iter().map(|epoch| epoch.expected).sum();
        let included: f64 = course.iter().map(|epoch| epoch.included).sum();
        let deviation = (expected / 100.0).sqrt();
        assert!(
            (expected - included).abs() < 5.0 * deviation,
            "{expected} and {included}"
        );
    }
}

#[test]
fn a_seed_gives_the_same_course() {
    assert_eq!(simulate(10, 50, 1).1, simulate(10, 50, 1).1);
    assert_ne!(simulate(10, 50, 1).1, simulate(10, 50, 2).1);
}

/// Returns whether every element that begins ends, in the right order, and there is one root.
fn well_formed(svg: &str) -> Result<usize, String> {
    let mut open: Vec<&str> = Vec::new();
    let mut elements = 0;
    let mut rest = svg;
    while let Some((_, tail)) = rest.split_once('<') {
        let (tag, after) = tail.split_once('>').ok_or("a tag does not end")?;
        rest = after;
        if tag.starts_with(['?', '!']) {
            continue;
        }
        if tag.matches('"').count() % 2 != 0 || tag.contains('<') {
            return Err(format!("<{tag}>"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name.trim()) {
                return Err(format!("</{name}>"));
            }
            continue;
        }
        elements += 1;
        let name = tag.split_whitespace().next().unwrap_or_default();
        if !tag.ends_with('/') {
            if open.is_empty() && elements > 1 {
                return Err("two roots".to_owned());
            }
            open.push(name);
        }
    }
    if open.is_empty() {
        Ok(elements)
    } else {
        Err(format!("{open:?} do not end"))
    }
}

#[test]
fn what_is_not_well_formed_is_noticed() {
    assert_eq!(well_formed("<a><b x=\"1\"/></a>"), Ok(2));
    for bad in [
        "<a>",
        "<a></b>",
        "<a><b></a></b>",
        "<a x=\"></a>",
        "<a></a><b></b>",
        "<a",
    ] {
        assert!(well_formed(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_picture_is_well_formed_and_has_every_panel() {
    let courses: Vec<_> = [(10, 0), (10, 50), (20, 0), (20, 90)]
        .into_iter()
        .map(|(operators, away)| {
            let (scenario, course, _) = simulate(operators, away, 1);
            (scenario, course)
        })
        .collect();
    let svg = draw(&courses, 2).unwrap();
    assert!(
        svg.starts_with("<svg") && well_formed(&svg).unwrap() > 500,
        "{}",
        svg.len()
    );
    for (scenario, _) in &courses {
        let caption = format!(
            "{} operators, {} % of the stake leaves",
            scenario.operators, scenario.away
        );
        assert!(svg.contains(&caption), "{caption}");
    }
    // A dot for each epoch of each panel.
    assert_eq!(svg.matches("<circle").count(), 4 * 60);
}

#[test]
fn the_table_has_a_row_for_each_course() {
    let rows = [(10, 50), (20, 90)].map(|(operators, away)| {
        let (scenario, _, summary) = simulate(operators, away, 1);
        (scenario, summary)
    });
    let text = Table(rows.to_vec()).to_string();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.lines().last().unwrap().contains("90%"), "{text}");
}

#[test]
fn the_command_says_what_it_takes_and_why_it_fails() {
    let command = || Command::new(env!("CARGO_BIN_EXE_adaptive"));
    let help = command().arg("--help").output().unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(
        help.status.success() && text.contains("--seed") && text.contains("--out"),
        "{text}"
    );
    let unknown = command().arg("--speed").output().unwrap();
    assert!(!unknown.status.success());
}
