//! Signs Ethereum transactions, as wallets do (EIP-1559): for the users that are played, and for tests.

use alloy_rlp::{Encodable, Header};
use decex_evm::{Address, Bytes, TxKind, U256, keccak256};
use k256::ecdsa::SigningKey;

/// What one pays at most for a unit of gas, in wei: twice the base fee of the genesis file.
const MAX_FEE: u128 = 2_000_000_000;

/// A key.
#[derive(Clone)]
pub struct Wallet {
    key: SigningKey,
    chain_id: u64,
}

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wallet")
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}

/// What a transaction does.
#[derive(Clone, Debug)]
pub struct Order {
    /// Place in the sender's sequence.
    pub nonce: u64,
    /// Most gas it may use.
    pub gas: u64,
    /// Callee, or the creation of a contract.
    pub to: TxKind,
    /// Wei sent along.
    pub value: u64,
    /// Call data or init code.
    pub data: Bytes,
}

impl Wallet {
    /// Makes a wallet that signs for the chain `chain_id`. `None` if the bytes are no key: one in 2^128 draws.
    #[must_use]
    pub fn try_from_bytes(key: &[u8; 32], chain_id: u64) -> Option<Self> {
        let key = SigningKey::from_slice(key).ok()?;
        Some(Self { key, chain_id })
    }

    /// Returns its address.
    #[must_use]
    pub fn address(&self) -> Address {
        let point = self.key.verifying_key().to_encoded_point(false);
        let hash = keccak256(point.as_bytes().get(1..).unwrap_or_default());
        Address::from_word(hash)
    }

    /// Signs a transaction. `None` if the key cannot sign this very hash, which nobody has seen happen.
    #[must_use]
    pub fn sign(&self, order: &Order) -> Option<Vec<u8>> {
        let hash = keccak256(self.encode(order, None));
        let (signature, id) = self.key.sign_prehash_recoverable(hash.as_slice()).ok()?;
        let (r, s) = signature.split_bytes();
        let signed = (id.is_y_odd(), U256::from_be_slice(&r), U256::from_be_slice(&s));
        Some(self.encode(order, Some(&signed)))
    }

    fn encode(&self, order: &Order, signature: Option<&(bool, U256, U256)>) -> Vec<u8> {
        // No priority fee: tips buy no place.
        let fields: [&dyn Encodable; 8] = [
            &self.chain_id,
            &order.nonce,
            &0_u8,
            &MAX_FEE,
            &order.gas,
            &order.to,
            &order.value,
            &order.data,
        ];
        let mut payload = Vec::new();
        fields.iter().for_each(|field| field.encode(&mut payload));
        // The access list.
        list(&[], &mut payload);
        if let Some((is_odd, r, s)) = signature {
            let fields: [&dyn Encodable; 3] = [is_odd, r, s];
            fields.iter().for_each(|field| field.encode(&mut payload));
        }
        let mut bytes = vec![2];
        list(&payload, &mut bytes);
        bytes
    }
}

fn list(payload: &[u8], out: &mut Vec<u8>) {
    let header = Header {
        list: true,
        payload_length: payload.len(),
    };
    header.encode(out);
    out.extend_from_slice(payload);
}
