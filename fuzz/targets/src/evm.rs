//! Ethereum transactions as the EVM domain reads them.

use decex_core::execution::{Engine, NotATransaction};
use decex_evm::{EvmConfig, EvmEngine, InvalidTransaction, Spec, Transaction};

/// The chain that the devnet's transactions are signed for.
const CHAIN: u64 = 717_171;

fn engine() -> EvmEngine {
    EvmEngine::new(EvmConfig {
        chain_id: CHAIN,
        spec: Spec::Prague,
        block_gas_limit: 30_000_000,
        base_fee: 1_000_000_000,
        message_gas: 500_000,
    })
}

/// A transaction: read in one way only, and inspected as it is read.
pub(crate) fn transaction(data: &[u8]) {
    let decoded = Transaction::decode(data, CHAIN);
    let facts = engine().inspect(data);
    match &decoded {
        Ok(transaction) => {
            // V2: it ends where the bytes end.
            let longer = [data, &[0]].concat();
            assert!(Transaction::decode(&longer, CHAIN).is_err());
            let (_, shorter) = data.split_last().expect("never empty");
            assert!(Transaction::decode(shorter, CHAIN).is_err());
            assert!(transaction.data.len() <= data.len());
            // V3: for this chain and no other.
            let foreign = Transaction::decode(data, CHAIN + 1).err();
            assert_eq!(
                foreign,
                Some(InvalidTransaction::ChainId {
                    expected: CHAIN + 1,
                    found: CHAIN
                })
            );
            let sender = transaction.recover();
            assert_eq!(sender.is_ok(), facts.is_ok(), "what recovers is a transaction");
            if let Ok(facts) = facts {
                assert_eq!(
                    (facts.nonce.0, facts.weight.0),
                    (transaction.nonce, transaction.gas_limit)
                );
            }
        }
        Err(error) => assert_eq!(facts, Err(NotATransaction::from(*error))),
    }
}
