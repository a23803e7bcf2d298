//! Several domains whose removals are swept at once: a long one holds up no other.

use crate::net::{Net, REPORTER};
use crate::{Chain, config, domain_params, slashed, turn};
use decex_consensus::{Config, Consensus};
use decex_core::DomainId;
use parity_scale_codec::Encode;

const CHALLENGE: u64 = 700;
/// Wrong receipts of each domain. The long one is refuted first.
const LIES: [u64; 5] = [320, 3, 32, 1, 3];

struct Scene {
    net: Net,
    domains: Vec<DomainId>,
    /// Who lies, by domain.
    liars: Vec<usize>,
    proofs: Vec<Vec<u8>>,
}

fn scene() -> Scene {
    let mut net = Net::new(config(1, CHALLENGE));
    let domains: Vec<DomainId> = LIES
        .iter()
        .map(|_| net.domain(domain_params(CHALLENGE)))
        .collect();
    let pairs: Vec<(usize, usize)> = domains
        .iter()
        .map(|domain| (net.register(*domain, 3_000), net.register(*domain, 1_000)))
        .collect();
    for _ in 0..40 {
        net.begin();
    }
    let mut proofs = Vec::new();
    for (index, domain) in domains.iter().enumerate() {
        let (carrier, liar) = pairs[index];
        while net.head(*domain) < LIES[index] {
            let count = (LIES[index] - net.head(*domain)).min(16);
            let election = turn(&mut net, *domain, carrier, liar, count);
            let lies = net.lies(*domain, count, 1);
            net.vouch(liar, election, lies);
        }
        net.begin();
        proofs.push(net.watcher(*domain).challenges().next().unwrap().encode());
    }
    net.stop_watching();
    let liars = pairs.into_iter().map(|(_, liar)| liar).collect();
    Scene {
        net,
        domains,
        liars,
        proofs,
    }
}

fn with_work(chain: &Chain, work_per_block: u32) -> Chain {
    let config = Config {
        work_per_block,
        ..*chain.config()
    };
    Consensus::new(chain.host().clone(), config)
}

#[test]
fn removals_take_turns_so_that_a_long_one_delays_no_other_domain() {
    let Scene {
        mut net,
        domains,
        liars,
        proofs,
    } = scene();
    let built = net.chain.clone();
    let total = built.host().memory.total();
    let waiting = LIES.len() as u64;
    for work in [1, 2, 5, 7, 16] {
        net.chain = with_work(&built, work);
        net.events.clear();
        for proof in &proofs {
            let events = net.chain.submit_proof(proof).unwrap();
            net.events.extend(events);
        }
        let work = u64::from(work);
        let bound = |lies: u64| {
            if waiting <= work {
                lies.div_ceil(work / waiting)
            } else {
                lies * waiting.div_ceil(work)
            }
        };
        let mut blocks = 0;
        while domains.iter().any(|domain| net.unswept(*domain) > 0) {
            let swept = net.chain.host().swept;
            net.begin();
            blocks += 1;
            assert!(net.chain.host().swept - swept <= work);
            assert_eq!(net.chain.host().memory.total(), total);
            for (index, domain) in domains.iter().enumerate() {
                assert!(
                    net.unswept(*domain) == 0 || blocks < bound(LIES[index]),
                    "work {work}: domain {index} waits after {blocks} blocks"
                );
                assert!(!net.chain.is_eligible(Net::id(liars[index])).unwrap());
            }
        }
        let slashes = slashed(&net.events);
        let expected = liars.iter().map(|liar| (Net::id(*liar), 1)).collect();
        assert_eq!(slashes, expected);
        assert!(net.chain.host().memory.purses[&REPORTER].free.0 > 0);
    }
}
