//! What the types give out: views by reference, what a host records of a bundle, what a block is executed in.

use crate::world::*;
use decex_bundle::{Inbox, InclusionView, check_header, seal_bundle};
use decex_core::codec::BoundedVec;
use decex_core::execution::Context;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_election::{InvalidSignature, SubmissionView};

/// Every answer of a view, as text.
fn answers<V: InclusionView<Error = Broken> + SubmissionView>(view: V) -> [String; 8] {
    [
        format!("{:?}", view.has_submitted(DOMAIN, OPERATOR, WINDOW)),
        format!("{:?}", view.terms(DOMAIN)),
        format!("{:?}", view.standing(DOMAIN, OPERATOR, WINDOW)),
        format!("{:?}", view.randomness(DOMAIN, WINDOW)),
        format!("{:?}", view.base(DOMAIN, &base().hash)),
        format!("{:?}", view.head(DOMAIN)),
        format!("{:?}", view.unexecuted(DOMAIN)),
        format!("{:?}", view.bundles_in_block(DOMAIN)),
    ]
}

#[test]
fn a_view_is_a_view_by_reference_too() {
    let mut world = World::new();
    (world.unexecuted, world.in_block) = (2, 3);
    world.used.insert((DOMAIN, OPERATOR, WINDOW));
    let own = answers(world.clone());
    assert_eq!(answers(&world), own);
    assert_eq!(own.iter().find(|answer| answer.contains("None")), None);
}

#[test]
fn what_is_recorded_is_what_the_header_says() {
    let bundle = bundle(items(2));
    let header = &bundle.header.header;
    let names = (
        header.compute_hash(),
        header.domain,
        header.operator,
        header.election.window,
    );
    let sealed = seal_bundle(
        &Seals::default(),
        &keypair(1),
        &draft(),
        vec![Note(1), Note(2)],
        items(2),
    )
    .unwrap();
    assert_eq!(sealed.bundle(), &bundle);
    assert_eq!(
        (
            sealed.header_hash(),
            sealed.domain(),
            sealed.operator(),
            sealed.window()
        ),
        names
    );

    let world = World::new();
    let checked = check_header(&world, NOW, &bundle).unwrap();
    assert_eq!(
        (
            checked.header_hash(),
            checked.domain(),
            checked.operator(),
            checked.window()
        ),
        names
    );
    assert_eq!(checked.terms(), world.terms.as_ref().unwrap());

    let included = world.include(&bundle).unwrap();
    assert_eq!(
        (
            included.header_hash(),
            included.domain(),
            included.operator(),
            included.window()
        ),
        names
    );
    let (inboxed, summaries) = (included.inboxed().cloned(), included.summaries().to_vec());
    assert_eq!(inboxed.as_ref().map(|inboxed| inboxed.header), Some(names.0));
    assert_eq!(summaries.len(), 2);
    let (permit, kept, leaves) = included.into_parts();
    assert_eq!(
        (permit.domain(), permit.operator(), permit.window()),
        (names.1, names.2, names.3)
    );
    assert_eq!((kept, leaves), (inboxed, summaries));
}

#[test]
fn a_block_is_executed_in_what_its_inbox_says() {
    let inbox = Inbox {
        domain: DOMAIN,
        number: DomainNumber(1),
        rules: RuleSet(named(2)),
        consensus_number: ConsensusNumber(3),
        consensus_hash: ConsensusHash(named(4)),
        slot: Slot(5),
        timestamp: Timestamp(6),
        byte_price: Balance(7),
        seed: Seed(named(8)),
        messages: BoundedVec::default(),
        bundles: BoundedVec::default(),
    };
    let parent = ReceiptHash(Digest([9; 32]));
    let expected = Context {
        domain: DOMAIN,
        number: DomainNumber(1),
        parent,
        consensus_number: ConsensusNumber(3),
        consensus_hash: ConsensusHash(named(4)),
        slot: Slot(5),
        timestamp: Timestamp(6),
        seed: Seed(named(8)),
        byte_price: Balance(7),
    };
    assert_eq!(inbox.context(parent), expected);
}

#[test]
fn b16_a_seal_is_of_one_key_and_one_header() {
    let sealed = bundle(items(1)).header;
    assert_eq!(sealed.verify_seal(keypair(1).key()), Ok(()));
    let refused = Err(InvalidSignature::Mismatch);
    assert_eq!(sealed.verify_seal(keypair(2).key()), refused);
    let mut other = sealed.clone();
    other.header.operator = OperatorId(9);
    assert_eq!(other.verify_seal(keypair(1).key()), refused);
}
