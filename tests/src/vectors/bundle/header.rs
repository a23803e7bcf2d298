//! The cases of the rules B1 to B19.

use super::ENGINE_NAME;
use crate::vectors::Draft;
use crate::vectors::common::{keypair, named, params, params_value, plain};
use crate::vectors::json::scale;
use decex_bundle::{Base, Draft as HeaderDraft, Item, in_portion, seal_bundle};
use decex_core::{
    Balance, BoundedVec, ConsensusNumber, DomainId, DomainNumber, Nonce, OperatorId, Randomness, ReceiptHash,
    RuleSet, SenderId, StateRoot, Weight, Window, label, list,
};
use decex_election::{Challenge, Elected, ElectionProof, FACTOR_ONE, Odds, Share, try_elect};
use decex_receipt::{Bundle, Submission, genesis_receipt};
use serde_json::{Value, json};

pub(super) const DOMAIN: DomainId = DomainId(3);
pub(super) const OPERATOR: OperatorId = OperatorId(7);
const WINDOW: Window = Window(50);

pub(super) fn base() -> Base {
    Base {
        number: DomainNumber(40),
        hash: ReceiptHash(named(40)),
        root: StateRoot(named(41)),
        byte_price: Balance(2),
    }
}

fn randomness() -> Randomness {
    Randomness(named(5))
}

/// A host on which everything holds.
pub(super) fn given() -> Value {
    let mut terms = params_value(&params());
    terms["active"] = Value::from(true);
    json!({
        "now": 101,
        "domain": DOMAIN.0,
        "terms": terms,
        "operator": OPERATOR.0,
        "standing": { "key": scale(keypair(1).key()), "stake": "10", "total": "10", "factor": FACTOR_ONE, "eligible": true },
        "randomness": scale(&randomness()),
        "window_used": false,
        "bases": [scale(&base())],
        "head": 42,
        "unexecuted": 0,
        "bundles_in_block": 0,
        "engine": ENGINE_NAME,
        "accounts": [],
    })
}

/// The same host with something changed.
pub(super) fn given_with(change: impl FnOnce(&mut Value)) -> Value {
    let mut given = given();
    change(&mut given);
    given
}

/// The election of the key `seed` for a window, won for certain.
pub(super) fn election(window: Window, seed: u8) -> (Elected, ElectionProof) {
    let challenge = Challenge {
        domain: DOMAIN,
        window,
        randomness: randomness(),
    };
    let odds = Odds::new(1, 1, FACTOR_ONE).expect("odds");
    let share = Share::new(Balance(1), Balance(1)).expect("a share");
    try_elect(&keypair(seed), &challenge, &odds, &share).expect("every output wins")
}

pub(super) fn draft() -> HeaderDraft {
    HeaderDraft {
        domain: DOMAIN,
        operator: OPERATOR,
        election: election(WINDOW, 1).1,
        base: base().hash,
    }
}

/// A receipt to carry; inclusion looks at its hash only.
pub(super) fn note(n: u64) -> Submission {
    let receipt = genesis_receipt(
        DOMAIN,
        RuleSet::default(),
        StateRoot::default(),
        ConsensusNumber(n),
    );
    Submission {
        receipt,
        openings: None,
    }
}

pub(super) fn seal(draft: &HeaderDraft, receipts: Vec<Submission>, items: Vec<Item>) -> Bundle {
    let sealed = seal_bundle(&super::Seals(None), &keypair(1), draft, receipts, items);
    sealed.expect("sealable").into_bundle()
}

/// A bundle of two transactions and a receipt.
pub(super) fn bundle() -> Bundle {
    seal(&draft(), vec![note(1)], vec![plain(11, 0), plain(12, 4)])
}

/// Changes something and seals it again, as a dishonest author would.
pub(super) fn resealed(bundle: &Bundle, change: impl FnOnce(&mut Bundle)) -> Bundle {
    let mut bundle = bundle.clone();
    change(&mut bundle);
    let hash = bundle.header.header.compute_hash();
    bundle.header.seal = keypair(1).sign(&label::BUNDLE_SEAL, &hash.0);
    bundle
}

