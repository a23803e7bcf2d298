//! The consensus side as a state machine: any calls in any order.

use crate::scene::{SCENE, make_content};
use crate::source::Source;
use crate::vouching::vouch;
use decex_bundle::{Draft, Equivocation, InclusionView, Item, SealedHeader, Verdict, seal_bundle};
use decex_consensus::decex_staking::{Extent, PoolStatus};
use decex_consensus::model::Access;
use decex_consensus::{BlockInfo, registration_message};
use decex_core::execution::Effects;
use decex_core::hash::digest;
use decex_core::list;
use decex_core::{
    AccountId, Balance, BoundedVec, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber,
    HeaderHash, OperatorId, Randomness, ReceiptHash, Slot, StateRoot, Timestamp, Window, label,
};
use decex_election::{Challenge, ElectionProof, try_elect};
use decex_fraud::{Evidence, FraudProof};
use decex_receipt::{
    Bundle, FinalityLeaf, Receipt, ReceiptEquivocation, Record, Status, Submission, TraceClaim, VERSION,
    Vouched,
};
use decex_shuffle::{Entry, InboxContent, Schedule, ScheduleClaim, find};
use decex_testkit::deceit::NoRecord;
use decex_testkit::ledger::Call;
use decex_testkit::mutant::commit;
use decex_tests::liar::item;
use decex_tests::world::{
    Chain, STAKE, TERMS, World, booked, config, deposit_for, operator_account, operator_keypair, params,
    transaction, user,
};
use parity_scale_codec::Encode;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

const DOMAIN: DomainId = DomainId(0);
const OWNER: AccountId = AccountId(Digest([9; 32]));
const REPORTER: AccountId = AccountId(Digest([8; 32]));
/// Most operators of a run.
const OPERATORS: usize = 8;
/// Most calls of a run.
const CALLS: usize = 40;

/// A chain with four operators whose stake counts, short periods, and money for everybody.
static START: LazyLock<Chain> = LazyLock::new(|| {
    let mut small = params();
    small.challenge_period = 4;
    let mut chain = World::with_config(4, small, config()).chain;
    for account in (0..OPERATORS).map(operator_account).chain([OWNER, REPORTER]) {
        chain.host_mut().endow(account, Balance(5 * STAKE.0));
    }
    chain
});

/// One run.
struct Run {
    chain: Chain,
    total: u128,
    /// Transactions of the bundles that were sealed, by their header.
    bodies: BTreeMap<HeaderHash, Vec<Item>>,
    /// The entries of every receipt that was made.
    schedules: BTreeMap<ReceiptHash, Vec<Entry>>,
    /// What each operator sealed.
    sealed: Vec<SealedHeader>,
    /// What each operator vouched for.
    vouched: Vec<Vouched>,
    /// The last bundle.
    last: Vec<u8>,
    /// Who submitted a receipt.
    claimants: BTreeSet<OperatorId>,
    /// Who sealed two headers for one window.
    twice: BTreeSet<OperatorId>,
    slashed: BTreeSet<OperatorId>,
    confirmed: BTreeMap<DomainId, DomainNumber>,
    nonce: u64,
}

/// Any calls in any order, with what must hold after each.
pub(crate) fn consensus(data: &[u8]) {
    let mut source = Source::new(data);
    let mut run = Run {
        chain: START.clone(),
        total: START.host().total(),
        bodies: BTreeMap::new(),
        schedules: BTreeMap::new(),
        sealed: Vec::new(),
        vouched: Vec::new(),
        last: SCENE.bundle.encode(),
        claimants: BTreeSet::new(),
        // The scene's messages are evidence against operator 3 on every chain where it has this key and domain.
        twice: BTreeSet::from([OperatorId(3)]),
        slashed: BTreeSet::new(),
        confirmed: BTreeMap::new(),
        nonce: 0,
    };
    for _ in 0..CALLS {
        if source.is_empty() {
            return;
        }
        run.step(&mut source);
    }
}

/// The receipts of a bundle, each with its place in the header.
fn shown(bundle: &Bundle) -> Vec<Vouched> {
    let receipts: Vec<Receipt> = bundle
        .receipts
        .iter()
        .map(|submission| submission.receipt.clone())
        .collect();
    let leaves = receipts.iter().map(|receipt| receipt.compute_hash().0).collect();
    let tree = list::ListTree::new(leaves);
    (0_u32..)
        .zip(receipts)
        .map(|(index, receipt)| Vouched {
            header: bundle.header.clone(),
            receipt,
            place: tree.prove(index, 1).expect("a leaf"),
        })
        .collect()
}

