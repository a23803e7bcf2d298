//! A lie in each family, each with an accomplice; and an operator that seals two bundles for one window.

use super::super::stage::{DOMAIN, ENGINE, Stage, Told, id, refute, submit};
use super::{among, by, reporter, transfer};
use crate::mutant::{Mutant, mutate};
use decex_bundle::{Equivocation, Illegal};
use decex_consensus::{AccountCall, Event};
use decex_core::ReceiptHash;
use decex_fraud::{Claim, Family, FraudProof, prove};
use decex_receipt::{Openings, Receipt, Submission};
use parity_scale_codec::Encode;

/// A lie and who tells it.
struct Lie {
    about: &'static str,
    mutant: Mutant,
    family: Family,
    /// Who submits it, and who endorses it.
    liars: [u8; 2],
    /// The first nonce of the users in its block.
    nonce: u64,
}

pub(super) fn play(stage: &mut Stage) -> Told {
    tell(
        stage,
        &Lie {
            about: "a lie about the state is told",
            mutant: Mutant::TraceFrom(1),
            family: Family::Transition,
            liars: [2, 3],
            nonce: 1,
        },
    )?;
    tell(
        stage,
        &Lie {
            about: "a lie about the order is told",
            mutant: Mutant::Swap(0),
            family: Family::Schedule,
            liars: [4, 5],
            nonce: 2,
        },
    )?;
    tell(
        stage,
        &Lie {
            about: "a lie about a bundle is told",
            mutant: Mutant::Reject(0, 0, Illegal::Nonce),
            family: Family::Inbox,
            liars: [6, 7],
            nonce: 3,
        },
    )?;
    equivocate(stage)
}

fn tell(stage: &mut Stage, lie: &Lie) -> Told {
    let [election] = stage.next_with("operator 0 bundles transactions", [0])?;
    let items = [
        transfer(stage, 3, lie.nonce, 7)?,
        transfer(stage, 4, lie.nonce, 8)?,
        transfer(stage, 5, lie.nonce, 9)?,
    ];
    let bundle = stage.seal(0, election, [].into(), items.into())?;
    stage.include(&bundle)?;
    stage.next("its inbox is completed")?;
    stage.next("nobody submits the receipt")?;

    let [liar, accomplice] = lie.liars;
    let [first, second] = stage.next_with(lie.about, [liar, accomplice])?;
    let (receipt, openings) = made_up(stage, lie)?;
    let told = Submission {
        receipt: receipt.clone(),
        openings: Some(openings.clone()),
    };
    let endorsed = Submission {
        receipt: receipt.clone(),
        openings: None,
    };
    let bundle = stage.seal(liar, first, [told].into(), [].into())?;
    stage.include(&bundle)?;
    let bundle = stage.seal(accomplice, second, [endorsed].into(), [].into())?;
    stage.include(&bundle)?;

    stage.next("the lie is refuted")?;
    let proof = answer(stage, &receipt, &openings)?;
    let unknown = FraudProof {
        receipt: ReceiptHash::default(),
        ..proof.clone()
    };
    stage.refuse(23, refute(&unknown))?;
    let events = stage.accept(refute(&proof))?;
    among(
        stage,
        &events,
        "the family that refutes it",
        |event| matches!(event, Event::ReceiptsRemoved { family, .. } if *family == lie.family),
    )?;
    for index in lie.liars {
        among(
            stage,
            &events,
            "all who vouched for it are slashed",
            |event| matches!(event, Event::OperatorSlashed { operator, .. } if *operator == id(index)),
        )?;
    }
    stage.refuse(23, refute(&proof))?;
    stage.refuse(
        18,
        by(
            reporter(),
            AccountCall::Nominate {
                operator: id(liar),
                deposit: super::super::setting::DEPOSIT,
            },
        ),
    )?;

    let [election] = stage.next_with("operator 0 submits the right receipt", [0])?;
    let right = stage.right()?;
    let hash = right.last().map(|last| last.receipt.compute_hash());
    let hash = stage.need(hash, "a receipt is due")?;
    let bundle = stage.seal(0, election, right, [].into())?;
    stage.include(&bundle)?;
    // What refutes the lie does not refute the truth.
    stage.refuse(
        25,
        refute(&FraudProof {
            receipt: hash,
            ..proof
        }),
    )?;
    stage.settle("the right receipt becomes final")
}

/// Makes the wrong receipt of the block after the head.
fn made_up(stage: &mut Stage, lie: &Lie) -> Told<(Receipt, Openings)> {
    let (head, _) = stage.head()?;
    let number = stage.need(head.next(), "a next block")?;
    let params = stage.params();
    let params = stage.need(params, "the domain has parameters")?;
    let world = stage.world(number)?;
    let (right, inbox) = (world.right().clone(), world.inbox().clone());
    let told = mutate(lie.mutant, &right.receipt, &right.openings, &inbox, &params);
    stage.need(told, "the lie can be told")
}

/// Proves that a pending receipt is wrong.
fn answer(stage: &mut Stage, lie: &Receipt, openings: &Openings) -> Told<FraudProof> {
    let params = stage.params();
    let params = stage.need(params, "the domain has parameters")?;
    let claim = Claim::load(&stage.chain.state(), &params, DOMAIN, &lie.compute_hash()).ok();
    let claim = stage.need(claim, "the lie is pending")?;
    let world = stage.world(lie.number)?;
    let proof = prove(&ENGINE, &claim, openings, world, reporter()).ok().flatten();
    stage.need(proof, "the lie is refuted")
}

fn equivocate(stage: &mut Stage) -> Told {
    let [election] = stage.next_with("operator 1 seals two bundles for one window", [1])?;
    let one = stage.seal(1, election, [].into(), [transfer(stage, 0, 2, 1)?].into())?;
    let other = stage.seal(1, election, [].into(), [transfer(stage, 0, 2, 2)?].into())?;
    stage.include(&one)?;
    stage.refuse(20, submit(&other))?;
    let evidence = Equivocation {
        first: one.header.clone(),
        second: other.header,
    };
    let harmless = Equivocation {
        first: one.header.clone(),
        second: one.header,
    };
    let report = |evidence: &Equivocation| AccountCall::SubmitEquivocation {
        evidence: evidence.encode(),
    };
    stage.refuse(26, by(reporter(), report(&harmless)))?;
    let events = stage.accept(by(reporter(), report(&evidence)))?;
    among(
        stage,
        &events,
        "the operator is slashed",
        |event| matches!(event, Event::OperatorSlashed { operator, .. } if *operator == id(1)),
    )?;
    stage.refuse(28, by(reporter(), report(&evidence)))
}
