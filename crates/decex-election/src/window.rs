//! Election windows: which slots share one election, and for how long its proof may be submitted.

use core::num::NonZeroU32;
use decex_core::{Slot, Window};

/// How a domain divides slots into windows.
///
/// Window `w` is the slots `w · interval ..= w · interval + interval − 1`. A domain keeps its interval for life: with
/// another one the windows would be renumbered, and the record of used windows would speak of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    interval: NonZeroU32,
    longevity: u32,
}

/// Why two numbers do not divide slots into windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWindows {
    /// E15: a window of no slots.
    #[error("a window needs at least one slot")]
    NoSlots,
}

impl InvalidWindows {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NoSlots => 15,
        }
    }
}

/// Why a window is not open at a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWindow {
    /// E16: the window has not begun.
    #[error("window {} is after the current window {}", found.0, limit.0)]
    Future {
        /// The current window, the latest that may be submitted for.
        limit: Window,
        /// The window that was submitted for.
        found: Window,
    },
    /// E17: the window has been over for too long.
    #[error("window {} is before the oldest open window {}", found.0, limit.0)]
    Stale {
        /// The oldest window that may be submitted for.
        limit: Window,
        /// The window that was submitted for.
        found: Window,
    },
}

impl InvalidWindow {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Future { .. } => 16,
            Self::Stale { .. } => 17,
        }
    }
}

impl Windows {
    /// Returns windows of `interval` slots whose proofs may be submitted until `longevity` further windows have
    /// followed. A longevity of 0 means: only in the window itself.
    ///
    /// # Errors
    /// When the interval is zero (E15).
    pub const fn new(interval: u32, longevity: u32) -> Result<Self, InvalidWindows> {
        // E15: at least one slot.
        match NonZeroU32::new(interval) {
            Some(interval) => Ok(Self { interval, longevity }),
            None => Err(InvalidWindows::NoSlots),
        }
    }

    /// Returns the slots in a window.
    #[must_use]
    pub const fn interval(&self) -> u32 {
        self.interval.get()
    }

    /// Returns how many windows a proof outlives its own.
    #[must_use]
    pub const fn longevity(&self) -> u32 {
        self.longevity
    }

    /// Returns the window that `slot` belongs to.
    #[must_use]
    pub fn window_of(&self, slot: Slot) -> Window {
        Window(
            slot.0
                .checked_div(u64::from(self.interval.get()))
                .unwrap_or_default(),
        )
    }

    /// Returns the slot whose randomness and stakes decide the window, or `None` if it lies beyond the range of slots.
    #[must_use]
    pub fn first_slot(&self, window: Window) -> Option<Slot> {
        window.0.checked_mul(u64::from(self.interval.get())).map(Slot)
    }

    /// Returns the oldest window that may be submitted for at slot `now`. Records of older ones can be forgotten.
    #[must_use]
    pub fn oldest_open(&self, now: Slot) -> Window {
        Window(self.window_of(now).0.saturating_sub(u64::from(self.longevity)))
    }

    /// Checks that `window` may be submitted for at slot `now`.
    ///
    /// # Errors
    /// When the window has not begun (E16) or is more than `longevity` windows old (E17).
    pub fn check_open(&self, window: Window, now: Slot) -> Result<(), InvalidWindow> {
        // E16: not in the future.
        let current = self.window_of(now);
        if window > current {
            return Err(InvalidWindow::Future {
                limit: current,
                found: window,
            });
        }
        // E17: not too old.
        let oldest = self.oldest_open(now);
        if window < oldest {
            return Err(InvalidWindow::Stale {
                limit: oldest,
                found: window,
            });
        }
        Ok(())
    }
}
