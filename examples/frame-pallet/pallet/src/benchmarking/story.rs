//! What must have happened before what is measured.

use super::chain::{next, somebody};
use super::domain::{Domain, Setting};
use super::ledger::{signed, transfer};
use super::{Done, VERIFIER, accepted, need, stakes};
use crate::host::FrameHost;
use crate::kind::Kind;
use crate::pallet::{Config, Event, Pallet};
use alloc::vec::Vec;
use decex_consensus::Consensus;
use decex_consensus::decex_receipt::{ReceiptEquivocation, Submission, Vouched};
use decex_consensus::decex_validity::TransitionVerifier;
use decex_core::list::ListTree;
use decex_core::params::{DomainParams, Validity};
use decex_core::{AccountId, BoundedVec, Nonce, SenderId, Weight};
use decex_testkit::decex_bundle::{Equivocation, Item};
use decex_testkit::ledger::Call;
use frame_support::traits::Get;
use parity_scale_codec::Encode;

/// A domain whose operators' stakes count.
pub(super) fn ready<T: Config>(setting: &Setting) -> Done<Domain> {
    next::<T>()?;
    let domain = Domain::found::<T>(setting)?;
    domain.settle_in::<T>()?;
    Ok(domain)
}

/// How often something happened in this block.
pub(super) fn count<T: Config>(kind: Kind) -> u32 {
    let events = frame_system::Pallet::<T>::read_events_no_consensus();
    let found = events.filter(|record| {
        let sought = Event::<T>::Domain {
            kind,
            event: Vec::new(),
        };
        // The event of the runtime begins with two numbers, the pallet's and the kind's.
        let (found, sought): (T::RuntimeEvent, T::RuntimeEvent) = (record.event.clone(), sought.into());
        found.encode().get(..3) == sought.encode().get(..3)
    });
    Pallet::<T>::size(found.count())
}

/// Everything up to the block in which `inboxes` inboxes are closed, `confirmed` receipts become final and `swept` removed receipts are
/// swept.
pub(super) fn before_the_block<T: Config>(inboxes: u32, confirmed: u32, swept: u32) -> Done {
    next::<T>()?;
    let found = |from: u32, count: u32, operators: u32| -> Done<Vec<Domain>> {
        let settings = (from..from.saturating_add(count)).map(|index| Setting {
            operators,
            ..Setting::plain(index)
        });
        settings.map(|setting| Domain::found::<T>(&setting)).collect()
    };
    let mut closing = found(0, inboxes, 1)?;
    let mut confirming = found(inboxes, confirmed, 1)?;
    let mut lying = found(inboxes.saturating_add(confirmed), swept, 2)?;
    let any = closing.first().or(confirming.first()).or(lying.first());
    let Some(any) = any else { return Ok(()) };
    any.settle_in::<T>()?;
    let period = any.params::<T>()?.challenge_period;
    // Two blocks of each that lies.
    for domain in &mut lying {
        domain.send::<T>(0, Vec::new(), Vec::from([transfer(0, 0)?]))?;
        domain.next::<T>()?;
        domain.send::<T>(0, Vec::new(), Vec::from([transfer(1, 0)?]))?;
        domain.next::<T>()?;
    }
    for domain in &mut confirming {
        domain.fill_inbox::<T>(0)?;
    }
    next::<T>()?;
    for domain in &mut confirming {
        domain.catch_up::<T>()?;
        let right = domain.right(1)?;
        domain.send::<T>(0, Vec::from([right]), Vec::new())?;
    }
    // The receipts of this block become final when the next one after the period begins.
    let mut told: Vec<Option<Submission>> = lying.iter().map(|_| None).collect();
    for _ in 0..period {
        next::<T>()?;
        for (domain, told) in lying.iter_mut().zip(&mut told) {
            if told.is_none() {
                *told = tell_two::<T>(domain)?;
            }
        }
    }
    for domain in &mut closing {
        domain.fill_inbox::<T>(0)?;
    }
    // As if the chain swept one receipt in a block: one of two is left of each domain.
    let rules = decex_consensus::Config {
        work_per_block: 1,
        ..T::Rules::get()
    };
    let mut slow = Consensus::new(FrameHost::<T>::new(), rules);
    for (domain, told) in lying.iter_mut().zip(&told) {
        let told = need(told.as_ref(), "both operators were elected in time")?;
        let proof = domain.refute::<T>(1, told, somebody("reporter", 0))?;
        accepted(slow.submit_proof(&proof), "the proof holds")?;
    }
    Ok(())
}