impl Run {
    fn step(&mut self, source: &mut Source<'_>) {
        match source.byte() % 16 {
            0 | 1 => {
                for _ in 0..=source.byte() % 4 {
                    self.next_block(source.byte());
                }
            }
            2 => self.bundle(source, 0),
            3 | 4 => {
                let receipts = 1 + source.below(3);
                self.bundle(source, receipts);
            }
            5 => self.edited_bundle(source),
            6 | 7 => self.proof(source),
            8 => self.equivocation(source),
            9 => self.register(source),
            10 => self.deregister(source),
            11 => self.owner(source),
            12 => self.receipt_equivocation(source),
            14 | 15 => self.money(source),
            _ => self.noise(source),
        }
    }

    /// Makes one call and checks what must hold after it. Returns whether it was accepted.
    fn call(&mut self, call: impl FnOnce(&mut Chain) -> bool) -> bool {
        let before = self.chain.host().clone();
        let accepted = call(&mut self.chain);
        let host = self.chain.host();
        if !accepted {
            assert_eq!(host.store, before.store, "a refusal changes nothing");
            assert_eq!(&host.purses, &before.purses);
            assert_eq!((host.custody, host.burned), (before.custody, before.burned));
        }
        assert_eq!(host.total(), self.total, "money is neither made nor lost");
        self.check_domains();
        self.check_money();
        accepted
    }

    fn check_domains(&mut self) {
        for id in 0..self.chain.counters().unwrap().domain.0 {
            let id = DomainId(id);
            let progress = self.chain.progress(id).unwrap().expect("a domain");
            let confirmed = self.confirmed.entry(id).or_default();
            assert!(*confirmed <= progress.confirmed, "what is final stays final");
            *confirmed = progress.confirmed;
            assert!(progress.confirmed <= progress.head && progress.head <= progress.last);
            let hash = self.chain.hash_at(id, progress.head).unwrap();
            assert_eq!(hash, Some(progress.head_hash));
            let record = self
                .chain
                .record(id, &progress.head_hash)
                .unwrap()
                .expect("the head");
            assert_eq!(record.receipt.number, progress.head);
        }
        self.check_finality();
    }

    /// The finality root says of every domain what its receipt chain is now, and of what is final when that came to be (K50).
    fn check_finality(&self) {
        let root = self.chain.finality_root().unwrap();
        for id in (0..self.chain.counters().unwrap().domain.0).map(DomainId) {
            let progress = self.chain.progress(id).unwrap().expect("a domain");
            let record = self.chain.receipt_at(id, progress.confirmed).unwrap();
            let Record {
                receipt, included_at, ..
            } = record.expect("the last final receipt");
            let proof = self.chain.finality_proof(id).unwrap().expect("a domain");
            assert_eq!((proof.head, proof.head_hash), (progress.head, progress.head_hash));
            match proof.status {
                Status::Genesis { since } => assert_eq!((receipt.number.0, since), (0, included_at)),
                Status::Unrefuted { accepted, since } => {
                    let period = self.chain.params(id).unwrap().expect("a domain").challenge_period;
                    assert!(receipt.number.0 > 0 && accepted == included_at);
                    assert!(since.0 > accepted.0 + period, "nothing is final before its time");
                }
            }
            let leaf = FinalityLeaf {
                domain: id,
                number: progress.confirmed,
                receipt: receipt.compute_hash(),
                status: proof.status,
                head: proof.head,
                head_hash: proof.head_hash,
            };
            let shown = list::fold(id.0, proof.domains, &leaf.compute_hash(), &proof.siblings);
            assert_eq!(shown, Ok(root.0));
        }
    }

