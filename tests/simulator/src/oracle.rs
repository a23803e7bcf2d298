//! What is right: the observer's own execution of every domain block, on every branch.

use crate::failure::{Failure, Invariant};
use decex_bundle::{Base, Inbox, Item};
use decex_core::execution::Engine;
use decex_core::params::CheckedParams;
use decex_core::state::{MemoryTree, ProvableTree};
use decex_core::{DomainId, DomainNumber, HeaderHash, Host, ReceiptHash};
use decex_fraud::{BaseStates, execute};
use decex_receipt::{Openings, Receipt};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::rc::Rc;

/// The right receipt of one domain block, and the state after it.
#[derive(Debug)]
pub struct Right {
    /// The receipt.
    pub receipt: Receipt,
    /// Its hash.
    pub hash: ReceiptHash,
    /// What is published beside it.
    pub openings: Openings,
    /// The state after it.
    pub state: MemoryTree,
    /// The consensus block that closed its inbox.
    pub closed: u64,
}

/// What is right on one branch.
pub type Rights = BTreeMap<(DomainId, DomainNumber), Rc<Right>>;

/// The states of one branch, for judging.
struct States<'a> {
    rights: &'a Rights,
    domain: DomainId,
    number: DomainNumber,
}

impl Host for States<'_> {
    type Error = Infallible;
}

impl BaseStates for States<'_> {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        let right = self.rights.get(&(self.domain, base.number));
        let right = right.filter(|right| base.number < self.number && right.hash == base.hash);
        Ok(right.map(|right| -> &dyn ProvableTree { &right.state }))
    }
}

/// Executes a block on top of what is right.
///
/// # Errors
/// When it cannot be executed: a body is missing, or the engine fails.
pub fn execute_right(
    engine: &dyn Engine,
    params: &CheckedParams,
    inbox: &Inbox,
    rights: &Rights,
    bodies: &BTreeMap<HeaderHash, Vec<Item>>,
    closed: u64,
) -> Result<Right, Failure> {
    let fault = |what: &str| Failure::new(Invariant::Fault, format!("{what} of block {}", inbox.number.0));
    let parent = inbox
        .number
        .previous()
        .and_then(|number| rights.get(&(inbox.domain, number)))
        .ok_or_else(|| fault("the observer has no parent"))?;
    let mut items: Vec<&[Item]> = Vec::new();
    for bundle in &inbox.bundles {
        let body = bodies.get(&bundle.header);
        items.push(body.ok_or_else(|| fault("the observer has not all bodies"))?);
    }
    let mut states = States {
        rights,
        domain: inbox.domain,
        number: inbox.number,
    };
    let mut state = parent.state.clone();
    let executed = execute(
        engine,
        params,
        inbox,
        &parent.receipt,
        &items,
        &mut states,
        &mut state,
    )
    .map_err(|error| Failure::fault("the observer cannot execute", &error))?;
    Ok(Right {
        hash: executed.receipt.compute_hash(),
        receipt: executed.receipt,
        openings: executed.openings,
        state,
        closed,
    })
}
