//! What a run is fed with: a file of signed transactions, and the domain's genesis.

use crate::problem::Problem;
use decex_core::Balance;
use decex_evm::{Address, Allocation, Bytes, EvmConfig, InvalidTransaction, Spec, Transaction, U256};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The transactions that a run executes if it is given no others.
pub const DEMO: &str = include_str!("../transactions/demo.txt");

const GENESIS: &str = include_str!("../transactions/genesis.json");

/// Bytes of a hash, which people paste instead of the transaction that it names.
const HASH_BYTES: usize = 32;

/// Signed transactions in the order of their file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Each as a wallet sends it (`eth_sendRawTransaction`). No two are the same.
    pub transactions: Vec<Vec<u8>>,
}

/// What is wrong with a transaction file, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedError {
    /// The line, from 1; `None` for the file as a whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{}; {}", self.reason, self.hint)
    }
}

impl std::error::Error for FeedError {}

/// Reason and hint, before the line is known.
type Wrong = (String, String);

impl Feed {
    /// Reads a transaction file: one signed transaction a line in hex after `0x`; empty lines and lines that begin with
    /// `#` are skipped.
    ///
    /// # Errors
    /// At the first line that is not a transaction for chain `chain_id` or repeats another, and if there is none.
    pub fn read(text: &str, chain_id: u64) -> Result<Self, FeedError> {
        let mut transactions = Vec::new();
        let mut seen: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let read = read_line(text, chain_id).and_then(|bytes| match seen.insert(bytes.clone(), line) {
                Some(first) => wrong(
                    format!("the same transaction as in line {first}"),
                    "remove one: a transaction is executed once",
                ),
                None => Ok(bytes),
            });
            let bytes = read.map_err(|(reason, hint)| FeedError {
                line: Some(line),
                reason,
                hint,
            })?;
            transactions.push(bytes);
        }
        if transactions.is_empty() {
            let hint = "put one signed transaction a line, in hex after 0x".into();
            return Err(FeedError {
                line: None,
                reason: "there is no transaction in the file".into(),
                hint,
            });
        }
        Ok(Self { transactions })
    }
}

fn wrong<T>(reason: impl Into<String>, hint: impl Into<String>) -> Result<T, Wrong> {
    Err((reason.into(), hint.into()))
}

fn read_line(text: &str, chain_id: u64) -> Result<Vec<u8>, Wrong> {
    let Some(digits) = text.strip_prefix("0x") else {
        return wrong(
            format!("{:?} does not begin with 0x", shortened(text)),
            "write the signed transaction in hex after 0x; begin comments with #",
        );
    };
    let odd_one = digits
        .char_indices()
        .find(|(_, digit)| !digit.is_ascii_hexdigit());
    if let Some((place, found)) = odd_one {
        let column = place.saturating_add(3);
        return wrong(
            format!("{found:?} in column {column} is no hex digit"),
            "one transaction a line, nothing after it; comments on lines of their own",
        );
    }
    let Ok(bytes) = hex::decode(digits) else {
        return wrong(
            "an odd number of hex digits",
            "was the line cut? Copy the whole transaction",
        );
    };
    let read = Transaction::decode(&bytes, chain_id).and_then(|transaction| transaction.recover());
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => wrong(error.to_string(), hint(error, bytes.len(), chain_id)),
    }
}

