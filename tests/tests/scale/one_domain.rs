//! One domain with as many wrong receipts as a day has blocks.

use crate::net::{Net, REPORTER, right};
use crate::{config, cost, domain_params, fill, fill_to, slashed, turn};
use decex_bundle::{Equivocation, SealedHeader};
use decex_consensus::Event;
use decex_consensus::decex_staking::PoolStatus;
use decex_core::list::ListTree;
use decex_core::{DomainId, OperatorId};
use decex_receipt::{ReceiptEquivocation, Submission, Vouched};
use decex_testkit::ledger::Call;
use decex_tests::liar::item;
use decex_tests::world::{operator_account, pool, transaction};
use parity_scale_codec::Encode;
use std::collections::BTreeSet;

/// A day of blocks, six seconds each.
const LIES: u64 = 14_400;
/// Right receipts below them.
const RIGHT: u64 = 16;
const CHALLENGE: u64 = 14_900;
const WORK: u32 = 16;

/// Who plays what, by place.
struct Cast {
    /// Bundles transactions and vouches for nothing.
    carrier: usize,
    honest: usize,
    /// Two that lie all day.
    liars: [usize; 2],
    /// Lies, and seals two headers for one window.
    sealer: usize,
    /// Lies, and vouches for two receipts of one origin.
    voucher: usize,
    /// Lies, and leaves at once.
    leaver: usize,
    /// Endorses a lie in the block that accepts it.
    endorser: usize,
    /// Repeats a lie later: backs nothing.
    repeater: usize,
    /// Leaves before anything happens.
    gone: usize,
}

fn cast(net: &mut Net, domain: DomainId) -> Cast {
    Cast {
        carrier: net.register(domain, 7_500),
        honest: net.register(domain, 300),
        liars: [net.register(domain, 1_000), net.register(domain, 500)],
        sealer: net.register(domain, 200),
        voucher: net.register(domain, 200),
        leaver: net.register(domain, 200),
        endorser: net.register(domain, 200),
        repeater: net.register(domain, 200),
        gone: net.register(domain, 50),
    }
}

fn place(receipts: &[Submission], header: &SealedHeader) -> Vouched {
    let leaves = receipts.iter().map(|s| s.receipt.compute_hash().0).collect();
    Vouched {
        header: header.clone(),
        receipt: receipts[0].receipt.clone(),
        place: ListTree::new(leaves).prove(0, 1).unwrap(),
    }
}

/// Lies, and is slashed for two seals while its lies are pending.
fn seal_twice(net: &mut Net, domain: DomainId, cast: &Cast) {
    let election = turn(net, domain, cast.carrier, cast.sealer, 16);
    let bundle = net.seal(cast.sealer, election, net.lies(domain, 16, 1), Vec::new());
    net.submit(&bundle);
    let more = vec![item(&transaction(3, 0, Call::Fail))];
    let other = net.seal(cast.sealer, election, Vec::new(), more);
    let evidence = Equivocation {
        first: bundle.header,
        second: other.header,
    };
    let before = net.head(domain);
    let events = net
        .chain
        .submit_equivocation(REPORTER, &evidence.encode())
        .unwrap();
    net.events.extend(events);
    assert_eq!(net.head(domain), before, "its receipts stay pending");
}

/// Lies, and is slashed for two receipts of one origin while its lies are pending.
fn vouch_twice(net: &mut Net, domain: DomainId, cast: &Cast) {
    let election = turn(net, domain, cast.carrier, cast.voucher, 16);
    let (one, other) = (net.lies(domain, 16, 1), net.lies(domain, 16, 2));
    let bundle = net.seal(cast.voucher, election, one.clone(), Vec::new());
    net.submit(&bundle);
    let election = turn(net, domain, cast.carrier, cast.voucher, 1);
    let second = net.seal(cast.voucher, election, other.clone(), Vec::new());
    let evidence = ReceiptEquivocation {
        first: place(&one, &bundle.header),
        second: place(&other, &second.header),
    };
    let before = net.head(domain);
    let events = net
        .chain
        .submit_receipt_equivocation(REPORTER, &evidence.encode())
        .unwrap();
    net.events.extend(events);
    assert_eq!(net.head(domain), before, "its receipts stay pending");
}

