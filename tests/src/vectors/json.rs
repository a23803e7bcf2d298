//! Values of the protocol as JSON, and back: bytes as hex, amounts as decimal strings, small numbers as numbers.
//!
//! Everything panics with a sentence when a file does not hold what it must.
#![allow(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a vector that cannot be read must stop the test"
)]

use decex_core::{Balance, Digest, decode_exact};
use parity_scale_codec::{Decode, Encode};
use serde_json::{Map, Value};
use std::fmt::Write;

/// Runs of one byte from this length on are written as `{"byte": …, "times": …}`.
const LONG_RUN: usize = 512;

/// Lines are broken where they would pass this length.
const LINE: usize = 110;

/// Returns bytes as hex; as a list of parts where they hold a long run of one byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> Value {
    let mut parts: Vec<Value> = Vec::new();
    let mut plain = String::new();
    for run in bytes.chunk_by(|a, b| a == b) {
        match run.first() {
            Some(byte) if run.len() >= LONG_RUN => {
                parts.push(Value::from(std::mem::take(&mut plain)));
                parts.push(serde_json::json!({"byte": digits(&[*byte]), "times": run.len()}));
            }
            _ => plain.push_str(&digits(run)),
        }
    }
    if parts.is_empty() {
        return Value::from(plain);
    }
    parts.push(Value::from(plain));
    parts.retain(|part| part != "");
    Value::from(parts)
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns the hex of the SCALE encoding.
#[must_use]
pub fn scale<T: Encode + ?Sized>(value: &T) -> Value {
    hex(&value.encode())
}

/// Returns the hex of each value's SCALE encoding.
#[must_use]
pub fn scales<'a, T: Encode + 'a>(values: impl IntoIterator<Item = &'a T>) -> Value {
    values.into_iter().map(scale).collect()
}

/// Returns an amount as a decimal string: it may pass what a JSON number holds.
#[must_use]
pub fn amount(value: Balance) -> Value {
    Value::from(value.0.to_string())
}

/// Returns a number; beyond 2^53, where JSON readers round, as a decimal string.
#[must_use]
pub fn number(value: u64) -> Value {
    if value < 1 << 53 {
        Value::from(value)
    } else {
        Value::from(value.to_string())
    }
}

/// An object of a vector, read by key.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(pub &'a Value);

impl<'a> Fields<'a> {
    fn get(&self, key: &str) -> &'a Value {
        let value = self.0.get(key);
        value.unwrap_or_else(|| panic!("no `{key}` in {}", self.0))
    }

    /// Returns whether `key` is `null`.
    #[must_use]
    pub fn is_null(&self, key: &str) -> bool {
        self.get(key).is_null()
    }

    /// Returns the object at `key`.
    #[must_use]
    pub fn fields(&self, key: &str) -> Self {
        Self(self.get(key))
    }

    /// Returns the elements of the list at `key`.
    pub fn each(&self, key: &str) -> impl Iterator<Item = Self> {
        let list = self.get(key).as_array();
        list.unwrap_or_else(|| panic!("`{key}` is not a list"))
            .iter()
            .map(Self)
    }

    /// Returns the string at `key`.
    #[must_use]
    pub fn text(&self, key: &str) -> &'a str {
        let text = self.get(key).as_str();
        text.unwrap_or_else(|| panic!("`{key}` is not a string"))
    }

    /// Returns the flag at `key`.
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        let flag = self.get(key).as_bool();
        flag.unwrap_or_else(|| panic!("`{key}` is not a flag"))
    }

    /// Returns the bytes at `key`.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Vec<u8> {
        self.fields(key).as_bytes()
    }

    /// Returns this value as bytes.
    #[must_use]
    pub fn as_bytes(&self) -> Vec<u8> {
        match self.0 {
            Value::String(text) => undigits(text),
            Value::Array(parts) => parts.iter().flat_map(|part| Fields(part).as_bytes()).collect(),
            Value::Object(_) => self.bytes("byte").repeat(self.number("times")),
            other => panic!("{other} is not bytes"),
        }
    }

    /// Returns this value decoded.
    #[must_use]
    pub fn as_scale<T: Decode>(&self) -> T {
        let bytes = self.as_bytes();
        let limit = bytes.len();
        decode_exact(&bytes, limit).unwrap_or_else(|error| panic!("{}: {error}", self.0))
    }

    /// Returns the value that is encoded at `key`.
    #[must_use]
    pub fn scale<T: Decode>(&self, key: &str) -> T {
        self.fields(key).as_scale()
    }

    /// Returns the value that is encoded at `key`, `None` if `null` stands there.
    #[must_use]
    pub fn optional<T: Decode>(&self, key: &str) -> Option<T> {
        (!self.is_null(key)).then(|| self.scale(key))
    }

    /// Returns the values that are encoded in the list at `key`.
    #[must_use]
    pub fn scales<T: Decode>(&self, key: &str) -> Vec<T> {
        self.each(key).map(|element| element.as_scale()).collect()
    }

    /// Returns the 32 bytes at `key`.
    #[must_use]
    pub fn digest(&self, key: &str) -> Digest {
        self.scale(key)
    }

    /// Returns the number at `key`.
    #[must_use]
    pub fn number<N: TryFrom<u64>>(&self, key: &str) -> N {
        self.fields(key).as_number()
    }

    /// Returns this value as a number.
    #[must_use]
    pub fn as_number<N: TryFrom<u64>>(&self) -> N {
        let parsed = self.0.as_str().and_then(|text| text.parse().ok());
        let number = self.0.as_u64().or(parsed);
        let number = number.and_then(|number| N::try_from(number).ok());
        number.unwrap_or_else(|| panic!("{} is not such a number", self.0))
    }

    /// Returns the amount at `key`.
    #[must_use]
    pub fn amount(&self, key: &str) -> Balance {
        let amount = self.text(key).parse();
        Balance(amount.unwrap_or_else(|_| panic!("`{key}` is not an amount")))
    }
}

