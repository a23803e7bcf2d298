//! What gas costs. The base fee is fixed, and what is paid above it buys no place: the order is drawn after inclusion.

use super::{Answer, Api, missing, resolve};
use crate::error::RpcError;
use crate::index::{EntryKind, Indexed};
use crate::json;
use crate::param::{self, BlockId, Params};
use serde_json::{Value, json};

/// Most percentiles of one request.
const PERCENTILES: usize = 100;

impl Api {
    pub(super) fn fee(&self, method: &str, params: &mut Params<'_>) -> Answer {
        let base_fee = self.read().config().base_fee;
        match method {
            "eth_gasPrice" => self.constant(params, json::quantity(base_fee)),
            "eth_maxPriorityFeePerGas" => self.constant(params, json::quantity(0u8)),
            _ => self.fee_history(params),
        }
    }

    fn fee_history(&self, params: &mut Params<'_>) -> Answer {
        let count = param::quantity(params.required()?)?;
        let newest = BlockId::read(params.required()?)?;
        let percentiles = params.optional().map(percentiles).transpose()?;
        params.end()?;
        if count > self.limits.fee_blocks {
            let most = self.limits.fee_blocks;
            return Err(RpcError::params(format!(
                "at most {most} blocks of history at once"
            )));
        }
        let index = self.read();
        let newest = resolve(&index, newest)?.ok_or_else(|| missing(&index, newest))?;
        let first = newest.saturating_add(1).saturating_sub(count).max(index.oldest());
        let config = index.config();
        let mut ratios = Vec::new();
        let mut rewards = Vec::new();
        for block in (first..=newest)
            .filter_map(|number| index.block(number))
            .take(usize::try_from(count).unwrap_or(0))
        {
            ratios.push(ratio(block.gas_used, config.block_gas_limit));
            if let Some(percentiles) = &percentiles {
                rewards.push(Value::Array(rewards_of(block, config.base_fee, percentiles)));
            }
        }
        // One more than blocks: the fee of the block to come is known.
        let fees = vec![json::quantity(config.base_fee); ratios.len().saturating_add(1)];
        let mut history = json!({
            "oldestBlock": json::quantity(first),
            "baseFeePerGas": fees,
            "gasUsedRatio": ratios,
        });
        if percentiles.is_some()
            && let Some(fields) = history.as_object_mut()
        {
            fields.insert("reward".into(), Value::Array(rewards));
        }
        Ok(history)
    }
}

/// A part of the limit as a decimal number with six digits, made without floats. Calls of messages have gas beside the block's: the
/// ratio stays at one.
fn ratio(used: u64, limit: u64) -> Value {
    const MILLION: u64 = 1_000_000;
    let parts = used
        .saturating_mul(MILLION)
        .checked_div(limit)
        .unwrap_or(0)
        .min(MILLION);
    let text = match parts {
        MILLION => "1.0".to_owned(),
        _ => format!("0.{parts:06}"),
    };
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// Reads percentiles, ascending, in hundredths of a percent.
fn percentiles(value: &Value) -> Result<Vec<u64>, RpcError> {
    let wrong = || RpcError::params("expected up to 100 percentiles, ascending, from 0 to 100");
    let Value::Array(values) = value else {
        return Err(wrong());
    };
    let mut read = Vec::new();
    for value in values {
        let percentile = hundredths(&value.to_string()).filter(|percentile| *percentile <= 10_000);
        read.push(percentile.ok_or_else(wrong)?);
    }
    if read.len() > PERCENTILES || !read.is_sorted() {
        return Err(wrong());
    }
    Ok(read)
}

fn hundredths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain(['0', '0']).take(2).collect();
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(100)?.checked_add(digits.parse().ok()?)
}

/// What was paid above the base fee, at each percentile of the block's gas.
fn rewards_of(block: &Indexed, base_fee: u64, percentiles: &[u64]) -> Vec<Value> {
    let entries = block.entries.iter();
    let tips = entries.filter_map(|entry| match &entry.kind {
        EntryKind::Transaction { price, receipt, .. } => {
            Some((price.saturating_sub(base_fee.into()), receipt.gas_used))
        }
        EntryKind::Call(_) => None,
    });
    let mut tips: Vec<(u128, u64)> = tips.collect();
    tips.sort_unstable();
    let gas = tips.iter().map(|(_, gas)| *gas).fold(0, u64::saturating_add);
    percentiles
        .iter()
        .map(|percentile| {
            let threshold = u128::from(gas)
                .saturating_mul((*percentile).into())
                .checked_div(10_000)
                .unwrap_or(0);
            let mut sum = 0u128;
            let reached = tips.iter().find(|(_, gas)| {
                sum = sum.saturating_add((*gas).into());
                sum >= threshold
            });
            json::quantity(reached.map_or(0, |(tip, _)| *tip))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_numbers_between_zero_and_one() {
        assert_eq!(ratio(0, 30).to_string(), "0.0");
        assert_eq!(ratio(15, 30).to_string(), "0.5");
        assert_eq!(ratio(30, 30).to_string(), "1.0");
        assert_eq!(ratio(45, 30).to_string(), "1.0");
        assert_eq!(ratio(u64::MAX, 0).to_string(), "0.0");
    }

    #[test]
    fn percentiles_are_read_without_floats() {
        assert_eq!(
            percentiles(&json!([0, 25, 50.5, 99.99, 100])),
            Ok(vec![0, 2_500, 5_050, 9_999, 10_000])
        );
        for wrong in [
            json!([50, 25]),
            json!([101]),
            json!([-1]),
            json!(["1"]),
            json!(1),
            json!([100.01]),
        ] {
            assert!(percentiles(&wrong).is_err(), "{wrong}");
        }
        assert!(percentiles(&json!(vec![1; 101])).is_err());
    }
}
