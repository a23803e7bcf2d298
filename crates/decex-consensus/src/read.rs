//! What hosts, operators and indexers ask. Every read costs a constant number of store reads, unless it says otherwise.
#![allow(
    clippy::missing_errors_doc,
    reason = "every read fails for the same reason, which is said once"
)]

use crate::consensus::Consensus;
use crate::error::StoreError;
use crate::host::{Beacon, Store};
use crate::keys;
use crate::model::{Clock, Counters, Domain, OpenInbox, Operator, Progress};
use decex_bundle::{Inbox, InclusionView, Standing, Terms};
use decex_core::message::{ChainId, ChannelId, MessageNumber};
use decex_core::params::CheckedParams;
use decex_core::{
    AccountId, Balance, ConsensusNumber, DomainId, DomainNumber, OperatorId, Randomness, ReceiptHash, Window,
};
use decex_election::{OperatorKey, SubmissionView};
use decex_messaging::hub::{Channel, Side, Waiting};
use decex_receipt::{Chain, FinalityProof, FinalityRoot, Finalized, Receipt, ReceiptView, Record};
use decex_staking::{Pool, Position, Stakes, StakingView};

type Read<T, E> = Result<T, StoreError<E>>;

/// Reads.
///
/// # Errors
/// Each when the host fails, or its store holds what no accepted call wrote.
impl<H: Store> Consensus<H> {
    /// Returns where the host is, `None` before the first block.
    pub fn clock(&self) -> Read<Option<Clock>, H::Error> {
        self.state().clock()
    }

    /// Returns the next free ids: there are as many domains and operators.
    pub fn counters(&self) -> Read<Counters, H::Error> {
        self.state().counters()
    }

    /// Returns what a domain was created with, and whether it is paused.
    pub fn domain(&self, domain: DomainId) -> Read<Option<Domain>, H::Error> {
        self.state().domain(domain)
    }

    /// Returns a domain's parameters with the limits derived from them.
    pub fn params(&self, domain: DomainId) -> Read<Option<CheckedParams>, H::Error> {
        self.state().params(domain)
    }

    /// Returns how far a domain is: confirmed, head, last block made, open bundles.
    pub fn progress(&self, domain: DomainId) -> Read<Option<Progress>, H::Error> {
        self.state().progress(domain)
    }

    /// Returns what is known to be in a domain: what was brought in and has not left. Bounds what may leave.
    pub fn balance(&self, domain: DomainId) -> Read<Balance, H::Error> {
        self.state().balance(domain)
    }

    /// Returns a domain's receipt chain: confirmed number, head number, head hash.
    pub fn chain(&self, domain: DomainId) -> Read<Option<Chain>, H::Error> {
        self.state().chain(domain)
    }

    /// Returns the head of a domain's receipt chain.
    pub fn head(&self, domain: DomainId) -> Read<Option<(DomainNumber, ReceiptHash)>, H::Error> {
        Ok(self.chain(domain)?.map(|chain| (chain.head, chain.head_hash)))
    }

    /// Returns the hash of the receipt at `number`, as far down as the chain keeps it: `max_base_lag + max_gap` below
    /// the confirmed one.
    pub fn hash_at(&self, domain: DomainId, number: DomainNumber) -> Read<Option<ReceiptHash>, H::Error> {
        self.state().hash_at(domain, number)
    }

    /// Returns a receipt, when it was included and who vouches for it. Removed ones are found until they are swept.
    pub fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Read<Option<Record>, H::Error> {
        self.state().record(domain, hash)
    }

    /// Returns the receipt at `number` of the present chain.
    pub fn receipt_at(&self, domain: DomainId, number: DomainNumber) -> Read<Option<Record>, H::Error> {
        match self.hash_at(domain, number)? {
            Some(hash) => self.record(domain, &hash),
            None => Ok(None),
        }
    }

    /// Returns the last final receipt of a domain, as a value that nothing disputed can be passed for. Its `state` is the
    /// domain's final state root.
    pub fn finalized(&self, domain: DomainId) -> Read<Option<Finalized<Receipt>>, H::Error> {
        decex_receipt::last_final(&self.state(), domain)
    }

    /// Returns the finality root, for the block's header: what every domain's last final receipt is, and how far its chain goes
    /// beyond (K50). Ask for it after the last call of the block. Two reads and sixteen hashes.
    pub fn finality_root(&self) -> Read<FinalityRoot, H::Error> {
        self.state().finality_root()
    }

    /// Returns what shows, under the present finality root, which receipt is a domain's last final one: with
    /// [`finalized`](Self::finalized) and a witness of the state, what a light client verifies. A read for each storey of the tree of
    /// domains.
    pub fn finality_proof(&self, domain: DomainId) -> Read<Option<FinalityProof>, H::Error> {
        self.state().finality_proof(domain)
    }

