//! The story, told to a chain under test.

use super::{Story, digest};
use crate::chain::{Chain, Outcome, Rewind};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use decex_consensus::Event;
use decex_core::{AccountId, Digest};

/// What a chain that tells the story right has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Blocks made.
    pub blocks: usize,
    /// Calls accepted.
    pub accepted: usize,
    /// Calls refused.
    pub refused: usize,
    /// Keys that were written or removed at some time.
    pub keys: usize,
    /// Of what the store holds in the end, as the chain answered for it: equal on every host.
    pub digest: Digest,
}

/// Where a chain does not do what the story says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs<E> {
    /// The block, from zero; as many as there are blocks: after the last one.
    pub step: usize,
    /// What happens in it, in words.
    pub about: &'static str,
    /// What is otherwise.
    pub what: Unlike<E>,
}

/// What is otherwise than the story says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlike<E> {
    /// The chain failed.
    Host(E),
    /// Something else happened when the block began.
    Begun(Vec<Event>),
    /// There are more or fewer outcomes than calls.
    Outcomes {
        /// Calls.
        expected: usize,
        /// Outcomes.
        found: usize,
    },
    /// Something else became of a call.
    Outcome {
        /// Which call of the block.
        call: usize,
        /// What becomes of it in the story.
        expected: Outcome,
        /// What became of it.
        found: Outcome,
    },
    /// An account can spend more or less.
    Free {
        /// Whose.
        account: AccountId,
        /// What it had before the story, with what the story gives it.
        expected: u128,
        /// What it has.
        found: u128,
    },
    /// More or less is held.
    Custody {
        /// What was held before the story, with what the story holds.
        expected: u128,
        /// What is held.
        found: u128,
    },
    /// There is more or less money: it was made, lost, or not destroyed where it should be.
    Supply {
        /// What there was before the story, without what it burns.
        expected: u128,
        /// What there is.
        found: u128,
    },
    /// The store holds something else.
    Value {
        /// Under this key.
        key: Vec<u8>,
        /// What it holds in the story.
        expected: Option<Vec<u8>>,
        /// What it holds.
        found: Option<Vec<u8>>,
    },
}

/// What was there before the story.
struct Before {
    free: BTreeMap<AccountId, u128>,
    custody: u128,
    supply: u128,
}

impl Story {
    /// Tells the story to a chain that no block was made of, and compares all of it after each block: what happened, who has what, and
    /// what the store holds.
    ///
    /// # Errors
    /// The first difference.
    pub fn play<C: Chain>(&self, chain: &mut C) -> Result<Report, Differs<C::Error>> {
        let before = self.prepare(chain)?;
        for step in 0..self.steps.len() {
            self.play_step(chain, &before, step)?;
        }
        self.finish(chain)
    }

    /// Tells the story as [`play`](Self::play) does, but goes back half-way twice: from the middle to the beginning, and from the end
    /// to the middle.
    ///
    /// # Errors
    /// The first difference.
    pub fn play_with_reorgs<C: Rewind>(&self, chain: &mut C) -> Result<Report, Differs<C::Error>> {
        let before = self.prepare(chain)?;
        let keep = |chain: &C, step| {
            chain
                .keep()
                .map_err(|error| self.differs(step, Unlike::Host(error)))
        };
        let (middle, end) = (self.steps.len() / 2, self.steps.len());
        let mut point = keep(chain, 0)?;
        for (from, to) in [(0, middle), (middle, end)] {
            for _ in 0..2 {
                let rewound = chain.rewind(&point);
                rewound.map_err(|error| self.differs(from, Unlike::Host(error)))?;
                self.check_store(chain, from)?;
                for step in from..to {
                    self.play_step(chain, &before, step)?;
                }
            }
            point = keep(chain, to)?;
        }
        self.finish(chain)
    }

    fn differs<E>(&self, step: usize, what: Unlike<E>) -> Differs<E> {
        let about = self.steps.get(step).map_or("the end", |step| step.about);
        Differs { step, about, what }
    }

    /// Gives everybody the money that the story begins with.
    fn prepare<C: Chain>(&self, chain: &mut C) -> Result<Before, Differs<C::Error>> {
        let failed = |error| self.differs(0, Unlike::Host(error));
        let mut free = BTreeMap::new();
        // Everybody whom the story ever pays.
        let accounts: BTreeSet<&AccountId> = self.steps.iter().flat_map(|step| step.free.keys()).collect();
        for account in accounts {
            free.insert(*account, chain.free(account).map_err(failed)?.0);
        }
        for (account, amount) in &self.endowed {
            chain.endow(*account, *amount).map_err(failed)?;
        }
        Ok(Before {
            free,
            custody: chain.custody().map_err(failed)?.0,
            supply: chain.supply().map_err(failed)?,
        })
    }

