//! All chance of the simulation beside what the chain's own solutions yield: a pure function of the run's seed and of what is
//! asked. There is no generator whose state would have to be kept, so a run that is interrupted and resumed goes on exactly
//! as it would have.

use decex_core::Digest;
use decex_core::hash::Hash;
use decex_core::label::LEDGER_KEY;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub enum Draw {
    /// What genesis is filled up with, and its entropy: block of bytes.
    Genesis,
    /// How long a message travels: its sequence number.
    Delay,
    /// Which operator a user turns to: transaction.
    Operator,
    /// A secret key.
    Key,
    /// Whether a message is lost.
    Loss,
}

/// Returns 32 unpredictable bytes that depend on the run's seed, what is drawn, and two numbers.
#[must_use]
pub fn draw(seed: u64, what: Draw, a: u64, b: u64) -> Digest {
    let what = match what {
        Draw::Genesis => 16_u8,
        Draw::Delay => 19,
        Draw::Operator => 20,
        Draw::Key => 21,
        Draw::Loss => 28,
    };
    let hash = Hash::new(&LEDGER_KEY).chain(seed.to_le_bytes()).chain([what]);
    hash.chain(a.to_le_bytes()).chain(b.to_le_bytes()).finish()
}

/// Returns a number below `bound`; even enough for a simulation.
#[must_use]
pub fn below(seed: u64, what: Draw, a: u64, b: u64, bound: u64) -> u64 {
    let mut bytes = [0; 8];
    bytes
        .iter_mut()
        .zip(draw(seed, what, a, b).0)
        .for_each(|(to, from)| *to = from);
    u64::from_le_bytes(bytes).checked_rem(bound).unwrap_or(0)
}
