//! Evidence against schedules: found against every wrong one, never accepted against the right one.

use crate::source::Source;
use decex_core::hash::digest;
use decex_core::list::{Absence, ListTree, root};
use decex_core::transaction::Summary;
use decex_core::{Digest, Nonce, Seed, SenderId, TransactionHash, Weight, label};
use decex_shuffle::{
    Entry, InboxBody, InboxContent, Refutation, Schedule, ScheduleClaim, Shown, check_openings, find,
};
use parity_scale_codec::{Decode, Encode};

fn summary(source: &mut Source<'_>) -> Summary {
    let choice = source.byte();
    Summary {
        sender: SenderId(Digest([choice % 4; 32])),
        nonce: Nonce(u64::from(choice / 4 % 4)),
        hash: TransactionHash(digest(&label::TRANSACTION, &[choice / 128])),
        weight: Weight(1),
        bytes: 10,
    }
}

fn body(source: &mut Source<'_>) -> Vec<Summary> {
    let mut body: Vec<Summary> = (0..source.below(7)).map(|_| summary(source)).collect();
    body.sort_unstable_by_key(Summary::body_key);
    body.dedup_by_key(|summary| summary.body_key());
    body
}

fn tree_of(body: &[Summary]) -> ListTree {
    ListTree::new(body.iter().map(Summary::leaf).collect())
}

fn claim_of(entries: &[Entry]) -> ScheduleClaim {
    let leaves: Vec<Digest> = entries.iter().map(Entry::compute_leaf).collect();
    ScheduleClaim {
        root: root(&leaves),
        count: entries.len() as u32,
    }
}

fn disturb(source: &mut Source<'_>, entries: &mut Vec<Entry>) {
    for _ in 0..source.below(4) {
        let (kind, at, other) = (
            source.byte() % 4,
            source.below(entries.len()),
            source.below(entries.len()),
        );
        let new = Entry {
            bundle: u16::from(source.byte() % 5),
            leaf: u32::from(source.byte() % 8),
        };
        match kind {
            0 if !entries.is_empty() => entries.swap(at, other),
            1 if !entries.is_empty() => drop(entries.remove(at)),
            2 if !entries.is_empty() => entries[at] = entries[other],
            _ => entries.insert(at, new),
        }
    }
}

/// Builds an inbox, disturbs its schedule, finds evidence, changes it, and judges all of it.
pub(crate) fn refutation(data: &[u8]) {
    let mut source = Source::new(data);
    let seed = Seed(Digest([source.byte() % 8; 32]));
    let bodies: Vec<Vec<Summary>> = (0..source.below(5)).map(|_| body(&mut source)).collect();
    let trees: Vec<ListTree> = bodies.iter().map(|body| tree_of(body)).collect();
    let valid = source.byte();
    let content: Vec<InboxContent<'_>> = bodies
        .iter()
        .zip(&trees)
        .enumerate()
        .map(|(index, (summaries, tree))| InboxContent {
            summaries,
            tree,
            valid: valid >> index & 1 == 0,
        })
        .collect();
    let inbox: Vec<InboxBody> = content.iter().map(InboxBody::from).collect();
    let right = Schedule::build(&seed, InboxContent::valid_bodies(&content));
    assert_eq!(check_openings(&right.claim(), &inbox, right.entries()), Ok(()));
    assert_eq!(claim_of(right.entries()), right.claim());
    assert_eq!(find(&seed, &content, right.entries()), None, "nothing to find");
    if let Some(crafted) = crafted(&mut source, &right, &content) {
        assert!(
            crafted.verify(&right.claim(), &seed, &inbox).is_err(),
            "the right schedule is refuted"
        );
    }
    let mut claimed = right.entries().to_vec();
    disturb(&mut source, &mut claimed);
    let claim = claim_of(&claimed);
    let Some(evidence) = find(&seed, &content, &claimed) else {
        assert_eq!(claimed, right.entries(), "a wrong schedule that nothing refutes");
        return;
    };
    let refuted = evidence
        .verify(&claim, &seed, &inbox)
        .expect("found evidence holds");
    assert_eq!(*refuted.claim(), claim);
    assert!(
        evidence.verify(&right.claim(), &seed, &inbox).is_err(),
        "the right schedule is refuted"
    );
    let mut bytes = evidence.encode();
    source.edit(&mut bytes);
    let Ok(changed) = Refutation::decode(&mut &bytes[..]) else {
        return;
    };
    assert!(
        changed.verify(&right.claim(), &seed, &inbox).is_err(),
        "the right schedule is refuted"
    );
}

/// Puts evidence together from pieces of the right schedule and the bodies that are all true by themselves.
fn crafted(source: &mut Source<'_>, right: &Schedule, content: &[InboxContent<'_>]) -> Option<Refutation> {
    let all: Vec<Shown> = (0_u16..)
        .zip(content)
        .flat_map(|(bundle, body)| {
            (0_u32..)
                .zip(body.summaries)
                .filter_map(move |(leaf, summary)| show(bundle, leaf, *summary, body.tree))
        })
        .collect();
    let place = source.below(right.entries().len() + 1) as u32;
    let one = right.tree().prove(place, 1);
    if all.is_empty() {
        return None;
    }
    let (first, second, third) = (source.pick(&all).clone(), source.pick(&all), source.pick(&all));
    Some(match source.byte() % 6 {
        0 => Refutation::Disorder {
            proof: right.tree().prove(place, 2)?,
            left: first,
            right: second.clone(),
        },
        1 => Refutation::Omission {
            omitted: first,
            gap: Absence::Between {
                left: second.clone(),
                right: third.clone(),
                proof: right.tree().prove(place, 2)?,
            },
        },
        2 => Refutation::Omission {
            omitted: first,
            gap: Absence::Before {
                first: second.clone(),
                proof: one?,
            },
        },
        3 => Refutation::Omission {
            omitted: first,
            gap: Absence::After {
                last: second.clone(),
                proof: one?,
            },
        },
        4 => Refutation::Invention {
            entry: Entry {
                bundle: u16::from(source.byte() % 5),
                leaf: u32::from(source.byte() % 8),
            },
            proof: one?,
        },
        _ => Refutation::LaterCopy {
            proof: one?,
            copy: first,
            lower: second.clone(),
        },
    })
}

fn show(bundle: u16, leaf: u32, summary: Summary, tree: &ListTree) -> Option<Shown> {
    Some(Shown {
        bundle,
        summary,
        proof: tree.prove(leaf, 1)?,
    })
}
