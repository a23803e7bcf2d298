//! A relayer that nobody trusts: it has an operator's view of each domain, shows consensus what final blocks have sent, and signs
//! nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(clippy::arithmetic_side_effects, reason = "tests")]

use decex_consensus::Event;
use decex_core::list::ListTree;
use decex_core::message::{Answer, ChainId, ChannelId, Message, MessageNumber, PartyId, Refusal};
use decex_core::{AccountId, Balance, BoundedVec, ConsensusNumber, Digest, DomainId, DomainNumber};
use decex_messaging::hub::{Outcome, Relayed};
use decex_testkit::ledger::Call;
use decex_tests::world::{World, params, transaction, user};
use parity_scale_codec::Encode;

const OWNER: AccountId = AccountId(Digest([9; 32]));
const FEE: Balance = Balance(3);
const FAR: ConsensusNumber = ConsensusNumber(u64::MAX);

/// Two domains with two operators each, and how much of what each has sent was passed on.
struct Net {
    world: World,
    domains: [DomainId; 2],
    passed: [usize; 2],
    outcomes: Vec<Outcome>,
}

impl Net {
    fn new() -> Self {
        let mut world = World::new(2, params());
        let a = world.domain;
        let b = world.add_domain(2, params());
        world.await_epoch();
        world.chain.host_mut().endow(OWNER, Balance(1_000_000));
        for domain in [a, b] {
            let endowed = world.chain.endow_domain(OWNER, domain, Balance(100_000));
            endowed.unwrap();
        }
        for (domain, peer) in [(a, b), (b, a)] {
            let peer = ChainId::Domain(peer);
            world.chain.list_peer(OWNER, domain, peer, Some(FEE)).unwrap();
        }
        Self {
            world,
            domains: [a, b],
            passed: [0; 2],
            outcomes: Vec::new(),
        }
    }

    /// What a domain has sent as of its last final block, read from one of its operators alone.
    fn outbox(&mut self, place: usize) -> (DomainNumber, Vec<Message>) {
        let (_, confirmed) = self.world.heads_of(self.domains[place]);
        let operator = &mut self.world.operators[2 * place];
        let mut messages = Vec::new();
        for number in 1..=confirmed.0 {
            let sent = operator.sent(DomainNumber(number)).unwrap().expect("it is kept");
            assert_eq!(sent.first as usize, messages.len(), "one block after the other");
            messages.extend(sent.messages);
        }
        (confirmed, messages)
    }

    /// Lets a block pass, then passes on what is new.
    fn step(&mut self) {
        self.world.run(1);
        for place in 0..2 {
            let (receipt, messages) = self.outbox(place);
            let tree = ListTree::new(messages.iter().map(Message::compute_leaf).collect());
            while let Some(message) = messages.get(self.passed[place]) {
                let relayed = Relayed {
                    domain: self.domains[place],
                    receipt,
                    message: message.clone(),
                    path: tree.prove(u32::try_from(self.passed[place]).unwrap(), 1).unwrap(),
                };
                let events = self.world.chain.relay_message(&relayed.encode()).unwrap();
                self.passed[place] += 1;
                self.outcomes.extend(events.into_iter().filter_map(outcome));
            }
        }
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "one of many")]
fn outcome(event: Event) -> Option<Outcome> {
    match event {
        Event::Channel { outcome, .. } => Some(outcome),
        _ => None,
    }
}

fn send(from: usize, channel: ChannelId, value: u128, deadline: ConsensusNumber, data: &[u8]) -> Vec<u8> {
    let call = Call::Send {
        channel,
        to: PartyId(user(5).0),
        value: Balance(value),
        deadline,
        data: BoundedVec::new(data.to_vec()).unwrap(),
    };
    transaction(from, 0, call)
}

#[test]
fn what_operators_read_of_final_blocks_is_all_that_a_relayer_needs() {
    let mut net = Net::new();
    let [a, b] = net.domains;
    let opened = net.world.chain.open_channel(OWNER, a, ChainId::Domain(b), 8);
    let (channel, _) = opened.unwrap();
    (0..60).for_each(|_| net.step());
    assert_eq!(net.outcomes, [Outcome::Opened]);
    // Delivered, refused by its recipient, too late.
    let requests: [(usize, u128, ConsensusNumber, &[u8]); 3] = [
        (0, 500, FAR, b"hello"),
        (1, 60, FAR, &[0xfe]),
        (2, 7, ConsensusNumber(1), b"late"),
    ];
    for (from, value, deadline, data) in requests {
        let bytes = send(from, channel, value, deadline, data);
        // Operators of the other domain have no account of this name there; what they pool is never bundled for this one.
        for operator in &mut net.world.operators[..2] {
            let _ = operator.add_transaction(&bytes).unwrap();
        }
    }
    let before = net.world.chain.balance(b).unwrap();
    (0..80).for_each(|_| net.step());
    let count = |wanted: fn(&Outcome) -> bool| net.outcomes.iter().filter(|found| wanted(found)).count();
    assert_eq!(count(|found| matches!(found, Outcome::Forwarded(_))), 2);
    assert_eq!(
        count(|found| matches!(found, Outcome::Bounced(_, Refusal::Expired))),
        1
    );
    assert_eq!(
        count(|found| matches!(found, Outcome::Answered(_, Answer::Delivered(_)))),
        1
    );
    assert_eq!(
        count(|found| matches!(found, Outcome::Answered(_, Answer::Refused(Refusal::Recipient)))),
        1
    );
    // What went over stayed, what was refused went back; fees came, and left as fees.
    assert_eq!(net.world.chain.balance(b).unwrap().0, before.0 + 500);
    let side = decex_messaging::hub::Side::Opener;
    for number in 0..3 {
        let waiting = net.world.chain.waiting(channel, side, MessageNumber(number));
        assert_eq!(waiting.unwrap(), None, "every request is answered");
    }
}

#[test]
fn an_operator_says_nothing_of_blocks_whose_state_it_does_not_keep() {
    let mut world = World::new(2, params());
    world.run(20);
    let operator = &mut world.operators[0];
    let (head, _) = operator.head().unwrap();
    assert!(operator.sent(head).unwrap().is_some());
    let next = head.next().unwrap();
    assert_eq!(operator.sent(next).unwrap(), None);
}
