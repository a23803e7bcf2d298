//! What the messages of the replay are made of: the right execution of every block, receipts with any claim on any parent, proofs,
//! elections, sealed bundles. Everything is kept, because the paths of the replay ask for the same again and again.

use crate::state::{Claim, Name};
use decex_bundle::{Base, Draft, Illegal, Inbox, Item, seal_bundle};
use decex_core::hash::Digest;
use decex_core::params::CheckedParams;
use decex_core::state::{MemoryTree, ProvableTree, StateTree};
use decex_core::{
    AccountId, Balance, ConsensusNumber, DomainId, DomainNumber, Host, OperatorId, ReceiptHash, Window,
};
use decex_election::{Challenge, ElectionProof, Odds, Share, try_elect};
use decex_fraud::{BaseStates, Claim as Judged, FraudProof, LocalExecution, execute, prove};
use decex_receipt::{Openings, Receipt, Submission};
use decex_testkit::deceit::NoRecord;
use decex_testkit::ledger::Call;
use decex_testkit::mutant::{Mutant, mutate};
use decex_tests::liar::item;
use decex_tests::world::{ENGINE, genesis_state, operator_keypair, transaction, user};
use parity_scale_codec::Encode;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::rc::Rc;

/// The one domain.
pub const DOMAIN: DomainId = DomainId(0);

/// Who reports offences. Not an operator, so that its money shows what was taken.
pub const REPORTER: AccountId = AccountId(Digest([7; 32]));

/// The lies that can be told of every block, each provable whatever stands below: an inbox proof shows the one transaction, and a
/// transition proof starts from a trace entry that is right.
const LIES: [Mutant; 2] = [Mutant::Reject(0, 0, Illegal::Malformed), Mutant::ExecutionFees];

/// Returns the transactions of domain block `number`: one transfer of a user that sends no other.
#[must_use]
pub fn body(number: u64) -> Vec<Item> {
    let from = usize::try_from(number).expect("a small number");
    let call = Call::Transfer {
        to: user(50),
        amount: Balance(1),
    };
    vec![item(&transaction(from, 0, call))]
}

/// A domain block and what follows from it.
#[derive(Debug)]
pub struct Right {
    /// Its inbox.
    pub inbox: Inbox,
    /// The right receipt on the right parent.
    pub receipt: Receipt,
    /// Its openings.
    pub openings: Openings,
    /// The state before each step.
    before: Vec<MemoryTree>,
    /// The state after.
    after: MemoryTree,
}

/// A receipt that somebody may submit.
#[derive(Debug)]
pub struct Made {
    /// Its hash.
    pub hash: ReceiptHash,
    /// With its openings.
    pub submission: Submission,
    /// The right one of the same block.
    right: Rc<Right>,
}

/// What was made so far.
#[derive(Debug)]
pub struct Oracle {
    /// The domain's parameters.
    pub params: CheckedParams,
    genesis: (ReceiptHash, Receipt, MemoryTree),
    rights: BTreeMap<(ReceiptHash, Vec<u8>), Rc<Right>>,
    made: BTreeMap<(ReceiptHash, ReceiptHash, Claim), Rc<Made>>,
    known: BTreeMap<ReceiptHash, (Name, Rc<Made>)>,
    proofs: BTreeMap<ReceiptHash, FraudProof>,
    elections: BTreeMap<(u8, u64, u128, u128), Option<ElectionProof>>,
    bundles: BTreeMap<(u8, u64, ReceiptHash), Vec<u8>>,
}

impl Oracle {
    /// Starts from a domain's genesis.
    #[must_use]
    pub fn new(params: CheckedParams, genesis: Receipt) -> Self {
        let mut tree = MemoryTree::new();
        tree.update(&genesis_state()).expect("a tree in memory");
        Self {
            params,
            genesis: (genesis.compute_hash(), genesis, tree),
            rights: BTreeMap::new(),
            made: BTreeMap::new(),
            known: BTreeMap::new(),
            proofs: BTreeMap::new(),
            elections: BTreeMap::new(),
            bundles: BTreeMap::new(),
        }
    }

