//! The storage layout: every key that the consensus object ever uses, in one place.
//!
//! A key is one byte for its kind, then the SCALE encoding of its parameters. Kinds differ in the first byte and all
//! keys of a kind have parameters of the same fixed length, so no two keys are equal and none is a prefix of another.
//! Values are the SCALE encodings of the types named here; equal states are therefore equal bytes.

use alloc::vec::Vec;
use decex_core::message::{ChainId, ChannelId, MessageNumber};
use decex_core::{AccountId, ConsensusNumber, DomainId, DomainNumber, OperatorId, ReceiptHash};
use decex_election::OperatorKey;
use decex_messaging::hub::Side;
use parity_scale_codec::Encode;

/// What waits for a consensus block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub enum Due {
    /// An inbox waits for the hash of its block and the randomness of its schedule.
    Inbox,
    /// A domain's oldest pending receipt waits for the end of its challenge period.
    Confirmation,
}

fn key<T: Encode>(kind: u8, parameters: &T) -> Vec<u8> {
    let mut key = Vec::with_capacity(parameters.encoded_size().saturating_add(1));
    key.push(kind);
    parameters.encode_to(&mut key);
    key
}

/// [`Clock`](crate::model::Clock): where the host is.
#[must_use]
pub fn clock() -> Vec<u8> {
    key(0, &())
}

/// [`Counters`](crate::model::Counters): the next free ids.
#[must_use]
pub fn counters() -> Vec<u8> {
    key(1, &())
}

/// [`Domain`](crate::model::Domain): what a domain was created with.
#[must_use]
pub fn domain(domain: DomainId) -> Vec<u8> {
    key(2, &domain)
}

/// [`Progress`](crate::model::Progress): how far a domain is.
#[must_use]
pub fn progress(domain: DomainId) -> Vec<u8> {
    key(3, &domain)
}

/// [`Stakes`](decex_staking::Stakes): the total stake of a domain, by epoch.
#[must_use]
pub fn stakes(domain: DomainId) -> Vec<u8> {
    key(4, &domain)
}

/// [`ReceiptHash`]: the receipt of this number. Meaningless above the head.
#[must_use]
pub fn hash_at(domain: DomainId, number: DomainNumber) -> Vec<u8> {
    key(5, &(domain, number))
}

/// [`Record`](decex_receipt::Record): a receipt and who vouches for it.
#[must_use]
pub fn record(domain: DomainId, hash: &ReceiptHash) -> Vec<u8> {
    key(6, &(domain, hash))
}

/// [`Inbox`](decex_bundle::Inbox): a closed inbox, until its receipt is final.
#[must_use]
pub fn inbox(domain: DomainId, number: DomainNumber) -> Vec<u8> {
    key(7, &(domain, number))
}

/// [`OpenInbox`](crate::model::OpenInbox): an inbox that is not closed yet.
#[must_use]
pub fn open_inbox(domain: DomainId, number: DomainNumber) -> Vec<u8> {
    key(8, &(domain, number))
}

/// [`Operator`](crate::model::Operator).
#[must_use]
pub fn operator(operator: OperatorId) -> Vec<u8> {
    key(9, &operator)
}

/// [`OperatorId`]: who registered this key.
#[must_use]
pub fn operator_key(operator_key: &OperatorKey) -> Vec<u8> {
    key(10, operator_key)
}

/// [`Window`](decex_core::Window): the window last used in this place of the operator's ring of open windows.
#[must_use]
pub fn used_window(operator: OperatorId, place: u64) -> Vec<u8> {
    key(11, &(operator, place))
}

/// Nothing: the account may register operators for a domain with an allow list.
#[must_use]
pub fn allowed(domain: DomainId, account: &AccountId) -> Vec<u8> {
    key(12, &(domain, account))
}

/// `u32`: how many entries wait for this block.
#[must_use]
pub fn due_count(kind: Due, at: ConsensusNumber) -> Vec<u8> {
    key(13, &(kind, at))
}

/// [`DomainId`] and [`DomainNumber`] (inbox), or [`DomainId`] (confirmation).
#[must_use]
pub fn due(kind: Due, at: ConsensusNumber, index: u32) -> Vec<u8> {
    key(14, &(kind, at, index))
}

/// `(ConsensusNumber, u32)`: the next entry to deal with.
#[must_use]
pub fn due_cursor(kind: Due) -> Vec<u8> {
    key(15, &kind)
}

/// `(u64, u64)`: first and end of the queue of removals.
#[must_use]
pub fn removals() -> Vec<u8> {
    key(16, &())
}

/// [`PendingRemoval`](crate::model::PendingRemoval).
#[must_use]
pub fn removal(index: u64) -> Vec<u8> {
    key(17, &index)
}

/// [`ConsensusHash`](decex_core::ConsensusHash) of a recent block that an open inbox may belong to.
#[must_use]
pub fn block_hash(number: ConsensusNumber) -> Vec<u8> {
    key(18, &number)
}

