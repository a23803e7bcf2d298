//! A call as a value is the method of its name: the story of the testkit, with each call made both ways.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use decex_consensus::{
    AccountCall as A, CallError, Consensus, Event, GovernanceCall as G, OpenCall as O, Refused,
};
use decex_core::AccountId;
use decex_testkit::chain::{Outcome, Request};
use decex_testkit::direct::make;
use decex_testkit::host::MemoryHost;
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::story::{Story, config};
use std::convert::Infallible;

type Chain = Consensus<MemoryHost<LedgerEngine>>;

fn outcome<R: Into<Refused>>(result: Result<Vec<Event>, CallError<R, Infallible>>) -> Outcome {
    match result {
        Ok(events) => Outcome::Accepted(events),
        Err(CallError::Refused(refused)) => Outcome::Refused(refused.into().code()),
        Err(CallError::Host(error)) => panic!("{error:?}"),
    }
}

fn second<I, E>(result: Result<(I, Vec<Event>), E>) -> Result<Vec<Event>, E> {
    result.map(|(_, events)| events)
}

fn nothing<E>(result: Result<(), E>) -> Result<Vec<Event>, E> {
    result.map(|()| Vec::new())
}

fn by(chain: &mut Chain, who: AccountId, call: &A) -> Outcome {
    match call.clone() {
        A::CreateDomain {
            params,
            access,
            backing,
        } => outcome(second(chain.create_domain(who, *params, access, backing))),
        A::EndowDomain { domain, amount } => outcome(chain.endow_domain(who, domain, amount)),
        A::Pause { domain } => outcome(chain.pause(who, domain)),
        A::Resume { domain } => outcome(chain.resume(who, domain)),
        A::Allow { domain, account } => outcome(nothing(chain.allow(who, domain, account))),
        A::Disallow { domain, account } => outcome(nothing(chain.disallow(who, domain, account))),
        A::RegisterOperator {
            domain,
            key,
            possession,
            deposit,
            terms,
        } => outcome(second(chain.register_operator(
            who,
            domain,
            &key,
            &possession,
            deposit,
            terms,
        ))),
        A::DeregisterOperator { operator } => outcome(chain.deregister_operator(who, operator)),
        A::ReactivateOperator { operator } => outcome(chain.reactivate_operator(who, operator)),
        A::Nominate { operator, deposit } => outcome(chain.nominate(who, operator, deposit)),
        A::Withdraw { operator, extent } => outcome(chain.withdraw(who, operator, extent)),
        A::SubmitEquivocation { evidence } => outcome(chain.submit_equivocation(who, &evidence)),
        A::SubmitReceiptEquivocation { evidence } => {
            outcome(chain.submit_receipt_equivocation(who, &evidence))
        }
        A::ListPeer { domain, peer, fee } => outcome(chain.list_peer(who, domain, peer, fee)),
        A::OpenChannel {
            opener,
            acceptor,
            capacity,
        } => outcome(second(chain.open_channel(who, opener, acceptor, capacity))),
        A::CloseChannel { channel } => outcome(chain.close_channel(who, channel)),
        A::SendMessage { channel, request } => outcome(chain.send_message(who, channel, request)),
    }
}

fn directly(chain: &mut Chain, request: &Request) -> Outcome {
    match request {
        Request::Account(who, call) => by(chain, *who, call),
        Request::Open(O::SubmitBundle { bundle }) => outcome(chain.submit_bundle(bundle)),
        Request::Open(O::SubmitProof { proof }) => outcome(chain.submit_proof(proof)),
        Request::Open(O::SubmitValidityProof { proof }) => outcome(chain.submit_validity_proof(proof)),
        Request::Open(O::RelayMessage { message }) => outcome(chain.relay_message(message)),
        Request::Open(O::ReportAbsence { operator }) => outcome(chain.report_absence(*operator)),
        Request::Open(O::Claim { operator, account }) => outcome(chain.claim(*operator, *account)),
        Request::Governance(G::ListPeerOfConsensus { peer, listed }) => {
            outcome(chain.list_peer_of_consensus(*peer, *listed))
        }
        Request::Governance(G::CloseChannelOfConsensus { channel }) => {
            outcome(chain.close_channel_of_consensus(*channel))
        }
    }
}

#[test]
fn a_call_as_a_value_is_the_method_of_its_name() {
    let story = Story::write().unwrap();
    let mut host = MemoryHost::new(vec![LedgerEngine::default()], 7);
    for (account, amount) in &story.endowed {
        host.endow(*account, *amount);
    }
    let mut chain = Consensus::new(host, config());
    let mut calls = 0;
    for step in &story.steps {
        chain.begin_block(&step.block).unwrap();
        for request in &step.calls {
            let mut other = chain.clone();
            let expected = directly(&mut other, request);
            assert_eq!(make(&mut chain, request).unwrap(), expected, "{request:?}");
            assert_eq!(chain.host().store, other.host().store, "{request:?}");
            assert_eq!(chain.host().purses, other.host().purses, "{request:?}");
            calls += 1;
        }
    }
    assert!(calls > 100);
}
