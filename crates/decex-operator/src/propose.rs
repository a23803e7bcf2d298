//! Take part in an election and, when it is won, put a bundle together.

use crate::history::History;
use crate::operator::Operator;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use decex_bundle::{
    Base, Draft, InclusionView, Item, Misconfigured, SealError, Terms, Unsealable, in_portion, seal_bundle,
    seal_heartbeat,
};
use decex_core::execution::{Account, Engine};
use decex_core::id::{DomainNumber, OperatorId, SenderId, Slot, TransactionHash, Window};
use decex_core::params::{MAX_RECEIPTS_PER_BUNDLE, PROOF_OVERHEAD};
use decex_core::state::{Halt, ProvableTree, ReadError, StateTree};
use decex_core::transaction;
use decex_election::{Challenge, Elected, ElectionProof, try_elect};
use decex_receipt::{Bundle, ReceiptView, Submission};
use parity_scale_codec::Encode;

/// Why there is no bundle this time. Most slots end with one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abstained {
    /// A watcher has no operator id.
    Watcher,
    /// The chain does not know the domain or the operator, or has no randomness for the window.
    Unknown,
    /// Paused domain, or an operator that may not bundle.
    NotEligible,
    /// The window is used: sealed for it already (rule O12), or submitted on this chain.
    Used,
    /// The chain is ahead of what this operator executed; it does not extend what it has not checked.
    Behind,
    /// Not elected in this window.
    NotElected,
    /// Elected, with nothing to bundle, in a domain that does not count bundles.
    Nothing,
}

/// What asking for a bundle came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proposal {
    /// A bundle to send, once the writes are committed.
    Bundle(Box<Bundle>),
    /// No bundle.
    Abstained(Abstained),
}

