#!/usr/bin/env bash
# Compiles the contract, lowers what the VM refuses, and runs the bytecode in cosmwasm-vm. Needs the Rust target wasm32-unknown-unknown
# (`rustup target add wasm32-unknown-unknown`) and npm, for binaryen.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
target="${CARGO_TARGET_DIR:-$PWD/target}"
CARGO_TARGET_DIR="$target" cargo build --locked --release --lib --target wasm32-unknown-unknown
folder="$target/vm"
mkdir -p "$folder"
cp "$target/wasm32-unknown-unknown/release/cosmwasm_contract.wasm" "$folder/compiled.wasm"
npx --yes -p binaryen@132 wasm-opt -Oz --enable-bulk-memory --enable-bulk-memory-opt --enable-sign-ext --enable-mutable-globals \
    --enable-multivalue --enable-reference-types --enable-nontrapping-float-to-int \
    --llvm-memory-copy-fill-lowering --signext-lowering "$folder/compiled.wasm" -o "$folder/lowered.wasm"
wc -c "$folder/compiled.wasm" "$folder/lowered.wasm"
CONTRACT="$folder" cargo test --locked --manifest-path vm-test/Cargo.toml -- --nocapture "$@"
