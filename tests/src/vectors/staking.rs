//! Rules T: one call on the books of one pool, and what a confirmed receipt pays.

use super::json::{Fields, amount, scale};
use super::{Operation, Outcome};
use decex_core::execution::Fees;
use decex_core::{Balance, ConsensusNumber, DomainId, OperatorId};
use decex_staking::{
    Changes, Division, Extent, Now, Payment, Registration, StakingError, claim, deactivate, leave, nominate,
    pay_blockspace, reactivate, refund, register, reward, settle, slash, withdraw,
};
use serde_json::{Value, json};
use std::convert::Infallible;
use world::World;

mod cases;
mod world;

/// The operations of the crate.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("decex-staking", "staking.call", run_call, cases::calls),
    Operation::of("decex-staking", "staking.settle", run_settle, cases::settlements),
];

type Answer = Result<Value, StakingError<Infallible>>;

fn run_call(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let world = World::read(given);
    let now = Now {
        epoch: when.number("epoch"),
        block: ConsensusNumber(when.number("block")),
    };
    match call(&world, now, when) {
        Ok(answer) => Outcome::ok(json!({}), answer),
        Err(StakingError::Refused(refused)) => Outcome::err(json!({}), refused.code()),
        Err(other) => panic!("the books of a vector contradict themselves: {other}"),
    }
}

fn call(world: &World, now: Now, when: Fields<'_>) -> Answer {
    let operator = OperatorId(when.number("operator"));
    let answered = match when.text("call") {
        "register" => register(world, now, &world.rules, &registration(operator, when)),
        "nominate" => nominate(
            world,
            now,
            operator,
            when.scale("account"),
            when.amount("deposit"),
        ),
        "withdraw" => {
            let extent = if when.is_null("shares") {
                Extent::All
            } else {
                Extent::Shares(when.amount("shares").0)
            };
            withdraw(world, now, &world.rules, operator, when.scale("account"), extent)
        }
        "claim" => claim(world, now, operator, when.scale("account")),
        "leave" => leave(world, now, &world.rules, operator, when.scale("account")),
        "deactivate" => deactivate(world, now, operator),
        "reactivate" => reactivate(world, now, &world.rules, operator, when.scale("account")),
        "pay_blockspace" => {
            let (farmer, paid) = (when.scale("account"), when.amount("amount"));
            pay_blockspace(world, now, operator, farmer, paid, when.flag("outstanding"))
        }
        "reward" => return maybe(reward(world, now, operator, when.amount("amount"))),
        "refund" => {
            let (paid, back) = (when.amount("paid"), when.amount("amount"));
            return maybe(refund(world, now, operator, paid, back));
        }
        "slash" => return run_slash(world, now, operator, when),
        other => panic!("no call `{other}`"),
    };
    answered.map(|changes| written(&changes))
}

fn registration(operator: OperatorId, when: Fields<'_>) -> Registration {
    Registration {
        operator,
        domain: DomainId(when.number("domain")),
        owner: when.scale("account"),
        terms: when.scale("terms"),
        deposit: when.amount("deposit"),
    }
}

/// A credit that nobody is there for is answered `null`.
fn maybe(answered: Result<Option<Changes>, StakingError<Infallible>>) -> Answer {
    Ok(answered?.as_ref().map_or(Value::Null, written))
}

fn run_slash(world: &World, now: Now, operator: OperatorId, when: Fields<'_>) -> Answer {
    let division = Division {
        reporter: (!when.is_null("reporter")).then(|| when.scale("reporter")),
        reporter_share: when.number("reporter_share"),
        treasury_share: when.number("treasury_share"),
    };
    let Some(slashed) = slash(world, now, operator, &division)? else {
        return Ok(Value::Null);
    };
    let mut answer = written(&slashed.changes);
    for (name, value) in [
        ("taken", slashed.taken),
        ("reward", slashed.reward),
        ("treasury", slashed.treasury),
        ("burned", slashed.burned),
        ("refunded", slashed.refunded),
    ] {
        answer[name] = amount(value);
    }
    Ok(answer)
}

fn written(changes: &Changes) -> Value {
    let position = changes.position.as_ref().map(
        |(account, position)| json!({ "account": scale(account), "position": position.as_ref().map(scale) }),
    );
    let prices: Vec<Value> = changes
        .prices
        .iter()
        .map(|(epoch, price)| json!({ "epoch": epoch, "price": price.as_ref().map(scale) }))
        .collect();
    json!({
        "pool": scale(&changes.pool),
        "totals": scale(&changes.totals),
        "position": position,
        "prices": prices,
        "payments": changes.payments.iter().map(payment).collect::<Vec<_>>(),
    })
}

fn payment(payment: &Payment) -> Value {
    let (kind, account, paid) = match payment {
        Payment::Hold { account, amount } => ("hold", Some(account), amount),
        Payment::Release { account, amount } => ("release", Some(account), amount),
        Payment::Treasury { amount } => ("treasury", None, amount),
        Payment::Burn { amount } => ("burn", None, amount),
    };
    json!({ "kind": kind, "account": account.map(scale), "amount": amount(*paid) })
}

fn run_settle(_: Fields<'_>, when: Fields<'_>) -> Outcome {
    let fees: Fees = when.scale("fees");
    let authors: Vec<(OperatorId, u32)> = when.scale("authors");
    let backers: Vec<OperatorId> = when.scale("backers");
    let paid = settle(when.amount("balance"), &fees, &authors, &backers);
    let parts = |parts: &[(OperatorId, Balance)]| -> Vec<Value> {
        let part = |(operator, part): &(OperatorId, Balance)| json!([operator.0, amount(*part)]);
        parts.iter().map(part).collect()
    };
    let answer = json!({
        "balance": amount(paid.balance),
        "refunds": parts(&paid.refunds),
        "rewards": parts(&paid.rewards),
        "treasury": amount(paid.treasury),
        "burned": amount(paid.burned),
        "missing": amount(paid.missing),
    });
    Outcome::ok(json!({}), answer)
}
