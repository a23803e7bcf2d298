//! The channel of bundles and proofs, and the task that applies finalised blocks and sends what comes of it.

use super::PublicKey;
use super::app::{Delivered, Shared};
use super::block::MAX_CALL_BYTES;
use super::replica::Replica;
use bytes::Bytes;
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_utils::Acknowledgement as _;
use commonware_utils::ordered::Set;
use futures::StreamExt;
use futures::channel::mpsc;

/// Applies finalised blocks, in order. A block is acknowledged when the node has committed it; what an operator says of it is sent
/// after that.
pub(super) async fn apply<N: Replica>(
    shared: Shared<N>,
    mut delivered: mpsc::UnboundedReceiver<Delivered>,
    mut sender: impl Sender<PublicKey = PublicKey>,
) {
    while let Some((block, acknowledgement)) = delivered.next().await {
        let Some(calls) = block.inner().calls() else {
            shared.fail("a finalised block has no calls to read".into());
            return;
        };
        let outgoing = shared.lock().finalized(&block.inner().header(), &calls);
        match outgoing {
            Ok(outgoing) => {
                for call in outgoing {
                    send(&mut sender, Recipients::All, call.into());
                }
            }
            Err(error) => {
                // Not acknowledged: delivered again after a restart.
                shared.fail(error.to_string());
                return;
            }
        }
        acknowledgement.acknowledge();
    }
}

/// A validator takes calls in, and passes on what came from somebody who is no validator: one hop, so that an operator which
/// reaches one validator reaches all.
pub(super) async fn take_in<N: Replica>(
    shared: Shared<N>,
    me: PublicKey,
    validators: Set<PublicKey>,
    mut sender: impl Sender<PublicKey = PublicKey>,
    mut receiver: impl Receiver<PublicKey = PublicKey>,
) {
    while let Ok((from, message)) = receiver.recv().await {
        let bytes: Bytes = message.into();
        let taken = shared
            .lock()
            .receive(&bytes)
            .map_err(|reason| format!("{reason:?}"));
        match taken {
            Ok(()) if validators.position(&from).is_none() => {
                let others = validators.iter().filter(|peer| **peer != me).cloned().collect();
                send(&mut sender, Recipients::Some(others), bytes);
            }
            Ok(()) => {}
            Err(reason) => tracing::trace!(reason, "call not taken"),
        }
    }
}

fn send(sender: &mut impl Sender<PublicKey = PublicKey>, to: Recipients<PublicKey>, bytes: Bytes) {
    // The network panics on what is longer than a block, and nothing that a block could carry is.
    if bytes.len() <= MAX_CALL_BYTES {
        sender.send(to, bytes, false);
    }
}