    fn play_step<C: Chain>(
        &self,
        chain: &mut C,
        before: &Before,
        number: usize,
    ) -> Result<(), Differs<C::Error>> {
        let Some(step) = self.steps.get(number) else {
            return Ok(());
        };
        let failed = |error| self.differs(number, Unlike::Host(error));
        let differs = |what| Err(self.differs(number, what));
        let made = chain.block(&step.block, &step.calls).map_err(failed)?;
        if made.begun != step.made.begun {
            return differs(Unlike::Begun(made.begun));
        }
        let (expected, found) = (step.calls.len(), made.outcomes.len());
        if expected != found {
            return differs(Unlike::Outcomes { expected, found });
        }
        for (call, (expected, found)) in step.made.outcomes.iter().zip(made.outcomes).enumerate() {
            if *expected != found {
                let expected = expected.clone();
                return differs(Unlike::Outcome {
                    call,
                    expected,
                    found,
                });
            }
        }
        for (account, was) in &before.free {
            let expected = step
                .free
                .get(account)
                .map_or(0, |free| free.0)
                .saturating_add(*was);
            let found = chain.free(account).map_err(failed)?.0;
            if expected != found {
                let account = *account;
                return differs(Unlike::Free {
                    account,
                    expected,
                    found,
                });
            }
        }
        let (expected, found) = (
            step.custody.0.saturating_add(before.custody),
            chain.custody().map_err(failed)?.0,
        );
        if expected != found {
            return differs(Unlike::Custody { expected, found });
        }
        let (expected, found) = (
            before.supply.saturating_sub(step.burned.0),
            chain.supply().map_err(failed)?,
        );
        if expected != found {
            return differs(Unlike::Supply { expected, found });
        }
        for (key, expected) in &step.writes {
            self.check_value(chain, number, key, expected.as_ref())?;
        }
        Ok(())
    }

    fn check_value<C: Chain>(
        &self,
        chain: &C,
        step: usize,
        key: &[u8],
        expected: Option<&Vec<u8>>,
    ) -> Result<(), Differs<C::Error>> {
        let found = chain
            .get(key)
            .map_err(|error| self.differs(step, Unlike::Host(error)))?;
        if found.as_ref() == expected {
            return Ok(());
        }
        let (key, expected) = (key.to_vec(), expected.cloned());
        Err(self.differs(step, Unlike::Value { key, expected, found }))
    }

    /// Every key that the story writes at some time.
    fn keys(&self) -> BTreeSet<&Vec<u8>> {
        self.steps.iter().flat_map(|step| step.writes.keys()).collect()
    }

    /// Compares the whole store with what it holds after this many blocks.
    fn check_store<C: Chain>(&self, chain: &C, blocks: usize) -> Result<(), Differs<C::Error>> {
        let mut values: BTreeMap<&Vec<u8>, Option<&Vec<u8>>> = BTreeMap::new();
        for step in self.steps.iter().take(blocks) {
            values.extend(step.writes.iter().map(|(key, value)| (key, value.as_ref())));
        }
        for key in self.keys() {
            let expected = values.get(key).copied().flatten();
            self.check_value(chain, blocks, key, expected)?;
        }
        Ok(())
    }

    fn finish<C: Chain>(&self, chain: &C) -> Result<Report, Differs<C::Error>> {
        self.check_store(chain, self.steps.len())?;
        let mut held = BTreeMap::new();
        for key in self.keys() {
            let value = chain
                .get(key)
                .map_err(|error| self.differs(self.steps.len(), Unlike::Host(error)))?;
            held.extend(value.map(|value| (key, value)));
        }
        let outcomes = || self.steps.iter().flat_map(|step| &step.made.outcomes);
        let accepted = outcomes().filter(|outcome| matches!(outcome, Outcome::Accepted(_)));
        let refused = outcomes().filter(|outcome| matches!(outcome, Outcome::Refused(_)));
        Ok(Report {
            blocks: self.steps.len(),
            accepted: accepted.count(),
            refused: refused.count(),
            keys: self.keys().len(),
            digest: digest(held.iter().map(|(key, value)| (*key, value))),
        })
    }
}
