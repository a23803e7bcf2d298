//! Run contracts: instances, what they ask of the state, and calls among them.

use crate::code::{Workspace, first_pages};
use crate::host::{Frame, Interrupt, Span, Syscall, block_of, fuel_for, read, read_array, spend, write};
use crate::journal::Journal;
use crate::key;
use crate::limits::{
    CODE_FUEL, FRAME_FUEL, MAX_CALL_DEPTH, MAX_INPUT_BYTES, MAX_KEY_BYTES, MAX_STORED_BYTES, PAGE_FUEL,
    STATE_FUEL,
};
use crate::receipt::{Event, Failure};
use alloc::vec::Vec;
use core::mem;
use decex_core::execution::Context;
use decex_core::state::{Halt, ReadError, Value};
use decex_core::{Digest, SenderId};
use wasmi::{Extern, Func, Module, ResumableCall, Store, Val};

/// What a host function answers when it did what it was asked.
const DONE: i32 = 0;
/// `get` of what is not there; `call` and `transfer` of what cannot be paid, or too deep.
const NOT: i32 = -1;
/// `call` of a contract that reverted.
const REVERTED: i32 = -2;
/// `call` of a contract that trapped.
const TRAPPED: i32 = -3;

/// Runs contracts for one transaction.
pub(crate) struct Machine<'m, 's> {
    pub(crate) context: &'m Context,
    pub(crate) workspace: &'m mut Workspace,
    pub(crate) journal: Journal<'s>,
}

/// One call of a contract. The value has been paid.
pub(crate) struct Entry<'e> {
    pub(crate) caller: SenderId,
    pub(crate) contract: SenderId,
    pub(crate) code: Digest,
    pub(crate) value: u128,
    pub(crate) input: Vec<u8>,
    /// The export that runs.
    pub(crate) export: &'e str,
    /// How many contracts wait for one another, this one included.
    pub(crate) depth: u32,
}

/// How a call ended. A failure has left no events; what it wrote is for the caller to take back.
pub(crate) struct Ended {
    pub(crate) failure: Option<Failure>,
    pub(crate) fuel_left: u64,
    pub(crate) output: Vec<u8>,
    pub(crate) events: Vec<Event>,
}

impl Ended {
    pub(crate) const fn failed(failure: Failure, fuel_left: u64) -> Self {
        Self {
            failure: Some(failure),
            fuel_left,
            output: Vec::new(),
            events: Vec::new(),
        }
    }

    pub(crate) const fn quietly(fuel_left: u64) -> Self {
        Self {
            failure: None,
            fuel_left,
            output: Vec::new(),
            events: Vec::new(),
        }
    }
}

/// Why a host function has no answer.
enum Stop {
    /// The instance ends.
    Instance(Interrupt),
    /// The transaction ends.
    Halt(Halt),
}

impl From<Halt> for Stop {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl From<Interrupt> for Stop {
    fn from(interrupt: Interrupt) -> Self {
        Self::Instance(interrupt)
    }
}

impl Machine<'_, '_> {
    /// Runs a contract. J9: the caller takes back what a failed one wrote, to where the value was paid.
    pub(crate) fn call(&mut self, entry: Entry<'_>, fuel: u64) -> Result<Ended, Halt> {
        // What a contract is made of was put there by an upload.
        let code: Value = self
            .journal
            .get(&key::code(&entry.code))?
            .ok_or(ReadError::Backend)?;
        // J10: for compiling, whether it is remembered or not, before it is done.
        let bytes = u64::try_from(code.len()).unwrap_or(u64::MAX);
        let cost = FRAME_FUEL.saturating_add(CODE_FUEL.saturating_mul(bytes));
        let Some(fuel) = fuel.checked_sub(cost) else {
            return Ok(Ended::failed(Failure::Fuel, 0));
        };
        let module = self
            .workspace
            .compiled(entry.code, &code)
            .ok_or(ReadError::Backend)?;
        let pages = PAGE_FUEL.saturating_mul(first_pages(&module));
        let Some(fuel) = fuel.checked_sub(pages) else {
            return Ok(Ended::failed(Failure::Fuel, 0));
        };
        self.run(entry, &module, fuel)
    }

