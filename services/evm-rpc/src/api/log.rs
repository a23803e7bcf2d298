//! `eth_getLogs`: logs of a bounded range of blocks.

use super::{Answer, Api, Limits, missing, resolve};
use crate::error::RpcError;
use crate::index::{Index, Indexed};
use crate::json;
use crate::param::{self, BlockId, Params, Tag, field};
use decex_evm::{Address, B256, Bloom, BloomInput, Log};
use serde_json::{Map, Value};

/// Positions of topics in a log.
const TOPICS: usize = 4;

/// Which logs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// From one of these; from any if there is none.
    addresses: Vec<Address>,
    /// At each position one of these; anything if there is none, and whether there is a topic at all does not matter then.
    topics: Vec<Vec<B256>>,
}

/// From which blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Block(BlockId),
    Range(BlockId, BlockId),
}

impl Wanted {
    fn is_met(&self, log: &Log) -> bool {
        let topics = log.data.topics();
        let from = self.addresses.is_empty() || self.addresses.contains(&log.address);
        let long_enough = topics.len() >= self.topics.len();
        from && long_enough
            && self
                .topics
                .iter()
                .zip(topics)
                .all(|(any_of, topic)| any_of.is_empty() || any_of.contains(topic))
    }

    /// Whether a block with this bloom can hold one.
    fn may_meet(&self, bloom: &Bloom) -> bool {
        let holds = |bytes: &[u8]| bloom.contains_input(BloomInput::Raw(bytes));
        let from =
            self.addresses.is_empty() || self.addresses.iter().any(|address| holds(address.as_slice()));
        from && self
            .topics
            .iter()
            .all(|any_of| any_of.is_empty() || any_of.iter().any(|topic| holds(topic.as_slice())))
    }

    /// Adds a block's logs to `found`.
    pub(super) fn collect(
        &self,
        limits: &Limits,
        block: &Indexed,
        removed: bool,
        found: &mut Vec<Value>,
    ) -> Result<(), RpcError> {
        if !self.may_meet(&block.bloom) {
            return Ok(());
        }
        for (place, entry) in block.entries.iter().enumerate() {
            let logs = entry.logs().iter().enumerate();
            for (nth, log) in logs.filter(|(_, log)| self.is_met(log)) {
                if found.len() >= limits.logs {
                    let most = limits.logs;
                    return Err(RpcError::limit(format!(
                        "query returned more than {most} results"
                    )));
                }
                found.push(json::log(block, place, entry, nth, log, removed));
            }
        }
        Ok(())
    }
}

/// Reads a filter.
pub(super) fn read(limits: &Limits, value: &Value) -> Result<(Wanted, Where), RpcError> {
    let fields = param::object(value, "a filter: an object")?;
    let wanted = Wanted {
        addresses: field(fields, "address", |value| choices(limits, value, param::address))?
            .unwrap_or_default(),
        topics: field(fields, "topics", |value| topics(limits, value))?.unwrap_or_default(),
    };
    Ok((wanted, range(fields)?))
}

fn range(fields: &Map<String, Value>) -> Result<Where, RpcError> {
    let from = field(fields, "fromBlock", BlockId::read)?;
    let to = field(fields, "toBlock", BlockId::read)?;
    match field(fields, "blockHash", param::hash32)? {
        Some(hash) if from.is_none() && to.is_none() => Ok(Where::Block(BlockId::Hash(hash))),
        Some(_) => Err(RpcError::params("either blockHash, or fromBlock and toBlock")),
        None => Ok(Where::Range(
            from.unwrap_or(BlockId::LATEST),
            to.unwrap_or(BlockId::LATEST),
        )),
    }
}

/// Reads one value or a list of them.
fn choices<T>(
    limits: &Limits,
    value: &Value,
    read: impl Fn(&Value) -> Result<T, RpcError>,
) -> Result<Vec<T>, RpcError> {
    let Value::Array(values) = value else {
        return Ok(vec![read(value)?]);
    };
    let most = limits.filter_choices;
    if values.len() > most {
        return Err(RpcError::params(format!("at most {most} choices")));
    }
    values.iter().map(read).collect()
}

fn topics(limits: &Limits, value: &Value) -> Result<Vec<Vec<B256>>, RpcError> {
    let Value::Array(positions) = value else {
        return Err(param::wrong("a list of topics", value));
    };
    if positions.len() > TOPICS {
        return Err(RpcError::params(format!("a log has at most {TOPICS} topics")));
    }
    let read = |position: &Value| {
        // `null` stands for anything.
        if position.is_null() {
            return Ok(Vec::new());
        }
        choices(limits, position, param::hash32)
    };
    positions.iter().map(read).collect()
}

impl Api {
    pub(super) fn logs(&self, params: &mut Params<'_>) -> Answer {
        let (wanted, place) = read(&self.limits, params.required()?)?;
        params.end()?;
        let index = self.read();
        self.logs_in(&index, &wanted, place).map(Value::Array)
    }

    pub(super) fn logs_in(
        &self,
        index: &Index,
        wanted: &Wanted,
        place: Where,
    ) -> Result<Vec<Value>, RpcError> {
        let (first, last) = self.bounds(index, place)?;
        let mut found = Vec::new();
        for block in (first..=last).filter_map(|number| index.block(number)) {
            wanted.collect(&self.limits, block, false, &mut found)?;
        }
        Ok(found)
    }

    /// Returns the first and the last block of a range, which may be empty.
    fn bounds(&self, index: &Index, place: Where) -> Result<(u64, u64), RpcError> {
        let (from, to) = match place {
            Where::Block(id) => {
                let number = resolve(index, id)?.ok_or_else(|| RpcError::server("unknown block"))?;
                return Ok((number, number));
            }
            Where::Range(from, to) => (from, to),
        };
        let newest = index.newest().number();
        // A number beyond the newest block is no error: the range is empty from there on.
        let number = |id| match id {
            BlockId::Number(number) => Ok(number),
            BlockId::Tag(_) | BlockId::Hash(_) => resolve(index, id)?.ok_or_else(|| missing(index, id)),
        };
        let (first, last) = (number(from)?, number(to)?);
        if first > last {
            return Err(RpcError::params(
                "invalid block range: fromBlock is above toBlock",
            ));
        }
        if first < index.oldest() && from != BlockId::Tag(Tag::Earliest) {
            return Err(missing(index, BlockId::Number(first)));
        }
        let last = last.min(newest);
        let most = self.limits.log_blocks;
        if last.saturating_sub(first) >= most {
            return Err(RpcError::limit(format!("a range of at most {most} blocks")));
        }
        Ok((first, last))
    }
}
