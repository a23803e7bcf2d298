//! The rules F21 and F22: a proof as the bytes that travelled, judged by what the host knows.

use super::world::{DOMAIN, INCLUDED_AT, World, params, when};
use super::{family, shown, steps};
use crate::vectors::common::{ENGINE_NAME, engine_named, params_value, read_params};
use crate::vectors::json::{Fields, hex, number, scale};
use crate::vectors::receipt::view::View;
use crate::vectors::{Draft, Outcome};
use decex_bundle::Inbox;
use decex_core::execution::Engine;
use decex_core::params::CheckedParams;
use decex_core::{
    AccountId, Balance, ConsensusNumber, Digest, DomainId, DomainNumber, Host, OperatorId, ReceiptHash,
    RuleSet,
};
use decex_fraud::{Evidence, JudgeError, JudgeView, Named, NotRefuted, ProofName, Refutation};
use decex_receipt::{Chain, Receipt, ReceiptView, Record};
use decex_testkit::ledger::LedgerEngine;
use parity_scale_codec::Encode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// What the host of a case knows.
struct Judge {
    view: View,
    params: CheckedParams,
    engines: Vec<LedgerEngine>,
}

impl Host for Judge {
    type Error = Infallible;
}

impl ReceiptView for Judge {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Infallible> {
        self.view.chain(domain)
    }
    fn hash_at(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        self.view.hash_at(domain, number)
    }
    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        self.view.record(domain, hash)
    }
    fn inbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        self.view.inbox(domain, number)
    }
}

impl JudgeView for Judge {
    fn params(&self, domain: DomainId) -> Result<Option<CheckedParams>, Infallible> {
        let known = self.view.chain(domain)?.is_some();
        Ok(known.then(|| self.params.clone()))
    }
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        let engine = self.engines.iter().find(|engine| engine.rule_set() == *rules)?;
        Some(engine)
    }
}

pub(super) fn run(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let judge = Judge {
        view: View::read(given),
        params: read_params(given),
        engines: given.each("engines").map(|name| engine_named(name.0)).collect(),
    };
    let bytes = when.bytes("proof");
    let steps = json!({
        "proof_bytes": bytes.len(),
        "message_bytes": judge.params.message_bytes(),
        "largest_proof": number(judge.params.largest_proof()),
    });
    match take_in(&judge, &bytes) {
        Ok(refutation) => Outcome::ok(
            steps,
            json!({
                "family": family(&refutation),
                "number": number(refutation.number().0),
                "evidence": scale(&refutation.evidence()),
            }),
        ),
        Err(JudgeError::Refused(refused)) => {
            let cause = match &refused {
                NotRefuted::Bytes(error) => Some(error.code()),
                NotRefuted::Proof(invalid) => super::cause(invalid),
                _ => None,
            };
            Outcome::err_because(steps, refused.code(), cause)
        }
        Err(error) => panic!("{error}"),
    }
}

fn take_in(judge: &Judge, bytes: &[u8]) -> Result<Refutation, JudgeError<NotRefuted, Infallible>> {
    let named = Named::read(bytes, judge.params.message_bytes()).map_err(JudgeError::Refused)?;
    named.locate(judge)?.judge(judge)
}

/// The host after it accepted a receipt for the judged block.
fn given(world: &World, receipt: &Receipt, engine: &str) -> Value {
    let record = |receipt: &Receipt| Record {
        receipt: receipt.clone(),
        included_at: ConsensusNumber(INCLUDED_AT),
        backers: vec![OperatorId(3)],
        byte_price: Balance(2),
        proven: false,
    };
    let receipts = [world.parent(), receipt];
    let hashed = receipts.map(|receipt| (receipt.compute_hash(), record(receipt)));
    let view = View {
        chain: Some(Chain {
            confirmed: DomainNumber(1),
            head: DomainNumber(2),
            head_hash: receipt.compute_hash(),
        }),
        hashes: receipts
            .map(|receipt| (receipt.number, receipt.compute_hash()))
            .into(),
        records: BTreeMap::from(hashed),
        inboxes: BTreeMap::from([(DomainNumber(2), world.inbox.clone())]),
    };
    let mut given = view.value();
    let params = params_value(&params());
    given["params"] = params["params"].clone();
    given["limits"] = params["limits"].clone();
    given["engines"] = json!([engine]);
    given
}

pub(super) fn drafts() -> Vec<Draft> {
    let world = steps::world();
    let (receipt, openings) = world.lie(steps::wrong_entry(0));
    let evidence = shown::transition(&world, &openings, 0);
    let proof = when(&receipt, Evidence::Transition(evidence));
    let proof = Fields(&proof).bytes("proof");
    let given = |engine| given(&world, &receipt, engine);
    let with = |bytes: Vec<u8>| json!({ "proof": hex(&bytes) });
    let refused = |name, rules, bytes| Draft::refused(name, rules, given(ENGINE_NAME), with(bytes));
    let named = |domain, receipt, rest: &[u8]| {
        let reporter = AccountId(Digest([9; 32]));
        [
            &ProofName {
                domain,
                receipt,
                reporter,
            }
            .encode(),
            rest,
        ]
        .concat()
    };
    let cut = |bytes: usize| proof.get(..bytes).expect("long enough").to_vec();
    let hash = receipt.compute_hash();
    let final_one = world.parent().compute_hash();
    vec![
        Draft::accepted(
            "a_proof",
            "F1 F2 F3 F4 F21 F22",
            given(ENGINE_NAME),
            with(proof.clone()),
        ),
        refused("over_the_hosts_limit", "F21 C1", vec![0; 1_048_577]),
        refused("too_short_for_a_name", "F21 C2", cut(67)),
        refused("cut_short", "F21 C2", cut(proof.len() - 1)),
        refused("bytes_after_the_end", "F21 C3", [proof.as_slice(), &[0]].concat()),
        refused("of_no_family", "F21 C2", named(DOMAIN, hash, &[3])),
        Draft::refused(
            "no_engine_of_these_rules",
            "F22",
            given("decex-testkit ledger v1"),
            with(proof.clone()),
        ),
        Draft::refused(
            "the_engine_comes_before_the_evidence",
            "F22",
            given("decex-testkit ledger v1"),
            with(named(DOMAIN, hash, &[3])),
        ),
        refused(
            "anything_that_names_a_final_receipt",
            "F1",
            named(DOMAIN, final_one, &[0xff; 40]),
        ),
        refused(
            "anything_that_names_no_receipt",
            "F1",
            named(DOMAIN, ReceiptHash::default(), &[]),
        ),
        refused(
            "anything_that_names_no_domain",
            "F1",
            named(DomainId(1), hash, &[]),
        ),
        refused(
            "too_large_before_it_is_decoded",
            "F4",
            named(DOMAIN, hash, &[0xff; 250_000]),
        ),
    ]
}
