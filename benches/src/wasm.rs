//! A block of token calls through the WebAssembly engine, against the EVM's on the same kind of calls, and against wasmi alone
//! with a map for its storage.

use crate::evm::{self, Best, run_ours};
use crate::measure::Row;
use decex_core::execution::Input;
use decex_core::state::{MemoryTree, Meter, Overlay, StateTree};
use decex_core::transaction::{self, Summary};
use decex_core::{Balance, BoundedVec, Digest, DomainId, Nonce, SenderId, Weight};
use decex_election::Keypair;
use decex_wasm::{Action, Transaction, WasmConfig, WasmEngine, genesis, key};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;
use wasmi::{Caller, Config, Engine as Interpreter, Error, Extern, Linker, Memory, Module, Store};

const SENDERS: u32 = 1_000;
const ROUNDS: u32 = 25;
const LIMIT: u32 = 1 << 20;
const TOKEN: &str = include_str!("../../crates/decex-wasm/tests/wasm/contracts/token.wat");

/// Runs this part of the table.
pub fn measure() -> Vec<Row> {
    let code = wat::parse_str(TOKEN).expect("the token parses");
    let users: Vec<Keypair> = (0..SENDERS).map(user).collect();
    let ours = ours(&code, &users);
    let bare = bare(&code, &users);
    let evm = evm::time_of_token_call();
    let row = |name: &str, other: Duration| Row {
        work:
            "WebAssembly block of 1,000 token calls, decoded, executed, a state root every 16, 10 k accounts"
                .into(),
        baseline: format!("{name}: {:.2} µs each", micros(other)),
        goal: "–".into(),
        measured: format!(
            "{:.2} ({:.2} µs each, {:.0} a second)",
            ours.as_secs_f64() / other.as_secs_f64(),
            micros(ours),
            1.0 / ours.as_secs_f64()
        ),
        met: None,
    };
    vec![
        row("the EVM engine on token calls, the same around it", evm),
        row(
            "wasmi alone, compiled once, an instance for each call, a map for its storage",
            bare,
        ),
    ]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn user(index: u32) -> Keypair {
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&index.to_le_bytes());
    Keypair::from_seed(&seed)
}

fn address(user: &Keypair) -> SenderId {
    SenderId(Digest(*user.key().as_bytes()))
}

/// What the token is called with: one unit to somebody.
fn pay(to: &Keypair) -> Vec<u8> {
    [&[1][..], address(to).0.as_bytes(), &1_u64.to_le_bytes()].concat()
}

fn sign(engine: &WasmEngine, from: &Keypair, nonce: u64, action: Action) -> (Vec<u8>, Summary) {
    let domain = engine.config().domain;
    let bytes = Transaction::sign(from, domain, Nonce(nonce), Weight(1_000_000), action).to_bytes();
    let summary = Summary {
        sender: address(from),
        nonce: Nonce(nonce),
        hash: transaction::hash(&bytes),
        weight: Weight(1_000_000),
        bytes: bytes.len() as u32,
    };
    (bytes, summary)
}

/// The time of one call through the engine.
fn ours(code: &[u8], users: &[Keypair]) -> Duration {
    let engine = WasmEngine::new(WasmConfig {
        domain: DomainId(0),
        fuel_price: 1,
        message_fuel: 0,
    });
    let mut accounts: Vec<(SenderId, Balance)> = users
        .iter()
        .map(|user| (address(user), Balance(1 << 60)))
        .collect();
    accounts.extend((SENDERS..10_000).map(|index| {
        let mut other = [7; 32];
        other[..4].copy_from_slice(&index.to_le_bytes());
        (SenderId(Digest(other)), Balance(1))
    }));
    let mut tree = MemoryTree::new();
    tree.update(&genesis(&accounts).expect("a sound genesis"))
        .expect("memory answers");
    let token = key::contract(&address(&users[0]), Nonce(1));
    let call = |input: Vec<u8>| Action::Call {
        to: token,
        value: Balance(0),
        input: BoundedVec::new(input).expect("a short input"),
    };
    let deploy = [
        Action::Upload {
            code: BoundedVec::new(code.to_vec()).expect("short code"),
        },
        Action::Instantiate {
            code: key::code_name(code),
            value: Balance(0),
            input: BoundedVec::new((1_u64 << 40).to_le_bytes().to_vec()).expect("a short input"),
        },
    ];
    let gives = users[1..].iter().map(|user| call(pay(user)));
    for (nonce, action) in (0..).zip(deploy.into_iter().chain(gives)) {
        succeed(&engine, &mut tree, &sign(&engine, &users[0], nonce, action));
    }
    let first = u64::from(SENDERS) + 1;
    let signed: Vec<(Vec<u8>, Summary)> = (0..users.len())
        .map(|index| {
            let nonce = if index == 0 { first } else { 0 };
            let to = &users[(index + 1) % users.len()];
            sign(&engine, &users[index], nonce, call(pay(to)))
        })
        .collect();
    // Every call that is timed succeeds.
    let mut copy = tree.clone();
    signed
        .iter()
        .for_each(|signed| succeed(&engine, &mut copy, signed));
    let inputs: Vec<Input<'_>> = signed
        .iter()
        .map(|(bytes, summary)| Input { summary, bytes })
        .collect();
    let mut best = Best::default();
    for _ in 0..ROUNDS {
        run_ours(&engine, &mut tree, &inputs, 16, &mut best);
    }
    best.sum() / SENDERS
}

