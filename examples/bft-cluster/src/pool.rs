//! What a validator keeps for the blocks that it will lead: bundles, proofs, messages, claims, checked and bounded.

use crate::host::{Call, Chain, MAX_CALLS, Signed};
use decex_bundle::{IncludeError, check_header};
use decex_consensus::OpenCall;
use decex_core::{AccountId, Balance, HeaderHash, OperatorId, Slot, Window, decode_exact};
use decex_fraud::{FraudPool, PoolLimits};
use decex_receipt::Bundle;
use parity_scale_codec::Encode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Most bundles.
const BUNDLES: usize = 512;
/// Most bytes of bundles.
const BUNDLE_BYTES: usize = 16 * 1024 * 1024;
/// Most calls that accounts signed, and most bytes of one.
const SIGNED: usize = 256;
const SIGNED_BYTES: usize = 4 * 1024;
/// Most calls that are kept though they came before the block that they stand on.
const EARLY: usize = 64;
/// A block takes at most this much of fraud proofs, so that bundles go on while somebody is being refuted.
const PROOF_BYTES: u64 = 1024 * 1024;

/// How much there is room for of what has no pool of its own: validity proofs, messages, claims, reports of absence.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Calls.
    pub calls: usize,
    /// Bytes of them.
    pub bytes: usize,
    /// Bytes of them in a block, so that bundles go on.
    pub block_bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            calls: 64,
            bytes: 4 * 1024 * 1024,
            block_bytes: 1024 * 1024,
        }
    }
}

/// Why a call is not taken. Says nothing lasting: it may be welcome after the next block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// It is here, or another one for the same window is.
    Held,
    /// There is no room.
    Full,
    /// It does not decode, or breaks a rule at the last applied block.
    Refused(String),
    /// It is for a window that has not begun at the last applied block; it is tried again with the next one.
    Early,
}

/// A validator's pool. Everything in it passed the checks at the block that was applied last when it came in: for bundles the
/// header's rules (B1–B19: operator, window, election, seal), for everything else all of them.
#[derive(Clone, Debug)]
pub struct Pool {
    /// By window, so that what runs out first goes first.
    bundles: BTreeMap<(Window, HeaderHash), Vec<u8>>,
    /// One bundle for each operator and window.
    windows: BTreeSet<(OperatorId, Window)>,
    bytes: usize,
    proofs: FraudPool,
    /// Of each account in the order in which they are to be taken.
    signed: BTreeMap<(AccountId, u64), Vec<u8>>,
    early: VecDeque<Vec<u8>>,
    /// In the order in which they came. Each is one that the chain would take now, without the others.
    others: VecDeque<Vec<u8>>,
    room: Room,
}

impl Default for Pool {
    fn default() -> Self {
        Self::new(Room::default())
    }
}

impl Pool {
    /// Makes an empty pool.
    #[must_use]
    pub fn new(room: Room) -> Self {
        let limits = PoolLimits {
            message_bytes: crate::host::message_bytes(),
            proofs: 64,
            bytes: 16 * 1024 * 1024,
            per_domain: 8,
            failures: 256,
        };
        Self {
            bundles: BTreeMap::new(),
            windows: BTreeSet::new(),
            bytes: 0,
            proofs: FraudPool::new(limits),
            signed: BTreeMap::new(),
            early: VecDeque::new(),
            others: VecDeque::new(),
            room,
        }
    }

    /// Takes a call from the network.
    ///
    /// # Errors
    /// When it is not taken. Who sent it need not be at fault: the chain may have moved on.
    pub fn submit(&mut self, chain: &Chain, bytes: &[u8]) -> Result<(), NotTaken> {
        let call = Call::read(bytes).map_err(|error| NotTaken::Refused(error.to_string()))?;
        match call {
            Call::Open(OpenCall::SubmitBundle { bundle }) => self.submit_bundle(chain, &bundle, bytes),
            Call::Open(OpenCall::SubmitProof { proof }) => self.submit_proof(chain, &proof),
            Call::Signed(signed) => self.submit_signed(chain, &signed, bytes),
            Call::Open(call) => self.submit_other(chain, &call, bytes),
        }
    }

    fn submit_bundle(&mut self, chain: &Chain, bundle: &[u8], call: &[u8]) -> Result<(), NotTaken> {
        let limit = usize::try_from(crate::host::message_bytes()).unwrap_or(usize::MAX);
        let bundle: Bundle =
            decode_exact(bundle, limit).map_err(|error| NotTaken::Refused(error.to_string()))?;
        let header = &bundle.header.header;
        let (window, operator) = (header.election.window, header.operator);
        if self.windows.contains(&(operator, window)) {
            return Err(NotTaken::Held);
        }
        if self.bundles.len() >= BUNDLES || self.bytes.saturating_add(call.len()) > BUNDLE_BYTES {
            return Err(NotTaken::Full);
        }
        let now = Slot(chain.tip().0.saturating_add(1));
        // Windows are slots here: this costs no signature, and a validator that lags must not lose the bundle.
        if window.0 > now.0 && window.0 <= now.0.saturating_add(16) {
            if self.early.len() >= EARLY {
                self.early.pop_front();
            }
            self.early.push_back(call.to_vec());
            return Err(NotTaken::Early);
        }
        let checked = check_header(&chain.consensus().state(), now, &bundle);
        let hash = match checked {
            Ok(checked) => checked.header_hash(),
            Err(IncludeError::Invalid(invalid)) => return Err(NotTaken::Refused(format!("{invalid:?}"))),
            Err(error) => return Err(NotTaken::Refused(format!("{error:?}"))),
        };
        self.windows.insert((operator, window));
        self.bytes = self.bytes.saturating_add(call.len());
        self.bundles.insert((window, hash), call.to_vec());
        Ok(())
    }

