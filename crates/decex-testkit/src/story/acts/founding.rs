//! A domain, its operators, and who wants too much.

use super::super::setting::{BACKING, DEPOSIT, ENDOWED, OPERATORS, TERMS, account, key, operator, params};
use super::super::stage::{DOMAIN, Stage, Told, id};
use super::{by, nominator, owner, reporter, stranger};
use crate::chain::Request;
use alloc::boxed::Box;
use alloc::vec::Vec;
use decex_consensus::decex_staking::Extent;
use decex_consensus::model::Access;
use decex_consensus::{AccountCall, GovernanceCall, OpenCall, registration_message};
use decex_core::message::{ChainId, ChannelId, Request as Message};
use decex_core::params::DomainParams;
use decex_core::{AccountId, Balance, Digest, DomainId, OperatorId, RuleSet, label};
use decex_election::Signature;

/// There is no domain with this name.
const NOWHERE: DomainId = DomainId(99);

/// There is no operator with this name.
const NOBODY: OperatorId = OperatorId(99);

/// There is no channel with this name.
const NO_CHANNEL: ChannelId = ChannelId(99);

pub(super) fn play(stage: &mut Stage) -> Told {
    stage.next("a domain is created")?;
    create(stage)?;
    stage.next("its owner lists who may operate it")?;
    list(stage)?;
    stage.next("operators are registered")?;
    register(stage)?;
    stage.next("money is added")?;
    fund(stage)?;
    stage.next("bytes that are nothing, and what is not anybody's to ask")?;
    nothing(stage)?;
    stage.next("an epoch ends")?;
    stage.next("the stakes count").map(drop)
}

fn creation(params: DomainParams) -> AccountCall {
    AccountCall::CreateDomain {
        params: Box::new(params),
        access: Access::Listed,
        backing: BACKING,
    }
}

fn create(stage: &mut Stage) -> Told {
    let unsafe_together = DomainParams {
        challenge_period: 1,
        ..params()
    };
    stage.refuse(4, by(owner(), creation(unsafe_together)))?;
    let unknown = DomainParams {
        rules: RuleSet(Digest([1; 32])),
        ..params()
    };
    stage.refuse(5, by(owner(), creation(unknown)))?;
    stage.refuse(6, by(stranger(), creation(params())))?;
    stage.accept(by(owner(), creation(params())))?;
    Ok(())
}

fn list(stage: &mut Stage) -> Told {
    let allow = |domain, account| AccountCall::Allow { domain, account };
    stage.refuse(8, by(owner(), allow(NOWHERE, stranger())))?;
    stage.refuse(9, by(stranger(), allow(DOMAIN, stranger())))?;
    for listed in (0..OPERATORS).map(operator).chain([stranger(), poor()]) {
        stage.accept(by(owner(), allow(DOMAIN, listed)))?;
    }
    let (domain, account) = (DOMAIN, stranger());
    stage.accept(by(owner(), AccountCall::Disallow { domain, account }))?;
    Ok(())
}

/// Is listed, and has no money.
fn poor() -> AccountId {
    account("poor", 0)
}

fn registration(index: u8, account: &AccountId) -> AccountCall {
    let key = key(index);
    let bytes = *key.key().as_bytes();
    let message = registration_message(DOMAIN, account, &bytes);
    AccountCall::RegisterOperator {
        domain: DOMAIN,
        key: bytes,
        possession: key.sign(&label::REGISTRATION, &message),
        deposit: DEPOSIT,
        terms: TERMS,
    }
}

/// Registers with another key, signature or deposit.
fn forged(key: [u8; 32], possession: Signature, deposit: Balance) -> AccountCall {
    AccountCall::RegisterOperator {
        domain: DOMAIN,
        key,
        possession,
        deposit,
        terms: TERMS,
    }
}

fn register(stage: &mut Stage) -> Told {
    stage.refuse(10, by(stranger(), registration(0, &stranger())))?;
    let first = *key(0).key().as_bytes();
    let nothing = Signature([0; 64]);
    stage.refuse(11, by(operator(0), forged(first, nothing, Balance(1))))?;
    stage.refuse(12, by(operator(0), forged([0; 32], nothing, DEPOSIT)))?;
    // Another account's registration, copied.
    stage.refuse(14, by(operator(0), registration(0, &operator(1))))?;
    stage.refuse(15, by(poor(), registration(0, &poor())))?;
    for index in 0..OPERATORS {
        stage.accept(by(operator(index), registration(index, &operator(index))))?;
    }
    stage.refuse(13, by(operator(0), registration(0, &operator(0))))
}

