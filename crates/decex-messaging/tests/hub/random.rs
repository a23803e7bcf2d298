//! Random traffic of two domains of which neither keeps to its own rules.

use crate::world::*;
use decex_core::id::{Balance, ConsensusNumber};
use decex_core::message::*;
use decex_messaging::hub::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Deed {
    Ask(bool),
    Close,
    Says(bool, bool, Payload),
    Send(u8),
    Replay(bool, usize),
    Room(bool, u8, bool),
}

fn payload() -> impl Strategy<Value = Payload> {
    let refusal = prop_oneof![
        Just(Refusal::Closed),
        Just(Refusal::Expired),
        Just(Refusal::Recipient),
        Just(Refusal::Limit)
    ];
    prop_oneof![
        1 => any::<bool>().prop_map(Payload::Accept),
        1 => (0_u64..8).prop_map(|sent| Payload::Drained(MessageNumber(sent))),
        6 => (0_u64..8, 0_u128..400, 98_u64..103).prop_map(|(number, value, deadline)| {
            let deadline = ConsensusNumber(deadline);
            Payload::Request(MessageNumber(number), Request { deadline, ..request(value) })
        }),
        2 => (0_u64..8).prop_map(delivered),
        3 => (0_u64..8, refusal).prop_map(|(number, refusal)| refused(number, refusal)),
        1 => Just(Payload::Close),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => any::<bool>().prop_map(Deed::Ask),
        1 => Just(Deed::Close),
        20 => (any::<bool>(), any::<bool>(), payload()).prop_map(|(a, c, p)| Deed::Says(a, c, p)),
        3 => any::<u8>().prop_map(Deed::Send),
        3 => (any::<bool>(), any::<usize>()).prop_map(|(a, at)| Deed::Replay(a, at)),
        2 => (any::<bool>(), 0_u8..6, any::<bool>()).prop_map(|(a, m, r)| Deed::Room(a, m, r)),
    ]
}

proptest! {
    /// Nothing is made or lost; no domain has exported more than was brought in; what waits is bounded and counted; each request is
    /// forwarded once and in order.
    #[test]
    fn whatever_domains_say_the_books_hold(deeds in prop::collection::vec(deed(), 1..120)) {
        let mut hub = Hub::new();
        let total = hub.total();
        for deed in deeds {
            let before = hub.clone();
            let domain = |first| if first { A } else { B };
            let accepted = match deed {
                Deed::Ask(consensus) => {
                    let free = !hub.channels.contains_key(&CHANNEL);
                    free && hub.accounts[&OWNER] >= DEPOSIT
                        && hub.ask(if consensus { ChainId::Consensus } else { b() }, 3).is_ok()
                }
                Deed::Close => hub.close().is_ok(),
                Deed::Says(first, consensus, payload) => {
                    let to = match (consensus, first) {
                        (true, _) => ChainId::Consensus,
                        (false, true) => b(),
                        (false, false) => a(),
                    };
                    hub.says(domain(first), to, payload).is_ok()
                }
                Deed::Send(value) => {
                    let needed = Balance(u128::from(value) + FEE_A.0);
                    hub.accounts[&USER] >= needed && hub.send(request(value.into())).is_ok()
                }
                Deed::Replay(first, at) => {
                    let outbox = &hub.outboxes[&domain(first)];
                    !outbox.is_empty() && {
                        let relayed = hub.proven(domain(first), at % outbox.len());
                        hub.relay(&relayed).is_ok()
                    }
                }
                Deed::Room(first, messages, requests) => {
                    let room = Room { messages: messages.into(), requests };
                    hub.rooms.insert(domain(first), room);
                    true
                }
            };
            if !accepted {
                hub.outboxes.clone_from(&before.outboxes);
                prop_assert_eq!(&hub, &before, "what is refused changes nothing");
            }
            prop_assert_eq!(hub.total(), total);
            let unanswered: u32 = hub.channels.values().map(|channel| {
                channel.from_opener.unanswered + channel.from_acceptor.unanswered
            }).sum();
            prop_assert_eq!(unanswered as usize, hub.waiting.len());
            prop_assert!(hub.waiting.len() <= 6);
            let deposits: u128 = hub.channels.values().map(|channel| channel.deposit.0).sum();
            prop_assert_eq!(hub.deposits.0, deposits);
        }
    }
}
