//! Two domains in order, consensus between them, random traffic: in the end everything is where the books say.

use crate::domain::*;
use crate::world::*;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_core::message::*;
use decex_messaging::RefusedMessage;
use decex_messaging::hub::*;
use proptest::prelude::*;

const ALICE: PartyId = PartyId(Digest([21; 32]));

struct Pair {
    hub: Hub,
    ends: [Domain; 2],
    /// How much of each outbox was relayed.
    relayed: [usize; 2],
    /// How much of each inbox was taken in.
    taken: [usize; 2],
}

#[derive(Clone, Debug)]
enum Deed {
    Ask(bool),
    Close,
    Send(bool, u128, u8, u64),
    FromConsensus(u8, u8),
    Relay(bool),
    Block(bool, u8, bool),
    Pause(bool, bool),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => any::<bool>().prop_map(Deed::Ask),
        1 => Just(Deed::Close),
        8 => (any::<bool>(), 0_u128..300, 0_u8..4, 99_u64..102).prop_map(|(a, v, d, l)| Deed::Send(a, v, d, l)),
        2 => (any::<u8>(), 0_u8..4).prop_map(|(v, d)| Deed::FromConsensus(v, d)),
        8 => any::<bool>().prop_map(Deed::Relay),
        6 => (any::<bool>(), 1_u8..4, any::<bool>()).prop_map(|(a, n, l)| Deed::Block(a, n, l)),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(a, p)| Deed::Pause(a, p)),
    ]
}

impl Pair {
    fn new() -> Self {
        let hub = Hub::new();
        let end = |id| Domain::new(id, &[(ALICE, hub.balances[&id].0)]);
        let ends = [end(A), end(B)];
        Self {
            hub,
            ends,
            relayed: [0, 0],
            taken: [0, 0],
        }
    }

    fn id(end: usize) -> DomainId {
        [A, B][end]
    }

    /// Relays the next message of an outbox. Returns whether consensus took it.
    fn relay(&mut self, end: usize) -> bool {
        let id = Self::id(end);
        self.hub.outboxes.insert(id, self.ends[end].outbox.clone());
        if self.relayed[end] == self.ends[end].outbox.len() {
            return false;
        }
        let relayed = self.hub.proven(id, self.relayed[end]);
        let answer = self.hub.relay(&relayed);
        // Who is asked for a channel and accepts after it was closed: nobody misses that.
        let missed =
            matches!(relayed.message.payload, Payload::Accept(_)) && answer == Err(RefusedMessage::State);
        let taken = answer.is_ok() || missed;
        if taken {
            self.relayed[end] += 1;
            // Once and never again.
            assert!(self.hub.relay(&relayed).is_err());
        }
        taken
    }

    /// Takes in some messages as a block of the domain does.
    fn block(&mut self, end: usize, count: usize, limited: bool) -> bool {
        let inbox = self.hub.inboxes[&Self::id(end)].clone();
        let messages: Vec<_> = inbox.iter().skip(self.taken[end]).take(count).collect();
        for message in &messages {
            if limited {
                self.ends[end].refuse(message);
            } else {
                self.ends[end].receive(message);
            }
        }
        self.taken[end] += messages.len();
        let is_idle = messages.is_empty() && self.ends[end].sent().messages.is_empty();
        self.ends[end].end_block();
        !is_idle
    }

    fn send(&mut self, end: usize, value: u128, data: u8, deadline: u64) {
        let request = Request {
            sender: ALICE,
            deadline: ConsensusNumber(deadline),
            data: decex_core::BoundedVec::new(vec![data]).unwrap(),
            ..request(value)
        };
        // Sends no more than it has.
        if self.ends[end].balance(&ALICE) >= value + 10 {
            let _ = self.ends[end].send(CHANNEL, request);
        }
    }

    fn settle(&mut self) {
        for room in self.hub.rooms.values_mut() {
            *room = Room {
                messages: 1_000,
                requests: true,
            };
        }
        let mut busy = true;
        while busy {
            busy = false;
            for end in [0, 1] {
                busy |= self.block(end, 100, false);
                busy |= self.relay(end);
            }
        }
    }

    /// What a domain's accounts have, with the fees that are to be paid out.
    fn inside(&mut self, end: usize) -> u128 {
        let held = [ALICE, FEES, PartyId(USER.0)];
        held.iter().map(|party| self.ends[end].balance(party)).sum()
    }
}

proptest! {
    #[test]
    fn conservation_over_random_traffic_of_two_domains(deeds in prop::collection::vec(deed(), 1..150)) {
        let mut pair = Pair::new();
        let total = pair.hub.total();
        for deed in deeds {
            match deed {
                Deed::Ask(consensus) => {
                    let acceptor = if consensus { ChainId::Consensus } else { b() };
                    // One channel after the other, each with the same name: nothing of an earlier one is left then.
                    if pair.hub.channels.is_empty() && pair.hub.accounts[&OWNER] >= DEPOSIT {
                        pair.settle();
                        let _ = pair.hub.ask(acceptor, 3);
                    }
                }
                Deed::Close => drop(pair.hub.close()),
                Deed::Send(first, value, data, deadline) => {
                    pair.send(usize::from(first), value, data, deadline);
                }
                Deed::FromConsensus(value, data) => {
                    let request = Request {
                        data: decex_core::BoundedVec::new(vec![data]).unwrap(),
                        ..request(value.into())
                    };
                    if pair.hub.accounts[&USER].0 >= u128::from(value) + FEE_A.0 {
                        let _ = pair.hub.send(request);
                    }
                }
                Deed::Relay(first) => {
                    let _ = pair.relay(usize::from(first));
                }
                Deed::Block(first, count, limited) => {
                    let _ = pair.block(usize::from(first), count.into(), limited);
                }
                Deed::Pause(first, paused) => {
                    let id = Pair::id(usize::from(first));
                    pair.hub.rooms.get_mut(&id).unwrap().requests = !paused;
                }
            }
            prop_assert_eq!(pair.hub.total(), total);
        }
        pair.settle();
        prop_assert!(pair.hub.waiting.is_empty(), "everything is answered");
        for end in [0, 1] {
            prop_assert_eq!(pair.relayed[end], pair.ends[end].outbox.len(), "everything was taken");
            let books = pair.hub.balances[&Pair::id(end)].0;
            prop_assert_eq!(pair.inside(end), books, "what is in the domain is what consensus keeps for it");
        }
        if !pair.hub.channels.is_empty() {
            let _ = pair.hub.close();
            pair.settle();
            prop_assert!(pair.hub.channels.is_empty(), "a closed channel is forgotten");
            prop_assert_eq!(pair.hub.deposits, Balance::ZERO);
        }
    }
}
