#!/usr/bin/env bash
# Builds the runtime's blob with plain cargo and prints where it is; arguments go to cargo. Needs clang and llvm-ar (Debian: apt-get install clang llvm), because
# sp-io 49 compiles libsecp256k1 for every target.
set -euo pipefail
cd "$(dirname "$0")"
for tool in clang llvm-ar; do
    command -v "$tool" > /dev/null || { echo "blob.sh: $tool is missing; on Debian: apt-get install clang llvm" >&2; exit 1; }
done
rustup target list --installed | grep -qx wasm32v1-none || rustup target add wasm32v1-none >&2
target="${CARGO_TARGET_DIR:-$PWD/target}"
RUSTFLAGS="-C link-arg=--export-table -C link-arg=--export=__heap_base -C link-arg=--import-memory --cfg substrate_runtime" \
    CC_wasm32v1_none=clang AR_wasm32v1_none=llvm-ar \
    cargo build --locked -p decex-runtime --no-default-features --target wasm32v1-none --release "$@" >&2
echo "$target/wasm32v1-none/release/decex_runtime.wasm"
