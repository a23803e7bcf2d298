//! The last receipts, a pause, and everybody takes the money home.

use super::super::setting::operator;
use super::super::stage::{DOMAIN, Stage, Told, id, submit};
use super::{among, by, nominator, owner, stranger, transfer};
use crate::chain::Request;
use decex_consensus::decex_staking::Extent;
use decex_consensus::{AccountCall, Event, OpenCall};

pub(super) fn play(stage: &mut Stage) -> Told {
    stage.next("the owner pauses the domain")?;
    let domain = DOMAIN;
    stage.refuse(9, by(stranger(), AccountCall::Pause { domain }))?;
    stage.accept(by(owner(), AccountCall::Pause { domain }))?;
    stage.next("the last inbox is completed")?;

    let [election] = stage.next_with("a paused domain takes receipts and no transactions", [0])?;
    let right = stage.right()?;
    stage.need((right.len() == 1).then_some(()), "one receipt is due")?;
    let bundle = stage.seal(0, election, [].into(), [transfer(stage, 1, 1, 1)?].into())?;
    stage.refuse(20, submit(&bundle))?;
    let bundle = stage.seal(0, election, right, [].into())?;
    stage.include(&bundle)?;
    stage.refuse(9, by(stranger(), AccountCall::Resume { domain }))?;
    stage.accept(by(owner(), AccountCall::Resume { domain }))?;

    stage.next("a nominator asks for half, and the operator leaves")?;
    let withdraw = |extent| AccountCall::Withdraw {
        operator: id(0),
        extent,
    };
    stage.refuse(38, by(nominator(), withdraw(Extent::Shares(u128::MAX))))?;
    stage.accept(by(nominator(), withdraw(Extent::Shares(20_000))))?;
    stage.settle("the last receipt becomes final")?;
    let leave = AccountCall::DeregisterOperator { operator: id(0) };
    stage.accept(by(operator(0), leave.clone()))?;
    stage.refuse(18, by(operator(0), leave))?;
    let claims = [claim(nominator()), claim(operator(0))];
    for call in claims.clone() {
        stage.refuse(38, call)?;
    }
    for _ in 0..super::super::setting::config().limits.unlock_period {
        stage.next("the unlock period passes")?;
    }
    stage.next("everybody claims")?;
    for call in claims {
        let events = stage.accept(call.clone())?;
        among(stage, &events, "the claim is paid", |event| {
            matches!(event, Event::Claimed { .. })
        })?;
        stage.refuse(38, call)?;
    }
    Ok(())
}

fn claim(account: decex_core::AccountId) -> Request {
    Request::Open(OpenCall::Claim {
        operator: id(0),
        account,
    })
}
