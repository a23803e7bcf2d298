//! Which WebAssembly modules a contract may be, and what compiles them.

use crate::host::{self, Frame, MODULE};
use crate::limits::{
    MAX_FUNCTIONS, MAX_GLOBALS, MAX_LOCALS, MAX_PAGES, MAX_PARAMETERS, MAX_RECURSION, MAX_SEGMENTS,
    MAX_STACK_BYTES, MAX_TABLE_ELEMENTS, MAX_TYPES,
};
use alloc::collections::BTreeMap;
use core::fmt;
use decex_core::state::Value;
use decex_core::{Digest, SenderId};
use wasmi::errors::{ErrorKind, InstantiationError};
use wasmi::{CompilationMode, Config, Engine, ExternType, Linker, Module, Store};
use wasmparser::{BinaryReaderError, Parser, Payload, TypeRef};

/// What runs when a contract is made.
pub(crate) const INIT: &str = "init";
/// What runs when a contract is called.
pub(crate) const CALL: &str = "call";
/// What runs when another chain asks something of the contract. The only export that a contract may lack.
pub(crate) const RECEIVE: &str = "receive";

/// Why code is not one that contracts may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum InvalidCode {
    /// J12: not a valid module, or one that uses what is not allowed here, floats above all.
    #[error("not a valid module, or it uses a feature that is off")]
    Module,
    /// J13: it has a start function.
    #[error("the module has a start function")]
    Start,
    /// J13: it imports something other than the host's functions.
    #[error("the module imports something that the host does not offer")]
    Import,
    /// J13: it lacks an export, or has it with another type.
    #[error("the module lacks a memory, `init` or `call`, or has one of them with another type")]
    Export,
    /// J14: it declares too much of something.
    #[error("the module declares too many {0}")]
    TooMany(Countable),
    /// J14: its segments do not fit into its memory or its table.
    #[error("a segment of the module does not fit")]
    Segment,
}

/// What a module can have too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Countable {
    /// Types of functions.
    Types,
    /// Parameters of a function.
    Parameters,
    /// Functions.
    Functions,
    /// Locals of a function.
    Locals,
    /// Globals.
    Globals,
    /// Elements of a table, or tables.
    TableElements,
    /// Segments of data or elements.
    Segments,
    /// Pages of memory, or memories.
    Pages,
}

impl fmt::Display for Countable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Types => "types",
            Self::Parameters => "parameters",
            Self::Functions => "functions",
            Self::Locals => "locals",
            Self::Globals => "globals",
            Self::TableElements => "table elements",
            Self::Segments => "segments",
            Self::Pages => "memory pages",
        })
    }
}

/// Compiles modules and remembers them. What is remembered is used for the same bytes only, so it makes no difference what is.
pub(crate) struct Workspace {
    engine: Engine,
    linker: Linker<Frame>,
    modules: BTreeMap<Digest, (Value, Module)>,
    /// Modules that the engine has compiled, the invalid ones included: it keeps them all.
    compiled: u32,
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace")
            .field("compiled", &self.compiled)
            .finish()
    }
}

impl Default for Workspace {
    fn default() -> Self {
        let engine = Engine::new(&config());
        let mut linker = Linker::new(&engine);
        // Fails only when a name is defined twice, which any test would show: every import would be missing.
        let _ = host::define(&mut linker);
        Self {
            engine,
            linker,
            modules: BTreeMap::new(),
            compiled: 0,
        }
    }
}

impl Workspace {
    /// Most modules to compile before everything is forgotten.
    const MOST: u32 = 64;

    /// To be called between transactions: bounds what is remembered.
    pub(crate) fn tidy(&mut self) {
        if self.compiled >= Self::MOST {
            *self = Self::default();
        }
    }

    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) const fn linker(&self) -> &Linker<Frame> {
        &self.linker
    }

    /// Returns code of the state compiled, `None` if it is not a module: no upload left such code there.
    pub(crate) fn compiled(&mut self, name: Digest, code: &Value) -> Option<Module> {
        if let Some((known, module)) = self.modules.get(&name)
            && known == code
        {
            return Some(module.clone());
        }
        self.compiled = self.compiled.saturating_add(1);
        let module = Module::new(&self.engine, code).ok()?;
        self.modules.insert(name, (code.clone(), module.clone()));
        Some(module)
    }

    /// Checks code that is to be uploaded.
    pub(crate) fn check(&mut self, code: &[u8]) -> Result<(), InvalidCode> {
        // Counted before anything is compiled, so that no module takes more than its bytes pay for.
        count(code)?;
        self.compiled = self.compiled.saturating_add(1);
        // J12: floats are off, and everything that is not needed.
        let module = Module::new(&self.engine, code).map_err(|_| InvalidCode::Module)?;
        check_imports(&module)?;
        check_exports(&module)?;
        self.try_out(&module)
    }

    /// Makes an instance, which runs nothing, to see that the imports have the right types and the segments fit.
    fn try_out(&self, module: &Module) -> Result<(), InvalidCode> {
        let nobody = SenderId::default();
        let mut store = Store::new(&self.engine, Frame::new([0; 24], nobody, nobody));
        store.limiter(|frame| &mut frame.limits);
        // The instance runs no code; it must not stop for want of fuel.
        let _ = store.set_fuel(u64::MAX);
        let made = self.linker.instantiate_and_start(&mut store, module);
        made.map(drop).map_err(|error| {
            let is_import = matches!(
                error.kind(),
                ErrorKind::Linker(_) | ErrorKind::Instantiation(InstantiationError::FuncTypeMismatch { .. })
            );
            if is_import {
                InvalidCode::Import
            } else {
                InvalidCode::Segment
            }
        })
    }
}

