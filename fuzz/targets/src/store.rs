//! Decoders of what stands in a host's store.

use crate::decode::{LIMIT, exact, fits};
use crate::source::Source;
use decex_bundle::Inbox;
use decex_consensus::decex_staking::{Pool, Position, Price, Stakes};
use decex_consensus::model::{
    BlockInfo, Clock, Counters, Domain, OpenInbox, Operator, PendingRemoval, Progress,
};
use decex_core::params::{DomainParams, HostLimits};
use decex_receipt::{Chain, Record, Removal};
use std::mem::size_of_val;

/// How many types [`decode_store`] tells apart by its first byte.
pub(crate) const KINDS: u8 = 17;

/// One value of the store; the first byte says of which type.
pub(crate) fn decode_store(data: &[u8]) {
    let mut source = Source::new(data);
    let kind = source.byte() % KINDS;
    let data = source.rest();
    match kind {
        0 => drop(exact::<Clock>(data, LIMIT)),
        1 => drop(exact::<Counters>(data, LIMIT)),
        2 => domain(data),
        3 => drop(exact::<Progress>(data, LIMIT)),
        4 => stakes(data),
        5 => record(data),
        6 => inbox(data),
        7 => open_inbox(data),
        8 => drop(exact::<Operator>(data, LIMIT)),
        9 => drop(exact::<PendingRemoval>(data, LIMIT)),
        10 => drop(exact::<Removal>(data, LIMIT)),
        11 => drop(exact::<Chain>(data, LIMIT)),
        12 => drop(exact::<Pool>(data, LIMIT)),
        13 => drop(exact::<BlockInfo>(data, LIMIT)),
        14 => drop(exact::<Position>(data, LIMIT)),
        15 => drop(exact::<Price>(data, LIMIT)),
        _ => parameters(data),
    }
}

fn record(data: &[u8]) {
    if let Some(record) = exact::<Record>(data, LIMIT) {
        let heap = size_of_val(&record.receipt.verdicts[..]) + size_of_val(&record.backers[..]);
        fits(&record, heap, data);
    }
}

fn inbox(data: &[u8]) {
    if let Some(inbox) = exact::<Inbox>(data, LIMIT) {
        fits(&inbox, size_of_val(&inbox.bundles[..]), data);
    }
}

fn open_inbox(data: &[u8]) {
    if let Some(inbox) = exact::<OpenInbox>(data, LIMIT) {
        fits(&inbox, size_of_val(&inbox.bundles[..]), data);
    }
}

fn stakes(data: &[u8]) {
    let Some(stakes) = exact::<Stakes>(data, LIMIT) else {
        return;
    };
    // Whatever stands there, looking at it from later gives what stepping there gives.
    let mut step = stakes;
    for later in 1..4 {
        let epoch = stakes.epoch.saturating_add(later);
        step = step.at(epoch);
        assert_eq!(stakes.at(epoch), step);
    }
    assert_eq!(stakes.at(stakes.epoch), stakes);
}

fn domain(data: &[u8]) {
    if let Some(domain) = exact::<Domain>(data, LIMIT) {
        check(&domain.params, &domain.limits);
    }
}

/// Parameters that pass the check are safe whatever the host's limits: what is derived from them does not overflow.
fn parameters(data: &[u8]) {
    if let Some((params, limits)) = exact::<(DomainParams, HostLimits)>(data, LIMIT) {
        check(&params, &limits);
    }
}

fn check(params: &DomainParams, limits: &HostLimits) {
    let Ok(checked) = params.clone().check(limits) else {
        return;
    };
    assert!(
        checked.largest_proof() <= u64::from(limits.message_bytes),
        "P4: every proof fits a message"
    );
    assert!(checked.trace_interval().get() == params.trace_interval);
    for family in [
        decex_fraud::Family::Inbox,
        decex_fraud::Family::Schedule,
        decex_fraud::Family::Transition,
    ] {
        assert!(decex_fraud::largest_proof_of(family, &checked) <= checked.largest_proof());
    }
}
