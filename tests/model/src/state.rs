//! A state of the model. Equal states have equal futures: there is no clock, only ages.

/// An operator's place. The honest one is 0.
pub type Operator = u8;

/// A set of operators, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set(pub u8);

impl Set {
    /// The set of one.
    #[must_use]
    pub const fn of(operator: Operator) -> Self {
        Self(1 << operator)
    }

    /// Whether the operator is in the set.
    #[must_use]
    pub const fn has(self, operator: Operator) -> bool {
        self.0 & (1 << operator) != 0
    }

    /// Both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set less another.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// How many they are.
    #[must_use]
    pub const fn count(self) -> u8 {
        // At most eight.
        self.0.count_ones().to_le_bytes()[0]
    }
}

/// What a receipt says of its own block, given its parent. A receipt on top of a lie is wrong whatever it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// What follows from the block.
    Right,
    /// One of several lies; each can be proven.
    Lie(u8),
}

/// Names a receipt as its hash does: number, and all claims up to it, two bits each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The number.
    pub number: u8,
    /// The claims.
    pub claims: u16,
}

impl Name {
    /// The name of the receipt on top of this one.
    #[must_use]
    pub fn child(self, claim: Claim) -> Self {
        let code = match claim {
            Claim::Right => 0,
            Claim::Lie(kind) => u16::from(kind) + 1,
        };
        Self {
            number: self.number + 1,
            claims: self.claims | code << (2 * self.number),
        }
    }

    /// What the receipt above number `below` claims.
    #[must_use]
    pub fn claim_at(self, below: u8) -> Claim {
        match self.claims >> (2 * below) & 3 {
            0 => Claim::Right,
            code => Claim::Lie(u8::try_from(code - 1).unwrap_or(u8::MAX)),
        }
    }

    /// What it claims itself.
    #[must_use]
    pub fn claim(self) -> Claim {
        self.claim_at(self.number - 1)
    }

    /// Whether it, or anything below, claims this.
    #[must_use]
    pub fn tells(self, claim: Claim) -> bool {
        (0..self.number).any(|below| self.claim_at(below) == claim)
    }

    /// Whether it and everything below is right.
    #[must_use]
    pub const fn is_right(self) -> bool {
        self.claims == 0
    }
}

/// A receipt that is accepted and not final.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Receipt {
    /// What it claims.
    pub claim: Claim,
    /// Who vouches for it.
    pub backers: Set,
    /// Blocks since its inclusion; stops at one more than the challenge period.
    pub age: u8,
    /// Somebody backed it after its own block.
    pub late: bool,
}

/// A receipt that is off the chain and not swept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Removed {
    /// Which.
    pub name: Name,
    /// Who vouches for it.
    pub backers: Set,
}

/// What became of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Takes part.
    Active,
    /// Left, and waits for its stake.
    Leaving,
    /// Left with its stake.
    Left,
    /// Lost its stake.
    Slashed,
}

/// An operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// What became of it.
    pub status: Status,
    /// The highest receipt that it vouches for, while that is above the confirmed one and a stake answers for it.
    pub backed: Option<Name>,
}

/// A stake that waits for its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unlock {
    /// Whose.
    pub operator: Operator,
    /// In so many blocks; 0 if it is due and still answers for something.
    pub due: u8,
}

/// What must never happen between two states, remembered when it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flaws {
    /// The confirmed number fell, or something was confirmed while a removal was unswept.
    pub confirmation: bool,
    /// A stake was taken that was gone.
    pub twice: bool,
    /// A backer of a removed receipt had its stake back by then.
    pub escaped: bool,
    /// A receipt became final with a backer that had not vouched from the first block on.
    pub unearned: bool,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State {
    /// The last final receipt.
    pub confirmed: Name,
    /// The receipts above it, up to the head.
    pub pending: Vec<Receipt>,
    /// Removals, oldest first; of each the receipts that are left, from the refuted one up.
    pub removals: Vec<Vec<Removed>>,
    /// The last domain block whose inbox is closed.
    pub closed: u8,
    /// One more was made in this block.
    pub open: bool,
    /// The operators.
    pub operators: Vec<Member>,
    /// Who waits for its stake, ascending.
    pub unlocks: Vec<Unlock>,
    /// Everybody of whom an offence is proven while its stake was there: decided when the proof is accepted, without looking
    /// at how the stake is taken.
    pub guilty: Set,
    /// What went wrong.
    pub flaws: Flaws,
    /// Blocks since the first inbox was closed, while something is not final and time is measured.
    pub elapsed: u8,
    /// Blocks for which the honest operator's next receipt has been kept out.
    pub waited: u8,
}