/// Somebody endorses a liar's receipts in their block; somebody else repeats them later.
fn endorse(net: &mut Net, domain: DomainId, cast: &Cast) {
    fill_to(net, domain, cast.carrier, 16);
    let (lies, election) = loop {
        let endorses = turn(net, domain, cast.carrier, cast.endorser, 16);
        let lies = net.lies(domain, 16, 1);
        // The endorser's election is good for some blocks, in which the liar's falls.
        let mut found = None;
        for _ in 0..20 {
            found = net.elected(cast.liars[0]);
            if found.is_some() {
                break;
            }
            fill(net, domain, cast.carrier);
        }
        if let Some(election) = found {
            net.vouch(cast.liars[0], election, lies.clone());
            break (lies, endorses);
        }
    };
    let events = net.vouch(cast.endorser, election, lies.clone());
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::ReceiptEndorsed { .. }))
    );
    net.begin();
    let election = turn(net, domain, cast.carrier, cast.repeater, 1);
    let events = net.vouch(cast.repeater, election, lies);
    assert_eq!(events.len(), 1, "repeating backs nothing: {events:?}");
}

/// Everybody who vouches for a lie, as the chain told it.
fn offenders(events: &[Event]) -> BTreeSet<OperatorId> {
    let backer = |event: &Event| match event {
        Event::ReceiptAccepted { number, operator, .. } | Event::ReceiptEndorsed { number, operator, .. } => {
            (number.0 > RIGHT).then_some(*operator)
        }
        _ => None,
    };
    events.iter().filter_map(backer).collect()
}

