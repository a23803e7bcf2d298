//! The pool: what it takes unsigned, in which order, and what it does not look at.

use crate::chain::{Mock, begin};
use crate::founding::{found, next, sealed_before, transfer};
use crate::mock::*;
use decex_consensus::OpenCall;
use decex_core::params::LegalityMode;
use decex_testkit::chain::{Chain, Outcome, Request};
use decex_testkit::story::Story;
use pallet_decex::{Call, NO_WORK, decex_consensus, is_worked, work};
use parity_scale_codec::Encode;
use sp_runtime::AccountId32;
#[allow(deprecated, reason = "what the pallet implements")]
use sp_runtime::traits::ValidateUnsigned;
use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError, UnknownTransaction,
    ValidTransaction,
};

/// The chain of the story right before the first accepted call that `is` says, with its block begun and the calls before it made.
fn before(is: impl Fn(&OpenCall) -> bool) -> (Mock, OpenCall) {
    let story = Story::write().unwrap();
    let mut chain = Mock::default();
    for (account, amount) in &story.endowed {
        decex_testkit::chain::Money::endow(&mut chain, *account, *amount).unwrap();
    }
    for step in &story.steps {
        let found = step
            .calls
            .iter()
            .zip(&step.made.outcomes)
            .position(|(call, outcome)| {
                matches!(call, Request::Open(call) if is(call)) && matches!(outcome, Outcome::Accepted(_))
            });
        if let Some(place) = found {
            chain.block(&step.block, &step.calls[..place]).unwrap();
            let Request::Open(call) = step.calls[place].clone() else {
                unreachable!()
            };
            return (chain, call);
        }
        chain.block(&step.block, &step.calls).unwrap();
    }
    panic!("no such call in the story")
}

fn a_bundle() -> (Mock, Vec<u8>) {
    let (chain, call) = before(|call| matches!(call, OpenCall::SubmitBundle { .. }));
    let OpenCall::SubmitBundle { bundle } = call else {
        unreachable!()
    };
    (chain, bundle)
}

pub fn a_proof() -> (Mock, Vec<u8>) {
    let (chain, call) = before(|call| matches!(call, OpenCall::SubmitProof { .. }));
    let OpenCall::SubmitProof { proof } = call else {
        unreachable!()
    };
    (chain, proof)
}

fn bundle(bytes: &[u8]) -> Call<Runtime> {
    Call::submit_bundle {
        bundle: bytes.to_vec().try_into().unwrap(),
    }
}

fn proof(bytes: &[u8]) -> Call<Runtime> {
    Call::submit_proof {
        work: work(bytes, WORK),
        proof: bytes.to_vec().try_into().unwrap(),
    }
}

#[allow(deprecated)]
fn ask(call: &Call<Runtime>) -> TransactionValidity {
    let root = || sp_io::storage::root(sp_core::storage::StateVersion::V1);
    let before = root();
    let answer = Decex::validate_unsigned(TransactionSource::External, call);
    assert_eq!(before, root(), "the pool's question leaves nothing");
    answer
}

fn apply(call: Call<Runtime>) -> Result<(), TransactionValidityError> {
    Executive::apply_extrinsic(Extrinsic::new_bare(call.into())).map(|done| done.unwrap())
}

#[test]
fn a_bundle_has_the_tag_of_its_window_and_is_stale_once_it_is_in() {
    let (chain, bytes) = a_bundle();
    chain.run(|| {
        let valid = ask(&bundle(&bytes)).unwrap();
        assert_eq!(valid.provides.len(), 1);
        assert!(valid.longevity > 0 && valid.propagate);
        // The same again has the same tag: the pool keeps one.
        assert_eq!(ask(&bundle(&bytes)).unwrap().provides, valid.provides);
        apply(bundle(&bytes)).unwrap();
        let again = Err(UnknownTransaction::Custom(20).into());
        assert_eq!(ask(&bundle(&bytes)), again);
        assert_eq!(
            apply(bundle(&bytes)).unwrap_err(),
            UnknownTransaction::Custom(20).into()
        );
    });
}

