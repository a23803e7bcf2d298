//! Receipts that are not final, removed or wrong, and a domain of which nothing is honest.

use crate::common::*;
use crate::pair::*;
use decex_consensus::{CallError, RefusedRelay};
use decex_core::list::ListTree;
use decex_core::message::*;
use decex_core::*;
use decex_messaging::RefusedMessage;
use decex_messaging::hub::Relayed;
use decex_receipt::Submission;

fn refused(pair: &mut Pair, relayed: &Relayed) -> RefusedMessage {
    match pair.net.relay(relayed) {
        Err(CallError::Refused(RefusedRelay::Rule(refused))) => refused,
        other => panic!("{other:?}"),
    }
}

fn not_final(domain: DomainId, number: u64) -> RefusedMessage {
    let number = DomainNumber(number);
    RefusedMessage::NotFinal { domain, number }
}

#[test]
fn n10_a_message_waits_until_its_receipt_is_final() {
    let (mut pair, channel) = Pair::open();
    let a = pair.a;
    pair.send(a, channel, 1_000, b"early");
    pair.net.begin();
    let missing = pair.net.missing(a);
    let number = missing.last().unwrap().receipt.number.0;
    pair.net.vouch(0, missing);
    let outbox = pair.net.outbox(a, number);
    let shown = show(a, number, &outbox, outbox.len() - 1);
    while pair.net.confirmed(a) < number {
        assert_eq!(refused(&mut pair, &shown), not_final(a, number));
        pair.net.begin();
    }
    pair.net.relay(&shown).unwrap();
}

/// A wrong receipt of A whose outbox has a message that A never sent.
fn forged(pair: &Pair, value: u128) -> (Submission, Vec<Message>) {
    let (a, b) = (pair.a, pair.b);
    let number = pair.net.head(a) + 1;
    let mut outbox = pair.net.outbox(a, number - 1);
    let channel = ChannelId(0);
    let next = pair
        .net
        .consensus
        .channel(channel)
        .unwrap()
        .unwrap()
        .from_opener
        .next;
    let request = Request {
        sender: party(0),
        recipient: party(6),
        value: Balance(value),
        deadline: ConsensusNumber(10_000),
        data: Default::default(),
    };
    outbox.push(Message {
        from: chain(a),
        to: chain(b),
        channel,
        payload: Payload::Request(next, request),
    });
    let mut submission = pair.net.right(a, number).submission();
    let leaves = outbox.iter().map(Message::compute_leaf).collect();
    submission.receipt.effects.outbox = ListTree::new(leaves).root();
    (submission, outbox)
}

#[test]
fn n10_a_removed_receipt_shows_nothing() {
    let (mut pair, _) = Pair::open();
    let a = pair.a;
    pair.transact(a, 1, decex_testkit::ledger::Call::Fail);
    pair.net.begin();
    let (lie, outbox) = forged(&pair, 1_000);
    let number = lie.receipt.number.0;
    pair.net.vouch(0, vec![lie.clone()]);
    let shown = show(a, number, &outbox, outbox.len() - 1);
    assert_eq!(refused(&mut pair, &shown), not_final(a, number));
    let proof = pair.net.refute(a, &lie);
    pair.net.consensus.submit_proof(&proof).unwrap();
    for _ in 0..30 {
        assert_eq!(refused(&mut pair, &shown), not_final(a, number));
        pair.net.begin();
    }
}

/// Nobody refutes: the domain is wholly corrupt. It exports what was brought in, and no more.
#[test]
fn n19_a_corrupt_domain_exports_what_it_holds_and_no_more() {
    for (excess, exports) in [(0, true), (1, false)] {
        let (mut pair, _) = Pair::open();
        let (a, b) = (pair.a, pair.b);
        pair.transact(a, 1, decex_testkit::ledger::Call::Fail);
        pair.net.begin();
        // Fees of the block are paid before the message is relayed.
        let fees = pair.net.right(a, pair.net.head(a) + 1).receipt.effects.fees;
        let held = pair.kept(a) - fees.execution.0 - fees.storage.0 - fees.burned.0;
        let (lie, outbox) = forged(&pair, held - FEE.0 + excess);
        let number = lie.receipt.number.0;
        pair.net.vouch(0, vec![lie]);
        while pair.net.confirmed(a) < number {
            pair.net.begin();
        }
        assert_eq!(pair.kept(a), held);
        let before = pair.kept(b);
        let shown = show(a, number, &outbox, outbox.len() - 1);
        if exports {
            pair.net.relay(&shown).unwrap();
            assert_eq!((pair.kept(a), pair.kept(b)), (0, before + held));
        } else {
            let (needed, held) = (Balance(held + 1), Balance(held));
            assert_eq!(
                refused(&mut pair, &shown),
                RefusedMessage::Unbacked { needed, held }
            );
        }
        pair.net.check_books();
    }
}

#[test]
fn n17_n20_replays_do_nothing() {
    let (mut pair, channel) = Pair::open();
    let (a, b) = (pair.a, pair.b);
    pair.send(a, channel, 1_000, b"once");
    pair.settle();
    for domain in [a, b] {
        for place in 0..pair.net.outbox(domain, pair.net.confirmed(domain)).len() {
            let shown = pair.net.shown(domain, place);
            let refused = refused(&mut pair, &shown);
            let expected = match shown.message.payload {
                Payload::Accept(_) => matches!(refused, RefusedMessage::State),
                Payload::Request(..) => matches!(refused, RefusedMessage::Order { .. }),
                Payload::Answer(..) => matches!(refused, RefusedMessage::NotWaiting { .. }),
                _ => false,
            };
            assert!(expected, "{shown:?}: {refused:?}");
        }
    }
    pair.check_settled();
}

/// A lie about a step that takes messages in is refuted, whichever it is.
#[test]
fn lies_about_messages_are_refuted() {
    let (mut pair, channel) = Pair::open();
    let (a, b) = (pair.a, pair.b);
    for data in [&b"one"[..], &[0xfe], &[0xff]] {
        pair.send(a, channel, 10, data);
    }
    while pair.net.outbox(a, pair.net.confirmed(a)).len() < 3 {
        pair.post();
    }
    for place in 0..3 {
        let shown = pair.net.shown(a, place);
        pair.net.relay(&shown).unwrap();
    }
    pair.net.begin();
    let number = pair.net.head(b) + 1;
    let steps = pair.net.right(b, number).receipt.trace.length;
    assert!(steps > 2);
    for step in 0..steps as usize {
        let mut fork = Net {
            consensus: pair.net.consensus.clone(),
            members: Vec::new(),
            chains: pair.net.chains.clone(),
            bodies: pair.net.bodies.clone(),
            events: Vec::new(),
            skip: 0,
        };
        let mut lie = pair.net.right(b, number).submission();
        let mut openings = lie.openings.take().unwrap();
        let mut trace = openings.trace.to_vec();
        trace[step] = StateRoot(Digest([66; 32]));
        lie.receipt.trace.root = decex_core::execution::trace_root(&trace);
        lie.receipt.state = *trace.last().unwrap();
        openings.trace = BoundedVec::new(trace).unwrap();
        lie.openings = Some(openings);
        let bundle = pair
            .net
            .seal(1, pair.net.head_hash(b), vec![lie.clone()], Vec::new());
        fork.submit(&bundle).unwrap();
        let proof = fork.refute(b, &lie);
        fork.consensus.submit_proof(&proof).unwrap();
        assert_eq!(fork.head(b), number - 1, "step {step}");
    }
}
