//! Who may ask for what, and who pays.

use crate::founding::{found, next, sealed, transfer};
use crate::mock::*;
use crate::pool::a_proof;
use decex_core::list::ListTree;
use decex_core::params::LegalityMode;
use decex_core::{DomainId, DomainNumber};
use decex_receipt::{ReceiptEquivocation, Submission, Vouched, genesis_receipt};
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::matrix::World;
use decex_testkit::mutant::{Mutant, mutate};
use frame_support::dispatch::{Pays, PostDispatchInfo};
use frame_support::weights::Weight;
use pallet_decex::weights::Measured;
use pallet_decex::{Bytes, Error, WeightInfo, decex_consensus};
use parity_scale_codec::Encode;
use sp_runtime::AccountId32;
use sp_runtime::DispatchError::BadOrigin;
use sp_runtime::traits::Convert;

static ENGINE: LedgerEngine = LedgerEngine { version: 0 };

fn bounded(bytes: &[u8]) -> Bytes<Runtime> {
    bytes.to_vec().try_into().unwrap()
}

#[test]
fn what_anybody_may_ask_for_is_signed_by_somebody() {
    chain().execute_with(|| {
        next();
        let who = AccountId32::new([1; 32]);
        let nobody = RuntimeOrigin::none;
        assert_eq!(Decex::claim(nobody(), 0, who.clone()), Err(BadOrigin));
        assert_eq!(Decex::report_absence(nobody(), 0), Err(BadOrigin));
        assert_eq!(Decex::relay_message(nobody(), bounded(&[1])), Err(BadOrigin));
        assert_eq!(Decex::collect(nobody(), who), Err(BadOrigin));
        let proof = Decex::submit_validity_proof(nobody(), bounded(&[1]));
        assert_eq!(proof.map_err(|error| error.error), Err(BadOrigin));
    });
}

#[test]
fn a_proof_weighs_what_was_judged_and_as_often() {
    let (chain, bytes) = a_proof();
    let length = u32::try_from(bytes.len()).unwrap();
    chain.run(|| {
        let params = Decex::consensus().domain(DomainId(0)).unwrap().unwrap().params;
        let once =
            Measured::<Runtime>::submit_proof(length).saturating_add(Replay::convert(params.block.weight));
        let weight = |origin, bytes: &[u8]| -> Weight {
            let (Ok(info) | Err(info)) = frame_support::storage::with_transaction_unchecked(|| {
                let done = Decex::submit_proof(origin, 0, bounded(bytes)).map_err(|error| error.post_info);
                sp_runtime::TransactionOutcome::Rollback(done)
            });
            info.actual_weight.unwrap()
        };
        let signed = || RuntimeOrigin::signed(AccountId32::new([1; 32]));
        assert_eq!(weight(signed(), &bytes), once);
        assert_eq!(weight(RuntimeOrigin::root(), &bytes), once);
        assert_eq!(weight(RuntimeOrigin::none(), &bytes), once.saturating_mul(2));
        // Against what names nothing, or a domain that is not there, nothing is executed.
        assert_eq!(weight(signed(), &[7; 40]), Measured::<Runtime>::submit_proof(40));
        let mut nowhere = bytes.clone();
        nowhere[0] = 9;
        assert_eq!(
            weight(signed(), &nowhere),
            Measured::<Runtime>::submit_proof(length)
        );
    });
}

/// Two receipts of the first block under the seal of one operator: the right one, and a lie.
fn two_receipts() -> Vec<u8> {
    let domain = DomainId(0);
    let body = sealed(Vec::new(), vec![transfer(0)]);
    Decex::submit_bundle(RuntimeOrigin::none(), bounded(&body.encode())).unwrap();
    next();
    let chain = Decex::consensus();
    let params = chain.params(domain).unwrap().unwrap();
    let created = chain.domain(domain).unwrap().unwrap().created;
    let genesis = genesis_receipt(domain, params.rules, params.genesis, created);
    let inbox = chain.inbox(domain, DomainNumber(1)).unwrap().unwrap();
    let past = vec![(genesis, crate::founding::state())];
    let world = World::new(&ENGINE, &params, past, inbox, vec![body.body.to_vec()]).unwrap();
    let right = world.right().clone();
    let lie = mutate(
        Mutant::TraceFrom(1),
        &right.receipt,
        &right.openings,
        world.inbox(),
        &params,
    )
    .unwrap();
    let vouched = |(receipt, openings): (decex_receipt::Receipt, _)| {
        let leaf = receipt.compute_hash().0;
        let submission = Submission {
            receipt: receipt.clone(),
            openings: Some(openings),
        };
        Vouched {
            header: sealed(vec![submission], Vec::new()).header,
            receipt,
            place: ListTree::new(vec![leaf]).prove(0, 1).unwrap(),
        }
    };
    let evidence = ReceiptEquivocation {
        first: vouched((right.receipt, right.openings)),
        second: vouched(lie),
    };
    evidence.encode()
}

#[test]
fn evidence_that_holds_is_free() {
    chain().execute_with(|| {
        found(LegalityMode::Deferred);
        let reporter = || RuntimeOrigin::signed(AccountId32::new([5; 32]));
        let evidence = two_receipts();
        let free = |done: Result<PostDispatchInfo, _>| matches!(done, Ok(info) if info.pays_fee == Pays::No);
        let tried = frame_support::storage::with_transaction_unchecked(|| {
            let done = Decex::submit_receipt_equivocation(reporter(), bounded(&evidence));
            sp_runtime::TransactionOutcome::Rollback(done)
        });
        assert!(free(tried), "{tried:?}");
        let evidence = decex_bundle::Equivocation {
            first: sealed(Vec::new(), vec![transfer(1)]).header,
            second: sealed(Vec::new(), vec![transfer(2)]).header,
        };
        let reported = Decex::submit_equivocation(reporter(), bounded(&evidence.encode()));
        assert!(free(reported), "{reported:?}");
        // Again it shows nothing, and is paid for.
        let again = Decex::submit_equivocation(reporter(), bounded(&evidence.encode()));
        assert_eq!(again.unwrap_err().post_info.pays_fee, Pays::Yes);
    });
}

#[test]
fn bytes_that_are_not_what_a_call_takes_are_refused_as_such() {
    chain().execute_with(|| {
        found(LegalityMode::Deferred);
        let by = || RuntimeOrigin::signed(AccountId32::new([1; 32]));
        let params = decex_testkit::story::params().encode();
        for wrong in [&params[1..], &[&params[..], &[0]].concat()] {
            let bytes = wrong.to_vec().try_into().unwrap();
            let created = Decex::create_domain(by(), bytes, false, 0);
            assert_eq!(created, Err(Error::<Runtime>::Params.into()));
        }
        let request = decex_core::message::Request::default().encode();
        for wrong in [&request[1..], &[&request[..], &[0]].concat()] {
            let bytes = wrong.to_vec().try_into().unwrap();
            let sent = Decex::send_message(by(), 0, bytes);
            assert_eq!(sent, Err(Error::<Runtime>::Request.into()));
        }
    });
}

#[test]
fn a_store_that_holds_what_nobody_wrote_is_named() {
    chain().execute_with(|| {
        found(LegalityMode::Deferred);
        let key = decex_consensus::keys::domain(DomainId(0));
        let kind = key[0];
        pallet_decex::Store::<Runtime>::insert(key, vec![0xff]);
        let by = RuntimeOrigin::signed(AccountId32::new([1; 32]));
        let paused = Decex::set_paused(by, 0, true);
        assert_eq!(paused, Err(Error::<Runtime>::Corrupt(kind).into()));
    });
}