/// One operator lies about the first block, the other builds on it; if both are elected now. Returns the lie.
fn tell_two<T: Config>(domain: &mut Domain) -> Done<Option<Submission>> {
    domain.catch_up::<T>()?;
    let (first, second) = (domain.elected::<T>(0)?, domain.elected::<T>(1)?);
    let (Some(first), Some(second)) = (first, second) else {
        return Ok(None);
    };
    let lie = domain.lie::<T>(1, 1)?;
    let upon = domain.right_upon::<T>(2, &lie.receipt)?;
    let bundle = domain.seal::<T>(0, first, Vec::from([lie.clone()]), Vec::new())?;
    domain.include::<T>(&bundle)?;
    let bundle = domain.seal::<T>(1, second, Vec::from([upon]), Vec::new())?;
    domain.include::<T>(&bundle)?;
    Ok(Some(lie))
}

/// A transaction of four bytes that no engine knows: whoever includes a bundle looks at its form alone.
fn small(number: u32) -> Done<Item> {
    Ok(Item {
        sender: SenderId(somebody("small", number).0),
        nonce: Nonce(0),
        weight: Weight(1),
        bytes: need(BoundedVec::new(Vec::from(number.to_le_bytes())), "four bytes fit")?,
    })
}

/// A bundle of about so many bytes, all of them small transactions.
pub(super) fn small_transactions<T: Config>(domain: &mut Domain, bytes: u32) -> Done<Vec<u8>> {
    /// Bytes of a bundle without transactions, and of one of them with its claims.
    const EMPTY: u32 = 320;
    let each = Pallet::<T>::size(small(0)?.encoded_size());
    let count = bytes.saturating_sub(EMPTY).checked_div(each).unwrap_or_default();
    let items: Done<Vec<Item>> = (0..count).map(small).collect();
    sized(domain.bundle::<T>(0, Vec::new(), items?)?.encode(), bytes)
}

/// A bundle of about so many bytes with the receipt of a block of transfers.
pub(super) fn long_receipt<T: Config>(bytes: u32) -> Done<Vec<u8>> {
    /// Bytes of the bundle without openings, and of a transaction's entry and state root.
    const EMPTY: u32 = 700;
    const EACH: u32 = 38;
    let count = bytes.saturating_sub(EMPTY).checked_div(EACH).unwrap_or_default();
    let mut domain = transfers::<T>(count, |_| {})?;
    let right = domain.right(1)?;
    sized(
        domain.bundle::<T>(0, Vec::from([right]), Vec::new())?.encode(),
        bytes,
    )
}

/// A domain with a block of so many users' transfers, executed.
fn transfers<T: Config>(count: u32, change: fn(&mut DomainParams)) -> Done<Domain> {
    let setting = Setting {
        users: count.saturating_add(1),
        change,
        ..Setting::plain(0)
    };
    let mut domain = ready::<T>(&setting)?;
    let items: Done<Vec<Item>> = (0..count).map(|from| transfer(from, 0)).collect();
    domain.send::<T>(0, Vec::new(), items?)?;
    domain.next::<T>()?;
    domain.next::<T>()?;
    Ok(domain)
}