fn hint(error: InvalidTransaction, bytes: usize, chain_id: u64) -> String {
    match error {
        InvalidTransaction::Type { .. } | InvalidTransaction::Encoding if bytes == HASH_BYTES => {
            "is this a transaction's hash? The file needs the signed transaction itself".into()
        }
        InvalidTransaction::Type { found: 3 } => {
            "blobs have no market here: sign it as EIP-1559 (type 2) without blobs".into()
        }
        InvalidTransaction::Type { found: 4 } => {
            "delegations (EIP-7702) are not supported: sign it as EIP-1559 (type 2)".into()
        }
        InvalidTransaction::Type { .. } => {
            "sign it as legacy (EIP-155), EIP-2930 (type 1) or EIP-1559 (type 2)".into()
        }
        InvalidTransaction::Encoding => {
            "was the line cut, or is the transaction not signed? Use what eth_sendRawTransaction takes".into()
        }
        InvalidTransaction::Unprotected | InvalidTransaction::ChainId { .. } => {
            format!("sign it again with chain id {chain_id}")
        }
        InvalidTransaction::SignatureRange | InvalidTransaction::Signature => {
            "sign it again with a wallet that follows EIP-2 (s in the lower half)".into()
        }
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 24;
    let mut short: String = text.chars().take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

/// The domain's genesis: what `genesis.json` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisFile {
    /// The chain id that transactions are signed for.
    pub chain_id: u64,
    /// The hard fork whose rules contracts run under.
    pub spec: Spec,
    /// Most gas of one domain block.
    pub block_gas_limit: u64,
    /// Price of a unit of gas that is burned, in wei.
    pub base_fee: u64,
    /// The accounts.
    pub accounts: Vec<Allocation>,
}

/// The file as JSON has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Raw {
    chain_id: u64,
    spec: RawSpec,
    block_gas_limit: u64,
    base_fee: u64,
    accounts: Vec<RawAccount>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawSpec {
    Cancun,
    Prague,
}

/// Numbers are strings: JSON's own do not hold 128 bits everywhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAccount {
    address: String,
    balance: String,
    #[serde(default)]
    nonce: u64,
    #[serde(default)]
    code: String,
    #[serde(default)]
    storage: BTreeMap<String, String>,
}

impl GenesisFile {
    /// Returns the genesis that the shipped transactions are signed for.
    ///
    /// # Errors
    /// When the shipped file is broken.
    pub fn shipped() -> Result<Self, Problem> {
        Self::read(GENESIS)
    }

    /// Reads a genesis from JSON.
    ///
    /// # Errors
    /// When it is not JSON of the known form, a number does not fit, or the accounts are not a genesis.
    pub fn read(json: &str) -> Result<Self, Problem> {
        let raw: Raw = serde_json::from_str(json).map_err(|error| Problem::new("genesis", error))?;
        let accounts: Vec<Allocation> = raw
            .accounts
            .iter()
            .map(allocation)
            .collect::<Result<_, Problem>>()?;
        decex_evm::genesis(&accounts).map_err(|error| Problem::new("genesis accounts", error))?;
        let spec = match raw.spec {
            RawSpec::Cancun => Spec::Cancun,
            RawSpec::Prague => Spec::Prague,
        };
        let Raw {
            chain_id,
            block_gas_limit,
            base_fee,
            ..
        } = raw;
        Ok(Self {
            chain_id,
            spec,
            block_gas_limit,
            base_fee,
            accounts,
        })
    }

    /// Returns the parameters of the domain.
    #[must_use]
    pub const fn config(&self) -> EvmConfig {
        EvmConfig {
            chain_id: self.chain_id,
            spec: self.spec,
            block_gas_limit: self.block_gas_limit,
            base_fee: self.base_fee,
            // Its domain takes no messages.
            message_gas: 0,
        }
    }

    /// Returns the accounts as the engine takes them.
    #[must_use]
    pub fn allocations(&self) -> Vec<Allocation> {
        self.accounts.clone()
    }
}

fn allocation(raw: &RawAccount) -> Result<Allocation, Problem> {
    let slots = raw.storage.iter();
    let storage = slots.map(|(slot, value)| Ok((parse(raw, slot)?, parse(raw, value)?)));
    Ok(Allocation {
        address: parse::<Address>(raw, &raw.address)?,
        balance: Balance(parse(raw, &raw.balance)?),
        nonce: raw.nonce,
        code: parse::<Bytes>(raw, &raw.code)?,
        storage: storage.collect::<Result<Vec<(U256, U256)>, Problem>>()?,
    })
}

