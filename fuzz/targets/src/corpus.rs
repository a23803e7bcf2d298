//! What a fuzzer starts from: real values, near misses, and scripts. Everything is made from fixed seeds, so the committed
//! files are what this makes, byte for byte.

use crate::decode::{self, LIMIT};
use crate::scene::{CLAIMS, Claims, SCENE, Scene};
use crate::{archive, audit, channels, plot, receipt, staking_any, store, vouching};
use decex_bundle::{Equivocation, Header, SealedHeader};
use decex_consensus::keys;
use decex_consensus::model::{Clock, Counters, OpenInbox, PendingRemoval};
use decex_core::hash::digest;
use decex_core::list::{Absence, ListTree, RunProof};
use decex_core::transaction::Summary;
use decex_core::{AccountId, Digest, DomainId, OperatorId, label};
use decex_fraud::{Evidence, FraudProof};
use decex_receipt::{Bundle, Openings, Receipt, ReceiptView, Submission, remove};
use decex_shuffle::Refutation;
use decex_testkit::ledger::Call;
use decex_tests::world::{limits, params, transaction, user};
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// Files of one target: name and content.
pub type Seeds = Vec<(String, Vec<u8>)>;

/// Returns the corpus of every target by its name. Whatever is called `valid…` is a value of the target's type.
#[must_use]
pub fn seeds() -> BTreeMap<&'static str, Seeds> {
    let (scene, claims) = (&*SCENE, &*CLAIMS);
    let mut all = BTreeMap::from([
        ("decode_bundle", values(&[&scene.bundle, &scene.plain])),
        ("decode_header", headers(scene)),
        ("decode_receipt", values(&receipts(claims))),
        ("decode_submission", submissions(claims)),
        ("decode_fraud_proof", fraud_proofs(claims)),
        (
            "decode_equivocation",
            values::<Equivocation>(&[&scene.equivocation]),
        ),
        ("decode_receipt_equivocation", vouched()),
        ("decode_list_proof", list_proofs()),
        ("decode_refutation", refutations(claims)),
        ("decode_election", elections(scene)),
        ("decode_store", stored(scene)),
        ("decode_staking", staked()),
        (
            "decode_relayed",
            values(&channels::examples().iter().collect::<Vec<_>>()),
        ),
        ("decode_solution", values(&[&audit::example()])),
        (
            "decode_piece",
            values(&archive::example().0.iter().take(2).collect::<Vec<_>>()),
        ),
        ("decode_segment_header", values(&[&archive::example().1])),
        ("ledger_transaction", transactions()),
        ("verify_fraud_right", fraud_scripts(claims, claims.right.len())),
        ("verify_fraud_wrong", fraud_scripts(claims, claims.wrong.len())),
        (
            "verify_equivocation",
            with_raw(1, 24, &scene.equivocation.encode()),
        ),
        ("verify_receipt_equivocation", vouching_scripts()),
        ("include_bundle", include_scripts(scene)),
        ("submit_receipt", submit_scripts(claims)),
        ("operator_restore", restore_scripts(scene)),
        // Scripts from the first byte to the last: what they do is the target's to say.
        ("list_run", scripts(6, 96)),
        ("list_absence", scripts(6, 48)),
        ("state_witness", scripts(8, 128)),
        ("verify_election", scripts(8, 96)),
        ("verify_signature", scripts(6, 24)),
        ("verify_refutation", scripts(10, 80)),
        ("verify_light", scripts(8, 64)),
        ("verify_solution", solution_scripts()),
        ("header_chain", scripts(16, 160)),
        ("archive_read", history_scripts()),
        ("open_plot", plot_scripts()),
        ("resume_staging", staging_scripts()),
        ("fraud_pool", scripts(20, 240)),
        ("consensus", scripts(10, 240)),
        ("staking", scripts(16, 1600)),
        ("staking_any", scripts(16, 480)),
        ("channels", scripts(16, 400)),
        ("operator_follow", scripts(8, 96)),
        ("operator_pool", scripts(8, 160)),
    ]);
    #[cfg(feature = "evm")]
    all.insert("evm_transaction", ethereum());
    // For builds without the EVM the names stay the ones that were asked for.
    all.retain(|name, _| crate::TARGETS.iter().any(|(target, _)| target == name));
    all
}

