//! The pool of fraud proofs as a state machine, next to a slow model of what it may hold.

use crate::source::Source;
use crate::town::{Broken, DOMAINS, NUMBERS, Town, proof, receipts};
use decex_core::params::CheckedParams;
use decex_core::{ConsensusNumber, DomainId, ReceiptHash};
use decex_fraud::{
    Admitted, Claim, FraudPool, FraudProof, JudgeError, JudgeView, LoadError, NotPooled, NotRefuted,
    PoolLimits, Pooled, ProofName, Urgency, verify,
};
use decex_receipt::ReceiptView;
use decex_tests::world::ENGINE;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Most calls of a run.
const CALLS: usize = 48;

/// One run.
struct Run {
    town: Town,
    pool: FraudPool,
    /// What a script asked for, with the least that the pool makes of it.
    limits: PoolLimits,
    /// What failed, oldest first: the same that the pool remembers.
    failed: VecDeque<(ConsensusNumber, Vec<u8>)>,
    /// Everything that was refused.
    refused: Vec<Vec<u8>>,
}

/// Any calls in any order.
pub(crate) fn pool(data: &[u8]) {
    let mut source = Source::new(data);
    let asked = limits(&mut source);
    let pool = FraudPool::new(asked);
    let mut run = Run {
        town: Town::new(),
        pool,
        limits: PoolLimits {
            proofs: asked.proofs.max(1),
            per_domain: asked.per_domain.max(1),
            bytes: asked.bytes.max(asked.message_bytes.into()),
            ..asked
        },
        failed: VecDeque::new(),
        refused: Vec::new(),
    };
    for _ in 0..CALLS {
        if source.is_empty() {
            return;
        }
        run.step(&mut source);
        run.check();
    }
}

fn limits(source: &mut Source<'_>) -> PoolLimits {
    PoolLimits {
        // Most of the time every proof fits.
        message_bytes: match source.byte() % 8 {
            0 => 68 + 4 * u32::from(source.byte()),
            _ => 2_048,
        },
        proofs: u32::from(source.byte() % 12),
        bytes: 32 * u64::from(source.byte()),
        per_domain: u32::from(source.byte() % 5),
        failures: u32::from(source.byte() % 6),
    }
}

impl Run {
    fn step(&mut self, source: &mut Source<'_>) {
        match source.byte() % 12 {
            0..=3 => {
                if let Some(good) = good(source) {
                    self.submit(good);
                }
            }
            4 | 5 => {
                let bytes = mutated(source);
                self.submit(&bytes);
            }
            6 => {
                let bytes = garbage(source);
                self.submit(&bytes);
            }
            7 => {
                if !self.refused.is_empty() {
                    let again = source.pick(&self.refused).clone();
                    self.submit(&again);
                }
            }
            8 => self.turn(source),
            9 => {
                self.turn(source);
                self.refresh();
            }
            10 => self.remove(source),
            _ => {
                // Any room, and too little for each proof alone.
                let tight = self.pool.iter().map(|proof| proof.bytes().len() as u64 - 1);
                let rooms: Vec<u64> = tight.chain([32 * u64::from(source.byte())]).collect();
                rooms.into_iter().for_each(|room| self.select(room));
            }
        }
    }

    /// The chain goes on, back, or to the other branch.
    fn turn(&mut self, source: &mut Source<'_>) {
        let (at, how, value) = (source.below(DOMAINS as usize), source.byte(), source.byte());
        let (place, value) = (&mut self.town.places[at], u64::from(value));
        match how % 8 {
            0 | 1 => place.head = place.confirmed + value % (NUMBERS + 1 - place.confirmed),
            2 => place.confirmed = value % (place.head + 1),
            3 => place.branch ^= 1,
            4 => place.shift = value % 32,
            5 => place.exists ^= true,
            6 => self.town.has_engine ^= true,
            _ => self.town.broken ^= true,
        }
    }

