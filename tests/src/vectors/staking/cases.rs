//! The cases of the rules T.

use super::world::{DOMAIN, OPERATOR, World, account};
use crate::vectors::Draft;
use crate::vectors::json::scale;
use decex_core::execution::Fees;
use decex_core::{Balance, OperatorId};
use decex_staking::PoolTerms;
use serde_json::{Value, json};

/// What is called, at the world's time.
fn when(world: &World, call: &str, mut rest: Value) -> Value {
    rest["call"] = call.into();
    rest["epoch"] = world.epoch.into();
    rest["block"] = world.block.into();
    if rest.get("operator").is_none() {
        rest["operator"] = OPERATOR.0.into();
    }
    rest
}

fn ok(name: &str, rules: &str, world: &World, call: &str, rest: Value) -> Draft {
    Draft::accepted(name, rules, world.value(), when(world, call, rest))
}

fn no(name: &str, rules: &str, world: &World, call: &str, rest: Value) -> Draft {
    Draft::refused(name, rules, world.value(), when(world, call, rest))
}

fn by(n: u8) -> Value {
    json!({ "account": scale(&account(n)) })
}

fn deposit(n: u8, deposit: u128) -> Value {
    json!({ "account": scale(&account(n)), "deposit": deposit.to_string() })
}

fn shares(n: u8, shares: Option<u128>) -> Value {
    json!({ "account": scale(&account(n)), "shares": shares.map(|shares| shares.to_string()) })
}

pub(super) fn calls() -> Vec<Draft> {
    [
        registrations(),
        nominations(),
        withdrawals(),
        claims(),
        stations(),
        earnings(),
        slashes(),
    ]
    .concat()
}

fn registrations() -> Vec<Draft> {
    let world = World::new();
    let with = |tax, minimum, deposit: u128| {
        let terms = PoolTerms {
            tax,
            minimum_nomination: Balance(minimum),
        };
        let account = scale(&account(1));
        let deposit = deposit.to_string();
        json!({ "account": account, "domain": DOMAIN.0, "terms": scale(&terms), "deposit": deposit })
    };
    vec![
        ok(
            "a_registration",
            "T2 T3 T20 T30",
            &world,
            "register",
            with(10_000, 10, 1_249),
        ),
        no(
            "a_tax_above_all",
            "T2",
            &world,
            "register",
            with(10_001, 10, 10_000),
        ),
        no(
            "too_little_at_stake",
            "T3",
            &world,
            "register",
            with(0, 10, 1_248),
        ),
        no(
            "nominations_too_small",
            "T30",
            &world,
            "register",
            with(0, 9, 10_000),
        ),
    ]
}

fn nominations() -> Vec<Draft> {
    let world = World::nominated();
    let mut rewarded = world.clone();
    rewarded.reward(5_000);
    rewarded.nominate(3, 1_003);
    rewarded.withdraw(2, 1_001);
    rewarded.pass(1);
    let mut waiting = rewarded.clone();
    waiting.pass(20);
    let mut dear = world.clone();
    dear.reward(1_000_000);
    dear.pass(1);
    let mut spent = world.clone();
    spent.spend(3_000, false);
    let mut lent = world.clone();
    lent.spend(2_990, true);
    let mut out = world.clone();
    out.deactivate();
    vec![
        ok(
            "a_first_nomination",
            "T6 T18 T20",
            &world,
            "nominate",
            deposit(3, 504),
        ),
        ok("the_operators_own", "T6", &world, "nominate", deposit(1, 5)),
        ok(
            "after_an_epoch_with_everything",
            "T14 T15 T16 T17",
            &rewarded,
            "nominate",
            deposit(3, 777),
        ),
        ok(
            "the_tax_is_taken_up",
            "T14 T17",
            &rewarded,
            "nominate",
            deposit(1, 777),
        ),
        ok(
            "many_epochs_later",
            "T14 T15",
            &waiting,
            "nominate",
            deposit(2, 777),
        ),
        ok(
            "into_a_fund_that_is_spent",
            "T19",
            &spent,
            "nominate",
            deposit(3, 1_000),
        ),
        ok(
            "into_a_fund_that_is_outstanding",
            "T18",
            &lent,
            "nominate",
            deposit(3, 1_000),
        ),
        no("no_such_pool", "T1", &World::new(), "nominate", deposit(3, 1_000)),
        no("less_than_a_share", "T4", &dear, "nominate", deposit(2, 50)),
        no("of_nothing", "T4", &world, "nominate", deposit(2, 0)),
        no("while_taken_out", "T5", &out, "nominate", deposit(2, 1_000)),
        no("below_the_minimum", "T6", &world, "nominate", deposit(3, 499)),
        no(
            "beyond_the_range",
            "T7",
            &world,
            "nominate",
            deposit(3, u128::MAX),
        ),
    ]
}

