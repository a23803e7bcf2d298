//! Random histories of one honest operator among liars who come, lie, back one another, seal twice and leave.

use crate::{join, transfer, two_seals};
use decex_consensus::decex_staking::PoolStatus;
use decex_consensus::{Config, Event};
use decex_core::{AccountId, Digest, DomainNumber, OperatorId};
use decex_receipt::Bundle;
use decex_testkit::ledger::Call;
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{elected, extend, item, seal};
use decex_tests::world::{STAKE, World, config, operator_account, params, transaction};
use parity_scale_codec::Encode;

/// Random numbers of one history: the same seed, the same history.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Reports two seals, and nothing else.
pub(crate) const SEALS: AccountId = AccountId(Digest([78; 32]));

/// Most operators of a history.
const OPERATORS: usize = 14;
/// Blocks in which lies are told, and quiet ones after them: longer than everything that anybody waits for.
const BUSY: usize = 110;
const QUIET: usize = 130;

/// Runs a history; `watch` sees the chain after each block and what happened in it. Proofs arrive late, and in time.
pub(crate) fn history(seed: u64, watch: &mut dyn FnMut(&World, &[Event])) {
    history_at(seed, 1, watch);
}

/// The same on a host that does so much work in a block.
pub(crate) fn history_at(seed: u64, work: u32, watch: &mut dyn FnMut(&World, &[Event])) {
    let throttled = Config {
        work_per_block: work,
        ..config()
    };
    let mut world = World::with_config(1, params(), throttled);
    let mut chance = Chance(seed);
    for index in 1..5 {
        join(&mut world, index, STAKE);
    }
    let (mut registered, mut nonce) = (5, 0);
    for block in 0..BUSY + QUIET {
        let busy = block < BUSY;
        if busy && chance.below(3) == 0 {
            world.send(&transaction((nonce % 10) as usize, nonce / 10, Call::Fail));
            nonce += 1;
        }
        let mut bundles: Vec<Bundle> = Vec::new();
        if busy {
            // Liars first. What they say of a number is the same in one block, so that they endorse one another.
            let mutant =
                [Mutant::TraceFrom(1), Mutant::Burned, Mutant::TraceFrom(0)][chance.below(3) as usize];
            let (about, most) = (chance.below(4), 1 + chance.below(3) as usize);
            for index in 1..registered {
                if let Some(election) = elected(&world, index, world.next_slot())
                    && chance.below(2) == 0
                {
                    // Or transactions, on what nobody disputes: good whatever a proof removes in this block.
                    if chance.below(3) == 0 {
                        let (_, confirmed) = world.heads();
                        let base = world.chain.hash_at(world.domain, confirmed).unwrap().unwrap();
                        let items = vec![item(&transfer(40 + index, 0))];
                        bundles.push(seal(&world, index, election, base, Vec::new(), items));
                        continue;
                    }
                    let submissions = extend(&world, 0, most, &mut |number| {
                        (number.0 % 4 == about).then_some(mutant)
                    });
                    if !submissions.is_empty() {
                        let base = crate::head_hash(&world);
                        bundles.push(seal(&world, index, election, base, submissions, Vec::new()));
                    }
                }
            }
        }
        bundles.extend(world.propose().into_iter().map(|(_, bundle)| bundle));
        let proofs = if block % 6 == 0 || !busy {
            world.proofs()
        } else {
            Vec::new()
        };
        let mut events = world.produce(&bundles, &proofs).events;
        if busy {
            events.extend(extras(&mut world, &mut chance, &mut registered));
        }
        watch(&world, &events);
    }
    let (head, confirmed) = world.heads();
    let last = world.chain.progress(world.domain).unwrap().unwrap().last;
    assert_eq!((head, confirmed), (last, last), "in the end everything is final");
    assert!(last > DomainNumber(6), "{last:?}");
}

/// Somebody comes, leaves, or is caught with two seals.
fn extras(world: &mut World, chance: &mut Chance, registered: &mut usize) -> Vec<Event> {
    let mut events = Vec::new();
    if *registered < OPERATORS && chance.below(6) == 0 {
        join(world, *registered, STAKE);
        *registered += 1;
    }
    let index = 1 + chance.below(*registered as u64 - 1) as usize;
    let id = OperatorId(index as u64);
    match chance.below(16) {
        0 => {
            let left = world.chain.deregister_operator(operator_account(index), id);
            events.extend(left.into_iter().flatten());
        }
        1 => {
            let status = world.chain.pool(id).unwrap().unwrap().status;
            // Whether or not it won anything: two seals are enough.
            if let Some(election) =
                (1..*registered).find_map(|other| elected(world, other, world.next_slot()))
            {
                let evidence = two_seals(world, index, election).encode();
                let judged = world.chain.submit_equivocation(SEALS, &evidence);
                let has_stake = matches!(status, PoolStatus::Active | PoolStatus::Leaving { .. });
                assert_eq!(judged.is_ok(), has_stake, "{status:?} {judged:?}");
                events.extend(judged.into_iter().flatten());
            }
        }
        _ => {}
    }
    // Whoever has left claims as soon as it can.
    for index in 0..*registered {
        let claimed = world
            .chain
            .claim(OperatorId(index as u64), operator_account(index));
        events.extend(claimed.into_iter().flatten());
    }
    events
}
