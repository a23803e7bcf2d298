//! Elections and signatures: nobody can make what only the holder of the key makes.

use crate::source::Source;
use decex_core::hash::digest;
use decex_core::{Balance, Digest, DomainId, Label, Randomness, Window, label};
use decex_election::{
    Challenge, Claim, ElectionProof, FACTOR_ONE, Keypair, Odds, Share, Signature, try_elect, verify,
    verify_batch, verify_signature,
};
use parity_scale_codec::{Decode, Encode};
use std::sync::LazyLock;

static KEYS: LazyLock<Vec<Keypair>> =
    LazyLock::new(|| (1..=3).map(|seed| Keypair::from_seed(&[seed; 32])).collect());

fn challenge(source: &mut Source<'_>) -> Challenge {
    Challenge {
        domain: DomainId(u32::from(source.byte() % 2)),
        window: Window(u64::from(source.byte() % 4)),
        randomness: Randomness(Digest([source.byte() % 4; 32])),
    }
}

fn odds(source: &mut Source<'_>) -> Odds {
    let (numerator, over) = (source.long(), source.long());
    let factor = FACTOR_ONE.saturating_add(u64::from(source.word()) << 20);
    Odds::new(numerator.max(1), numerator.max(1).saturating_add(over), factor).expect("within (0, 1]")
}

fn share(source: &mut Source<'_>) -> Share {
    let stake = u128::from(source.long());
    let total = stake.saturating_add(u128::from(source.long())).max(1);
    Share::new(Balance(stake), Balance(total)).expect("a part")
}

/// Proofs, some changed, verified alone and together.
pub(crate) fn election(data: &[u8]) {
    let mut source = Source::new(data);
    let mut made = Vec::new();
    for _ in 0..=source.below(3) {
        let author = source.pick(&KEYS);
        let (told, odds, share) = (challenge(&mut source), odds(&mut source), share(&mut source));
        // Where it does not win, the proof that it makes at odds it does win.
        let sure = Odds::new(1, 1, FACTOR_ONE).expect("certain");
        let whole = Share::new(Balance(1), Balance(1)).expect("everything");
        let proof =
            try_elect(author, &told, &odds, &share).or_else(|| try_elect(author, &told, &sure, &whole));
        let Some((_, honest)) = proof else { continue };
        let mut bytes = honest.encode();
        source.edit(&mut bytes);
        let proof = ElectionProof::decode(&mut &bytes[..]).unwrap_or(honest);
        // The verifier's own knowledge: mostly what the proof was made for.
        let (key, asked) = match source.byte() % 8 {
            1 => (source.pick(&KEYS), told),
            2 => (author, challenge(&mut source)),
            _ => (author, told),
        };
        made.push((key, asked, odds, share, proof));
    }
    let claims: Vec<Claim<'_>> = made
        .iter()
        .map(|(key, challenge, odds, share, proof)| Claim {
            key: key.key(),
            challenge,
            odds,
            share,
            proof,
        })
        .collect();
    let together = verify_batch(&claims);
    assert_eq!(together.len(), claims.len());
    for ((claim, verdict), (keypair, ..)) in claims.iter().zip(together).zip(&made) {
        let alone = verify(claim.key, claim.challenge, claim.odds, claim.share, claim.proof);
        assert_eq!(verdict, alone, "E12: together as alone");
        let own = try_elect(keypair, claim.challenge, claim.odds, claim.share);
        match alone {
            // One output for a key and a challenge, and only its holder makes the proof.
            Ok(elected) => {
                assert_eq!(
                    own,
                    Some((elected, *claim.proof)),
                    "E11: a proof that nobody made"
                );
                assert_eq!(elected.window(), claim.proof.window);
            }
            Err(_) => assert!(
                own.is_none_or(|(_, proof)| proof != *claim.proof),
                "an honest proof is refused"
            ),
        }
    }
}

/// A signature, changed, under keys, labels and messages of the fuzzer's choice.
pub(crate) fn signature(data: &[u8]) {
    let mut source = Source::new(data);
    let labels: [&Label; 3] = [
        &label::BUNDLE_SEAL,
        &label::REGISTRATION,
        &label::LEDGER_TRANSACTION,
    ];
    let signer = source.below(3);
    let (signed, message) = (source.below(3), digest(&label::EVIDENCE, &[source.byte()]));
    let honest = KEYS[signer].sign(labels[signed], &message);
    let mut bytes = honest.encode();
    source.edit(&mut bytes);
    let shown = Signature::decode(&mut &bytes[..]).unwrap_or(honest);
    let (key, under) = match source.byte() % 4 {
        1 => (source.below(3), signed),
        2 => (signer, source.below(3)),
        _ => (signer, signed),
    };
    let asked = match source.byte() {
        1 => digest(&label::EVIDENCE, &[source.byte()]),
        _ => message,
    };
    let accepted = verify_signature(KEYS[key].key(), labels[under], &asked, &shown).is_ok();
    let same = key == signer && under == signed && asked == message && shown == honest;
    assert_eq!(accepted, same, "E13, E14: exactly what was signed");
}
