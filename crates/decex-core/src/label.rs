//! Every label under which anything is hashed or signed, in one file.
//!
//! A label is a BLAKE3 `derive_key` context. The derived context key is written beside it so that hashing under a label
//! costs no more than a keyed hash; the test below recomputes each. Labels differ pairwise and none is a prefix of
//! another, so bytes hashed for one purpose are never a hash for another.

/// A domain-separation label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    context: &'static str,
    key: [u8; 32],
}

impl Label {
    const fn new(context: &'static str, key: [u8; 32]) -> Self {
        Self { context, key }
    }

    /// Returns the BLAKE3 `derive_key` context string.
    #[must_use]
    pub const fn context(&self) -> &'static str {
        self.context
    }

    /// Returns the context key: `hash_derive_key_context(context)`.
    #[must_use]
    pub const fn key(&self) -> &[u8; 32] {
        &self.key
    }
}

/// Names a transaction by its bytes.
pub const TRANSACTION: Label = Label::new(
    "decex v1 transaction",
    *b"\x20\x4e\x52\xe5\x88\x5d\x45\xf2\x75\x83\x99\xc4\x9a\x97\x11\x76\x80\xfc\x9d\xd4\x2c\x6e\xa6\xbd\x75\xc3\xf1\x39\x03\x68\x6f\x52",
);
/// Leaf of a body: a transaction's summary.
pub const SUMMARY: Label = Label::new(
    "decex v1 summary",
    *b"\x00\x92\x10\x95\x04\x9e\xa3\x4d\x4c\xed\x37\xcc\xd7\x66\xf5\x58\x6f\xed\x15\x58\x01\x23\xb2\xf3\xac\xf5\x7b\x70\xe8\x8b\x79\x3d",
);
/// Inner node of a list commitment.
pub const LIST_NODE: Label = Label::new(
    "decex v1 list-node",
    *b"\x5c\x47\xa7\x62\x28\xc8\x40\x24\x86\xbe\x53\x25\x58\xf4\x89\xf4\x21\xc4\xec\x5c\x1a\x12\x68\x9e\x50\x70\xd0\xf0\x99\x47\x81\xf6",
);
/// Root of a list commitment: length and top node.
pub const LIST_ROOT: Label = Label::new(
    "decex v1 list-root",
    *b"\x7d\x23\x3f\xcb\xa4\x11\xae\x25\xb1\x8c\x5f\x3b\xb7\xa6\x3b\xd0\xbb\x65\x2d\xea\xa1\xbe\x51\xff\xc0\x82\x1c\x93\x61\xfc\x02\x94",
);
/// A value of a domain's state.
pub const STATE_VALUE: Label = Label::new(
    "decex v1 state-value",
    *b"\x02\x6d\xed\x08\x9e\x8b\xc9\xab\x43\xf8\x22\x1a\x62\x4a\x99\x11\x3b\xa1\xd2\x0c\xe8\x60\x2a\x9b\xc6\x1a\x15\x3e\xac\x71\x9a\x67",
);
/// Leaf of the state commitment: key and value hash.
pub const STATE_LEAF: Label = Label::new(
    "decex v1 state-leaf",
    *b"\xf0\x49\xb2\xdc\x5a\xed\x71\x36\x71\x9f\x72\xd3\xe2\x45\x49\x64\x2a\xd7\x86\x4e\x7a\x93\x0d\xb6\x7d\x76\x0c\xcc\x11\xd2\xbe\x1d",
);
/// Inner node of the state commitment.
pub const STATE_NODE: Label = Label::new(
    "decex v1 state-inner",
    *b"\xa7\xfa\x11\x94\xac\xf8\x56\xee\xbc\x87\xc5\x38\x19\x33\xdc\x2a\x07\x3d\x2b\xe6\x71\x10\x38\xe0\x2b\xa7\x98\x91\xee\x91\x2d\x25",
);
/// State keys of the protocol's own block accumulators.
pub const RESERVED_KEY: Label = Label::new(
    "decex v1 reserved-key",
    *b"\xf3\x8b\xa7\x71\xb1\x0a\x31\x0b\xe5\x4f\xca\x92\x95\x07\x25\x3f\x53\x2d\xd2\xeb\xaa\x3e\x8b\x82\x33\x20\xa2\x3e\x97\xa0\xab\x7f",
);
/// Names a bundle by its unsealed header.
pub const BUNDLE_HEADER: Label = Label::new(
    "decex v1 bundle-header",
    *b"\xc2\xd9\x4d\x54\x77\xe0\x4f\xed\xcb\x5e\x21\x93\x4f\x89\x49\xf4\x68\xbf\x12\xd8\xad\xa1\xc4\xb0\xc5\x5f\x9b\x09\x7c\x82\x56\xd3",
);
/// Signing context of an operator's seal.
pub const BUNDLE_SEAL: Label = Label::new(
    "decex v1 bundle-seal",
    *b"\x83\x8f\x34\xdd\xf1\xcd\x95\x9d\xd1\x51\x18\x7d\x77\xe5\xd3\x3b\x29\x30\xd0\xe2\x35\x60\xde\xb0\x98\x22\x16\x53\x3f\xb0\x94\xb9",
);
/// Signing context of an operator's proof of possession.
pub const REGISTRATION: Label = Label::new(
    "decex v1 operator-registration",
    *b"\xa2\xdb\x8f\xf1\x12\x0c\x57\x2d\x78\xe4\xc0\xd7\x78\xbc\xef\x2e\xe4\x00\xdd\xde\xd6\x96\x17\xf9\x97\xab\xb0\xf1\x8d\xd6\xf0\xfe",
);
/// VRF transcript of the bundle election.
pub const ELECTION_VRF: Label = Label::new(
    "decex v1 election-vrf",
    *b"\xf9\x94\x2e\x12\x73\x70\x22\x6a\x15\x90\xcb\xd5\xb1\x5f\x77\xf4\xcd\xd9\xa0\x7a\xd4\x7e\x90\x7e\x55\xd9\x50\x5c\x11\x86\x6f\xc6",
);
/// The 32 bytes of VRF output that the threshold is compared with.
pub const ELECTION_OUTPUT: Label = Label::new(
    "decex v1 election-output",
    *b"\xba\x90\x64\xdf\x67\xfe\x8a\x4c\x9e\x07\xfc\x89\x5a\x31\x16\x14\x74\x8f\x0f\x71\x78\xa9\x23\x02\x92\x46\xfc\xb8\xaf\x31\x59\x28",
);
/// Coefficients of a batch verification.
pub const ELECTION_BATCH: Label = Label::new(
    "decex v1 election-batch",
    *b"\xf0\x2a\xff\xfd\x13\xed\xd1\x4c\x08\x7e\x3c\xfd\x9e\xd5\x35\xf4\xa1\x1a\x5a\xfb\x00\x86\x51\xcd\x17\x9a\x15\x5d\x75\x46\x70\x40",
);
/// A sender's place on the ring from which operators draw their portion of the pool.
pub const PORTION: Label = Label::new(
    "decex v1 pool-portion",
    *b"\xbb\xae\x7e\xee\xc8\x7a\x45\xfa\x16\x4a\x54\xc3\x9c\xba\xc0\x6d\x25\x5c\x66\x3a\x93\x72\xbf\xd0\x1f\x7e\x88\xa7\xcc\xce\x51\x3e",
);
/// Leaf of an inbox: one included bundle.
pub const INBOX: Label = Label::new(
    "decex v1 inboxed-bundle",
    *b"\x6d\x8d\xe5\x85\xad\x2a\x39\x07\x40\x76\x23\x0e\x09\xa2\xb9\xd5\xa2\x01\x54\x50\x08\xce\x33\x4a\x74\x48\x26\x80\x3b\x2e\x0e\xea",
);
/// Names a receipt and its domain block.
pub const RECEIPT: Label = Label::new(
    "decex v1 execution-receipt",
    *b"\x9b\x45\xcd\x2e\x20\x62\xd2\x26\x88\xea\x1d\xf6\xd4\x08\xaa\x83\x25\xb1\x21\x20\x25\xd8\xdb\x97\x42\xaa\x36\x3e\xa9\xd1\x84\xcc",
);
/// Leaf of a host's finality root: the last final receipt of a domain, and how far its chain goes beyond.
pub const FINALITY: Label = Label::new(
    "decex v1 finality",
    *b"\x7a\x29\x8a\x57\xbc\xcd\xef\xbb\xd5\xce\xff\xa9\x7d\xd0\x72\xe9\x25\x7e\x33\x5e\xd4\x29\x97\x3b\x8f\xa6\xf1\x6f\xc2\xcb\x91\x80",
);
/// Leaf of an execution trace: one state root.
pub const TRACE: Label = Label::new(
    "decex v1 trace-entry",
    *b"\x79\xca\xc4\xbc\x0a\x3a\xc8\x9a\xbd\x50\x8c\xb2\xb0\xf8\x04\xd5\x26\x9b\x23\xe4\xf5\x4d\x5e\xa9\x15\x77\x9d\xb8\xc1\x35\x76\xf4",
);
/// Leaf of an outbox.
pub const OUTBOX: Label = Label::new(
    "decex v1 outbox-message",
    *b"\x30\xd3\xe6\xb8\xee\x91\x4d\xf9\x82\x95\x9e\x6f\xdc\x06\x13\x73\xe9\x48\x94\x76\x49\xf5\x45\x04\xea\xc3\xd6\x35\xa1\x00\x90\x7f",
);
/// Names codec, schedule, engine and code versions in one hash.
pub const RULE_SET: Label = Label::new(
    "decex v1 rule-set",
    *b"\xd8\x39\xa4\xb5\x14\x8c\x0b\x5f\xab\xbb\x8e\x0b\x72\x76\x8c\xe1\x48\x74\x34\x9b\xcf\x15\x97\x01\xdf\x7d\x0a\x1a\x11\x4b\x05\x86",
);
/// Seed of a schedule.
pub const SCHEDULE_SEED: Label = Label::new(
    "decex v1 schedule-seed",
    *b"\x37\x45\x0b\x00\xbd\x2c\x31\x82\x89\xa3\x9d\x61\xc4\x34\x9b\x93\x4a\x9a\x9f\xaa\xce\x4f\x13\xef\xa2\x5d\x99\xda\xbc\x8c\x3b\x77",
);
/// A sender's rank in one schedule: seed and sender.
pub const SCHEDULE_RANK: Label = Label::new(
    "decex v1 schedule-rank",
    *b"\x96\x2a\x86\xd9\xb1\x41\x6c\x19\xb2\x99\xf4\xce\xfd\x79\x6f\x8a\x07\x59\xd4\xb9\x5f\x5a\xb2\x5a\xa0\x15\x67\xa2\xeb\x1a\xd7\xab",
);
/// Leaf of a schedule: a reference into the inbox.
pub const SCHEDULE_ENTRY: Label = Label::new(
    "decex v1 schedule-entry",
    *b"\x91\x92\x28\xf2\x94\x2f\x76\x94\x01\xda\x7e\x88\xe2\xfa\x02\xa4\x0b\x80\xf3\xc0\x8c\xd8\x75\x17\x8b\x52\xb1\x0d\xe7\x08\xc7\xdc",
);
/// Names a piece of slashing evidence.
pub const EVIDENCE: Label = Label::new(
    "decex v1 evidence",
    *b"\x95\x13\xad\xd6\x28\x48\x6e\x36\xbb\x21\x65\x28\x7c\x11\x5f\x4e\x1d\x37\xcf\xe2\xd9\x90\xdf\x58\x18\x8d\x82\xc5\xb3\x0f\xed\x63",
);
/// Names the bytes of a fraud proof that failed against one inclusion of a receipt. Local to a pool of proofs.
pub const FAILED_PROOF: Label = Label::new(
    "decex v1 failed-proof",
    *b"\xd1\x97\x95\xa5\x1b\x8e\xba\xe8\x3a\xc0\x69\x20\x12\x86\xad\xc1\x38\x7e\x57\x81\x84\x60\xc2\xd7\xfa\x9f\x49\x39\x6e\xcf\x3e\x65",
);
/// State key of an EVM account.
pub const EVM_ACCOUNT: Label = Label::new(
    "decex v1 evm-account",
    *b"\x2c\x41\xbc\x06\xff\xae\x52\x39\x51\xcc\x42\xd3\xd1\x87\xe6\x08\xc7\x66\xad\x99\x5f\x66\xe8\x45\x73\x41\x2d\x37\x8e\x56\x6a\x4f",
);
/// State key of an EVM storage slot.
pub const EVM_STORAGE: Label = Label::new(
    "decex v1 evm-slot",
    *b"\xd0\x32\xa0\x1a\x2a\x7c\xe4\x0f\x59\x57\x3d\x0d\xb5\x24\x62\x04\xed\xef\xfd\x8d\xb8\x58\xa0\xab\x63\xcf\x1d\xd3\x58\x3f\x43\x36",
);
/// State key of EVM bytecode.
pub const EVM_CODE: Label = Label::new(
    "decex v1 evm-bytecode",
    *b"\xcb\x43\xb5\x0a\xf8\x4d\x00\x7c\xfa\x5c\x34\x1f\x6e\xa9\x07\x98\xea\x51\xbf\x45\x56\x0b\x34\x0d\x62\x2b\x0f\x92\x36\x77\xe3\x3b",
);
/// State key of an earlier block's hash.
pub const EVM_BLOCK_HASH: Label = Label::new(
    "decex v1 evm-block-hash",
    *b"\x67\xc2\x66\xa3\x77\x09\x06\xcd\xd1\x74\x4c\xd4\x45\x9a\x27\x9e\x0c\x6a\xc4\x98\x89\xc1\xbb\x9c\xd6\xd1\xa1\xb6\x07\xe6\x3b\xbc",
);
/// Chain of the logs and results of a block's transactions.
pub const EVM_LOGS: Label = Label::new(
    "decex v1 evm-logs",
    *b"\x73\x05\x9d\x33\x39\x71\xe9\x7f\x80\xdf\xa4\xb9\x0e\xef\x13\xb6\x45\x25\xb2\xf0\xa9\x00\x2e\x25\xef\xaf\x3d\xcd\xd2\xb7\x85\x9a",
);
/// Leaf of a record: one chunk of it, source or parity.
pub const ARCHIVE_CHUNK: Label = Label::new(
    "decex v1 archive-chunk",
    *b"\xc9\x5c\x03\x50\xa5\xed\xab\xde\x43\xee\x28\xa1\xcf\x12\xd0\xe6\x3a\x82\xdd\xe1\x22\xbd\x38\x72\x65\x77\xaa\x08\xd7\xa0\x98\x77",
);
/// Names a segment's header; the next segment carries it.
pub const SEGMENT_HEADER: Label = Label::new(
    "decex v1 segment-header",
    *b"\x9f\xdc\xc2\x06\x95\xd4\xe5\xa8\x9c\x31\xcf\x45\x81\x38\x35\xb4\xbf\x26\x8f\xe6\x4b\x21\x7b\x93\xf4\x70\x31\x62\xc7\x41\xa4\x8c",
);
/// Names a sector: farmer, index and the history that it was plotted from.
pub const SECTOR: Label = Label::new(
    "decex v1 plot-sector",
    *b"\x05\x95\x64\x2f\x0c\xf5\xa1\x96\xb9\x2f\xb7\x88\x33\x0b\x78\x62\x32\x62\xea\xc3\xa1\x20\x7f\xc1\x52\x28\x42\x89\x6e\x98\x77\xb4",
);
/// Which piece of history stands at a place of a sector.
pub const SECTOR_PIECE: Label = Label::new(
    "decex v1 sector-piece",
    *b"\x3c\xae\xec\xdd\x09\xe6\xf1\xab\xbc\xa8\x15\x40\x87\x75\xae\x24\xe6\xe8\xd5\x78\x66\xbf\xc0\xeb\x23\xba\x6c\xf3\xdd\xc9\x89\x82",
);
/// When a sector expires.
pub const SECTOR_EXPIRY: Label = Label::new(
    "decex v1 sector-expiry",
    *b"\x33\xd2\x3c\x7f\x53\x92\x92\x2b\x9d\x5c\xed\x37\xa5\x1d\xb2\x4c\x64\x45\x33\xc0\x1a\xe9\xc2\x3b\xab\x38\x0e\xef\x57\x7a\x21\x15",
);
/// Seed of the proof-of-space tables of one piece in one sector.
pub const SPACE_SEED: Label = Label::new(
    "decex v1 space-seed",
    *b"\x83\xc9\xea\x15\xab\xa0\xd6\x5f\x97\xd4\x10\xa6\x0e\x27\x44\x60\xef\xa9\x84\x4f\x27\x8d\xb8\x66\x93\xf6\x9e\x48\x91\x6f\xc8\x97",
);
/// What a chunk is masked with: a proof of space.
pub const SPACE_MASK: Label = Label::new(
    "decex v1 space-mask",
    *b"\x0d\xc2\xb3\x1e\x5e\xc4\x14\x2a\x0b\xba\xea\xe4\x25\xf2\xab\x38\x8c\xd6\x38\xfb\x58\x51\xed\xe1\x19\xca\x1f\x2a\xc9\x19\xce\x63",
);
/// What a slot asks of every sector.
pub const AUDIT_CHALLENGE: Label = Label::new(
    "decex v1 audit-challenge",
    *b"\x49\x57\x59\xce\xdc\x38\x0d\x10\x21\x4e\x92\xf8\xfa\xbd\x28\x48\xff\x3e\x20\xac\x19\x76\x52\xe1\x07\xad\x1d\x56\x2e\x2e\xf9\xda",
);
/// What a slot asks of one sector.
pub const SECTOR_CHALLENGE: Label = Label::new(
    "decex v1 sector-challenge",
    *b"\xb7\x1e\x82\x6f\xf7\x46\x5c\xef\x66\xd9\x76\x13\xd3\x8e\x60\x3e\x8b\xa2\x1c\xeb\xcc\xd6\xee\xd0\x10\x74\x16\xdb\x9b\x31\x81\x61",
);
/// The randomness that a solution yields.
pub const POAS_OUTPUT: Label = Label::new(
    "decex v1 poas-output",
    *b"\x95\x76\x9d\x5c\x30\x2c\x95\xbd\xfc\xc3\xa1\x0d\x9a\x25\x90\xfa\x38\xd7\xf5\x59\xd7\x17\x1e\x96\x64\x6a\x7a\xa3\x83\x7a\x7c\x1c",
);
/// Checksums in a plot. Local to the farmer's disk.
pub const PLOT_CHECKSUM: Label = Label::new(
    "decex v1 plot-checksum",
    *b"\x1d\x3e\x7c\xe5\x67\x5f\xbc\x31\x25\xc6\x21\xfb\xed\x23\x26\xb0\x91\xc9\x98\xdd\x78\x91\x9b\x52\x58\x74\x5c\xd9\x18\x9e\xf3\xb9",
);
/// State keys of the toy ledger in decex-testkit.
pub const LEDGER_KEY: Label = Label::new(
    "decex v1 ledger-key",
    *b"\x73\xa2\x3f\x3f\xf6\xb6\x3a\xea\x94\x4f\x0e\xb4\x7f\x30\xb2\x5e\x44\x2f\x13\x8f\x58\x9c\x26\x55\xdd\x6f\xe4\xe4\xe7\xb8\x5a\x70",
);
/// Signing context of the toy ledger's transactions.
pub const LEDGER_TRANSACTION: Label = Label::new(
    "decex v1 ledger-signature",
    *b"\x27\xa8\xba\x10\xab\xba\x67\x1b\xb5\xe5\x15\xe8\xf0\x72\x0a\xd5\xe5\xd0\x93\x67\x97\xd4\x6b\xd6\xc6\x23\x88\x87\x2e\xa4\xb8\x2d",
);