/// Why the question could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError<H> {
    /// The host failed.
    #[error("the host failed")]
    Host(H),
    /// The state could not be read.
    #[error(transparent)]
    State(#[from] ReadError),
    /// The chain's terms contradict themselves.
    #[error("the domain's terms contradict themselves")]
    Misconfigured(Misconfigured),
    /// What was selected could not be sealed.
    #[error(transparent)]
    Unsealable(#[from] Unsealable),
}

/// Where the receipt chain and the operator's own agree, and what the operator can add.
struct Footing {
    base: Base,
    submissions: Vec<Submission>,
    /// Bytes that are left for transactions in the message that carries the receipts.
    room: u64,
}

impl<E: Engine, T: ProvableTree> Operator<E, T> {
    /// Makes a bundle for the window of `slot`, if the operator is elected and has something to bundle, or the domain counts
    /// bundles (O19). `view` answers for the chain at the tip that was followed last.
    ///
    /// # Errors
    /// When the host or the state failed.
    pub fn propose<V: InclusionView + ReceiptView>(
        &mut self,
        view: &V,
        slot: Slot,
    ) -> Result<Proposal, ProposeError<V::Error>> {
        let Some(operator) = self.identity.operator else {
            return Ok(Proposal::Abstained(Abstained::Watcher));
        };
        let terms = view.terms(self.domain).map_err(ProposeError::Host)?;
        let Some(terms) = terms else {
            return Ok(Proposal::Abstained(Abstained::Unknown));
        };
        let (elected, election) = match self.elect(view, &terms, operator, slot)? {
            Ok(won) => won,
            Err(abstained) => return Ok(Proposal::Abstained(abstained)),
        };
        let Some(footing) = self.footing(view)? else {
            return Ok(Proposal::Abstained(Abstained::Behind));
        };
        let items = self.choose(view, &terms, &elected, &footing)?;
        let empty = items.is_empty() && footing.submissions.is_empty();
        // O19: where bundles are counted, silence is absence.
        if empty && !terms.counts_bundles() {
            return Ok(Proposal::Abstained(Abstained::Nothing));
        }
        let draft = Draft {
            domain: self.domain,
            operator,
            election,
            base: footing.base.hash,
        };
        let (seals, keypair) = (&self.seals, &self.identity.keypair);
        let sealed = if empty {
            seal_heartbeat(seals, keypair, &draft)
        } else {
            seal_bundle(seals, keypair, &draft, footing.submissions, items)
        };
        let sealed = sealed.map_err(|error| match error {
            SealError::Host(never) => match never {},
            SealError::Unsealable(unsealable) => ProposeError::Unsealable(unsealable),
        })?;
        // O12: on record before it leaves.
        let (window, header) = (sealed.window(), sealed.header_hash());
        self.seals.0.insert(window, header);
        self.writes.seal(window, Some(&header));
        self.forget_seals(&terms);
        Ok(Proposal::Bundle(Box::new(sealed.into_bundle())))
    }

    #[allow(
        clippy::type_complexity,
        reason = "host failure, abstention and success are three answers"
    )]
    fn elect<V: InclusionView>(
        &self,
        view: &V,
        terms: &Terms,
        operator: OperatorId,
        slot: Slot,
    ) -> Result<Result<(Elected, ElectionProof), Abstained>, ProposeError<V::Error>> {
        let window = terms
            .windows()
            .map_err(ProposeError::Misconfigured)?
            .window_of(slot);
        let standing = view
            .standing(self.domain, operator, window)
            .map_err(ProposeError::Host)?;
        let Some(standing) = standing else {
            return Ok(Err(Abstained::Unknown));
        };
        if !standing.eligible || standing.key != *self.identity.keypair.key() {
            return Ok(Err(Abstained::NotEligible));
        }
        // O12: sealed for already, or so old that the record of it may be forgotten.
        let sealed = self.seals.0.contains_key(&window) || window < self.forgotten_before(terms);
        let submitted = view
            .has_submitted(self.domain, operator, window)
            .map_err(ProposeError::Host)?;
        if submitted || sealed {
            return Ok(Err(Abstained::Used));
        }
        let randomness = view.randomness(self.domain, window).map_err(ProposeError::Host)?;
        let Some(randomness) = randomness else {
            return Ok(Err(Abstained::Unknown));
        };
        let challenge = Challenge {
            domain: self.domain,
            window,
            randomness,
        };
        let odds = terms.odds(&standing).map_err(ProposeError::Misconfigured)?;
        let won = try_elect(&self.identity.keypair, &challenge, &odds, &standing.share);
        Ok(won.ok_or(Abstained::NotElected))
    }

    /// Finds the newest receipt on the chain that the operator agrees with. If that is the head, the operator's next
    /// receipts go on top; if a wrong one stands above it, nothing does until it is removed. `None` if the operator has
    /// not executed as far as the head.
    fn footing<V: InclusionView + ReceiptView>(
        &self,
        view: &V,
    ) -> Result<Option<Footing>, ProposeError<V::Error>> {
        let chain = view.chain(self.domain).map_err(ProposeError::Host)?;
        let Some(chain) = chain.filter(|chain| chain.head <= self.history.newest()) else {
            return Ok(None);
        };
        let mut agreed = chain.head;
        let lowest = DomainNumber(chain.head.0.saturating_sub(self.params.max_base_lag.into()));
        while self.hash_of(agreed) != view.hash_at(self.domain, agreed).map_err(ProposeError::Host)? {
            // Further back than any bundle may be based: there is nothing to do but wait for the removal.
            let Some(previous) = agreed.previous().filter(|previous| *previous >= lowest) else {
                return Ok(None);
            };
            agreed = previous;
        }
        let message = u64::from(self.params.message_bytes()).saturating_sub(PROOF_OVERHEAD.into());
        let (mut submissions, mut room) = (Vec::new(), message);
        // O13: receipts go on a right head only; transactions are based on what the operator agrees with.
        if agreed == chain.head {
            let most = usize::try_from(MAX_RECEIPTS_PER_BUNDLE).unwrap_or(usize::MAX);
            let next = self.blocks.range(agreed..).skip(1).take(most);
            let next = next.map(|(_, block)| Submission {
                receipt: block.receipt.clone(),
                openings: Some(block.openings.clone()),
            });
            (submissions, room) = fitting(next, message);
        }
        let base = match submissions.last().map(|submission| submission.receipt.number) {
            Some(number) => self.own_base(view, number)?,
            None => self.own_base(view, agreed)?,
        };
        Ok(base.map(|base| Footing {
            base,
            submissions,
            room,
        }))
    }

    /// The operator's own receipt as a base, as consensus will resolve it.
    fn own_base<V: InclusionView + ReceiptView>(
        &self,
        view: &V,
        number: DomainNumber,
    ) -> Result<Option<Base>, ProposeError<V::Error>> {
        let Some(block) = self.blocks.get(&number) else {
            return Ok(None);
        };
        if let Some(base) = view.base(self.domain, &block.hash).map_err(ProposeError::Host)? {
            return Ok(Some(base));
        }
        let inbox = view.inbox(self.domain, number).map_err(ProposeError::Host)?;
        Ok(inbox.map(|inbox| Base {
            number,
            hash: block.hash,
            root: block.receipt.state,
            byte_price: inbox.byte_price,
        }))
    }

    /// Chooses transactions that are legal at the base, none that is included already, none while the gap is too wide.
    fn choose<V: InclusionView>(
        &mut self,
        view: &V,
        terms: &Terms,
        elected: &Elected,
        footing: &Footing,
    ) -> Result<Vec<Item>, ProposeError<V::Error>> {
        // O17: the block that the tip was filling is no lag yet for the tip, and is one for the block that may include this.
        let filled = view.bundles_in_block(self.domain).map_err(ProposeError::Host)? > 0;
        let unexecuted = view.unexecuted(self.domain).map_err(ProposeError::Host)?;
        let unexecuted = unexecuted.saturating_add(filled.into());
        let carried = u64::try_from(footing.submissions.len()).unwrap_or(u64::MAX);
        if !terms.active || unexecuted.saturating_sub(carried) > terms.params.max_gap.into() {
            return Ok(Vec::new());
        }
        let waiting = self.included_transactions();
        let output = elected.output();
        let (engine, history, base) = (&self.engine, &mut self.history, &footing.base);
        let chosen = self.pool.select(
            terms.params.bundle_limits(),
            &elected.ring_position(),
            base.byte_price,
            |sender| in_portion(sender, &output, terms.params.portion),
            &waiting,
            |sender| account_at(engine, history, base.number, sender),
        );
        Ok(fitting_items(chosen?, footing.room))
    }

    /// Transactions of included bundles whose block is not executed yet.
    fn included_transactions(&self) -> BTreeSet<TransactionHash> {
        let executed: BTreeSet<_> = self
            .blocks
            .values()
            .flat_map(|block| block.bundles.iter())
            .collect();
        let waiting = self
            .bodies
            .iter()
            .filter(|(header, _)| !executed.contains(header));
        waiting
            .flat_map(|(_, body)| body.iter())
            .map(|item| transaction::hash(&item.bytes))
            .collect()
    }

    /// Windows before this one are never sealed for (again), so their seals need not be kept. Twice the longevity behind
    /// the newest seal: no chain takes a bundle for them any more.
    fn forgotten_before(&self, terms: &Terms) -> Window {
        let newest = self.seals.0.keys().next_back().map_or(0, |window| window.0);
        Window(newest.saturating_sub(terms.params.election.longevity.saturating_mul(2)))
    }

    fn forget_seals(&mut self, terms: &Terms) {
        let kept = self.seals.0.split_off(&self.forgotten_before(terms));
        for window in core::mem::replace(&mut self.seals.0, kept).into_keys() {
            self.writes.seal(window, None);
        }
    }
}

