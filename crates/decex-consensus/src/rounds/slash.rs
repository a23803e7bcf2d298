//! Take an offender's pool: whole, once.

use crate::books::sure;
use crate::config::Config;
use crate::error::StoreError;
use crate::event::Event;
use crate::host::Store;
use crate::state::State;
use decex_core::{AccountId, Digest, OperatorId};
use decex_staking::{Division, Slashed, slash};

impl<H: Store + ?Sized> State<'_, H> {
    /// Slashes an operator and those who nominated it, unless their stake is gone. The reporter, if there is one, gets the
    /// domain's share of the operator's own stake; the treasury its part of the rest.
    pub(crate) fn slash_operator(
        &mut self,
        id: OperatorId,
        config: &Config,
        reporter: Option<AccountId>,
        evidence: Digest,
    ) -> Result<(), StoreError<H::Error>> {
        let operator: crate::model::Operator = self.expect(&crate::keys::operator(id))?;
        let now = self.staking_now(operator.domain)?;
        let division = Division {
            reporter,
            reporter_share: self.expect_params(operator.domain)?.reporter_share,
            treasury_share: config.treasury_share,
        };
        let Some(slashed) = sure(id, slash(&*self, now, id, &division))? else {
            return Ok(());
        };
        let Slashed {
            changes,
            taken,
            reward,
            treasury,
            burned,
            refunded: _,
        } = slashed;
        self.book(changes)?;
        self.emit(Event::OperatorSlashed {
            operator: id,
            amount: taken,
            reward,
            treasury,
            burned,
            reporter,
            evidence,
        });
        Ok(())
    }
}
