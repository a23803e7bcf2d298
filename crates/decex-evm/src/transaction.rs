//! Read a signed Ethereum transaction: legacy (EIP-155), EIP-2930, EIP-1559.

use alloc::vec::Vec;
use alloy_rlp::{Decodable, Encodable, Header};
use decex_core::execution::NotATransaction;
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use revm::context::transaction::AccessList;
use revm::primitives::{Address, B256, Bytes, TxKind, U256, keccak256};

/// Why bytes are not a transaction of this domain, in full. Farmers and operators agree on the coarser
/// [`NotATransaction`]; this is for wallets and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTransaction {
    /// V1: only legacy, EIP-2930 and EIP-1559 transactions; no blobs, no delegations, no unknown types.
    #[error("unsupported transaction type {found:#04x}")]
    Type {
        /// The first byte.
        found: u8,
    },
    /// V2: one canonical RLP value that ends where the bytes end, with every field in its range.
    #[error("not a canonical encoding")]
    Encoding,
    /// V3: a legacy transaction must name its chain (EIP-155).
    #[error("the transaction is not bound to a chain")]
    Unprotected,
    /// V3: signed for another chain.
    #[error("signed for chain {found}, not {expected}")]
    ChainId {
        /// This domain's.
        expected: u64,
        /// The transaction's.
        found: u64,
    },
    /// V4: r and s are non-zero scalars and s is in the lower half (EIP-2), so a signature has one form.
    #[error("the signature is malleable or out of range")]
    SignatureRange,
    /// V5: no key has made this signature.
    #[error("the signature does not verify")]
    Signature,
}

impl InvalidTransaction {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Type { .. } => 1,
            Self::Encoding => 2,
            Self::Unprotected => 3,
            Self::ChainId { .. } => 4,
            Self::SignatureRange => 5,
            Self::Signature => 6,
        }
    }
}

impl From<InvalidTransaction> for NotATransaction {
    fn from(error: InvalidTransaction) -> Self {
        match error {
            InvalidTransaction::SignatureRange | InvalidTransaction::Signature => Self::Signature,
            InvalidTransaction::Type { .. }
            | InvalidTransaction::Encoding
            | InvalidTransaction::Unprotected
            | InvalidTransaction::ChainId { .. } => Self::Malformed,
        }
    }
}

/// The kind of a transaction; its value is the EIP-2718 type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionType {
    /// With a gas price and a chain id in `v` (EIP-155).
    Legacy = 0,
    /// With an access list (EIP-2930).
    AccessList = 1,
    /// With a fee cap and a priority fee (EIP-1559).
    DynamicFee = 2,
}

impl TransactionType {
    /// Returns the EIP-2718 type byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Legacy => 0,
            Self::AccessList => 1,
            Self::DynamicFee => 2,
        }
    }
}

/// A well-formed transaction for this domain's chain. Its signature is not checked yet: see
/// [`recover`](Self::recover).
#[derive(Clone, Debug)]
pub struct Transaction<'a> {
    /// Legacy, EIP-2930 or EIP-1559.
    pub kind: TransactionType,
    /// Place in the sender's sequence.
    pub nonce: u64,
    /// Most gas it may use.
    pub gas_limit: u64,
    /// Most it pays for a unit of gas, in wei: the gas price, or the fee cap of EIP-1559.
    pub max_fee: u128,
    /// Most it pays above the base fee, in wei: the gas price, or the priority fee of EIP-1559.
    pub priority_fee: u128,
    /// Callee, or the creation of a contract.
    pub to: TxKind,
    /// Value sent along, in wei.
    pub value: U256,
    /// Call data or init code.
    pub data: Bytes,
    /// Accounts and slots declared in advance (EIP-2930); empty for legacy.
    pub access_list: AccessList,
    chain_id: u64,
    unsigned: &'a [u8],
    y_parity: bool,
    r: U256,
    s: U256,
}

impl<'a> Transaction<'a> {
    /// Reads all of `bytes` as a transaction for the chain `chain_id`.
    ///
    /// # Errors
    /// When a rule of V1 to V3 is broken.
    pub fn decode(bytes: &'a [u8], chain_id: u64) -> Result<Self, InvalidTransaction> {
        let transaction = match bytes.first() {
            // V1: a legacy transaction is a list; the types are one byte before the list.
            Some(0xc0..) => Self::decode_legacy(bytes)?,
            Some(1) => Self::decode_typed(bytes, TransactionType::AccessList)?,
            Some(2) => Self::decode_typed(bytes, TransactionType::DynamicFee)?,
            Some(&found) => return Err(InvalidTransaction::Type { found }),
            None => return Err(InvalidTransaction::Encoding),
        };
        // V3: for this chain.
        if transaction.chain_id != chain_id {
            return Err(InvalidTransaction::ChainId {
                expected: chain_id,
                found: transaction.chain_id,
            });
        }
        Ok(transaction)
    }

    fn decode_legacy(bytes: &'a [u8]) -> Result<Self, InvalidTransaction> {
        let payload = payload(bytes)?;
        let mut rest = payload;
        let nonce = field(&mut rest)?;
        let max_fee = field(&mut rest)?;
        let gas_limit = field(&mut rest)?;
        let to = field(&mut rest)?;
        let value = field(&mut rest)?;
        let data = field(&mut rest)?;
        let unsigned = before(payload, rest)?;
        let v: u64 = field(&mut rest)?;
        let (r, s) = (field(&mut rest)?, field(&mut rest)?);
        end(rest)?;
        // V3: v is 35 + 2 · chain id + parity; 27 and 28 are the forms without a chain.
        let Some(v) = v.checked_sub(35) else {
            return Err(InvalidTransaction::Unprotected);
        };
        Ok(Self {
            kind: TransactionType::Legacy,
            nonce,
            gas_limit,
            max_fee,
            priority_fee: max_fee,
            to,
            value,
            data,
            access_list: AccessList::default(),
            chain_id: v >> 1,
            unsigned,
            y_parity: v & 1 == 1,
            r,
            s,
        })
    }

