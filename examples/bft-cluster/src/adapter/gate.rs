//! A gate in front of a node's channels: closed, the node sends nothing and hears nothing, as if its links were cut.

use super::PublicKey;
use commonware_p2p::{LimitedSender, Message, Receiver, Recipients};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// Whether a node's links are cut.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<AtomicBool>);

impl Gate {
    /// Cuts the links, or mends them.
    pub fn set_cut(&self, cut: bool) {
        self.0.store(cut, Ordering::Relaxed);
    }

    /// Returns whether the links are cut.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Puts the gate in front of a channel.
    #[must_use]
    pub fn guard<S, R>(&self, (sender, receiver): (S, R)) -> (Gated<S>, Gated<R>) {
        let gated = |gate: &Self| gate.clone();
        (
            Gated {
                end: sender,
                gate: gated(self),
            },
            Gated {
                end: receiver,
                gate: gated(self),
            },
        )
    }
}

/// One end of a channel behind a gate.
#[derive(Clone, Debug)]
pub struct Gated<T> {
    end: T,
    gate: Gate,
}

impl<S: LimitedSender<PublicKey = PublicKey>> LimitedSender for Gated<S> {
    type PublicKey = PublicKey;
    type Checked<'a>
        = S::Checked<'a>
    where
        Self: 'a;

    fn check(&mut self, recipients: Recipients<PublicKey>) -> Result<Self::Checked<'_>, SystemTime> {
        if self.gate.is_cut() {
            return Err(SystemTime::now() + Duration::from_millis(100));
        }
        self.end.check(recipients)
    }
}

impl<R: Receiver<PublicKey = PublicKey>> Receiver for Gated<R> {
    type Error = R::Error;
    type PublicKey = PublicKey;

    async fn recv(&mut self) -> Result<Message<PublicKey>, R::Error> {
        loop {
            let message = self.end.recv().await?;
            if !self.gate.is_cut() {
                return Ok(message);
            }
        }
    }

    fn capacity(&self) -> NonZeroUsize {
        self.end.capacity()
    }
}