    /// What is in custody is what the books say; nobody is slashed who did nothing.
    fn check_money(&mut self) {
        let host = self.chain.host();
        assert_eq!(
            host.custody.0,
            booked(&host.store),
            "custody is what the books say"
        );
        for id in (0..self.chain.counters().unwrap().operator.0).map(OperatorId) {
            let pool = self.chain.pool(id).unwrap().expect("an operator");
            let slashed = matches!(pool.status, PoolStatus::Slashed { .. });
            assert!(
                slashed || !self.slashed.contains(&id),
                "who is slashed stays slashed"
            );
            if slashed {
                self.slashed.insert(id);
                let accused = self
                    .chain
                    .operator(id)
                    .unwrap()
                    .is_some_and(|found| found.accused.is_some());
                let guilty = self.claimants.contains(&id) || self.twice.contains(&id) || accused;
                assert!(guilty, "{id:?} did nothing and is slashed");
                assert!(!self.chain.is_eligible(id).unwrap());
            }
        }
    }

    fn next_block(&mut self, choice: u8) {
        let now = self.chain.clock().unwrap().expect("begun").block;
        let slot = now.slot.0 + 1 + u64::from(choice % 3);
        let tag = |tag: u8| {
            digest(
                &label::LEDGER_KEY,
                &[&[tag, choice][..], &slot.to_le_bytes()].concat(),
            )
        };
        let info = BlockInfo {
            number: ConsensusNumber(now.number.0 + 1),
            parent_hash: ConsensusHash(tag(1)),
            slot: Slot(slot),
            timestamp: Timestamp(slot * 1_000),
            randomness: Randomness(tag(2)),
            byte_price: Balance(1),
            farmer: decex_tests::world::FARMER,
        };
        assert!(
            self.call(|chain| chain.begin_block(&info).is_ok()),
            "a block in turn"
        );
    }

    /// Looks for an operator and an open window that it won, from the chosen ones on.
    fn elect(&self, source: &mut Source<'_>) -> Option<(OperatorId, ElectionProof)> {
        let (first, back) = (u64::from(source.byte()), u64::from(source.byte() % 4));
        let view = self.chain.state();
        let terms = view.terms(DOMAIN).unwrap()?;
        let newest = terms
            .windows()
            .ok()?
            .window_of(self.chain.clock().unwrap()?.block.slot);
        let all = self.chain.counters().unwrap().operator.0;
        for step in 0..2 * all {
            let operator = OperatorId((first + step) % all);
            let window = Window(newest.0.saturating_sub(back + step / all));
            let randomness = view.randomness(DOMAIN, window).unwrap()?;
            let Some(standing) = view.standing(DOMAIN, operator, window).unwrap() else {
                continue;
            };
            let challenge = Challenge {
                domain: DOMAIN,
                window,
                randomness,
            };
            let keypair = operator_keypair(operator.0 as usize);
            if let Some((_, proof)) = try_elect(
                &keypair,
                &challenge,
                &terms.odds(&standing).ok()?,
                &standing.share,
            ) {
                return Some((operator, proof));
            }
        }
        None
    }

    fn bundle(&mut self, source: &mut Source<'_>, receipts: usize) {
        let Some((operator, election)) = self.elect(source) else {
            return;
        };
        let chain = self.chain.chain(DOMAIN).unwrap().expect("a domain");
        let (mut number, mut parent) = (chain.head, chain.head_hash);
        let mut own = BTreeMap::new();
        let mut submissions = Vec::new();
        for _ in 0..receipts {
            let Some(next) = number.next() else { break };
            let Some(submission) = self.claim(next, parent, &own, source.byte()) else {
                break;
            };
            (number, parent) = (next, submission.receipt.compute_hash());
            own.insert(number, parent);
            submissions.push(submission);
        }
        let mut items = Vec::new();
        for _ in 0..source.below(4) {
            self.nonce += 1;
            let call = Call::Transfer {
                to: user(1),
                amount: Balance(1),
            };
            items.push(item(&transaction(source.below(6), self.nonce, call)));
        }
        let draft = Draft {
            domain: DOMAIN,
            operator,
            election,
            base: parent,
        };
        let keypair = operator_keypair(operator.0 as usize);
        // It answers for what it sealed, whenever that is included.
        if !submissions.is_empty() {
            self.claimants.insert(operator);
        }
        let Ok(sealed) = seal_bundle(&NoRecord, &keypair, &draft, submissions, items) else {
            return;
        };
        let bundle: Bundle = sealed.into_bundle();
        self.last = bundle.encode();
        self.remember(&bundle);
        let bytes = self.last.clone();
        self.call(|chain| chain.submit_bundle(&bytes).is_ok());
    }

