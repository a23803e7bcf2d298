//! All lies that can be told of one receipt.

use super::Mutant;
use alloc::vec::Vec;
use decex_bundle::{Fault, Illegal, Inbox, Inboxed, Verdict};
use decex_core::execution::{Effects, Fees};
use decex_core::schedule::{Entry, ScheduleClaim};
use decex_receipt::{Receipt, TraceClaim};

/// The rules that a verdict can name.
const RULES: [Illegal; 5] = [
    Illegal::Malformed,
    Illegal::Signature,
    Illegal::Claim,
    Illegal::Nonce,
    Illegal::Fees,
];

/// Returns every lie about a right receipt, whether or not it can be told (see [`mutate`](super::mutate)): each field, each
/// way in which it can be wrong, at each place.
///
/// The receipt is taken apart without `..`: a field that is added does not compile until its lies are listed here.
#[must_use]
pub fn every(right: &Receipt, inbox: &Inbox) -> Vec<Mutant> {
    let Receipt {
        version: _,
        rules: _,
        domain: _,
        number: _,
        parent: _,
        consensus_number: _,
        consensus_hash: _,
        seed: _,
        verdicts,
        schedule,
        trace,
        state: _,
        effects,
    } = right;
    let mut lies = Vec::from([
        Mutant::Version,
        Mutant::Rules,
        Mutant::Domain,
        Mutant::NumberAhead,
        Mutant::NumberHeld,
        Mutant::Parent,
        Mutant::ConsensusNumber,
        Mutant::ConsensusHash,
        Mutant::Seed,
        Mutant::VerdictMissing,
        Mutant::VerdictAdded,
        Mutant::State,
    ]);
    for ((bundle, verdict), inboxed) in (0..).zip(verdicts).zip(&inbox.bundles) {
        of_verdict(bundle, *verdict, inboxed, &mut lies);
    }
    of_schedule(schedule, verdicts, inbox, &mut lies);
    of_trace(trace, &mut lies);
    of_effects(effects, &mut lies);
    lies
}

fn of_verdict(bundle: u16, right: Verdict, inboxed: &Inboxed, lies: &mut Vec<Mutant>) {
    let faults = || (0..inboxed.body.count).flat_map(|index| RULES.map(|rule| Fault { index, rule }));
    match right {
        Verdict::BaseRemoved => {
            lies.extend([Mutant::RemovedAccepted(bundle), Mutant::RemovedRejected(bundle)]);
        }
        Verdict::Valid => {
            lies.extend([Mutant::CalledRemoved(bundle), Mutant::VerdictBeyond(bundle)]);
            lies.extend(faults().map(|fault| Mutant::Reject(bundle, fault.index, fault.rule)));
        }
        Verdict::Invalid(first) => {
            lies.extend([
                Mutant::CalledRemoved(bundle),
                Mutant::VerdictBeyond(bundle),
                Mutant::Accept(bundle),
            ]);
            let others = faults().filter(|fault| *fault != first);
            lies.extend(others.map(|fault| Mutant::OtherFault(bundle, fault.index, fault.rule)));
        }
    }
}

fn of_schedule(right: &ScheduleClaim, verdicts: &[Verdict], inbox: &Inbox, lies: &mut Vec<Mutant>) {
    let ScheduleClaim { root: _, count } = right;
    lies.extend([
        Mutant::ScheduleRoot,
        Mutant::ScheduleCountOver,
        Mutant::ScheduleCountUnder,
        Mutant::ScheduleHidden,
    ]);
    let (mut named, mut unnamed) = (Vec::new(), Vec::new());
    for ((bundle, verdict), inboxed) in (0..).zip(verdicts).zip(&inbox.bundles) {
        let leaves = (0..inboxed.body.count).map(|leaf| Entry { bundle, leaf });
        if *verdict == Verdict::Valid {
            named.extend(leaves);
        } else {
            unnamed.extend(leaves);
        }
        let leaf = inboxed.body.count;
        unnamed.push(Entry { bundle, leaf });
    }
    unnamed.push(Entry {
        bundle: u16::MAX,
        leaf: 0,
    });
    for at in 0..*count {
        lies.extend([Mutant::Swap(at), Mutant::Omit(at), Mutant::Repeat(at)]);
        lies.extend(named.iter().map(|entry| Mutant::Replace(at, *entry)));
        lies.extend(unnamed.iter().map(|entry| Mutant::Unnamed(at, *entry)));
    }
    for at in 0..=*count {
        lies.extend(named.iter().map(|entry| Mutant::Insert(at, *entry)));
    }
}

fn of_trace(right: &TraceClaim, lies: &mut Vec<Mutant>) {
    let TraceClaim { root: _, length } = right;
    lies.extend([
        Mutant::TraceRoot,
        Mutant::TraceShort,
        Mutant::TraceLong,
        Mutant::TraceHidden,
    ]);
    for at in 0..*length {
        lies.extend([
            Mutant::TraceFrom(at),
            Mutant::TraceEntry(at),
            Mutant::TraceSwap(at),
        ]);
    }
}

fn of_effects(right: &Effects, lies: &mut Vec<Mutant>) {
    let Effects {
        outbox: _,
        fees: Fees {
            execution: _,
            storage: _,
            burned: _,
        },
    } = right;
    lies.extend([
        Mutant::Outbox,
        Mutant::ExecutionFees,
        Mutant::FewerExecutionFees,
        Mutant::StorageFees,
        Mutant::FewerStorageFees,
        Mutant::Burned,
        Mutant::LessBurned,
    ]);
}
