//! The factor of an epoch and the absence of an operator: a history is played, and asked at its end.

use crate::vectors::json::{Fields, amount, number, scale};
use crate::vectors::{Draft, Outcome};
use decex_core::{Balance, ConsensusNumber, Window};
use decex_election::{
    Adaptation, AdaptationParams, Attendance, FACTOR_ONE, Moment, Odds, Stakes, Turnout, Windows,
};
use serde_json::{Value, json};

fn adaptation(from: Fields<'_>) -> Result<Adaptation, u16> {
    let windows = Windows::new(from.number("interval"), from.number("longevity")).expect("windows");
    let odds = Odds::new(from.number("numerator"), from.number("denominator"), FACTOR_ONE).expect("odds");
    let params = AdaptationParams {
        epoch: from.number("epoch"),
        max_factor: from.number("max_factor"),
        absence: from.number("absence"),
        slot_numerator: from.number("slot_numerator"),
        slot_denominator: from.number("slot_denominator"),
    };
    Adaptation::new(&windows, &odds, &params).map_err(|error| error.code())
}

fn moment(from: Fields<'_>) -> Moment {
    Moment {
        window: Window(from.number("window")),
        block: ConsensusNumber(from.number("block")),
    }
}

/// What happens at a moment: `bundles` are included, and the stake changes to what stands in the next one's `total` and `stake`.
struct Played {
    turnout: Turnout,
    attendance: Option<Attendance>,
    steps: Vec<Value>,
}

fn play(rule: &Adaptation, given: Fields<'_>, when: Fields<'_>) -> Played {
    let mut played = Played {
        turnout: Turnout::new(rule, moment(given.fields("created"))),
        attendance: None,
        steps: Vec::new(),
    };
    for event in when.each("events") {
        played.turnout = played.turnout.at(rule, moment(event), event.amount("total"));
        if let Some(stakes) = stakes(event) {
            let before = played
                .attendance
                .unwrap_or_else(|| Attendance::new(rule, &played.turnout));
            let attendance = before.at(rule, &played.turnout, stakes);
            // Stakes speak of the epoch that the record has been brought up to.
            let stakes = if attendance.epoch() > before.epoch() {
                Stakes::constant(stakes.since)
            } else {
                stakes
            };
            played.attendance = Some((0..event.number("own")).fold(attendance, |attendance, _: u64| {
                attendance.count(rule, &played.turnout, stakes)
            }));
        }
        played.turnout = (0..event.number("bundles")).fold(played.turnout, |turnout, _: u64| turnout.count());
        let epoch = played.turnout.epoch();
        let mut step = json!({
            "epoch": number(epoch),
            "factor": played.turnout.factor(epoch).map(number),
            "turnout": scale(&played.turnout),
        });
        if let Some(attendance) = &played.attendance {
            step["attendance"] = scale(attendance);
        }
        played.steps.push(step);
    }
    played
}

fn stakes(event: Fields<'_>) -> Option<Stakes> {
    event.0.get("then").map(|_| Stakes {
        then: event.amount("then"),
        since: event.amount("since"),
    })
}

pub(super) fn run_factor(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let rule = match adaptation(given) {
        Ok(rule) => rule,
        Err(code) => return Outcome::err(json!({}), code),
    };
    let played = play(&rule, given, when);
    let epoch = played.turnout.epoch();
    let before = epoch
        .checked_sub(1)
        .and_then(|before| played.turnout.factor(before));
    let answer = json!({ "factor": played.turnout.factor(epoch).map(number), "before": before.map(number) });
    Outcome::ok(json!({ "events": played.steps }), answer)
}

pub(super) fn run_absence(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let rule = adaptation(given).expect("an adaptation");
    let played = play(&rule, given, when);
    let attendance = played.attendance.expect("an operator");
    let asked = when.fields("asked");
    let stakes = stakes(asked).expect("stakes");
    let steps = json!({ "events": played.steps, "score": number(attendance.score(&played.turnout, stakes)) });
    match attendance.check_absent(&rule, &played.turnout, stakes) {
        Ok(()) => Outcome::ok(steps, json!({})),
        Err(error) => Outcome::err(steps, error.code()),
    }
}

