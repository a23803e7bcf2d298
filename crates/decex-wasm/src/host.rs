//! What a contract can ask of its host.
//!
//! Functions that need no state answer at once. The others interrupt the instance with what they want ([`Syscall`]); the
//! [machine](crate::machine) does it and resumes the instance. So the state is never in the hands of the interpreter, and a halt
//! cannot get lost in it.

use crate::limits::{BYTE_FUEL, HOST_FUEL, MAX_EVENT_BYTES, MAX_OUTPUT_BYTES, MAX_PAGES, MAX_TABLE_ELEMENTS};
use crate::receipt::Event;
use alloc::vec::Vec;
use core::fmt;
use decex_core::SenderId;
use decex_core::execution::Context;
use wasmi::errors::{HostError, LinkerError};
use wasmi::{AsContext, AsContextMut, Caller, Error, Linker, Memory, StoreLimits, StoreLimitsBuilder};

/// The name of the module that all imports are from.
pub const MODULE: &str = "decex";

/// Bytes of a contract's memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) at: u32,
    pub(crate) len: u32,
}

/// What needs the state.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Syscall {
    Get(Span),
    Set(Span, Span),
    Remove(Span),
    Balance(u32, u32),
    Transfer(u32, u32),
    Call(u32, u32, Span),
}

/// Why an instance stops.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Interrupt {
    /// It wants something done, and goes on then.
    Syscall(Syscall),
    /// It is done; the output stands in the frame.
    Return,
    /// It wants its changes undone; the output stands in the frame.
    Revert,
    Fuel,
    /// It asked for what cannot be: memory that it does not have, more than a limit.
    Fault,
}

impl fmt::Display for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted by the host")
    }
}

impl HostError for Interrupt {}

/// What an instance is run for, and what it has left so far.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) caller: SenderId,
    pub(crate) contract: SenderId,
    pub(crate) value: u128,
    pub(crate) input: Vec<u8>,
    /// Number, slot and timestamp, 8 bytes each.
    pub(crate) block: [u8; 24],
    pub(crate) memory: Option<Memory>,
    /// What the last storage read or call brought.
    pub(crate) buffer: Vec<u8>,
    pub(crate) output: Vec<u8>,
    pub(crate) events: Vec<Event>,
    pub(crate) limits: StoreLimits,
}

impl Frame {
    pub(crate) fn new(block: [u8; 24], caller: SenderId, contract: SenderId) -> Self {
        Self {
            caller,
            contract,
            value: 0,
            input: Vec::new(),
            block,
            memory: None,
            buffer: Vec::new(),
            output: Vec::new(),
            events: Vec::new(),
            limits: limits(),
        }
    }
}

/// Returns what contracts see of the block: number, slot and timestamp.
pub(crate) fn block_of(context: &Context) -> [u8; 24] {
    let times = [context.number.0, context.slot.0, context.timestamp.0];
    let mut block = [0; 24];
    for (place, time) in block.chunks_exact_mut(8).zip(times) {
        place.copy_from_slice(&time.to_le_bytes());
    }
    block
}

/// J14: what an instance can grow to.
fn limits() -> StoreLimits {
    let bytes = u64::from(MAX_PAGES).saturating_mul(65_536);
    StoreLimitsBuilder::new()
        .memory_size(usize::try_from(bytes).unwrap_or(usize::MAX))
        .table_elements(usize::try_from(MAX_TABLE_ELEMENTS).unwrap_or(usize::MAX))
        .instances(1)
        .tables(1)
        .memories(1)
        .build()
}

/// J10: fuel for a host function that handles so many bytes.
pub(crate) fn fuel_for(bytes: u32) -> u64 {
    HOST_FUEL.saturating_add(BYTE_FUEL.saturating_mul(bytes.into()))
}

/// J10: takes fuel, or stops the instance.
pub(crate) fn spend(mut context: impl AsContextMut<Data = Frame>, amount: u64) -> Result<(), Interrupt> {
    let mut context = context.as_context_mut();
    let left = context.get_fuel().map_err(|_| Interrupt::Fault)?;
    let rest = left.checked_sub(amount).ok_or(Interrupt::Fuel)?;
    context.set_fuel(rest).map_err(|_| Interrupt::Fault)
}

/// Reads memory. The caller has paid for the bytes.
pub(crate) fn read(context: impl AsContext<Data = Frame>, span: Span) -> Result<Vec<u8>, Interrupt> {
    let context = context.as_context();
    let memory = context.data().memory.ok_or(Interrupt::Fault)?;
    let at = usize::try_from(span.at).map_err(|_| Interrupt::Fault)?;
    let len = usize::try_from(span.len).map_err(|_| Interrupt::Fault)?;
    let end = at.checked_add(len).ok_or(Interrupt::Fault)?;
    let bytes = memory.data(context).get(at..end).ok_or(Interrupt::Fault)?;
    Ok(bytes.to_vec())
}

/// Reads so many bytes of memory.
pub(crate) fn read_array<const N: usize>(
    context: impl AsContext<Data = Frame>,
    at: u32,
) -> Result<[u8; N], Interrupt> {
    let len = u32::try_from(N).map_err(|_| Interrupt::Fault)?;
    let bytes = read(context, Span { at, len })?;
    bytes.try_into().map_err(|_| Interrupt::Fault)
}

/// Writes memory. The caller has paid for the bytes.
pub(crate) fn write(
    mut context: impl AsContextMut<Data = Frame>,
    at: u32,
    bytes: &[u8],
) -> Result<(), Interrupt> {
    let mut context = context.as_context_mut();
    let memory = context.data().memory.ok_or(Interrupt::Fault)?;
    let at = usize::try_from(at).map_err(|_| Interrupt::Fault)?;
    memory
        .write(&mut context, at, bytes)
        .map_err(|_| Interrupt::Fault)
}