    /// Returns genesis, which all bundles are based on.
    #[must_use]
    pub const fn base(&self) -> ReceiptHash {
        self.genesis.0
    }

    /// Executes the block after `parent`, `None` for genesis.
    pub fn right(&mut self, parent: Option<&Rc<Right>>, inbox: Inbox) -> Rc<Right> {
        let (hash, receipt, tree) = match parent {
            Some(parent) => (parent.receipt.compute_hash(), &parent.receipt, &parent.after),
            None => (self.genesis.0, &self.genesis.1, &self.genesis.2),
        };
        let key = (hash, inbox.encode());
        if let Some(found) = self.rights.get(&key) {
            return Rc::clone(found);
        }
        let bodies = body(inbox.number.0);
        let mut after = tree.clone();
        let mut bases = Bases(&self.genesis);
        let executed = execute(
            &ENGINE,
            &self.params,
            &inbox,
            receipt,
            &[&bodies],
            &mut bases,
            &mut after,
        );
        let executed = executed.expect("an executable block");
        let mut before = vec![after.clone()];
        for step in executed.steps.iter().rev() {
            let mut tree = before[before.len() - 1].clone();
            tree.update(&step.before).expect("a tree in memory");
            before.push(tree);
        }
        before.reverse();
        let right = Rc::new(Right {
            inbox,
            receipt: executed.receipt,
            openings: executed.openings,
            before,
            after,
        });
        self.rights.insert(key, Rc::clone(&right));
        right
    }

    /// Returns the receipt that claims this of a block on top of `parent`, whose name is `below`.
    pub fn receipt(&mut self, right: &Rc<Right>, parent: ReceiptHash, below: Name, claim: Claim) -> Rc<Made> {
        let key = (right.receipt.compute_hash(), parent, claim);
        if let Some(found) = self.made.get(&key) {
            return Rc::clone(found);
        }
        let mut receipt = Receipt {
            parent,
            ..right.receipt.clone()
        };
        let mut openings = right.openings.clone();
        if let Claim::Lie(kind) = claim {
            let lie = mutate(
                LIES[usize::from(kind)],
                &receipt,
                &openings,
                &right.inbox,
                &self.params,
            );
            (receipt, openings) = lie.expect("a lie that can be told of every block");
        }
        let made = Rc::new(Made {
            hash: receipt.compute_hash(),
            submission: Submission {
                receipt,
                openings: Some(openings),
            },
            right: Rc::clone(right),
        });
        self.made.insert(key, Rc::clone(&made));
        self.known
            .insert(made.hash, (below.child(claim), Rc::clone(&made)));
        made
    }

    /// Returns a receipt at the next number whose block is not known yet: what an earlier one holds, moved up.
    pub fn premature(&mut self, last: &Rc<Right>, parent: ReceiptHash, below: Name) -> Rc<Made> {
        let mut receipt = last.receipt.clone();
        (receipt.parent, receipt.number) = (parent, DomainNumber(u64::from(below.number) + 1));
        Rc::new(Made {
            hash: receipt.compute_hash(),
            submission: Submission {
                receipt,
                openings: Some(last.openings.clone()),
            },
            right: Rc::clone(last),
        })
    }

    /// Returns the hash of the receipt of this name over these blocks, if it was made.
    #[must_use]
    pub fn hash_of(&self, name: Name, rights: &[Rc<Right>]) -> Option<ReceiptHash> {
        let mut hash = self.genesis.0;
        for (number, right) in (0..name.number).zip(rights) {
            let key = (right.receipt.compute_hash(), hash, name.claim_at(number));
            hash = self.made.get(&key)?.hash;
        }
        Some(hash)
    }

    /// Returns what a hash stands for. Every receipt was made here.
    #[must_use]
    pub fn name_of(&self, hash: &ReceiptHash) -> Name {
        if *hash == self.genesis.0 {
            return Name::default();
        }
        self.known.get(hash).expect("a receipt that was made here").0
    }

    /// Returns the receipt of this hash.
    #[must_use]
    pub fn made(&self, hash: &ReceiptHash) -> Rc<Made> {
        Rc::clone(&self.known.get(hash).expect("a receipt that was made here").1)
    }

