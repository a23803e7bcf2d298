//! Transactions of the two domains, composed as their users do.

use alloy_rlp::{Encodable, Header};
use decex_core::state::Changes;
use decex_core::{Balance, BoundedVec, Digest, Nonce, SenderId, Weight};
use decex_election::Keypair;
use decex_evm::{Address, Allocation, U256};
use decex_runtime::WASM_DOMAIN;
use decex_wasm::{Action, Transaction, key};
use k256::ecdsa::SigningKey;
use sp_io::hashing::keccak_256;

const COUNTER: Address = Address::repeat_byte(0x77);
pub(crate) const PROGRAM: Address = Address::repeat_byte(0x78);

fn user() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

/// One user with money, and a contract that counts its calls.
pub fn evm_genesis() -> Changes {
    decex_evm::genesis(&evm_allocations()).unwrap()
}

pub(crate) fn evm_allocations() -> Vec<Allocation> {
    let point = user().verifying_key().to_encoded_point(false);
    let address = Address::from_slice(&keccak_256(&point.as_bytes()[1..])[12..]);
    // sstore(0, add(sload(0), 1))
    let code = [0x60, 0, 0x54, 0x60, 1, 0x01, 0x60, 0, 0x55, 0x00];
    vec![
        Allocation {
            address,
            balance: Balance(1_000_000_000_000),
            ..Allocation::default()
        },
        Allocation {
            address: COUNTER,
            code: code.to_vec().into(),
            ..Allocation::default()
        },
    ]
}

/// A signed call of the counter: a legacy transaction under EIP-155.
pub fn evm_call(nonce: u64) -> Vec<u8> {
    evm_transaction(nonce, COUNTER, 60_000)
}

pub(crate) fn evm_transaction(nonce: u64, to: Address, gas: u64) -> Vec<u8> {
    let (chain, price, value) = (717_171_u64, 100_u64, U256::ZERO);
    let data: &[u8] = &[];
    let list = |fields: &[&dyn Encodable]| {
        let mut payload = Vec::new();
        fields.iter().for_each(|field| field.encode(&mut payload));
        let mut out = Vec::new();
        Header {
            list: true,
            payload_length: payload.len(),
        }
        .encode(&mut out);
        out.extend(payload);
        out
    };
    let hash = keccak_256(&list(&[
        &nonce, &price, &gas, &to, &value, &data, &chain, &0_u8, &0_u8,
    ]));
    let (signature, id) = user().sign_prehash_recoverable(&hash).unwrap();
    let (r, s) = signature.split_bytes();
    let v = chain * 2 + 35 + u64::from(id.is_y_odd());
    let (r, s) = (U256::from_be_slice(&r), U256::from_be_slice(&s));
    list(&[&nonce, &price, &gas, &to, &value, &data, &v, &r, &s])
}

/// What recovers the user's address: a hash, the parity, and the signature.
pub(crate) fn signed_hash() -> Vec<u8> {
    let hash = keccak_256(b"signed");
    let (signature, id) = user().sign_prehash_recoverable(&hash).unwrap();
    let parity = [vec![0; 31], vec![27 + u8::from(id.is_y_odd())]].concat();
    [hash.to_vec(), parity, signature.to_bytes().to_vec()].concat()
}

pub(crate) fn holder(seed: u8) -> Keypair {
    Keypair::from_seed(&[seed; 32])
}

pub(crate) fn sender(seed: u8) -> SenderId {
    SenderId(Digest(*holder(seed).key().as_bytes()))
}

/// One user with money.
pub fn wasm_genesis() -> Changes {
    decex_wasm::genesis(&[(sender(21), Balance(1_000_000_000_000))]).unwrap()
}

/// Uploads the token, makes one, and moves some of it.
pub fn wasm_calls() -> Vec<Vec<u8>> {
    let code = wat::parse_str(include_str!(
        "../../../../crates/decex-wasm/tests/wasm/contracts/token.wat"
    ))
    .unwrap();
    let bounded = |bytes: &[u8]| BoundedVec::new(bytes.to_vec()).unwrap();
    let name = key::code_name(&code);
    let contract = token();
    let pay = [&[1][..], sender(22).0.as_bytes(), &5_u64.to_le_bytes()].concat();
    let actions = [
        Action::Upload {
            code: BoundedVec::new(code.clone()).unwrap(),
        },
        Action::Instantiate {
            code: name,
            value: Balance(0),
            input: bounded(&1_000_u64.to_le_bytes()),
        },
        Action::Call {
            to: contract,
            value: Balance(0),
            input: BoundedVec::new(pay).unwrap(),
        },
    ];
    let signed = (0..).zip(actions).map(|(nonce, action)| {
        Transaction::sign(&holder(21), WASM_DOMAIN, Nonce(nonce), Weight(300_000), action).to_bytes()
    });
    signed.collect()
}

/// Where the token is.
pub fn token() -> SenderId {
    key::contract(&sender(21), Nonce(1))
}

/// Returns what the receiver has of the token, by a state.
pub fn received(tree: &decex_core::state::MemoryTree) -> Option<u64> {
    let value = decex_wasm::query::storage_at(tree, &token(), sender(22).0.as_bytes()).unwrap()?;
    Some(u64::from_le_bytes(value[..].try_into().unwrap()))
}

/// Returns how often the counter was called, by a state.
pub fn counted(tree: &decex_core::state::MemoryTree) -> U256 {
    decex_evm::query::storage_at(tree, &COUNTER, &U256::ZERO).unwrap()
}
