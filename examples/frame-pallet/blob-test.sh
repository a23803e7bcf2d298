#!/usr/bin/env bash
# Builds the runtime's blob and runs it in the production wasm executor. What it needs: see blob.sh.
set -euo pipefail
cd "$(dirname "$0")"
DECEX_BLOB="$(./blob.sh)"
export DECEX_BLOB
cd blob-test
cargo test --locked -- --nocapture
