//! Rules N: one call on a channel of the consensus side, and what a domain's end does with a sequence of messages.

use super::json::{Fields, amount, scale, scales};
use super::{Operation, Outcome};
use decex_core::message::{ChainId, ChannelId, Message};
use decex_core::{AccountId, ConsensusNumber, DomainId};
use decex_messaging::HubError;
use decex_messaging::hub::{HubChanges, Move, Opening, Purse, close, open, relay, send};
use serde_json::{Value, json};
use std::convert::Infallible;
use world::World;

mod cases;
mod end;
mod world;

/// The operations of the crate.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("decex-messaging", "messaging.hub", run_hub, cases::calls),
    Operation::of("decex-messaging", "messaging.end", end::run, end::cases),
];

fn run_hub(given: Fields<'_>, when: Fields<'_>) -> Outcome {
    let world = World::read(given);
    match call(&world, when) {
        Ok(changes) => Outcome::ok(json!({}), written(&changes)),
        Err(HubError::Refused(refused)) => Outcome::err(json!({}), refused.code()),
        Err(HubError::Host(never)) => match never {},
    }
}

fn call(world: &World, when: Fields<'_>) -> Result<HubChanges, HubError<Infallible>> {
    let channel = ChannelId(when.number("channel"));
    let now = ConsensusNumber(when.number("now"));
    match when.text("call") {
        "open" => open(
            world,
            &Opening {
                channel,
                opener: DomainId(when.number("opener")),
                acceptor: when.scale("acceptor"),
                capacity: when.number("capacity"),
                depositor: when.scale("depositor"),
                deposit: when.amount("deposit"),
            },
        ),
        "close" => close(world, channel),
        "send" => send(world, now, channel, when.scale("account"), when.scale("request")),
        "relay" => relay(world, now, &when.scale("relayed")),
        other => panic!("no call `{other}`"),
    }
}

fn written(changes: &HubChanges) -> Value {
    let waiting = changes.waiting.as_ref().map(|(from, number, waiting)| {
        json!({ "from": scale(from), "number": number.0, "waits": waiting.as_ref().map(scale) })
    });
    json!({
        "channel": changes.kept.as_ref().map(scale),
        "waiting": waiting,
        "moves": changes.moves.iter().map(moved).collect::<Vec<_>>(),
        "forced": scales::<Message>(&changes.forced),
        "outcome": scale(&changes.outcome),
    })
}

fn moved(moved: &Move) -> Value {
    let purse = |purse: &Purse| match purse {
        Purse::Account(AccountId(account)) => json!({ "account": scale(account) }),
        Purse::Domain(domain) => json!({ "domain": domain.0 }),
        Purse::Deposit => json!("deposit"),
    };
    json!({ "from": purse(&moved.from), "to": purse(&moved.to), "amount": amount(moved.amount) })
}

/// A chain, as a domain's number or none for the consensus chain.
fn chain(domain: u32) -> ChainId {
    ChainId::Domain(DomainId(domain))
}
