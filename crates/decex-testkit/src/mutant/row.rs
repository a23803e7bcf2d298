//! The matrix: which rule or proof answers which lie.

use super::Mutant;
use decex_fraud::Family;

/// What answers a lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Submission refuses it, by this rule R.
    Refused(u16),
    /// Submission accepts it, and a proof of this family refutes it.
    Refuted(Family),
    /// One or the other, depending on the block.
    Either(u16, Family),
}

/// A row of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The field of the receipt.
    pub field: &'static str,
    /// How it is wrong.
    pub lie: &'static str,
    /// What answers it.
    pub answer: Answer,
}

const VERSION: Row = row("version", "another", Answer::Refused(1));
const RULES: Row = row("rules", "another", Answer::Refused(10));
const DOMAIN: Row = row("domain", "another", Answer::Refused(2));
const NUMBER_AHEAD: Row = row("number", "skips one", Answer::Refused(7));
const NUMBER_HELD: Row = row("number", "one that is held", Answer::Refused(5));
const PARENT: Row = row("parent", "another", Answer::Refused(8));
const CONSENSUS_NUMBER: Row = row("consensus number", "another", Answer::Refused(11));
const CONSENSUS_HASH: Row = row("consensus hash", "another", Answer::Refused(12));
const SEED: Row = row("seed", "another", Answer::Refused(33));
const VERDICT_MISSING: Row = row("verdicts", "one missing", Answer::Refused(13));
const VERDICT_ADDED: Row = row("verdicts", "one too many", Answer::Refused(13));
const VERDICT_BEYOND: Row = row(
    "verdicts",
    "blames a transaction that is not there",
    Answer::Refused(14),
);
const CALLED_REMOVED: Row = row(
    "verdicts",
    "`BaseRemoved` where the base stands",
    Answer::Refused(15),
);
const REMOVED_ACCEPTED: Row = row("verdicts", "`Valid` where the base is gone", Answer::Refused(16));
const REMOVED_REJECTED: Row = row(
    "verdicts",
    "`Invalid` where the base is gone",
    Answer::Refused(16),
);
const REJECT: Row = row(
    "verdicts",
    "a valid bundle called invalid, at each index, by each of L1 to L5",
    Answer::Refuted(Family::Inbox),
);
const ACCEPT: Row = row(
    "verdicts",
    "an invalid bundle called valid, of each of L1 to L5",
    Answer::Refuted(Family::Inbox),
);
const OTHER_FAULT: Row = row(
    "verdicts",
    "another first fault, earlier or later, at each index, by each of L1 to L5",
    Answer::Refuted(Family::Inbox),
);
const SCHEDULE_ROOT: Row = row("schedule root", "of no list", Answer::Refused(22));
const SCHEDULE_HIDDEN: Row = row("schedule root", "not opened", Answer::Refused(22));
const UNNAMED: Row = row(
    "schedule root",
    "names what no valid bundle has",
    Answer::Refused(22),
);
const SWAP: Row = row("schedule root", "out of order", Answer::Refuted(Family::Schedule));
const OMIT: Row = row("schedule root", "omits one", Answer::Refuted(Family::Schedule));
const REPEAT: Row = row(
    "schedule root",
    "repeats one, omits its neighbour",
    Answer::Refuted(Family::Schedule),
);
const REPLACE: Row = row(
    "schedule root",
    "another transaction, or another copy of it, in its place",
    Answer::Refuted(Family::Schedule),
);
const INSERT: Row = row(
    "schedule root",
    "one more, invented or repeated",
    Answer::Either(17, Family::Schedule),
);
const SCHEDULE_COUNT_OVER: Row = row(
    "schedule count",
    "more than the valid bundles hold",
    Answer::Refused(17),
);
const SCHEDULE_COUNT_UNDER: Row = row("schedule count", "not the list's", Answer::Refused(22));
const TRACE_ROOT: Row = row("trace root", "of no list", Answer::Refused(24));
const TRACE_HIDDEN: Row = row("trace root", "not opened", Answer::Refused(23));
const TRACE_FROM: Row = row(
    "trace root",
    "wrong from an entry on, each of them",
    Answer::Refuted(Family::Transition),
);
const TRACE_ENTRY: Row = row(
    "trace root",
    "one entry wrong, each of them",
    Answer::Refuted(Family::Transition),
);
const TRACE_SWAP: Row = row(
    "trace root",
    "two neighbours swapped",
    Answer::Refuted(Family::Transition),
);
const TRACE_SHORT: Row = row("trace length", "too short", Answer::Refused(18));
const TRACE_LONG: Row = row("trace length", "too long", Answer::Refused(18));
const STATE: Row = row("state", "not the last entry of the trace", Answer::Refused(25));
const OUTBOX: Row = row("outbox", "another", Answer::Refuted(Family::Transition));
const EXECUTION_FEES: Row = row("execution fees", "too high", Answer::Refuted(Family::Transition));
const FEWER_EXECUTION_FEES: Row = row("execution fees", "too low", Answer::Refuted(Family::Transition));
const STORAGE_FEES: Row = row("storage fees", "too high", Answer::Refuted(Family::Transition));
const FEWER_STORAGE_FEES: Row = row("storage fees", "too low", Answer::Refuted(Family::Transition));
const BURNED: Row = row("burned", "too high", Answer::Refuted(Family::Transition));
const LESS_BURNED: Row = row("burned", "too low", Answer::Refuted(Family::Transition));