/// The values, and of the first what is almost one.
fn values<T: Encode + Decode + PartialEq + Debug>(values: &[&T]) -> Seeds {
    let mut seeds = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let bytes = value.encode();
        assert_eq!(
            decode::exact::<T>(&bytes, LIMIT).as_ref(),
            Some(*value),
            "valid seed {index}"
        );
        seeds.push((format!("valid-{index}"), bytes));
    }
    let first = values[0].encode();
    seeds.push(("trailing".into(), [&first[..], &[0]].concat()));
    seeds.push(("truncated".into(), first[..first.len() - 1].to_vec()));
    seeds
}

/// Names what is added, so that lists of several types do not overwrite one another.
fn named(prefix: &str, seeds: Seeds) -> impl Iterator<Item = (String, Vec<u8>)> {
    seeds
        .into_iter()
        .map(move |(name, bytes)| (format!("{name}-{prefix}"), bytes))
}

fn headers(scene: &Scene) -> Seeds {
    let sealed = values::<SealedHeader>(&[&scene.bundle.header, &scene.plain.header]);
    let unsealed = values::<Header>(&[&scene.bundle.header.header]);
    named("sealed", sealed)
        .chain(named("unsealed", unsealed))
        .collect()
}

fn vouched() -> Seeds {
    let evidence = vouching::example();
    named("pair", values(&[&evidence]))
        .chain(named("one", values(&[&evidence.first])))
        .collect()
}

fn receipts(claims: &Claims) -> Vec<&Receipt> {
    let right = claims.right.iter().map(decex_fraud::Claim::receipt);
    let wrong = claims.wrong.iter().map(|(claim, _)| claim.receipt());
    right.chain(wrong.step_by(7)).collect()
}

fn submissions(claims: &Claims) -> Seeds {
    let whole: Vec<&Submission> = claims.submissions.iter().collect();
    let openings: Vec<&Openings> = whole.iter().filter_map(|one| one.openings.as_ref()).collect();
    named("submission", values(&whole))
        .chain(named("openings", values(&openings)))
        .collect()
}

/// A proof of each kind of evidence that the lies called for.
fn kinds(claims: &Claims) -> Vec<&FraudProof> {
    let mut kinds: BTreeMap<(u8, usize), &FraudProof> = BTreeMap::new();
    for (_, proof) in &claims.wrong {
        let kind = match &proof.evidence {
            Evidence::Inbox(inbox) => (0, inbox.fault.rule.encode()[0].into()),
            Evidence::Schedule(refutation) => (1, refutation.encode()[0].into()),
            Evidence::Transition(step) => (2, step.step.min(3) as usize),
        };
        kinds.entry(kind).or_insert(proof);
    }
    kinds.into_values().collect()
}

fn fraud_proofs(claims: &Claims) -> Seeds {
    let proofs = kinds(claims);
    let evidence: Vec<&Evidence> = proofs.iter().map(|proof| &proof.evidence).take(1).collect();
    named("proof", values(&proofs))
        .chain(named("evidence", values(&evidence)))
        .collect()
}

fn refutations(claims: &Claims) -> Seeds {
    let found: Vec<&Refutation> = kinds(claims)
        .into_iter()
        .filter_map(|proof| match &proof.evidence {
            Evidence::Schedule(refutation) => Some(refutation),
            Evidence::Inbox(_) | Evidence::Transition(_) => None,
        })
        .collect();
    values(&found)
}

fn list_proofs() -> Seeds {
    let summaries: Vec<Summary> = SCENE
        .bundle
        .body
        .iter()
        .map(decex_bundle::Item::compute_summary)
        .collect();
    let tree = ListTree::new(summaries.iter().map(Summary::leaf).collect());
    let run: RunProof = tree.prove(0, 1).expect("a leaf");
    let mut between = summaries[0];
    between.nonce.0 += 1;
    let key = between.body_key();
    let absence = Absence::prove(&summaries, &tree, &key, Summary::body_key).expect("absent");
    named("run", values(&[&run]))
        .chain(named("absence", values(&[&absence, &Absence::Empty])))
        .chain(named("summary", values(&[&summaries[0]])))
        .collect()
}

