//! A relayer: it reads what a domain has sent from an operator beside it, and shows consensus what final blocks have sent. It signs
//! nothing, and what it shows is true or refused, so nobody needs to trust it.

use crate::host::DevHost;
use crate::problem::Problem;
use crate::rules::Rules;
use crate::tree::Tree;
use decex_consensus::Consensus;
use decex_core::list::ListTree;
use decex_core::message::Message;
use decex_core::{ConsensusNumber, DomainId, DomainNumber};
use decex_messaging::hub::{Relayed, relay};
use decex_messaging::{HubError, RefusedMessage};
use decex_operator::Operator;
use std::collections::BTreeMap;

/// What a relayer keeps of one domain: what each of its blocks has sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relayer(pub BTreeMap<u64, Vec<Message>>);

impl Relayer {
    /// Takes down what a block has sent that was just executed.
    ///
    /// # Errors
    /// When the operator does not keep its state, or the block does not go on where the one before it ended: a bug.
    pub fn note(
        &mut self,
        operator: &mut Operator<Rules, Tree>,
        number: DomainNumber,
    ) -> Result<(), Problem> {
        let failed = |why: &str| Problem::new(format!("the outbox of domain block {}", number.0), why);
        let sent = operator
            .sent(number)
            .map_err(|error| failed(&error.to_string()))?;
        let sent = sent.ok_or_else(|| failed("its state is not kept"))?;
        self.retract(number.0.saturating_sub(1));
        let before: usize = self.0.values().map(Vec::len).sum();
        if u32::try_from(before) != Ok(sent.first) {
            return Err(failed("it does not go on where the one before it ended"));
        }
        self.0.insert(number.0, sent.messages);
        Ok(())
    }

    /// Forgets what blocks after `head` have sent.
    pub fn retract(&mut self, head: u64) {
        self.0.retain(|number, _| *number <= head);
    }

    /// Returns what final blocks have sent and consensus has not taken in, each with its path in the last final receipt's outbox.
    ///
    /// # Errors
    /// When the chain cannot be read.
    pub fn due(&self, chain: &Consensus<DevHost>, domain: DomainId) -> Result<Vec<Relayed>, Problem> {
        let found = chain.chain(domain).ok().flatten();
        let receipt = found.map_or_else(DomainNumber::default, |found| found.confirmed);
        let messages: Vec<&Message> = self.0.range(..=receipt.0).flat_map(|(_, sent)| sent).collect();
        let tree = ListTree::new(messages.iter().map(|message| message.compute_leaf()).collect());
        let mut due = Vec::new();
        for (place, message) in (0..).zip(messages) {
            let Some(path) = tree.prove(place, 1) else {
                continue;
            };
            let relayed = Relayed {
                domain,
                receipt,
                message: message.clone(),
                path,
            };
            if is_wanted(chain, &relayed)? {
                due.push(relayed);
            }
        }
        Ok(due)
    }
}

/// Returns whether a block can take this message in, now or when others have gone before it.
///
/// # Errors
/// When the chain cannot be read.
pub fn is_wanted(chain: &Consensus<DevHost>, relayed: &Relayed) -> Result<bool, Problem> {
    let failed = |error: String| Problem::new("judging a message", error);
    let clock = chain.clock().map_err(|error| failed(error.to_string()))?;
    let next = clock.map_or(0, |clock| clock.block.number.0).saturating_add(1);
    match relay(&chain.state(), ConsensusNumber(next), relayed) {
        Ok(_) => Ok(true),
        Err(HubError::Refused(RefusedMessage::Order { expected, found })) => Ok(found > expected),
        Err(HubError::Refused(why)) => Ok(matches!(
            why,
            RefusedMessage::NotFinal { .. } | RefusedMessage::NoRoom { .. } | RefusedMessage::Full
        )),
        Err(HubError::Host(error)) => Err(failed(error.to_string())),
    }
}
