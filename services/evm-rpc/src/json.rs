//! Numbers and bytes as Ethereum's JSON has them: quantities in hex without leading zeros, data in hex byte for byte.

use crate::index::{Entry, EntryKind, Index, Indexed};
use decex_evm::{
    Address, B256, FEE_RECIPIENT, Log, MESSAGE_TYPE, MESSENGER, Outcome, Transaction, TransactionType,
    TxKind, U256,
};
use serde_json::{Map, Value, json};

pub(crate) fn quantity(number: impl TryInto<u128>) -> Value {
    // A number that is wider than 128 bits goes through `word`.
    Value::String(format!("{:#x}", number.try_into().unwrap_or(u128::MAX)))
}

pub(crate) fn word(number: &U256) -> Value {
    Value::String(format!("{number:#x}"))
}

pub(crate) fn data(bytes: &[u8]) -> Value {
    Value::String(format!("0x{}", hex::encode(bytes)))
}

pub(crate) fn hash(hash: &B256) -> Value {
    data(hash.as_slice())
}

pub(crate) fn address(address: &Address) -> Value {
    data(address.as_slice())
}

/// Ethereum counts seconds.
fn seconds(milliseconds: u64) -> u64 {
    milliseconds.checked_div(1_000).unwrap_or(0)
}

/// Keccak-256 of the RLP of an empty list: no uncles.
const NO_UNCLES: &str = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

/// A block, with its transactions whole or by hash.
pub(crate) fn block(index: &Index, block: &Indexed, whole: bool) -> Value {
    let entries = block.entries.iter();
    let transactions: Vec<Value> = if whole {
        let places = entries.enumerate();
        places
            .map(|(place, entry)| transaction(index, block, place, entry))
            .collect()
    } else {
        entries.map(|entry| hash(&entry.hash)).collect()
    };
    let refused = block.refused.iter().map(|refused| {
        json!({
            "hash": hash(&refused.hash),
            "from": address(&refused.sender),
            "reason": format!("{:?}", refused.why),
            "blockspaceFee": quantity(refused.paid),
        })
    });
    let refused: Vec<Value> = refused.collect();
    let parent = B256::from(block.context.parent.0.0);
    let root = B256::from(block.root.0.0);
    json!({
        "number": quantity(block.number()),
        "hash": hash(&block.hash),
        "parentHash": hash(&parent),
        "timestamp": quantity(seconds(block.context.timestamp.0)),
        // The state under this domain's own commitment, not Ethereum's trie.
        "stateRoot": hash(&root),
        // What these two would commit to, the receipt of the domain does, and `hash` is its hash.
        "transactionsRoot": hash(&B256::ZERO),
        "receiptsRoot": hash(&B256::ZERO),
        "logsBloom": data(block.bloom.as_slice()),
        "miner": address(&FEE_RECIPIENT),
        "mixHash": hash(&B256::from(block.context.seed.0.0)),
        "baseFeePerGas": quantity(index.config().base_fee),
        "gasLimit": quantity(index.config().block_gas_limit),
        "gasUsed": quantity(block.gas_used),
        "size": quantity(block.entries.iter().map(|entry| entry.raw().len()).fold(0, usize::saturating_add)),
        "difficulty": "0x0",
        "totalDifficulty": "0x0",
        "nonce": "0x0000000000000000",
        "extraData": "0x",
        "sha3Uncles": NO_UNCLES,
        "uncles": [],
        "transactions": transactions,
        // What was scheduled and not executed, as a transaction that a second bundle carried: it pays for blockspace alone.
        "refusedTransactions": refused,
        "consensusBlockNumber": quantity(block.context.consensus_number.0),
        "consensusBlockHash": data(&block.context.consensus_hash.0.0),
        "slot": quantity(block.context.slot.0),
    })
}

/// A transaction that was executed, or a call that a message made.
pub(crate) fn transaction(index: &Index, block: &Indexed, place: usize, entry: &Entry) -> Value {
    let mut fields = match &entry.kind {
        EntryKind::Transaction { raw, receipt, .. } => signed(index, raw, &receipt.sender),
        EntryKind::Call(receipt) => object(json!({
            "type": quantity(MESSAGE_TYPE),
            "from": address(&MESSENGER),
            "to": address(&receipt.recipient),
            "nonce": "0x0",
            "value": "0x0",
            "gas": quantity(index.config().message_gas),
            "gasPrice": "0x0",
            "input": "0x",
            "v": "0x0",
            "r": "0x0",
            "s": "0x0",
            "chainId": quantity(index.config().chain_id),
        })),
    };
    fields.insert("hash".into(), hash(&entry.hash));
    fields.insert("blockHash".into(), hash(&block.hash));
    fields.insert("blockNumber".into(), quantity(block.number()));
    fields.insert("transactionIndex".into(), quantity(place));
    Value::Object(fields)
}

