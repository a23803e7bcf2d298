//! Blocks that an engine orders: what nodes make of bodies that are final, and of bodies that are none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod common;

use common::{Folder, args, failed, without_times};
use devnet::ordering::{
    BLOCK_MILLISECONDS, Faults, InvalidBody, Item, MAX_ITEMS, Ordered, Ordering, Plan, check_body,
};
use devnet::problem::Problem;
use devnet::progress::Progress;
use devnet::run::{Ended, run, run_on};
use devnet::summary::Summary;
use parity_scale_codec::Encode;

/// The simplest engine: one node after the other proposes, every five slots, and what it proposes is final.
#[derive(Debug)]
struct Turns {
    nodes: u32,
    height: u64,
    /// What was in the block before: a leader that has not heard of it proposes that again.
    before: Vec<Vec<u8>>,
    /// What is wrong with it.
    flaw: Flaw,
    /// What the last node has not been told yet.
    late: Vec<Ordered>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// Nothing.
    None,
    /// Every body holds what the one before it held.
    Repeats,
    /// The last node hears of blocks in pairs.
    Late,
    /// A height is left out.
    Gap,
    /// The tenth body has an item that is none.
    Garbage,
    /// It stops.
    Stops,
    /// The tenth leader's clock is two blocks behind.
    Slow,
    /// The last node is told another name of the tenth block.
    Forks,
    /// All blocks have one name.
    Nameless,
    /// The last node hears of nothing after the tenth block.
    Silent,
}

impl Ordering for Turns {
    fn name(&self) -> &'static str {
        "turns"
    }

    fn pass(&mut self, slot: u64, offers: Vec<Vec<Vec<u8>>>) -> Result<Vec<(u32, Ordered)>, Problem> {
        assert_eq!(offers.len(), self.nodes as usize);
        if !slot.is_multiple_of(5) {
            return Ok(Vec::new());
        }
        self.height += if self.flaw == Flaw::Gap && self.height == 9 {
            2
        } else {
            1
        };
        if self.flaw == Flaw::Stops && self.height == 10 {
            return Err(Problem::new("turns", "it has stopped"));
        }
        let leader = (self.height % u64::from(self.nodes)) as u32;
        let mut items = offers[leader as usize].clone();
        for item in &items {
            // What a block could not take yet is offered again.
            let again = self.before.contains(item) && self.flaw != Flaw::Slow;
            assert!(!again, "what is in a final block is not offered again");
        }
        let proposed = items.clone();
        match self.flaw {
            Flaw::Repeats => items.extend(std::mem::take(&mut self.before)),
            Flaw::Garbage if self.height == 10 => items.push(vec![9, 9]),
            _ => {}
        }
        self.before = proposed;
        let mut ordered = Ordered {
            height: self.height,
            digest: [if self.flaw == Flaw::Nameless {
                1
            } else {
                self.height as u8
            }; 32],
            leader,
            timestamp: self.height * BLOCK_MILLISECONDS,
            items,
        };
        if self.flaw == Flaw::Slow && self.height == 10 {
            ordered.timestamp -= 2 * BLOCK_MILLISECONDS;
        }
        let mut passed: Vec<_> = (0..self.nodes - 1).map(|node| (node, ordered.clone())).collect();
        if self.flaw == Flaw::Forks && self.height == 10 {
            ordered.digest = [99; 32];
        }
        if self.flaw != Flaw::Silent || self.height <= 10 {
            self.late.push(ordered);
        }
        if self.flaw != Flaw::Late || self.late.len() == 2 {
            passed.extend(self.late.drain(..).map(|ordered| (self.nodes - 1, ordered)));
        }
        Ok(passed)
    }
}

fn start(plan: &Plan, flaw: Flaw) -> Result<Box<dyn Ordering>, Problem> {
    Ok(Box::new(Turns {
        nodes: plan.nodes,
        height: 0,
        before: Vec::new(),
        flaw,
        late: Vec::new(),
    }))
}

fn end(name: &str, start: fn(&Plan) -> Result<Box<dyn Ordering>, Problem>) -> Result<Summary, Problem> {
    let folder = Folder::new(name);
    let args = args(&folder.0, &["--engine", "simplex", "--slots", "600"]);
    match run_on(
        &args,
        Some(start),
        &mut Progress::new(true, false, false),
        &|| false,
        &mut [],
    )? {
        Ended::Over(summary) => Ok(*summary),
        Ended::Interrupted { .. } => panic!("nobody interrupted"),
    }
}

#[test]
fn a_run_on_an_engine_ends_well() {
    let plain = end("turns", |plan| start(plan, Flaw::None)).unwrap();
    assert!(plain.ok(), "{:?}", failed(&plain));
    let ordered = plain.ordered.as_ref().unwrap();
    assert_eq!((ordered.engine.as_str(), ordered.led.len()), ("turns", 4));
    assert_eq!(ordered.led.iter().sum::<u64>() + 1, plain.blocks);
    assert!(ordered.led.iter().all(|led| *led > 5), "{ordered:?}");
    assert_eq!((plain.slashes.len(), plain.reorgs), (1, 0));
    assert!(plain.farming.farmers.is_empty() && plain.farming.segments == 0);
    // What a block before made void is left out, and changes nothing.
    let repeats = end("repeats", |plan| start(plan, Flaw::Repeats)).unwrap();
    assert_eq!(without_times(repeats), without_times(plain));
}

