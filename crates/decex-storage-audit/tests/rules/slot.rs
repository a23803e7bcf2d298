//! A13 to A15 and A17: what a slot asks, and what comes of the answer.

use crate::common::{OFFSET, bytes, challenge, params, sector};
use decex_storage_audit::decex_core::hash::{Digest, Hash};
use decex_storage_audit::decex_core::id::{Randomness, Slot};
use decex_storage_audit::decex_core::label;
use decex_storage_audit::{AuditChallenge, PieceOffset, Sector, SectorId, poas_output};
use std::collections::BTreeSet;

#[test]
fn a13_the_challenge_is_of_randomness_and_slot() {
    let randomness = |byte| Randomness(Digest([byte; 32]));
    let expected = Hash::new(&label::AUDIT_CHALLENGE)
        .chain([9; 32])
        .chain([2, 1, 0, 0, 0, 0, 0, 0])
        .finish();
    let of = |byte, slot| *AuditChallenge::new(&randomness(byte), Slot(slot)).digest();
    assert_eq!(of(9, 0x0102), expected);
    let others = [of(8, 0x0102), of(9, 0x0103), of(9, 0x0102 << 32)];
    assert!(others.iter().all(|other| *other != expected));
}

/// The challenge of a sector is not public; place and tickets show it.
#[test]
fn a13_a14_a15_place_and_ticket_are_of_challenge_and_sector() {
    let (asked, id) = (challenge(5), sector().id());
    let key = Hash::new(&label::SECTOR_CHALLENGE)
        .chain(asked.digest())
        .chain(id.0)
        .finish();
    let place = u32::from_le_bytes(*key.0.first_chunk().unwrap()) % 64;
    assert_eq!(asked.of(&id).place(&params()), place);
    let masked = bytes(&[1]);
    let ticket = Hash::keyed(&key).chain(masked).finish();
    assert_eq!(
        asked.of(&id).ticket(&masked),
        u64::from_le_bytes(*ticket.0.first_chunk().unwrap())
    );
    let other = Sector { index: 8, ..sector() }.id();
    assert_ne!(asked.of(&id).ticket(&masked), asked.of(&other).ticket(&masked));
    assert_ne!(
        asked.of(&id).ticket(&masked),
        challenge(6).of(&id).ticket(&masked)
    );
}

#[test]
fn a14_every_place_is_asked_as_often() {
    let mut counts = [0_i32; 64];
    for slot in 0..64_000 {
        counts[challenge(slot).of(&sector().id()).place(&params()) as usize] += 1;
    }
    // 63 degrees of freedom: a deviation of 11.2.
    let found: i32 = counts.iter().map(|count| (count - 1_000).pow(2)).sum::<i32>() / 1_000;
    assert!((10..130).contains(&found), "{found} of 63");
}

#[test]
fn a15_tickets_of_many_are_tickets_of_each() {
    let asked = challenge(5).of(&sector().id());
    let masked: Vec<_> = (0..50).map(|chunk| bytes(&[chunk])).collect();
    let mut tickets = Vec::new();
    asked.tickets(&masked, |ticket| tickets.push(ticket));
    let each: Vec<u64> = masked.iter().map(|chunk| asked.ticket(chunk)).collect();
    assert_eq!(tickets, each);
    assert_eq!(each.iter().collect::<BTreeSet<_>>().len(), 50);
}

#[test]
fn a15_tickets_are_uniform() {
    // By their top five bits, and by their lowest.
    let asked = challenge(5).of(&sector().id());
    let (mut high, mut low) = ([0_i32; 32], [0_i32; 32]);
    for chunk in 0..32_000 {
        let ticket = asked.ticket(&bytes(&[chunk]));
        high[(ticket >> 59) as usize] += 1;
        low[(ticket & 31) as usize] += 1;
    }
    for counts in [high, low] {
        let found: i32 = counts.iter().map(|count| (count - 1_000).pow(2)).sum::<i32>() / 1_000;
        assert!(found < 80, "{found} of 31");
    }
}

#[test]
fn a17_the_output_is_of_challenge_sector_offset_and_masked_chunk() {
    let (asked, id, masked) = (challenge(5), sector().id(), bytes(&[1]));
    let of = |asked: &AuditChallenge, id: &SectorId, offset, masked| {
        poas_output(asked, id, PieceOffset(offset), masked)
    };
    let hash = Hash::new(&label::POAS_OUTPUT)
        .chain(asked.digest())
        .chain(id.0)
        .chain([3, 0])
        .chain(masked);
    assert_eq!(
        poas_output(&asked, &id, OFFSET, &masked),
        Randomness(hash.finish())
    );
    let other = Sector { index: 8, ..sector() }.id();
    let all = [
        of(&asked, &id, 3, &masked),
        of(&challenge(6), &id, 3, &masked),
        of(&asked, &other, 3, &masked),
        of(&asked, &id, 4, &masked),
        of(&asked, &id, 3, &bytes(&[2])),
    ];
    assert_eq!(
        all.iter().map(|output| output.0).collect::<BTreeSet<_>>().len(),
        5
    );
}