fn withdrawals() -> Vec<Draft> {
    let world = World::nominated();
    let mut twice = world.clone();
    twice.withdraw(2, 100);
    let mut full = world.clone();
    for _ in 0..32 {
        full.withdraw(2, 10);
        full.pass(1);
    }
    let mut left = world.clone();
    left.leave();
    vec![
        ok("a_part", "T6 T18 T21", &world, "withdraw", shares(2, Some(3_333))),
        ok("all", "T6 T21", &world, "withdraw", shares(2, None)),
        ok(
            "again_in_the_same_epoch",
            "T9",
            &twice,
            "withdraw",
            shares(2, Some(50)),
        ),
        ok(
            "down_to_the_operators_minimum",
            "T3",
            &world,
            "withdraw",
            shares(1, Some(7_000)),
        ),
        no(
            "below_the_operators_minimum",
            "T3",
            &world,
            "withdraw",
            shares(1, Some(7_001)),
        ),
        no("of_no_share", "T4", &world, "withdraw", shares(2, Some(0))),
        no("of_a_pool_that_is_left", "T5", &left, "withdraw", shares(2, None)),
        no(
            "less_than_the_minimum_would_stay",
            "T6",
            &world,
            "withdraw",
            shares(2, Some(3_700)),
        ),
        no(
            "more_than_there_is",
            "T8",
            &world,
            "withdraw",
            shares(2, Some(4_001)),
        ),
        no("too_many_wait", "T9", &full, "withdraw", shares(2, Some(10))),
    ]
}

fn claims() -> Vec<Draft> {
    let mut asked = World::nominated();
    asked.withdraw(2, 1_000);
    let mut same_epoch = asked.clone();
    same_epoch.block += 90;
    let mut early = asked.clone();
    early.pass(1);
    early.block = 849;
    let mut due = early.clone();
    due.block = 850;
    let mut unsettled = due.clone();
    unsettled.settled = 7;
    let mut left = World::nominated();
    left.leave();
    left.pass(1);
    let mut last = left.clone();
    last.reward(7);
    let mut slashed = World::nominated();
    slashed.nominate(3, 1_000);
    slashed.spend(1_000, false);
    slashed.slash();
    vec![
        ok("a_withdrawal_that_is_due", "T10 T16", &due, "claim", by(2)),
        ok("all_of_a_pool_that_is_left", "T10 T16 T18", &last, "claim", by(2)),
        ok(
            "a_deposit_of_the_epoch_of_a_slash",
            "T22",
            &slashed,
            "claim",
            by(3),
        ),
        ok(
            "nothing_but_the_position_of_who_was_slashed",
            "T23",
            &slashed,
            "claim",
            by(2),
        ),
        no("one_block_too_early", "T10", &early, "claim", by(2)),
        no("before_the_epochs_end", "T10", &same_epoch, "claim", by(2)),
        no("before_the_epoch_is_settled", "T10", &unsettled, "claim", by(2)),
        no("where_nothing_is", "T10", &due, "claim", by(5)),
    ]
}

fn stations() -> Vec<Draft> {
    let world = World::nominated();
    let mut out = world.clone();
    out.deactivate();
    let mut early = out.clone();
    early.pass(2);
    let mut back = out.clone();
    back.pass(3);
    let mut left = world.clone();
    left.leave();
    vec![
        ok("leaving", "T11", &world, "leave", by(1)),
        ok("taken_out", "T5", &world, "deactivate", json!({})),
        ok("returning", "T11 T12", &back, "reactivate", by(1)),
        no("leaving_twice", "T5", &left, "leave", by(1)),
        no("taken_out_twice", "T5", &out, "deactivate", json!({})),
        no(
            "returning_without_having_been_away",
            "T5",
            &world,
            "reactivate",
            by(1),
        ),
        no("another_takes_it_out", "T11", &world, "leave", by(2)),
        no("another_takes_it_back", "T11", &back, "reactivate", by(2)),
        no("returning_too_early", "T12", &early, "reactivate", by(1)),
    ]
}

