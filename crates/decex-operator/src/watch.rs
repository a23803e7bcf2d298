//! Compare every receipt on the chain with the operator's own, and prove the first wrong one wrong.

use crate::follow::{FollowError, Notice};
use crate::local::Local;
use crate::operator::Operator;
use alloc::vec::Vec;
use decex_core::execution::Engine;
use decex_core::id::DomainNumber;
use decex_core::state::ProvableTree;
use decex_fraud::{Claim, FraudProof, LoadError, prove};
use decex_receipt::ReceiptView;

impl<E: Engine, T: ProvableTree> Operator<E, T> {
    /// Compares what is not compared yet, drops challenges that are settled, and adds one against the lowest receipt
    /// that differs. Receipts above a wrong one fall with it, so they need no proof of their own.
    pub(crate) fn watch<V: ReceiptView>(
        &mut self,
        view: &V,
        notices: &mut Vec<Notice>,
    ) -> Result<(), FollowError<V::Error>> {
        let Some(chain) = view.chain(self.domain).map_err(FollowError::Host)? else {
            return Ok(());
        };
        self.settle_challenges(view)?;
        let executed = self.history.newest();
        let due: Vec<DomainNumber> = self.unwatched.range(..=executed).copied().collect();
        for number in due {
            let on_chain = view.hash_at(self.domain, number).map_err(FollowError::Host)?;
            let own = self.hash_of(number);
            if number <= chain.confirmed || number > chain.head {
                // O18: nothing can be done about it any more, and nothing that follows is worth executing.
                if number <= chain.confirmed && own.is_some() && on_chain.is_some() && own != on_chain {
                    return Err(FollowError::WrongIsFinal { number });
                }
                self.unwatched.remove(&number);
                continue;
            }
            if on_chain.is_none() || on_chain == own {
                self.unwatched.remove(&number);
                continue;
            }
            let Some(wrong) = on_chain else { continue };
            if self
                .challenges
                .get(&number)
                .is_some_and(|proof| proof.receipt == wrong)
            {
                break;
            }
            let claim =
                Claim::load(view, &self.params, self.domain, &wrong).map_err(|error| match error {
                    LoadError::Host(error) => FollowError::Host(error),
                    LoadError::NotPending | LoadError::Inconsistent => FollowError::Inconsistent { number },
                })?;
            let proof = self.challenge(&claim)?;
            self.writes.challenge(number, Some(&proof));
            self.challenges.insert(number, proof);
            notices.push(Notice::Refuted {
                number,
                receipt: wrong,
            });
            // O14: the lowest alone. Its number stays to be compared until the chain has dealt with it.
            break;
        }
        Ok(())
    }

    fn settle_challenges<V: ReceiptView>(&mut self, view: &V) -> Result<(), FollowError<V::Error>> {
        let open: Vec<DomainNumber> = self.challenges.keys().copied().collect();
        for number in open {
            let on_chain = view.hash_at(self.domain, number).map_err(FollowError::Host)?;
            if self
                .challenges
                .get(&number)
                .is_some_and(|proof| on_chain != Some(proof.receipt))
            {
                self.writes.challenge(number, None);
                self.challenges.remove(&number);
            }
        }
        Ok(())
    }

    fn challenge<H>(&mut self, claim: &Claim) -> Result<FraudProof, FollowError<H>> {
        let number = claim.receipt().number;
        let inconsistent = || FollowError::Inconsistent { number };
        let published = self.openings.get(&claim.hash()).ok_or_else(inconsistent)?;
        let block = self.blocks.get(&number).ok_or_else(inconsistent)?;
        let bodies = block.bundles.iter().map(|header| self.bodies.get(header));
        let bodies = bodies
            .collect::<Option<Vec<_>>>()
            .ok_or(FollowError::MissingBody { number })?;
        let blocks = &self.blocks;
        let ancestor = |number: DomainNumber| blocks.get(&number).map(|block| block.hash);
        let mut local = Local {
            block,
            bodies,
            history: &mut self.history,
            ancestor,
        };
        let proof = prove(
            &self.engine,
            claim,
            &published.openings,
            &mut local,
            self.identity.reporter,
        );
        proof
            .map_err(|cause| FollowError::NoProof { number, cause })?
            .ok_or_else(inconsistent)
    }
}
