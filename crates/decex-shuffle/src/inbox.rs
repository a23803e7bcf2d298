//! What a schedule refers to: the bodies of an inbox's bundles, in canonical order.

use decex_core::id::ListRoot;
use decex_core::list::ListTree;
use decex_core::schedule::Entry;
use decex_core::transaction::Summary;

/// One bundle of an inbox as the verifier knows it. A slice of these, in canonical order (ascending by header hash), is
/// the inbox; [`Entry::bundle`] is the index in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxBody {
    /// Root over the leaves of the body, from the bundle's header.
    pub root: ListRoot,
    /// How many leaves. Inclusion checked that the root binds this length.
    pub count: u32,
    /// What the receipt that is judged says of the bundle. Only valid bundles are scheduled.
    pub valid: bool,
}

impl InboxBody {
    /// The entry names a leaf of a valid bundle of this inbox.
    pub(crate) fn names(inbox: &[Self], entry: &Entry) -> bool {
        inbox
            .get(usize::from(entry.bundle))
            .is_some_and(|body| body.valid && entry.leaf < body.count)
    }
}

/// One bundle of an inbox with its content, as whoever holds the blocks knows it.
#[derive(Clone, Copy, Debug)]
pub struct InboxContent<'a> {
    /// The body's summaries in body order.
    pub summaries: &'a [Summary],
    /// The tree over their leaves.
    pub tree: &'a ListTree,
    /// What the receipt that is judged says of the bundle.
    pub valid: bool,
}

impl<'a> InboxContent<'a> {
    /// Returns the summary that an entry names, or `None` if it names no leaf of a valid bundle.
    pub(crate) fn resolve(inbox: &[Self], entry: &Entry) -> Option<&'a Summary> {
        let content = inbox
            .get(usize::from(entry.bundle))
            .filter(|content| content.valid)?;
        content.summaries.get(usize::try_from(entry.leaf).ok()?)
    }

    /// Returns the summaries of the valid bundles, each with its bundle's index, as [`Schedule::build`] takes them.
    ///
    /// [`Schedule::build`]: crate::Schedule::build
    pub fn valid_bodies(inbox: &'a [Self]) -> impl Iterator<Item = (u16, &'a [Summary])> {
        // An index past `u16` cannot be named by an entry; `MAX_BUNDLES_PER_BLOCK` is far below it.
        (0..=u16::MAX)
            .zip(inbox)
            .filter(|(_, content)| content.valid)
            .map(|(bundle, content)| (bundle, content.summaries))
    }
}

impl From<&InboxContent<'_>> for InboxBody {
    fn from(content: &InboxContent<'_>) -> Self {
        Self {
            root: content.tree.root(),
            count: content.tree.length(),
            valid: content.valid,
        }
    }
}