#[test]
fn a_node_that_hears_late_comes_to_the_same() {
    let late = end("late", |plan| start(plan, Flaw::Late)).unwrap();
    assert!(late.ok(), "{:?}", failed(&late));
}

#[test]
fn a_clock_that_is_behind_delays_nothing() {
    let slow = end("slow", |plan| start(plan, Flaw::Slow)).unwrap();
    assert!(slow.ok(), "{:?}", failed(&slow));
}

#[test]
fn the_summary_finds_an_engine_that_lies() {
    let silent = end("silent", |plan| start(plan, Flaw::Silent)).unwrap();
    let found = failed(&silent);
    assert!(
        found.contains(&"every node holds the same chain: 3 of 4".to_owned()),
        "{found:?}"
    );
    let nameless = end("nameless", |plan| start(plan, Flaw::Nameless)).unwrap();
    let found = failed(&nameless);
    let expected = format!(
        "every block was ordered by the engine, once: 1 of {}",
        nameless.blocks - 1
    );
    assert_eq!(found, [expected]);
}

#[test]
fn an_engine_that_breaks_its_word_ends_the_run() {
    let error = end("gap", |plan| start(plan, Flaw::Gap)).unwrap_err();
    assert!(error.to_string().contains("block 11 is next, not 12"), "{error}");
    let error = end("garbage", |plan| start(plan, Flaw::Garbage)).unwrap_err();
    assert!(error.to_string().contains("does not decode"), "{error}");
    // An operator of the node that is on another chain finds another state final than its own.
    let error = end("forks", |plan| start(plan, Flaw::Forks)).unwrap_err();
    assert!(error.to_string().contains("WrongIsFinal"), "{error}");
    let error = end("stops", |plan| start(plan, Flaw::Stops)).unwrap_err();
    assert!(error.to_string().contains("it has stopped"), "{error}");
}

#[test]
fn without_the_engine_it_says_so() {
    let folder = Folder::new("none");
    let args = args(&folder.0, &["--engine", "simplex"]);
    let error = run(&args, &mut Progress::new(true, false, false), &|| false).unwrap_err();
    assert!(error.to_string().contains("not in this program"), "{error}");
}

#[test]
fn a_body_is_checked_before_anybody_votes() {
    let item = |number: u32| Item::Proof(number.encode()).encode();
    let good: Vec<Vec<u8>> = (0..4).map(item).collect();
    assert_eq!(check_body(&good), Ok(()));
    assert_eq!(check_body(&[]), Ok(()));
    let most: Vec<_> = (0..=MAX_ITEMS as u32).map(item).collect();
    let found = MAX_ITEMS + 1;
    assert_eq!(check_body(&most), Err(InvalidBody::Items { found }));
    assert_eq!(check_body(&most[1..]), Ok(()));
    let twice = [item(1), item(2), item(1)];
    assert_eq!(check_body(&twice), Err(InvalidBody::Repeated { index: 2 }));
    // Cut short, with something after it, of no kind, a bundle that is none.
    let short = good[1][..good[1].len() - 1].to_vec();
    let long = [good[1].clone(), vec![0]].concat();
    let bundle = Item::Bundle(vec![1, 2, 3]).encode();
    for bad in [short, long, vec![4, 0], Vec::new(), bundle] {
        let body = [good[0].clone(), bad.clone()];
        assert_eq!(check_body(&body), Err(InvalidBody::Item { index: 1 }), "{bad:?}");
    }
    let room = 4 * 1024 * 1024;
    let half = |fill: u8, bytes: usize| Item::Proof(vec![fill; bytes]).encode();
    // Each with its kind and four bytes of length.
    let full = [half(0, room / 2 - 5), half(1, room / 2 - 5)];
    assert_eq!(check_body(&full), Ok(()));
    let over = [full[0].clone(), half(1, room / 2 - 4)];
    assert_eq!(check_body(&over), Err(InvalidBody::Bytes { found: room + 1 }));
}

#[test]
fn messages_are_lost_as_often_as_they_are_to_be() {
    let faults = Faults {
        loss: 250,
        cuts: vec![devnet::ordering::Cut {
            node: 2,
            from: 10,
            to: 20,
        }],
    };
    let through = |slot: u64, link: (u32, u32)| {
        let passed = (0..1_000).filter(|place| faults.lets_through(7, slot, *place, link));
        passed.count()
    };
    // A quarter, more or less, and not the same of every link and slot.
    for (slot, link) in [(1, (0, 1)), (1, (1, 0)), (2, (0, 1)), (9, (0, 2)), (20, (2, 0))] {
        assert!((700..800).contains(&through(slot, link)), "{slot} {link:?}");
    }
    assert!((0..1_000).any(|place| {
        faults.lets_through(7, 1, place, (0, 1)) != faults.lets_through(7, 2, place, (0, 1))
    }));
    for slot in [10, 19] {
        assert_eq!((through(slot, (0, 2)), through(slot, (2, 0))), (0, 0), "cut off");
        assert_eq!(through(slot, (2, 2)), 1_000, "from itself to itself");
    }
    let none = Faults::default();
    assert!((0..1_000).all(|place| none.lets_through(7, 1, place, (0, 1))));
}