    fn remember(&mut self, bundle: &Bundle) {
        let header = &bundle.header.header;
        let other = self.sealed.iter().any(|earlier| {
            let earlier = &earlier.header;
            earlier.operator == header.operator
                && earlier.election.window == header.election.window
                && earlier != header
        });
        if other {
            self.twice.insert(header.operator);
        }
        self.sealed.push(bundle.header.clone());
        self.vouched.extend(shown(bundle));
        self.bodies
            .insert(header.compute_hash(), bundle.body.clone().into_inner());
        for submission in &bundle.receipts {
            let entries = submission
                .openings
                .as_ref()
                .map(|openings| openings.schedule.to_vec());
            self.schedules
                .insert(submission.receipt.compute_hash(), entries.unwrap_or_default());
        }
    }

    /// Claims something of block `number` that submission accepts, without executing: nobody knows the right trace here.
    fn claim(
        &self,
        number: DomainNumber,
        parent: ReceiptHash,
        own: &BTreeMap<DomainNumber, ReceiptHash>,
        how: u8,
    ) -> Option<Submission> {
        let inbox = self.chain.inbox(DOMAIN, number).unwrap()?;
        let held = |number| {
            own.get(&number)
                .copied()
                .or_else(|| self.chain.hash_at(DOMAIN, number).unwrap())
        };
        let verdicts: Vec<Verdict> = inbox
            .bundles
            .iter()
            .map(
                |bundle| match held(bundle.base.number) == Some(bundle.base.hash) {
                    true => Verdict::Valid,
                    false => Verdict::BaseRemoved,
                },
            )
            .collect();
        let mut entries: Vec<Entry> = (0_u16..)
            .zip(inbox.bundles.iter().zip(&verdicts))
            .filter(|(_, (_, verdict))| **verdict == Verdict::Valid)
            .flat_map(|(bundle, (inboxed, _))| {
                (0..inboxed.body.count).map(move |leaf| Entry { bundle, leaf })
            })
            .collect();
        match how % 4 {
            0 => entries.reverse(),
            1 => drop(entries.pop()),
            _ => {
                let bodies = self.bodies_of(&inbox)?;
                let content = make_content(&bodies, &verdicts);
                let content: Vec<InboxContent<'_>> = content.iter().map(Into::into).collect();
                entries = Schedule::build(&inbox.seed, InboxContent::valid_bodies(&content))
                    .entries()
                    .to_vec();
            }
        }
        let state = StateRoot(digest(&label::TRACE, &[how]));
        let mut receipt = Receipt {
            version: VERSION,
            rules: inbox.rules,
            domain: DOMAIN,
            number,
            parent,
            consensus_number: inbox.consensus_number,
            consensus_hash: inbox.consensus_hash,
            seed: inbox.seed,
            verdicts: BoundedVec::new(verdicts)?,
            schedule: ScheduleClaim::default(),
            trace: TraceClaim::default(),
            state,
            effects: Effects {
                outbox: list::root(&[]),
                ..Effects::default()
            },
        };
        let params = self.chain.params(DOMAIN).unwrap()?;
        let (receipt, openings) = commit(&mut receipt, entries, vec![state], 0, &params)?;
        Some(Submission {
            receipt,
            openings: Some(openings),
        })
    }

    fn bodies_of(&self, inbox: &decex_bundle::Inbox) -> Option<Vec<&[Item]>> {
        let body = |header| self.bodies.get(header).map(Vec::as_slice);
        inbox.bundles.iter().map(|bundle| body(&bundle.header)).collect()
    }

    fn edited_bundle(&mut self, source: &mut Source<'_>) {
        let mut bytes = self.last.clone();
        source.edit(&mut bytes);
        self.call(|chain| chain.submit_bundle(&bytes).is_ok());
    }

