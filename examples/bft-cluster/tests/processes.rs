//! A process for each node: killed, cut off, lied to.

mod support;

use bft_cluster::host::Genesis;
use bft_cluster::run::processes::{Config, Processes};
use bft_cluster::run::status::{NodeStatus, common_root};
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::{CHAIN_ID, Client, FIRST, eventually, first, number, payment};

/// Generous: a test says what happens, not how fast on a machine that others use.
const PATIENCE: Duration = Duration::from_secs(240);

const GENESIS: Genesis = Genesis {
    seed: 7,
    validators: 4,
    operators: 3,
    domains: 1,
    evm: 0,
    users: 16,
};

struct Cluster(Processes);

impl Cluster {
    fn start(name: &str, lie: Option<u64>) -> Self {
        Self::with(name, |config| config.lie = lie)
    }

    fn with(name: &str, change: impl FnOnce(&mut Config)) -> Self {
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&directory);
        let mut config = Config {
            program: env!("CARGO_BIN_EXE_bft-cluster").into(),
            genesis: GENESIS,
            directory,
            pace: 100,
            load: 8,
            lie: None,
            rpc: None,
        };
        change(&mut config);
        Self(Processes::start(config).expect("the processes start"))
    }

    /// Where a node answers JSON-RPC for domain 0. Its status may still be the one of a process before.
    fn client(&self, node: usize) -> Client {
        eventually("JSON-RPC", PATIENCE, || {
            let status = self.0.status(node);
            let rpc = status.rpc.get(&0)?;
            assert_eq!(rpc.failure, None);
            let client = Client(rpc.address?);
            client.post("[]").ok().map(|_| client)
        })
    }

    fn wait(&mut self, what: &str, done: impl Fn(&[NodeStatus]) -> bool) -> Vec<NodeStatus> {
        let began = Instant::now();
        loop {
            let statuses = self.0.statuses();
            assert_eq!(self.0.ended(), Vec::<usize>::new(), "waiting for {what}");
            if done(&statuses) {
                return statuses;
            }
            let heights: Vec<u64> = statuses.iter().map(|status| status.height).collect();
            assert!(began.elapsed() < PATIENCE, "waiting for {what}: {heights:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Waits until every node but `without` has got `blocks` further than the first of them is now.
    fn go_on(&mut self, what: &str, blocks: u64, without: &[usize]) -> Vec<NodeStatus> {
        let counted = move |statuses: &[NodeStatus]| -> Vec<u64> {
            let nodes = statuses
                .iter()
                .enumerate()
                .filter(|(node, _)| !without.contains(node));
            nodes.map(|(_, status)| status.height).collect()
        };
        let goal = counted(&self.0.statuses()).into_iter().max().unwrap_or(0) + blocks;
        self.wait(what, move |statuses| {
            counted(statuses).into_iter().all(|height| height >= goal)
        })
    }
}

fn confirmed(status: &NodeStatus) -> u64 {
    status.domains.get(&0).map_or(0, |domain| domain.confirmed)
}

fn assert_agree(statuses: &[NodeStatus]) {
    let (height, agree) = common_root(statuses).expect("a block in common");
    assert!(agree, "state roots differ at block {height}");
}

#[test]
fn nodes_are_killed_and_cut_off_and_a_liar_is_slashed() {
    let mut cluster = Cluster::start("killed-and-cut-off", Some(2));
    cluster.wait("the first blocks", |statuses| {
        statuses.iter().all(|status| status.height >= 5)
    });

    // A lying process is refuted by the others, and slashed: node 6, operator 2.
    let statuses = cluster.wait("the liar's slash", |statuses| {
        statuses.iter().all(|status| !status.slashed.is_empty())
    });
    for status in &statuses {
        let slashed: Vec<u64> = status.slashed.iter().map(|(operator, _)| *operator).collect();
        assert_eq!((slashed.as_slice(), status.refuted.len()), ([2].as_slice(), 1));
    }
    let before = confirmed(&statuses[0]);
    cluster.wait("receipts to be confirmed again", |statuses| {
        confirmed(&statuses[0]) > before
    });

    // kill -9 of a validator, of an operator: the others go on; started again, each is one of them.
    for (what, node) in [("a validator", 1), ("an operator", 4)] {
        let before = confirmed(&cluster.0.status(0));
        cluster.0.kill(node).expect("it is killed");
        let left = cluster.0.status(node).height;
        cluster.go_on(&format!("the others without {what}"), 30, &[node]);
        cluster.0.start_node(node).expect("it starts again");
        let statuses = cluster.go_on(&format!("{what} that was killed"), 10, &[]);
        assert_agree(&statuses);
        assert!(confirmed(&statuses[0]) > before, "receipts are confirmed");
        // It went on from its disk: it applied what it had missed and nothing of what it had.
        let status = &statuses[node];
        assert!(status.applied <= status.height - left + 1, "{status:?} {left}");
    }

    // A validator that nobody hears and that hears nobody.
    cluster.0.set_cut(2, true).expect("its links are cut");
    std::thread::sleep(Duration::from_millis(500));
    let stuck = cluster.0.status(2).height;
    let statuses = cluster.go_on("the others without the one cut off", 20, &[2]);
    assert!(statuses[2].height <= stuck + 1, "{} {stuck}", statuses[2].height);
    cluster.0.set_cut(2, false).expect("its links are mended");
    let statuses = cluster.go_on("the one that was cut off", 5, &[]);
    assert_agree(&statuses);

    // Nobody was slashed for any of this. Node 0 was there all the time.
    assert_eq!(statuses[0].slashed.len(), 1);
    assert_eq!(
        statuses
            .iter()
            .filter_map(|status| status.failure.clone())
            .count(),
        0
    );
}

#[test]
fn what_is_sent_to_one_operator_is_final_at_another_and_outlives_a_kill() {
    // Node 6, operator 2, lies: what users send to others is told right.
    let mut cluster = Cluster::with("json-rpc", |config| {
        config.genesis.evm = 1;
        config.rpc = Some(([127, 0, 0, 1], 0).into());
        config.lie = Some(2);
    });
    let (one, other) = (cluster.client(4), cluster.client(5));
    let wallet = first(CHAIN_ID);
    let hash = one.get("eth_sendRawTransaction", json!([payment(&wallet, 0)]));
    let reaches = |client: Client, tag: &str, hash: &serde_json::Value| {
        eventually(tag, PATIENCE, || {
            let block = client.executed_in(hash)?;
            (client.block_number(tag) >= block).then_some(block)
        })
    };
    for tag in ["latest", "safe", "finalized"] {
        assert_eq!(reaches(other, tag, &hash), reaches(one, tag, &hash));
    }
    let refused = other.refused("eth_sendRawTransaction", json!([payment(&wallet, 0)]));
    assert_eq!(refused, (-32_000, "already known".into()));
    assert_eq!(other.refused("eth_call", json!([7])).0, -32_602);
    assert_eq!(other.refused("eth_sign", json!([])).0, -32_601);

    // kill -9 of the operator that it was sent to, with something in its pool that has not got anywhere: a nonce is missing.
    one.get("eth_sendRawTransaction", json!([payment(&wallet, 2)]));
    let receipt = |client: Client| client.get("eth_getTransactionReceipt", json!([hash]));
    let before = receipt(one);
    cluster.0.kill(4).expect("it is killed");
    assert!(one.post("[]").is_err());
    // The others go on, and one of them takes what the killed one would have taken.
    let hash = other.get("eth_sendRawTransaction", json!([payment(&wallet, 1)]));
    reaches(other, "finalized", &hash);
    cluster.0.start_node(4).expect("it starts again");
    let one = cluster.client(4);
    assert_eq!(receipt(one), before);
    reaches(one, "finalized", &hash);
    // The pool was lost with the process: what waited is sent again.
    let hash = one.get("eth_sendRawTransaction", json!([payment(&wallet, 2)]));
    reaches(other, "finalized", &hash);
    let count = one.get("eth_getTransactionCount", json!([FIRST, "latest"]));
    assert_eq!(number(&count), 3);

    let statuses = cluster.wait("the liar's slash", |statuses| {
        statuses
            .iter()
            .all(|status| status.height > 0 && status.failure.is_none())
            && !statuses[0].slashed.is_empty()
    });
    let slashed: Vec<u64> = statuses[0]
        .slashed
        .iter()
        .map(|(operator, _)| *operator)
        .collect();
    assert_eq!(slashed, [2]);
    assert_agree(&statuses);
}

#[test]
fn json_rpc_without_an_evm_domain_is_refused_with_what_to_do() {
    let program = env!("CARGO_BIN_EXE_bft-cluster");
    let arguments = ["processes", "--rpc", "--domains", "2"];
    let refused = std::process::Command::new(program).args(arguments).output();
    let refused = refused.expect("it runs");
    let says = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && says.contains("--evm 1"), "{says}");
}
