//! Filters: what is new since a client asked last, and what was taken back.

use super::log::{self, Wanted, Where};
use super::{Answer, Api};
use crate::error::RpcError;
use crate::index::Index;
use crate::json;
use crate::param::{self, Params};
use decex_evm::B256;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What a filter watches.
#[derive(Clone, Debug)]
enum Kind {
    Blocks,
    Logs(Wanted, Where),
}

#[derive(Clone, Debug)]
struct Filter {
    kind: Kind,
    /// The last block that was told of.
    seen: (u64, B256),
    asked: Instant,
}

/// All filters, by id.
#[derive(Debug, Default)]
pub(super) struct Filters(Mutex<(u64, BTreeMap<u64, Filter>)>);

impl Filters {
    fn lock(&self) -> MutexGuard<'_, (u64, BTreeMap<u64, Filter>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Api {
    pub(super) fn new_filter(&self, params: &mut Params<'_>) -> Answer {
        let (wanted, place) = log::read(&self.limits, params.required()?)?;
        params.end()?;
        if let Where::Block(_) = place {
            return Err(RpcError::params("a filter watches a range, not one block"));
        }
        self.install(Kind::Logs(wanted, place))
    }

    pub(super) fn new_block_filter(&self, params: &mut Params<'_>) -> Answer {
        params.end()?;
        self.install(Kind::Blocks)
    }

    fn install(&self, kind: Kind) -> Answer {
        let newest = {
            let index = self.read();
            (index.newest().number(), index.newest().hash)
        };
        let mut filters = self.filters.lock();
        let (last, all) = &mut *filters;
        let life = self.limits.filter_life;
        all.retain(|_, filter| filter.asked.elapsed() < life);
        if all.len() >= self.limits.filters {
            let most = self.limits.filters;
            return Err(RpcError::limit(format!("there are {most} filters already")));
        }
        *last = last.saturating_add(1);
        let filter = Filter {
            kind,
            seen: newest,
            asked: Instant::now(),
        };
        all.insert(*last, filter);
        Ok(json::quantity(*last))
    }

    pub(super) fn uninstall_filter(&self, params: &mut Params<'_>) -> Answer {
        let id = param::quantity(params.required()?)?;
        params.end()?;
        Ok(Value::Bool(self.filters.lock().1.remove(&id).is_some()))
    }

    pub(super) fn filter_logs(&self, params: &mut Params<'_>) -> Answer {
        let filter = self.filter(params)?;
        let Kind::Logs(wanted, place) = filter.1.kind else {
            return Err(not_found());
        };
        let index = self.read();
        self.logs_in(&index, &wanted, place).map(Value::Array)
    }

    pub(super) fn filter_changes(&self, params: &mut Params<'_>) -> Answer {
        let (id, filter) = self.filter(params)?;
        let index = self.read();
        let mut news = Vec::new();
        let common = self.taken_back(&index, &filter, &mut news)?;
        let newest = index.newest().number();
        // One answer is bounded like one `eth_getLogs`; what is left comes with the next.
        let last = newest.min(common.saturating_add(self.limits.log_blocks));
        for number in common.saturating_add(1)..=last {
            let Some(block) = index.block(number) else {
                continue;
            };
            match &filter.kind {
                Kind::Blocks => news.push(json::hash(&block.hash)),
                Kind::Logs(wanted, place) if self.is_in(place, number) => {
                    wanted.collect(&self.limits, block, false, &mut news)?;
                }
                Kind::Logs(..) => {}
            }
        }
        let seen = index.block(last).map(|block| (last, block.hash));
        drop(index);
        if let Some(filter) = self.filters.lock().1.get_mut(&id) {
            filter.seen = seen.unwrap_or(filter.seen);
        }
        Ok(Value::Array(news))
    }

    /// Tells of the blocks that were taken back since, newest first, and returns the last that was told of and still stands.
    fn taken_back(&self, index: &Index, filter: &Filter, news: &mut Vec<Value>) -> Result<u64, RpcError> {
        let (mut number, mut hash) = filter.seen;
        while index.block(number).is_none_or(|block| block.hash != hash) {
            let Some(gone) = index.retracted(&hash) else {
                // Forgotten: what was told of cannot be told back. Go on from the oldest block that may have changed.
                return Ok(number.min(index.newest().number()));
            };
            if let Kind::Logs(wanted, _) = &filter.kind {
                wanted.collect(&self.limits, gone, true, news)?;
            }
            number = number.saturating_sub(1);
            hash = B256::from(gone.context.parent.0.0);
        }
        Ok(number)
    }

    /// Whether a block is in the range that a filter was made for. Tags follow the chain.
    fn is_in(&self, place: &Where, number: u64) -> bool {
        let Where::Range(from, to) = place else {
            return false;
        };
        let above = |id: &param::BlockId| matches!(id, param::BlockId::Number(first) if number < *first);
        let below = |id: &param::BlockId| matches!(id, param::BlockId::Number(last) if number > *last);
        !above(from) && !below(to)
    }

    fn filter(&self, params: &mut Params<'_>) -> Result<(u64, Filter), RpcError> {
        let id = param::quantity(params.required()?)?;
        params.end()?;
        let mut filters = self.filters.lock();
        let filter = filters.1.get_mut(&id).ok_or_else(not_found)?;
        filter.asked = Instant::now();
        Ok((id, filter.clone()))
    }
}

/// Clients make the filter anew when they read these words.
fn not_found() -> RpcError {
    RpcError::server("filter not found")
}
