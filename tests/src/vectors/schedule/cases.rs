//! The cases of the rules S.

use super::content;
use super::world::{World, claim, summary, tree};
use crate::vectors::Draft;
use crate::vectors::json::{scale, scales};
use decex_core::hash::Digest;
use decex_core::list::{Absence, RunProof};
use decex_core::{ListRoot, Nonce, Randomness, Weight};
use decex_receipt::decex_shuffle::{Entry, Refutation, ScheduleClaim, Shown, find};
use serde_json::{Value, json};

pub(super) fn seed() -> Vec<Draft> {
    let when = |domain: u32, number: u64| {
        json!({
            "randomness": scale(&Randomness(Digest([1; 32]))),
            "domain": domain,
            "consensus_number": number,
            "inbox_root": scale(&ListRoot(Digest([2; 32]))),
        })
    };
    vec![
        Draft::accepted("seed", "S1", json!({}), when(3, 40)),
        Draft::accepted("another_domain", "S1", json!({}), when(4, 40)),
        Draft::accepted("another_block", "S1", json!({}), when(3, 41)),
    ]
}

pub(super) fn build() -> Vec<Draft> {
    let case = |name, world: &World| {
        let bundles = world.bodies.iter();
        let bundles: Value = bundles.map(|(body, valid)| content(body, *valid)).collect();
        Draft::accepted(
            name,
            "S2 S3 S4 S5",
            json!({ "seed": scale(&world.seed) }),
            json!({ "bundles": bundles }),
        )
    };
    let mut false_weight = summary(1, 0, 0);
    false_weight.weight = Weight(1);
    let many = (0..20).map(|n| summary(n, 0, 0)).collect();
    vec![
        case("nothing", &World::new(vec![])),
        case(
            "nothing_valid",
            &World::new(vec![(vec![summary(1, 0, 0)], false)]),
        ),
        case("one", &World::new(vec![(vec![summary(1, 0, 0)], true)])),
        case("shared_competing_and_invalid", &World::usual()),
        case(
            "copies_that_differ_in_weight",
            &World::new(vec![(vec![summary(1, 0, 0)], true), (vec![false_weight], true)]),
        ),
        case("twenty_senders", &World::new(vec![(many, true)])),
    ]
}

pub(super) fn openings() -> Vec<Draft> {
    let world = World::usual();
    let right = world.right();
    let when = |claim: &ScheduleClaim, entries: &[Entry]| json!({ "claim": scale(claim), "entries": scales(entries) });
    let refused = |name, rule, claim: &ScheduleClaim, entries: &[Entry]| {
        Draft::refused(name, rule, world.given(), when(claim, entries))
    };
    let with = |entry| [right.as_slice(), &[entry]].concat();
    let named = |name, bundle, leaf| {
        let entries = with(Entry { bundle, leaf });
        refused(name, "S7", &claim(&entries), &entries)
    };
    let mut swapped = right.clone();
    swapped.swap(0, 1);
    let (_, fewer) = right.split_last().expect("entries");
    let more = ScheduleClaim {
        count: claim(&right).count + 1,
        ..claim(&right)
    };
    vec![
        Draft::accepted("right", "S6 S7 S8", world.given(), when(&claim(&right), &right)),
        Draft::accepted(
            "disordered_but_opened",
            "S6 S7 S8",
            world.given(),
            when(&claim(&swapped), &swapped),
        ),
        Draft::accepted("empty", "S6 S7 S8", world.given(), when(&claim(&[]), &[])),
        refused("one_too_few", "S6", &claim(&right), fewer),
        refused("claims_one_more", "S6", &more, &right),
        named("no_such_bundle", 3, 0),
        named("no_such_leaf", 1, 3),
        named("not_a_valid_bundle", 2, 0),
        refused("another_order_than_claimed", "S8", &claim(&right), &swapped),
    ]
}

/// Evidence against claims, right and wrong.
struct Refuting {
    world: World,
    right: Vec<Entry>,
}

impl Refuting {
    fn when(&self, entries: &[Entry], refutation: &Refutation) -> Value {
        json!({ "claim": scale(&claim(entries)), "refutation": scale(refutation) })
    }

