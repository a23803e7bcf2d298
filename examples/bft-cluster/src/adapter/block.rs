//! A block as the engine orders it: a list of calls that it does not understand.

use super::{Context, Digest, PublicKey};
use crate::host::{Header, hash};
use bytes::{BufMut, Bytes};
use commonware_codec::varint::UInt;
use commonware_codec::{
    Buf, Encode, EncodeSize, Error, FixedSize as _, MaxEncodeSize, RangeCfg, Read, ReadExt, Write,
};
use commonware_consensus::types::{Epoch, Height, Round, View};
use commonware_consensus::{BoundedBlock, CertifiableBlock, Heightable};
use commonware_cryptography::{Digestible, Hasher, Sha256};
use decex_core::{AccountId, decode_exact};
use parity_scale_codec::Encode as _;

/// Longest call that is sent: what the longest block of any application here could carry. Applications have bounds of their own
/// below these ([`Replica::check`](super::Replica::check)).
pub(super) const MAX_CALL_BYTES: usize = 4 * 1024 * 1024;
/// Most calls of any application.
const MAX_CALLS: usize = 512;
/// Calls with the lengths before them.
const PAYLOAD_BYTES: usize = MAX_CALL_BYTES + 5 * (MAX_CALLS + 1);

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it was proposed.
    pub context: Context,
    /// The block before it.
    pub parent: Digest,
    /// Its height.
    pub height: Height,
    /// When its leader says that it was made, in milliseconds since the epoch. Never before its parent's.
    pub timestamp: u64,
    /// The calls, as one SCALE list.
    payload: Bytes,
    digest: Digest,
}

impl Block {
    /// Makes a block.
    #[must_use]
    pub fn new(context: Context, parent: Digest, height: Height, timestamp: u64, calls: &[Vec<u8>]) -> Self {
        Self::with_payload(context, parent, height, timestamp, calls.encode().into())
    }

    fn with_payload(
        context: Context,
        parent: Digest,
        height: Height,
        timestamp: u64,
        payload: Bytes,
    ) -> Self {
        let digest = Sha256::hash(&[
            &Encode::encode(&context),
            parent.as_ref(),
            &height.get().to_be_bytes(),
            &timestamp.to_be_bytes(),
            &payload,
        ]);
        Self {
            context,
            parent,
            height,
            timestamp,
            payload,
            digest,
        }
    }

    /// Returns the calls; `None` if the payload is not a list of calls.
    #[must_use]
    pub fn calls(&self) -> Option<Vec<Vec<u8>>> {
        decode_exact(&self.payload, PAYLOAD_BYTES).ok()
    }

    /// Returns what the host needs to know of the block.
    #[must_use]
    pub fn header(&self) -> Header {
        Header {
            height: self.height.get(),
            hash: self.digest.0,
            parent: self.parent.0,
            timestamp: self.timestamp,
            farmer: account(&self.context.leader),
        }
    }
}

/// Returns the account that a leader is paid to.
#[must_use]
pub fn account(leader: &PublicKey) -> AccountId {
    AccountId(hash("decex bft-cluster 1 leader", &[leader.as_ref()]))
}

/// Returns block 0, which commits to the host's genesis.
#[must_use]
pub fn genesis_block(commitment: [u8; 32], leader: PublicKey) -> Block {
    let parent = Sha256::hash(&[&commitment]);
    let context = Context {
        round: Round::new(Epoch::zero(), View::zero()),
        leader,
        parent: (View::zero(), parent),
    };
    Block::new(context, parent, Height::zero(), 0, &[])
}

impl Write for Block {
    fn write(&self, writer: &mut impl BufMut) {
        self.context.write(writer);
        self.parent.write(writer);
        self.height.write(writer);
        UInt(self.timestamp).write(writer);
        self.payload.write(writer);
    }
}

impl Read for Block {
    type Cfg = ();

    fn read_cfg(reader: &mut impl Buf, (): &()) -> Result<Self, Error> {
        let context = Context::read(reader)?;
        let parent = Digest::read(reader)?;
        let height = Height::read(reader)?;
        let timestamp = UInt::read(reader)?.into();
        let payload = Bytes::read_cfg(reader, &RangeCfg::from(..=PAYLOAD_BYTES))?;
        Ok(Self::with_payload(context, parent, height, timestamp, payload))
    }
}

impl EncodeSize for Block {
    fn encode_size(&self) -> usize {
        self.context.encode_size()
            + self.parent.encode_size()
            + self.height.encode_size()
            + UInt(self.timestamp).encode_size()
            + self.payload.encode_size()
    }
}

impl Digestible for Block {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        self.digest
    }
}

impl Heightable for Block {
    fn height(&self) -> Height {
        self.height
    }
}

impl commonware_consensus::Block for Block {
    fn parent(&self) -> Digest {
        self.parent
    }
}

impl CertifiableBlock for Block {
    type Context = Context;

    fn context(&self) -> Context {
        self.context.clone()
    }
}

impl BoundedBlock for Block {
    fn max_encode_size((): &()) -> usize {
        Context::MAX_ENCODE_SIZE
            + Digest::SIZE
            + Height::MAX_ENCODE_SIZE
            + UInt::<u64>::MAX_ENCODE_SIZE
            + u32::MAX_ENCODE_SIZE
            + 1
            + PAYLOAD_BYTES
    }
}
