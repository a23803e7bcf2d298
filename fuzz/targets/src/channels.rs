//! Channels: relayed messages as bytes, and any calls of two domains that keep to no rule.

use crate::decode::{LIMIT, exact};
use crate::hub::{A, B, CHANNEL, Hub, NOW, USER, a, b, delivered, refused, request};
use crate::source::Source;
use decex_core::message::{
    ChainId, ChannelTerms, Message, MessageNumber, PartyId, Payload, Refusal, Request,
};
use decex_core::{Balance, ConsensusNumber, Digest};
use decex_messaging::hub::{Relayed, Room};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Any bytes as what a relayer brings.
pub(crate) fn decode(data: &[u8]) {
    if let Some(relayed) = exact::<Relayed>(data, LIMIT) {
        assert!(data.len() <= Relayed::max_encoded_len());
        // Whatever it says, judging it changes nothing and ends.
        let mut hub = Hub::open();
        let before = hub.clone();
        if hub.relay(&relayed).is_err() {
            assert_eq!(hub, before);
        }
    }
}

/// A message of each kind that a domain sends, shown in its outbox.
pub(crate) fn examples() -> Vec<Relayed> {
    let mut hub = Hub::open();
    let said = [
        Payload::Accept(true),
        Payload::Drained(MessageNumber(3)),
        Payload::Request(MessageNumber(0), request(5)),
        delivered(1),
        refused(2, Refusal::Limit),
    ];
    let outbox = said.map(|payload| crate::hub::message(a(), b(), payload));
    hub.outboxes.insert(A, outbox.to_vec());
    (0..outbox.len()).map(|place| hub.proven(A, place)).collect()
}

fn payload(source: &mut Source<'_>) -> Payload {
    let number = u64::from(source.byte() % 8);
    match source.byte() % 12 {
        0 => Payload::Open(ChannelTerms::default()),
        1 => Payload::Accept(source.flag()),
        2 => Payload::Opened(ChannelTerms::default()),
        3 => Payload::Close,
        4 => Payload::Drained(MessageNumber(number)),
        5 | 6 => delivered(number),
        7 | 8 => refused(
            number,
            *source.pick(&[
                Refusal::Closed,
                Refusal::Expired,
                Refusal::Recipient,
                Refusal::Limit,
            ]),
        ),
        _ => Payload::Request(MessageNumber(number), asked(source)),
    }
}

fn asked(source: &mut Source<'_>) -> Request {
    let value = match source.byte() % 4 {
        0 => u128::MAX - u128::from(source.byte()),
        _ => source.word().into(),
    };
    Request {
        deadline: ConsensusNumber(NOW.0 + u64::from(source.byte() % 3) - 1),
        sender: PartyId(Digest([source.byte(); 32])),
        ..request(value)
    }
}

/// A script of calls: whatever they are, money is neither made nor lost, what is refused changes nothing, and what waits is
/// what is counted.
pub(crate) fn script(data: &[u8]) {
    let source = &mut Source::new(data);
    let mut hub = Hub::new();
    let total = hub.total();
    while !source.is_empty() {
        let before = hub.clone();
        let domain = if source.flag() { A } else { B };
        let accepted = match source.byte() % 8 {
            0 => {
                let acceptor = *source.pick(&[ChainId::Consensus, a(), b()]);
                let free = !hub.channels.contains_key(&CHANNEL);
                free && hub.accounts[&crate::hub::OWNER] >= crate::hub::DEPOSIT
                    && hub.ask(acceptor, source.byte().into()).is_ok()
            }
            1 => hub.close().is_ok(),
            2 => {
                let wanted = Request {
                    value: Balance(source.byte().into()),
                    ..asked(source)
                };
                hub.accounts[&USER] >= Balance(wanted.value.0 + 10) && hub.send(wanted).is_ok()
            }
            3 => {
                let room = Room {
                    messages: u32::from(source.byte() % 4),
                    requests: source.flag(),
                };
                hub.rooms.insert(domain, room);
                continue;
            }
            4 => relay_again(source, &mut hub, domain),
            _ => {
                let to = *source.pick(&[ChainId::Consensus, a(), b()]);
                let payload = payload(source);
                hub.says(domain, to, payload).is_ok()
            }
        };
        if !accepted {
            hub.outboxes.clone_from(&before.outboxes);
            assert_eq!(hub, before, "what is refused changes nothing");
        }
        check(&hub, total);
    }
}

/// Shows a message again, changed or not.
fn relay_again(source: &mut Source<'_>, hub: &mut Hub, domain: decex_core::DomainId) -> bool {
    if hub.outboxes[&domain].is_empty() {
        return false;
    }
    let place = source.below(hub.outboxes[&domain].len());
    let shown = hub.proven(domain, place);
    let mut bytes = shown.encode();
    source.edit(&mut bytes);
    let Ok(changed) = Relayed::decode(&mut &*bytes) else {
        return false;
    };
    let taken = hub.relay(&changed).is_ok();
    let said = |relayed: &Relayed| -> Message { relayed.message.clone() };
    assert!(
        !taken || said(&changed) == said(&shown) || hub.outboxes[&changed.domain].contains(&changed.message),
        "a message that nobody sent"
    );
    taken
}

fn check(hub: &Hub, total: u128) {
    assert_eq!(hub.total(), total, "money was made or lost");
    let unanswered: u32 = hub
        .channels
        .values()
        .map(|channel| channel.from_opener.unanswered + channel.from_acceptor.unanswered)
        .sum();
    assert_eq!(unanswered as usize, hub.waiting.len());
}