/// 128 windows of 6 slots, a block in each sixth slot, a bundle wanted in every second window.
fn given(change: &Value) -> Value {
    let mut given = json!({
        "numerator": 1, "denominator": 2, "interval": 6, "longevity": 8, "epoch": 128,
        "max_factor": 100, "absence": 14, "slot_numerator": 1, "slot_denominator": 6,
        "created": { "window": 0, "block": 1000 },
    });
    for (key, value) in change.as_object().expect("an object") {
        given[key] = value.clone();
    }
    given
}

/// Bundles included at the beginning of an epoch, on a host that has made a block for each window.
fn event(epoch: u64, bundles: u64) -> Value {
    halting(
        epoch,
        bundles,
        1_000_u64.saturating_add(epoch.saturating_mul(128)),
    )
}

fn halting(epoch: u64, bundles: u64, block: u64) -> Value {
    json!({
        "window": number(epoch.saturating_mul(128)), "block": number(block),
        "total": amount(Balance(1_000)), "bundles": bundles,
    })
}

pub(super) fn factor() -> Vec<Draft> {
    let case = |name, events: Vec<Value>| {
        Draft::accepted(
            name,
            "E19 E20 E21 E22 E23",
            given(&json!({})),
            json!({ "events": events }),
        )
    };
    let with = |name, change: Value, events: Vec<Value>| {
        Draft::accepted(name, "E23", given(&change), json!({ "events": events }))
    };
    let refused =
        |name, rule, change: Value| Draft::refused(name, rule, given(&change), json!({ "events": [] }));
    let nobody = |epoch: u64| {
        let mut event = event(epoch, 0);
        event["total"] = amount(Balance(0));
        event
    };
    let rare = || json!({ "denominator": 128 });
    vec![
        case("as_many_as_wanted", vec![event(1, 64), event(2, 0)]),
        case(
            "half_of_them",
            vec![event(1, 32), event(2, 45), event(3, 53), event(4, 0)],
        ),
        case("a_quarter_doubles", vec![event(1, 16), event(2, 0)]),
        case("fewer_double_too", vec![event(1, 3), event(2, 0)]),
        case("none_doubles", vec![event(1, 0), event(2, 0)]),
        case("too_many_at_one", vec![event(1, 100), event(2, 0)]),
        case("too_many_halve", vec![event(1, 0), event(4, 1_000), event(5, 0)]),
        case(
            "up_to_the_largest",
            vec![event(1, 0), event(7, 0), event(8, 0), event(9, 0)],
        ),
        case("a_thousand_untouched_epochs", vec![event(1, 64), event(1_002, 0)]),
        case("the_last_window", vec![event(1, 7), event(u64::MAX, 0)]),
        case("created_within_the_epoch", vec![event(0, 5), event(1, 0)]),
        case("nobody_has_stake", vec![nobody(1), nobody(2), nobody(50)]),
        with(
            "gathered_over_sixteen_epochs",
            rare(),
            vec![event(1, 3), event(9, 4), event(16, 1), event(17, 0), event(40, 0)],
        ),
        with(
            "gathered_over_untouched_epochs",
            rare(),
            vec![event(1, 3), event(60, 0)],
        ),
        with(
            "does_not_adapt",
            json!({ "max_factor": 1 }),
            vec![event(1, 3), event(60, 0)],
        ),
        case(
            "the_host_halts",
            vec![halting(1, 64, 1_128), halting(1_000, 0, 1_130)],
        ),
        case(
            "the_host_makes_half_of_its_blocks",
            vec![halting(1, 32, 1_128), halting(2, 0, 1_192)],
        ),
        case(
            "the_host_makes_too_many_blocks",
            vec![halting(1, 32, 1_128), halting(2, 0, 2_000)],
        ),
        refused("an_epoch_of_nothing", "E19", json!({ "epoch": 0 })),
        refused(
            "an_epoch_shorter_than_the_longevity",
            "E19",
            json!({ "epoch": 7 }),
        ),
        refused("an_epoch_too_long", "E19", json!({ "epoch": number(1 << 32) })),
        refused("a_largest_factor_of_zero", "E20", json!({ "max_factor": 0 })),
        refused(
            "a_largest_factor_too_large",
            "E20",
            json!({ "max_factor": 65_537 }),
        ),
        refused("a_score_too_small", "E21", json!({ "absence": 13 })),
        refused("a_score_too_large", "E21", json!({ "absence": 101 })),
        refused("no_blocks", "E22", json!({ "slot_numerator": 0 })),
        refused("more_blocks_than_slots", "E22", json!({ "slot_numerator": 7 })),
    ]
}

