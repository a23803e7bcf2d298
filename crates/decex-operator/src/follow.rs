//! Follow the consensus chain: derive and execute domain blocks, forwards and back.

use crate::bases::Bases;
use crate::durable::{Body, Executed, Followed, Published};
use crate::history::Undo;
use crate::operator::{Operator, account};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use decex_bundle::{Inbox, Item};
use decex_core::execution::{Engine, trace_root};
use decex_core::hash::Digest;
use decex_core::id::{
    Balance, ConsensusHash, ConsensusNumber, DomainNumber, HeaderHash, ReceiptHash, SenderId,
};
use decex_core::list;
use decex_core::schedule::Entry;
use decex_core::state::{Changes, Halt, ProvableTree, ReadError};
use decex_fraud::{ExecuteError, ProveError, execute};
use decex_receipt::{Bundle, Openings, Receipt, ReceiptView};

/// A consensus block as the operator needs it.
#[derive(Clone, Copy, Debug)]
pub struct ConsensusBlock<'a> {
    /// Its number.
    pub number: ConsensusNumber,
    /// Its hash.
    pub hash: ConsensusHash,
    /// Its parent's hash.
    pub parent: ConsensusHash,
    /// What a byte of blockspace costs in it.
    pub byte_price: Balance,
    /// The bundles of this domain that it *included*, in any order. Bundles that the chain refused are not among them.
    pub bundles: &'a [&'a Bundle],
}

/// What following a block brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A domain block was executed.
    Executed {
        /// Its number.
        number: DomainNumber,
        /// Its hash.
        hash: ReceiptHash,
        /// How many transactions it scheduled.
        transactions: u32,
    },
    /// The chain holds a receipt that differs from the operator's own, and here is the proof.
    Refuted {
        /// The block.
        number: DomainNumber,
        /// The wrong receipt.
        receipt: ReceiptHash,
    },
}

/// Why a block was not followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError<H> {
    /// O9: the block does not extend the tip. Retract to the common ancestor first.
    #[error("the block does not extend the tip")]
    NotNext {
        /// The tip's hash.
        expected: ConsensusHash,
        /// The block's parent.
        found: ConsensusHash,
    },
    /// O10: a bundle that the inbox names was never given to [`Operator::follow`].
    #[error("a bundle of domain block {} is missing", number.0)]
    MissingBody {
        /// The domain block.
        number: DomainNumber,
    },
    /// O11: there is no followed block left to retract: it is older than what the operator keeps.
    #[error("nothing is left to retract")]
    OutOfReach,
    /// The view and the operator disagree on an earlier block, or the engine broke its contract. Stop and look.
    #[error("the block cannot be executed")]
    Execution(ExecuteError<ReadError>),
    /// No proof was found against a receipt that differs from the operator's own. Stop and look.
    #[error("no proof was found against the receipt of block {}", number.0)]
    NoProof {
        /// The domain block.
        number: DomainNumber,
        /// What the prover says.
        cause: ProveError<ReadError>,
    },
    /// The view holds a receipt without what belongs to it, or the operator missed a block.
    #[error("the view and the operator do not know the same of block {}", number.0)]
    Inconsistent {
        /// The domain block.
        number: DomainNumber,
    },
    /// O18: a receipt that differs from the operator's own is final: no proof of it came in time. What the chain says of the
    /// domain from there on is not what its rules make of it. Stop and look.
    #[error("a wrong receipt of block {} is final", number.0)]
    WrongIsFinal {
        /// The domain block.
        number: DomainNumber,
    },
    /// The state could not be read.
    #[error(transparent)]
    State(#[from] ReadError),
    /// The host failed.
    #[error("the host failed")]
    Host(H),
}

