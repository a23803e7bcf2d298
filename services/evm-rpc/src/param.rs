//! Read parameters. What is not exactly what Ethereum's clients send is refused with -32602.

use crate::error::RpcError;
use decex_evm::{Address, B256, Bytes, U256};
use serde_json::{Map, Value};

/// The parameters of one request, taken in order.
#[derive(Debug)]
pub(crate) struct Params<'a> {
    all: &'a [Value],
    next: usize,
}

/// Which block a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockId {
    /// By name.
    Tag(Tag),
    /// By number.
    Number(u64),
    /// By hash.
    Hash(B256),
}

/// A block by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// The oldest block.
    Earliest,
    /// The last whose receipt is final.
    Finalized,
    /// The last whose receipt is on the consensus chain.
    Safe,
    /// The last that the operator executed.
    Latest,
    /// The same; of nonces, also what waits.
    Pending,
}

impl BlockId {
    pub(crate) const LATEST: Self = Self::Tag(Tag::Latest);

    /// Reads a tag, a number, or an object of EIP-1898.
    pub(crate) fn read(value: &Value) -> Result<Self, RpcError> {
        match value {
            Value::String(text) => Self::read_text(text),
            Value::Object(fields) => Self::read_object(fields),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Err(wrong("a block", value)),
        }
    }

    fn read_text(text: &str) -> Result<Self, RpcError> {
        let tag = match text {
            "earliest" => Tag::Earliest,
            "finalized" => Tag::Finalized,
            "safe" => Tag::Safe,
            "latest" => Tag::Latest,
            "pending" => Tag::Pending,
            _ => return number_of(text).map(Self::Number),
        };
        Ok(Self::Tag(tag))
    }

    fn read_object(fields: &Map<String, Value>) -> Result<Self, RpcError> {
        match (fields.get("blockHash"), fields.get("blockNumber")) {
            (Some(hash), None) => hash32(hash).map(Self::Hash),
            (None, Some(Value::String(text))) => Self::read_text(text),
            (Some(_), Some(_)) | (None, _) => Err(RpcError::params(
                "expected a block: either blockHash or blockNumber",
            )),
        }
    }
}

impl<'a> Params<'a> {
    pub(crate) const fn new(all: &'a [Value]) -> Self {
        Self { all, next: 0 }
    }

    /// Takes the next parameter; `null` and absent are the same.
    pub(crate) fn optional(&mut self) -> Option<&'a Value> {
        let value = self.all.get(self.next);
        self.next = self.next.saturating_add(1);
        value.filter(|value| !value.is_null())
    }

    /// Takes the next parameter.
    pub(crate) fn required(&mut self) -> Result<&'a Value, RpcError> {
        let place = self.next;
        self.optional()
            .ok_or_else(|| RpcError::params(format!("missing value for required argument {place}")))
    }

    /// Takes a block, the newest if it is left out.
    pub(crate) fn block(&mut self) -> Result<BlockId, RpcError> {
        self.optional().map_or(Ok(BlockId::LATEST), BlockId::read)
    }

    /// Takes `true` or `false`, `false` if it is left out.
    pub(crate) fn flag(&mut self) -> Result<bool, RpcError> {
        match self.optional() {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(value) => Err(wrong("true or false", value)),
        }
    }

    /// Makes sure that nothing is left.
    pub(crate) fn end(&self) -> Result<(), RpcError> {
        let left = self.all.get(self.next..).unwrap_or_default();
        if left.iter().all(Value::is_null) {
            Ok(())
        } else {
            Err(RpcError::params(format!(
                "too many arguments, want at most {}",
                self.next
            )))
        }
    }
}

pub(crate) fn wrong(expected: &str, found: &Value) -> RpcError {
    let found: String = found.to_string().chars().take(80).collect();
    RpcError::params(format!("expected {expected}, found {found}"))
}

fn digits(value: &Value, what: &str) -> Result<String, RpcError> {
    let Value::String(text) = value else {
        return Err(wrong(what, value));
    };
    let digits = text.strip_prefix("0x").ok_or_else(|| wrong(what, value))?;
    Ok(digits.to_owned())
}

fn number_of(text: &str) -> Result<u64, RpcError> {
    let value = Value::String(text.chars().take(80).collect());
    quantity(&value)
}

/// Reads a quantity of up to 64 bits.
pub(crate) fn quantity(value: &Value) -> Result<u64, RpcError> {
    let wide = word(value)?;
    u64::try_from(wide).map_err(|_| wrong("a quantity of at most 64 bits", value))
}

/// Reads a quantity of up to 256 bits. Leading zeros are tolerated, as many clients send them; an empty one is not.
pub(crate) fn word(value: &Value) -> Result<U256, RpcError> {
    const WHAT: &str = "a quantity in hex after 0x";
    let digits = digits(value, WHAT)?;
    if digits.is_empty() || digits.len() > 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong(WHAT, value));
    }
    U256::from_str_radix(&digits, 16).map_err(|_| wrong(WHAT, value))
}

/// Reads bytes.
pub(crate) fn data(value: &Value) -> Result<Bytes, RpcError> {
    const WHAT: &str = "bytes in hex after 0x";
    let digits = digits(value, WHAT)?;
    hex::decode(digits)
        .map(Bytes::from)
        .map_err(|_| wrong(WHAT, value))
}

/// Reads 32 bytes.
pub(crate) fn hash32(value: &Value) -> Result<B256, RpcError> {
    let bytes = data(value)?;
    B256::try_from(bytes.as_ref()).map_err(|_| wrong("32 bytes", value))
}

/// Reads an address; its letters may be of either case, whatever their checksum.
pub(crate) fn address(value: &Value) -> Result<Address, RpcError> {
    let bytes = data(value)?;
    Address::try_from(bytes.as_ref()).map_err(|_| wrong("an address of 20 bytes", value))
}

/// Reads an object.
pub(crate) fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, RpcError> {
    value.as_object().ok_or_else(|| wrong(what, value))
}

/// Reads a field, if it is there and not null.
pub(crate) fn field<T>(
    fields: &Map<String, Value>,
    name: &str,
    read: impl FnOnce(&Value) -> Result<T, RpcError>,
) -> Result<Option<T>, RpcError> {
    let value = fields.get(name).filter(|value| !value.is_null());
    let read = value.map(read).transpose();
    read.map_err(|error| RpcError {
        message: format!("{name}: {}", error.message),
        ..error
    })
}
