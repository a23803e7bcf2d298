//! Transactions, receipts, fees; and bundles that nobody should include.

use super::super::stage::{DOMAIN, Stage, Told, submit};
use super::{among, transaction, transfer};
use crate::ledger::Call;
use decex_consensus::Event;
use decex_core::DomainNumber;
use decex_receipt::Submission;

pub(super) fn play(stage: &mut Stage) -> Told {
    let [election] = stage.next_with("operator 0 bundles transactions", [0])?;
    let items = [
        transfer(stage, 0, 0, 10)?,
        transfer(stage, 0, 1, 20)?,
        transfer(stage, 1, 0, 30)?,
        transaction(stage, 2, 0, Call::Fail)?,
    ];
    let bundle = stage.seal(0, election, [].into(), items.to_vec())?;
    // Another operator takes the election for its own.
    let mut stolen = bundle.clone();
    stolen.header.header.operator = super::super::stage::id(1);
    stage.refuse(20, submit(&stolen))?;
    // Somebody else's seal.
    let mut resealed = bundle.clone();
    resealed.header.seal = stage.seal(1, election, [].into(), items.to_vec())?.header.seal;
    stage.refuse(20, submit(&resealed))?;
    stage.include(&bundle)?;
    // The same again, and another one for the same window.
    stage.refuse(20, submit(&bundle))?;
    let again = stage.seal(0, election, [].into(), [transfer(stage, 3, 0, 1)?].into())?;
    stage.refuse(20, submit(&again))?;

    let [first, second] = stage.next_with("two operators bundle in one block", [0, 1])?;
    let bundle = stage.seal(
        0,
        first,
        [].into(),
        [transfer(stage, 3, 0, 40)?, transfer(stage, 4, 0, 50)?].into(),
    )?;
    stage.include(&bundle)?;
    // A copy of a transaction that the other bundle has too.
    let bundle = stage.seal(
        1,
        second,
        [].into(),
        [transfer(stage, 3, 0, 40)?, transfer(stage, 5, 0, 60)?].into(),
    )?;
    stage.include(&bundle)?;
    stage.next("the inbox of the second block is completed")?;

    let [first, second] = stage.next_with(
        "operator 0 submits both receipts, operator 1 vouches for the second",
        [0, 1],
    )?;
    let right = stage.right()?;
    stage.need((right.len() == 2).then_some(()), "two receipts are due")?;
    let bundle = stage.seal(0, first, right.clone(), [].into())?;
    let events = stage.include(&bundle)?;
    among(stage, &events, "the second receipt is accepted", |event| {
        matches!(
            event,
            Event::ReceiptAccepted {
                number: DomainNumber(2),
                ..
            }
        )
    })?;

    let mut last = right;
    let last = last.split_off(1);
    let bare = last.into_iter().map(|submission| Submission {
        openings: None,
        ..submission
    });
    let bundle = stage.seal(1, second, bare.collect(), [].into())?;
    let events = stage.include(&bundle)?;
    among(stage, &events, "the receipt is endorsed", |event| {
        matches!(event, Event::ReceiptEndorsed { .. })
    })?;
    stage.settle("the receipts become final")?;
    let confirmed = stage
        .chain
        .chain(DOMAIN)
        .ok()
        .flatten()
        .map(|chain| chain.confirmed);
    stage.need(
        (confirmed == Some(DomainNumber(2))).then_some(()),
        "two blocks are final",
    )
}