#[test]
fn proofs_come_before_bundles_and_urgent_ones_first() {
    let (chain, bytes) = a_bundle();
    let of_bundle: ValidTransaction = chain.run(|| ask(&bundle(&bytes)).unwrap());
    let (mut chain, bytes) = a_proof();
    let first = chain.run(|| ask(&proof(&bytes)).unwrap());
    assert!(first.priority > of_bundle.priority);
    assert_ne!(first.provides, of_bundle.provides);
    // A block later the receipt is a block closer to being final.
    let mut info = chain.run(|| Decex::consensus().clock().unwrap().unwrap().block);
    info.number.0 += 1;
    info.slot.0 += 1;
    chain.block(&info, &[]).unwrap();
    let later = chain.run(|| ask(&proof(&bytes)).unwrap());
    assert!(later.priority > first.priority);
    assert!(later.longevity < first.longevity);
    assert_eq!(later.provides, first.provides);
}

#[test]
fn a_copied_proof_with_another_reporter_has_the_same_tag() {
    let (chain, bytes) = a_proof();
    let mut copied = bytes.clone();
    // The reporter stands after domain and receipt.
    copied[40] ^= 1;
    chain.run(|| {
        let (one, other) = (ask(&proof(&bytes)).unwrap(), ask(&proof(&copied)).unwrap());
        assert_eq!(one.provides, other.provides);
        assert_eq!(one.priority, other.priority);
    });
}

#[test]
fn a_proof_without_work_is_not_looked_at() {
    let (chain, bytes) = a_proof();
    let idle = (0..).find(|nonce| !is_worked(&bytes, *nonce, WORK)).unwrap();
    chain.run(|| {
        let call = Call::submit_proof {
            work: idle,
            proof: bytes.clone().try_into().unwrap(),
        };
        assert_eq!(ask(&call), Err(InvalidTransaction::Custom(NO_WORK).into()));
        assert!(apply(call).is_err());
        // The work for other bytes is no work for these.
        assert!(is_worked(&bytes, work(&bytes, WORK), WORK));
        assert!(is_worked(&bytes, 0, 0) && !is_worked(&bytes, 0, 255));
    });
}

#[test]
fn forged_and_stale_proofs_are_refused_and_leave_nothing() {
    let (chain, bytes) = a_proof();
    chain.run(|| {
        let mut forged = bytes.clone();
        *forged.last_mut().unwrap() ^= 1;
        let refused = ask(&proof(&forged)).unwrap_err();
        assert!(matches!(
            refused,
            TransactionValidityError::Invalid(InvalidTransaction::Custom(19 | 25))
        ));
        apply(proof(&bytes)).unwrap();
        assert_eq!(ask(&proof(&bytes)), Err(UnknownTransaction::Custom(23).into()));
        assert_eq!(
            apply(proof(&bytes)).unwrap_err(),
            UnknownTransaction::Custom(23).into()
        );
    });
}

#[test]
fn bytes_that_nothing_can_make_right_are_banned() {
    let (chain, bytes) = a_bundle();
    chain.run(|| {
        let cut = &bytes[..bytes.len() - 1];
        assert_eq!(ask(&bundle(cut)), Err(InvalidTransaction::Custom(19).into()));
        assert_eq!(ask(&bundle(&[])), Err(InvalidTransaction::Custom(19).into()));
        // Longer than a message does not even decode as a call.
        let most = 1 << 20;
        assert!(pallet_decex::Bytes::<Runtime>::try_from(vec![0; most + 1]).is_err());
        assert!(pallet_decex::Bytes::<Runtime>::try_from(vec![0; most]).is_ok());
    });
}

#[test]
fn the_pool_takes_nothing_else_unsigned() {
    Mock::default().run(|| {
        let call = Call::<Runtime>::collect {
            account: AccountId32::new([1; 32]),
        };
        assert_eq!(ask(&call), Err(InvalidTransaction::Call.into()));
        let begun = begin;
        begun(&Story::write().unwrap().steps[0].block);
        assert!(apply(call).is_err());
    });
}