impl State {
    /// The head.
    #[must_use]
    pub fn head(&self) -> Name {
        let step = |name: Name, receipt: &Receipt| name.child(receipt.claim);
        self.pending.iter().fold(self.confirmed, step)
    }

    /// The pending receipt of this number and its name.
    #[must_use]
    pub fn name_at(&self, number: u8) -> Option<Name> {
        let above = number
            .checked_sub(self.confirmed.number)
            .filter(|above| *above > 0)?;
        let receipts = self.pending.get(..usize::from(above))?;
        Some(
            receipts
                .iter()
                .fold(self.confirmed, |name, receipt| name.child(receipt.claim)),
        )
    }

    /// The index of a pending receipt.
    #[must_use]
    pub fn index_of(&self, number: u8) -> Option<usize> {
        let above = number.checked_sub(self.confirmed.number)?.checked_sub(1)?;
        Some(usize::from(above)).filter(|index| *index < self.pending.len())
    }

    /// The lowest pending receipt that lies.
    #[must_use]
    pub fn lowest_lie(&self) -> Option<(u8, &Receipt)> {
        let mut numbered = (self.confirmed.number + 1..).zip(&self.pending);
        numbered.find(|(_, receipt)| receipt.claim != Claim::Right)
    }

    /// Everybody who vouches for something that was removed and is not swept.
    #[must_use]
    pub fn unswept_backers(&self) -> Set {
        let removed = self.removals.iter().flatten();
        removed.fold(Set::default(), |all, removed| all.and(removed.backers))
    }

    /// Everybody who vouches for something pending.
    #[must_use]
    pub fn pending_backers(&self) -> Set {
        let pending = self.pending.iter();
        pending.fold(Set::default(), |all, receipt| all.and(receipt.backers))
    }

    /// Everybody whose stake is in this state.
    #[must_use]
    pub fn all_who(&self, status: Status) -> Set {
        let members = (0..).zip(&self.operators);
        let of = members.filter(|(_, member)| member.status == status);
        of.fold(Set::default(), |all, (operator, _)| all.and(Set::of(operator)))
    }

    /// The same state under other names of the operators that are not honest, the least of them all. They differ in nothing
    /// but their names, so what can be reached from one can be reached from the other.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let count = u8::try_from(self.operators.len()).unwrap_or(u8::MAX);
        let mut least = self.clone();
        permute(&mut (0..count).collect(), 1, &mut |names| {
            let other = self.renamed(names);
            if other < least {
                least = other;
            }
        });
        least
    }

    /// The state with every operator `o` called `names[o]`.
    fn renamed(&self, names: &[Operator]) -> Self {
        let set = |set: Set| {
            let members = (0..).zip(names).filter(|(operator, _)| set.has(*operator));
            members.fold(Set::default(), |all, (_, name)| all.and(Set::of(*name)))
        };
        let mut other = self.clone();
        for (member, name) in self.operators.iter().zip(names) {
            other.operators[usize::from(*name)] = *member;
        }
        for receipt in &mut other.pending {
            receipt.backers = set(receipt.backers);
        }
        for removed in other.removals.iter_mut().flatten() {
            removed.backers = set(removed.backers);
        }
        for unlock in &mut other.unlocks {
            unlock.operator = names[usize::from(unlock.operator)];
        }
        other.unlocks.sort_unstable();
        other.guilty = set(self.guilty);
        other
    }
}

/// Calls `with` on every order of what stands from `from` on.
fn permute(names: &mut Vec<Operator>, from: usize, with: &mut dyn FnMut(&[Operator])) {
    if from >= names.len() {
        return with(names);
    }
    for other in from..names.len() {
        names.swap(from, other);
        permute(names, from + 1, with);
        names.swap(from, other);
    }
}