impl<E: Engine, T: ProvableTree> Operator<E, T> {
    /// Follows the next consensus block. `view` answers for the chain with this block applied.
    ///
    /// # Errors
    /// When the block is not the next one (O9), a body is missing (O10), or something below failed. After any other
    /// error than O9 the operator must be restored from its last committed writes.
    pub fn follow<V: ReceiptView>(
        &mut self,
        view: &V,
        block: &ConsensusBlock<'_>,
    ) -> Result<Vec<Notice>, FollowError<V::Error>> {
        // O9: blocks come one after the other.
        let expected = self.followed.back().ok_or(FollowError::OutOfReach)?.hash;
        if expected != block.parent {
            return Err(FollowError::NotNext {
                expected,
                found: block.parent,
            });
        }
        self.byte_price = block.byte_price;
        let mut followed = Followed {
            number: block.number,
            hash: block.hash,
            bodies: Vec::new(),
            openings: Vec::new(),
            executed: 0,
        };
        for bundle in block.bundles {
            self.remember(bundle, &mut followed);
        }
        let mut notices = Vec::new();
        while let Some(next) = self.history.newest().next() {
            let Some(inbox) = view.inbox(self.domain, next).map_err(FollowError::Host)? else {
                break;
            };
            notices.push(self.execute(&inbox)?);
            followed.executed = followed.executed.saturating_add(1);
        }
        self.writes.followed(followed.number, Some(&followed));
        self.followed.push_back(followed);
        self.watch(view, &mut notices)?;
        Ok(notices)
    }

    /// Takes the last followed block back. Its transactions return to the pool.
    ///
    /// # Errors
    /// When there is none to take back (O11), or the state could not be read.
    pub fn retract(&mut self) -> Result<(), FollowError<core::convert::Infallible>> {
        // O11: the oldest entry is where following started.
        if self.followed.len() < 2 {
            return Err(FollowError::OutOfReach);
        }
        let Some(followed) = self.followed.pop_back() else {
            return Err(FollowError::OutOfReach);
        };
        for _ in 0..followed.executed {
            let number = self.history.newest();
            let changes = self.history.pop()?.ok_or(FollowError::OutOfReach)?;
            self.writes.state(&changes);
            self.writes.block(number, None);
            self.blocks.remove(&number);
        }
        for header in &followed.bodies {
            self.writes.body(header, None);
            let body = self.bodies.remove(header);
            for item in body.iter().flat_map(|body| body.iter()) {
                // A transaction that is no longer welcome is dropped: its sender can send it again.
                let _ = self.add_transaction(&item.bytes);
            }
        }
        for receipt in &followed.openings {
            self.writes.openings(receipt, None);
            self.openings.remove(receipt);
        }
        self.writes.followed(followed.number, None);
        // Every receipt may be another on the new branch.
        for number in core::mem::take(&mut self.challenges).into_keys() {
            self.writes.challenge(number, None);
        }
        self.unwatched = self
            .blocks
            .keys()
            .copied()
            .filter(|number| *number > self.history.oldest())
            .collect();
        Ok(())
    }

    /// Forgets what only a re-organisation past consensus block `finalized`, or a proof against a receipt that is final,
    /// would need.
    ///
    /// # Errors
    /// When the host failed.
    pub fn prune<V: ReceiptView>(&mut self, view: &V, finalized: ConsensusNumber) -> Result<(), V::Error> {
        while self.followed.len() > 1
            && self
                .followed
                .get(1)
                .is_some_and(|second| second.number <= finalized)
        {
            let Some(old) = self.followed.pop_front() else {
                break;
            };
            self.writes.followed(old.number, None);
        }
        let Some(chain) = view.chain(self.domain)? else {
            return Ok(());
        };
        // A re-organisation can take back as many executed blocks as the kept consensus blocks made.
        let revocable: u64 = self
            .followed
            .iter()
            .skip(1)
            .fold(0, |sum, kept| sum.saturating_add(kept.executed));
        let settled = self
            .history
            .newest()
            .0
            .saturating_sub(revocable)
            .min(chain.confirmed.0);
        // Bundles are judged at bases this far back.
        let reach = u64::from(self.params.max_base_lag).saturating_add(self.params.max_gap.into());
        let oldest = DomainNumber(settled.saturating_sub(reach));
        if oldest <= self.history.oldest() {
            return Ok(());
        }
        self.history.forget_before(oldest);
        self.forget_blocks(oldest);
        self.writes.oldest(oldest);
        Ok(())
    }

