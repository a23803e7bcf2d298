#!/usr/bin/env bash
# Measures what a unit of gas and of fuel costs in the blob when a proof is judged, and fails if the runtime says less. What it needs: see
# blob.sh. On a quiet machine.
set -euo pipefail
cd "$(dirname "$0")"
DECEX_BLOB="$(./blob.sh)"
export DECEX_BLOB
cd blob-test
cargo test --locked --test replay -- --ignored --nocapture