    /// Returns the proofs held, with all of each.
    fn held(&self) -> Vec<Pooled> {
        self.pool.iter().cloned().collect()
    }

    fn submit(&mut self, bytes: &[u8]) {
        let before = self.held();
        let remembered = self.pool.failures();
        match self.pool.submit(&self.town, bytes) {
            Ok(admitted) => self.check_admitted(&before, &admitted, bytes),
            Err(error) => {
                assert_eq!(self.held(), before, "a refusal changes nothing");
                self.check_reason(&before, bytes, &error);
                self.refused.push(bytes.to_vec());
                if !is_lasting(&error) {
                    assert_eq!(self.pool.failures(), remembered, "nothing was judged");
                }
            }
        }
        assert_eq!(self.pool.failures(), self.failed.len(), "what failed");
    }

    /// What is admitted refutes, and what leaves is what the bounds make leave.
    fn check_admitted(&self, before: &[Pooled], admitted: &Admitted, bytes: &[u8]) {
        let name = FraudProof::peek(bytes).expect("a name");
        assert!(self.refutes(bytes), "F2 to F20");
        let urgency = self.urgency(&name).expect("F1: pending");
        assert_eq!(admitted.urgency, urgency);
        let room = find_room(before, &self.limits, &urgency, bytes.len() as u64);
        assert_eq!(room.as_ref(), Ok(&admitted.evicted), "F24, F25: what had to go");
        let mut expected: BTreeSet<Urgency> = before.iter().map(|held| *held.urgency()).collect();
        assert!(expected.insert(urgency));
        expected.retain(|urgency| !admitted.evicted.contains(urgency));
        let held: BTreeSet<Urgency> = self.pool.iter().map(|held| *held.urgency()).collect();
        assert_eq!(held, expected);
        let own = self.pool.get(name.domain, &name.receipt).expect("it is in");
        assert_eq!((own.bytes(), own.name()), (bytes, name));
    }

    /// A refusal is for a reason. A good proof that fits has none.
    fn check_reason(&mut self, before: &[Pooled], bytes: &[u8], error: &JudgeError<NotPooled, Broken>) {
        let name = FraudProof::peek(bytes).ok();
        let urgency = name.and_then(|name| self.urgency(&name));
        let room = |urgency: Option<Urgency>| {
            let urgency = urgency.expect("refused after F1");
            find_room(before, &self.limits, &urgency, bytes.len() as u64)
        };
        let domain_known = |domain| self.town.params(domain).expect("readable").is_some();
        let refusal = match error {
            JudgeError::Refused(refusal) => refusal,
            JudgeError::Host(Broken) => return assert!(self.town.broken),
            JudgeError::Inconsistent => panic!("the town has everything"),
        };
        match refusal {
            NotPooled::Held => {
                let name = name.expect("a name");
                let mut all = before.iter().map(Pooled::name);
                assert!(
                    all.any(|held| (held.domain, held.receipt) == (name.domain, name.receipt)),
                    "F23"
                );
            }
            NotPooled::Share { .. } => assert_eq!(room(urgency), Err(24), "F24"),
            NotPooled::Full => assert_eq!(room(urgency), Err(25), "F25"),
            NotPooled::FailedBefore => {
                let again = (self.included_at(&name), bytes.to_vec());
                assert!(self.failed.contains(&again), "F26: these bytes have not failed");
                assert!(!self.refutes(bytes), "F26: a good proof is refused");
            }
            NotPooled::NotRefuted(NotRefuted::UnknownDomain { found }) => {
                assert!(!domain_known(*found), "F1");
            }
            NotPooled::NotRefuted(NotRefuted::NotPending) => {
                assert!(
                    domain_known(name.expect("a name").domain) && urgency.is_none(),
                    "F1"
                );
            }
            NotPooled::NotRefuted(NotRefuted::NoEngine) => assert!(!self.town.has_engine, "F22"),
            NotPooled::NotRefuted(NotRefuted::Bytes(_) | NotRefuted::Proof(_)) => {
                let fits = bytes.len() <= self.limits.message_bytes as usize;
                assert!(!fits || !self.refutes(bytes), "a good proof is refused");
            }
        }
        if is_judged(error, bytes, &self.limits) {
            assert!(room(urgency).is_ok(), "F24, F25: judged without room");
            let failure = (self.included_at(&name), bytes.to_vec());
            assert!(!self.failed.contains(&failure), "F26: judged twice");
            self.failed.push_back(failure);
            if self.failed.len() > self.limits.failures as usize {
                self.failed.pop_front();
            }
        }
    }

