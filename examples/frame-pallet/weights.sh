#!/usr/bin/env bash
# Measures what the calls of the pallet cost, in the release blob under the production wasm executor, and writes pallet/src/weights.rs. The
# names of benchmarks as arguments: measures those alone and writes nothing. What it needs: see blob.sh. On a quiet machine.
set -euo pipefail
cd "$(dirname "$0")"
DECEX_BLOB="$(./blob.sh --features runtime-benchmarks)"
DECEX_WEIGHTS="$PWD/pallet/src/weights.rs"
export DECEX_BLOB DECEX_WEIGHTS
cargo run --locked --manifest-path blob-test/weigh/Cargo.toml -- "$@"
cargo fmt -p pallet-decex
