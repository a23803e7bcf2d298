//! What the page shows, as data: one JSON object. Amounts are strings, as JSON's numbers do not hold 128 bits everywhere.

use crate::summary::Summary;
use serde::{Deserialize, Serialize};

/// Where a run stands, as the first node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The run.
    pub run: Run,
    /// What was counted since genesis on the node's branch, whether it is in the lists or not.
    pub totals: Totals,
    /// The domains, by id.
    pub domains: Vec<Domain>,
    /// The newest blocks of the branch, oldest first.
    pub blocks: Vec<Block>,
    /// Older blocks that are left out.
    pub blocks_left_out: u64,
    /// The operators, by id.
    pub operators: Vec<Operator>,
    /// The newest fraud proofs that held, oldest first.
    pub proofs: Vec<Proof>,
    /// The newest changes of branch on any node since this process began, oldest first.
    pub reorgs: Vec<Reorg>,
    /// What the run came to, once it is over.
    pub summary: Option<Summary>,
}

/// The run as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its seed.
    pub seed: u64,
    /// Whether it goes on.
    pub state: State,
    /// The last slot that is over.
    pub slot: u64,
    /// Milliseconds that a slot takes at least.
    pub pace: u64,
    /// What the last operator lies about.
    pub lie: String,
    /// Nodes that make blocks.
    pub farmers: u32,
    /// What they are called: `farmer`, or `validator` where an engine orders.
    pub maker: String,
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It does.
    Running,
    /// It was stopped, and can be taken up again.
    Stopped,
    /// Everything is final, or the slots ran out.
    Over,
}

/// Counts since genesis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Height of the consensus chain; genesis is block 1.
    pub blocks: u64,
    /// Bundles in its blocks.
    pub bundles: u64,
    /// Transactions in these bundles, repeated ones included.
    pub transactions: u64,
    /// Messages that relayers showed and blocks took in.
    pub messages: u64,
    /// Fraud proofs that held.
    pub proofs: u64,
    /// Slashes.
    pub slashes: u64,
    /// Changes of branch, over all nodes.
    pub reorgs: u64,
    /// Most blocks that one of them took back.
    pub deepest: u32,
}

/// A domain and its receipts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Its id.
    pub id: u32,
    /// What it runs.
    pub name: String,
    /// What makes its receipts final: `optimistic` or `proven`.
    pub validity: String,
    /// Blocks after which a receipt that nobody refuted is final.
    pub challenge_period: u64,
    /// Number of its newest receipt.
    pub head: u64,
    /// Number of its newest final receipt.
    pub confirmed: u64,
    /// Its receipts, counted since genesis.
    pub counts: Counts,
    /// The newest receipts in the order in which the chain took them, removed ones included.
    pub receipts: Vec<Receipt>,
    /// Older receipts that are left out.
    pub left_out: u64,
}

/// Receipts by what became of them. `accepted` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// On the chain at some time.
    pub accepted: u64,
    /// Neither final nor shown to be right.
    pub pending: u64,
    /// Shown to be right and not final.
    pub proven: u64,
    /// Final.
    pub confirmed: u64,
    /// Removed by a fraud proof.
    pub removed: u64,
}

/// What became of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It may still be refuted.
    Pending,
    /// A proof showed it to be right; it is final once all before it are.
    Proven,
    /// It is final.
    Confirmed,
    /// A fraud proof removed it.
    Removed,
}

/// A receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The domain block that it claims the outcome of.
    pub number: u64,
    /// Its hash in hex.
    pub hash: String,
    /// What became of it.
    pub status: Status,
    /// The proof that showed it to be right.
    pub shown: Option<Shown>,
    /// Whether it is the wrong one; a receipt that only stood on a wrong one is removed and not refuted.
    pub refuted: bool,
    /// Who submitted it.
    pub operator: u64,
    /// How many operators answer for it.
    pub backers: u32,
    /// The consensus block that took it.
    pub block: u64,
    /// The consensus block in which it became final or was removed.
    pub settled: Option<u64>,
    /// The fraud proof that removed it.
    pub proof: Option<String>,
}

/// A proof that showed a receipt to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The consensus block that it came in.
    pub block: u64,
    /// Its size in bytes.
    pub bytes: u32,
}

/// A block of the consensus chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its height.
    pub number: u64,
    /// Its hash in hex.
    pub hash: String,
    /// Its slot.
    pub slot: u64,
    /// Who won it; nobody wins genesis.
    pub farmer: Option<u32>,
    /// Its bundles.
    pub bundles: Vec<Bundle>,
    /// Fraud proofs in it.
    pub proofs: u64,
    /// Messages in it.
    pub messages: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A bundle in a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// Its domain.
    pub domain: u32,
    /// Its operator.
    pub operator: u64,
    /// Transactions in it.
    pub transactions: u64,
    /// Receipts in it.
    pub receipts: u64,
}

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Its id.
    pub id: u64,
    /// Its domain.
    pub domain: u32,
    /// Whether it may bundle, in one word: `active`, `slashed`, `suspended`, `absent`, `leaving` or `left`.
    pub status: String,
    /// The money behind it.
    pub stake: String,
    /// What pays for its bundles.
    pub fund: String,
    /// Its bundles.
    pub bundles: u64,
    /// Receipts that it submitted first.
    pub receipts: u64,
    /// Those of them that were removed.
    pub removed: u64,
    /// Its slashes.
    pub slashes: Vec<Slash>,
}

