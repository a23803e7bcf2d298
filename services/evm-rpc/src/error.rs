//! Errors as Ethereum's clients expect them.

use crate::json;
use serde_json::Value;

/// The request is not JSON-RPC's idea of parameters, or they are not what the method takes.
const INVALID_PARAMS: i32 = -32_602;
const METHOD_NOT_FOUND: i32 = -32_601;
/// What every node uses for all that goes wrong at its own end; clients read the message.
const SERVER: i32 = -32_000;
/// More than the node is willing to do or to send (EIP-1474).
const LIMIT: i32 = -32_005;
/// A call reverted; the data is what it reverted with.
const REVERTED: i32 = 3;

/// An answer that is an error: code, message, and sometimes data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct RpcError {
    /// The code, as EIP-1474 and go-ethereum have them.
    pub code: i32,
    /// The message. Clients recognise some of them by their words.
    pub message: String,
    /// Of a revert: its output in hex.
    pub data: Option<Value>,
}

impl RpcError {
    fn new(code: i32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    pub(crate) fn params(message: impl Into<String>) -> Self {
        Self::new(INVALID_PARAMS, message)
    }

    pub(crate) fn server(message: impl Into<String>) -> Self {
        Self::new(SERVER, message)
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new(LIMIT, message)
    }

    /// The words are go-ethereum's: clients fall back to other methods when they read them.
    pub(crate) fn no_method(method: &str) -> Self {
        let method: String = method.chars().take(64).collect();
        Self::new(
            METHOD_NOT_FOUND,
            format!("the method {method} does not exist/is not available"),
        )
    }

    pub(crate) fn reverted(output: &[u8]) -> Self {
        let message = match reason(output) {
            Some(reason) => format!("execution reverted: {reason}"),
            None => "execution reverted".to_owned(),
        };
        Self {
            code: REVERTED,
            message,
            data: Some(json::data(output)),
        }
    }
}

/// Reads the text of `Error(string)`, which `require` and `revert` leave.
fn reason(output: &[u8]) -> Option<String> {
    const MOST: usize = 1_024;
    let arguments = output.strip_prefix(&[0x08, 0xc3, 0x79, 0xa0])?;
    let (offset, _) = word(arguments)?;
    let (length, text) = word(arguments.get(offset..)?)?;
    let text = text.get(..length)?;
    Some(String::from_utf8_lossy(text).chars().take(MOST).collect())
}

fn word(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (word, rest) = bytes.split_at_checked(32)?;
    let (zeros, number) = word.split_at_checked(24)?;
    if zeros.iter().any(|byte| *byte != 0) {
        return None;
    }
    let number = u64::from_be_bytes(number.try_into().ok()?);
    Some((usize::try_from(number).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_string(offset: u8, length: u8, text: &[u8]) -> Vec<u8> {
        let mut output = vec![0x08, 0xc3, 0x79, 0xa0];
        output.extend([0; 31]);
        output.push(offset);
        output.extend([0; 31]);
        output.push(length);
        output.extend(text);
        output
    }

    #[test]
    fn a_reason_is_read_and_nonsense_is_none() {
        let reverted = RpcError::reverted(&error_string(32, 3, b"why\0\0"));
        assert_eq!(reverted.message, "execution reverted: why");
        assert_eq!(reverted.code, 3);
        for output in [
            vec![],
            vec![1, 2, 3, 4],
            error_string(32, 9, b"why"),
            error_string(255, 3, b"why"),
            vec![0x08, 0xc3, 0x79, 0xa0, 0xff],
        ] {
            let reverted = RpcError::reverted(&output);
            assert_eq!(reverted.message, "execution reverted");
            assert_eq!(reverted.data, Some(json::data(&output)));
        }
    }
}
