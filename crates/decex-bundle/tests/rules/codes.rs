//! Codes are the numbers of the rules: hosts and tools keep them.

use decex_bundle::{Fault, Illegal, InvalidBundle, InvalidEquivocation, Unsealable};
use decex_core::id::*;
use decex_election::{InvalidElection, InvalidSignature, InvalidWindow};

const DOMAIN: DomainId = DomainId(1);
const OPERATOR: OperatorId = OperatorId(2);
const WINDOW: Window = Window(3);

#[test]
fn codes_of_inclusion() {
    let (limit, found, expected, index) = (1, 2, 1, 0);
    let (domain, operator, window) = (DOMAIN, OPERATOR, WINDOW);
    let closed = InvalidWindow::Future {
        limit: WINDOW,
        found: Window(4),
    };
    let fault = Fault {
        index,
        rule: Illegal::Nonce,
    };
    let refusals = [
        InvalidBundle::Version {
            expected: 1,
            found: 2,
        },
        InvalidBundle::UnknownDomain { domain },
        InvalidBundle::Paused { domain },
        InvalidBundle::UnknownOperator { operator },
        InvalidBundle::Ineligible { operator },
        InvalidBundle::Window(closed),
        InvalidBundle::WindowUsed { window },
        InvalidBundle::Empty,
        InvalidBundle::BlockFull { limit },
        InvalidBundle::Count { limit, found },
        InvalidBundle::Bytes { limit, found },
        InvalidBundle::Weight {
            limit: Weight(1),
            found: Weight(2),
        },
        InvalidBundle::BodyCount { expected, found: 2 },
        InvalidBundle::Randomness { window },
        InvalidBundle::Election(InvalidElection::NotElected),
        InvalidBundle::Seal(InvalidSignature::Mismatch),
        InvalidBundle::Portion { index },
        InvalidBundle::ReceiptCount { expected, found: 2 },
        InvalidBundle::Receipts,
        InvalidBundle::Gap { limit, found: 2 },
        InvalidBundle::UnknownBase {
            base: ReceiptHash::default(),
        },
        InvalidBundle::BaseLag { limit, found: 2 },
        InvalidBundle::TransactionBytes { index, limit, found },
        InvalidBundle::Order { index },
        InvalidBundle::SenderCount { index, limit },
        InvalidBundle::BodyBytes { expected, found: 2 },
        InvalidBundle::BodyWeight {
            expected: Weight(1),
            found: None,
        },
        InvalidBundle::Body,
        InvalidBundle::Illegal { fault },
    ];
    let codes: Vec<u16> = refusals.iter().map(InvalidBundle::code).collect();
    assert_eq!(codes, (1..=29).collect::<Vec<u16>>());
}

#[test]
fn codes_of_equivocation_and_sealing() {
    let equivocation = [
        InvalidEquivocation::Domain {
            first: DOMAIN,
            second: DomainId(9),
        },
        InvalidEquivocation::Operator {
            first: OPERATOR,
            second: OperatorId(9),
        },
        InvalidEquivocation::Window {
            first: WINDOW,
            second: Window(9),
        },
        InvalidEquivocation::Same,
        InvalidEquivocation::FirstSeal(InvalidSignature::Mismatch),
        InvalidEquivocation::SecondSeal(InvalidSignature::Mismatch),
    ];
    assert_eq!(
        equivocation.map(|invalid| invalid.code()),
        [30, 31, 32, 33, 34, 35]
    );
    let sealing = [
        Unsealable::Sealed {
            window: WINDOW,
            sealed: HeaderHash::default(),
        },
        Unsealable::Empty,
        Unsealable::Repeated,
        Unsealable::TooLarge,
    ];
    assert_eq!(sealing.map(|unsealable| unsealable.code()), [36, 37, 38, 39]);
}
