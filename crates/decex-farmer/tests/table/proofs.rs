//! Every proof that tables give verifies, and only for its target.

use decex_farmer::decex_storage_audit::decex_core::hash::Digest;
use decex_farmer::decex_storage_audit::space::{self, InvalidSpaceProof};
use decex_farmer::table::Table;

#[test]
fn m3_accepts_every_proof_of_the_tables_for_its_target() {
    for k in [15, 17] {
        let seed = Digest([k; 32]);
        let table = Table::new(k, &seed);
        let mut targets = 0;
        table.proofs(1 << 10, |target, proof| {
            targets += 1;
            assert_eq!(space::verify(k, &seed, target, proof), Ok(()));
            let other = InvalidSpaceProof::Target {
                expected: target ^ 1,
                found: target,
            };
            assert_eq!(space::verify(k, &seed, target ^ 1, proof), Err(other));
            assert_eq!(table.proof(target).as_deref(), Some(proof));
        });
        assert_eq!(
            targets,
            (0..1 << 10).filter(|target| table.has_proof(*target)).count()
        );
        assert!(targets > 400, "{targets} of 1024");
    }
}

#[test]
fn there_is_no_proof_for_what_is_no_target() {
    let table = Table::new(15, &Digest([1; 32]));
    assert_eq!(table.proof(1 << 15), None);
    assert_eq!(table.proof(u32::MAX), None);
}
