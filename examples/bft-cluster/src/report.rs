//! What a run says of itself.
#![allow(clippy::disallowed_types, reason = "rates, for people to read")]

use crate::args::Done;
use bft_cluster::run::status::{NodeStatus, common_root};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// Says how a run ended; an error if the nodes do not agree.
pub(crate) fn finish(statuses: &[NodeStatus], elapsed: Duration) -> Done {
    let failures: Vec<&String> = statuses
        .iter()
        .filter_map(|status| status.failure.as_ref())
        .collect();
    if !failures.is_empty() {
        return Err(format!("nodes failed: {failures:?}").into());
    }
    let first = statuses.first().ok_or("no nodes")?;
    print_status(first, first.height, elapsed);
    let (height, agree) = common_root(statuses).ok_or("no block in common")?;
    if !agree {
        return Err(format!("state roots differ at block {height}").into());
    }
    let root = first.roots.get(&height).ok_or("no root")?;
    println!(
        "state root     {root} at all {} nodes, block {height}",
        statuses.len()
    );
    Ok(())
}

/// Says what a node counted.
pub(crate) fn print_status(status: &NodeStatus, height: u64, elapsed: Duration) {
    let seconds = elapsed.as_secs_f64();
    let rate = |count: u64| to_float(count) / seconds;
    println!(
        "blocks         {height} in {seconds:.1} s: {:.1} a second",
        rate(status.applied)
    );
    println!(
        "bundles        {} included, {} calls refused",
        status.bundles, status.refused
    );
    for (domain, counted) in &status.domains {
        println!(
            "domain {domain}       transactions a second: {:.0} included, {:.0} with a receipt, {:.0} confirmed",
            rate(counted.included),
            rate(counted.received),
            rate(counted.confirmed),
        );
        println!(
            "               {} blocks confirmed, {} receipts removed",
            counted.blocks, counted.removed
        );
    }
    for (domain, number, bytes) in &status.refuted {
        println!("refuted        domain {domain}, block {number}, by a proof of {bytes} bytes");
    }
    for (operator, height) in &status.slashed {
        println!("slashed        operator {operator}, in block {height}");
    }
}

/// Says where JSON-RPC answers, each place once, and where it does not any more.
///
/// # Errors
/// When an operator's never did: its port is taken, as a rule.
pub(crate) fn print_rpc(
    operators: &[NodeStatus],
    told: &mut BTreeMap<(usize, u32), Option<SocketAddr>>,
) -> Done {
    for (operator, status) in operators.iter().enumerate() {
        for (domain, rpc) in &status.rpc {
            let place = format!("domain {domain} at operator {operator}");
            let key = (operator, *domain);
            match (rpc.address, &rpc.failure) {
                (None, Some(failure)) if !told.contains_key(&key) => {
                    return Err(format!("JSON-RPC of {place}: {failure}").into());
                }
                (None, Some(failure)) => {
                    if told.insert(key, None) != Some(None) {
                        println!("JSON-RPC       {place}: {failure}; the operator goes on");
                    }
                }
                (Some(address), _) => {
                    if told.insert(key, Some(address)) != Some(Some(address)) {
                        println!("JSON-RPC       {place}: http://{address}");
                    }
                }
                (None, None) => {}
            }
        }
    }
    Ok(())
}

/// As a number that can be divided.
pub(crate) fn to_float(count: u64) -> f64 {
    // Counts here are far below what this type holds exactly.
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
