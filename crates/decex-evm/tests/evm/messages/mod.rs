//! V15 to V21: what the EVM sends, and what messages do to it.

mod contracts;
mod receiving;
mod sending;
mod together;

use crate::common::*;
pub(crate) use contracts::{
    BURNS_AFTER, BY_CALLCODE, BY_DELEGATECALL, BY_STATICCALL, CATCHES, LOOPS, READS, RELAYS, REVERTS,
    REVERTS_AFTER, SENDS_BACK, SENDS_TWICE, TELLS,
};
use decex_core::codec::BoundedBytes;
use decex_core::id::ConsensusNumber;
use decex_core::message::{
    Answer, ChainId, ChannelId, ChannelTerms, Message, MessageNumber, PartyId, Payload, Refusal, Request,
};
use decex_core::state::{MemoryTree, Meter, Overlay};
use decex_core::{Balance, DomainId, DomainNumber};
use decex_evm::decex_messaging::end::sent_in;
use decex_evm::{Address, Allocation, Bytes, MESSENGER, SEND, SENT, TxKind, U256, sender_of};

pub(crate) const CHANNEL: ChannelId = ChannelId(4);
/// The other end.
pub(crate) const PEER: ChainId = ChainId::Domain(DomainId(9));
/// For handling a message here, and there.
pub(crate) const OWN_FEE: u128 = 5;
pub(crate) const PEER_FEE: u128 = 7;
pub(crate) const FEES: u128 = OWN_FEE + PEER_FEE;
pub(crate) const CAPACITY: u32 = 3;
/// Whom requests are for there.
pub(crate) const ABROAD: [u8; 32] = [0xab; 32];

pub(crate) fn incoming(payload: Payload) -> Message {
    Message {
        from: PEER,
        to: ChainId::Domain(DomainId(3)),
        channel: CHANNEL,
        payload,
    }
}

/// Opens the channel at this end, which asked for it.
pub(crate) fn opened() -> Message {
    incoming(Payload::Opened(ChannelTerms {
        capacity: CAPACITY,
        opener_fee: Balance(OWN_FEE),
        acceptor_fee: Balance(PEER_FEE),
    }))
}

pub(crate) fn party(address: Address) -> PartyId {
    PartyId(sender_of(&address).0)
}

pub(crate) fn request(number: u64, recipient: PartyId, value: u128, data: &[u8]) -> Message {
    let request = Request {
        sender: PartyId(ABROAD.into()),
        recipient,
        value: Balance(value),
        deadline: ConsensusNumber(1_000),
        data: BoundedBytes::new(data.to_vec()).unwrap(),
    };
    incoming(Payload::Request(MessageNumber(number), request))
}

pub(crate) fn answer(number: u64, answer: Answer) -> Message {
    incoming(Payload::Answer(MessageNumber(number), answer))
}

pub(crate) fn said(bytes: &[u8]) -> Answer {
    Answer::Delivered(BoundedBytes::new(bytes.to_vec()).unwrap())
}

/// The call data of `send`, written here by hand.
pub(crate) fn send_data(channel: u64, deadline: u64, data: &[u8]) -> Vec<u8> {
    let mut bytes = SEND.to_vec();
    let words = [
        U256::from(channel),
        U256::from_be_bytes(ABROAD),
        U256::from(deadline),
        U256::from(0x80),
        U256::from(data.len()),
    ];
    words
        .iter()
        .for_each(|word| bytes.extend(word.to_be_bytes::<32>()));
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(32) + 4, 0);
    bytes
}

/// A transaction to the messenger, or to a contract that passes it on.
pub(crate) fn send_tx(to: Address, nonce: u64, value: u128, data: Vec<u8>) -> Tx {
    Tx {
        nonce,
        gas: 500_000,
        to: TxKind::Call(to),
        value: U256::from(value),
        data: data.into(),
        ..Tx::default()
    }
}

/// The standard genesis and the contracts of these tests, with the channel open.
pub(crate) fn genesis() -> MemoryTree {
    let mut all = allocations();
    let contracts = contracts::all();
    all.extend(contracts.into_iter().map(|(address, code)| Allocation {
        address,
        code: code.into(),
        ..Allocation::default()
    }));
    let mut tree = genesis_tree(&all);
    run_whole(&engine(), &context(0), &mut tree, (&[opened()], &[]), 1, LIMIT);
    tree
}

/// Runs block `number` on a state.
pub(crate) fn run_on(tree: &mut MemoryTree, number: u64, messages: &[Message], transactions: &[Tx]) -> Block {
    let raw: Vec<Vec<u8>> = transactions.iter().map(|tx| tx.sign(&key(0))).collect();
    run_whole(&engine(), &context(number), tree, (messages, &raw), 2, LIMIT)
}

/// Returns what block `number` has sent.
pub(crate) fn sent(tree: &MemoryTree, number: u64) -> Vec<Message> {
    let mut state = Overlay::new(tree, Meter::new(u32::MAX));
    sent_in(&mut state, DomainNumber(number)).unwrap().messages
}

pub(crate) fn balance(tree: &MemoryTree, address: Address) -> u128 {
    decex_evm::query::balance_of(tree, &address).unwrap().0
}

pub(crate) fn slot(tree: &MemoryTree, address: Address, slot: u64) -> U256 {
    decex_evm::query::storage_at(tree, &address, &U256::from(slot)).unwrap()
}

/// Reads the reason of a revert.
pub(crate) fn reason(output: &Bytes) -> String {
    assert_eq!(output[..4], [0x08, 0xc3, 0x79, 0xa0], "{output}");
    let length = output[67] as usize;
    String::from_utf8(output[68..68 + length].to_vec()).unwrap()
}
