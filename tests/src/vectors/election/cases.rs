//! The cases of the rules E.

use super::{certain, chances};
use crate::vectors::Draft;
use crate::vectors::json::{hex, number, scale};
use decex_core::hash::digest;
use decex_core::{Digest, DomainId, Randomness, Window, label};
use decex_election::{Challenge, ElectionProof, FACTOR_ONE, Keypair, Signature, try_elect};
use num_bigint::BigUint;
use serde_json::{Value, json};

/// The order of the group, little-endian.
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn keypair(seed: u8) -> Keypair {
    Keypair::from_seed(&[seed; 32])
}

fn challenge(window: u64) -> Challenge {
    Challenge {
        domain: DomainId(3),
        window: Window(window),
        randomness: Randomness(Digest([9; 32])),
    }
}

/// The proof that verifies at certain odds, and its output.
fn drawn(seed: u8, challenge: &Challenge) -> (ElectionProof, Digest) {
    let (odds, share) = certain();
    let won = try_elect(&keypair(seed), challenge, &odds, &share).expect("every output wins");
    (won.1, won.0.output())
}

pub(super) fn key() -> Vec<Draft> {
    let when = |key: [u8; 32]| json!({ "key": hex(&key) });
    let case = |name, bytes| Draft::refused(name, "E1", json!({}), when(bytes));
    let mut negative = [0; 32];
    negative[0] = 1;
    let mut above = GROUP_ORDER;
    above[31] = 0xff;
    vec![
        Draft::accepted(
            "of_a_seed",
            "E1 E2",
            json!({}),
            when(*keypair(1).key().as_bytes()),
        ),
        Draft::accepted(
            "of_another_seed",
            "E1 E2",
            json!({}),
            when(*keypair(2).key().as_bytes()),
        ),
        case("not_reduced", [0xff; 32]),
        case("negative_field_element", negative),
        case("above_the_field", above),
        Draft::refused("identity", "E2", json!({}), when([0; 32])),
    ]
}

pub(super) fn threshold() -> Vec<Draft> {
    let accepted = |name, when| Draft::accepted(name, "E3 E4 E5 E6 E10", json!({}), when);
    let refused = |name, rule, when| Draft::refused(name, rule, json!({}), when);
    let one = FACTOR_ONE;
    vec![
        accepted("a_third_of_the_stake", chances(1, 2, one, 1, 3)),
        accepted("the_factor_raises_it", chances(1, 2, 6_442_450_944, 1, 3)),
        accepted("no_stake_never_wins", chances(1, 1, one, 0, 5)),
        accepted("everything_wins", chances(1, 1, one, 5, 5)),
        accepted("more_than_everything_wins", chances(1, 1, u64::MAX, 5, 5)),
        accepted("the_least_share", chances(1, u64::MAX, one, 1, u128::MAX)),
        accepted(
            "the_largest_numbers",
            chances(u64::MAX, u64::MAX, u64::MAX, u128::MAX, u128::MAX),
        ),
        refused("zero_over_one", "E3", chances(0, 1, one, 1, 1)),
        refused("zero_over_zero", "E3", chances(0, 0, one, 1, 1)),
        refused("above_one", "E3", chances(3, 2, one, 1, 1)),
        refused("factor_below_one", "E4", chances(1, 2, one - 1, 1, 1)),
        refused("nobody_has_stake", "E5", chances(1, 2, one, 0, 0)),
        refused("more_than_the_total", "E6", chances(1, 2, one, 4, 3)),
    ]
}

/// What a proof of `seed` for `challenge` is verified against, at `chances`.
fn terms(seed: u8, challenge: &Challenge, mut chances: Value) -> Value {
    chances["key"] = scale(keypair(seed).key());
    chances["domain"] = Value::from(challenge.domain.0);
    chances["window"] = number(challenge.window.0);
    chances["randomness"] = scale(&challenge.randomness);
    chances
}

fn sure() -> Value {
    chances(1, 1, FACTOR_ONE, 7, 7)
}

pub(super) fn elect() -> Vec<Draft> {
    let given = |seed: u8, window, chances| {
        let mut given = terms(seed, &challenge(window), chances);
        given.as_object_mut().expect("an object").remove("key");
        given["seed"] = hex(&[seed; 32]);
        given
    };
    let case = |name, given| Draft::accepted(name, "E10 E11", given, json!({}));
    vec![
        case("wins_for_certain", given(1, 5, sure())),
        case("another_window_another_output", given(1, 6, sure())),
        case("another_key_another_output", given(2, 5, sure())),
        case("half_of_the_stake", given(3, 5, chances(1, 2, FACTOR_ONE, 1, 2))),
        case(
            "loses_without_stake",
            given(1, 5, chances(1, 1, FACTOR_ONE, 0, 7)),
        ),
    ]
}