/// A slash and where the stake went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slash {
    /// All that was taken.
    pub amount: String,
    /// The reporter's part.
    pub reward: String,
    /// The treasury's part.
    pub treasury: String,
    /// The part that was destroyed.
    pub burned: String,
    /// In which consensus block.
    pub block: u64,
    /// Names the evidence.
    pub evidence: String,
}

/// A fraud proof that held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Names the evidence.
    pub evidence: String,
    /// The domain.
    pub domain: u32,
    /// Which family it is of: `inbox`, `schedule` or `transition`.
    pub family: String,
    /// Its size in bytes.
    pub bytes: u32,
    /// What the node took to verify it, in microseconds; unknown if an earlier process did.
    pub verification_us: Option<u64>,
    /// The first receipt that it removed: the wrong one.
    pub from: u64,
    /// The last one.
    pub to: u64,
    /// The consensus block that it came in.
    pub block: u64,
    /// Who reported it.
    pub reporter: String,
    /// Who was slashed for it.
    pub slashed: Vec<u64>,
}

/// A change of branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reorg {
    /// In which slot.
    pub slot: u64,
    /// On which node.
    pub node: u32,
    /// How many blocks it took back.
    pub depth: u32,
}

impl Snapshot {
    /// Keeps the newest blocks of the chain and the newest receipts of each domain, and counts what it leaves out.
    #[must_use]
    pub fn newest(mut self, blocks: usize, receipts: usize) -> Self {
        let drop = |left_out: &mut u64, length: usize, most: usize| {
            let gone = length.saturating_sub(most);
            *left_out = left_out.saturating_add(u64::try_from(gone).unwrap_or(u64::MAX));
            gone
        };
        let gone = drop(&mut self.blocks_left_out, self.blocks.len(), blocks);
        self.blocks.drain(..gone);
        for domain in &mut self.domains {
            let gone = drop(&mut domain.left_out, domain.receipts.len(), receipts);
            domain.receipts.drain(..gone);
        }
        self
    }

    /// Writes it as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists of them: nothing that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small one, with something in every list.
    pub(crate) fn example() -> Snapshot {
        let receipt = |number, status| Receipt {
            number,
            hash: format!("{number:064}"),
            status,
            shown: None,
            refuted: status == Status::Removed,
            operator: 3,
            backers: 1,
            block: 14,
            settled: None,
            proof: None,
        };
        let block = |number| Block {
            number,
            hash: format!("{number:064}"),
            slot: number,
            farmer: Some(2),
            bundles: Vec::new(),
            proofs: 0,
            messages: 0,
            bytes: 100,
        };
        Snapshot {
            run: Run {
                seed: 1,
                state: State::Running,
                slot: 20,
                pace: 200,
                lie: "nothing".into(),
                farmers: 3,
                maker: "farmer".into(),
            },
            totals: Totals::default(),
            domains: vec![Domain {
                id: 0,
                name: "EVM".into(),
                validity: "optimistic".into(),
                challenge_period: 20,
                head: 3,
                confirmed: 1,
                counts: Counts::default(),
                receipts: vec![
                    receipt(1, Status::Confirmed),
                    receipt(2, Status::Removed),
                    receipt(2, Status::Pending),
                ],
                left_out: 4,
            }],
            blocks: (7..12).map(block).collect(),
            blocks_left_out: 6,
            operators: Vec::new(),
            proofs: Vec::new(),
            reorgs: vec![Reorg {
                slot: 9,
                node: 1,
                depth: 2,
            }],
            summary: None,
        }
    }

    #[test]
    fn the_newest_are_kept_and_the_others_counted() {
        let newest = example().newest(2, 1);
        let numbers: Vec<u64> = newest.blocks.iter().map(|block| block.number).collect();
        assert_eq!((numbers, newest.blocks_left_out), (vec![10, 11], 9));
        let domain = &newest.domains[0];
        assert_eq!(domain.receipts, example().domains[0].receipts[2..]);
        assert_eq!(domain.left_out, 6);
        assert_eq!(example().newest(5, 3), example(), "nothing has to go");
    }

    #[test]
    fn json_is_what_the_page_reads() {
        let json = example().to_json();
        assert_eq!(serde_json::from_str::<Snapshot>(&json).unwrap(), example());
        for part in [
            "\"state\":\"running\"",
            "\"status\":\"removed\"",
            "\"settled\":null",
        ] {
            assert!(json.contains(part), "{part}");
        }
    }
}