    /// Refutes the schedule of a pending receipt, if it is wrong. Then it must fall.
    fn proof(&mut self, source: &mut Source<'_>) {
        let chain = self.chain.chain(DOMAIN).unwrap().expect("a domain");
        let pending = chain.head.0 - chain.confirmed.0;
        if pending == 0 {
            return;
        }
        let number = DomainNumber(chain.head.0 - u64::from(source.byte()) % pending);
        let record = self.chain.receipt_at(DOMAIN, number).unwrap().expect("pending");
        let inbox = self.chain.inbox(DOMAIN, number).unwrap().expect("not final");
        let hash = record.receipt.compute_hash();
        let (Some(claimed), Some(bodies)) = (self.schedules.get(&hash), self.bodies_of(&inbox)) else {
            return;
        };
        let content = make_content(&bodies, &record.receipt.verdicts);
        let content: Vec<InboxContent<'_>> = content.iter().map(Into::into).collect();
        let Some(evidence) = find(&inbox.seed, &content, claimed) else {
            return;
        };
        let proof = FraudProof {
            domain: DOMAIN,
            receipt: hash,
            reporter: REPORTER,
            evidence: Evidence::Schedule(evidence),
        };
        let mut bytes = proof.encode();
        if source.byte() % 4 == 1 {
            source.edit(&mut bytes);
            self.call(|chain| chain.submit_proof(&bytes).is_ok());
            return;
        }
        let fell = self.call(|chain| chain.submit_proof(&bytes).is_ok());
        assert!(fell, "a wrong pending receipt stands against its proof");
        let head = self.chain.chain(DOMAIN).unwrap().expect("a domain").head;
        assert_eq!(head.next(), Some(number), "it and all after it");
        assert!(
            !self.call(|chain| chain.submit_proof(&bytes).is_ok()),
            "only what is pending falls"
        );
    }

    fn equivocation(&mut self, source: &mut Source<'_>) {
        if self.sealed.is_empty() {
            return;
        }
        let evidence = Equivocation {
            first: source.pick(&self.sealed).clone(),
            second: source.pick(&self.sealed).clone(),
        };
        let mut bytes = evidence.encode();
        if source.byte() % 4 == 1 {
            source.edit(&mut bytes);
        }
        self.call(|chain| chain.submit_equivocation(REPORTER, &bytes).is_ok());
    }

    /// Shows two receipts that were vouched for. It slashes exactly who vouched for both and has something to lose.
    fn receipt_equivocation(&mut self, source: &mut Source<'_>) {
        if self.vouched.is_empty() {
            return;
        }
        let first = source.pick(&self.vouched).clone();
        let second = match source.flag() {
            true => self.vouch_again(&first, source.byte()),
            false => source.pick(&self.vouched).clone(),
        };
        let operator = first.header.header.operator;
        let status = self.chain.pool(operator).unwrap().expect("it sealed").status;
        let at_stake = !status.is_over();
        let twice = second.header.header.operator == operator
            && first.receipt.origin() == second.receipt.origin()
            && first.receipt != second.receipt;
        let evidence = ReceiptEquivocation { first, second };
        let mut bytes = evidence.encode();
        if source.byte() % 4 == 1 {
            source.edit(&mut bytes);
        }
        let same = bytes == evidence.encode();
        let slashed = self.call(|chain| chain.submit_receipt_equivocation(REPORTER, &bytes).is_ok());
        if same {
            assert_eq!(slashed, twice && at_stake, "R34 to R42, K28");
        }
        assert!(
            !slashed || (twice && at_stake),
            "edited evidence slashes somebody else"
        );
        assert!(
            !self.call(|chain| chain.submit_receipt_equivocation(REPORTER, &bytes).is_ok()),
            "one offence, punished twice"
        );
    }

    /// The operator vouches for one more receipt of the same origin, unless it says the same.
    fn vouch_again(&mut self, first: &Vouched, how: u8) -> Vouched {
        let mut receipt = first.receipt.clone();
        receipt.state = StateRoot(digest(&label::TRACE, &[how]));
        let header = first.header.header.clone();
        let keypair = operator_keypair(header.operator.0 as usize);
        let second = vouch(&keypair, header, &[receipt]).swap_remove(0);
        if second.header.header != first.header.header {
            self.twice.insert(second.header.header.operator);
            self.sealed.push(second.header.clone());
        }
        self.vouched.push(second.clone());
        second
    }