/// The least stake out of `u128::MAX` that wins with this output at 1/1.
fn least_stake(output: &Digest) -> u128 {
    let product = BigUint::from_bytes_be(output.as_bytes()) * u128::MAX;
    let stake: BigUint = (product >> 256_u32) + 1_u8;
    u128::try_from(stake).expect("at most the total")
}

pub(super) fn verify() -> Vec<Draft> {
    let (seed, at) = (1, challenge(5));
    let (proof, output) = drawn(seed, &at);
    let given = || terms(seed, &at, sure());
    let when = |proof: &ElectionProof| json!({ "proof": scale(proof) });
    let changed = |change: fn(&mut ElectionProof)| {
        let mut proof = proof;
        change(&mut proof);
        when(&proof)
    };
    let refused = |name, rule, change| Draft::refused(name, rule, given(), changed(change));
    let with = |stake| terms(seed, &at, chances(1, 1, FACTOR_ONE, stake, u128::MAX));
    let least = least_stake(&output);
    let other = drawn(2, &at).0;
    let mut exchanged = proof;
    exchanged.preoutput = other.preoutput;
    vec![
        Draft::accepted("holds", "E7 E8 E9 E10 E11", given(), when(&proof)),
        Draft::accepted("the_least_stake_that_wins", "E10", with(least), when(&proof)),
        Draft::refused(
            "one_less_than_the_least_stake",
            "E10",
            with(least - 1),
            when(&proof),
        ),
        Draft::refused("no_stake", "E10", with(0), when(&proof)),
        refused("another_window", "E7", |proof| proof.window.0 += 1),
        Draft::refused(
            "replayed_for_the_next_window",
            "E7",
            terms(seed, &challenge(6), sure()),
            when(&proof),
        ),
        refused("identity_as_preoutput", "E8", |proof| proof.preoutput = [0; 32]),
        refused("preoutput_not_reduced", "E8", |proof| {
            proof.preoutput = [0xff; 32]
        }),
        refused("response_is_the_group_order", "E9", |proof| {
            proof.response = GROUP_ORDER
        }),
        refused("response_of_all_ones", "E9", |proof| proof.response = [0xff; 32]),
        refused("another_response", "E11", |proof| proof.response[0] ^= 1),
        refused("another_commitment_to_the_key", "E11", |proof| {
            proof.key_commitment = proof.input_commitment
        }),
        refused("another_commitment_to_the_input", "E11", |proof| {
            proof.input_commitment = proof.key_commitment;
        }),
        refused("commitment_that_is_no_point", "E11", |proof| {
            proof.key_commitment = [0xff; 32]
        }),
        Draft::refused("preoutput_of_another_key", "E11", given(), when(&exchanged)),
        Draft::refused("proof_of_another_key", "E11", given(), when(&other)),
        Draft::refused(
            "losing_comes_before_the_equations",
            "E10 E11",
            with(0),
            when(&other),
        ),
        Draft::refused(
            "other_randomness",
            "E11",
            terms(
                seed,
                &Challenge {
                    randomness: Randomness(Digest([8; 32])),
                    ..at
                },
                sure(),
            ),
            when(&proof),
        ),
        Draft::refused(
            "another_domain",
            "E11",
            terms(
                seed,
                &Challenge {
                    domain: DomainId(4),
                    ..at
                },
                sure(),
            ),
            when(&proof),
        ),
    ]
}

pub(super) fn batch() -> Vec<Draft> {
    let claim = |seed, window, change: fn(&mut ElectionProof)| {
        let at = challenge(window);
        let mut proof = drawn(seed, &at).0;
        change(&mut proof);
        let mut claim = terms(seed, &at, sure());
        claim["proof"] = scale(&proof);
        claim
    };
    let right = |seed, window| claim(seed, window, |_| {});
    let case =
        |name, claims: Vec<Value>| Draft::accepted(name, "E12", json!({ "claims": claims }), json!({}));
    let wrong = claim(2, 6, |proof| proof.response[0] ^= 1);
    let malformed = claim(3, 7, |proof| proof.preoutput = [0; 32]);
    let no_point = claim(4, 7, |proof| proof.input_commitment = [0xff; 32]);
    vec![
        case("nothing", vec![]),
        case("all_hold", vec![right(1, 5), right(2, 6), right(3, 5)]),
        case("one_does_not", vec![right(1, 5), wrong.clone(), right(3, 5)]),
        case(
            "each_its_own_verdict",
            vec![malformed, right(1, 5), no_point, wrong],
        ),
        case("the_same_twice", vec![right(1, 5), right(1, 5)]),
    ]
}