    fn decode_typed(bytes: &'a [u8], kind: TransactionType) -> Result<Self, InvalidTransaction> {
        let payload = payload(bytes.get(1..).unwrap_or_default())?;
        let mut rest = payload;
        let chain_id = field(&mut rest)?;
        let nonce = field(&mut rest)?;
        let first_fee = field(&mut rest)?;
        // EIP-1559 has the priority fee first, then the fee cap; EIP-2930 one gas price.
        let (priority_fee, max_fee) = match kind {
            TransactionType::DynamicFee => (first_fee, field(&mut rest)?),
            TransactionType::AccessList | TransactionType::Legacy => (first_fee, first_fee),
        };
        let gas_limit = field(&mut rest)?;
        let to = field(&mut rest)?;
        let value = field(&mut rest)?;
        let data = field(&mut rest)?;
        let access_list = field(&mut rest)?;
        let unsigned = before(payload, rest)?;
        let y_parity = field(&mut rest)?;
        let (r, s) = (field(&mut rest)?, field(&mut rest)?);
        end(rest)?;
        Ok(Self {
            kind,
            nonce,
            gas_limit,
            max_fee,
            priority_fee,
            to,
            value,
            data,
            access_list,
            chain_id,
            unsigned,
            y_parity,
            r,
            s,
        })
    }

    /// Returns the price of a unit of gas under `base_fee`, in wei; `None` if the fee cap is below the base fee.
    #[must_use]
    pub fn gas_price(&self, base_fee: u64) -> Option<u128> {
        let base_fee = u128::from(base_fee);
        (self.max_fee >= base_fee).then(|| match self.kind {
            TransactionType::DynamicFee => self.max_fee.min(base_fee.saturating_add(self.priority_fee)),
            TransactionType::Legacy | TransactionType::AccessList => self.max_fee,
        })
    }

    /// Returns the address whose key signed.
    ///
    /// # Errors
    /// When the signature is not in its one form (V4) or no key made it (V5).
    pub fn recover(&self) -> Result<Address, InvalidTransaction> {
        // V4: k256 refuses zero and anything not below the group's order.
        let signature = Signature::from_scalars(self.r.to_be_bytes::<32>(), self.s.to_be_bytes::<32>())
            .map_err(|_| InvalidTransaction::SignatureRange)?;
        if signature.normalize_s().is_some() {
            return Err(InvalidTransaction::SignatureRange);
        }
        // V5: the key that the signature and the parity determine.
        let id = RecoveryId::new(self.y_parity, false);
        let key = VerifyingKey::recover_from_prehash(self.signing_hash().as_slice(), &signature, id)
            .map_err(|_| InvalidTransaction::Signature)?;
        let point = key.to_encoded_point(false);
        let hash = keccak256(point.as_bytes().get(1..).unwrap_or_default());
        Ok(Address::from_word(hash))
    }

    /// Returns the signature: whether y is odd, r, and s.
    #[must_use]
    pub const fn signature(&self) -> (bool, U256, U256) {
        (self.y_parity, self.r, self.s)
    }

    /// Returns the hash that was signed. The unsigned fields are hashed as they were received: their encoding is
    /// canonical, so encoding them again would give the same bytes.
    fn signing_hash(&self) -> B256 {
        let mut suffix = Vec::new();
        if self.kind == TransactionType::Legacy {
            self.chain_id.encode(&mut suffix);
            0u8.encode(&mut suffix);
            0u8.encode(&mut suffix);
        }
        let payload_length = self.unsigned.len().saturating_add(suffix.len());
        let mut message = Vec::with_capacity(payload_length.saturating_add(10));
        if self.kind != TransactionType::Legacy {
            message.push(self.kind.byte());
        }
        Header {
            list: true,
            payload_length,
        }
        .encode(&mut message);
        message.extend_from_slice(self.unsigned);
        message.extend_from_slice(&suffix);
        keccak256(&message)
    }
}

/// V2: the bytes are one list and nothing after it.
fn payload(mut bytes: &[u8]) -> Result<&[u8], InvalidTransaction> {
    let payload = Header::decode_bytes(&mut bytes, true).map_err(|_| InvalidTransaction::Encoding)?;
    end(bytes)?;
    Ok(payload)
}

/// V2: one canonical field.
fn field<T: Decodable>(rest: &mut &[u8]) -> Result<T, InvalidTransaction> {
    T::decode(rest).map_err(|_| InvalidTransaction::Encoding)
}

/// V2: nothing left over.
const fn end(rest: &[u8]) -> Result<(), InvalidTransaction> {
    if rest.is_empty() {
        Ok(())
    } else {
        Err(InvalidTransaction::Encoding)
    }
}

/// Returns the part of `payload` that was read when `rest` is left.
fn before<'a>(payload: &'a [u8], rest: &[u8]) -> Result<&'a [u8], InvalidTransaction> {
    let read = payload
        .len()
        .checked_sub(rest.len())
        .ok_or(InvalidTransaction::Encoding)?;
    payload.get(..read).ok_or(InvalidTransaction::Encoding)
}