fn length(bytes: &[u8]) -> u32 {
    // Everything that a frame holds is far shorter.
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// Pays for bytes and writes them to memory.
fn give(mut caller: Caller<'_, Frame>, at: u32, bytes: &[u8]) -> Result<(), Error> {
    spend(&mut caller, fuel_for(length(bytes))).map_err(Error::host)?;
    write(&mut caller, at, bytes).map_err(Error::host)
}

/// J16: pays for bytes that the contract hands out, and reads them.
fn take(caller: &mut Caller<'_, Frame>, span: Span, most: u32) -> Result<Vec<u8>, Interrupt> {
    if span.len > most {
        return Err(Interrupt::Fault);
    }
    spend(&mut *caller, fuel_for(span.len))?;
    read(&*caller, span)
}

fn end(mut caller: Caller<'_, Frame>, span: Span, how: Interrupt) -> Error {
    match take(&mut caller, span, MAX_OUTPUT_BYTES) {
        Ok(output) => {
            caller.data_mut().output = output;
            Error::host(how)
        }
        Err(interrupt) => Error::host(interrupt),
    }
}

fn stop(syscall: Syscall) -> Error {
    Error::host(Interrupt::Syscall(syscall))
}

/// J13: defines everything that a contract may import.
pub(crate) fn define(linker: &mut Linker<Frame>) -> Result<(), LinkerError> {
    define_reads(linker)?;
    linker
        .func_wrap(
            MODULE,
            "emit",
            |mut caller: Caller<'_, Frame>, at: u32, len: u32| {
                let data = take(&mut caller, Span { at, len }, MAX_EVENT_BYTES).map_err(Error::host)?;
                let frame = caller.data_mut();
                let contract = frame.contract;
                frame.events.push(Event { contract, data });
                Ok::<(), Error>(())
            },
        )?
        .func_wrap(
            MODULE,
            "finish",
            |caller: Caller<'_, Frame>, at: u32, len: u32| {
                Err::<(), Error>(end(caller, Span { at, len }, Interrupt::Return))
            },
        )?
        .func_wrap(
            MODULE,
            "revert",
            |caller: Caller<'_, Frame>, at: u32, len: u32| {
                Err::<(), Error>(end(caller, Span { at, len }, Interrupt::Revert))
            },
        )?
        .func_wrap(MODULE, "get", |at: u32, len: u32| {
            Err::<i32, Error>(stop(Syscall::Get(Span { at, len })))
        })?
        .func_wrap(MODULE, "set", |at: u32, len: u32, value: u32, size: u32| {
            let value = Span { at: value, len: size };
            Err::<i32, Error>(stop(Syscall::Set(Span { at, len }, value)))
        })?
        .func_wrap(MODULE, "remove", |at: u32, len: u32| {
            Err::<i32, Error>(stop(Syscall::Remove(Span { at, len })))
        })?
        .func_wrap(MODULE, "balance", |who: u32, out: u32| {
            Err::<i32, Error>(stop(Syscall::Balance(who, out)))
        })?
        .func_wrap(MODULE, "transfer", |to: u32, value: u32| {
            Err::<i32, Error>(stop(Syscall::Transfer(to, value)))
        })?
        .func_wrap(MODULE, "call", |to: u32, value: u32, at: u32, len: u32| {
            Err::<i32, Error>(stop(Syscall::Call(to, value, Span { at, len })))
        })?;
    Ok(())
}

/// Defines the functions that only read what the frame knows.
fn define_reads(linker: &mut Linker<Frame>) -> Result<(), LinkerError> {
    linker
        .func_wrap(MODULE, "input_len", |caller: Caller<'_, Frame>| {
            length(&caller.data().input)
        })?
        .func_wrap(MODULE, "input", |mut caller: Caller<'_, Frame>, at: u32| {
            let bytes = core::mem::take(&mut caller.data_mut().input);
            let given = give_back(&mut caller, at, &bytes);
            caller.data_mut().input = bytes;
            given
        })?
        .func_wrap(MODULE, "buffer_len", |caller: Caller<'_, Frame>| {
            length(&caller.data().buffer)
        })?
        .func_wrap(MODULE, "buffer", |mut caller: Caller<'_, Frame>, at: u32| {
            let bytes = core::mem::take(&mut caller.data_mut().buffer);
            let given = give_back(&mut caller, at, &bytes);
            caller.data_mut().buffer = bytes;
            given
        })?
        .func_wrap(MODULE, "caller", |caller: Caller<'_, Frame>, at: u32| {
            let address = caller.data().caller;
            give(caller, at, address.0.as_bytes())
        })?
        .func_wrap(MODULE, "address", |caller: Caller<'_, Frame>, at: u32| {
            let address = caller.data().contract;
            give(caller, at, address.0.as_bytes())
        })?
        .func_wrap(MODULE, "value", |caller: Caller<'_, Frame>, at: u32| {
            let value = caller.data().value;
            give(caller, at, &value.to_le_bytes())
        })?
        .func_wrap(MODULE, "block", |caller: Caller<'_, Frame>, at: u32| {
            let block = caller.data().block;
            give(caller, at, &block)
        })?;
    Ok(())
}

fn give_back(caller: &mut Caller<'_, Frame>, at: u32, bytes: &[u8]) -> Result<(), Error> {
    spend(&mut *caller, fuel_for(length(bytes))).map_err(Error::host)?;
    write(&mut *caller, at, bytes).map_err(Error::host)
}
