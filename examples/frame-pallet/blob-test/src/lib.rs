//! A chain whose every state transition is the blob's, run by the production executor with the standard host functions and no others.

mod operators;
mod transactions;

pub use operators::{Domain, Member};
pub use transactions::{counted, evm_call, evm_genesis, received, wasm_calls, wasm_genesis};

use decex_consensus::Consensus;
use decex_runtime::{Extension, Extrinsic, Header, Payload, Runtime, RuntimeCall};
use pallet_decex::{FrameHost, decex_consensus};
use parity_scale_codec::{Decode, Encode};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_core::{Pair, sr25519};
use sp_externalities::Externalities;
use sp_runtime::traits::Header as _;
use sp_runtime::transaction_validity::{TransactionSource, TransactionValidity};
use sp_runtime::{ApplyExtrinsicResult, BuildStorage, MultiSignature, generic::Era};
use std::time::{Duration, Instant};

type Native = pallet_decex::Pallet<Runtime>;

/// The blob, its state, and the head of the chain.
pub struct Chain {
    executor: WasmExecutor<sp_io::SubstrateHostFunctions>,
    code: Vec<u8>,
    pub state: sp_io::TestExternalities,
    pub head: Header,
}

impl Chain {
    /// Starts a chain with this blob and this money.
    pub fn new(code: Vec<u8>, money: Vec<(sp_runtime::AccountId32, u128)>) -> Self {
        let genesis = decex_runtime::RuntimeGenesisConfig {
            balances: decex_runtime::pallet_balances::GenesisConfig {
                balances: money,
                ..Default::default()
            },
            ..Default::default()
        };
        let state = sp_io::TestExternalities::new(genesis.build_storage().unwrap());
        let head = Header::new(
            0,
            Default::default(),
            Default::default(),
            Default::default(),
            Default::default(),
        );
        // A missing host function would be an error here: the blob imports standard ones alone.
        let executor = WasmExecutor::builder().build();
        Self {
            executor,
            code,
            state,
            head,
        }
    }

    /// Calls the blob.
    pub fn call(&mut self, method: &str, data: &[u8]) -> (Vec<u8>, Duration) {
        let fetcher = WrappedRuntimeCode(std::borrow::Cow::Borrowed(&self.code));
        let code = RuntimeCode {
            code_fetcher: &fetcher,
            heap_pages: None,
            hash: vec![1],
        };
        let start = Instant::now();
        let (result, _) = self.executor.call(
            &mut self.state.ext(),
            &code,
            method,
            data,
            CallContext::Onchain { import: false },
        );
        (
            result.unwrap_or_else(|error| panic!("{method}: {error:?}")),
            start.elapsed(),
        )
    }

    /// Begins the next block.
    pub fn begin(&mut self) {
        let number = self.head.number + 1;
        let header = Header::new(
            number,
            Default::default(),
            Default::default(),
            self.head.hash(),
            Default::default(),
        );
        self.call("Core_initialize_block", &header.encode());
    }

    /// Ends the block.
    pub fn end(&mut self) {
        let (header, _) = self.call("BlockBuilder_finalize_block", &[]);
        self.head = Header::decode(&mut &*header).unwrap();
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