fn elections(scene: &Scene) -> Seeds {
    let operator = scene
        .chain
        .operator(OperatorId(3))
        .ok()
        .flatten()
        .expect("operator 3");
    let challenge = decex_election::Challenge {
        domain: DomainId(0),
        window: scene.plain.header.header.election.window,
        randomness: decex_core::Randomness(digest(&label::EVIDENCE, b"seed")),
    };
    let mut seeds: Seeds = named("proof", values(&[&scene.plain.header.header.election]))
        .chain(named("signature", values(&[&scene.plain.header.seal])))
        .chain(named("key", values(&[&operator.key])))
        .chain(named("challenge", values(&[&challenge])))
        .collect();
    seeds.push(("identity-key".into(), vec![0; 32]));
    seeds.push(("no-point-key".into(), vec![255; 32]));
    seeds
}

/// One value of each type that the target knows, in the order of its kinds.
fn stored(scene: &Scene) -> Seeds {
    let store = &scene.chain.host().store;
    let domain = DomainId(0);
    let view = scene.chain.state();
    let chain = view.chain(domain).expect("readable").expect("a domain");
    let head = view
        .record(domain, &chain.head_hash)
        .expect("readable")
        .expect("the head");
    let clock: Clock = scene.chain.clock().expect("readable").expect("begun");
    let counters: Counters = scene.chain.counters().expect("readable");
    let inbox = view
        .inbox(domain, chain.head)
        .expect("readable")
        .expect("not final");
    let open = OpenInbox {
        block: clock.block,
        bundles: inbox.bundles.to_vec(),
        paid: vec![decex_core::Balance(1); inbox.bundles.len()],
        messages: inbox.messages.to_vec(),
    };
    let removal = remove(&view, domain, &chain.head_hash).expect("pending");
    let pending = PendingRemoval {
        submitter: Some(OperatorId(3)),
        removal,
        reporter: AccountId(Digest([8; 32])),
        evidence: digest(&label::EVIDENCE, b"seed"),
    };
    let raw = |key: &[u8]| store.get(key).expect("stored").clone();
    let pool = scene
        .chain
        .pool(OperatorId(3))
        .expect("readable")
        .expect("operator 3");
    let price = pool.price();
    let kinds = [
        clock.encode(),
        counters.encode(),
        raw(&keys::domain(domain)),
        raw(&keys::progress(domain)),
        raw(&keys::stakes(domain)),
        head.encode(),
        inbox.encode(),
        open.encode(),
        raw(&keys::operator(OperatorId(3))),
        pending.encode(),
        removal.encode(),
        chain.encode(),
        pool.encode(),
        clock.block.encode(),
        raw(&keys::position(OperatorId(3), &pool.owner)),
        price.encode(),
        (params(), limits()).encode(),
    ];
    assert_eq!(kinds.len(), usize::from(store::KINDS));
    (0_u8..)
        .zip(kinds)
        .map(|(kind, bytes)| (format!("valid-{kind:02}"), [&[kind][..], &bytes].concat()))
        .collect()
}

fn transactions() -> Seeds {
    let calls = [
        Call::Transfer {
            to: user(1),
            amount: decex_core::Balance(5),
        },
        Call::Send {
            channel: decex_core::message::ChannelId(7),
            to: decex_core::message::PartyId::default(),
            value: decex_core::Balance(5),
            deadline: decex_core::ConsensusNumber(9),
            data: decex_core::BoundedVec::new(vec![7; 20]).expect("short"),
        },
        Call::Write {
            first: 1,
            count: 2,
            value: 3,
        },
        Call::Fail,
    ];
    let mut seeds: Seeds = (0_u64..)
        .zip(calls)
        .map(|(nonce, call)| (format!("valid-{nonce}"), transaction(0, nonce, call)))
        .collect();
    let mut forged = seeds[0].1.clone();
    *forged.last_mut().expect("bytes") ^= 1;
    seeds.push(("forged".into(), forged));
    seeds
}

