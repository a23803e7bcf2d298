//! A process for each node: starts them, kills them, cuts them off, asks how they are.

use super::network::free_addresses;
use super::process::{CUT, STATUS};
use super::status::NodeStatus;
use crate::host::Genesis;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The program: this package's binary.
    pub program: PathBuf,
    /// The chain.
    pub genesis: Genesis,
    /// Where the nodes' directories are made.
    pub directory: PathBuf,
    /// From one block's timestamp to the next one's, at least, in milliseconds.
    pub pace: u64,
    /// Transactions for each operator and domain, with each block.
    pub load: u32,
    /// The domain block that the last operator lies about, if it does.
    pub lie: Option<u64>,
    /// Where operator 0 answers JSON-RPC, if operators do; the others count from there.
    pub rpc: Option<SocketAddr>,
}

/// A cluster of processes. Dropped, it ends them all.
#[derive(Debug)]
pub struct Processes {
    config: Config,
    addresses: Vec<SocketAddr>,
    running: Vec<Option<Child>>,
}

impl Processes {
    /// Starts all nodes.
    ///
    /// # Errors
    /// When a directory or a process cannot be made.
    pub fn start(config: Config) -> io::Result<Self> {
        let count = config.genesis.validators.saturating_add(config.genesis.operators);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let addresses = free_addresses(count)?;
        let mut processes = Self {
            config,
            addresses,
            running: (0..count).map(|_| None).collect(),
        };
        for node in 0..count {
            processes.start_node(node)?;
        }
        Ok(processes)
    }

    /// Starts a node, for the first time or again: it goes on from its disk.
    ///
    /// # Errors
    /// When its directory or process cannot be made.
    pub fn start_node(&mut self, node: usize) -> io::Result<()> {
        let (directory, config) = (self.directory(node), &self.config);
        fs::create_dir_all(&directory)?;
        // What the process before said is not what this one says.
        match fs::remove_file(directory.join(STATUS)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(directory.join("log"))?;
        let genesis = &config.genesis;
        let ports: Vec<String> = self
            .addresses
            .iter()
            .map(|address| address.port().to_string())
            .collect();
        let mut command = Command::new(&config.program);
        command
            .arg("node")
            .args(["--node", &node.to_string()])
            .arg("--directory")
            .arg(&directory);
        let numbers = [
            ("--seed", genesis.seed),
            ("--validators", genesis.validators.into()),
            ("--operators", genesis.operators.into()),
            ("--domains", genesis.domains.into()),
            ("--evm", genesis.evm.into()),
            ("--users", genesis.users.into()),
            ("--pace", config.pace),
            ("--load", config.load.into()),
        ];
        for (name, number) in numbers {
            command.args([name, &number.to_string()]);
        }
        command.args(["--ports", &ports.join(",")]);
        let is_last = node.saturating_add(1) == self.addresses.len();
        if let Some(lie) = config.lie.filter(|_| is_last) {
            command.args(["--lie", &lie.to_string()]);
        }
        if let Some(rpc) = config.rpc {
            command.args(["--rpc", &rpc.to_string()]);
        }
        // A node ends when its standard input does, so that none is left over when this process is killed.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn()?;
        if let Some(place) = self.running.get_mut(node) {
            *place = Some(child);
        }
        Ok(())
    }

    /// Kills a node, as `kill -9` does.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn kill(&mut self, node: usize) -> io::Result<()> {
        if let Some(mut child) = self.running.get_mut(node).and_then(Option::take) {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Cuts a node's links, or mends them. Takes effect within a tenth of a second.
    ///
    /// # Errors
    /// When the file that says so cannot be made or removed.
    pub fn set_cut(&self, node: usize, cut: bool) -> io::Result<()> {
        let file = self.directory(node).join(CUT);
        if cut {
            fs::write(file, [])
        } else {
            fs::remove_file(file)
        }
    }

    /// Asks how a node is. It may be a fifth of a second old; of a node that is not running, what it said last.
    #[must_use]
    pub fn status(&self, node: usize) -> NodeStatus {
        let read = fs::read(self.directory(node).join(STATUS)).ok();
        read.and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Asks all.
    #[must_use]
    pub fn statuses(&self) -> Vec<NodeStatus> {
        (0..self.running.len()).map(|node| self.status(node)).collect()
    }

    /// Returns the nodes that were started and have ended by themselves.
    pub fn ended(&mut self) -> Vec<usize> {
        let nodes = self.running.iter_mut().enumerate();
        let ended = nodes.filter_map(|(node, child)| child.as_mut()?.try_wait().ok()?.map(|_| node));
        ended.collect()
    }

    /// Returns a node's directory.
    #[must_use]
    pub fn directory(&self, node: usize) -> PathBuf {
        node_directory(&self.config.directory, node)
    }
}

fn node_directory(directory: &Path, node: usize) -> PathBuf {
    directory.join(format!("node-{node}"))
}

impl Drop for Processes {
    fn drop(&mut self) {
        for node in 0..self.running.len() {
            // Whatever cannot be killed has ended.
            let _ = self.kill(node);
        }
    }
}
