//! Read decisions from a fuzzer's bytes.

/// The bytes that are left. Past the end it answers with zeros, so every input is a whole script.
#[derive(Clone, Debug)]
pub struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// Takes a byte and says whether it is odd.
    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Takes two bytes, little-endian.
    pub fn word(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// Takes eight bytes, little-endian.
    pub fn long(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// Takes what decides among `limit` things: one byte, or two where one does not reach. Zero if there are none.
    pub fn below(&mut self, limit: usize) -> usize {
        let found = if limit > 256 {
            usize::from(self.word())
        } else {
            usize::from(self.byte())
        };
        found.checked_rem(limit).unwrap_or(0)
    }

    /// Takes the element that a byte decides on.
    ///
    /// # Panics
    /// When there is none to choose from: a scene without content is a broken target.
    pub fn pick<'b, T>(&mut self, from: &'b [T]) -> &'b T {
        &from[self.below(from.len())]
    }

    /// Takes at most `count` bytes.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Takes everything that is left.
    pub const fn rest(&mut self) -> &'a [u8] {
        let rest = self.0;
        self.0 = &[];
        rest
    }

    /// Changes `bytes` the way that the next bytes say: at most seven edits.
    pub fn edit(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..self.byte() % 8 {
            let (kind, at, value) = (self.byte() % 6, self.word(), self.byte());
            if bytes.is_empty() {
                bytes.push(value);
                continue;
            }
            let at = usize::from(at) % bytes.len();
            match kind {
                0 => bytes[at] = value,
                1 => bytes[at] ^= 1 << (value % 8),
                2 => bytes.insert(at, value),
                3 => drop(bytes.remove(at)),
                4 => bytes.truncate(at),
                // A stretch from elsewhere in the same bytes.
                _ => {
                    let from = usize::from(self.word()) % bytes.len();
                    let length = usize::from(value).min(bytes.len() - from).min(bytes.len() - at);
                    bytes.copy_within(from..from + length, at);
                }
            }
        }
    }
}