/// Which claim, which proof, no edits; and the same evidence as raw bytes.
fn fraud_scripts(claims: &Claims, choices: usize) -> Seeds {
    let mut seeds = scripts(4, 24);
    for (index, (_, proof)) in claims.wrong.iter().enumerate().step_by(2) {
        let claim = (index % choices) as u8;
        seeds.push((format!("own-{index:02}"), vec![claim, 0, index as u8, 0, 0]));
        seeds.push((format!("moved-{index:02}"), vec![claim, 0, index as u8, 1, 0]));
        if index % 6 == 0 {
            let raw = [&[claim, 1][..], &proof.evidence.encode()].concat();
            seeds.push((format!("raw-{index:02}"), raw));
        }
    }
    seeds
}

/// Scripts, and one that holds a whole value after `head`.
fn with_raw(head: u8, length: usize, value: &[u8]) -> Seeds {
    let mut seeds = scripts(6, length);
    seeds.push(("raw".into(), [&[head][..], value].concat()));
    seeds
}

/// As it is, at each kind of range and by another author; and changed.
fn solution_scripts() -> Seeds {
    let mut seeds = scripts(8, 40);
    let kinds = [[0, 0], [0, 1], [0, 2], [1, 0]].into_iter().enumerate();
    seeds.extend(
        kinds.map(|(index, [author, range])| (format!("whole-{index}"), vec![0, 1, 0, author, range])),
    );
    seeds
}

/// Which parameters, which first block, which lies; blocks; and what is asked for.
fn history_scripts() -> Seeds {
    let mut seeds = scripts(16, 200);
    for (index, lies) in (0_u8..4).flat_map(|lies| [[0, lies], [1, lies]]).enumerate() {
        let body: Vec<u8> = scripts(1, 120).remove(0).1;
        seeds.push((
            format!("lies-{index}"),
            [&[lies[0], 0, lies[1]][..], &body].concat(),
        ));
    }
    // Blocks of forty bytes, and another length for one of them: in one segment, and in the first of two.
    for segments in [0, 1] {
        for at in [61, 105, 149, 193, 237] {
            for length in [3, 90] {
                let mut script = vec![0, 0, 1, segments];
                script.extend([132; 9].iter().take(5 + 4 * usize::from(segments)));
                script.extend([1, 0, at, 1, length, 0]);
                script.extend([0, 0].iter().take(2 * usize::from(segments)));
                script.extend([0; 32]);
                script.extend([1_u8, 2, 3, 4, 5, 6].into_iter().flat_map(|block| [3, block]));
                seeds.push((format!("length-{segments}-{at:03}-{length:02}"), script));
            }
        }
    }
    seeds
}

/// Damage, forgery and raw files. An edit is a kind, a place and a value.
fn plot_scripts() -> Seeds {
    let plot = &plot::WORLD.plot;
    let mut seeds = scripts(6, 40);
    seeds.push(("whole".into(), vec![0, 0, 1, 3, 0, 1]));
    // Header, root, checksum and map of an entry, index, checksum of a run, chunk.
    for (part, at) in [20_u16, 62, 100, 140, 230, 258, 620, 650, 700, 1200]
        .into_iter()
        .enumerate()
    {
        let [low, high] = at.to_le_bytes();
        let edit = [1, 1, low, high, 0];
        seeds.push((format!("damage-{part}"), [&[0][..], &edit].concat()));
        // Of these no checksum tells once it is forged.
        if [62, 1200].contains(&at) {
            seeds.push((
                format!("forged-{part}"),
                [&[2][..], &edit, &[1, 5, 0, 1]].concat(),
            ));
        }
    }
    let mut moved = vec![2, 2];
    for (at, value) in plot::moved_place() {
        let [low, high] = at.to_le_bytes();
        moved.extend([0, low, high, value]);
    }
    assert_eq!(moved.len(), 10, "a place that can be another");
    seeds.push(("forged-map".into(), [&moved[..], &[1, 5, 0, 1]].concat()));
    seeds.push(("raw".into(), [&[3][..], plot].concat()));
    seeds
}

/// Which file, which slots are empty; edits; which stay empty; what the plot was; memory and damage on the way.
fn staging_scripts() -> Seeds {
    let mut seeds = scripts(10, 40);
    for there in [0, 1, 5, 7] {
        seeds.push((format!("slots-{there}"), vec![0, there, 0, 0, 2, 128, 0]));
    }
    for step in [0, 2, 3, 8, 19] {
        seeds.push((
            format!("damage-{step:02}"),
            vec![0, 0, 0, 0, 0, 0, 1, step, 200, 3, 1],
        ));
    }
    seeds.push(("forged".into(), vec![6, 0, 1, 1, 200, 0, 0, 0, 0, 255, 0]));
    seeds.push(("plot".into(), vec![5]));
    seeds.push(("raw".into(), [&[7, 0][..], &plot::WORLD.staged].concat()));
    seeds
}

