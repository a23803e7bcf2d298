//! What a chain of this runtime begins with.

use alloc::string::String;
use alloc::vec::Vec;
use sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET, PresetId};

/// What Alice and Bob of every development chain have to begin with; nobody has anything else.
const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

pub(crate) fn names() -> Vec<PresetId> {
    [DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET]
        .map(PresetId::from)
        .into()
}

/// Returns what a preset changes of the default genesis, as JSON.
pub(crate) fn get(id: &PresetId) -> Option<Vec<u8>> {
    let rich: &[&str] = match id.as_ref() {
        DEV_RUNTIME_PRESET => &[ALICE],
        LOCAL_TESTNET_RUNTIME_PRESET => &[ALICE, BOB],
        _ => return None,
    };
    let mut balances = String::new();
    for account in rich {
        if !balances.is_empty() {
            balances.push(',');
        }
        balances.push_str(&alloc::format!("[\"{account}\",1000000000000000]"));
    }
    Some(alloc::format!("{{\"balances\":{{\"balances\":[{balances}]}}}}").into_bytes())
}
