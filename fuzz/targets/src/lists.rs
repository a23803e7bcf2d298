//! List proofs: what is accepted is true of the list, whatever the proof says.

use crate::source::Source;
use decex_core::Digest;
use decex_core::hash::digest;
use decex_core::label;
use decex_core::list::{Absence, ListTree, RunProof, root};
use parity_scale_codec::{Decode, Encode};

/// Few different leaves, so that lists repeat themselves and runs look alike.
fn leaf(value: u8) -> Digest {
    digest(&label::SUMMARY, &[value % 8])
}

/// Edits the encoding of `proof`; what no longer decodes stays as it was.
fn changed<T: Encode + Decode>(source: &mut Source<'_>, value: T) -> T {
    let mut bytes = value.encode();
    source.edit(&mut bytes);
    T::decode(&mut &bytes[..]).unwrap_or(value)
}

/// Builds a list, proves a run of it, changes proof and leaves, and verifies.
pub(crate) fn run(data: &[u8]) {
    let mut source = Source::new(data);
    let length = source.below(40);
    let leaves: Vec<Digest> = (0..length).map(|_| leaf(source.byte())).collect();
    let tree = ListTree::new(leaves.clone());
    let (start, count) = (source.below(41), source.below(41));
    assert_eq!(tree.root(), root(&leaves));
    let proof = tree.prove(start as u32, count as u32);
    let shown = leaves.get(start..start + count).filter(|run| !run.is_empty());
    assert_eq!(
        proof.is_some(),
        shown.is_some(),
        "what is there can be proven, nothing else"
    );
    let (Some(proof), Some(shown)) = (proof, shown) else {
        return;
    };
    let position = proof.verify(&tree.root(), shown).expect("a true statement");
    assert_eq!(
        (position.start() as usize, position.end() as usize),
        (start, start + count)
    );
    let mut claimed = shown.to_vec();
    for _ in 0..source.below(4) {
        match source.byte() % 4 {
            0 => {
                let at = source.below(claimed.len());
                if let Some(claimed) = claimed.get_mut(at) {
                    *claimed = leaf(source.byte());
                }
            }
            1 => drop(claimed.pop()),
            2 => claimed.push(leaf(source.byte())),
            // An inner node passed for a leaf.
            _ => claimed.extend(proof.siblings.first()),
        }
    }
    check_run(&leaves, &tree, &changed(&mut source, proof), &claimed);
}

fn check_run(leaves: &[Digest], tree: &ListTree, proof: &RunProof, claimed: &[Digest]) {
    let Ok(position) = proof.verify(&tree.root(), claimed) else {
        return;
    };
    let (start, end) = (position.start() as usize, position.end() as usize);
    assert_eq!(
        position.length() as usize,
        leaves.len(),
        "C6: the length is bound"
    );
    assert_eq!(
        leaves.get(start..end),
        Some(claimed),
        "C6: the leaves stand where it says"
    );
    assert_eq!(
        (position.is_first(), position.is_last()),
        (start == 0, end == leaves.len())
    );
    let again = tree.prove(proof.start, claimed.len() as u32);
    assert_eq!(again.as_ref(), Some(proof), "one proof for a run");
}

/// Builds an ascending list, proves an absence, changes the proof, and verifies for any key.
pub(crate) fn absence(data: &[u8]) {
    let mut source = Source::new(data);
    let mut items: Vec<u8> = source.take(24).to_vec();
    items.sort_unstable();
    items.dedup();
    let leaf_of = |item: &u8| digest(&label::SUMMARY, &[*item]);
    let tree = ListTree::new(items.iter().map(leaf_of).collect());
    let key = source.byte();
    let proof = Absence::prove(&items, &tree, &key, |item| *item);
    assert_eq!(
        proof.is_none(),
        items.contains(&key),
        "absent or present, not both"
    );
    let Some(proof) = proof else { return };
    assert_eq!(
        proof.verify(&tree.root(), &key, |item| *item, leaf_of),
        Ok(()),
        "a true statement"
    );
    let (other, changed) = (source.byte(), changed(&mut source, proof));
    if changed
        .verify(&tree.root(), &other, |item| *item, leaf_of)
        .is_ok()
    {
        assert!(!items.contains(&other), "C8: {other} is in the list");
    }
}
