//! What a block does by itself, and what its calls weigh.

use crate::chain::{Mock, begin};
use crate::mock::*;
use decex_core::{ConsensusNumber, Slot};
use decex_testkit::story::Story;
use frame_support::assert_noop;
use frame_support::dispatch::GetDispatchInfo;
use frame_support::traits::Hooks;
use pallet_decex::{Call, Error, Event, WeightInfo};
use sp_runtime::{AccountId32, DigestItem};

#[test]
fn a_block_that_contradicts_the_one_before_stops_the_calls_and_not_the_chain() {
    let story = Story::write().unwrap();
    let info = story.steps[0].block;
    Mock::default().run(|| {
        begin(&info);
        // The same slot again.
        begin(&decex_consensus::BlockInfo {
            number: ConsensusNumber(2),
            ..info
        });
        let told = System::events()
            .into_iter()
            .any(|record| matches!(record.event, RuntimeEvent::Decex(Event::NotBegun { .. })));
        assert!(told);
        let call = Decex::endow_domain(RuntimeOrigin::signed(AccountId32::new([1; 32])), 0, 5);
        assert_eq!(call, Err(Error::<Runtime>::NotBegun.into()));
        let by = RuntimeOrigin::signed(AccountId32::new([1; 32]));
        let not_begun = Err(Error::<Runtime>::NotBegun.into());
        assert_eq!(Decex::report_absence(by, 0), not_begun);
        assert_eq!(
            Decex::list_peer_of_consensus(RuntimeOrigin::root(), 0, true),
            not_begun
        );
        let bundle = Extrinsic::new_bare(
            Call::submit_bundle {
                bundle: vec![1].try_into().unwrap(),
            }
            .into(),
        );
        assert!(Executive::apply_extrinsic(bundle).is_err());
        // It cannot go on before a runtime upgrade: a skipped block would leave inboxes without a seed.
        begin(&decex_consensus::BlockInfo {
            number: ConsensusNumber(3),
            slot: Slot(90),
            ..info
        });
        assert_eq!(
            Decex::endow_domain(RuntimeOrigin::signed(AccountId32::new([1; 32])), 0, 5),
            Err(Error::<Runtime>::NotBegun.into())
        );
    });
}

use pallet_decex::decex_consensus;

#[test]
fn the_finality_root_stands_in_the_header() {
    let story = Story::write().unwrap();
    Mock::default().run(|| {
        begin(&story.steps[0].block);
        Decex::on_finalize(1);
        let logs = System::digest().logs;
        assert!(matches!(&logs[..], [DigestItem::Consensus(id, root)] if id == b"DECX" && root.len() == 32));
    });
}

#[test]
fn a_domain_that_no_block_could_judge_is_not_created() {
    use parity_scale_codec::Encode;
    let story = Story::write().unwrap();
    Mock::default().run(|| {
        begin(&story.steps[0].block);
        let mut params = decex_testkit::story::params();
        params.block.weight.0 = 3_000_000;
        let owner = RuntimeOrigin::signed(AccountId32::new([1; 32]));
        let bytes = params.encode().try_into().unwrap();
        assert_noop!(
            Decex::create_domain(owner, bytes, false, 0),
            Error::<Runtime>::TooHeavy
        );
    });
}

#[test]
fn a_proof_weighs_at_most_what_a_block_has_room_for() {
    let call = Call::<Runtime>::submit_proof {
        work: 0,
        proof: vec![0; 1 << 20].try_into().unwrap(),
    };
    let info = call.get_dispatch_info();
    assert_eq!(info.class, frame_support::dispatch::DispatchClass::Operational);
    let most = Weights::get()
        .get(info.class)
        .max_extrinsic
        .unwrap_or(Weights::get().max_block);
    assert!(info.call_weight.all_lte(most));
    let short = Call::<Runtime>::submit_proof {
        work: 0,
        proof: vec![0].try_into().unwrap(),
    };
    assert!(short.get_dispatch_info().call_weight.ref_time() < info.call_weight.ref_time());
    // Judged twice, with all that an engine may do.
    let once = pallet_decex::weights::Measured::<Runtime>::submit_proof(1 << 20);
    let twice = once.saturating_add(MaxReplay::get()).saturating_mul(2);
    assert_eq!(info.call_weight, twice);
}

#[test]
fn a_runtime_whose_limits_contradict_each_other_does_not_pass_its_integrity_test() {
    let sound = || std::panic::catch_unwind(<Decex as Hooks<u64>>::integrity_test).is_ok();
    assert!(sound());
    LongestMessage::set((1 << 20) - 1);
    assert!(!sound(), "two limits of messages");
    LongestMessage::set(1 << 20);
    Priority::set(u64::MAX / 4 + 1);
    assert!(!sound(), "a bundle could come before a proof");
    Priority::set(u64::MAX / 4);
    // Twice as much as a block has room for.
    let replay = MaxReplay::get();
    MaxReplay::set(Weights::get().max_block);
    assert!(!sound(), "a proof that fits into no block");
    MaxReplay::set(replay);
    assert!(sound());
}

#[test]
fn nothing_unsigned_gets_into_a_block_that_did_not_begin() {
    use crate::founding::{found, sealed, transfer};
    use parity_scale_codec::Encode;
    use sp_runtime::transaction_validity::UnknownTransaction;
    chain().execute_with(|| {
        found(decex_core::params::LegalityMode::Deferred);
        let bundle = sealed(Vec::new(), vec![transfer(0)]).encode();
        let call = Call::submit_bundle {
            bundle: bundle.try_into().unwrap(),
        };
        let extrinsic = Extrinsic::new_bare(call.into());
        let number = System::block_number();
        System::set_block_number(number + 1);
        let refused = Executive::apply_extrinsic(extrinsic.clone());
        assert_eq!(
            refused,
            Err(UnknownTransaction::Custom(pallet_decex::NOT_BEGUN).into())
        );
        System::set_block_number(number);
        assert_eq!(Executive::apply_extrinsic(extrinsic), Ok(Ok(())));
    });
}

#[test]
fn a_block_weighs_what_its_beginning_did() {
    use crate::founding::{found, sealed, transfer};
    use parity_scale_codec::Encode;
    type Weights = pallet_decex::weights::Measured<Runtime>;
    chain().execute_with(|| {
        found(decex_core::params::LegalityMode::Deferred);
        let begin = |ahead: u64| {
            let number = System::block_number() + ahead;
            System::set_block_number(number);
            Decex::on_initialize(number)
        };
        let expected =
            |weight: frame_support::weights::Weight| weight.saturating_add(Weights::finality_root());
        assert_eq!(begin(1), expected(Weights::begin_block(0, 0, 0)));
        let bundle = sealed(Vec::new(), vec![transfer(0)]).encode();
        Decex::submit_bundle(RuntimeOrigin::none(), bundle.try_into().unwrap()).unwrap();
        assert_eq!(begin(1), expected(Weights::begin_block(1, 0, 0)));
        // A block that is passed over: nobody knows how far it got.
        let most = decex_testkit::story::config().work_per_block;
        assert_eq!(begin(2), expected(Weights::begin_block(0, most, most)));
    });
}
