//! Close inboxes: the hash of their block and the randomness of their schedule are known now.

use crate::error::StoreError;
use crate::event::Event;
use crate::host::Store;
use crate::keys::{self, Due};
use crate::model::{BlockInfo, OpenInbox};
use crate::state::{State, corrupt};
use decex_bundle::{Inbox, inbox_root};
use decex_core::{BoundedVec, DomainId, DomainNumber};

/// Closes every inbox that is due at `block`: those of `max(1, seed_delay)` blocks ago. All of them, because this
/// block's randomness seeds them. A domain has at most one, and only if somebody paid for a bundle or a message in it.
pub(crate) fn close_inboxes<H: Store>(
    state: &mut State<'_, H>,
    block: &BlockInfo,
) -> Result<(), StoreError<H::Error>> {
    while let Some((domain, number)) = state.pop_due(Due::Inbox, block.number)? {
        close(state, block, domain, number)?;
    }
    Ok(())
}

fn close<H: Store>(
    state: &mut State<'_, H>,
    block: &BlockInfo,
    domain: DomainId,
    number: DomainNumber,
) -> Result<(), StoreError<H::Error>> {
    let open_key = keys::open_inbox(domain, number);
    let open: OpenInbox = state.expect(&open_key)?;
    let params = state.expect_params(domain)?;
    let of = open.block;
    let consensus_hash = state.expect(&keys::block_hash(of.number))?;
    // The block `seed_delay` after the including one: this one, or the including one itself.
    let randomness = if params.seed_delay == 0 {
        of.randomness
    } else {
        block.randomness
    };
    let seed = decex_shuffle::compute_seed(&randomness, domain, of.number, &inbox_root(&open.bundles));
    let inbox = Inbox {
        domain,
        number,
        rules: params.rules,
        consensus_number: of.number,
        consensus_hash,
        slot: of.slot,
        timestamp: of.timestamp,
        byte_price: of.byte_price,
        seed,
        messages: BoundedVec::new(open.messages).ok_or_else(|| corrupt(&open_key))?,
        bundles: BoundedVec::new(open.bundles).ok_or_else(|| corrupt(&open_key))?,
    };
    state.remove(open_key);
    state.set(keys::paid(domain, number), &open.paid);
    state.set(keys::inbox(domain, number), &inbox);
    state.emit(Event::InboxClosed {
        domain,
        number,
        consensus: of.number,
        seed,
    });
    Ok(())
}