    fn run(&mut self, entry: Entry<'_>, module: &Module, fuel: u64) -> Result<Ended, Halt> {
        let depth = entry.depth;
        // J18: also for a contract that waits for this call, an instance of its own.
        let mut frame = Frame::new(block_of(self.context), entry.caller, entry.contract);
        frame.value = entry.value;
        frame.input = entry.input;
        let mut store = Store::new(self.workspace.engine(), frame);
        store.limiter(|frame| &mut frame.limits);
        if store.set_fuel(fuel).is_err() {
            return Ok(Ended::failed(Failure::Trapped, fuel));
        }
        let Ok(instance) = self.workspace.linker().instantiate_and_start(&mut store, module) else {
            return Ok(Ended::failed(Failure::Trapped, fuel));
        };
        store.data_mut().memory = instance
            .get_export(&store, "memory")
            .and_then(Extern::into_memory);
        let Some(function) = instance.get_func(&store, entry.export) else {
            return Ok(Ended::failed(Failure::Trapped, fuel));
        };
        let failure = self.drive(&mut store, function, depth)?;
        let fuel_left = match failure {
            // J10: what runs out has used all.
            Some(Failure::Fuel) => 0,
            Some(_) | None => store.get_fuel().unwrap_or_default(),
        };
        let frame = store.into_data();
        Ok(match failure {
            None => Ended {
                failure,
                fuel_left,
                output: frame.output,
                events: frame.events,
            },
            Some(Failure::Reverted) => Ended {
                failure,
                fuel_left,
                output: frame.output,
                events: Vec::new(),
            },
            Some(failure) => Ended::failed(failure, fuel_left),
        })
    }

    /// Runs an instance until it ends, and does what it asks for in between.
    fn drive(
        &mut self,
        store: &mut Store<Frame>,
        function: Func,
        depth: u32,
    ) -> Result<Option<Failure>, Halt> {
        let mut state = function.call_resumable(&mut *store, &[], &mut []);
        loop {
            let trap = match state {
                Ok(ResumableCall::Finished) => return Ok(None),
                Ok(ResumableCall::HostTrap(trap)) => trap,
                Ok(ResumableCall::OutOfFuel(_)) => return Ok(Some(Failure::Fuel)),
                Err(_) => return Ok(Some(Failure::Trapped)),
            };
            let Some(interrupt) = trap.host_error().downcast_ref::<Interrupt>().copied() else {
                return Ok(Some(Failure::Trapped));
            };
            let syscall = match interrupt {
                Interrupt::Syscall(syscall) => syscall,
                Interrupt::Return => return Ok(None),
                Interrupt::Revert => return Ok(Some(Failure::Reverted)),
                Interrupt::Fuel => return Ok(Some(Failure::Fuel)),
                Interrupt::Fault => return Ok(Some(Failure::Trapped)),
            };
            let answer = match self.answer(store, syscall, depth) {
                Ok(answer) => answer,
                // J5: nothing of the instance runs any more.
                Err(Stop::Halt(halt)) => return Err(halt),
                Err(Stop::Instance(Interrupt::Fuel)) => return Ok(Some(Failure::Fuel)),
                Err(Stop::Instance(_)) => return Ok(Some(Failure::Trapped)),
            };
            state = trap.resume(&mut *store, &[Val::I32(answer)], &mut []);
        }
    }

    fn answer(&mut self, store: &mut Store<Frame>, syscall: Syscall, depth: u32) -> Result<i32, Stop> {
        match syscall {
            Syscall::Get(key) => self.get(store, key),
            Syscall::Set(key, value) => self.set(store, key, Some(value)),
            Syscall::Remove(key) => self.set(store, key, None),
            Syscall::Balance(who, out) => self.balance(store, who, out),
            Syscall::Transfer(to, value) => self.transfer(store, to, value),
            Syscall::Call(to, value, input) => self.nest(store, to, value, input, depth),
        }
    }

    fn get(&mut self, store: &mut Store<Frame>, key: Span) -> Result<i32, Stop> {
        let key = stored_key(store, key)?;
        let Some(value) = self.journal.get(&key)? else {
            store.data_mut().buffer.clear();
            return Ok(NOT);
        };
        // No longer than a contract may store.
        let length = u32::try_from(value.len()).map_err(|_| Interrupt::Fault)?;
        spend(&mut *store, fuel_for(length))?;
        store.data_mut().buffer = value.to_vec();
        i32::try_from(length).map_err(|_| Interrupt::Fault.into())
    }

