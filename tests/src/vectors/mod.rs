//! Conformance vectors: what another implementation must answer, operation by operation, as files in `vectors/`.
//!
//! An operation is a function from what is given and what is asked to intermediate values and an answer. The generator runs
//! it on the drafts below and writes the files; the checker runs it on what the files say, and on nothing else.
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a vector that cannot be made or read must stop the test"
)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "most errors have no cause within, most values are of no special form"
)]

pub mod bundle;
mod common;
pub mod coverage;
pub mod election;
pub mod fraud;
pub mod json;
pub mod light;
pub mod messaging;
pub mod receipt;
pub mod schedule;
pub mod space;
pub mod staking;
pub mod storage_audit;

use self::json::Fields;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The shape of the files. Another shape gets another name.
pub const SCHEMA: &str = "decex-vectors/1";

/// A case before it is run.
#[derive(Clone, Debug)]
pub struct Draft {
    name: String,
    rules: Vec<String>,
    given: Value,
    when: Value,
    refused: Option<u16>,
}

impl Draft {
    /// A case that must be accepted; `rules` are those that it is about, with spaces between.
    #[must_use]
    pub fn accepted(name: &str, rules: &str, given: Value, when: Value) -> Self {
        Self {
            name: name.to_owned(),
            rules: rules.split_whitespace().map(str::to_owned).collect(),
            given,
            when,
            refused: None,
        }
    }

    /// A case that must be refused by the first of `rules`.
    #[must_use]
    pub fn refused(name: &str, rules: &str, given: Value, when: Value) -> Self {
        let draft = Self::accepted(name, rules, given, when);
        let refused = draft.rules.first().and_then(|rule| code_of(rule));
        assert!(refused.is_some(), "{name}: {rules} does not start with a rule");
        Self { refused, ..draft }
    }
}

/// Returns the code of a rule: its number.
#[must_use]
pub fn code_of(rule: &str) -> Option<u16> {
    rule.get(1..)?.parse().ok()
}

/// What an operation answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    steps: Value,
    then: Value,
}

impl Outcome {
    /// Accepted.
    #[must_use]
    pub fn ok(steps: Value, answer: Value) -> Self {
        let then = json!({ "ok": answer });
        Self { steps, then }
    }

    /// Refused by the rule with this number.
    #[must_use]
    pub fn err(steps: Value, code: u16) -> Self {
        let then = json!({ "err": { "code": code } });
        Self { steps, then }
    }

    /// Refused by the rule with this number, because of a rule of another page.
    #[must_use]
    pub fn err_because(steps: Value, code: u16, cause: Option<u16>) -> Self {
        match cause {
            Some(cause) => Self {
                steps,
                then: json!({ "err": { "code": code, "cause": cause } }),
            },
            None => Self::err(steps, code),
        }
    }

    fn code(&self) -> Option<u64> {
        self.then.get("err")?.get("code")?.as_u64()
    }
}

/// One file of vectors.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The crate whose rules it runs.
    pub package: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it does: given, when.
    pub run: fn(Fields<'_>, Fields<'_>) -> Outcome,
    /// Its cases.
    pub drafts: fn() -> Vec<Draft>,
}

/// Returns every operation.
#[must_use]
pub fn operations() -> Vec<Operation> {
    [
        election::OPERATIONS,
        schedule::OPERATIONS,
        bundle::OPERATIONS,
        receipt::OPERATIONS,
        fraud::OPERATIONS,
        light::OPERATIONS,
        space::OPERATIONS,
        staking::OPERATIONS,
        messaging::OPERATIONS,
        storage_audit::OPERATIONS,
    ]
    .concat()
}

impl Operation {
    const fn of(
        package: &'static str,
        name: &'static str,
        run: fn(Fields<'_>, Fields<'_>) -> Outcome,
        drafts: fn() -> Vec<Draft>,
    ) -> Self {
        Self {
            package,
            name,
            run,
            drafts,
        }
    }

    /// Returns where its file stands in the repository.
    #[must_use]
    pub fn path(&self) -> String {
        let (_, file) = self.name.split_once('.').unwrap_or(("", self.name));
        format!("vectors/{}/{file}.json", self.package)
    }

    /// Runs the drafts and returns the file.
    #[must_use]
    pub fn generate(&self) -> String {
        let mut names = BTreeSet::new();
        let cases: Vec<Value> = (self.drafts)()
            .into_iter()
            .map(|draft| {
                let place = format!("{}: {}", self.name, draft.name);
                assert!(names.insert(draft.name.clone()), "{place} stands there twice");
                let outcome = (self.run)(Fields(&draft.given), Fields(&draft.when));
                let refused = draft.refused.map(u64::from);
                assert_eq!(outcome.code(), refused, "{place}: {}", outcome.then);
                json!({
                    "name": draft.name,
                    "rules": draft.rules,
                    "given": draft.given,
                    "when": draft.when,
                    "steps": outcome.steps,
                    "then": outcome.then,
                })
            })
            .collect();
        json::render(&json!({ "schema": SCHEMA, "operation": self.name, "cases": cases }))
    }

    /// Runs every case of a file on what the file says, and returns what differs.
    #[must_use]
    pub fn check(&self, text: &str) -> Vec<String> {
        let file: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let file = Fields(&file);
        let mut found = Vec::new();
        if (file.text("schema"), file.text("operation")) != (SCHEMA, self.name) {
            found.push(format!("{}: another schema or operation", self.name));
        }
        for case in file.each("cases") {
            let expected = Outcome {
                steps: case.fields("steps").0.clone(),
                then: case.fields("then").0.clone(),
            };
            let outcome = (self.run)(case.fields("given"), case.fields("when"));
            if outcome != expected {
                let (name, case) = (self.name, case.text("name"));
                found.push(format!("{name}: {case}: {outcome:?}, the file says {expected:?}"));
            }
        }
        found
    }
}
