//! A chain whose every state transition is the blob's, run by the production executor with the standard host functions and no others.

mod genesis;
pub mod heavy;
mod operators;
mod transactions;

pub use genesis::copy_of;
pub use operators::{Domain, Member, params};
pub use transactions::{counted, evm_call, evm_genesis, received, wasm_calls, wasm_genesis};

use decex_consensus::Consensus;
use decex_runtime::{Block, Extension, Extrinsic, Header, Payload, Runtime, RuntimeCall};
use pallet_decex::{FrameHost, decex_consensus};
use parity_scale_codec::{Decode, Encode};
use rustix::time::{ClockId, clock_gettime};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_core::{Pair, sr25519};
use sp_externalities::Externalities;
use sp_io::TestExternalities;
use sp_runtime::traits::{Block as _, Header as _};
use sp_runtime::transaction_validity::{TransactionSource, TransactionValidity};
use sp_runtime::{ApplyExtrinsicResult, MultiSignature, generic::Era};
use std::time::Duration;

type Native = pallet_decex::Pallet<Runtime>;

/// Processor time of this thread, in which the executor runs the blob: what else the machine does counts little.
fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap())
}

/// The blob with the executor.
pub struct Blob {
    executor: WasmExecutor<sp_io::SubstrateHostFunctions>,
    code: Vec<u8>,
}

impl Blob {
    /// Takes the blob that `DECEX_BLOB` names.
    pub fn load() -> Self {
        let path = std::env::var("DECEX_BLOB").expect("DECEX_BLOB names the blob: run blob-test.sh");
        // A missing host function would be an error here: the blob imports standard ones alone.
        Self {
            executor: WasmExecutor::builder().build(),
            code: std::fs::read(path).expect("the blob"),
        }
    }

    /// Calls it over a state; where it traps, with why.
    pub fn try_call(
        &self,
        state: &mut TestExternalities,
        method: &str,
        data: &[u8],
    ) -> (Result<Vec<u8>, String>, Duration) {
        let fetcher = WrappedRuntimeCode(std::borrow::Cow::Borrowed(&self.code));
        let code = RuntimeCode {
            code_fetcher: &fetcher,
            heap_pages: None,
            hash: vec![1],
        };
        let (start, context) = (processor_time(), CallContext::Onchain { import: false });
        let (result, _) = self.executor.call(&mut state.ext(), &code, method, data, context);
        let time = processor_time().saturating_sub(start);
        (result.map_err(|error| error.to_string()), time)
    }

    /// Calls it over a state.
    pub fn call(&self, state: &mut TestExternalities, method: &str, data: &[u8]) -> (Vec<u8>, Duration) {
        let (result, time) = self.try_call(state, method, data);
        (result.unwrap_or_else(|error| panic!("{method}: {error}")), time)
    }
}

/// The blob, its state, and the head of the chain.
pub struct Chain {
    pub blob: Blob,
    pub state: TestExternalities,
    pub head: Header,
    /// What is in the block that is being made.
    extrinsics: Vec<Extrinsic>,
    /// Another node: it executes each block when it is made.
    importer: Option<TestExternalities>,
}

impl Chain {
    /// Starts a chain from a preset of the blob's, with another node that imports its blocks.
    pub fn new(blob: Blob, preset: &str) -> Self {
        let (state, importer) = (genesis::of(&blob, preset), genesis::of(&blob, preset));
        Self {
            importer: Some(importer),
            ..Self::over(blob, state)
        }
    }

    /// Starts a chain that nobody else follows.
    pub fn alone(blob: Blob, preset: &str) -> Self {
        let state = genesis::of(&blob, preset);
        Self::over(blob, state)
    }

    fn over(blob: Blob, state: TestExternalities) -> Self {
        let blank = Default::default;
        Self {
            blob,
            state,
            head: Header::new(0, blank(), blank(), blank(), Default::default()),
            extrinsics: Vec::new(),
            importer: None,
        }
    }

    /// Forgets everything but the blob: begins again from a preset.
    pub fn restart(&mut self, preset: &str) {
        let blank = Default::default;
        self.state = genesis::of(&self.blob, preset);
        self.head = Header::new(0, blank(), blank(), blank(), Default::default());
        self.extrinsics.clear();
        self.importer = None;
    }

    /// Calls the blob.
    pub fn call(&mut self, method: &str, data: &[u8]) -> (Vec<u8>, Duration) {
        self.blob.call(&mut self.state, method, data)
    }

    /// Begins the next block.
    pub fn begin(&mut self) {
        let number = self.head.number + 1;
        let blank = Default::default;
        let header = Header::new(number, blank(), blank(), self.head.hash(), Default::default());
        self.extrinsics.clear();
        self.call("Core_initialize_block", &header.encode());
    }

