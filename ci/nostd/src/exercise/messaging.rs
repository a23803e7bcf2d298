//! decex-messaging: a request is relayed once.

use super::holds;
use alloc::vec;
use core::convert::Infallible;
use decex_core::list::ListTree;
use decex_core::message::{ChainId, ChannelId, ChannelTerms, Message, MessageNumber, Payload, Request};
use decex_core::{AccountId, Balance, ConsensusNumber, Digest, DomainId, DomainNumber, Host, ListRoot};
use decex_messaging::hub::{
    Channel, HubChanges, HubView, Relayed, Room, Sender, Side, Stage, Waiting, relay,
};

const CHANNEL: ChannelId = ChannelId(0);
const A: DomainId = DomainId(1);
const B: DomainId = DomainId(2);

/// One open channel from A to B.
struct Hub {
    channel: Channel,
    outbox: ListRoot,
}

impl Host for Hub {
    type Error = Infallible;
}

impl HubView for Hub {
    fn channel(&self, channel: ChannelId) -> Result<Option<Channel>, Infallible> {
        Ok((channel == CHANNEL).then_some(self.channel))
    }
    fn waiting(&self, _: ChannelId, _: Side, _: MessageNumber) -> Result<Option<Waiting>, Infallible> {
        Ok(None)
    }
    fn final_outbox(&self, domain: DomainId, _: DomainNumber) -> Result<Option<ListRoot>, Infallible> {
        Ok((domain == A).then_some(self.outbox))
    }
    fn domain_balance(&self, _: DomainId) -> Result<Balance, Infallible> {
        Ok(Balance(100))
    }
    fn listed_fee(&self, _: ChainId, _: ChainId) -> Result<Option<Balance>, Infallible> {
        Ok(None)
    }
    fn room(&self, _: DomainId) -> Result<Option<Room>, Infallible> {
        Ok(Some(Room {
            messages: 1,
            requests: true,
        }))
    }
}

pub(super) fn relayed_once() -> Result<(), &'static str> {
    let (a, b) = (ChainId::Domain(A), ChainId::Domain(B));
    let request = Request {
        value: Balance(60),
        deadline: ConsensusNumber(9),
        ..Request::default()
    };
    let message = Message {
        from: a,
        to: b,
        channel: CHANNEL,
        payload: Payload::Request(MessageNumber(0), request),
    };
    let tree = ListTree::new(vec![message.compute_leaf()]);
    let path = tree.prove(0, 1).ok_or("messaging: a path")?;
    let mut hub = Hub {
        channel: Channel {
            opener: a,
            acceptor: b,
            terms: ChannelTerms {
                capacity: 1,
                ..ChannelTerms::default()
            },
            depositor: AccountId(Digest::ZERO),
            deposit: Balance::ZERO,
            stage: Stage::Open,
            from_opener: Sender::default(),
            from_acceptor: Sender::default(),
        },
        outbox: tree.root(),
    };
    let relayed = Relayed {
        domain: A,
        receipt: DomainNumber(1),
        message,
        path,
    };
    let now = ConsensusNumber(5);
    let HubChanges { kept, forced, .. } = relay(&hub, now, &relayed).map_err(|_| "messaging: relay")?;
    holds(forced.len() == 1, "messaging: a message for the destination")?;
    hub.channel = kept.ok_or("messaging: the channel is kept")?;
    holds(relay(&hub, now, &relayed).is_err(), "messaging: not twice")
}
