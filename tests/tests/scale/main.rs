//! Removal at scale: thousands of wrong receipts fall by one proof, in one step, and everybody who vouches for them pays, once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    missing_debug_implementations,
    reason = "tests"
)]

mod net;
mod one_domain;
mod several_domains;

use decex_consensus::{Config, Consensus, Event};
use decex_core::params::{DomainParams, ElectionParams, HostLimits};
use decex_core::{Balance, DomainId, OperatorId};
use decex_election::ElectionProof;
use decex_tests::world::{TREASURY, params};
use net::{Chain, Net};
use std::collections::BTreeMap;

fn config(work_per_block: u32, challenge_period: u64) -> Config {
    let limits = HostLimits {
        message_bytes: 1 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: challenge_period + 64 + 64 + 5,
        submission_lag: 5,
    };
    Config {
        limits,
        domain_deposit: Balance(10),
        channel_deposit: Balance(50),
        minimum_stake: Balance(1),
        minimum_nomination: Balance(1),
        treasury: TREASURY,
        treasury_share: 2_500,
        return_after: 2,
        work_per_block,
    }
}

fn domain_params(challenge_period: u64) -> DomainParams {
    DomainParams {
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 64,
            epoch: 64,
            max_factor: 1,
            absence: 0,
        },
        challenge_period,
        // Every bundle here is based on genesis.
        max_base_lag: 1 << 15,
        max_gap: 64,
        messages: 8,
        ..params()
    }
}

/// Begins a block, and fills it if there is room for one more unclaimed domain block.
fn fill(net: &mut Net, domain: DomainId, carrier: usize) {
    net.begin();
    if net.unclaimed(domain) < 60 {
        net.fill(carrier);
    }
}

/// Fills blocks until so many domain blocks are closed and unclaimed.
fn fill_to(net: &mut Net, domain: DomainId, carrier: usize, unclaimed: u64) {
    while net.unclaimed(domain) < unclaimed {
        fill(net, domain, carrier);
    }
}

/// Fills blocks until the member is elected, too.
fn turn(net: &mut Net, domain: DomainId, carrier: usize, member: usize, unclaimed: u64) -> ElectionProof {
    fill_to(net, domain, carrier, unclaimed);
    loop {
        if let Some(election) = net.elected(member) {
            return election;
        }
        fill(net, domain, carrier);
    }
}

/// What accepting a proof costs on this chain, if the host sweeps `work` receipts in a step: reads, writes, swept receipts.
fn cost(chain: &Chain, work: u32, proof: &[u8]) -> (u64, u64, u64) {
    let mut host = chain.host().clone();
    host.reads.set(0);
    (host.writes, host.swept) = (0, 0);
    let config = Config {
        work_per_block: work,
        ..*chain.config()
    };
    let mut chain = Consensus::new(host, config);
    chain.submit_proof(proof).unwrap();
    let host = chain.into_host();
    (host.reads.get(), host.writes, host.swept)
}

fn slashed(events: &[Event]) -> BTreeMap<OperatorId, u32> {
    let mut slashed = BTreeMap::new();
    for event in events {
        if let Event::OperatorSlashed { operator, .. } = event {
            *slashed.entry(*operator).or_default() += 1;
        }
    }
    slashed
}
