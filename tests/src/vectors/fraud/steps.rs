//! The cases of the transition family.

use super::shown::{self, chunk, place, schedule_proof, trace_tree};
use super::world::{World, base, pay};
use crate::vectors::Draft;
use crate::vectors::common::{item, user, with_bytes};
use decex_bundle::{Item, Verdict};
use decex_core::state::ProvableTree;
use decex_core::{BoundedVec, Digest, ListRoot, StateRoot, list};
use decex_fraud::{Chunk, Evidence, TransitionEvidence};
use decex_receipt::decex_shuffle::Entry;
use decex_receipt::{Openings, Receipt};
use decex_testkit::ledger::{Call, account_key};

/// Two valid bundles that share a transaction, and one that is not valid. Four inputs are scheduled, two to a step.
pub(super) fn world() -> World {
    World::of(|past| {
        let at = base(&past.at(1).0);
        let write = Call::Write {
            first: 3,
            count: 2,
            value: 8,
        };
        let shared = pay(2, 1);
        vec![
            (at, vec![pay(1, 2), shared.clone(), item(3, 0, write)]),
            (at, vec![shared, item(4, 0, Call::Fail)]),
            (at, vec![with_bytes(pay(5, 0), vec![1, 2, 3])]),
        ]
    })
}

/// The two references to the transaction that two bundles share.
pub(super) fn copies(world: &World) -> (Entry, Entry) {
    let find = |bundle: u16| {
        let body = world.bodies.get(usize::from(bundle)).expect("a bundle");
        let leaf = body
            .iter()
            .position(|item| item.sender == user(2))
            .expect("the transaction");
        Entry {
            bundle,
            leaf: shown::index(leaf),
        }
    };
    (find(0), find(1))
}

/// The last step: begin, two steps of two inputs, finish.
const LAST: u32 = 3;

/// Lies about one trace entry.
pub(super) fn wrong_entry(step: u32) -> impl FnOnce(&mut Receipt, &mut Openings) {
    move |receipt, openings| {
        let mut trace = openings.trace.to_vec();
        if let Some(entry) = trace.get_mut(place(step)) {
            *entry = StateRoot(Digest([66; 32]));
        }
        receipt.state = trace.last().copied().unwrap_or_default();
        openings.trace = BoundedVec::new(trace).expect("short");
    }
}

/// A lie about one trace entry, and evidence of that step.
struct Stepped {
    world: World,
    receipt: Receipt,
    openings: Openings,
    evidence: TransitionEvidence,
}

impl Stepped {
    fn new(step: u32) -> Self {
        let world = world();
        let (receipt, openings) = world.lie(wrong_entry(step));
        let evidence = shown::transition(&world, &openings, step);
        Self {
            world,
            receipt,
            openings,
            evidence,
        }
    }

    fn refused(&self, name: &str, rules: &str, change: impl FnOnce(&mut TransitionEvidence)) -> Draft {
        let mut evidence = self.evidence.clone();
        change(&mut evidence);
        self.world
            .refused(name, rules, &self.receipt, Evidence::Transition(evidence))
    }

    /// With the first input changed.
    fn input(
        &self,
        name: &str,
        rules: &str,
        change: impl FnOnce(&mut Vec<decex_fraud::ScheduledInput>),
    ) -> Draft {
        self.refused(name, rules, |evidence| {
            if let Some(chunk) = &mut evidence.chunk {
                let mut inputs = chunk.inputs.to_vec();
                change(&mut inputs);
                chunk.inputs = BoundedVec::new(inputs).expect("short");
            }
        })
    }
}

pub(super) fn drafts() -> Vec<Draft> {
    [
        caught(),
        sizes(),
        entries(),
        inputs(),
        witnesses(),
        invented(),
        holding(),
    ]
    .concat()
}

fn caught() -> Vec<Draft> {
    let mut world = world();
    let all = "F15 F16 F17 F18 F19 F20 F6 F8 F10 F11";
    let mut case = |name, change: fn(&mut Receipt)| world.caught(name, "F20", |receipt, _| change(receipt));
    let mut drafts = vec![
        case("too_much_burned", |receipt| receipt.effects.fees.burned.0 += 1),
        case("too_high_execution_fees", |receipt| {
            receipt.effects.fees.execution.0 += 1
        }),
        case("too_low_storage_fees", |receipt| {
            receipt.effects.fees.storage.0 -= 1
        }),
        case("another_outbox", |receipt| {
            receipt.effects.outbox = ListRoot(Digest([1; 32]))
        }),
    ];
    for (name, step) in [
        ("the_first_entry_of_the_trace", 0),
        ("the_entry_after_some_inputs", 1),
        ("the_entry_after_the_last_inputs", 2),
        ("the_last_entry_and_the_state", LAST),
    ] {
        drafts.push(world.caught(name, all, wrong_entry(step)));
    }
    drafts
}

/// F4, F15.
fn sizes() -> Vec<Draft> {
    let of = Stepped::new(1);
    vec![
        of.refused("too_large", "F4", |evidence| {
            evidence.witness = BoundedVec::new(vec![0; 250_000]).expect("short");
        }),
        of.refused("no_such_step", "F15", |evidence| evidence.step = LAST + 1),
    ]
}

