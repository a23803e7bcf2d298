//! Receipt equivocation: who vouches for one receipt of each origin cannot be framed, who vouches for two cannot deny it.

use crate::decode::LIMIT;
use crate::scene::{CLAIMS, SCENE};
use crate::source::Source;
use decex_bundle::{Header, ReceiptsCommitment, SealedHeader};
use decex_core::codec::decode_exact;
use decex_core::hash::digest;
use decex_core::list::ListTree;
use decex_core::{DomainId, DomainNumber, OperatorId, StateRoot, Window, label};
use decex_election::Keypair;
use decex_receipt::{Receipt, ReceiptEquivocation, ReceiptEquivocationProven, Vouched};
use decex_tests::world::operator_keypair;
use parity_scale_codec::{Decode, Encode};
use std::sync::LazyLock;

const OPERATORS: usize = 3;
const DOMAINS: u32 = 2;
/// How many ways [`disturb`] knows. The first changes nothing.
const DISTURBED: u8 = 8;

static KEYS: LazyLock<Vec<Keypair>> = LazyLock::new(|| (0..OPERATORS).map(operator_keypair).collect());

/// What three honest operators vouched for: one receipt of each of eight origins, in three windows. The operators do not agree
/// on any receipt.
static HONEST: LazyLock<Vec<Vouched>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for domain in (0..DOMAINS).map(DomainId) {
        for (operator, key) in KEYS.iter().enumerate() {
            let own: Vec<Receipt> = (0..DISTURBED)
                .map(|how| {
                    let mut receipt = template(domain);
                    disturb(&mut receipt, how);
                    receipt.state = state(&[operator as u8, how]);
                    receipt
                })
                .collect();
            let turned: Vec<Receipt> = own.iter().rev().cloned().collect();
            for (window, receipts) in [&own[..], &own[..3], &turned[..5]].into_iter().enumerate() {
                let header = header(domain, operator as u64, window as u64);
                all.extend(vouch(key, header, receipts));
            }
        }
    }
    all
});

/// What is vouched for beside the receipts that a case is about: of origins that nothing else here has.
static BESIDE: LazyLock<Vec<Receipt>> = LazyLock::new(|| {
    let other = |number: u64| Receipt {
        number: DomainNumber(1_000 + number),
        ..template(DomainId(0))
    };
    (0..4).map(other).collect()
});

fn state(tag: &[u8]) -> StateRoot {
    StateRoot(digest(&label::TRACE, tag))
}

fn template(domain: DomainId) -> Receipt {
    Receipt {
        domain,
        ..CLAIMS.right[0].receipt().clone()
    }
}

fn header(domain: DomainId, operator: u64, window: u64) -> Header {
    let mut header = SCENE.bundle.header.header.clone();
    header.domain = domain;
    header.operator = OperatorId(operator);
    header.election.window = Window(window);
    header
}

/// Moves a receipt to another origin of its domain: one field at a time.
fn disturb(receipt: &mut Receipt, how: u8) {
    match how % DISTURBED {
        0 => {}
        1 => receipt.version ^= 1,
        2 => receipt.rules.0.0[0] ^= 1,
        3 => receipt.number.0 ^= 1,
        4 => receipt.parent.0.0[0] ^= 1,
        5 => receipt.consensus_number.0 ^= 1,
        6 => receipt.consensus_hash.0.0[0] ^= 1,
        _ => receipt.seed.0.0[0] ^= 1,
    }
}

/// Seals a header over these receipts and shows the place of each.
pub(crate) fn vouch(key: &Keypair, mut header: Header, receipts: &[Receipt]) -> Vec<Vouched> {
    let tree = ListTree::new(receipts.iter().map(|receipt| receipt.compute_hash().0).collect());
    header.receipts = ReceiptsCommitment {
        root: tree.root(),
        count: tree.length(),
    };
    let seal = key.sign(&label::BUNDLE_SEAL, &header.compute_hash().0);
    let header = SealedHeader { header, seal };
    (0_u32..)
        .zip(receipts)
        .map(|(index, receipt)| Vouched {
            header: header.clone(),
            receipt: receipt.clone(),
            place: tree.prove(index, 1).expect("a leaf"),
        })
        .collect()
}

