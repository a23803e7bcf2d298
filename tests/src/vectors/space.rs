//! Rules M: tables, proofs and masks of the proof of space.

use super::json::{Fields, hex, scale};
use super::{Draft, Operation, Outcome};
use decex_core::hash::{Digest, Hash};
use decex_farmer::table::{Level, Table};
use decex_storage_audit::space::{self, Entry, function};
use serde_json::{Value, json};

/// The operations of the proof of space.
pub const OPERATIONS: &[Operation] = &[
    Operation::of("decex-storage-audit", "space.tables", run_tables, tables),
    Operation::of("decex-storage-audit", "space.proof", run_proof, proofs),
    Operation::of("decex-storage-audit", "space.mask", run_mask, masks),
];

/// How many entries of a table are written out.
const SAMPLE: usize = 8;

fn run_tables(_: Fields<'_>, when: Fields<'_>) -> Outcome {
    let mut tables = Vec::new();
    let made = Table::traced(when.number("k"), &when.digest("seed"), |level| {
        tables.push(table(level))
    });
    let proof = |target: u32| json!([target, made.proof(target).map(|proof| hex(&proof))]);
    let asked = when.each("targets").map(|target| target.as_number());
    let answer = json!({ "proofs": asked.map(proof).collect::<Value>() });
    Outcome::ok(json!({ "tables": tables }), answer)
}

/// A table in short: how long it is, its first entries, and a hash over all.
fn table(level: &Level) -> Value {
    // The first table has no partners.
    let partners = level.partners().iter().copied().map(Some);
    let partners = partners.chain(std::iter::repeat(None));
    let entries: Vec<(&Entry, Option<[u32; 2]>)> = level.entries().iter().zip(partners).collect();
    let values = function::meta_words(level.table());
    let sample =
        |(entry, partners): &(&Entry, Option<[u32; 2]>)| json!([entry.y, entry.meta[..values], partners]);
    let mut bytes = Vec::new();
    for (entry, partners) in &entries {
        let words = entry.meta.into_iter().chain(partners.unwrap_or_default());
        for word in std::iter::once(entry.y).chain(words) {
            bytes.extend(word.to_le_bytes());
        }
    }
    json!({
        "entries": entries.len(),
        "first": entries.iter().take(SAMPLE).map(sample).collect::<Value>(),
        "hash": scale(&Hash::keyed(&Digest::ZERO).chain(&bytes).finish()),
    })
}

fn run_proof(_: Fields<'_>, when: Fields<'_>) -> Outcome {
    let proof = when.bytes("proof");
    let found = space::verify(
        when.number("k"),
        &when.digest("seed"),
        when.number("target"),
        &proof,
    );
    match found {
        Ok(()) => Outcome::ok(json!({}), json!({})),
        Err(error) => Outcome::err(json!({}), error.code()),
    }
}

fn run_mask(_: Fields<'_>, when: Fields<'_>) -> Outcome {
    let chunk = when.bytes("chunk").try_into().expect("64 bytes");
    let masked = space::mask(&when.bytes("proof"), &chunk);
    Outcome::ok(json!({}), json!({ "masked": hex(&masked) }))
}

fn seed(number: u8) -> Digest {
    Digest([number; 32])
}

fn tables() -> Vec<Draft> {
    let draft = |name: &str, k: u8, number: u8| {
        let targets: Vec<u32> = (0..16).collect();
        let when = json!({ "k": k, "seed": scale(&seed(number)), "targets": targets });
        Draft::accepted(name, "M3 M4 M5 M6", json!({}), when)
    };
    vec![
        draft("k_15", 15, 1),
        draft("k_15_another_seed", 15, 2),
        draft("k_16", 16, 1),
    ]
}

/// The lowest target of the tables of this seed that has a proof, and the proof.
fn made(k: u8, number: u8) -> (u32, Vec<u8>) {
    let table = Table::new(k, &seed(number));
    let found = (0..1 << k).find_map(|target| Some((target, table.proof(target)?)));
    found.expect("a target with a proof")
}

/// The proof with `length` inputs from `from` on exchanged for the next `length`.
fn exchanged(k: u8, proof: &[u8], from: usize, length: usize) -> Vec<u8> {
    let bit = |at: usize| u32::from(proof[at / 8] >> (at % 8) & 1);
    let bits = usize::from(k);
    let mut inputs: [u32; 64] =
        std::array::from_fn(|n| (0..bits).fold(0, |value, i| value | bit(n * bits + i) << i));
    let (left, right) = inputs[from..from + 2 * length].split_at_mut(length);
    left.swap_with_slice(right);
    let mut proof = Vec::new();
    space::pack(k, &inputs, |byte| proof.push(byte));
    proof
}

fn when(k: u8, seed: Digest, target: u32, proof: &[u8]) -> Value {
    json!({ "k": k, "seed": scale(&seed), "target": target, "proof": hex(proof) })
}

fn proofs() -> Vec<Draft> {
    let (target, proof) = made(15, 1);
    let accepted = |name: &str, k: u8, target, proof: &[u8]| {
        Draft::accepted(name, "M1 M2 M3", json!({}), when(k, seed(1), target, proof))
    };
    let refused = |name: &str, rule: &str, proof: &[u8]| {
        Draft::refused(name, rule, json!({}), when(15, seed(1), target, proof))
    };
    let (target_16, proof_16) = made(16, 1);
    let (target_17, proof_17) = made(17, 1);
    let longer = [&proof[..], &[0]].concat();
    let changed = |byte: usize| {
        let mut proof = proof.clone();
        proof[byte] ^= 1;
        proof
    };
    let mut drafts = vec![
        accepted("k_15", 15, target, &proof),
        accepted("k_16", 16, target_16, &proof_16),
        accepted("k_17", 17, target_17, &proof_17),
        refused("no_bytes", "M1", &[]),
        refused("a_byte_short", "M1", &proof[1..]),
        refused("a_byte_long", "M1", &longer),
        refused("a_proof_of_k_16", "M1", &proof_16),
        refused("the_first_input_changed", "M2", &changed(0)),
        refused("an_input_in_the_middle_changed", "M2", &changed(61)),
        refused("the_last_input_changed", "M2", &changed(119)),
        refused("all_inputs_zero", "M2", &[0; 120]),
    ];
    for half in [1, 2, 4, 8, 16, 32] {
        let name = format!("two_of_{half}_inputs_exchanged");
        drafts.push(refused(&name, "M2", &exchanged(15, &proof, 64 - 2 * half, half)));
    }
    drafts.extend([
        Draft::refused("another_seed", "M2", json!({}), when(15, seed(2), target, &proof)),
        Draft::refused(
            "another_target",
            "M3",
            json!({}),
            when(15, seed(1), target ^ 1, &proof),
        ),
        Draft::refused(
            "a_target_of_more_than_k_bits",
            "M3",
            json!({}),
            when(15, seed(1), target | 1 << 15, &proof),
        ),
    ]);
    drafts
}

fn masks() -> Vec<Draft> {
    let (_, proof) = made(15, 1);
    let counted: Vec<u8> = (0..64).collect();
    let draft = |name: &str, proof: &[u8], chunk: &[u8]| {
        let when = json!({ "proof": hex(proof), "chunk": hex(chunk) });
        Draft::accepted(name, "M7", json!({}), when)
    };
    vec![
        draft("of_zeros", &proof, &[0; 64]),
        draft("of_a_chunk", &proof, &counted),
        draft("of_what_is_no_proof", &[0; 120], &counted),
    ]
}