/// All rows, in the order of the receipt's fields.
pub const ROWS: &[Row] = &[
    VERSION,
    RULES,
    DOMAIN,
    NUMBER_AHEAD,
    NUMBER_HELD,
    PARENT,
    CONSENSUS_NUMBER,
    CONSENSUS_HASH,
    SEED,
    VERDICT_MISSING,
    VERDICT_ADDED,
    VERDICT_BEYOND,
    CALLED_REMOVED,
    REMOVED_ACCEPTED,
    REMOVED_REJECTED,
    REJECT,
    ACCEPT,
    OTHER_FAULT,
    SCHEDULE_ROOT,
    SCHEDULE_HIDDEN,
    UNNAMED,
    SWAP,
    OMIT,
    REPEAT,
    REPLACE,
    INSERT,
    SCHEDULE_COUNT_OVER,
    SCHEDULE_COUNT_UNDER,
    TRACE_ROOT,
    TRACE_HIDDEN,
    TRACE_FROM,
    TRACE_ENTRY,
    TRACE_SWAP,
    TRACE_SHORT,
    TRACE_LONG,
    STATE,
    OUTBOX,
    EXECUTION_FEES,
    FEWER_EXECUTION_FEES,
    STORAGE_FEES,
    FEWER_STORAGE_FEES,
    BURNED,
    LESS_BURNED,
];

const fn row(field: &'static str, lie: &'static str, answer: Answer) -> Row {
    Row { field, lie, answer }
}

impl Mutant {
    /// Returns the row that the lie belongs to. Total: a new lie does not compile until somebody says what answers it.
    #[must_use]
    pub const fn row(&self) -> Row {
        match self {
            Self::Version => VERSION,
            Self::Rules => RULES,
            Self::Domain => DOMAIN,
            Self::NumberAhead => NUMBER_AHEAD,
            Self::NumberHeld => NUMBER_HELD,
            Self::Parent => PARENT,
            Self::ConsensusNumber => CONSENSUS_NUMBER,
            Self::ConsensusHash => CONSENSUS_HASH,
            Self::Seed => SEED,
            Self::VerdictMissing => VERDICT_MISSING,
            Self::VerdictAdded => VERDICT_ADDED,
            Self::VerdictBeyond(_) => VERDICT_BEYOND,
            Self::CalledRemoved(_) => CALLED_REMOVED,
            Self::RemovedAccepted(_) => REMOVED_ACCEPTED,
            Self::RemovedRejected(_) => REMOVED_REJECTED,
            Self::Reject(..) => REJECT,
            Self::Accept(_) => ACCEPT,
            Self::OtherFault(..) => OTHER_FAULT,
            Self::ScheduleRoot => SCHEDULE_ROOT,
            Self::ScheduleHidden => SCHEDULE_HIDDEN,
            Self::Unnamed(..) => UNNAMED,
            Self::Swap(_) => SWAP,
            Self::Omit(_) => OMIT,
            Self::Repeat(_) => REPEAT,
            Self::Replace(..) => REPLACE,
            Self::Insert(..) => INSERT,
            Self::ScheduleCountOver => SCHEDULE_COUNT_OVER,
            Self::ScheduleCountUnder => SCHEDULE_COUNT_UNDER,
            Self::TraceRoot => TRACE_ROOT,
            Self::TraceHidden => TRACE_HIDDEN,
            Self::TraceFrom(_) => TRACE_FROM,
            Self::TraceEntry(_) => TRACE_ENTRY,
            Self::TraceSwap(_) => TRACE_SWAP,
            Self::TraceShort => TRACE_SHORT,
            Self::TraceLong => TRACE_LONG,
            Self::State => STATE,
            Self::Outbox => OUTBOX,
            Self::ExecutionFees => EXECUTION_FEES,
            Self::FewerExecutionFees => FEWER_EXECUTION_FEES,
            Self::StorageFees => STORAGE_FEES,
            Self::FewerStorageFees => FEWER_STORAGE_FEES,
            Self::Burned => BURNED,
            Self::LessBurned => LESS_BURNED,
        }
    }
}