    fn submit_proof(&mut self, chain: &Chain, proof: &[u8]) -> Result<(), NotTaken> {
        let submitted = self.proofs.submit(&chain.consensus().state(), proof);
        submitted
            .map(drop)
            .map_err(|error| NotTaken::Refused(format!("{error:?}")))
    }

    fn submit_signed(&mut self, chain: &Chain, signed: &Signed, call: &[u8]) -> Result<(), NotTaken> {
        let (account, next) = (signed.account(), chain.state().nonce(&signed.account()));
        if self.signed.contains_key(&(account, signed.nonce)) {
            return Err(NotTaken::Held);
        }
        if self.signed.len() >= SIGNED || call.len() > SIGNED_BYTES {
            return Err(NotTaken::Full);
        }
        // Calls of accounts cost no fee here: who has no money has no say.
        let has_money = chain.state().free(&account) > Balance::ZERO;
        let is_near = (next..next.saturating_add(16)).contains(&signed.nonce);
        let mark = chain.genesis_mark().unwrap_or_default();
        if !has_money || !is_near || !signed.is_signed(&mark) {
            return Err(NotTaken::Refused("not the account's, or not its turn".into()));
        }
        self.signed.insert((account, signed.nonce), call.to_vec());
        Ok(())
    }

    /// There is no cheaper check for all of these than to make the call.
    fn submit_other(&mut self, chain: &Chain, call: &OpenCall, bytes: &[u8]) -> Result<(), NotTaken> {
        if self.others.iter().any(|held| held == bytes) {
            return Err(NotTaken::Held);
        }
        let held = self
            .others
            .iter()
            .fold(bytes.len(), |sum, call| sum.saturating_add(call.len()));
        if self.others.len() >= self.room.calls || held > self.room.bytes {
            return Err(NotTaken::Full);
        }
        let tried = chain.try_open(call);
        tried.map_err(|refusal| NotTaken::Refused(format!("{refusal:?}")))?;
        self.others.push_back(bytes.to_vec());
        Ok(())
    }

    /// Returns the calls that the next block should carry: proofs first, because what they remove makes way for what is right.
    /// `carried` are those in blocks that are not final yet.
    #[must_use]
    pub fn select(&self, carried: &BTreeSet<Vec<u8>>, room: usize) -> Vec<Vec<u8>> {
        let proofs = self.proofs.select(PROOF_BYTES).into_iter();
        let proofs = proofs.map(|proof| Call::proof(proof.bytes().to_vec()).encode());
        let (mut chosen, mut left) = (Vec::new(), room);
        let mut share = self.room.block_bytes;
        let others = self.others.iter().filter(move |call| {
            let rest = share.checked_sub(call.len());
            share = rest.unwrap_or(share);
            rest.is_some()
        });
        let rest = others.chain(self.signed.values()).chain(self.bundles.values());
        for call in proofs.chain(rest.cloned()) {
            if chosen.len() >= MAX_CALLS {
                break;
            }
            let Some(rest) = left.checked_sub(call.len()).filter(|_| !carried.contains(&call)) else {
                continue;
            };
            left = rest;
            chosen.push(call);
        }
        chosen
    }

    /// Lets go of what no block can take any more, and tries again what came early. To be called after each applied block.
    pub fn refresh(&mut self, chain: &Chain) {
        let view = chain.consensus().state();
        let now = Slot(chain.tip().0.saturating_add(1));
        let kept = std::mem::take(&mut self.bundles);
        self.windows.clear();
        self.bytes = 0;
        for (place, call) in kept {
            let Ok(Call::Open(OpenCall::SubmitBundle { bundle: bytes })) = Call::read(&call) else {
                continue;
            };
            let Ok(bundle) = decode_exact::<Bundle>(&bytes, bytes.len()) else {
                continue;
            };
            let header = &bundle.header.header;
            if is_open(&view, now, header.domain, header.operator, header.election.window) {
                self.windows.insert((header.operator, header.election.window));
                self.bytes = self.bytes.saturating_add(call.len());
                self.bundles.insert(place, call);
            }
        }
        let state = chain.state();
        self.signed
            .retain(|(account, nonce), _| *nonce >= state.nonce(account));
        self.others.retain(|call| match Call::read(call) {
            Ok(Call::Open(call)) => chain.try_open(&call).is_ok(),
            Ok(Call::Signed(_)) | Err(_) => false,
        });
        // The store is in memory and was written by accepted calls alone.
        let _ = self.proofs.refresh(&view);
        for call in std::mem::take(&mut self.early) {
            let _ = self.submit(chain, &call);
        }
    }

    /// Returns how many bundles and proofs wait.
    #[must_use]
    pub fn len(&self) -> (usize, usize) {
        (self.bundles.len(), self.proofs.len())
    }
}

/// Whether a bundle that passed once can still be included: cheap questions alone.
fn is_open<V: decex_bundle::InclusionView>(
    view: &V,
    now: Slot,
    domain: decex_core::DomainId,
    operator: OperatorId,
    window: Window,
) -> bool {
    let Ok(Some(terms)) = view.terms(domain) else {
        return false;
    };
    let Ok(windows) = terms.windows() else {
        return false;
    };
    let oldest = windows
        .window_of(now)
        .0
        .saturating_sub(terms.params.election.longevity);
    let standing = view.standing(domain, operator, window);
    let used = view.has_submitted(domain, operator, window);
    window.0 >= oldest
        && standing.ok().flatten().is_some_and(|standing| standing.eligible)
        && used.is_ok_and(|used| !used)
}
