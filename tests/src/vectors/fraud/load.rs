//! The cases of the rule F1.

use crate::vectors::Draft;
use crate::vectors::common::named;
use crate::vectors::json::scale;
use crate::vectors::receipt::view::{DOMAIN, View};
use decex_core::{DomainNumber, ReceiptHash};
use serde_json::json;

pub(super) fn drafts() -> Vec<Draft> {
    let view = View::pending();
    let given = |view: &View| view.value_with_params();
    let hash = |number| view.hashes.get(&DomainNumber(number)).copied().expect("a hash");
    let when = |hash: &ReceiptHash| json!({ "domain": DOMAIN.0, "hash": scale(hash) });
    let mut off = view.clone();
    off.hashes.insert(DomainNumber(2), ReceiptHash(named(77)));
    let mut above = view.clone();
    if let Some(chain) = &mut above.chain {
        (chain.head, chain.head_hash) = (DomainNumber(1), hash(1));
    }
    let elsewhere = json!({ "domain": 4, "hash": scale(&hash(2)) });
    vec![
        Draft::accepted("a_pending_one", "F1", given(&view), when(&hash(2))),
        Draft::refused("a_final_one", "F1", given(&view), when(&hash(1))),
        Draft::refused("genesis", "F1", given(&view), when(&hash(0))),
        Draft::refused("not_a_receipt", "F1", given(&view), when(&ReceiptHash(named(77)))),
        Draft::refused("another_in_its_place", "F1", given(&off), when(&hash(2))),
        Draft::refused("removed_above_the_head", "F1", given(&above), when(&hash(2))),
        Draft::refused("no_such_domain", "F1", given(&view), elsewhere),
    ]
}