/// A fraud proof of about so many bytes, against a lie that two operators answer for.
pub(super) fn proof<T: Config>(bytes: u32) -> Done<Vec<u8>> {
    /// Bytes of the proof without slots, and of a slot in its witness.
    const EMPTY: u32 = 920;
    const EACH: u32 = 42;
    let count = bytes.saturating_sub(EMPTY).checked_div(EACH).unwrap_or_default();
    let setting = Setting {
        operators: 2,
        slots: count,
        ..Setting::plain(0)
    };
    let mut domain = ready::<T>(&setting)?;
    let write = Call::Write {
        first: 0,
        count,
        value: 2,
    };
    domain.send::<T>(0, Vec::new(), Vec::from([signed(0, 0, write)?]))?;
    domain.next::<T>()?;
    domain.next::<T>()?;
    let lie = domain.lie::<T>(1, 1)?;
    domain.send::<T>(0, Vec::from([lie.clone()]), Vec::new())?;
    let endorsed = Submission {
        receipt: lie.receipt.clone(),
        openings: None,
    };
    domain.send::<T>(1, Vec::from([endorsed]), Vec::new())?;
    sized(domain.refute::<T>(1, &lie, somebody("reporter", 0))?, bytes)
}

/// A validity proof of about so many bytes, of a block of transfers.
pub(super) fn validity_proof<T: Config>(bytes: u32) -> Done<Vec<u8>> {
    /// Bytes of the proof without transactions, and of a transfer with its accounts and state root.
    const EMPTY: u32 = 270;
    const EACH: u32 = 350;
    let count = bytes.saturating_sub(EMPTY).checked_div(EACH).unwrap_or_default();
    let mut domain = transfers::<T>(count, |params| {
        params.validity = Validity::Proven {
            verifier: VERIFIER.id(),
        };
        params.block.transactions = 64;
        params.block.bytes = 32_768;
        params.bundles_per_block = 1;
    })?;
    let right = domain.right(1)?;
    domain.send::<T>(0, Vec::from([right]), Vec::new())?;
    sized(domain.show::<T>(1)?, bytes)
}

/// Fails unless there are as many bytes as the component of the benchmark says, to a tenth.
fn sized(found: Vec<u8>, expected: u32) -> Done<Vec<u8>> {
    let close = length(&found).abs_diff(expected) <= expected / 10;
    need(
        close.then_some(found),
        "the bytes are as many as the component says",
    )
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// Evidence of two bundles for one window.
pub(super) fn two_bundles<T: Config>() -> Done<(Vec<u8>, AccountId)> {
    let (mut domain, _) = stakes::nominated::<T>()?;
    let first = domain.bundle::<T>(0, Vec::new(), Vec::from([transfer(0, 0)?]))?;
    let second = domain.bundle::<T>(0, Vec::new(), Vec::from([transfer(1, 0)?]))?;
    let evidence = Equivocation {
        first: first.header,
        second: second.header,
    };
    Ok((evidence.encode(), somebody("reporter", 0)))
}

/// Evidence of two receipts for one block.
pub(super) fn two_receipts<T: Config>() -> Done<(Vec<u8>, AccountId)> {
    let (mut domain, _) = stakes::nominated::<T>()?;
    domain.fill_inbox::<T>(0)?;
    domain.next::<T>()?;
    domain.next::<T>()?;
    let (right, lie) = (domain.right(1)?, domain.lie::<T>(1, 1)?);
    let evidence = ReceiptEquivocation {
        first: vouched::<T>(&mut domain, &right)?,
        second: vouched::<T>(&mut domain, &lie)?,
    };
    Ok((evidence.encode(), somebody("reporter", 0)))
}

fn vouched<T: Config>(domain: &mut Domain, submission: &Submission) -> Done<Vouched> {
    let bundle = domain.bundle::<T>(0, Vec::from([submission.clone()]), Vec::new())?;
    let leaf = submission.receipt.compute_hash().0;
    Ok(Vouched {
        header: bundle.header,
        receipt: submission.receipt.clone(),
        place: need(ListTree::new(Vec::from([leaf])).prove(0, 1), "the list has one")?,
    })
}