    /// Returns a proof against a lie, as an honest challenger makes it.
    pub fn proof(&mut self, lie: &Made) -> FraudProof {
        if let Some(found) = self.proofs.get(&lie.hash) {
            return found.clone();
        }
        let receipt = lie.submission.receipt.clone();
        let parent = match self.known.get(&receipt.parent) {
            Some((_, parent)) => &parent.submission.receipt,
            None => &self.genesis.1,
        };
        let inbox = lie.right.inbox.clone();
        let claim = Judged::new(&self.params, receipt.clone(), ConsensusNumber(0), parent, inbox);
        let mut local = Local {
            receipt: Receipt {
                parent: receipt.parent,
                ..lie.right.receipt.clone()
            },
            body: body(receipt.number.0),
            right: &lie.right,
            bases: Bases(&self.genesis),
        };
        let openings = lie.submission.openings.as_ref().expect("published openings");
        let proof = prove(&ENGINE, &claim.expect("a claim"), openings, &mut local, REPORTER);
        let proof = proof.expect("a provable lie").expect("a lie");
        self.proofs.insert(lie.hash, proof.clone());
        proof
    }

    /// Returns the proof that an operator with this share won a window, if it did.
    pub fn election(
        &mut self,
        operator: u8,
        challenge: &Challenge,
        odds: &Odds,
        share: &Share,
    ) -> Option<ElectionProof> {
        let key = (operator, challenge.window.0, share.stake().0, share.total().0);
        let elect =
            || try_elect(&operator_keypair(operator.into()), challenge, odds, share).map(|(_, proof)| proof);
        *self.elections.entry(key).or_insert_with(elect)
    }

    /// Returns the bytes of an operator's bundle of one receipt.
    pub fn bundle(&mut self, operator: u8, election: ElectionProof, made: &Made) -> Vec<u8> {
        let Window(window) = election.window;
        let key = (operator, window, made.hash);
        if let Some(found) = self.bundles.get(&key) {
            return found.clone();
        }
        let bytes = seal(
            operator,
            election,
            self.base(),
            vec![made.submission.clone()],
            Vec::new(),
        )
        .encode();
        self.bundles.insert(key, bytes.clone());
        bytes
    }

    /// Forgets the bundles of windows that were over before block `now`: no path asks for them again.
    pub fn forget(&mut self, before: Window) {
        self.bundles.retain(|(_, window, _), _| *window >= before.0);
    }
}

/// Seals whatever an operator is asked to.
#[must_use]
pub fn seal(
    operator: u8,
    election: ElectionProof,
    base: ReceiptHash,
    receipts: Vec<Submission>,
    items: Vec<Item>,
) -> decex_receipt::Bundle {
    let draft = Draft {
        domain: DOMAIN,
        operator: OperatorId(operator.into()),
        election,
        base,
    };
    let sealed = seal_bundle(
        &NoRecord,
        &operator_keypair(operator.into()),
        &draft,
        receipts,
        items,
    );
    sealed.expect("sealable").into_bundle()
}

/// Genesis is the only base.
struct Bases<'a>(&'a (ReceiptHash, Receipt, MemoryTree));

impl Host for Bases<'_> {
    type Error = Infallible;
}

impl BaseStates for Bases<'_> {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        let (hash, _, tree) = self.0;
        Ok((base.hash == *hash).then_some(tree as &dyn ProvableTree))
    }
}

/// What the honest challenger executed, on the parent that it disputes the receipt over.
struct Local<'a> {
    receipt: Receipt,
    body: Vec<Item>,
    right: &'a Right,
    bases: Bases<'a>,
}

impl Host for Local<'_> {
    type Error = Infallible;
}

impl BaseStates for Local<'_> {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        self.bases.base_state(base)
    }
}

impl LocalExecution for Local<'_> {
    fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    fn openings(&self) -> &Openings {
        &self.right.openings
    }

    fn body(&self, bundle: u16) -> Option<&[Item]> {
        (bundle == 0).then_some(&self.body)
    }

    fn state_before(&mut self, step: u32) -> Result<&dyn ProvableTree, Infallible> {
        Ok(&self.right.before[usize::try_from(step).expect("a small number")])
    }
}