fn succeed(engine: &WasmEngine, tree: &mut MemoryTree, (bytes, summary): &(Vec<u8>, Summary)) {
    let context = evm::context();
    let changes = {
        let mut state = Overlay::new(&*tree, Meter::new(LIMIT));
        let input = Input { summary, bytes };
        let receipt = engine
            .apply_observed(&context, &mut state, &input)
            .expect("memory answers");
        assert_eq!(receipt.outcome, decex_wasm::Outcome::Succeeded);
        state.keep(Meter::new(0));
        state.into_parts().0
    };
    tree.update(&changes).expect("memory answers");
}

/// What the token's host is when nothing is committed, metered or charged.
#[derive(Default)]
struct Bare {
    storage: BTreeMap<Vec<u8>, Vec<u8>>,
    input: Vec<u8>,
    caller: [u8; 32],
    buffer: Vec<u8>,
    memory: Option<Memory>,
}

fn give(mut caller: Caller<'_, Bare>, at: u32, bytes: &[u8]) -> Result<(), Error> {
    let memory = caller.data().memory.expect("it is set first");
    Ok(memory.write(&mut caller, at as usize, bytes)?)
}

fn take(caller: &Caller<'_, Bare>, at: u32, len: u32) -> Vec<u8> {
    let memory = caller.data().memory.expect("it is set first");
    memory.data(caller)[at as usize..][..len as usize].to_vec()
}

fn linker(interpreter: &Interpreter) -> Result<Linker<Bare>, wasmi::errors::LinkerError> {
    let mut linker = Linker::new(interpreter);
    linker
        .func_wrap("decex", "input", |caller: Caller<'_, Bare>, at: u32| {
            let input = caller.data().input.clone();
            give(caller, at, &input)
        })?
        .func_wrap("decex", "caller", |caller: Caller<'_, Bare>, at: u32| {
            let who = caller.data().caller;
            give(caller, at, &who)
        })?
        .func_wrap("decex", "buffer", |caller: Caller<'_, Bare>, at: u32| {
            let buffer = caller.data().buffer.clone();
            give(caller, at, &buffer)
        })?
        .func_wrap(
            "decex",
            "get",
            |mut caller: Caller<'_, Bare>, at: u32, len: u32| {
                let key = take(&caller, at, len);
                let found = caller.data().storage.get(&key).cloned();
                found.map_or(-1, |value| {
                    let length = value.len() as i32;
                    caller.data_mut().buffer = value;
                    length
                })
            },
        )?
        .func_wrap(
            "decex",
            "set",
            |mut caller: Caller<'_, Bare>, at: u32, len: u32, value: u32, size: u32| {
                let (key, value) = (take(&caller, at, len), take(&caller, value, size));
                caller.data_mut().storage.insert(key, value);
                0_i32
            },
        )?
        .func_wrap("decex", "emit", |caller: Caller<'_, Bare>, at: u32, len: u32| {
            black_box(take(&caller, at, len));
        })?
        .func_wrap("decex", "finish", |_: u32, _: u32| {})?
        .func_wrap("decex", "revert", |_: u32, _: u32| {})?;
    Ok(linker)
}

/// The time of one call of the same code on the interpreter alone.
fn bare(code: &[u8], users: &[Keypair]) -> Duration {
    let mut config = Config::default();
    config.consume_fuel(true).floats(false);
    let interpreter = Interpreter::new(&config);
    let module = Module::new(&interpreter, code).expect("the token is a module");
    let linker = linker(&interpreter).expect("names differ");
    let holders = users
        .iter()
        .map(|user| (user.key().as_bytes().to_vec(), 1_000_u64.to_le_bytes().to_vec()));
    let mut storage: BTreeMap<Vec<u8>, Vec<u8>> = holders.collect();
    let calls: Vec<([u8; 32], Vec<u8>)> = (0..users.len())
        .map(|index| {
            let to = &users[(index + 1) % users.len()];
            (*users[index].key().as_bytes(), pay(to))
        })
        .collect();
    let mut best = Best::default();
    for _ in 0..ROUNDS {
        for (part, chunk) in calls.chunks(16).enumerate() {
            best.time(part, || {
                for (caller, input) in chunk {
                    let bare = Bare {
                        storage: std::mem::take(&mut storage),
                        input: input.clone(),
                        caller: *caller,
                        ..Bare::default()
                    };
                    let mut store = Store::new(&interpreter, bare);
                    store.set_fuel(1_000_000).expect("fuel is on");
                    let instance = linker
                        .instantiate_and_start(&mut store, &module)
                        .expect("all imports are there");
                    store.data_mut().memory = instance
                        .get_export(&store, "memory")
                        .and_then(Extern::into_memory);
                    let call = instance
                        .get_typed_func::<(), ()>(&store, "call")
                        .expect("it is exported");
                    call.call(&mut store, ()).expect("it does not trap");
                    storage = store.into_data().storage;
                }
            });
        }
    }
    best.sum() / SENDERS
}