fn vouching_scripts() -> Seeds {
    let mut seeds = scripts(20, 40);
    let evidence = vouching::example().encode();
    seeds.push(("raw".into(), [&[1][..], &evidence].concat()));
    seeds
}

fn include_scripts(scene: &Scene) -> Seeds {
    let mut seeds = with_raw(1, 24, &scene.bundle.encode());
    // As it is, and sealed again as it is, of both bundles.
    seeds.extend([0_u8, 2, 4, 6].map(|how| (format!("valid-{how}"), vec![how, 0])));
    let mut receipts_only: Bundle = scene.bundle.clone();
    receipts_only.body = decex_core::BoundedVec::default();
    seeds.push(("no-body".into(), [&[1][..], &receipts_only.encode()].concat()));
    seeds
}

fn submit_scripts(claims: &Claims) -> Seeds {
    let mut seeds = with_raw(1, 24, &claims.submissions[0].encode());
    seeds
        .extend((0..receipt::DISTURBED).map(|choice| (format!("disturbed-{choice:02}"), vec![8, 0, choice])));
    seeds.extend([0_u8, 2, 4, 6].map(|how| (format!("valid-{how}"), vec![how, 0])));
    seeds
}

fn restore_scripts(scene: &Scene) -> Seeds {
    let entries: Vec<(Vec<u8>, Vec<u8>)> = scene.disk.clone().into_iter().collect();
    let mut seeds = with_raw(1, 32, &entries.encode());
    // The targets' scripts: no raw disk, one change. A block with another hash; a way back that is another block's.
    let places = |kind: u8| {
        (0_u8..)
            .zip(&entries)
            .filter(move |(_, (key, _))| key.first() == Some(&kind))
    };
    for (at, _) in places(1) {
        seeds.push((format!("hash-{at:03}"), vec![0, 1, 0, at, 0, 1, 1, 0, 0, 0]));
    }
    for (at, _) in places(2) {
        for (other, _) in places(2).filter(|(other, _)| *other != at) {
            seeds.push((format!("undo-{at:03}-{other:03}"), vec![0, 1, 3, at, other]));
        }
    }
    seeds
}

/// Bytes from a fixed generator, of growing length up to `length`.
fn scripts(count: usize, length: usize) -> Seeds {
    (1..=count)
        .map(|index| {
            let mut bytes = Vec::new();
            for block in 0_u8.. {
                if bytes.len() >= length * index / count {
                    break;
                }
                let seed = digest(&label::EVIDENCE, &[index as u8, length as u8, block]);
                bytes.extend_from_slice(seed.as_bytes());
            }
            bytes.truncate(length * index / count);
            (format!("script-{index:02}"), bytes)
        })
        .collect()
}

/// A value of each type in the books of pools, and bytes that are none.
fn staked() -> Seeds {
    let mut seeds = Vec::new();
    for (kind, bytes) in (0..).zip(staking_any::examples()) {
        seeds.push((format!("valid-{kind}"), [&[kind], &bytes[..]].concat()));
        seeds.push((format!("longer-{kind}"), [&[kind], &bytes[..], &[0]].concat()));
    }
    seeds
}

/// Real transactions of each type, as wallets sign them.
#[cfg(feature = "evm")]
fn ethereum() -> Seeds {
    let file = include_str!("../../../examples/devnet/transactions/demo.txt");
    let hex = |line: &str| -> Option<Vec<u8>> {
        let digits = line.strip_prefix("0x")?.as_bytes().chunks(2);
        digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect()
    };
    let short = file.lines().filter_map(hex).filter(|bytes| bytes.len() < 400);
    let mut seeds: Seeds = short
        .step_by(20)
        .enumerate()
        .map(|(index, bytes)| (format!("valid-{index:02}"), bytes))
        .collect();
    let mut trailing = seeds[0].1.clone();
    trailing.push(0);
    seeds.push(("trailing".into(), trailing));
    seeds
}