pub(super) fn signature() -> Vec<Draft> {
    let message = digest(&label::TRANSACTION, b"message");
    let signed = keypair(1).sign(&label::BUNDLE_SEAL, &message);
    let given =
        |seed, label: &label::Label| json!({ "key": scale(keypair(seed).key()), "label": label.context() });
    let own = || given(1, &label::BUNDLE_SEAL);
    let when = |message: &Digest, signature: &Signature| json!({ "message": scale(message), "signature": scale(signature) });
    let changed = |change: fn(&mut [u8; 64])| {
        let mut signature = signed;
        change(&mut signature.0);
        when(&message, &signature)
    };
    let order = |bytes: &mut [u8; 64]| {
        let (_, response) = bytes.split_at_mut(32);
        response.copy_from_slice(&GROUP_ORDER);
        bytes[63] |= 0x80;
    };
    let possession = keypair(1).sign(&label::REGISTRATION, &message);
    vec![
        Draft::accepted("seal", "E13 E14", own(), when(&message, &signed)),
        Draft::accepted(
            "proof_of_possession",
            "E14",
            given(1, &label::REGISTRATION),
            when(&message, &possession),
        ),
        Draft::refused(
            "without_the_mark",
            "E13",
            own(),
            changed(|bytes| bytes[63] &= 0x7f),
        ),
        Draft::refused("response_is_the_group_order", "E13", own(), changed(order)),
        Draft::refused("another_response", "E14", own(), changed(|bytes| bytes[32] ^= 1)),
        Draft::refused("another_commitment", "E14", own(), changed(|bytes| bytes[0] ^= 1)),
        Draft::refused("another_message", "E14", own(), when(&Digest([1; 32]), &signed)),
        Draft::refused(
            "another_label",
            "E14",
            given(1, &label::REGISTRATION),
            when(&message, &signed),
        ),
        Draft::refused(
            "another_key",
            "E14",
            given(2, &label::BUNDLE_SEAL),
            when(&message, &signed),
        ),
    ]
}

pub(super) fn window() -> Vec<Draft> {
    let submitted = json!([{ "domain": 3, "operator": 7, "window": 24 }]);
    let given = |interval: u64, longevity: u64, now: u64| json!({ "interval": interval, "longevity": longevity, "now": number(now), "submitted": submitted });
    let when = |domain: u64, operator: u64, window: u64| json!({ "domain": domain, "operator": operator, "window": number(window) });
    let case = |name, rules, window| Draft::accepted(name, rules, given(4, 3, 103), when(3, 7, window));
    let refused = |name, rule, given, window| Draft::refused(name, rule, given, when(3, 7, window));
    vec![
        case("the_current_window", "E15 E16 E17 E18", 25),
        case("the_oldest_open_window", "E17", 22),
        Draft::accepted("longevity_of_zero", "E17", given(4, 0, 103), when(3, 7, 25)),
        Draft::accepted("the_first_windows", "E17", given(4, 3, 5), when(3, 7, 0)),
        Draft::accepted(
            "the_last_slot",
            "E16",
            given(1, 0, u64::MAX),
            when(3, 7, u64::MAX),
        ),
        Draft::accepted(
            "used_by_another_operator",
            "E18",
            given(4, 3, 103),
            when(3, 8, 24),
        ),
        Draft::accepted("used_in_another_domain", "E18", given(4, 3, 103), when(4, 7, 24)),
        refused("no_slots", "E15", given(0, 3, 103), 25),
        refused("the_next_window", "E16", given(4, 3, 103), 26),
        refused("a_window_beyond_the_slots", "E16", given(4, 3, 103), u64::MAX),
        refused("one_too_old", "E17", given(4, 3, 103), 21),
        refused("too_old_with_longevity_of_zero", "E17", given(4, 0, 103), 24),
        refused("used", "E18", given(4, 3, 103), 24),
    ]
}