pub(super) fn when(bundle: &Bundle) -> Value {
    json!({ "bundle": scale(bundle) })
}

pub(super) fn drafts() -> Vec<Draft> {
    [accepted(), host(), limits(), signed(), portion()].concat()
}

fn receipts_only() -> Bundle {
    seal(&draft(), vec![note(1), note(2)], vec![])
}

fn accepted() -> Vec<Draft> {
    let late = HeaderDraft {
        election: election(Window(47), 1).1,
        ..draft()
    };
    let busy = given_with(|given| {
        given["terms"]["active"] = Value::from(false);
        given["bundles_in_block"] = Value::from(5);
        given["unexecuted"] = Value::from(99);
        given["bases"] = json!([]);
    });
    vec![
        Draft::accepted(
            "receipts_and_transactions",
            "B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 B11 B12 B13 B14 B15 B16 B17 B18 B19 B20 B21 B22 B23 B24 B25 B26 B27 B28",
            given(),
            when(&bundle()),
        ),
        Draft::accepted(
            "transactions_only",
            "B8",
            given(),
            when(&seal(&draft(), vec![], vec![plain(11, 0)])),
        ),
        Draft::accepted(
            "receipts_are_taken_always",
            "B3 B9 B20 B21",
            busy,
            when(&receipts_only()),
        ),
        Draft::accepted(
            "the_oldest_open_window",
            "B6",
            given(),
            when(&seal(&late, vec![note(1)], vec![])),
        ),
    ]
}

fn host() -> Vec<Draft> {
    let refused = |name, rules, change: fn(&mut Value)| {
        Draft::refused(name, rules, given_with(change), when(&bundle()))
    };
    let version = resealed(&bundle(), |bundle| bundle.header.header.version = 2);
    vec![
        Draft::refused("another_version", "B1", given(), when(&version)),
        refused("another_domain", "B2", |given| given["domain"] = Value::from(4)),
        refused("no_terms", "B2", |given| given["terms"] = Value::Null),
        refused("paused", "B3", |given| {
            given["terms"]["active"] = Value::from(false)
        }),
        refused("another_operator", "B4", |given| {
            given["operator"] = Value::from(8)
        }),
        refused("not_an_operator", "B4", |given| given["standing"] = Value::Null),
        refused("not_eligible", "B5", |given| {
            given["standing"]["eligible"] = Value::from(false)
        }),
        refused("the_next_window", "B6 E16", |given| {
            given["now"] = Value::from(99)
        }),
        refused("a_window_too_old", "B6 E17", |given| {
            given["now"] = Value::from(108)
        }),
        refused("window_used", "B7 E18", |given| {
            given["window_used"] = Value::from(true)
        }),
        refused("block_full", "B9", |given| {
            given["bundles_in_block"] = Value::from(5)
        }),
        refused("randomness_not_known", "B14", |given| {
            given["randomness"] = Value::Null
        }),
        refused("other_randomness", "B15 E11", |given| {
            given["randomness"] = scale(&Randomness(named(6)))
        }),
        refused("a_millionth_of_the_stake", "B15 E10", |given| {
            given["standing"]["total"] = Value::from("10485760")
        }),
        Draft::accepted(
            "a_millionth_of_the_stake_at_a_factor_of_a_million",
            "B15 E10 E23",
            given_with(|given| {
                given["standing"]["total"] = Value::from("10485760");
                given["standing"]["factor"] = Value::from(FACTOR_ONE << 20_u32);
            }),
            when(&bundle()),
        ),
        refused("no_stake", "B15 E10", |given| {
            given["standing"]["stake"] = Value::from("0")
        }),
    ]
}