fn parse<T: FromStr<Err: fmt::Display>>(account: &RawAccount, text: &str) -> Result<T, Problem> {
    let what = || format!("genesis account {}: {:?}", account.address, shortened(text));
    text.parse().map_err(|error| Problem::new(what(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: u64 = 717_171;

    fn first() -> &'static str {
        DEMO.lines().find(|line| line.starts_with("0x")).unwrap()
    }

    fn error(text: &str) -> String {
        Feed::read(text, CHAIN).unwrap_err().to_string()
    }

    #[test]
    fn the_shipped_files_fit_together() {
        let genesis = GenesisFile::shipped().unwrap();
        assert_eq!(genesis.chain_id, CHAIN);
        assert_eq!(
            (genesis.config().base_fee, genesis.spec),
            (1_000_000_000, Spec::Prague)
        );
        assert_eq!(genesis.allocations().len(), 12);
        assert!(
            genesis
                .accounts
                .iter()
                .all(|account| account.balance == Balance(10u128.pow(21)))
        );
        assert_eq!(
            Feed::read(DEMO, genesis.chain_id).unwrap().transactions.len(),
            388
        );
    }

    #[test]
    fn comments_empty_lines_and_foreign_line_ends_are_skipped() {
        let text = format!("\u{feff}# a comment\r\n\r\n   \n  {}  \r\n#0xnothing", first());
        assert_eq!(
            Feed::read(&text, CHAIN).unwrap().transactions,
            [hex::decode(&first()[2..]).unwrap()]
        );
    }

    #[test]
    fn errors_name_the_line_the_reason_and_what_to_do() {
        let line = first();
        let cases = [
            (
                String::from("# only this\n"),
                "there is no transaction in the file; put one",
            ),
            (
                "\n\nhello there".into(),
                "line 3: \"hello there\" does not begin with 0x; write the signed",
            ),
            (
                line[2..].into(),
                "line 1: \"f904d680848487624183124f…\" does not begin with 0x",
            ),
            (
                format!("# x\n{line} # pay"),
                "is no hex digit; one transaction a line",
            ),
            ("0x12g4".into(), "line 1: 'g' in column 5 is no hex digit"),
            (
                line[..line.len() - 1].into(),
                "line 1: an odd number of hex digits; was the line cut?",
            ),
            (
                line[..line.len() - 2].into(),
                "line 1: not a canonical encoding; was the line cut",
            ),
            (format!("{line}00"), "line 1: not a canonical encoding"),
            (format!("0x{}", "07".repeat(32)), "is this a transaction's hash?"),
            ("0x03c0".into(), "unsupported transaction type 0x03; blobs"),
            ("0x04c0".into(), "unsupported transaction type 0x04; delegations"),
            (
                "0x05c0".into(),
                "unsupported transaction type 0x05; sign it as legacy",
            ),
            ("0x".into(), "line 1: not a canonical encoding"),
            (
                format!("{line}\n# again\n{line}"),
                "line 3: the same transaction as in line 1; remove one",
            ),
        ];
        for (text, expected) in cases {
            let error = error(&text);
            assert!(error.contains(expected), "{error:?} has not {expected:?}");
        }
        let other = Feed::read(line, 1).unwrap_err();
        assert_eq!(
            other.to_string(),
            "line 1: signed for chain 717171, not 1; sign it again with chain id 1"
        );
    }

    #[test]
    fn a_broken_signature_is_told_before_the_run() {
        let mut bytes = hex::decode(&first()[2..]).unwrap();
        // The last byte of a legacy transaction is the last of s; the first 32 of the last 65 bytes are r.
        let at = bytes.len() - 32;
        bytes[at..].fill(0xff);
        let error = error(&format!("0x{}", hex::encode(bytes)));
        assert!(
            error.contains("malleable or out of range; sign it again"),
            "{error}"
        );
    }

    #[test]
    fn a_broken_genesis_says_where() {
        let broken = |from: &str, to: &str| {
            let json = GENESIS.replacen(from, to, 1);
            assert_ne!(json, GENESIS);
            GenesisFile::read(&json).unwrap_err().to_string()
        };
        assert!(broken("0xf39f", "0xg39f").starts_with("genesis account 0xg39f"));
        assert!(broken("\"1000000000000000000000\"", "\"-1\"").contains("\"-1\""));
        assert!(broken("prague", "london").contains("unknown variant `london`"));
        assert!(broken("baseFee", "basefee").contains("unknown field `basefee`"));
        assert!(
            broken(
                "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
                "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
            )
            .contains("repeats an address")
        );
    }
}
