//! Calls as values: for hosts whose transactions, messages or blocks carry what is asked for as bytes.
//!
//! Who may ask is in the type. An [`AccountCall`] says nothing of its account: the host knows who signed the transaction
//! that carried it. An [`OpenCall`] is the same from everybody, so a host can take it unsigned. A [`GovernanceCall`]
//! is made in nobody's name: the host decides whether it was decided.

use crate::consensus::Consensus;
use crate::error::{
    CallError, RefusedAbsence, RefusedBundle, RefusedChannel, RefusedDeregistration, RefusedDomain,
    RefusedEndowment, RefusedEquivocation, RefusedOwnerCall, RefusedProof, RefusedRegistration, RefusedRelay,
    RefusedStake, RefusedValidity,
};
use crate::event::Event;
use crate::host::ConsensusHost;
use crate::model::Access;
use alloc::boxed::Box;
use alloc::vec::Vec;
use decex_core::message::{ChainId, ChannelId, Request};
use decex_core::params::DomainParams;
use decex_core::{AccountId, Balance, DomainId, OperatorId};
use decex_election::Signature;
use decex_staking::{Extent, PoolTerms};
use parity_scale_codec::{Decode, Encode};

/// What an account asks for. Each is the method of [`Consensus`] with this name.
///
/// Read it from untrusted bytes with [`decode_exact`](decex_core::decode_exact) and the limit of the host's
/// transactions: what it holds is never longer than the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[allow(missing_docs, reason = "the fields are the parameters of the method")]
pub enum AccountCall {
    /// [`Consensus::create_domain`].
    CreateDomain {
        params: Box<DomainParams>,
        access: Access,
        backing: Balance,
    },
    /// [`Consensus::endow_domain`].
    EndowDomain { domain: DomainId, amount: Balance },
    /// [`Consensus::pause`].
    Pause { domain: DomainId },
    /// [`Consensus::resume`].
    Resume { domain: DomainId },
    /// [`Consensus::allow`].
    Allow { domain: DomainId, account: AccountId },
    /// [`Consensus::disallow`].
    Disallow { domain: DomainId, account: AccountId },
    /// [`Consensus::register_operator`].
    RegisterOperator {
        domain: DomainId,
        key: [u8; 32],
        possession: Signature,
        deposit: Balance,
        terms: PoolTerms,
    },
    /// [`Consensus::deregister_operator`].
    DeregisterOperator { operator: OperatorId },
    /// [`Consensus::reactivate_operator`].
    ReactivateOperator { operator: OperatorId },
    /// [`Consensus::nominate`].
    Nominate { operator: OperatorId, deposit: Balance },
    /// [`Consensus::withdraw`].
    Withdraw { operator: OperatorId, extent: Extent },
    /// [`Consensus::submit_equivocation`]: the account is the reporter, who is paid.
    SubmitEquivocation { evidence: Vec<u8> },
    /// [`Consensus::submit_receipt_equivocation`]: the account is the reporter, who is paid.
    SubmitReceiptEquivocation { evidence: Vec<u8> },
    /// [`Consensus::list_peer`].
    ListPeer {
        domain: DomainId,
        peer: ChainId,
        fee: Option<Balance>,
    },
    /// [`Consensus::open_channel`].
    OpenChannel {
        opener: DomainId,
        acceptor: ChainId,
        capacity: u32,
    },
    /// [`Consensus::close_channel`].
    CloseChannel { channel: ChannelId },
    /// [`Consensus::send_message`].
    SendMessage { channel: ChannelId, request: Request },
}

/// What anybody may ask for: whoever brings it, the same happens. Each is the method of [`Consensus`] with this name.
///
/// Bundles, proofs and relays carry what makes them true. What they cost the host to judge is bounded by the host's
/// `message_bytes`, and nobody pays for a refused one: a host that takes them unsigned judges them before it
/// spreads them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[allow(missing_docs, reason = "the fields are the parameters of the method")]
pub enum OpenCall {
    /// [`Consensus::submit_bundle`]. A host of domains whose legality is enforced calls
    /// [`submit_bundle_enforced`](Consensus::submit_bundle_enforced) itself: the accounts are no value.
    SubmitBundle { bundle: Vec<u8> },
    /// [`Consensus::submit_proof`]: a fraud proof.
    SubmitProof { proof: Vec<u8> },
    /// [`Consensus::submit_validity_proof`].
    SubmitValidityProof { proof: Vec<u8> },
    /// [`Consensus::relay_message`].
    RelayMessage { message: Vec<u8> },
    /// [`Consensus::report_absence`].
    ReportAbsence { operator: OperatorId },
    /// [`Consensus::claim`]: pays `account` what is its own.
    Claim {
        operator: OperatorId,
        account: AccountId,
    },
}

/// What the host's governance decides. Each is the method of [`Consensus`] with this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[allow(missing_docs, reason = "the fields are the parameters of the method")]
pub enum GovernanceCall {
    /// [`Consensus::list_peer_of_consensus`].
    ListPeerOfConsensus { peer: DomainId, listed: bool },
    /// [`Consensus::close_channel_of_consensus`].
    CloseChannelOfConsensus { channel: ChannelId },
}