/// Evidence that holds, against operator 3: it is none of the honest ones.
pub(crate) fn example() -> ReceiptEquivocation {
    let mut pair = [1, 2].map(|window| {
        let receipt = Receipt {
            state: state(&[9, window]),
            ..template(DomainId(0))
        };
        let header = header(DomainId(0), 3, window.into());
        let mut vouched = vouch(&operator_keypair(3), header, &[BESIDE[0].clone(), receipt]);
        vouched.pop()
    });
    ReceiptEquivocation {
        first: pair[0].take().expect("two"),
        second: pair[1].take().expect("two"),
    }
}

/// Two receipts that nobody vouched for against the rules, and two that somebody did.
pub(crate) fn receipt_equivocation(data: &[u8]) {
    let mut source = Source::new(data);
    let evidence = if source.flag() {
        decode_exact::<ReceiptEquivocation>(source.rest(), LIMIT).ok()
    } else {
        Some(framing(&mut source))
    };
    let Some(evidence) = evidence else { return };
    for key in KEYS.iter() {
        assert!(
            evidence.verify(key.key()).is_err(),
            "an honest operator is framed"
        );
    }
    check_twice(&mut source);
}

/// What is made of two honest headers without the key that sealed them.
fn framing(source: &mut Source<'_>) -> ReceiptEquivocation {
    let (first, mut second) = (source.pick(&HONEST).clone(), source.pick(&HONEST).clone());
    match source.byte() % 8 {
        // Never vouched for, of the first's origin.
        0 => {
            second = first.clone();
            second.receipt.state = state(&[source.byte()]);
        }
        // Under the first's name.
        1 => second.header.header.operator = first.header.header.operator,
        2 => second.header.header.domain = first.header.header.domain,
        // Of the first's origin, as another operator sees it.
        3 => second.receipt = other_view(&first),
        4 => {
            second.receipt = other_view(&first);
            second.header = first.header.clone();
            second.place = first.place.clone();
        }
        // Sealed by another than it names.
        5 => {
            let author = source.pick(&KEYS);
            let mut named = first.header.header.clone();
            named.election.window.0 ^= 1;
            let named = vouch(author, named, &[other_view(&first)]);
            if author.key() != KEYS[first.header.header.operator.0 as usize].key() {
                second = named[0].clone();
            }
        }
        _ => {}
    }
    if source.flag() {
        return ReceiptEquivocation {
            first: second,
            second: first,
        };
    }
    ReceiptEquivocation {
        first: changed(source, &first),
        second: changed(source, &second),
    }
}

/// What another operator vouched for where this one vouched for its own.
fn other_view(own: &Vouched) -> Receipt {
    let other = |vouched: &&Vouched| {
        vouched.receipt.origin() == own.receipt.origin() && vouched.receipt != own.receipt
    };
    HONEST
        .iter()
        .find(other)
        .map_or_else(|| own.receipt.clone(), |vouched| vouched.receipt.clone())
}

fn changed(source: &mut Source<'_>, vouched: &Vouched) -> Vouched {
    let mut bytes = vouched.encode();
    source.edit(&mut bytes);
    Vouched::decode(&mut &bytes[..]).unwrap_or_else(|_| vouched.clone())
}

/// Seals whatever comes, perhaps two receipts of one origin, and expects a proof exactly if they are.
fn check_twice(source: &mut Source<'_>) {
    let author = source.below(OPERATORS);
    let key = &KEYS[author];
    let (first, second) = two_receipts(source);
    let domain = DomainId(u32::from(source.byte() % 8 == 1));
    let mut headers = [1, 2].map(|window| header(domain, author as u64, window));
    match source.byte() % 8 {
        1 => headers[1].domain.0 ^= 1,
        2 => headers[1].operator.0 ^= 1,
        // One window, and nothing else that tells the headers apart.
        3 => headers[1].election.window = headers[0].election.window,
        _ => {}
    }
    let [mut one, other] = headers;
    let evidence = if source.byte() % 4 == 1 {
        one.domain = other.domain;
        one.operator = other.operator;
        both_in_one(source, key, one, [&first, &second])
    } else {
        ReceiptEquivocation {
            first: among(source, key, one, &first),
            second: among(source, key, other, &second),
        }
    };
    let (one, other) = (&evidence.first.header.header, &evidence.second.header.header);
    let twice = one.domain == other.domain
        && one.operator == other.operator
        && first.origin() == second.origin()
        && first.domain == one.domain
        && first != second;
    let proven = evidence.verify(key.key());
    assert_eq!(proven.is_ok(), twice, "R34 to R38: {proven:?}");
    let turned = ReceiptEquivocation {
        first: evidence.second.clone(),
        second: evidence.first.clone(),
    };
    assert_eq!(
        turned.verify(key.key()).ok(),
        proven.ok(),
        "one name whatever the order"
    );
    let other_key = &KEYS[(author + 1) % OPERATORS];
    assert!(evidence.verify(other_key.key()).is_err(), "R41: another key");
    if let Ok(proven) = &proven {
        check_name(key, &evidence, proven);
    }
    check_changed(source, key, &evidence, proven.ok());
}