#[test]
fn a_signed_proof_needs_no_work_and_pays_only_if_it_fails() {
    use frame_support::dispatch::Pays;
    let (chain, bytes) = a_proof();
    chain.run(|| {
        let by = RuntimeOrigin::signed(AccountId32::new([1; 32]));
        let mut forged = bytes.clone();
        *forged.last_mut().unwrap() ^= 1;
        let failed = Decex::submit_proof(by.clone(), 0, forged.try_into().unwrap()).unwrap_err();
        assert_eq!(failed.post_info.pays_fee, Pays::Yes);
        assert!(failed.post_info.actual_weight.is_some());
        let held = Decex::submit_proof(by.clone(), 0, bytes.clone().try_into().unwrap()).unwrap();
        assert_eq!(held.pays_fee, Pays::No);
        // A bundle is nobody's.
        let bundle = Decex::submit_bundle(by, vec![1].try_into().unwrap());
        assert_eq!(bundle, Err(sp_runtime::DispatchError::BadOrigin));
        let nobody = Decex::endow_domain(RuntimeOrigin::none(), 0, 5);
        assert_eq!(nobody, Err(sp_runtime::DispatchError::BadOrigin));
        let not_root =
            Decex::list_peer_of_consensus(RuntimeOrigin::signed(AccountId32::new([1; 32])), 0, true);
        assert_eq!(not_root, Err(sp_runtime::DispatchError::BadOrigin));
    });
}

#[test]
fn bundles_of_older_windows_come_first_and_end_first() {
    chain().execute_with(|| {
        found(LegalityMode::Deferred);
        let [now, other, older] = [(0, 0), (0, 1), (1, 0)]
            .map(|(ago, nonce)| sealed_before(ago, Vec::new(), vec![transfer(nonce)]).encode())
            .map(|bytes| ask(&bundle(&bytes)).unwrap());
        // One of two for a window, whatever is in them.
        assert_eq!(now.provides, other.provides);
        assert_ne!(now.provides, older.provides);
        assert_eq!(older.priority, now.priority + 1);
        // The window is a slot long and stays open for two more (`longevity`).
        assert_eq!((now.longevity, older.longevity), (3, 2));
        let last = sealed_before(2, Vec::new(), vec![transfer(0)]).encode();
        assert_eq!(ask(&bundle(&last)).unwrap().longevity, 1);
        next();
        assert_eq!(ask(&bundle(&last)), Err(UnknownTransaction::Custom(20).into()));
    });
}

#[test]
fn a_proof_that_is_cut_is_banned() {
    let (chain, bytes) = a_proof();
    chain.run(|| {
        let banned = Err(InvalidTransaction::Custom(19).into());
        assert_eq!(ask(&proof(&bytes[..bytes.len() - 1])), banned);
        assert_eq!(ask(&proof(&[])), banned);
    });
}

#[test]
fn zeros_count_from_the_beginning_alone() {
    let bytes = [7; 100];
    let worked = |bits| (0..256).filter(|nonce| is_worked(&bytes, *nonce, bits)).count();
    // A half, and a quarter.
    assert!((96..160).contains(&worked(1)) && (32..96).contains(&worked(2)));
}

#[test]
fn a_store_that_holds_what_nobody_wrote_says_nothing_about_a_bundle() {
    chain().execute_with(|| {
        found(LegalityMode::Deferred);
        let bytes = sealed_before(0, Vec::new(), vec![transfer(0)]).encode();
        ask(&bundle(&bytes)).unwrap();
        let key = decex_consensus::keys::domain(decex_core::DomainId(0));
        pallet_decex::Store::<Runtime>::insert(key, vec![0xff]);
        let failed = Err(UnknownTransaction::Custom(pallet_decex::HOST_FAILED).into());
        assert_eq!(ask(&bundle(&bytes)), failed);
    });
}