    /// Returns a closed inbox, `None` before it is closed and after its receipt is final.
    pub fn inbox(&self, domain: DomainId, number: DomainNumber) -> Read<Option<Inbox>, H::Error> {
        self.state().inbox(domain, number)
    }

    /// Returns the inbox of a domain block that is made but not closed: its seed or its block's hash is not known yet.
    pub fn open_inbox(&self, domain: DomainId, number: DomainNumber) -> Read<Option<OpenInbox>, H::Error> {
        self.state().get(&keys::open_inbox(domain, number))
    }

    /// Returns a channel, `None` if there never was or is not any more.
    pub fn channel(&self, channel: ChannelId) -> Read<Option<Channel>, H::Error> {
        self.state().get(&keys::channel(channel))
    }

    /// Returns a request that an end of a channel sent and that is not answered.
    pub fn waiting(
        &self,
        channel: ChannelId,
        from: Side,
        number: MessageNumber,
    ) -> Read<Option<Waiting>, H::Error> {
        self.state().get(&keys::waiting(channel, from, number))
    }

    /// Returns what a chain takes for handling a message of a peer that it lists.
    pub fn listed_fee(&self, chain: ChainId, peer: ChainId) -> Read<Option<Balance>, H::Error> {
        self.state().get(&keys::peer(chain, peer))
    }

    /// Returns an operator.
    pub fn operator(&self, operator: OperatorId) -> Read<Option<Operator>, H::Error> {
        self.state().operator(operator)
    }

    /// Returns the money behind an operator. As of [`Pool::epoch`]: what happened at the ends of later epochs is not in it yet.
    pub fn pool(&self, operator: OperatorId) -> Read<Option<Pool>, H::Error> {
        self.state().pool(operator)
    }

    /// Returns what an account has in an operator's pool, as of its last change.
    pub fn position(&self, operator: OperatorId, account: &AccountId) -> Read<Option<Position>, H::Error> {
        self.state().position(operator, account)
    }

    /// Returns the total stake of a domain, as of its last change.
    pub fn stakes(&self, domain: DomainId) -> Read<Stakes, H::Error> {
        self.state().totals(domain)
    }

    /// Returns the last epoch whose stake answers for nothing of the operator any more; `u64::MAX` if none answers for anything.
    pub fn settled_through(&self, operator: OperatorId) -> Read<Option<u64>, H::Error> {
        let state = self.state();
        match state.operator(operator)? {
            Some(_) => state.settled_through(operator).map(Some),
            None => Ok(None),
        }
    }

    /// Returns who registered `key`.
    pub fn operator_of(&self, key: &OperatorKey) -> Read<Option<OperatorId>, H::Error> {
        self.state().get(&keys::operator_key(key))
    }

    /// Returns whether an operator may bundle: it takes part, no receipt that it vouches for was removed, and no pending one
    /// calls a bundle of its invalid.
    pub fn is_eligible(&self, operator: OperatorId) -> Read<bool, H::Error> {
        let state = self.state();
        match (state.operator(operator)?, state.pool(operator)?) {
            (Some(found), Some(pool)) => state.is_eligible(&found, &pool),
            _ => Ok(false),
        }
    }

    /// Returns whether the operator has used this window.
    pub fn has_submitted(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Read<bool, H::Error> {
        if self.domain(domain)?.is_none() {
            return Ok(false);
        }
        self.state().has_submitted(domain, operator, window)
    }

    /// Returns the hash of a recent block, as its successor told it.
    pub fn block_hash(&self, number: ConsensusNumber) -> Read<Option<decex_core::ConsensusHash>, H::Error> {
        self.state().get(&keys::block_hash(number))
    }
}

/// Reads that ask the beacon too: what an operator needs to take part in an election.
///
/// # Errors
/// Each when the host fails, or its store holds what no accepted call wrote.
impl<H: Store + Beacon> Consensus<H> {
    /// Returns the terms on which a domain includes bundles.
    pub fn terms(&self, domain: DomainId) -> Read<Option<Terms>, H::Error> {
        self.state().terms(domain)
    }

    /// Returns an operator's key and share for a window, and whether it may bundle.
    pub fn standing(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Read<Option<Standing>, H::Error> {
        self.state().standing(domain, operator, window)
    }

    /// Returns the randomness that a window's election is about.
    pub fn election_randomness(
        &self,
        domain: DomainId,
        window: Window,
    ) -> Read<Option<Randomness>, H::Error> {
        self.state().randomness(domain, window)
    }
}