    fn register(&mut self, source: &mut Source<'_>) {
        let index = self.chain.counters().unwrap().operator.0 as usize;
        if index >= OPERATORS {
            return;
        }
        let (account, keypair) = (operator_account(index), operator_keypair(index));
        let key = *keypair.key().as_bytes();
        let domain = DomainId(u32::from(source.byte() % 8 == 1));
        let stake = match source.byte() % 8 {
            1 => Balance(0),
            2 => Balance(u128::MAX),
            more => Balance(deposit_for(STAKE).0 + u128::from(more)),
        };
        let mut possession = keypair.sign(
            &label::REGISTRATION,
            &registration_message(domain, &account, &key),
        );
        possession.0[0] ^= u8::from(source.byte() % 8 == 1);
        self.call(|chain| {
            chain
                .register_operator(account, domain, &key, &possession, stake, TERMS)
                .is_ok()
        });
    }

    fn deregister(&mut self, source: &mut Source<'_>) {
        let (who, whose) = (source.below(OPERATORS + 1), u64::from(source.byte() % 9));
        let caller = if source.flag() {
            operator_account(who)
        } else {
            operator_account(whose as usize)
        };
        self.call(|chain| chain.deregister_operator(caller, OperatorId(whose)).is_ok());
    }

    /// Pools and domains are added to, taken from and claimed from.
    fn money(&mut self, source: &mut Source<'_>) {
        let operator = OperatorId(u64::from(source.byte() % 9));
        let account = operator_account(source.below(OPERATORS));
        let amount = match source.byte() % 8 {
            0 => 0,
            1 => u128::MAX,
            more => STAKE.0 / 8 * u128::from(more) + u128::from(source.byte()),
        };
        match source.byte() % 8 {
            0 | 1 => self.call(|chain| chain.nominate(account, operator, Balance(amount)).is_ok()),
            2 => self.call(|chain| chain.withdraw(account, operator, Extent::All).is_ok()),
            3 => self.call(|chain| chain.withdraw(account, operator, Extent::Shares(amount)).is_ok()),
            4 => {
                let domain = DomainId(u32::from(source.byte() % 3));
                self.call(|chain| chain.endow_domain(account, domain, Balance(amount)).is_ok())
            }
            _ => self.call(|chain| chain.claim(operator, account).is_ok()),
        };
    }

    fn owner(&mut self, source: &mut Source<'_>) {
        let caller = if source.byte() % 4 == 1 { REPORTER } else { OWNER };
        let domain = DomainId(u32::from(source.byte() % 3));
        let account = operator_account(source.below(OPERATORS));
        match source.byte() % 8 {
            0 => {
                self.call(|chain| chain.pause(caller, domain).is_ok());
            }
            1..=3 => {
                self.call(|chain| chain.resume(caller, domain).is_ok());
            }
            4 => {
                self.call(|chain| chain.allow(caller, domain, account).is_ok());
            }
            5 => {
                self.call(|chain| chain.disallow(caller, domain, account).is_ok());
            }
            _ if self.chain.counters().unwrap().domain.0 < 3 => {
                let mut wanted = params();
                let mut bytes = wanted.encode();
                source.edit(&mut bytes);
                if let Ok(edited) = decex_core::decode_exact(&bytes, usize::MAX) {
                    wanted = edited;
                }
                self.call(|chain| {
                    chain
                        .create_domain(caller, wanted, Access::Listed, Balance::ZERO)
                        .is_ok()
                });
            }
            _ => {}
        }
    }

    /// Messages that belong to another chain, and blocks out of turn.
    fn noise(&mut self, source: &mut Source<'_>) {
        match source.byte() % 4 {
            0 => {
                let now = self.chain.clock().unwrap().expect("begun").block;
                let number = ConsensusNumber(now.number.0.wrapping_add(source.long() | 2));
                let info = BlockInfo { number, ..now };
                assert!(
                    !self.call(|chain| chain.begin_block(&info).is_ok()),
                    "a block out of turn"
                );
            }
            1 => {
                let mut bytes = SCENE.proof.encode();
                source.edit(&mut bytes);
                self.call(|chain| chain.submit_proof(&bytes).is_ok());
            }
            2 => {
                let mut bytes = SCENE.equivocation.encode();
                source.edit(&mut bytes);
                self.call(|chain| chain.submit_equivocation(REPORTER, &bytes).is_ok());
            }
            _ => {
                let bytes = source.take(usize::from(source.clone().byte()));
                self.call(|chain| chain.submit_bundle(bytes).is_ok());
            }
        }
    }
}
