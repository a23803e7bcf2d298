//! Sectors expire for the farmer when they do for the verifier.

use crate::common::{History, challenge, params, sector, world};
use decex_farmer::plot::{Expiry, ExpiryError, ProveError, expiring, expiry};
use decex_storage_audit::decex_core::Host;
use decex_storage_audit::decex_core::id::ListRoot;
use decex_storage_audit::{
    HistoryRoots, HistorySize, InvalidSolution, Sector, SolutionRange, checkpoint, expires_at,
};

fn at_length(length: u32) -> History {
    History::new(&params(), length)
}

#[test]
fn d23_expiry_is_open_until_the_checkpoint_and_then_the_verifiers() {
    let params = params();
    for index in 0..20 {
        let sector = sector(1, index);
        let checkpoint = checkpoint(&params, sector.history).unwrap();
        assert_eq!(expiry(&params, &at_length(checkpoint), &sector), Ok(Expiry::Open));
        for length in checkpoint + 1..checkpoint + 4 {
            let history = at_length(length);
            let root = history.segments[checkpoint as usize].0;
            let expected = expires_at(&params, &sector.id(), sector.history, &root);
            assert_eq!(expiry(&params, &history, &sector), Ok(Expiry::At(expected)));
        }
    }
}

#[test]
fn d23_lists_what_expires_within_so_many_segments() {
    let params = params();
    let sectors: Vec<Sector> = (0..30).map(|index| sector(1, index)).collect();
    for length in 2..10 {
        let history = at_length(length);
        for ahead in 0..4 {
            let listed = expiring(&params, &history, sectors.iter().copied(), ahead).unwrap();
            let expected: Vec<(Sector, u64)> = sectors
                .iter()
                .filter_map(|sector| match expiry(&params, &history, sector).unwrap() {
                    Expiry::At(at) if at <= u64::from(length + ahead) => Some((*sector, at)),
                    Expiry::At(_) | Expiry::Open => None,
                })
                .collect();
            assert_eq!(listed, expected);
        }
    }
    // In the end all of them.
    let all = expiring(&params, &at_length(9), sectors.iter().copied(), 0).unwrap();
    assert_eq!(all.len(), sectors.len());
}

#[test]
fn d23_a_sector_is_proven_until_it_is_listed() {
    let world = world();
    let plot = world.open();
    let range = SolutionRange(u64::MAX);
    let found = |slot| {
        let candidates = plot.audit(&world.plot, &challenge(slot), range, &mut Vec::new());
        Some((slot, *candidates.unwrap().first()?))
    };
    let (slot, candidate) = (0..).find_map(found).unwrap();
    let mut expired = 0;
    for length in 2..10 {
        let history = at_length(length);
        let proven = plot.prove(&world.plot, &history, &challenge(slot), range, &candidate);
        let listed = expiring(&world.params, &history, [world.sector], 0).unwrap();
        if listed.is_empty() {
            assert!(proven.is_ok(), "{length}");
        } else {
            assert!(matches!(
                proven,
                Err(ProveError::Invalid(InvalidSolution::Expired { .. }))
            ));
            expired += 1;
        }
    }
    assert!((1..8).contains(&expired), "{expired}");
}

/// A host that says it has more history than it has, or fails.
struct Broken(bool);

impl Host for Broken {
    type Error = ();
}

impl HistoryRoots for Broken {
    fn segments(&self) -> Result<HistorySize, ()> {
        Ok(HistorySize(9))
    }

    fn segment_root(&self, _: u32) -> Result<Option<ListRoot>, ()> {
        if self.0 { Ok(None) } else { Err(()) }
    }
}

#[test]
fn a_host_without_roots_is_no_verdict() {
    let params = params();
    let missing = expiry(&params, &Broken(true), &sector(1, 0));
    assert_eq!(missing, Err(ExpiryError::MissingRoot { segment: 2 }));
    let failed = expiring(&params, &Broken(false), [sector(1, 0)], 0);
    assert_eq!(failed, Err(ExpiryError::Host(())));
    let world = world();
    let plot = world.open();
    let range = SolutionRange(u64::MAX);
    let found = |slot| {
        let candidates = plot.audit(&world.plot, &challenge(slot), range, &mut Vec::new());
        Some((slot, *candidates.unwrap().first()?))
    };
    let (slot, candidate) = (0..).find_map(found).unwrap();
    let prove = |broken: &Broken| plot.prove(&world.plot, broken, &challenge(slot), range, &candidate);
    assert!(matches!(
        prove(&Broken(true)),
        Err(ProveError::MissingRoot { segment: 2 })
    ));
    assert!(matches!(prove(&Broken(false)), Err(ProveError::History(()))));
}