    fn refused(&self, name: &str, rules: &str, entries: &[Entry], refutation: &Refutation) -> Draft {
        Draft::refused(name, rules, self.world.given(), self.when(entries, refutation))
    }

    /// The evidence that the prover finds.
    fn found(&self, name: &str, entries: &[Entry]) -> Draft {
        let found = find(&self.world.seed, &self.world.contents(), entries).expect("a wrong schedule");
        let rules = match found {
            Refutation::Disorder { .. } => "S9 S10 S11 S12",
            Refutation::Omission { .. } => "S9 S10 S13",
            Refutation::Invention { .. } => "S11 S14",
            Refutation::LaterCopy { .. } => "S9 S10 S11 S15 S16",
        };
        Draft::accepted(name, rules, self.world.given(), self.when(entries, &found))
    }

    fn changed(&self, change: impl FnOnce(&mut Vec<Entry>)) -> Vec<Entry> {
        let mut entries = self.right.clone();
        change(&mut entries);
        entries
    }

    /// A pair of neighbours in a claimed schedule, shown.
    fn pair(&self, entries: &[Entry], index: u32) -> (RunProof, Shown, Shown) {
        let place = usize::try_from(index).expect("an index");
        let show = |place: usize| self.world.show_entry(*entries.get(place).expect("an entry"));
        let proof = tree(entries).prove(index, 2).expect("a pair");
        (proof, show(place), show(place + 1))
    }
}

pub(super) fn refute() -> Vec<Draft> {
    let world = World::usual();
    let right = world.right();
    let refuting = Refuting { world, right };
    [accepted(&refuting), disorder(&refuting), others(&refuting)].concat()
}

fn accepted(of: &Refuting) -> Vec<Draft> {
    let last = of.right.len() - 1;
    let copy = of
        .right
        .iter()
        .position(|entry| *entry == Entry { bundle: 0, leaf: 1 });
    let copy = copy.expect("the shared transaction");
    let later = Entry { bundle: 1, leaf: 0 };
    let invalid = Entry { bundle: 2, leaf: 1 };
    let drop = |index: usize| of.changed(|entries| _ = entries.remove(index));
    vec![
        of.found("two_swapped", &of.changed(|entries| entries.swap(2, 3))),
        of.found(
            "one_repeated",
            &of.changed(|entries| entries.insert(1, of.right[1])),
        ),
        of.found("the_first_omitted", &drop(0)),
        of.found("one_omitted_between_two", &drop(2)),
        of.found("the_last_omitted", &drop(last)),
        of.found("all_omitted", &[]),
        of.found(
            "of_an_invalid_bundle",
            &of.changed(|entries| entries.push(invalid)),
        ),
        of.found("of_no_bundle", &of.changed(|entries| entries[0].bundle = 9)),
        of.found("of_no_leaf", &of.changed(|entries| entries[0].leaf = 99)),
        of.found("a_later_copy", &of.changed(|entries| entries[copy] = later)),
    ]
}

fn disorder(of: &Refuting) -> Vec<Draft> {
    let swapped = of.changed(|entries| entries.swap(2, 3));
    let (proof, left, right) = of.pair(&swapped, 2);
    let evidence = |proof: &RunProof, left: &Shown, right: &Shown| Refutation::Disorder {
        proof: proof.clone(),
        left: left.clone(),
        right: right.clone(),
    };
    let refused = |name, rule, refutation| of.refused(name, rule, &swapped, &refutation);
    let invalid = of.world.show(2, 0);
    let missing = Shown {
        bundle: 3,
        ..left.clone()
    };
    let mut other = left.clone();
    other.summary.nonce = Nonce(7);
    let mut short = left.clone();
    short.proof.siblings = Default::default();
    let mut outside = left.clone();
    outside.proof.start = outside.proof.length;
    let (in_order, one, two) = of.pair(&of.right, 2);
    vec![
        refused("shown_in_no_bundle", "S9", evidence(&proof, &missing, &right)),
        refused(
            "shown_in_an_invalid_bundle",
            "S9",
            evidence(&proof, &left, &invalid),
        ),
        refused(
            "another_transaction_shown",
            "S10",
            evidence(&proof, &other, &right),
        ),
        refused("siblings_missing", "S10", evidence(&proof, &short, &right)),
        refused(
            "a_place_beyond_the_body",
            "S10",
            evidence(&proof, &outside, &right),
        ),
        refused("another_pair_shown", "S11", evidence(&proof, &right, &left)),
        of.refused(
            "against_another_schedule",
            "S11",
            &of.right,
            &evidence(&proof, &left, &right),
        ),
        of.refused(
            "a_pair_in_order",
            "S12",
            &of.right,
            &evidence(&in_order, &one, &two),
        ),
    ]
}

