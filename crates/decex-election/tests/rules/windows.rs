//! E15 to E18: windows and submissions.

use decex_core::{DomainId, Host, OperatorId, Slot, Window};
use decex_election::{
    InvalidSubmission, InvalidWindow, InvalidWindows, SubmissionError, SubmissionView, Windows, permit,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::convert::Infallible;

#[derive(Default)]
struct Record(BTreeSet<(DomainId, OperatorId, Window)>);

impl Host for Record {
    type Error = Infallible;
}

impl SubmissionView for Record {
    fn has_submitted(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Result<bool, Infallible> {
        Ok(self.0.contains(&(domain, operator, window)))
    }
}

struct Broken;

impl Host for Broken {
    type Error = &'static str;
}

impl SubmissionView for Broken {
    fn has_submitted(&self, _: DomainId, _: OperatorId, _: Window) -> Result<bool, &'static str> {
        Err("disk on fire")
    }
}

#[test]
fn e15_a_window_has_slots() {
    assert_eq!(Windows::new(0, 3), Err(InvalidWindows::NoSlots));
    assert!(Windows::new(1, 0).is_ok());
    let windows = Windows::new(6, 2).unwrap();
    assert_eq!((windows.interval(), windows.longevity()), (6, 2));
}

#[test]
fn windows_partition_the_slots() {
    for interval in [1, 2, 6, u32::MAX] {
        let windows = Windows::new(interval, 0).unwrap();
        for slot in [0, 1, 5, 6, 7, 1 << 33, u64::MAX].map(Slot) {
            let window = windows.window_of(slot);
            let first = windows.first_slot(window).unwrap();
            assert!(first <= slot && slot.0 - first.0 < u64::from(interval));
        }
    }
    assert_eq!(Windows::new(2, 0).unwrap().first_slot(Window(u64::MAX)), None);
}

#[test]
fn e16_a_window_of_the_future_is_closed() {
    let windows = Windows::new(6, 2).unwrap();
    assert_eq!(windows.check_open(Window(4), Slot(24)), Ok(()));
    let refused = Err(InvalidWindow::Future {
        limit: Window(3),
        found: Window(4),
    });
    assert_eq!(windows.check_open(Window(4), Slot(23)), refused);
    assert!(windows.check_open(Window(u64::MAX), Slot(u64::MAX)).is_err());
}

#[test]
fn e17_an_old_window_is_closed() {
    let windows = Windows::new(6, 2).unwrap();
    assert_eq!(windows.check_open(Window(4), Slot(41)), Ok(()));
    let refused = Err(InvalidWindow::Stale {
        limit: Window(5),
        found: Window(4),
    });
    assert_eq!(windows.check_open(Window(4), Slot(42)), refused);
    // Without longevity, only the window itself.
    let strict = Windows::new(6, 0).unwrap();
    assert_eq!(strict.check_open(Window(4), Slot(29)), Ok(()));
    assert!(strict.check_open(Window(4), Slot(30)).is_err());
    // At the beginning of time nothing is too old.
    assert_eq!(
        Windows::new(6, u32::MAX)
            .unwrap()
            .check_open(Window(0), Slot(600)),
        Ok(())
    );
}

#[test]
fn e18_a_window_is_used_once_whatever_for() {
    let windows = Windows::new(6, 2).unwrap();
    let mut record = Record::default();
    let ask = |record: &Record, domain, operator, window| {
        permit(
            record,
            &windows,
            Slot(30),
            DomainId(domain),
            OperatorId(operator),
            Window(window),
        )
    };
    let granted = ask(&record, 1, 1, 5).unwrap();
    assert_eq!(
        (granted.domain(), granted.operator(), granted.window()),
        (DomainId(1), OperatorId(1), Window(5))
    );
    record
        .0
        .insert((granted.domain(), granted.operator(), granted.window()));
    let used = InvalidSubmission::Used { found: Window(5) };
    assert_eq!(ask(&record, 1, 1, 5), Err(SubmissionError::Invalid(used)));
    // Another window, operator or domain is another matter.
    assert!(ask(&record, 1, 1, 4).is_ok());
    assert!(ask(&record, 1, 2, 5).is_ok());
    assert!(ask(&record, 2, 1, 5).is_ok());
}

#[test]
fn e16_e17_a_closed_window_has_no_permit() {
    let windows = Windows::new(6, 2).unwrap();
    let record = Record::default();
    let ask = |window| {
        permit(
            &record,
            &windows,
            Slot(30),
            DomainId(1),
            OperatorId(1),
            Window(window),
        )
        .map(|granted| granted.window())
    };
    let refused = |window| match ask(window) {
        Err(SubmissionError::Invalid(InvalidSubmission::Window(invalid))) => invalid.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!((refused(6), refused(2)), (16, 17));
    assert_eq!((ask(5), ask(3)), (Ok(Window(5)), Ok(Window(3))));
}

#[test]
fn e18_a_view_is_a_view_by_reference_too() {
    let used = (DomainId(1), OperatorId(1), Window(5));
    let mut record = Record::default();
    record.0.insert(used);
    let ask = |view: &dyn SubmissionView<Error = Infallible>, window| {
        (&view).has_submitted(DomainId(1), OperatorId(1), Window(window))
    };
    assert_eq!((ask(&record, 5), ask(&record, 4)), (Ok(true), Ok(false)));
}

#[test]
fn a_failing_host_is_no_verdict() {
    let windows = Windows::new(6, 2).unwrap();
    let ask = |window| {
        permit(
            &&Broken,
            &windows,
            Slot(30),
            DomainId(1),
            OperatorId(1),
            Window(window),
        )
    };
    assert_eq!(ask(5), Err(SubmissionError::Host("disk on fire")));
    // A closed window is refused without asking.
    assert!(matches!(
        ask(9),
        Err(SubmissionError::Invalid(InvalidSubmission::Window(_)))
    ));
}

#[test]
fn codes_are_the_rules_numbers() {
    let windows = Windows::new(6, 2).unwrap();
    let codes = [
        InvalidWindows::NoSlots.code(),
        windows.check_open(Window(9), Slot(0)).unwrap_err().code(),
        windows.check_open(Window(0), Slot(99)).unwrap_err().code(),
        InvalidSubmission::Used { found: Window(0) }.code(),
    ];
    assert_eq!(codes, [15, 16, 17, 18]);
    let nested = InvalidSubmission::Window(windows.check_open(Window(0), Slot(99)).unwrap_err());
    assert_eq!(nested.code(), 17);
}

proptest! {
    /// Records may be forgotten as soon as their window is before the oldest open one, and never come to matter again.
    #[test]
    fn e17_closed_windows_stay_closed(interval in 1u32.., longevity: u32, window: u64, now: u64, later: u64) {
        let windows = Windows::new(interval, longevity).unwrap();
        let (now, later) = (Slot(now.min(later)), Slot(now.max(later)));
        if matches!(windows.check_open(Window(window), now), Err(InvalidWindow::Stale { .. })) {
            prop_assert!(windows.check_open(Window(window), later).is_err());
            prop_assert!(Window(window) < windows.oldest_open(later));
        }
    }
}
