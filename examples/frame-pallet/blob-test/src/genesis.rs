//! How a chain begins: from a preset, by the blob's own interface, as a node makes it.

use crate::Blob;
use parity_scale_codec::{Decode, Encode};
use serde_json::Value;
use sp_core::storage::Storage;
use sp_io::TestExternalities;

/// Returns the state that a preset begins with.
pub(crate) fn of(blob: &Blob, preset: &str) -> TestExternalities {
    let mut state = TestExternalities::default();
    let (names, _) = blob.call(&mut state, "GenesisBuilder_preset_names", &[]);
    let names = Vec::<String>::decode(&mut &*names).unwrap();
    assert!(
        names.iter().any(|name| name == preset),
        "{preset} is none of {names:?}"
    );
    let json = |state: &mut TestExternalities, id: Option<&str>| -> Value {
        let (found, _) = blob.call(state, "GenesisBuilder_get_preset", &id.encode());
        let found = Option::<Vec<u8>>::decode(&mut &*found)
            .unwrap()
            .expect("it has a name");
        serde_json::from_slice(&found).unwrap()
    };
    let mut config = json(&mut state, None);
    merge(&mut config, json(&mut state, Some(preset)));
    let config = serde_json::to_vec(&config).unwrap();
    let (built, _) = blob.call(&mut state, "GenesisBuilder_build_state", &config.encode());
    assert_eq!(Result::<(), String>::decode(&mut &*built).unwrap(), Ok(()));
    state
}

/// Puts what a patch says in the place of what was there.
fn merge(whole: &mut Value, patch: Value) {
    match (whole, patch) {
        (Value::Object(whole), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(whole.entry(name).or_insert(Value::Null), value);
            }
        }
        (whole, patch) => *whole = patch,
    }
}

/// Returns everything that a state holds.
pub(crate) fn all_of(state: &mut TestExternalities) -> Storage {
    let mut top = std::collections::BTreeMap::new();
    state.execute_with(|| {
        let mut key = Vec::new();
        while let Some(next) = sp_io::storage::next_key(&key) {
            top.insert(next.clone(), sp_io::storage::get(&next).unwrap().to_vec());
            key = next;
        }
    });
    Storage {
        top,
        children_default: Default::default(),
    }
}

/// Returns a state with the same in it.
pub fn copy_of(state: &mut TestExternalities) -> TestExternalities {
    TestExternalities::from(all_of(state))
}
