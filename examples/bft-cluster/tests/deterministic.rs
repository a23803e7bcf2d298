//! The cluster on the deterministic runtime: what follows from a seed, and what survives a bad network.

use bft_cluster::host::Genesis;
use bft_cluster::run::deterministic::{Config, Partition, Report, run_deterministic};
use decex_core::{DomainId, OperatorId};
use std::time::Duration;

fn run(config: &Config) -> Report {
    let report = run_deterministic(config).expect("the cluster starts");
    assert_eq!(report.failures, Vec::<String>::new());
    assert_eq!(report.height, config.blocks, "{report:?}");
    report
}

#[test]
fn the_same_seed_gives_the_same_chain() {
    let config = Config {
        blocks: 40,
        ..Config::default()
    };
    let (one, again) = (run(&config), run(&config));
    let root = one.agreed().expect("all nodes agree");
    assert_eq!(again.agreed(), Some(root));
    assert_eq!(again.auditor, one.auditor);
    let other = run(&Config { seed: 2, ..config });
    assert_ne!(other.agreed().expect("all nodes agree"), root);
    assert_ne!(other.auditor, one.auditor);
}

#[test]
fn a_lie_is_refuted_and_its_operator_slashed() {
    let config = Config {
        blocks: 80,
        ..Config::default()
    };
    let report = run(&config);
    assert!(report.agreed().is_some(), "{report:?}");
    let (stats, domain) = (&report.stats, &report.stats.domains[&DomainId(0)]);
    assert_eq!(stats.refuted.len(), 1, "{stats:?}");
    // Who lied, and nobody else: an operator that builds on a lie would be there too.
    let slashed: Vec<OperatorId> = stats.slashed.iter().map(|(operator, _)| *operator).collect();
    assert_eq!(slashed, [OperatorId(2)]);
    assert!(domain.blocks >= 20 && domain.confirmed >= 100, "{domain:?}");
    assert!(domain.included >= domain.received && domain.received >= domain.confirmed);
}

#[test]
fn nobody_is_slashed_where_nobody_lies() {
    let report = run(&Config {
        blocks: 60,
        lie: None,
        ..Config::default()
    });
    assert!(
        report.stats.slashed.is_empty() && report.stats.refuted.is_empty(),
        "{report:?}"
    );
    assert!(report.stats.domains[&DomainId(0)].confirmed > 0);
}

#[test]
fn a_cut_off_validator_and_a_cut_off_operator_catch_up() {
    let cut = |node, from, to| Partition {
        node,
        from: Duration::from_secs(from),
        to: Duration::from_secs(to),
    };
    let config = Config {
        blocks: 150,
        // Validator 1, then operator 0.
        partitions: vec![cut(1, 1, 4), cut(4, 5, 9)],
        ..Config::default()
    };
    let report = run(&config);
    assert!(report.agreed().is_some(), "{report:?}");
    assert_eq!(report.stats.slashed.len(), 1, "{report:?}");
    assert!(report.stats.domains[&DomainId(0)].confirmed > 0);
}

#[test]
fn an_evm_and_a_ledger_go_on_beside_each_other() {
    let genesis = Genesis {
        domains: 2,
        evm: 1,
        ..Config::default().genesis
    };
    let report = run(&Config {
        genesis,
        blocks: 60,
        ..Config::default()
    });
    assert!(report.agreed().is_some(), "{report:?}");
    // The last operator of each.
    let mut slashed: Vec<OperatorId> = report
        .stats
        .slashed
        .iter()
        .map(|(operator, _)| *operator)
        .collect();
    slashed.sort_unstable();
    assert_eq!(slashed, [OperatorId(2), OperatorId(5)]);
    // A proof against each: whoever judges them runs both.
    let mut refuted: Vec<DomainId> = report.stats.refuted.iter().map(|(domain, ..)| *domain).collect();
    refuted.sort_unstable();
    assert_eq!(refuted, [DomainId(0), DomainId(1)]);
    assert!(report.stats.domains.values().all(|domain| domain.confirmed > 0));
}