    fn set(&mut self, store: &mut Store<Frame>, key: Span, value: Option<Span>) -> Result<i32, Stop> {
        let key = stored_key(store, key)?;
        let value = match value {
            Some(span) => {
                // J16: a value is bounded.
                if span.len > MAX_STORED_BYTES {
                    return Err(Interrupt::Fault.into());
                }
                spend(&mut *store, fuel_for(span.len))?;
                Some(Value::from(read(&*store, span)?))
            }
            None => None,
        };
        self.journal.set(key, value)?;
        Ok(DONE)
    }

    fn balance(&mut self, store: &mut Store<Frame>, who: u32, out: u32) -> Result<i32, Stop> {
        spend(&mut *store, STATE_FUEL.saturating_add(fuel_for(48)))?;
        let who = address(store, who)?;
        let account = self.journal.account(&who)?;
        write(&mut *store, out, &account.balance.to_le_bytes())?;
        Ok(DONE)
    }

    fn transfer(&mut self, store: &mut Store<Frame>, to: u32, value: u32) -> Result<i32, Stop> {
        spend(
            &mut *store,
            STATE_FUEL.saturating_mul(2).saturating_add(fuel_for(48)),
        )?;
        let to = address(store, to)?;
        let value = u128::from_le_bytes(read_array(&*store, value)?);
        let from = store.data().contract;
        let paid = self.journal.pay(&from, &to, value)?;
        Ok(if paid { DONE } else { NOT })
    }

    /// Calls another contract with all of the fuel.
    fn nest(
        &mut self,
        store: &mut Store<Frame>,
        to: u32,
        value: u32,
        input: Span,
        depth: u32,
    ) -> Result<i32, Stop> {
        let bytes = input.len.saturating_add(48);
        // J16: an input is bounded, also here.
        if input.len > MAX_INPUT_BYTES {
            return Err(Interrupt::Fault.into());
        }
        spend(
            &mut *store,
            STATE_FUEL.saturating_mul(3).saturating_add(fuel_for(bytes)),
        )?;
        let contract = address(store, to)?;
        let value = u128::from_le_bytes(read_array(&*store, value)?);
        let input = read(&*store, input)?;
        store.data_mut().buffer.clear();
        let depth = depth.saturating_add(1);
        // J15: the depth of calls is bounded.
        if depth > MAX_CALL_DEPTH {
            return Ok(NOT);
        }
        let mark = self.journal.mark();
        let caller = store.data().contract;
        if !self.journal.pay(&caller, &contract, value)? {
            return Ok(NOT);
        }
        let Some(code) = self.journal.account(&contract)?.code else {
            return Ok(DONE);
        };
        let entry = Entry {
            caller,
            contract,
            code,
            value,
            input,
            export: crate::code::CALL,
            depth,
        };
        let fuel = store.get_fuel().map_err(|_| Interrupt::Fault)?;
        let mut ended = self.call(entry, fuel)?;
        // J10: there is one fuel for all. Nobody goes on when it is used up.
        if ended.failure == Some(Failure::Fuel) {
            return Err(Interrupt::Fuel.into());
        }
        store.set_fuel(ended.fuel_left).map_err(|_| Interrupt::Fault)?;
        // J9: the value comes back with the rest; the caller's own changes stay.
        if ended.failure.is_some() {
            self.journal.revert(mark);
        }
        let frame = store.data_mut();
        frame.buffer = mem::take(&mut ended.output);
        frame.events.append(&mut ended.events);
        Ok(match ended.failure {
            None => DONE,
            Some(Failure::Reverted) => REVERTED,
            Some(_) => TRAPPED,
        })
    }
}

/// Pays for a key and its place in the state, and returns the place.
fn stored_key(store: &mut Store<Frame>, span: Span) -> Result<decex_core::state::StateKey, Interrupt> {
    // J16: a key is bounded.
    if span.len > MAX_KEY_BYTES {
        return Err(Interrupt::Fault);
    }
    spend(&mut *store, STATE_FUEL.saturating_add(fuel_for(span.len)))?;
    let key = read(&*store, span)?;
    Ok(key::storage(&store.data().contract, &key))
}

fn address(store: &Store<Frame>, at: u32) -> Result<SenderId, Interrupt> {
    Ok(SenderId(Digest(read_array(store, at)?)))
}