/// F7, F8, F16: trace entries.
fn entries() -> Vec<Draft> {
    let (begin, of) = (Stepped::new(0), Stepped::new(2));
    let other = shown::transition(&of.world, &of.openings, 1);
    vec![
        begin.refused("an_entry_before_the_first", "F7", |evidence| {
            evidence.before = Some(evidence.after);
            evidence.after = begin.openings.trace.get(1).copied().expect("an entry");
            evidence.trace = trace_tree(&begin.openings).prove(0, 2).expect("entries");
        }),
        of.refused("no_entry_before_a_later_one", "F7", |evidence| {
            evidence.before = None;
            evidence.trace = trace_tree(&of.openings).prove(2, 1).expect("an entry");
        }),
        of.refused("entries_of_another_step", "F8", |evidence| {
            (evidence.before, evidence.after) = (other.before, other.after);
            evidence.trace = other.trace.clone();
        }),
        of.refused("another_entry_before", "F16 C6", |evidence| {
            evidence.before = Some(StateRoot(Digest([1; 32])));
        }),
        of.refused("another_entry_after", "F16 C6", |evidence| {
            evidence.after = StateRoot(Digest([1; 32]))
        }),
        of.refused("entries_beyond_the_trace", "F16 C4", |evidence| {
            evidence.trace.start = LAST
        }),
    ]
}

/// F6, F8, F17, F18: inputs.
fn inputs() -> Vec<Draft> {
    let (begin, of, last) = (Stepped::new(0), Stepped::new(2), Stepped::new(LAST));
    let given = |range| chunk(&of.world, &of.openings, range);
    let own = given(2..4);
    let none = |of: &Stepped, name: &str| {
        of.refused(name, "F17", |evidence| {
            let (inputs, schedule) = (BoundedVec::default(), own.schedule.clone());
            evidence.chunk = Some(Chunk { inputs, schedule });
        })
    };
    vec![
        of.refused("inputs_of_another_step", "F8", |evidence| {
            evidence.chunk = Some(given(0..2))
        }),
        of.refused("too_few_inputs", "F17", |evidence| {
            evidence.chunk = Some(given(2..3))
        }),
        of.refused("too_many_inputs", "F17", |evidence| {
            evidence.chunk = Some(given(1..4))
        }),
        of.refused("no_inputs", "F17", |evidence| evidence.chunk = None),
        begin.refused("inputs_for_the_first_step", "F17", |evidence| {
            evidence.chunk = Some(own.clone())
        }),
        last.refused("inputs_for_the_last_step", "F17", |evidence| {
            evidence.chunk = Some(own.clone())
        }),
        none(&begin, "an_empty_list_for_the_first_step"),
        none(&last, "an_empty_list_for_the_last_step"),
        of.input("inputs_exchanged", "F18 C6", |inputs| inputs.swap(0, 1)),
        of.input("other_bytes_than_in_the_body", "F6 C6", |inputs| {
            if let Some(input) = inputs.first_mut() {
                input.item = Item {
                    bytes: pay(6, 0).bytes,
                    ..input.item.clone()
                };
            }
        }),
        of.input("other_claims_than_in_the_body", "F6 C6", |inputs| {
            if let Some(input) = inputs.first_mut() {
                input.item.weight.0 += 1;
            }
        }),
    ]
}

/// F10, F11.
fn witnesses() -> Vec<Draft> {
    let of = Stepped::new(2);
    let with = |name, rules, bytes: Vec<u8>| {
        of.refused(name, rules, |evidence| {
            evidence.witness = BoundedVec::new(bytes).expect("short")
        })
    };
    let one = |step: u32| {
        let state = of.world.before(step);
        state
            .prove(&[account_key(&user(6))].into())
            .expect("a tree in memory")
    };
    vec![
        with("a_witness_of_another_state", "F10 W3", one(1)),
        with("an_empty_witness", "F10 W2", vec![]),
        with("a_witness_of_other_accounts", "F11", one(2)),
    ]
}

/// F5, F19: a schedule that begins with an entry that names nothing. Submission refuses such receipts.
fn invented() -> Vec<Draft> {
    let of = Stepped::new(1);
    let case = |name, rule, bundle| {
        let mut entries = of.openings.schedule.to_vec();
        if let Some(first) = entries.first_mut() {
            *first = Entry { bundle, leaf: 0 };
        }
        let leaves: Vec<Digest> = entries.iter().map(Entry::compute_leaf).collect();
        let mut receipt = of.receipt.clone();
        receipt.schedule.root = list::root(&leaves);
        let mut evidence = of.evidence.clone();
        if let Some(chunk) = &mut evidence.chunk {
            let mut inputs = chunk.inputs.to_vec();
            if let Some(first) = inputs.first_mut() {
                first.entry = Entry { bundle, leaf: 0 };
            }
            chunk.inputs = BoundedVec::new(inputs).expect("short");
            chunk.schedule = schedule_proof(&entries, 0..2);
        }
        of.world
            .refused(name, rule, &receipt, Evidence::Transition(evidence))
    };
    assert!(
        matches!(of.receipt.verdicts.get(2), Some(Verdict::Invalid(_))),
        "the third bundle is not valid"
    );
    vec![
        case("an_input_of_no_bundle", "F5", 9),
        case("an_input_of_an_invalid_bundle", "F19", 2),
    ]
}

/// F20.
fn holding() -> Vec<Draft> {
    let world = world();
    let (right, openings) = (world.right.receipt.clone(), world.right.openings.clone());
    let (lie, _) = world.lie(|receipt, _| receipt.effects.fees.burned.0 += 1);
    let holds = |name, receipt: &Receipt, step| {
        let evidence = shown::transition(&world, &openings, step);
        world.refused(name, "F20", receipt, Evidence::Transition(evidence))
    };
    vec![
        holds("the_first_step_holds", &right, 0),
        holds("a_step_of_inputs_holds", &right, 1),
        holds("the_last_step_holds", &right, LAST),
        holds("effects_count_at_the_last_step_only", &lie, 2),
    ]
}
