//! What the hub reads, as a vector gives it.

use crate::vectors::json::{Fields, amount, scale};
use decex_core::message::{ChainId, ChannelId, MessageNumber};
use decex_core::{Balance, DomainId, DomainNumber, Host, ListRoot};
use decex_messaging::hub::{Channel, HubView, Room, Side, Waiting};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// One consensus side.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) channels: BTreeMap<ChannelId, Channel>,
    pub(super) waiting: BTreeMap<(ChannelId, Side, MessageNumber), Waiting>,
    pub(super) outboxes: BTreeMap<(DomainId, DomainNumber), ListRoot>,
    pub(super) balances: BTreeMap<DomainId, Balance>,
    pub(super) lists: BTreeMap<(ChainId, ChainId), Balance>,
    pub(super) rooms: BTreeMap<DomainId, (u32, bool)>,
}

impl Host for World {
    type Error = Infallible;
}

impl HubView for World {
    fn channel(&self, channel: ChannelId) -> Result<Option<Channel>, Infallible> {
        Ok(self.channels.get(&channel).copied())
    }
    fn waiting(
        &self,
        channel: ChannelId,
        from: Side,
        number: MessageNumber,
    ) -> Result<Option<Waiting>, Infallible> {
        Ok(self.waiting.get(&(channel, from, number)).copied())
    }
    fn final_outbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ListRoot>, Infallible> {
        Ok(self.outboxes.get(&(domain, number)).copied())
    }
    fn domain_balance(&self, domain: DomainId) -> Result<Balance, Infallible> {
        Ok(self.balances.get(&domain).copied().unwrap_or_default())
    }
    fn listed_fee(&self, chain: ChainId, peer: ChainId) -> Result<Option<Balance>, Infallible> {
        Ok(self.lists.get(&(chain, peer)).copied())
    }
    fn room(&self, domain: DomainId) -> Result<Option<Room>, Infallible> {
        let room = self.rooms.get(&domain);
        Ok(room.map(|(messages, requests)| Room {
            messages: *messages,
            requests: *requests,
        }))
    }
}

impl World {
    pub(super) fn write(&self) -> Value {
        let channel =
            |(id, channel): (&ChannelId, &Channel)| json!({ "id": id.0, "channel": scale(channel) });
        let waiting = |((id, from, number), waiting): (&(ChannelId, Side, MessageNumber), &Waiting)| json!({ "channel": id.0, "from": scale(from), "number": number.0, "waits": scale(waiting) });
        let outbox = |((domain, number), root): (&(DomainId, DomainNumber), &ListRoot)| json!({ "domain": domain.0, "number": number.0, "root": scale(root) });
        let balance =
            |(domain, held): (&DomainId, &Balance)| json!({ "domain": domain.0, "holds": amount(*held) });
        let list = |((chain, peer), fee): (&(ChainId, ChainId), &Balance)| json!({ "chain": scale(chain), "peer": scale(peer), "fee": amount(*fee) });
        let room = |(domain, (messages, requests)): (&DomainId, &(u32, bool))| json!({ "domain": domain.0, "messages": messages, "requests": requests });
        json!({
            "channels": self.channels.iter().map(channel).collect::<Vec<_>>(),
            "waiting": self.waiting.iter().map(waiting).collect::<Vec<_>>(),
            "final_outboxes": self.outboxes.iter().map(outbox).collect::<Vec<_>>(),
            "balances": self.balances.iter().map(balance).collect::<Vec<_>>(),
            "lists": self.lists.iter().map(list).collect::<Vec<_>>(),
            "rooms": self.rooms.iter().map(room).collect::<Vec<_>>(),
        })
    }

    pub(super) fn read(given: Fields<'_>) -> Self {
        let domain = |of: Fields<'_>| DomainId(of.number("domain"));
        Self {
            channels: given
                .each("channels")
                .map(|of| (ChannelId(of.number("id")), of.scale("channel")))
                .collect(),
            waiting: given
                .each("waiting")
                .map(|of| {
                    let channel = ChannelId(of.number("channel"));
                    let number = MessageNumber(of.number("number"));
                    ((channel, of.scale("from"), number), of.scale("waits"))
                })
                .collect(),
            outboxes: given
                .each("final_outboxes")
                .map(|of| ((domain(of), DomainNumber(of.number("number"))), of.scale("root")))
                .collect(),
            balances: given
                .each("balances")
                .map(|of| (domain(of), of.amount("holds")))
                .collect(),
            lists: given
                .each("lists")
                .map(|of| ((of.scale("chain"), of.scale("peer")), of.amount("fee")))
                .collect(),
            rooms: given
                .each("rooms")
                .map(|of| (domain(of), (of.number("messages"), of.flag("requests"))))
                .collect(),
        }
    }
}
