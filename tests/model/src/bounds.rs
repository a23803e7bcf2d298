//! How large a world is explored, and in which respect it is broken on purpose.

/// A rule that is left out, to see that the properties notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutation {
    /// R26: a receipt gets backers after the block that accepted it.
    LateEndorsement,
    /// R29: a receipt is final one block early.
    EarlyConfirmation,
    /// R6: a removed receipt comes back before it is swept, and its record is overwritten.
    ResubmitUnswept,
    /// R32: a sweep slashes one backer of a receipt only.
    OneBackerOnly,
    /// A domain confirms while one of its removals is unswept.
    ConfirmUnswept,
    /// A stake is free when its unlock period is over, whatever the operator vouches for.
    ReleaseUnchecked,
    /// Who backed a removed receipt bundles and leaves until the sweep has come to it.
    OffenderTakesPart,
    /// A slash does not ask whether the stake is gone already.
    SlashTwice,
    /// A proof may stand in the block in which the receipt becomes final, and no earlier: P5 does not hold.
    Outlasted,
}

/// The bounds of an exploration, and the parameters of the domain in it. Times are in consensus blocks.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Operators; the first is honest, the others do whatever the rules take.
    pub operators: u8,
    /// Domain blocks that are ever made.
    pub inboxes: u8,
    /// How many of them are closed at the start.
    pub closed: u8,
    /// Different lies that can be told of one block.
    pub lies: u8,
    /// The challenge period.
    pub challenge: u8,
    /// The unlock period.
    pub unlock: u8,
    /// Steps of sweeping and of confirming per block.
    pub work: u8,
    /// For how many blocks after a wrong receipt's own a proof against it can be kept out, less one. P5 wants it below
    /// `challenge`.
    pub censorship: u8,
    /// Whether operators are caught sealing twice.
    pub equivocation: bool,
    /// Whether operators leave: the honest one too.
    pub leaving: bool,
    /// For how many blocks a receipt of the honest operator can be kept out. `None`: for ever, and no time is measured.
    pub inclusion: Option<u8>,
    /// What is broken.
    pub mutation: Option<Mutation>,
}

impl Bounds {
    /// What every CI run explores.
    #[must_use]
    pub const fn small() -> Self {
        Self {
            operators: 3,
            inboxes: 2,
            closed: 1,
            lies: 1,
            challenge: 2,
            unlock: 3,
            work: 1,
            censorship: 1,
            equivocation: true,
            leaving: true,
            inclusion: None,
            mutation: None,
        }
    }

    /// The shortest period that P5 allows, and removals that take longer to sweep: a confirmation is held up by a sweep.
    #[must_use]
    pub const fn short() -> Self {
        Self {
            operators: 2,
            inboxes: 4,
            closed: 4,
            challenge: 1,
            unlock: 2,
            censorship: 0,
            ..Self::small()
        }
    }

    /// The same with time measured: all inboxes are closed at the start, nobody leaves or is caught sealing twice, and an honest
    /// receipt waits for so many blocks at most.
    #[must_use]
    pub const fn timed(self, inclusion: u8) -> Self {
        Self {
            closed: self.inboxes,
            equivocation: false,
            leaving: false,
            inclusion: Some(inclusion),
            ..self
        }
    }

    /// Whether a rule is left out.
    #[must_use]
    pub fn breaks(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }
}