fn limits() -> Vec<Draft> {
    let refused = |name, rules, change: fn(&mut Bundle)| {
        Draft::refused(name, rules, given(), when(&resealed(&bundle(), change)))
    };
    let empty = resealed(&receipts_only(), |bundle| {
        bundle.receipts = BoundedVec::default();
        bundle.header.header.receipts.count = 0;
        bundle.header.header.receipts.root = list::root(&[]);
    });
    vec![
        Draft::refused("carries_nothing", "B8", given(), when(&empty)),
        Draft::accepted(
            "carries_nothing_where_the_factor_moves",
            "B8",
            counting(2, 0),
            when(&empty),
        ),
        Draft::accepted(
            "carries_nothing_where_absence_is_told",
            "B8",
            counting(1, 14),
            when(&empty),
        ),
        refused("too_many_transactions", "B10", |bundle| {
            bundle.header.header.body.count = 11
        }),
        refused("too_many_bytes", "B11", |bundle| {
            bundle.header.header.body.bytes = 2_001
        }),
        refused("too_much_weight", "B12", |bundle| {
            bundle.header.header.body.weight = Weight(5_001)
        }),
        refused("one_transaction_missing", "B13", |bundle| {
            let mut body = bundle.body.to_vec();
            body.pop();
            bundle.body = BoundedVec::new(body).expect("short");
        }),
    ]
}

fn signed() -> Vec<Draft> {
    let refused = |name, rules, bundle: &Bundle| Draft::refused(name, rules, given(), when(bundle));
    let changed = |change: fn(&mut Bundle)| {
        let mut bundle = bundle();
        change(&mut bundle);
        bundle
    };
    let other = HeaderDraft {
        election: election(WINDOW, 2).1,
        ..draft()
    };
    vec![
        refused(
            "elected_with_another_key",
            "B15 E11",
            &seal(&other, vec![note(1)], vec![]),
        ),
        refused(
            "preoutput_is_the_identity",
            "B15 E8",
            &resealed(&bundle(), |bundle| {
                bundle.header.header.election.preoutput = [0; 32];
            }),
        ),
        refused(
            "response_is_not_canonical",
            "B15 E9",
            &resealed(&bundle(), |bundle| {
                bundle.header.header.election.response = [0xff; 32];
            }),
        ),
        refused(
            "header_changed_after_the_seal",
            "B16 E14",
            &changed(|bundle| bundle.header.header.base.0.0[0] ^= 1),
        ),
        refused(
            "seal_without_its_mark",
            "B16 E13",
            &changed(|bundle| bundle.header.seal.0[63] &= 0x7f),
        ),
        refused(
            "a_receipt_is_missing",
            "B18",
            &changed(|bundle| bundle.receipts = BoundedVec::default()),
        ),
        refused(
            "another_receipt",
            "B19",
            &changed(|bundle| {
                bundle.receipts = BoundedVec::new(vec![note(9)]).expect("one");
            }),
        ),
    ]
}

/// A domain that counts bundles.
fn counting(max_factor: u32, absence: u32) -> Value {
    let mut given = given();
    let mut params = params();
    params.election.max_factor = max_factor;
    params.election.absence = absence;
    given["terms"]["params"] = scale(&params);
    given
}

fn portion() -> Vec<Draft> {
    let share = 1 << 30;
    let given = given_with(|given| {
        let mut params = params();
        params.portion = share;
        given["terms"]["params"] = scale(&params);
    });
    let output = election(WINDOW, 1).0.output();
    let sender = |inside: bool| {
        let mut senders = (0..).map(|n| SenderId(named(n)));
        senders
            .find(|sender| in_portion(sender, &output, share) == inside)
            .expect("one of many")
    };
    let of = |sender: SenderId| Item {
        sender,
        nonce: Nonce(0),
        weight: Weight(1),
        bytes: BoundedVec::new(vec![1]).expect("short"),
    };
    let carried =
        |senders: &[SenderId]| when(&seal(&draft(), vec![], senders.iter().copied().map(of).collect()));
    vec![
        Draft::accepted(
            "a_sender_inside_the_portion",
            "B17",
            given.clone(),
            carried(&[sender(true)]),
        ),
        Draft::refused(
            "a_sender_outside_the_portion",
            "B17",
            given,
            carried(&[sender(true), sender(false)]),
        ),
    ]
}