fn earnings() -> Vec<Draft> {
    let world = World::nominated();
    let mut slashed = world.clone();
    slashed.slash();
    let mut lent = world.clone();
    lent.spend(900, true);
    let pay = |amount: u128, outstanding: bool| json!({ "account": scale(&account(9)), "amount": amount.to_string(), "outstanding": outstanding });
    let back = |paid: u128, amount: u128| json!({ "paid": paid.to_string(), "amount": amount.to_string() });
    vec![
        ok(
            "a_reward",
            "T17 T26",
            &world,
            "reward",
            json!({ "amount": "333" }),
        ),
        ok(
            "a_reward_for_nobody",
            "T26",
            &slashed,
            "reward",
            json!({ "amount": "333" }),
        ),
        ok("a_refund", "T18 T26", &lent, "refund", back(900, 700)),
        ok("a_refund_of_nothing", "T18", &lent, "refund", back(900, 0)),
        ok("a_refund_for_nobody", "T26", &slashed, "refund", back(900, 700)),
        ok("blockspace", "T13", &world, "pay_blockspace", pay(3_000, true)),
        no(
            "blockspace_beyond_the_fund",
            "T13",
            &world,
            "pay_blockspace",
            pay(3_001, true),
        ),
        no(
            "blockspace_of_who_was_slashed",
            "T5",
            &slashed,
            "pay_blockspace",
            pay(0, false),
        ),
    ]
}

fn slashes() -> Vec<Draft> {
    let mut world = World::nominated();
    world.withdraw(2, 1_001);
    world.pass(1);
    world.reward(333);
    let mut pending = world.clone();
    pending.nominate(3, 1_003);
    pending.spend(1_001, true);
    let mut slashed = world.clone();
    slashed.slash();
    let with = |reporter: Option<u8>| {
        let reporter = reporter.map(|n| scale(&account(n)));
        json!({ "reporter": reporter, "reporter_share": 1_000, "treasury_share": 2_500 })
    };
    vec![
        ok(
            "everything_with_a_reporter",
            "T23 T24 T25",
            &world,
            "slash",
            with(Some(8)),
        ),
        ok(
            "everything_without_a_reporter",
            "T23 T24 T25",
            &world,
            "slash",
            with(None),
        ),
        ok(
            "deposits_of_the_epoch_stay",
            "T22 T25",
            &pending,
            "slash",
            with(Some(8)),
        ),
        ok("nobody_pays_twice", "T23", &slashed, "slash", with(Some(8))),
    ]
}

pub(super) fn settlements() -> Vec<Draft> {
    let case = |name, rules, balance: u128, fees: [u128; 3], authors, backers: &[u64]| {
        let [execution, storage, burned] = fees.map(Balance);
        let fees = Fees {
            execution,
            storage,
            burned,
        };
        let author = |(operator, bytes): &(u64, u32)| (OperatorId(*operator), *bytes);
        let authors: &[(u64, u32)] = authors;
        let authors: Vec<(OperatorId, u32)> = authors.iter().map(author).collect();
        let backers: Vec<OperatorId> = backers.iter().copied().map(OperatorId).collect();
        let when = json!({
            "balance": balance.to_string(),
            "fees": scale(&fees),
            "authors": scale(&authors),
            "backers": scale(&backers),
        });
        Draft::accepted(name, rules, json!({}), when)
    };
    let most = u128::MAX;
    vec![
        case(
            "covered",
            "T27 T28 T29",
            1_000,
            [100, 60, 7],
            &[(1, 10), (2, 20)],
            &[1, 2, 3],
        ),
        case(
            "fees_beyond_the_balance",
            "T27",
            100,
            [most, 60, 30],
            &[(1, 1)],
            &[1],
        ),
        case(
            "everything_beyond_the_range",
            "T27",
            1,
            [most, most, most],
            &[(1, 1)],
            &[1],
        ),
        case(
            "storage_by_bytes",
            "T28",
            100,
            [0, 100, 0],
            &[(1, 1), (2, 1), (1, 4)],
            &[],
        ),
        case("storage_for_nobody", "T28", 100, [0, 100, 0], &[], &[1]),
        case(
            "execution_in_equal_parts",
            "T29",
            100,
            [100, 0, 0],
            &[],
            &[1, 2, 3],
        ),
        case("execution_for_nobody", "T29", 100, [100, 0, 0], &[(1, 1)], &[]),
    ]
}