    fn forget_blocks(&mut self, oldest: DomainNumber) {
        let kept = self.blocks.split_off(&oldest);
        let forgotten = core::mem::replace(&mut self.blocks, kept);
        for (number, block) in forgotten {
            self.writes.block(number, None);
            for header in &block.bundles {
                self.writes.body(header, None);
                self.bodies.remove(header);
            }
        }
        self.unwatched = self.unwatched.split_off(&oldest);
        let writes = &mut self.writes;
        self.openings.retain(|receipt, published| {
            let keep = published.number >= oldest;
            if !keep {
                writes.openings(receipt, None);
            }
            keep
        });
    }

    /// Keeps what a bundle brought: its transactions until their block is final, and the openings of its receipts.
    fn remember(&mut self, bundle: &Bundle, followed: &mut Followed) {
        if !bundle.body.is_empty() {
            let header = bundle.header.header.compute_hash();
            self.writes.body(&header, Some(&bundle.body));
            self.bodies.insert(header, bundle.body.clone());
            followed.bodies.push(header);
        }
        for submission in &bundle.receipts {
            let receipt = &submission.receipt;
            self.unwatched.insert(receipt.number);
            // O15: the chain checks openings only where the receipt is new to it; beside a known one anything may stand.
            let Some(openings) = submission
                .openings
                .as_ref()
                .filter(|openings| opens(receipt, openings))
            else {
                continue;
            };
            let hash = receipt.compute_hash();
            if self.openings.contains_key(&hash) {
                continue;
            }
            let published = Published {
                number: receipt.number,
                openings: openings.clone(),
            };
            self.writes.openings(&hash, Some(&published));
            self.openings.insert(hash, published);
            followed.openings.push(hash);
        }
    }

    /// Executes the next domain block, and drops from the pool what it made stale.
    fn execute<H>(&mut self, inbox: &Inbox) -> Result<Notice, FollowError<H>> {
        let headers: Vec<HeaderHash> = inbox.bundles.iter().map(|bundle| bundle.header).collect();
        let bodies: Option<Vec<&Body>> = headers.iter().map(|header| self.bodies.get(header)).collect();
        // O10: everything that was included was given to the operator.
        let bodies = bodies.ok_or(FollowError::MissingBody { number: inbox.number })?;
        let items: Vec<&[Item]> = bodies.iter().map(|body| &***body).collect();
        let parent = self.blocks.values().next_back().ok_or(FollowError::OutOfReach)?;
        let blocks = &self.blocks;
        let ancestor = |number: DomainNumber| blocks.get(&number).map(|block| block.hash);
        let mut bases = Bases::read(&self.engine, inbox, &items, &mut self.history, ancestor)?;
        let tree = self.history.tree()?;
        let executed = execute(
            &self.engine,
            &self.params,
            inbox,
            &parent.receipt,
            &items,
            &mut bases,
            tree,
        )
        .map_err(FollowError::Execution)?;
        let senders: BTreeSet<SenderId> = items.iter().copied().flatten().map(|item| item.sender).collect();
        let mut undo = Undo::default();
        let mut changed = Changes::new();
        for step in executed.steps {
            changed.extend(step.after);
            undo.steps.push(step.before);
        }
        let hash = executed.receipt.compute_hash();
        let transactions = executed.receipt.schedule.count;
        let block = Executed {
            hash,
            receipt: executed.receipt,
            openings: executed.openings,
            bundles: headers,
        };
        self.writes.state(&changed);
        self.writes.block(inbox.number, Some((&block, &undo)));
        self.history.push(undo);
        self.blocks.insert(inbox.number, block);
        self.drop_stale(&senders)?;
        Ok(Notice::Executed {
            number: inbox.number,
            hash,
            transactions,
        })
    }

    fn drop_stale(&mut self, senders: &BTreeSet<SenderId>) -> Result<(), ReadError> {
        for sender in senders {
            match account(&self.engine, &mut self.history, sender) {
                Ok(account) => self.pool.drop_stale(sender, account.nonce),
                Err(Halt::Read(error)) => return Err(error),
                // Not with the allowance given; an engine that needs more reads nothing here.
                Err(Halt::Limit) => {}
            }
        }
        Ok(())
    }
}

/// The openings are those of the receipt's commitments.
fn opens(receipt: &Receipt, openings: &Openings) -> bool {
    let leaves: Vec<Digest> = openings.schedule.iter().map(Entry::compute_leaf).collect();
    list::root(&leaves) == receipt.schedule.root && trace_root(&openings.trace) == receipt.trace.root
}
