//! How operators follow without voting: validators send them each certificate of finality; an operator checks it and hands it to its
//! marshal, which fetches the block, and all blocks that are missing before it.

use super::{Activity, Finalization, PublicKey, Scheme};
use commonware_actor::Feedback;
use commonware_codec::{Decode as _, Encode as _};
use commonware_consensus::{Reporter, Viewable};
use commonware_cryptography::certificate::Verifier as _;
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_parallel::Sequential;
use commonware_utils::ordered::Set;
use rand_core::CryptoRng;

/// Sends certificates of finality to operators.
#[derive(Clone)]
pub(super) struct Tips<S> {
    sender: S,
    operators: Vec<PublicKey>,
}

impl<S> Tips<S> {
    pub(super) fn new(sender: S, operators: &Set<PublicKey>) -> Self {
        Self {
            sender,
            operators: operators.iter().cloned().collect(),
        }
    }
}

impl<S: Sender<PublicKey = PublicKey>> Reporter for Tips<S> {
    type Activity = Activity;

    fn report(&mut self, activity: Activity) -> Feedback {
        if let Activity::Finalization(finalization) = activity {
            self.sender.send(
                Recipients::Some(self.operators.clone()),
                finalization.encode(),
                false,
            );
        }
        Feedback::Ok
    }
}

/// An operator takes certificates in. One for a view that is not after the last is of no use and is not checked.
pub(super) async fn follow(
    mut random: impl CryptoRng,
    scheme: Scheme,
    mut marshal: impl Reporter<Activity = Activity>,
    mut receiver: impl Receiver<PublicKey = PublicKey>,
) {
    let mut last = None;
    while let Ok((from, message)) = receiver.recv().await {
        let config = scheme.certificate_codec_config();
        let Ok(finalization) = Finalization::decode_cfg(message, &config) else {
            tracing::warn!(?from, "not a certificate");
            continue;
        };
        if last.is_some_and(|last| finalization.view() <= last) {
            continue;
        }
        if !finalization.verify(&mut random, &scheme, &Sequential) {
            tracing::warn!(?from, "a certificate that does not hold");
            continue;
        }
        last = Some(finalization.view());
        marshal.report(Activity::Finalization(finalization));
    }
}
