//! What a call did, as values. The host logs, indexes or emits them as it likes; nothing in the protocol reads them.

use decex_core::message::{ChainId, ChannelId};
use decex_core::{
    AccountId, Balance, ConsensusNumber, Digest, DomainId, DomainNumber, HeaderHash, OperatorId, ReceiptHash,
    Seed, StateRoot, Window,
};
use decex_fraud::Family;
use decex_messaging::hub::{Outcome, Purse};
use decex_staking::PoolTerms;
use parity_scale_codec::{Decode, Encode};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Event {
    /// A domain exists.
    DomainCreated {
        /// Its id.
        domain: DomainId,
        /// Its owner.
        owner: AccountId,
        /// The computed receipt number 0.
        genesis: ReceiptHash,
        /// What its balance begins with.
        backing: Balance,
    },
    /// Somebody added to a domain's balance.
    DomainEndowed {
        /// The domain.
        domain: DomainId,
        /// Who.
        account: AccountId,
        /// How much.
        amount: Balance,
    },
    /// Bundles with transactions are no longer accepted.
    DomainPaused {
        /// The domain.
        domain: DomainId,
    },
    /// Bundles with transactions are accepted again.
    DomainResumed {
        /// The domain.
        domain: DomainId,
    },
    /// An operator is registered; its stake counts from the next epoch on.
    OperatorRegistered {
        /// Its id.
        operator: OperatorId,
        /// Its domain.
        domain: DomainId,
        /// Its account.
        account: AccountId,
        /// Its first deposit.
        deposit: Balance,
        /// What it offers to nominators.
        terms: PoolTerms,
    },
    /// An operator leaves: ineligible from now on, liable until its pool is claimed.
    OperatorDeregistered {
        /// The operator.
        operator: OperatorId,
        /// The first block in which the pool can be claimed.
        unlock: ConsensusNumber,
    },
    /// Somebody added to a pool.
    Nominated {
        /// The pool's operator.
        operator: OperatorId,
        /// Who.
        account: AccountId,
        /// How much.
        deposit: Balance,
    },
    /// Somebody asked for shares to be paid back.
    WithdrawalQueued {
        /// The pool's operator.
        operator: OperatorId,
        /// Who.
        account: AccountId,
    },
    /// What was due to an account in a pool is paid.
    Claimed {
        /// The pool's operator.
        operator: OperatorId,
        /// Whose money it was.
        account: AccountId,
        /// How much.
        amount: Balance,
    },
    /// A pending receipt calls a bundle of the operator invalid: it is out for as long as that receipt is pending.
    AuthorSuspended {
        /// The operator.
        operator: OperatorId,
        /// Its domain.
        domain: DomainId,
        /// The receipt's number.
        number: DomainNumber,
        /// The receipt.
        hash: ReceiptHash,
    },
    /// An operator was absent: out at once, and its stake does not count from the next epoch on.
    OperatorDeactivated {
        /// The operator.
        operator: OperatorId,
    },
    /// An operator that was accused since is not called absent yet: its record begins anew.
    AbsenceForgiven {
        /// The operator.
        operator: OperatorId,
    },
    /// An operator that was absent is back: its stake counts from the next epoch on.
    OperatorReactivated {
        /// The operator.
        operator: OperatorId,
    },
    /// An operator, and who nominated it, lost the stake.
    OperatorSlashed {
        /// The operator.
        operator: OperatorId,
        /// All that was taken.
        amount: Balance,
        /// The part that the reporter got.
        reward: Balance,
        /// The treasury's part.
        treasury: Balance,
        /// The rest.
        burned: Balance,
        /// Who reported it, if anybody did.
        reporter: Option<AccountId>,
        /// Names the evidence.
        evidence: Digest,
    },
    /// A bundle is included.
    BundleIncluded {
        /// Its domain.
        domain: DomainId,
        /// Its operator.
        operator: OperatorId,
        /// The window it used up.
        window: Window,
        /// Names it.
        header: HeaderHash,
        /// The domain block that its transactions belong to, `None` if it has none.
        number: Option<DomainNumber>,
    },
    /// The inbox of a domain block is complete: the block can be executed.
    InboxClosed {
        /// The domain.
        domain: DomainId,
        /// The domain block.
        number: DomainNumber,
        /// The consensus block that it derives from.
        consensus: ConsensusNumber,
        /// The seed of its schedule.
        seed: Seed,
    },
    /// A receipt extends the domain's chain.
    ReceiptAccepted {
        /// The domain.
        domain: DomainId,
        /// The domain block.
        number: DomainNumber,
        /// The receipt.
        hash: ReceiptHash,
        /// Who vouches for it.
        operator: OperatorId,
    },
    /// One more operator vouches for the head.
    ReceiptEndorsed {
        /// The domain.
        domain: DomainId,
        /// The domain block.
        number: DomainNumber,
        /// The receipt.
        hash: ReceiptHash,
        /// Who vouches for it.
        operator: OperatorId,
    },
    /// A receipt is final.
    ReceiptConfirmed {
        /// The domain.
        domain: DomainId,
        /// The domain block.
        number: DomainNumber,
        /// The receipt.
        hash: ReceiptHash,
        /// The state after it.
        state: StateRoot,
    },
    /// What a final receipt's block collected is paid.
    FeesPaid {
        /// The domain.
        domain: DomainId,
        /// The domain block.
        number: DomainNumber,
        /// What authors of bundles were due for blockspace.
        storage: Balance,
        /// What those who vouched for the receipt were due.
        execution: Balance,
        /// What went to the treasury: rounding, and the parts of those who are gone.
        treasury: Balance,
        /// What was destroyed.
        burned: Balance,
        /// What the receipt says was collected and the domain does not have.
        missing: Balance,
    },
    /// A chain lists another one among those that it talks with, or no longer.
    PeerListed {
        /// Whose list.
        chain: ChainId,
        /// The other one.
        peer: ChainId,
        /// What the first takes for handling a message; `None`: taken off the list.
        fee: Option<Balance>,
    },
    /// Something happened to a channel, or passed over it.
    Channel {
        /// Which one.
        channel: ChannelId,
        /// What.
        outcome: Outcome,
    },
    /// Money that went with a message moved, or the deposit of a channel did.
    BalanceMoved {
        /// From where.
        from: Purse,
        /// To where.
        to: Purse,
        /// How much.
        amount: Balance,
    },
    /// A message is part of a domain block.
    MessageTakenIn {
        /// Its domain.
        domain: DomainId,
        /// The domain block.
        number: DomainNumber,
        /// The channel that it came over.
        channel: ChannelId,
    },
    /// A fraud proof held: this receipt and all after it are gone.
    ReceiptsRemoved {
        /// The domain.
        domain: DomainId,
        /// The refuted number: the first that is removed.
        from: DomainNumber,
        /// The last that is removed: the head until now.
        to: DomainNumber,
        /// The refuted receipt.
        hash: ReceiptHash,
        /// Which family of proof refuted it.
        family: Family,
        /// Bytes of the proof.
        proof_bytes: u32,
        /// Who reported it.
        reporter: AccountId,
        /// Names the evidence.
        evidence: Digest,
    },
}