/// J12: the interpreter's settings. All that has not a fixed result, and all that no contract needs, is off.
fn config() -> Config {
    let mut config = Config::default();
    config
        .consume_fuel(true)
        .floats(false)
        .wasm_saturating_float_to_int(false)
        .wasm_multi_value(false)
        .wasm_multi_memory(false)
        .wasm_reference_types(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .allow_start_fn(false)
        .ignore_custom_sections(true)
        // Translated at once: when it is done later, the first call pays for it, and who is first depends on what is remembered.
        .compilation_mode(CompilationMode::Eager)
        // J15: what one instance can stack up.
        .set_max_recursion_depth(MAX_RECURSION)
        .set_max_stack_height(MAX_STACK_BYTES);
    config
}

/// J13: only functions of the host.
fn check_imports(module: &Module) -> Result<(), InvalidCode> {
    let is_ours = |import: wasmi::ImportType<'_>| import.module() == MODULE && import.ty().func().is_some();
    if module.imports().all(is_ours) {
        Ok(())
    } else {
        Err(InvalidCode::Import)
    }
}

/// J13: a memory, what makes and what calls the contract.
fn check_exports(module: &Module) -> Result<(), InvalidCode> {
    let is_entry = |name| {
        module.get_export(name).map(|export| {
            export
                .func()
                .is_some_and(|function| function.params().is_empty() && function.results().is_empty())
        })
    };
    let has_memory = matches!(module.get_export("memory"), Some(ExternType::Memory(_)));
    if has_memory
        && is_entry(INIT) == Some(true)
        && is_entry(CALL) == Some(true)
        && is_entry(RECEIVE) != Some(false)
    {
        Ok(())
    } else {
        Err(InvalidCode::Export)
    }
}

/// Returns the pages of memory that an instance begins with.
pub(crate) fn first_pages(module: &Module) -> u64 {
    match module.get_export("memory") {
        Some(ExternType::Memory(memory)) => memory.minimum(),
        Some(ExternType::Func(_) | ExternType::Table(_) | ExternType::Global(_)) | None => 0,
    }
}

/// J14: counts what a module declares, section by section.
fn count(code: &[u8]) -> Result<(), InvalidCode> {
    for payload in Parser::new(0).parse_all(code) {
        count_payload(payload.map_err(malformed)?)?;
    }
    Ok(())
}

fn malformed(_: BinaryReaderError) -> InvalidCode {
    InvalidCode::Module
}

const fn at_most(count: u32, most: u32, what: Countable) -> Result<(), InvalidCode> {
    if count > most {
        Err(InvalidCode::TooMany(what))
    } else {
        Ok(())
    }
}

fn count_payload(payload: Payload<'_>) -> Result<(), InvalidCode> {
    if let Payload::StartSection { .. } = payload {
        // J13: making an instance runs nothing.
        return Err(InvalidCode::Start);
    }
    if let Payload::TypeSection(types) = payload {
        at_most(types.count(), MAX_TYPES, Countable::Types)?;
        for function in types.into_iter_err_on_gc_types() {
            if function.map_err(malformed)?.params().len() > MAX_PARAMETERS {
                return Err(InvalidCode::TooMany(Countable::Parameters));
            }
        }
    } else if let Payload::ImportSection(imports) = payload {
        for import in imports {
            let TypeRef::Func(_) = import.map_err(malformed)?.ty else {
                return Err(InvalidCode::Import);
            };
        }
    } else if let Payload::FunctionSection(functions) = payload {
        at_most(functions.count(), MAX_FUNCTIONS, Countable::Functions)?;
    } else if let Payload::TableSection(tables) = payload {
        at_most(tables.count(), 1, Countable::TableElements)?;
        for table in tables {
            let least = table.map_err(malformed)?.ty.initial;
            if least > MAX_TABLE_ELEMENTS.into() {
                return Err(InvalidCode::TooMany(Countable::TableElements));
            }
        }
    } else if let Payload::MemorySection(memories) = payload {
        at_most(memories.count(), 1, Countable::Pages)?;
        for memory in memories {
            if memory.map_err(malformed)?.initial > MAX_PAGES.into() {
                return Err(InvalidCode::TooMany(Countable::Pages));
            }
        }
    } else if let Payload::GlobalSection(globals) = payload {
        at_most(globals.count(), MAX_GLOBALS, Countable::Globals)?;
    } else if let Payload::ElementSection(segments) = payload {
        at_most(segments.count(), MAX_SEGMENTS, Countable::Segments)?;
    } else if let Payload::DataSection(segments) = payload {
        at_most(segments.count(), MAX_SEGMENTS, Countable::Segments)?;
    } else if let Payload::CodeSectionEntry(body) = payload {
        let mut locals: u32 = 0;
        for group in body.get_locals_reader().map_err(malformed)? {
            let (count, _) = group.map_err(malformed)?;
            locals = locals.saturating_add(count);
        }
        at_most(locals, MAX_LOCALS, Countable::Locals)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut workspace = Workspace::default();
        for count in 1..=Workspace::MOST {
            assert_eq!(
                workspace
                    .compiled(Digest::ZERO, &Value::from_static(b"no module"))
                    .is_none(),
                count > 0
            );
            assert_eq!(workspace.compiled, count);
        }
        workspace.tidy();
        assert_eq!(workspace.compiled, 0);
    }
}
