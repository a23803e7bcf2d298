//! The little of Solidity's ABI that messages need: words, and one `bytes` behind them.

use alloc::vec::Vec;
use revm::primitives::{Address, B256, U256};

/// Bytes of a word.
const WORD: usize = 32;

/// Writes a tuple of words, the last of which may stand for `bytes` that follow.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// Starts with a selector, or with nothing.
    pub(crate) fn new(selector: &[u8]) -> Self {
        Self(selector.to_vec())
    }

    pub(crate) fn word(mut self, word: U256) -> Self {
        self.0.extend_from_slice(&word.to_be_bytes::<WORD>());
        self
    }

    pub(crate) fn number(self, number: u64) -> Self {
        self.word(U256::from(number))
    }

    /// Writes `bytes` as the last of `words` words: its offset, its length, and the bytes padded with zeros.
    pub(crate) fn bytes(self, words: u64, bytes: &[u8]) -> Self {
        let offset = U256::from(words).saturating_mul(U256::from(WORD));
        let mut out = self.word(offset).word(U256::from(bytes.len()));
        out.0.extend_from_slice(bytes);
        let padding = bytes.len().next_multiple_of(WORD).saturating_sub(bytes.len());
        out.0.extend(core::iter::repeat_n(0, padding));
        out
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads words one after another. `None`: these are not the arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    all: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads what follows the selector, to whose end offsets count.
    pub(crate) const fn new(arguments: &'a [u8]) -> Self {
        Self {
            all: arguments,
            rest: arguments,
        }
    }

    pub(crate) fn word(&mut self) -> Option<U256> {
        let (word, rest) = self.rest.split_at_checked(WORD)?;
        self.rest = rest;
        U256::try_from_be_slice(word)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        self.word()?.try_into().ok()
    }

    pub(crate) fn amount(&mut self) -> Option<u128> {
        self.word()?.try_into().ok()
    }

    /// Reads the `bytes` that the next word points to. Padding is not asked for: Solidity's own decoder does not either.
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let offset: usize = self.word()?.try_into().ok()?;
        let mut tail = Self::new(self.all.get(offset..)?);
        let length: usize = tail.word()?.try_into().ok()?;
        tail.rest.get(..length)
    }
}

/// Reads an address from an indexed word; `None` if there is more in it.
pub(crate) fn address(word: &B256) -> Option<Address> {
    let (padding, address) = word.as_slice().split_at_checked(12)?;
    (padding == [0; 12]).then(|| Address::from_slice(address))
}

/// Reads a number from an indexed word.
pub(crate) fn number(word: &B256) -> Option<u64> {
    U256::from_be_bytes(word.0).try_into().ok()
}

/// Returns the reason of a revert, as `revert("…")` gives it: `Error(string)`.
pub(crate) fn reason(text: &str) -> Vec<u8> {
    Writer::new(&[0x08, 0xc3, 0x79, 0xa0])
        .bytes(1, text.as_bytes())
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 31, 32, 33, 1_024] {
            let data = alloc::vec![7; length];
            let bytes = Writer::default().number(5).bytes(2, &data).finish();
            assert_eq!(bytes.len() % WORD, 0);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.number(), Some(5));
            assert_eq!(reader.bytes(), Some(&data[..]));
        }
    }

    #[test]
    fn what_points_beyond_the_end_or_is_too_large_is_not_read() {
        let far = Writer::default().word(U256::MAX).finish();
        assert_eq!(Reader::new(&far).bytes(), None);
        assert_eq!(Reader::new(&far).number(), None);
        assert_eq!(Reader::new(&far).amount(), None);
        // The offset fits, the length does not.
        let long = Writer::default().number(32).number(1).finish();
        assert_eq!(Reader::new(&long).bytes(), None);
        assert_eq!(Reader::new(&long[..31]).word(), None);
        assert_eq!(address(&B256::repeat_byte(1)), None);
        assert_eq!(number(&B256::repeat_byte(1)), None);
    }
}