/// [`Balance`](decex_core::Balance): what is known to be in a domain, which bounds what may leave it.
#[must_use]
pub fn balance(domain: DomainId) -> Vec<u8> {
    key(19, &domain)
}

/// [`Pool`](decex_staking::Pool): the money behind an operator.
#[must_use]
pub fn pool(operator: OperatorId) -> Vec<u8> {
    key(20, &operator)
}

/// [`Position`](decex_staking::Position): what an account has in a pool.
#[must_use]
pub fn position(operator: OperatorId, account: &AccountId) -> Vec<u8> {
    key(21, &(operator, account))
}

/// [`Price`](decex_staking::Price): what a share cost at the end of an epoch, as long as somebody waits for it.
#[must_use]
pub fn price(operator: OperatorId, epoch: u64) -> Vec<u8> {
    key(22, &(operator, epoch))
}

/// Amounts as [`Balance`](decex_core::Balance)s: what was paid for each bundle of a closed inbox, until its receipt is final.
#[must_use]
pub fn paid(domain: DomainId, number: DomainNumber) -> Vec<u8> {
    key(23, &(domain, number))
}

/// [`Turnout`](decex_election::Turnout) of a domain whose election adapts, or that calls operators absent.
#[must_use]
pub fn turnout(domain: DomainId) -> Vec<u8> {
    key(24, &domain)
}

/// [`Attendance`](decex_election::Attendance) of an operator of such a domain.
#[must_use]
pub fn attendance(operator: OperatorId) -> Vec<u8> {
    key(25, &operator)
}

/// [`Channel`](decex_messaging::hub::Channel), until it is forgotten.
#[must_use]
pub fn channel(channel: ChannelId) -> Vec<u8> {
    key(26, &channel)
}

/// [`Waiting`](decex_messaging::hub::Waiting): a request that waits for an answer.
#[must_use]
pub fn waiting(channel: ChannelId, from: Side, number: MessageNumber) -> Vec<u8> {
    key(27, &(channel, from, number))
}

/// [`Balance`](decex_core::Balance): what the first chain takes for handling a message of the second, which it lists. Chains as
/// fixed-length names: 0, or 1 and the domain.
#[must_use]
pub fn peer(chain: ChainId, peer: ChainId) -> Vec<u8> {
    let name = |chain: ChainId| match chain {
        ChainId::Consensus => (0_u8, DomainId(0)),
        ChainId::Domain(domain) => (1, domain),
    };
    key(28, &(name(chain), name(peer)))
}

/// [`FinalityLeaf`](decex_receipt::FinalityLeaf): what the finality root says of a domain.
#[must_use]
pub fn finality(domain: DomainId) -> Vec<u8> {
    key(29, &domain)
}

/// Up to sixteen [`Digest`](decex_core::Digest)s: adjacent nodes of the tree under the finality root. Of storey 0 they are leaves, of each
/// storey above the tops of the pages below.
#[must_use]
pub fn finality_page(storey: u8, page: u32) -> Vec<u8> {
    key(30, &(storey, page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use decex_core::Digest;

    #[test]
    fn kinds_differ_and_have_one_length_each() {
        let operator_key_bytes = *decex_election::Keypair::from_seed(&[7; 32]).key();
        let mut lengths = BTreeMap::new();
        for n in [0u32, 1, u32::MAX] {
            let (d, b, o) = (DomainId(n), DomainNumber(n.into()), OperatorId(u64::from(n) << 9));
            let (c, h, a) = (
                ConsensusNumber(n.into()),
                ReceiptHash(Digest([3; 32])),
                AccountId(Digest::ZERO),
            );
            let all = [
                clock(),
                counters(),
                domain(d),
                progress(d),
                stakes(d),
                hash_at(d, b),
                record(d, &h),
                inbox(d, b),
                open_inbox(d, b),
                operator(o),
                operator_key(&operator_key_bytes),
                used_window(o, n.into()),
                allowed(d, &a),
                due_count(Due::Inbox, c),
                due(Due::Inbox, c, n),
                due_cursor(Due::Confirmation),
                removals(),
                removal(n.into()),
                block_hash(c),
                balance(d),
                pool(o),
                position(o, &a),
                price(o, n.into()),
                paid(d, b),
                turnout(d),
                attendance(o),
                channel(ChannelId(n.into())),
                waiting(ChannelId(n.into()), Side::Opener, MessageNumber(n.into())),
                peer(ChainId::Domain(d), ChainId::Consensus),
                finality(d),
                finality_page(3, n),
            ];
            for (kind, key) in all.iter().enumerate() {
                assert_eq!(usize::from(key[0]), kind);
                assert_eq!(*lengths.entry(kind).or_insert(key.len()), key.len());
            }
        }
        assert_eq!(lengths.len(), 31);
    }
}
