//! The suites of decex-testkit over this chain's state machine, unchanged: blocks of bytes go in through `Chain::execute`.

use bft_cluster::host::{Brought, Chain as Host, HostState, Refusal, Setting};
use decex_consensus::BlockInfo;
use decex_consensus::Store as _;
use decex_core::{AccountId, Balance, decode_exact};
use decex_testkit::chain::{Chain, Made, Money, Outcome, Request, Rewind};
use decex_testkit::laws;
use decex_testkit::story::{Story, beacon, config};
use parity_scale_codec::Encode;

/// A chain whose blocks are the story's: the accounts in it have no keys, so its door believes what a call says of its caller. All
/// behind the door is the cluster's.
struct Told(Host);

fn believe(_: &mut HostState, bytes: &[u8]) -> Result<Brought, Refusal> {
    match decode_exact::<Request>(bytes, bytes.len()).map_err(|_| Refusal::Door)? {
        Request::Account(account, call) => Ok(Brought::Account(account, call)),
        Request::Open(call) => Ok(Brought::Open(call)),
        Request::Governance(call) => Ok(Brought::Governance(call)),
    }
}

impl Told {
    fn new() -> Self {
        let setting = Setting {
            config: config(),
            door: believe,
            beacon: Some(beacon),
        };
        Self(Host::with(setting, []))
    }
}

impl decex_core::Host for Told {
    type Error = String;
}

impl Money for Told {
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), String> {
        self.0.state_mut().endow(&account, amount);
        Ok(())
    }

    fn free(&self, account: &AccountId) -> Result<Balance, String> {
        Ok(self.0.state().free(account))
    }

    fn custody(&self) -> Result<Balance, String> {
        Ok(self.0.state().custody())
    }

    fn supply(&self) -> Result<u128, String> {
        Ok(self.0.state().total() - self.0.state().burned().0)
    }
}

impl Chain for Told {
    fn block(&mut self, block: &BlockInfo, calls: &[Request]) -> Result<Made, String> {
        let calls: Vec<Vec<u8>> = calls.iter().map(Encode::encode).collect();
        let executed = self.0.execute(block, &calls).map_err(|error| error.to_string())?;
        let outcomes = executed.outcomes.into_iter().map(|outcome| match outcome {
            Ok(events) => Ok(Outcome::Accepted(events)),
            Err(Refusal::Rule(code, _)) => Ok(Outcome::Refused(code)),
            Err(refusal) => Err(format!("{refusal:?}")),
        });
        Ok(Made {
            begun: executed.begun,
            outcomes: outcomes.collect::<Result<_, _>>()?,
        })
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
        self.0.state().get(key).map_err(|never| match never {})
    }
}

impl Rewind for Told {
    type Point = Host;

    fn keep(&self) -> Result<Host, String> {
        Ok(self.0.clone())
    }

    fn rewind(&mut self, point: &Host) -> Result<(), String> {
        self.0 = point.clone();
        Ok(())
    }
}

#[test]
fn the_story_ends_with_the_same_store() {
    let story = Story::write().expect("the story is written");
    let report = story.play(&mut Told::new()).expect("the story is the same here");
    assert_eq!(report.digest, story.digest());
    assert!(report.accepted > 0 && report.refused > 0, "{report:?}");
    let again = story
        .play_with_reorgs(&mut Told::new())
        .expect("the story is the same here");
    assert_eq!(again.digest, story.digest());
}

#[test]
fn store_and_ledger_keep_the_laws() {
    laws::store(&mut HostState::new([])).expect("a store");
    laws::ledger(&mut HostState::new([])).expect("a ledger");
}
