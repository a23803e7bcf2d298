//! All nodes in one process, in real time, over TCP.

use bft_cluster::adapter::Timing;
use bft_cluster::host::Genesis;
use bft_cluster::node::Role;
use bft_cluster::operator::Habits;
use bft_cluster::run::loopback::{Config, run_loopback};
use bft_cluster::run::status::{NodeStatus, common_root};
use std::path::PathBuf;
use std::time::Duration;

#[test]
fn the_same_nodes_run_over_tcp_and_an_evm_liar_is_slashed() {
    let storage = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("loopback");
    let _ = std::fs::remove_dir_all(&storage);
    let operator = |index, lie| Role::Operator {
        index,
        habits: Habits { load: 8, lie },
    };
    let mut roles = vec![Role::Validator; 4];
    roles.extend([operator(0, None), operator(1, None), operator(2, Some(2))]);
    let config = Config {
        genesis: Genesis {
            seed: 5,
            validators: 4,
            operators: 3,
            domains: 1,
            evm: 1,
            users: 16,
        },
        roles,
        blocks: 120,
        limit: Duration::from_secs(240),
        timing: Timing {
            pace: Duration::from_millis(50),
            ..Timing::default()
        },
        storage,
        rpc: Some(([127, 0, 0, 1], 0).into()),
    };
    let (statuses, _) = run_loopback(&config).expect("the nodes start");
    for status in &statuses {
        assert_eq!(status.failure, None);
        assert!(status.height >= config.blocks, "{statuses:?}");
        let slashed: Vec<u64> = status.slashed.iter().map(|(operator, _)| *operator).collect();
        assert_eq!(slashed, [2]);
        assert!(status.domains[&0].confirmed > 0, "{status:?}");
    }
    let answers = |status: &NodeStatus| status.rpc.get(&0).is_some_and(|rpc| rpc.address.is_some());
    let answering: Vec<bool> = statuses.iter().map(answers).collect();
    assert_eq!(answering, [false, false, false, false, true, true, true]);
    let (height, agree) = common_root(&statuses).expect("a block in common");
    assert!(agree, "state roots differ at block {height}");
}