#[test]
fn a_day_of_wrong_receipts_falls_by_one_proof_and_all_who_vouched_pay_once() {
    let mut net = Net::new(config(WORK, CHALLENGE));
    let domain = net.domain(domain_params(CHALLENGE));
    let cast = cast(&mut net, domain);
    net.chain
        .deregister_operator(operator_account(cast.gone), Net::id(cast.gone))
        .unwrap();
    let total = net.chain.host().memory.total();
    for _ in 0..40 {
        net.begin();
    }

    // Right receipts, then the first lie alone.
    let election = turn(&mut net, domain, cast.carrier, cast.honest, RIGHT + 4);
    let receipts = right(net.watcher(domain), 1, RIGHT);
    net.vouch(cast.honest, election, receipts);
    let first_included = net.now().0;
    let election = turn(&mut net, domain, cast.carrier, cast.liars[0], 1);
    let lies = net.lies(domain, 1, 1);
    net.vouch(cast.liars[0], election, lies);
    net.begin();
    let proof = net.watcher(domain).challenges().next().unwrap().encode();
    let one = net.chain.clone();
    let election = turn(&mut net, domain, cast.carrier, cast.liars[0], 31);
    let lies = net.lies(domain, 15, 1);
    net.vouch(cast.liars[0], election, lies);
    let sixteen = net.chain.clone();
    let election = turn(&mut net, domain, cast.carrier, cast.liars[0], 16);
    let lies = net.lies(domain, 16, 1);
    net.vouch(cast.liars[0], election, lies);
    let thirty_two = net.chain.clone();
    let watcher = net.stop_watching().remove(0).1;

    // The others, among whom some are slashed before, or leave.
    seal_twice(&mut net, domain, &cast);
    vouch_twice(&mut net, domain, &cast);
    endorse(&mut net, domain, &cast);
    let election = turn(&mut net, domain, cast.carrier, cast.leaver, 16);
    let lies = net.lies(domain, 16, 1);
    net.vouch(cast.leaver, election, lies);
    net.chain
        .deregister_operator(operator_account(cast.leaver), Net::id(cast.leaver))
        .unwrap();
    let unlock = net.now().0 + net.chain.config().limits.unlock_period;

    // And a day of lies, the last by the first liar.
    while net.head(domain) < RIGHT + LIES {
        let last = net.head(domain) + 16 == RIGHT + LIES;
        let liar = if last {
            0
        } else {
            usize::from(net.head(domain).is_multiple_of(3))
        };
        let election = turn(&mut net, domain, cast.carrier, cast.liars[liar], 16);
        let lies = net.lies(domain, 16, 1);
        net.vouch(cast.liars[liar], election, lies);
    }
    assert_eq!((net.head(domain), net.confirmed(domain)), (RIGHT + LIES, 0));

    // Accepting the proof costs the same for one receipt and for a day of them, but for what the host sweeps at once.
    let most = cost(&net.chain, 1, &proof);
    assert_eq!(cost(&one, 1, &proof), most);
    assert_eq!(cost(&sixteen, 1, &proof), most);
    assert_eq!(most.2, 1);
    assert_eq!(cost(&thirty_two, WORK, &proof), cost(&net.chain, WORK, &proof));
    assert_eq!(cost(&net.chain, WORK, &proof).2, u64::from(WORK));

    let guilty = offenders(&net.events);
    assert_eq!(guilty.len(), 6);
    let before: BTreeSet<_> = slashed(&net.events).into_keys().collect();
    assert_eq!(before, [Net::id(cast.sealer), Net::id(cast.voucher)].into());
    let events = net.chain.submit_proof(&proof).unwrap();
    net.events.extend(events);
    assert_eq!(net.head(domain), RIGHT);

    // While the sweep runs, right receipts grow and nothing is confirmed; no offender takes part, none gets its stake.
    let (mut blocks, mut waited, mut passed) = (0_u64, 0_u64, false);
    while net.unswept(domain) > 0 {
        let swept = net.chain.host().swept;
        net.begin();
        blocks += 1;
        assert_eq!(net.chain.host().swept - swept, u64::from(WORK));
        assert_eq!(net.chain.host().memory.total(), total);
        // The block that ends the sweep confirms again.
        assert!(net.unswept(domain) == 0 || net.confirmed(domain) == 0);
        for id in &guilty {
            assert!(!net.chain.is_eligible(*id).unwrap());
        }
        waited += u64::from(net.now().0 > first_included + CHALLENGE);
        let leaver = pool(&net.chain, cast.leaver);
        if matches!(leaver.status, PoolStatus::Leaving { .. }) {
            passed |= net.now().0 > unlock;
            assert_eq!(net.held(cast.leaver), 200);
        }
        if net.head(domain) == RIGHT
            && let Some(election) = net.elected(cast.honest)
        {
            net.vouch(cast.honest, election, right(&watcher, RIGHT + 1, 16));
        }
    }
    assert_eq!(blocks, LIES / u64::from(WORK) - 1);
    assert!(waited > 100, "right receipts waited for the sweep: {waited}");
    assert!(
        passed,
        "the leaver's unlock period ended before the sweep reached it"
    );
    assert_eq!(net.head(domain), RIGHT + 16);

    // Everybody who vouched, each once, and nobody else.
    let slashes = slashed(&net.events);
    assert!(slashes.values().all(|times| *times == 1), "{slashes:?}");
    assert_eq!(slashes.into_keys().collect::<BTreeSet<_>>(), guilty);
    for id in &guilty {
        assert_eq!(net.held(id.0 as usize), 0);
    }
    for (index, stake) in [(cast.carrier, 7_500), (cast.honest, 300), (cast.repeater, 200)] {
        assert_eq!(net.held(index), stake);
        assert!(net.chain.is_eligible(Net::id(index)).unwrap());
    }
    net.chain
        .claim(Net::id(cast.gone), operator_account(cast.gone))
        .unwrap();
    let gone = pool(&net.chain, cast.gone);
    assert_eq!((gone.status, net.held(cast.gone)), (PoolStatus::Left, 0));
    // No record is left but those of the chain that stands.
    let records = net.chain.host().memory.store.keys().filter(|key| key[0] == 6);
    assert_eq!(records.count() as u64, 1 + RIGHT + 16);

    // Confirmation goes on.
    assert_eq!(net.confirmed(domain), RIGHT);
    for _ in 0..=CHALLENGE {
        net.begin();
    }
    assert_eq!(net.confirmed(domain), RIGHT + 16);
    assert_eq!(net.chain.host().memory.total(), total);
}