    /// Ends the block. Whoever follows the chain executes it, from its own state before.
    pub fn end(&mut self) {
        let (header, _) = self.call("BlockBuilder_finalize_block", &[]);
        self.head = Header::decode(&mut &*header).unwrap();
        let block = Block::new(self.head.clone(), std::mem::take(&mut self.extrinsics));
        if let Some(importer) = &mut self.importer {
            self.blob.call(importer, "Core_execute_block", &block.encode());
        }
    }

    /// Returns the block as it would be if it ended now, and what another node says of any block in its place.
    pub fn ended(&mut self) -> (Block, impl Fn(&Block) -> Result<Vec<u8>, String>) {
        let mut state = copy_of(&mut self.state);
        let (header, _) = self.blob.call(&mut state, "BlockBuilder_finalize_block", &[]);
        let header = Header::decode(&mut &*header).unwrap();
        let block = Block::new(header, self.extrinsics.clone());
        let importer = self.importer.as_mut().expect("somebody follows the chain");
        let (blob, before) = (&self.blob, genesis::all_of(importer));
        let judge = move |block: &Block| {
            let mut state = TestExternalities::from(before.clone());
            blob.try_call(&mut state, "Core_execute_block", &block.encode()).0
        };
        (block, judge)
    }

    /// Makes an empty block, and begins the next.
    pub fn next(&mut self) {
        self.end();
        self.begin();
    }

    /// Applies an extrinsic; what is refused panics with `why`.
    pub fn apply(&mut self, extrinsic: &Extrinsic) -> Duration {
        let (result, time) = self.call("BlockBuilder_apply_extrinsic", &extrinsic.encode());
        let result = ApplyExtrinsicResult::decode(&mut &*result).unwrap();
        assert_eq!(result, Ok(Ok(())), "in block {}", self.head.number + 1);
        self.extrinsics.push(extrinsic.clone());
        time
    }

    /// Applies an extrinsic and takes it back.
    pub fn try_apply(&mut self, extrinsic: &Extrinsic) -> (ApplyExtrinsicResult, Duration) {
        self.state.ext().storage_start_transaction();
        let (result, time) = self.call("BlockBuilder_apply_extrinsic", &extrinsic.encode());
        self.state.ext().storage_rollback_transaction().unwrap();
        (ApplyExtrinsicResult::decode(&mut &*result).unwrap(), time)
    }

    /// Asks what the pool would say.
    pub fn validate(&mut self, extrinsic: &Extrinsic) -> (TransactionValidity, Duration) {
        self.state.ext().storage_start_transaction();
        let question = (TransactionSource::External, extrinsic, self.head.hash()).encode();
        let (answer, time) = self.call("TaggedTransactionQueue_validate_transaction", &question);
        self.state.ext().storage_rollback_transaction().unwrap();
        (TransactionValidity::decode(&mut &*answer).unwrap(), time)
    }

    /// Signs and applies a call.
    pub fn by(&mut self, pair: &sr25519::Pair, call: impl Into<RuntimeCall>) -> Duration {
        let extrinsic = self.signed(pair, call.into());
        self.apply(&extrinsic)
    }

    pub fn signed(&mut self, pair: &sr25519::Pair, call: RuntimeCall) -> Extrinsic {
        let account = sp_runtime::AccountId32::from(pair.public());
        let payload = self.state.execute_with(|| {
            let extension: Extension = (
                frame_system::CheckNonZeroSender::new(),
                frame_system::CheckSpecVersion::new(),
                frame_system::CheckTxVersion::new(),
                frame_system::CheckGenesis::new(),
                frame_system::CheckEra::from(Era::Immortal),
                frame_system::CheckNonce::from(decex_runtime::System::account_nonce(&account)),
                frame_system::CheckWeight::new(),
            );
            Payload::new(call, extension).unwrap()
        });
        let signature = payload.using_encoded(|bytes| pair.sign(bytes));
        let (call, extension, _) = payload.deconstruct();
        Extrinsic::new_signed(
            call,
            account.into(),
            MultiSignature::Sr25519(signature),
            extension,
        )
    }

    /// Reads the state as the SDK does.
    pub fn read<R>(&mut self, read: impl FnOnce(&Consensus<FrameHost<Runtime>>) -> R) -> R {
        self.state.execute_with(|| read(&Native::consensus()))
    }

    /// The events of the block that is being made.
    pub fn events(&mut self) -> Vec<decex_consensus::Event> {
        self.state.execute_with(|| {
            let records = decex_runtime::System::events().into_iter();
            let events = records.filter_map(|record| match record.event {
                decex_runtime::RuntimeEvent::Decex(pallet_decex::Event::Domain { event, .. }) => {
                    Some(decex_consensus::Event::decode(&mut &*event).unwrap())
                }
                _ => None,
            });
            events.collect()
        })
    }
}