/// A transaction that waits.
pub(crate) fn pending(index: &Index, name: &B256, raw: &[u8], sender: &Address) -> Value {
    let mut fields = signed(index, raw, sender);
    fields.insert("hash".into(), hash(name));
    for field in ["blockHash", "blockNumber", "transactionIndex"] {
        fields.insert(field.into(), Value::Null);
    }
    Value::Object(fields)
}

fn signed(index: &Index, raw: &[u8], sender: &Address) -> Map<String, Value> {
    let config = index.config();
    // What was executed, or waits, was read once before.
    let Ok(transaction) = Transaction::decode(raw, config.chain_id) else {
        return Map::new();
    };
    let (odd, r, s) = transaction.signature();
    let parity = u64::from(odd);
    let v = match transaction.kind {
        TransactionType::Legacy => config
            .chain_id
            .saturating_mul(2)
            .saturating_add(35)
            .saturating_add(parity),
        TransactionType::AccessList | TransactionType::DynamicFee => parity,
    };
    let price = transaction
        .gas_price(config.base_fee)
        .unwrap_or(transaction.max_fee);
    let mut fields = object(json!({
        "type": quantity(transaction.kind.byte()),
        "chainId": quantity(config.chain_id),
        "from": address(sender),
        "to": match &transaction.to {
            TxKind::Call(to) => address(to),
            TxKind::Create => Value::Null,
        },
        "nonce": quantity(transaction.nonce),
        "value": word(&transaction.value),
        "gas": quantity(transaction.gas_limit),
        "gasPrice": quantity(price),
        "input": data(&transaction.data),
        "v": quantity(v),
        "r": word(&r),
        "s": word(&s),
    }));
    if transaction.kind == TransactionType::DynamicFee {
        fields.insert("maxFeePerGas".into(), quantity(transaction.max_fee));
        fields.insert("maxPriorityFeePerGas".into(), quantity(transaction.priority_fee));
    }
    if transaction.kind != TransactionType::Legacy {
        fields.insert("yParity".into(), quantity(parity));
        let items = transaction.access_list.0.iter();
        let items = items.map(|item| {
            let keys: Vec<Value> = item.storage_keys.iter().map(hash).collect();
            json!({ "address": address(&item.address), "storageKeys": keys })
        });
        fields.insert("accessList".into(), items.collect());
    }
    fields
}

/// The receipt of an entry.
pub(crate) fn receipt(index: &Index, block: &Indexed, place: usize, entry: &Entry) -> Value {
    let logs = entry.logs().iter().enumerate();
    let logs: Vec<Value> = logs
        .map(|(nth, item)| log(block, place, entry, nth, item, false))
        .collect();
    let (kind, from, to, created, price, blockspace) = match &entry.kind {
        EntryKind::Transaction { raw, price, receipt } => {
            let transaction = Transaction::decode(raw, index.config().chain_id).ok();
            let to = transaction
                .as_ref()
                .and_then(|transaction| transaction.to.to().copied());
            let storage = receipt.fees.storage.0;
            // Ethereum's receipts name the address also where the creation failed.
            let is_creation = transaction
                .as_ref()
                .is_some_and(|transaction| transaction.to.is_create());
            let nonce = transaction.as_ref().map_or(0, |transaction| transaction.nonce);
            let created =
                is_creation.then(|| receipt.created.unwrap_or_else(|| receipt.sender.create(nonce)));
            (
                receipt.transaction_type,
                receipt.sender,
                to,
                created,
                *price,
                storage,
            )
        }
        EntryKind::Call(receipt) => (MESSAGE_TYPE, MESSENGER, Some(receipt.recipient), None, 0, 0),
    };
    json!({
        "type": quantity(kind),
        "status": quantity(u8::from(entry.outcome() == Outcome::Succeeded)),
        "transactionHash": hash(&entry.hash),
        "transactionIndex": quantity(place),
        "blockHash": hash(&block.hash),
        "blockNumber": quantity(block.number()),
        "from": address(&from),
        "to": to.as_ref().map(address),
        "contractAddress": created.as_ref().map(address),
        "gasUsed": quantity(entry.gas_used()),
        "cumulativeGasUsed": quantity(entry.cumulative_gas),
        "effectiveGasPrice": quantity(price),
        // What was paid beside gas, in wei: blockspace on the consensus chain.
        "blockspaceFee": quantity(blockspace),
        "logs": logs,
        "logsBloom": data(entry.bloom.as_slice()),
    })
}

/// A log. `removed`: its block was taken back.
pub(crate) fn log(
    block: &Indexed,
    place: usize,
    entry: &Entry,
    nth: usize,
    log: &Log,
    removed: bool,
) -> Value {
    let topics: Vec<Value> = log.data.topics().iter().map(hash).collect();
    json!({
        "address": address(&log.address),
        "topics": topics,
        "data": data(&log.data.data),
        "blockHash": hash(&block.hash),
        "blockNumber": quantity(block.number()),
        "transactionHash": hash(&entry.hash),
        "transactionIndex": quantity(place),
        "logIndex": quantity(entry.first_log.saturating_add(nth)),
        "removed": removed,
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