fn fund(stage: &mut Stage) -> Told {
    let nominate = |operator, deposit| AccountCall::Nominate { operator, deposit };
    stage.refuse(16, by(nominator(), nominate(NOBODY, Balance(50_000))))?;
    stage.refuse(38, by(nominator(), nominate(id(0), Balance(1))))?;
    let (operator, all) = (id(0), ENDOWED);
    stage.accept(by(nominator(), nominate(operator, Balance(50_000))))?;
    stage.refuse(15, by(nominator(), nominate(operator, all)))?;
    let endow = |amount| AccountCall::EndowDomain {
        domain: DOMAIN,
        amount,
    };
    stage.refuse(32, by(stranger(), endow(Balance(1))))?;
    stage.accept(by(owner(), endow(Balance(5_000))))?;
    Ok(())
}

fn nothing(stage: &mut Stage) -> Told {
    let bytes = Vec::from([7; 100]);
    stage.refuse(
        19,
        Request::Open(OpenCall::SubmitBundle {
            bundle: bytes.clone(),
        }),
    )?;
    stage.refuse(19, Request::Open(OpenCall::SubmitBundle { bundle: Vec::new() }))?;
    stage.refuse(8, Request::Open(OpenCall::SubmitProof { proof: bytes.clone() }))?;
    stage.refuse(19, Request::Open(OpenCall::SubmitProof { proof: Vec::new() }))?;
    stage.refuse(
        41,
        Request::Open(OpenCall::SubmitValidityProof { proof: bytes.clone() }),
    )?;
    stage.refuse(
        19,
        Request::Open(OpenCall::RelayMessage {
            message: bytes.clone(),
        }),
    )?;
    let evidence = bytes;
    stage.refuse(
        19,
        by(
            reporter(),
            AccountCall::SubmitEquivocation {
                evidence: evidence.clone(),
            },
        ),
    )?;
    stage.refuse(
        19,
        by(reporter(), AccountCall::SubmitReceiptEquivocation { evidence }),
    )?;
    let claim = |operator, account| Request::Open(OpenCall::Claim { operator, account });
    stage.refuse(38, claim(id(0), nominator()))?;
    stage.refuse(39, Request::Open(OpenCall::ReportAbsence { operator: id(0) }))?;
    stage.refuse(
        17,
        by(stranger(), AccountCall::DeregisterOperator { operator: id(0) }),
    )?;
    stage.refuse(
        38,
        by(operator(0), AccountCall::ReactivateOperator { operator: id(0) }),
    )?;
    let (operator, extent) = (id(0), Extent::All);
    stage.refuse(38, by(stranger(), AccountCall::Withdraw { operator, extent }))?;
    channels(stage)
}

fn channels(stage: &mut Stage) -> Told {
    let (domain, peer) = (DOMAIN, ChainId::Consensus);
    let list = |domain| AccountCall::ListPeer {
        domain,
        peer,
        fee: Some(Balance(3)),
    };
    stage.refuse(8, by(owner(), list(NOWHERE)))?;
    stage.accept(by(owner(), list(domain)))?;
    let govern = |peer, listed| Request::Governance(GovernanceCall::ListPeerOfConsensus { peer, listed });
    stage.refuse(8, govern(NOWHERE, true))?;
    stage.accept(govern(DOMAIN, true))?;
    let open = AccountCall::OpenChannel {
        opener: DOMAIN,
        acceptor: ChainId::Consensus,
        capacity: 4,
    };
    stage.refuse(9, by(stranger(), open.clone()))?;
    let channel = NO_CHANNEL;
    stage.refuse(60, by(owner(), AccountCall::CloseChannel { channel }))?;
    stage.refuse(
        60,
        Request::Governance(GovernanceCall::CloseChannelOfConsensus { channel }),
    )?;
    let request = Message::default();
    stage.refuse(60, by(owner(), AccountCall::SendMessage { channel, request }))
}