pub(super) fn absence() -> Vec<Draft> {
    let own = |mut event: Value, then: u128, since: u128, own: u64| {
        event["then"] = amount(Balance(then));
        event["since"] = amount(Balance(since));
        event["own"] = Value::from(own);
        event
    };
    // A quarter of the stake: 16 expected bundles in an epoch.
    let quarter = |epoch, bundles| own(event(epoch, 64), 250, 250, bundles);
    let when = |events: Vec<Value>, then: u128, since: u128| json!({ "events": events, "asked": { "then": amount(Balance(then)), "since": amount(Balance(since)) } });
    let steady = || json!({ "max_factor": 1 });
    let absent =
        |name, change: Value, events| Draft::accepted(name, "E24", given(&change), when(events, 250, 250));
    let present =
        |name, change: Value, events| Draft::refused(name, "E24", given(&change), when(events, 250, 250));
    let mut poor = event(40, 0);
    poor["total"] = amount(Balance(u128::MAX));
    vec![
        absent("missed_thirty_two", steady(), vec![quarter(1, 0), event(4, 64)]),
        present("missed_sixteen", steady(), vec![quarter(1, 0), event(3, 64)]),
        present(
            "of_the_last_epoch_bundles_may_be_late",
            steady(),
            vec![quarter(1, 0), quarter(2, 0), event(3, 64)],
        ),
        absent(
            "untouched_for_long",
            steady(),
            vec![quarter(1, 0), event(1_000, 64)],
        ),
        present(
            "always_there",
            steady(),
            vec![quarter(1, 16), quarter(2, 16), quarter(3, 16), event(4, 64)],
        ),
        absent(
            "was_there",
            steady(),
            vec![quarter(1, 16), quarter(2, 16), event(7, 64)],
        ),
        present(
            "was_there_just_now",
            steady(),
            vec![quarter(1, 16), quarter(2, 16), event(6, 64)],
        ),
        absent(
            "touched_by_others",
            steady(),
            vec![quarter(1, 0), quarter(2, 0), quarter(3, 0), quarter(4, 0)],
        ),
        present(
            "is_back",
            steady(),
            vec![quarter(1, 0), quarter(50, 16), event(51, 64)],
        ),
        present(
            "absence_is_off",
            json!({ "max_factor": 1, "absence": 0 }),
            vec![quarter(1, 0), event(1_000, 64)],
        ),
        present(
            "the_host_halted",
            steady(),
            vec![own(halting(1, 0, 1_128), 250, 250, 0), halting(900, 0, 1_200)],
        ),
        absent(
            "the_factor_raises_what_is_expected",
            json!({}),
            vec![own(event(1, 0), 25, 25, 0), event(9, 0)],
        ),
        Draft::refused(
            "the_same_at_a_factor_of_one",
            "E24",
            given(&steady()),
            when(vec![own(event(1, 0), 25, 25, 0), event(9, 0)], 25, 25),
        ),
        present(
            "wins_every_window",
            json!({}),
            vec![
                event(1, 0),
                quarter(9, 128),
                quarter(10, 128),
                quarter(11, 128),
                poor,
            ],
        ),
        Draft::refused(
            "the_stake_is_new",
            "E24",
            given(&steady()),
            when(vec![own(event(1, 0), 0, 0, 0), event(4, 64)], 0, 250),
        ),
        Draft::accepted(
            "the_stake_was_new",
            "E24",
            given(&steady()),
            when(vec![own(event(1, 0), 0, 0, 0), event(5, 64)], 0, 250),
        ),
        Draft::refused(
            "the_stake_is_gone",
            "E24",
            given(&steady()),
            when(vec![own(event(1, 0), 250, 250, 0), event(500, 64)], 250, 0),
        ),
    ]
}
