//! What a receipt says of each inboxed bundle.

use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Why a transaction is illegal, in the order in which the rules are applied to one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen)]
pub enum Illegal {
    /// L1: not a well-formed transaction of this domain.
    Malformed,
    /// L2: the signature does not verify.
    Signature,
    /// L3: sender, nonce or weight are not what the bundle's author claims.
    Claim,
    /// L4: the nonce is below the sender's nonce at the base.
    Nonce,
    /// L5: the sender's balance at the base does not cover the blockspace of its transactions in this bundle, up to
    /// and including this one.
    Fees,
}

/// The first fault of a bundle: least index, then least rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, MaxEncodedLen)]
pub struct Fault {
    /// Which transaction of the body.
    pub index: u32,
    /// Which rule it breaks first.
    pub rule: Illegal,
}

/// What a receipt says of one inboxed bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, MaxEncodedLen)]
pub enum Verdict {
    /// Every transaction is legal; all are scheduled.
    Valid,
    /// A transaction is illegal; none is scheduled.
    Invalid(Fault),
    /// L0: the bundle's base is not an ancestor of this block (it was removed by a fraud proof), so there is no state
    /// to judge at. None is scheduled.
    BaseRemoved,
}
