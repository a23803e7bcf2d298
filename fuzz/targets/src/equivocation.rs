//! Equivocation: who seals once cannot be framed, who seals twice cannot deny it.

use crate::decode::LIMIT;
use crate::scene::SCENE;
use crate::source::Source;
use decex_bundle::{Equivocation, Header, SealedHeader};
use decex_core::codec::decode_exact;
use decex_core::{DomainId, OperatorId, Window, label};
use decex_election::Keypair;
use decex_tests::world::operator_keypair;
use parity_scale_codec::{Decode, Encode};
use std::sync::LazyLock;

const WINDOWS: usize = 3;
const DOMAINS: usize = 2;

static KEYS: LazyLock<Vec<Keypair>> = LazyLock::new(|| (0..3).map(operator_keypair).collect());

/// What three honest operators sealed: one header for each domain and window.
static HONEST: LazyLock<Vec<SealedHeader>> = LazyLock::new(|| {
    let mut sealed = Vec::new();
    for operator in 0..KEYS.len() {
        for place in 0..WINDOWS * DOMAINS {
            let mut header = SCENE.bundle.header.header.clone();
            header.operator = OperatorId(operator as u64);
            header.domain = DomainId((place / WINDOWS) as u32);
            header.election.window = Window((place % WINDOWS) as u64);
            sealed.push(seal(operator, header));
        }
    }
    sealed
});

fn seal(operator: usize, header: Header) -> SealedHeader {
    let seal = KEYS[operator].sign(&label::BUNDLE_SEAL, &header.compute_hash().0);
    SealedHeader { header, seal }
}

/// An edit of one field that keeps a header a header.
fn changed(source: &mut Source<'_>, sealed: &SealedHeader) -> SealedHeader {
    let mut bytes = sealed.encode();
    source.edit(&mut bytes);
    SealedHeader::decode(&mut &bytes[..]).unwrap_or_else(|_| sealed.clone())
}

/// Two headers that nobody sealed twice, and two that somebody did.
pub(crate) fn equivocation(data: &[u8]) {
    let mut source = Source::new(data);
    let evidence = if source.flag() {
        decode_exact::<Equivocation>(source.rest(), LIMIT).ok()
    } else {
        let (first, second) = (source.pick(&HONEST), source.pick(&HONEST));
        Some(Equivocation {
            first: changed(&mut source, first),
            second: changed(&mut source, second),
        })
    };
    let Some(evidence) = evidence else { return };
    for key in KEYS.iter() {
        assert!(
            evidence.verify(key.key()).is_err(),
            "an honest operator is framed"
        );
    }
    check_twice(&mut source, &evidence.first.header, &evidence.second.header);
}

/// Seals both headers after all and expects a proof if they are two for one window.
fn check_twice(source: &mut Source<'_>, first: &Header, second: &Header) {
    let author = source.below(KEYS.len());
    let mut second = second.clone();
    if !source.byte().is_multiple_of(4) {
        second.domain = first.domain;
        second.operator = first.operator;
        second.election.window = first.election.window;
    }
    let twice = first.domain == second.domain
        && first.operator == second.operator
        && first.election.window == second.election.window
        && *first != second;
    let evidence = Equivocation {
        first: seal(author, first.clone()),
        second: seal(author, second),
    };
    let turned = Equivocation {
        first: evidence.second.clone(),
        second: evidence.first.clone(),
    };
    let key = KEYS[author].key();
    let (proven, again) = (evidence.verify(key), turned.verify(key));
    assert_eq!(proven.is_ok(), twice, "B30 to B33: two headers for one window");
    assert_eq!(again.ok(), proven.ok(), "one name whatever the order");
    if let Ok(proven) = proven {
        assert_eq!(
            (proven.domain(), proven.operator(), proven.window()),
            (first.domain, first.operator, first.election.window)
        );
    }
}
