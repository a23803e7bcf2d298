//! The laws, and that each of them bites: a host that breaks it is told so.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    dead_code,
    missing_debug_implementations,
    reason = "tests"
)]

mod flawed;

use decex_testkit::host::MemoryHost;
use decex_testkit::laws::{self, Broken};
use decex_testkit::ledger::LedgerEngine;
use flawed::{Flaw, flawed};

fn host() -> MemoryHost<LedgerEngine> {
    MemoryHost::new(vec![LedgerEngine::default()], 7)
}

#[test]
fn the_host_in_memory_keeps_the_laws() {
    laws::store(&mut host()).unwrap();
    laws::ledger(&mut host()).unwrap();
    // And so does the one that the flaws are made of.
    laws::store(&mut flawed(Flaw::None)).unwrap();
    laws::ledger(&mut flawed(Flaw::None)).unwrap();
}

#[test]
fn the_laws_leave_what_they_found() {
    let mut host = host();
    host.custody = decex_core::Balance(77);
    laws::store(&mut host).unwrap();
    laws::ledger(&mut host).unwrap();
    assert!(host.store.is_empty());
    assert_eq!(host.custody.0, 77);
}

#[test]
fn each_law_of_stores_bites() {
    for (flaw, law) in [
        (Flaw::InventsValues, "what was never set is absent"),
        (Flaw::ForgetsSet, "what was set is there"),
        (Flaw::KeepsLonger, "a shorter value replaces the value"),
        (Flaw::KeepsFirst, "a shorter value replaces the value"),
        (Flaw::KeepsShorter, "a longer value replaces the value"),
        (Flaw::TakesEmptyForAbsent, "the empty value is a value"),
        (Flaw::ForgetsRemove, "what was removed is absent"),
        (Flaw::RemoveLeavesEmpty, "what was removed is absent"),
        (Flaw::RemovesAbsentBadly, "what is absent can be removed"),
        (Flaw::NeverSetsAgain, "what was removed can be set again"),
        (Flaw::PadsKeys, "keys that are alike hold values of their own"),
        (Flaw::RemovesPrefix, "the value alone goes that is removed"),
        (Flaw::CutsValues, "long keys hold long values"),
        (Flaw::CutsKeys, "no key is cut short"),
    ] {
        assert_eq!(laws::store(&mut flawed(flaw)), Err(Broken::Law(law)), "{flaw:?}");
    }
}

#[test]
fn each_law_of_ledgers_bites() {
    for (flaw, law) in [
        (Flaw::HoldsTooMuch, "more than an account has is not held"),
        (Flaw::TakesBeforeItRefuses, "a refused hold takes nothing"),
        (Flaw::RefusesAll, "what an account has can be held"),
        (Flaw::HoldsForNothing, "to hold nothing changes nothing"),
        (Flaw::TakesNothing, "what is held is in custody, and not free"),
        (Flaw::HoldLosesMoney, "what is held is in custody, and not free"),
        (Flaw::RefusesTheLast, "what an account has can be held"),
        (Flaw::LeavesDust, "the last of an account's money can be held"),
        (Flaw::HoldsTwice, "what is held is not held twice"),
        (Flaw::HoldsOfOneAccount, "holds add up"),
        (Flaw::PaysOnce, "payments add up"),
        (Flaw::LosesWhatWasPaid, "what was paid can be held again"),
        (Flaw::KeepsTheLast, "all that is held can be paid"),
        (Flaw::PaysForZero, "to let go of nothing changes nothing"),
        (Flaw::ReleasesTwice, "custody pays whoever it is told to, once"),
        (Flaw::ReleasesToHolder, "custody pays whoever it is told to, once"),
        (Flaw::ReleaseMakesMoney, "to let go of nothing changes nothing"),
        (
            Flaw::ReleaseKeepsCustody,
            "custody pays whoever it is told to, once",
        ),
        (
            Flaw::BurnKeepsSupply,
            "what is burned is nobody's, and is not there any more",
        ),
        (
            Flaw::BurnKeepsCustody,
            "what is burned is nobody's, and is not there any more",
        ),
        (
            Flaw::BurnsNothing,
            "what is burned is nobody's, and is not there any more",
        ),
    ] {
        assert_eq!(laws::ledger(&mut flawed(flaw)), Err(Broken::Law(law)), "{flaw:?}");
    }
}