    fn included_at(&self, name: &Option<ProofName>) -> ConsensusNumber {
        let name = name.expect("a name");
        let record = self.town.record(name.domain, &name.receipt);
        record.expect("readable").expect("pending").included_at
    }

    fn claim(&self, name: &ProofName) -> Option<(Claim, CheckedParams)> {
        let params = self.town.params(name.domain).expect("readable")?;
        match Claim::load(&self.town, &params, name.domain, &name.receipt) {
            Ok(claim) => Some((claim, params)),
            Err(LoadError::NotPending) => None,
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Returns where a proof against this receipt stands, `None` if it is not pending.
    fn urgency(&self, name: &ProofName) -> Option<Urgency> {
        if self.town.broken {
            return None;
        }
        let (claim, params) = self.claim(name)?;
        Some(Urgency {
            last_block: ConsensusNumber(claim.included_at().0 + params.challenge_period),
            domain: name.domain,
            number: claim.receipt().number,
            receipt: name.receipt,
        })
    }

    /// Judges bytes from the start, without the intake.
    fn refutes(&self, bytes: &[u8]) -> bool {
        let Ok(proof) = FraudProof::decode_bounded(bytes, bytes.len()) else {
            return false;
        };
        let claim = self.claim(&proof.name());
        claim.is_some_and(|(claim, _)| verify(&ENGINE, &claim, &proof).is_ok())
    }

    fn refresh(&mut self) {
        let before = self.held();
        let Ok(dropped) = self.pool.refresh(&self.town) else {
            assert!(self.town.broken);
            return assert_eq!(self.held(), before, "a host that fails changes nothing");
        };
        assert!(
            !self.town.broken || before.is_empty(),
            "a host that fails says nothing"
        );
        let mut gone = Vec::new();
        let mut expected = BTreeMap::new();
        for held in before {
            match self.urgency(&held.name()) {
                Some(urgency) => drop(expected.insert(urgency, held.bytes().to_vec())),
                None => gone.push(held.name()),
            }
        }
        assert_eq!(dropped, gone, "F28: what is not pending goes");
        let held: BTreeMap<Urgency, Vec<u8>> = self
            .pool
            .iter()
            .map(|held| (*held.urgency(), held.bytes().to_vec()))
            .collect();
        assert_eq!(held, expected, "F28: at its present urgency");
        for held in self.pool.iter() {
            assert!(self.refutes(held.bytes()), "F28: what is held refutes");
        }
    }

    fn remove(&mut self, source: &mut Source<'_>) {
        let before = self.held();
        let (domain, receipt) = target(source);
        let at = before
            .iter()
            .position(|held| (held.urgency().domain, held.urgency().receipt) == (domain, receipt));
        let removed = self.pool.remove(domain, &receipt);
        assert_eq!(removed.as_ref(), at.map(|at| &before[at]));
        assert_eq!(self.pool.get(domain, &receipt), None);
        let mut expected = before;
        if let Some(at) = at {
            expected.remove(at);
        }
        assert_eq!(self.held(), expected, "nothing else goes");
    }

    fn select(&self, limit: u64) {
        let chosen = self.pool.select(limit);
        let taken: u64 = chosen.iter().map(|proof| proof.bytes().len() as u64).sum();
        assert!(taken <= limit, "F27: the block's bytes");
        let domains: BTreeSet<DomainId> = chosen.iter().map(|proof| proof.urgency().domain).collect();
        assert_eq!(domains.len(), chosen.len(), "F27: one of each domain");
        // The most urgent of each domain, unless it does not fit beside those before it.
        let mut seen = BTreeSet::new();
        let mut left = limit;
        let mut expected = Vec::new();
        for held in self.pool.iter() {
            let size = held.bytes().len() as u64;
            if seen.insert(held.urgency().domain) && size <= left {
                left -= size;
                expected.push(held);
            }
        }
        assert_eq!(chosen, expected, "F27: by urgency");
    }

    /// What holds after every call.
    fn check(&self) {
        let (pool, limits) = (&self.pool, &self.limits);
        assert_eq!(pool.limits(), limits);
        let held = self.held();
        assert_eq!((held.len(), held.is_empty()), (pool.len(), pool.is_empty()));
        assert!(held.len() <= limits.proofs as usize, "F25: proofs");
        let bytes: u64 = held.iter().map(|proof| proof.bytes().len() as u64).sum();
        assert_eq!(bytes, pool.bytes());
        assert!(bytes <= limits.bytes, "F25: bytes");
        assert!(pool.failures() <= limits.failures as usize, "F26: failures");
        assert!(
            held.is_sorted_by(|a, b| a.urgency() < b.urgency()),
            "F27: by urgency"
        );
        let mut domains: BTreeMap<DomainId, u32> = BTreeMap::new();
        let mut receipts = BTreeSet::new();
        for proof in &held {
            let urgency = proof.urgency();
            *domains.entry(urgency.domain).or_default() += 1;
            assert!(receipts.insert((urgency.domain, urgency.receipt)), "F23");
            assert_eq!(pool.get(urgency.domain, &urgency.receipt), Some(proof));
            assert_eq!(FraudProof::peek(proof.bytes()), Ok(proof.name()));
            assert!(proof.bytes().len() <= limits.message_bytes as usize, "F21");
        }
        assert!(domains.values().all(|count| *count <= limits.per_domain), "F24");
    }
}

fn is_lasting(error: &JudgeError<NotPooled, Broken>) -> bool {
    let of_bytes = |refusal: &NotPooled| {
        matches!(
            refusal,
            NotPooled::NotRefuted(NotRefuted::Bytes(_) | NotRefuted::Proof(_))
        )
    };
    matches!(error, JudgeError::Refused(refusal) if of_bytes(refusal))
}

/// Whether these bytes came as far as a judgement: they named a pending receipt and were not too long for a proof.
fn is_judged(error: &JudgeError<NotPooled, Broken>, bytes: &[u8], limits: &PoolLimits) -> bool {
    let short = FraudProof::peek(bytes).is_err();
    is_lasting(error) && !short && bytes.len() <= limits.message_bytes as usize
}

/// The model of F24 and F25: puts the new proof in and takes out what is over, one after the other. Gives the rule that refuses
/// if the new one itself would go.
fn find_room(held: &[Pooled], limits: &PoolLimits, new: &Urgency, bytes: u64) -> Result<Vec<Urgency>, u16> {
    let mut all: BTreeMap<Urgency, u64> = held
        .iter()
        .map(|held| (*held.urgency(), held.bytes().len() as u64))
        .collect();
    all.insert(*new, bytes);
    let mut leaving = Vec::new();
    let own: Vec<Urgency> = all
        .keys()
        .filter(|urgency| urgency.domain == new.domain)
        .copied()
        .collect();
    if own.len() > limits.per_domain as usize {
        let last = own[own.len() - 1];
        if last == *new {
            return Err(24);
        }
        all.remove(&last);
        leaving.push(last);
    }
    while all.len() > limits.proofs as usize || all.values().sum::<u64>() > limits.bytes {
        let mut seen = BTreeSet::new();
        let (firsts, others): (Vec<Urgency>, Vec<Urgency>) =
            all.keys().partition(|urgency| seen.insert(urgency.domain));
        let last = *others.last().or(firsts.last()).expect("one proof always fits");
        if last == *new {
            return Err(25);
        }
        all.remove(&last);
        leaving.push(last);
    }
    Ok(leaving)
}

/// A receipt of either branch, right or wrong, sometimes one that was never made.
fn target(source: &mut Source<'_>) -> (DomainId, ReceiptHash) {
    let choice = source.byte();
    let domain = usize::from(choice) % DOMAINS as usize;
    let branch = usize::from(choice / 4) % 2;
    let receipt = source.pick(receipts(domain, branch)).compute_hash();
    match choice {
        255 => (DomainId(99), receipt),
        254 => (DomainId(domain as u32), ReceiptHash::default()),
        _ => (DomainId(domain as u32), receipt),
    }
}

/// The proof against a receipt, as it was made. `None` for one that has none.
fn good(source: &mut Source<'_>) -> Option<&'static [u8]> {
    let (domain, receipt) = target(source);
    proof(domain, &receipt)
}

/// A proof that is no longer what it was.
fn mutated(source: &mut Source<'_>) -> Vec<u8> {
    let mut bytes = good(source).map_or_else(|| vec![0; 80], <[u8]>::to_vec);
    match source.byte() % 8 {
        // A state that does not follow.
        0..=2 => *bytes.last_mut().expect("bytes") ^= 1 | source.byte(),
        // Under another name: as good as before.
        3 => bytes[36..68].fill(source.byte()),
        // Against another receipt.
        4 => {
            let (domain, receipt) = target(source);
            bytes[..4].copy_from_slice(&domain.0.to_le_bytes());
            bytes[4..36].copy_from_slice(receipt.0.as_bytes());
        }
        5 => bytes.push(source.byte()),
        _ => source.edit(&mut bytes),
    }
    bytes
}

/// A name, perhaps of a pending receipt, and anything.
fn garbage(source: &mut Source<'_>) -> Vec<u8> {
    let (domain, receipt) = target(source);
    let mut bytes = [&domain.0.to_le_bytes()[..], receipt.0.as_bytes(), &[7; 32]].concat();
    let length = usize::from(source.byte());
    match length {
        255 => bytes.truncate(source.below(68)),
        // More than any message.
        254 => bytes.resize(1_025, 0),
        _ => bytes.extend_from_slice(source.take(length % 32)),
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{FraudPool, PoolLimits, Town};
    use crate::town::{DOMAINS, NUMBERS, proof, receipts};
    use decex_core::DomainId;

    /// The scripts start from proofs that hold, and from one receipt that has none.
    #[test]
    fn all_wrong_receipts_have_proofs_that_the_pool_takes() {
        let mut admitted = 0;
        for branch in 0..2 {
            let mut pool = FraudPool::new(PoolLimits {
                message_bytes: 2_048,
                proofs: 100,
                bytes: 1 << 20,
                per_domain: 100,
                failures: 0,
            });
            let mut town = Town::new();
            for domain in 0..DOMAINS {
                town.places[domain as usize].branch = branch;
                let wrong = receipts(domain as usize, branch).iter().skip(1);
                for bytes in wrong.filter_map(|one| proof(DomainId(domain), &one.compute_hash())) {
                    pool.submit(&town, bytes).expect("a good proof");
                    admitted += 1;
                }
            }
        }
        assert_eq!(admitted, 4 * (4 + 3));
    }

    /// What is less urgent is shorter, where a state has more than one account: it may fit where the other does not.
    #[test]
    fn proofs_differ_in_size() {
        for domain in 1..DOMAINS as usize {
            let wrong = receipts(domain, 0).iter().skip(1);
            let sizes: Vec<usize> = wrong
                .map(|one| proof(DomainId(domain as u32), &one.compute_hash()).map_or(0, <[u8]>::len))
                .collect();
            assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
            assert!(sizes[0] > sizes[NUMBERS as usize - 1], "{sizes:?}");
            assert!(sizes.iter().all(|size| (200..2_048).contains(size)), "{sizes:?}");
        }
    }
}