fn undigits(text: &str) -> Vec<u8> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let lower = pair
            .iter()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let pair = std::str::from_utf8(pair).ok().filter(|_| lower);
        pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())
            .unwrap_or_else(|| panic!("{text} is not hex"))
    };
    assert!(rest.is_empty(), "{text} is not hex");
    pairs.iter().map(byte).collect()
}

/// The keys that stand first in an object, in this order; the others follow in theirs.
const FIRST: [&str; 9] = [
    "schema",
    "operation",
    "cases",
    "name",
    "rules",
    "given",
    "when",
    "steps",
    "then",
];

/// Writes a value with short lines: what fits stands on one.
#[must_use]
pub fn render(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, 0);
    text.push('\n');
    text
}

fn write_value(text: &mut String, value: &Value, indent: usize) {
    let short = inline(value);
    let is_short = indent.saturating_add(short.len()) <= LINE;
    match value {
        Value::Object(map) if !is_short && !map.is_empty() => {
            let entries = ordered(map);
            write_lines(text, '{', '}', indent, entries, |text, (key, value), indent| {
                let _ = write!(text, "\"{key}\": ");
                write_value(text, value, indent);
            });
        }
        // Rules and other small elements stay on one line, however many they are.
        Value::Array(list) if !is_short && list.iter().any(|element| inline(element).len() > 8) => {
            write_lines(text, '[', ']', indent, list.iter().collect(), write_value);
        }
        _ => text.push_str(&short),
    }
}

fn write_lines<T>(
    text: &mut String,
    open: char,
    close: char,
    indent: usize,
    elements: Vec<T>,
    mut write: impl FnMut(&mut String, T, usize),
) {
    text.push(open);
    let inner = indent.saturating_add(1);
    let mut separator = "\n";
    for element in elements {
        text.push_str(separator);
        text.push_str(&" ".repeat(inner));
        write(text, element, inner);
        separator = ",\n";
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
}

fn ordered(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    let place = |key: &str| {
        FIRST
            .iter()
            .position(|first| *first == key)
            .unwrap_or(FIRST.len())
    };
    entries.sort_by_key(|(key, _)| (place(key), *key));
    entries
}

fn inline(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries = ordered(map).into_iter();
            let entries: Vec<String> = entries
                .map(|(key, value)| format!("\"{key}\": {}", inline(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        let mut bytes = vec![1, 2, 3];
        assert_eq!(hex(&bytes), "010203");
        bytes.extend([0; 600]);
        bytes.push(9);
        for bytes in [vec![], vec![0; 600], bytes] {
            assert_eq!(Fields(&hex(&bytes)).as_bytes(), bytes);
        }
    }

    #[test]
    fn what_is_rendered_is_read_again() {
        let value = serde_json::json!({
            "then": {"err": {"code": 3}}, "name": "a", "long": ["x".repeat(90), "y".repeat(90)], "given": {},
        });
        let text = render(&value);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(text.starts_with("{\n \"name\": \"a\",\n \"given\": {},\n \"then\""));
    }

    #[test]
    #[should_panic(expected = "is not hex")]
    fn upper_case_is_not_hex() {
        let _ = Fields(&Value::from("AB")).as_bytes();
    }
}