/// The rule that a call broke, whichever call it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(
    missing_docs,
    reason = "each holds the error of the calls that it is named for"
)]
#[error(transparent)]
pub enum Refused {
    Domain(#[from] RefusedDomain),
    Endowment(#[from] RefusedEndowment),
    OwnerCall(#[from] RefusedOwnerCall),
    Registration(#[from] RefusedRegistration),
    Deregistration(#[from] RefusedDeregistration),
    Stake(#[from] RefusedStake),
    Absence(#[from] RefusedAbsence),
    Bundle(#[from] RefusedBundle),
    Proof(#[from] RefusedProof),
    Validity(#[from] RefusedValidity),
    Equivocation(#[from] RefusedEquivocation),
    Channel(#[from] RefusedChannel),
    Relay(#[from] RefusedRelay),
}

impl Refused {
    /// Returns the stable code: the number of the K rule that is broken, the same for every call that can break it.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Domain(refused) => refused.code(),
            Self::Endowment(refused) => refused.code(),
            Self::OwnerCall(refused) => refused.code(),
            Self::Registration(refused) => refused.code(),
            Self::Deregistration(refused) => refused.code(),
            Self::Stake(refused) => refused.code(),
            Self::Absence(refused) => refused.code(),
            Self::Bundle(refused) => refused.code(),
            Self::Proof(refused) => refused.code(),
            Self::Validity(refused) => refused.code(),
            Self::Equivocation(refused) => refused.code(),
            Self::Channel(refused) => refused.code(),
            Self::Relay(refused) => refused.code(),
        }
    }
}

type Answer<E> = Result<Vec<Event>, CallError<Refused, E>>;

impl<H: ConsensusHost> Consensus<H> {
    /// Makes the call in the name of `account`, who signed for it.
    ///
    /// # Errors
    /// Those of the method called.
    pub fn call(&mut self, account: AccountId, call: AccountCall) -> Answer<H::Error> {
        use AccountCall as C;
        match call {
            C::CreateDomain {
                params,
                access,
                backing,
            } => answer(self.create_domain(account, *params, access, backing).map(events)),
            C::EndowDomain { domain, amount } => answer(self.endow_domain(account, domain, amount)),
            C::Pause { domain } => answer(self.pause(account, domain)),
            C::Resume { domain } => answer(self.resume(account, domain)),
            C::Allow {
                domain,
                account: whom,
            } => answer(self.allow(account, domain, whom).map(no_events)),
            C::Disallow {
                domain,
                account: whom,
            } => answer(self.disallow(account, domain, whom).map(no_events)),
            C::RegisterOperator {
                domain,
                key,
                possession,
                deposit,
                terms,
            } => answer(
                self.register_operator(account, domain, &key, &possession, deposit, terms)
                    .map(events),
            ),
            C::DeregisterOperator { operator } => answer(self.deregister_operator(account, operator)),
            C::ReactivateOperator { operator } => answer(self.reactivate_operator(account, operator)),
            C::Nominate { operator, deposit } => answer(self.nominate(account, operator, deposit)),
            C::Withdraw { operator, extent } => answer(self.withdraw(account, operator, extent)),
            C::SubmitEquivocation { evidence } => answer(self.submit_equivocation(account, &evidence)),
            C::SubmitReceiptEquivocation { evidence } => {
                answer(self.submit_receipt_equivocation(account, &evidence))
            }
            C::ListPeer { domain, peer, fee } => answer(self.list_peer(account, domain, peer, fee)),
            C::OpenChannel {
                opener,
                acceptor,
                capacity,
            } => answer(self.open_channel(account, opener, acceptor, capacity).map(events)),
            C::CloseChannel { channel } => answer(self.close_channel(account, channel)),
            C::SendMessage { channel, request } => answer(self.send_message(account, channel, request)),
        }
    }

    /// Makes a call that is nobody's.
    ///
    /// # Errors
    /// Those of the method called.
    pub fn call_open(&mut self, call: &OpenCall) -> Answer<H::Error> {
        use OpenCall as C;
        match call {
            C::SubmitBundle { bundle } => answer(self.submit_bundle(bundle)),
            C::SubmitProof { proof } => answer(self.submit_proof(proof)),
            C::SubmitValidityProof { proof } => answer(self.submit_validity_proof(proof)),
            C::RelayMessage { message } => answer(self.relay_message(message)),
            C::ReportAbsence { operator } => answer(self.report_absence(*operator)),
            C::Claim { operator, account } => answer(self.claim(*operator, *account)),
        }
    }

    /// Makes a call that the host's governance has decided. The host lets nobody else make it.
    ///
    /// # Errors
    /// Those of the method called.
    pub fn call_governance(&mut self, call: &GovernanceCall) -> Answer<H::Error> {
        use GovernanceCall as C;
        match call {
            C::ListPeerOfConsensus { peer, listed } => answer(self.list_peer_of_consensus(*peer, *listed)),
            C::CloseChannelOfConsensus { channel } => answer(self.close_channel_of_consensus(*channel)),
        }
    }
}

fn answer<R: Into<Refused>, E>(result: Result<Vec<Event>, CallError<R, E>>) -> Answer<E> {
    result.map_err(|error| match error {
        CallError::Refused(refused) => CallError::Refused(refused.into()),
        CallError::Host(error) => CallError::Host(error),
    })
}

/// The id stands in the events too.
fn events<I>((_, events): (I, Vec<Event>)) -> Vec<Event> {
    events
}

fn no_events((): ()) -> Vec<Event> {
    Vec::new()
}
