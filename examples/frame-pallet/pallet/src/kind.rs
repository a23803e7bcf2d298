//! What happened, by name: so that an explorer shows it without the SDK.

use decex_consensus::Event;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// The kind of a [`decex_consensus::Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[allow(missing_docs, reason = "each is the variant of `Event` with this name")]
pub enum Kind {
    DomainCreated,
    DomainEndowed,
    DomainPaused,
    DomainResumed,
    OperatorRegistered,
    OperatorDeregistered,
    Nominated,
    WithdrawalQueued,
    Claimed,
    AuthorSuspended,
    OperatorDeactivated,
    AbsenceForgiven,
    OperatorReactivated,
    OperatorSlashed,
    BundleIncluded,
    InboxClosed,
    ReceiptAccepted,
    ReceiptEndorsed,
    ReceiptProven,
    ReceiptConfirmed,
    FeesPaid,
    PeerListed,
    Channel,
    BalanceMoved,
    MessageTakenIn,
    ReceiptsRemoved,
}

impl Kind {
    pub(crate) const fn of(event: &Event) -> Self {
        match event {
            Event::DomainCreated { .. } => Self::DomainCreated,
            Event::DomainEndowed { .. } => Self::DomainEndowed,
            Event::DomainPaused { .. } => Self::DomainPaused,
            Event::DomainResumed { .. } => Self::DomainResumed,
            Event::OperatorRegistered { .. } => Self::OperatorRegistered,
            Event::OperatorDeregistered { .. } => Self::OperatorDeregistered,
            Event::Nominated { .. } => Self::Nominated,
            Event::WithdrawalQueued { .. } => Self::WithdrawalQueued,
            Event::Claimed { .. } => Self::Claimed,
            Event::AuthorSuspended { .. } => Self::AuthorSuspended,
            Event::OperatorDeactivated { .. } => Self::OperatorDeactivated,
            Event::AbsenceForgiven { .. } => Self::AbsenceForgiven,
            Event::OperatorReactivated { .. } => Self::OperatorReactivated,
            Event::OperatorSlashed { .. } => Self::OperatorSlashed,
            Event::BundleIncluded { .. } => Self::BundleIncluded,
            Event::InboxClosed { .. } => Self::InboxClosed,
            Event::ReceiptAccepted { .. } => Self::ReceiptAccepted,
            Event::ReceiptEndorsed { .. } => Self::ReceiptEndorsed,
            Event::ReceiptProven { .. } => Self::ReceiptProven,
            Event::ReceiptConfirmed { .. } => Self::ReceiptConfirmed,
            Event::FeesPaid { .. } => Self::FeesPaid,
            Event::PeerListed { .. } => Self::PeerListed,
            Event::Channel { .. } => Self::Channel,
            Event::BalanceMoved { .. } => Self::BalanceMoved,
            Event::MessageTakenIn { .. } => Self::MessageTakenIn,
            Event::ReceiptsRemoved { .. } => Self::ReceiptsRemoved,
        }
    }
}