/// Two receipts; mostly of one origin and different.
fn two_receipts(source: &mut Source<'_>) -> (Receipt, Receipt) {
    let mut first = template(DomainId(0));
    first.state = state(&[source.byte()]);
    let mut second = first.clone();
    match source.byte() % 8 {
        0 => {}
        1 => second.effects.fees.burned.0 ^= 1,
        2 => second.trace.length ^= 1,
        3 => second.schedule.count ^= 1,
        4 => second.verdicts = decex_core::BoundedVec::default(),
        _ => second.state = state(&[1, source.byte()]),
    }
    match source.byte() {
        how @ 0..254 if how.is_multiple_of(2) => disturb(&mut second, how / 2),
        255 => second.domain.0 ^= 1,
        254 => (first.domain.0, second.domain.0) = (7, 7),
        _ => {}
    }
    (first, second)
}

/// Vouches for a receipt somewhere among others.
fn among(source: &mut Source<'_>, key: &Keypair, header: Header, receipt: &Receipt) -> Vouched {
    let mut receipts = BESIDE[..source.below(BESIDE.len() + 1)].to_vec();
    let at = source.below(receipts.len() + 1);
    receipts.insert(at, receipt.clone());
    vouch(key, header, &receipts).swap_remove(at)
}

/// Vouches for both in one header.
fn both_in_one(
    source: &mut Source<'_>,
    key: &Keypair,
    header: Header,
    [first, second]: [&Receipt; 2],
) -> ReceiptEquivocation {
    let mut receipts = BESIDE[..source.below(BESIDE.len() + 1)].to_vec();
    receipts.insert(0, first.clone());
    receipts.push(second.clone());
    let mut vouched = vouch(key, header, &receipts);
    ReceiptEquivocation {
        second: vouched.pop().expect("the last"),
        first: vouched.swap_remove(0),
    }
}

/// The offence has one name, whichever receipts and headers show it, and no other offence has it.
fn check_name(key: &Keypair, evidence: &ReceiptEquivocation, proven: &ReceiptEquivocationProven) {
    let (sealed, receipt) = (&evidence.first.header.header, &evidence.first.receipt);
    assert_eq!(
        (proven.domain(), proven.operator()),
        (sealed.domain, sealed.operator)
    );
    assert_eq!(*proven.origin(), receipt.origin());
    let name = |operator: OperatorId, how: u8| {
        let pair = [3, 4].map(|tag| {
            let mut receipt = receipt.clone();
            disturb(&mut receipt, how);
            receipt.state = state(&[2, tag]);
            vouch(key, header(sealed.domain, operator.0, tag.into()), &[receipt]).swap_remove(0)
        });
        let [first, second] = pair;
        let pair = ReceiptEquivocation { first, second };
        pair.verify(key.key()).expect("two of one origin").evidence()
    };
    assert_eq!(
        name(sealed.operator, 0),
        proven.evidence(),
        "one offence, two names"
    );
    for how in 1..DISTURBED {
        assert_ne!(
            name(sealed.operator, how),
            proven.evidence(),
            "two offences, one name"
        );
    }
    let other = OperatorId(sealed.operator.0 ^ 1);
    assert_ne!(name(other, 0), proven.evidence(), "two offenders, one name");
}

/// However evidence is changed, it proves what it proved or nothing.
fn check_changed(
    source: &mut Source<'_>,
    key: &Keypair,
    evidence: &ReceiptEquivocation,
    proven: Option<ReceiptEquivocationProven>,
) {
    let mut bytes = evidence.encode();
    source.edit(&mut bytes);
    let Ok(edited) = decode_exact::<ReceiptEquivocation>(&bytes, LIMIT) else {
        return;
    };
    if let Ok(found) = edited.verify(key.key()) {
        assert_eq!(Some(found), proven, "changed evidence proves something else");
    }
}
