//! What a call did, as values. The host logs, indexes or emits them as it likes; nothing in the protocol reads them.

use decex_core::{
    AccountId, Balance, ConsensusNumber, Digest, DomainId, DomainNumber, HeaderHash, OperatorId, ReceiptHash,
    Seed, StateRoot, Window,
};
use decex_fraud::Family;
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
    /// An operator is registered; its stake counts from the named epoch on.
    OperatorRegistered {
        /// Its id.
        operator: OperatorId,
        /// Its domain.
        domain: DomainId,
        /// Whose money is at stake.
        account: AccountId,
        /// How much.
        stake: Balance,
        /// The first stake epoch in which it counts.
        from_epoch: u64,
    },
    /// An operator leaves: ineligible from now on, liable until its stake is released.
    OperatorDeregistered {
        /// The operator.
        operator: OperatorId,
        /// When the stake is released.
        unlock: ConsensusNumber,
    },
    /// The stake of an operator that left is free.
    StakeReleased {
        /// The operator.
        operator: OperatorId,
        /// How much.
        amount: Balance,
    },
    /// An operator lost its stake.
    OperatorSlashed {
        /// The operator.
        operator: OperatorId,
        /// The whole stake.
        amount: Balance,
        /// The part that the reporter got.
        reward: Balance,
        /// The rest.
        burned: Balance,
        /// Who reported it.
        reporter: AccountId,
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