fn others(of: &Refuting) -> Vec<Draft> {
    let one = |entries: &[Entry], index: u32| tree(entries).prove(index, 1).expect("an entry");
    let omitted = of.changed(|entries| _ = entries.remove(2));
    let shown = |index: usize| of.world.show_entry(*of.right.get(index).expect("an entry"));
    let omission = |omitted: Shown, gap| Refutation::Omission { omitted, gap };
    let between = |left: usize, right: usize, at: u32| Absence::Between {
        left: shown(left),
        right: shown(right),
        proof: tree(&omitted).prove(at, 2).expect("a pair"),
    };
    let before = |first: usize, at: u32| Absence::Before {
        first: shown(first),
        proof: one(&omitted, at),
    };
    let mut foreign = shown(1);
    foreign.bundle = 2;
    let unknown = Absence::Between {
        left: foreign,
        right: shown(3),
        proof: tree(&omitted).prove(1, 2).expect("a pair"),
    };
    let invention = |entry, proof| Refutation::Invention { entry, proof };
    let (lower, later) = (of.world.show(0, 1), of.world.show(1, 0));
    let wrong = of.changed(|entries| {
        let copy = entries.iter_mut().find(|entry| **entry == lower.entry());
        *copy.expect("the shared transaction") = later.entry();
    });
    let place = wrong
        .iter()
        .position(|entry| *entry == later.entry())
        .expect("the copy");
    let proof = one(&wrong, u32::try_from(place).expect("small"));
    let copies = |copy: &Shown, lower: &Shown, proof: &RunProof| Refutation::LaterCopy {
        proof: proof.clone(),
        copy: copy.clone(),
        lower: lower.clone(),
    };
    let invented = Entry { bundle: 9, leaf: 0 };
    let refused = |name, rule, entries: &[Entry], refutation| of.refused(name, rule, entries, &refutation);
    vec![
        refused(
            "not_in_the_gap",
            "S13",
            &omitted,
            omission(shown(0), between(1, 3, 1)),
        ),
        refused(
            "an_end_of_the_gap",
            "S13",
            &omitted,
            omission(shown(1), between(1, 3, 1)),
        ),
        refused("not_the_first", "S13", &omitted, omission(shown(2), before(3, 2))),
        refused("not_empty", "S13", &omitted, omission(shown(2), Absence::Empty)),
        refused(
            "no_such_gap",
            "S13",
            &omitted,
            omission(shown(2), between(0, 3, 1)),
        ),
        refused(
            "a_neighbour_of_an_invalid_bundle",
            "S9",
            &omitted,
            omission(shown(2), unknown),
        ),
        refused(
            "nothing_is_omitted",
            "S13",
            &of.right,
            omission(shown(2), between(1, 3, 1)),
        ),
        refused(
            "an_entry_that_names_something",
            "S14",
            &of.right,
            invention(of.right[0], one(&of.right, 0)),
        ),
        refused(
            "invented_but_not_there",
            "S11",
            &of.right,
            invention(invented, one(&of.right, 0)),
        ),
        refused(
            "copies_of_different_transactions",
            "S15",
            &wrong,
            copies(&later, &of.world.show(0, 0), &proof),
        ),
        refused(
            "the_lowest_copy",
            "S16",
            &of.right,
            copies(&lower, &later, &proof),
        ),
        refused("the_same_copy", "S16", &of.right, copies(&lower, &lower, &proof)),
        refused(
            "a_later_copy_that_is_not_there",
            "S11",
            &of.right,
            copies(&later, &lower, &proof),
        ),
        refused(
            "a_copy_in_an_invalid_bundle",
            "S9",
            &wrong,
            copies(&later, &of.world.show(2, 0), &proof),
        ),
    ]
}