/// O16: takes as many receipts as fit in `room` bytes, and the first in any case: P7 says that one does. Operators that withheld
/// receipts of full blocks must not leave a backlog whose only bundle no block can carry. Returns what room is left.
fn fitting(receipts: impl Iterator<Item = Submission>, room: u64) -> (Vec<Submission>, u64) {
    let (mut taken, mut left) = (Vec::new(), room);
    for receipt in receipts {
        let rest = left.checked_sub(encoded_bytes(&receipt));
        if rest.is_none() && !taken.is_empty() {
            break;
        }
        left = rest.unwrap_or(0);
        taken.push(receipt);
    }
    (taken, left)
}

/// O16: takes the first of the items, as many as fit in `room` bytes beside the receipts.
fn fitting_items(mut items: Vec<Item>, room: u64) -> Vec<Item> {
    let mut left = Some(room);
    let beyond = items.iter().position(|item| {
        left = left.and_then(|left| left.checked_sub(encoded_bytes(item)));
        left.is_none()
    });
    items.truncate(beyond.unwrap_or(items.len()));
    items
}

fn encoded_bytes(value: &impl Encode) -> u64 {
    u64::try_from(value.encoded_size()).unwrap_or(u64::MAX)
}

/// Reads an account after block `number`. An account that needs more than every allowance counts as empty: its
/// transactions are not chosen.
fn account_at<T: StateTree>(
    engine: &dyn Engine,
    history: &mut History<T>,
    number: DomainNumber,
    sender: &SenderId,
) -> Result<Account, ReadError> {
    match history.account_after(engine, number, sender) {
        Ok(account) => account.ok_or(ReadError::Backend),
        Err(Halt::Limit) => Ok(Account::default()),
        Err(Halt::Read(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::{fitting, fitting_items};
    use alloc::vec;
    use alloc::vec::Vec;
    use decex_bundle::Item;
    use decex_core::codec::BoundedVec;
    use decex_core::id::{ConsensusNumber, DomainId, Nonce, RuleSet, SenderId, StateRoot, Weight};
    use decex_receipt::{Openings, Submission, genesis_receipt};
    use parity_scale_codec::Encode;

    fn receipt(entries: usize) -> Submission {
        let openings = Openings {
            schedule: BoundedVec::new(vec![Default::default(); entries]).unwrap(),
            trace: BoundedVec::default(),
        };
        Submission {
            receipt: genesis_receipt(
                DomainId(0),
                RuleSet::default(),
                StateRoot::default(),
                ConsensusNumber(0),
            ),
            openings: Some(openings),
        }
    }

    #[test]
    fn o16_a_backlog_of_large_receipts_is_carried_in_parts() {
        let size = receipt(1_000).encoded_size() as u64;
        for (room, expected, left) in [
            (3 * size, 3, 0),
            (3 * size + 5, 3, 5),
            (3 * size - 1, 2, size - 1),
            (size - 1, 1, 0),
        ] {
            let (taken, rest) = fitting((0..16).map(|_| receipt(1_000)), room);
            assert_eq!((taken.len(), rest), (expected, left));
        }
        assert_eq!(fitting(core::iter::empty(), 9).1, 9);
    }

    #[test]
    fn o16_transactions_take_what_the_receipts_leave() {
        let item = Item {
            sender: SenderId::default(),
            nonce: Nonce(0),
            weight: Weight(0),
            bytes: BoundedVec::new(vec![7; 100]).unwrap(),
        };
        let size = item.encoded_size() as u64;
        for (room, expected) in [
            (0, 0),
            (size - 1, 0),
            (size, 1),
            (4 * size - 1, 3),
            (40 * size, 4),
        ] {
            let items: Vec<Item> = vec![item.clone(); 4];
            assert_eq!(fitting_items(items, room).len(), expected);
        }
    }
}
