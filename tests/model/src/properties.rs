//! What must hold in every state.

use crate::rules::{Action, Model};
use crate::state::{Claim, Set, State, Status};

/// A property by its name.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// The name.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: fn(&Model, &State) -> bool,
}

/// No wrong receipt is ever final.
pub const SAFETY: Property = Property {
    name: "no wrong receipt is confirmed",
    holds: |_, state| state.confirmed.is_right(),
};

/// The honest operator keeps its stake.
pub const INNOCENCE: Property = Property {
    name: "the honest operator is never slashed",
    holds: |_, state| !state.all_who(Status::Slashed).and(state.guilty).has(0),
};

/// Exactly the guilty are slashed, each once; the sweep has only not come to all of them yet.
pub const EXACT: Property = Property {
    name: "slashed are exactly the guilty, once",
    holds: |_, state| {
        let slashed = state.all_who(Status::Slashed);
        let due = state.guilty.less(slashed);
        slashed.less(state.guilty) == Set::default()
            && due.less(state.unswept_backers()) == Set::default()
            && !state.flaws.twice
    },
};

/// Whoever has its stake back has no claim that could still be, or was, refuted.
pub const EXIT: Property = Property {
    name: "no stake leaves before the claims that it stands for end",
    holds: |_, state| {
        let claims = state.pending_backers().and(state.unswept_backers());
        claims.less(state.all_who(Status::Left)) == claims && !state.flaws.escaped
    },
};

/// The one look at an operator's highest receipt says what a search through all removals would.
pub const OFFENDER: Property = Property {
    name: "a backer of a removed receipt is out at once, and nobody else",
    holds: |model, state| {
        let removed = state.unswept_backers();
        let active = state.all_who(Status::Active);
        (0..model.bounds.operators)
            .filter(|operator| active.has(*operator))
            .all(|operator| model.is_eligible(state, operator) != removed.has(operator))
    },
};

/// Confirmation goes up, one receipt after the other, and waits for sweeps.
pub const CONFIRMATION: Property = Property {
    name: "confirmed grows only, and only while nothing is unswept",
    holds: |_, state| !state.flaws.confirmation,
};

/// No share of the reward without the whole risk.
pub const REWARD: Property = Property {
    name: "who backs a final receipt did so for the whole challenge period",
    holds: |_, state| !state.flaws.unearned,
};

/// From everywhere, one honest operator gets everything confirmed.
pub const LIVENESS: Property = Property {
    name: "one honest operator alone gets every inbox confirmed",
    holds: |model, state| {
        let (honest, removed) = (state.operators[0].status, state.unswept_backers());
        honest != Status::Active || removed.has(0) || drain(model, state).is_some()
    },
};

/// Where time is measured: everything is final in time, however many stakes are burned for delay.
pub const DELAY: Property = Property {
    name: "confirmed within challenge + 1 + (k + 1) * inclusion + k * (censorship + 1)",
    // While something is not final; when everything is, `elapsed` is 0 again.
    holds: |model, state| model.bounds.inclusion.is_none() || state.elapsed < latest(model, state),
};

/// All of them.
pub const ALL: [Property; 9] = [
    SAFETY,
    INNOCENCE,
    EXACT,
    EXIT,
    OFFENDER,
    CONFIRMATION,
    REWARD,
    LIVENESS,
    DELAY,
];

/// The number of blocks after the closing of the inboxes by which all must be final, given who has burned a stake so far: the honest
/// receipts may wait for `inclusion` blocks at the start and after each removal, a proof for `censorship + 1`, and with
/// `work` confirmations a block the last receipt is so much later.
#[must_use]
pub fn latest(model: &Model, state: &State) -> u8 {
    let bounds = &model.bounds;
    let (inclusion, burned) = (bounds.inclusion.unwrap_or_default(), state.guilty.count());
    let queue = (bounds.inboxes - 1) / bounds.work;
    bounds.challenge + 1 + (burned + 1) * inclusion + burned * (bounds.censorship + 1) + queue
}

/// What happens when the dishonest fall silent: proofs and honest receipts go in at once. Returns the number of blocks
/// until every closed inbox is final, `None` if it takes longer than it may.
#[must_use]
pub fn drain(model: &Model, state: &State) -> Option<u8> {
    let bounds = &model.bounds;
    let mut state = state.clone();
    // All removed receipts are swept, then the challenge period of the last receipt passes, then the queue is worked off.
    let unswept: usize = state.removals.iter().map(Vec::len).sum();
    let sweeps = u8::try_from(unswept + state.pending.len()).unwrap_or(u8::MAX);
    let most = sweeps + bounds.challenge + 1 + bounds.inboxes + 1;
    for blocks in 0..=most {
        if let Some((number, _)) = state.lowest_lie() {
            state = model.apply(&state, Action::Prove(number))?;
        }
        while state.head().is_right() && state.head().number < state.closed {
            state = model.apply(&state, Action::Submit(0, Claim::Right))?;
        }
        if state.confirmed.number == state.closed && !state.open {
            return Some(blocks);
        }
        state = model.apply(&state, Action::Tick)?;
    }
    None
}
