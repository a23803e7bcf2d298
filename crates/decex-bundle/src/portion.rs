//! Which senders an elected operator may bundle.

use decex_core::hash::{Digest, Hash};
use decex_core::id::SenderId;
use decex_core::label;
use decex_core::params::WHOLE_RING;

/// Returns whether `sender` lies in the portion of the pool that an election with this `output` opens.
///
/// Sender and output each hash to a point of a ring of 2^128 points ([`Elected::ring_position`] is the output's); the
/// sender is in the portion if the shorter way between them is at most `portion / 2^33` of the ring, so a share of
/// `portion / 2^32` of all senders is. The output is hashed because a winning one is small as an integer: taken as it
/// is, the same senders would always be served.
///
/// [`Elected::ring_position`]: decex_election::Elected::ring_position
#[must_use]
pub fn in_portion(sender: &SenderId, output: &Digest, portion: u64) -> bool {
    Portion::new(output, portion).contains(sender)
}

/// The portion of one election: the output's point is hashed once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portion {
    center: u128,
    reach: Option<u128>,
}

impl Portion {
    pub(crate) fn new(output: &Digest, portion: u64) -> Self {
        // A portion is below 2^32 here, so its reach is below 2^127 and the product fits.
        let reach = (portion < WHOLE_RING).then(|| u128::from(portion).saturating_mul(1 << 95));
        Self {
            center: point(b"operator", output),
            reach,
        }
    }

    pub(crate) fn contains(&self, sender: &SenderId) -> bool {
        let Some(reach) = self.reach else { return true };
        let there = point(b"sender", &sender.0).wrapping_sub(self.center);
        there.min(there.wrapping_neg()) <= reach
    }
}

fn point(kind: &[u8], of: &Digest) -> u128 {
    let digest = Hash::new(&label::PORTION).chain(kind).chain(of).finish();
    let (head, _) = digest.0.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    u128::from_be_bytes(*head)
}