/// Every label, for the test that they differ.
pub const ALL: &[Label] = &[
    TRANSACTION,
    SUMMARY,
    LIST_NODE,
    LIST_ROOT,
    STATE_VALUE,
    STATE_LEAF,
    STATE_NODE,
    RESERVED_KEY,
    BUNDLE_HEADER,
    BUNDLE_SEAL,
    REGISTRATION,
    ELECTION_VRF,
    ELECTION_OUTPUT,
    ELECTION_BATCH,
    PORTION,
    INBOX,
    RECEIPT,
    FINALITY,
    TRACE,
    OUTBOX,
    RULE_SET,
    SCHEDULE_SEED,
    SCHEDULE_RANK,
    SCHEDULE_ENTRY,
    EVIDENCE,
    FAILED_PROOF,
    EVM_ACCOUNT,
    EVM_STORAGE,
    EVM_CODE,
    EVM_BLOCK_HASH,
    EVM_LOGS,
    ARCHIVE_CHUNK,
    SEGMENT_HEADER,
    SECTOR,
    SECTOR_PIECE,
    SECTOR_EXPIRY,
    SPACE_SEED,
    SPACE_MASK,
    AUDIT_CHALLENGE,
    SECTOR_CHALLENGE,
    POAS_OUTPUT,
    PLOT_CHECKSUM,
    LEDGER_KEY,
    LEDGER_TRANSACTION,
];

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn keys_are_derived_from_contexts() {
        for label in ALL {
            assert_eq!(
                blake3::hazmat::hash_derive_key_context(label.context()),
                *label.key(),
                "{}",
                label.context()
            );
        }
    }

    #[test]
    fn no_label_is_a_prefix_of_another() {
        for (i, a) in ALL.iter().enumerate() {
            for (j, b) in ALL.iter().enumerate() {
                assert!(
                    i == j || !a.context().starts_with(b.context()),
                    "{} / {}",
                    a.context(),
                    b.context()
                );
            }
        }
    }
}
