//! The address that sends: a precompile that asks the domain's end of a channel, and what a transaction leaves for it to send.
//!
//! What a call sends is kept as the log [`Sent`](encode_log), and how many it has sent in the transient storage of the messenger. Both
//! are in revm's journal, so a revert of any outer frame takes them back with the money, and nothing here has to follow
//! frames. Nobody else can write either: the messenger has no code, and is refused by delegation.

use crate::abi::{self, Reader, Writer};
use crate::apply::sender_of;
use crate::database::{Database, Outflow, StateHalt};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use decex_core::codec::BoundedBytes;
use decex_core::execution::Context;
use decex_core::id::{Balance, ConsensusNumber};
use decex_core::message::{ChannelId, MAX_DATA_BYTES, MessageNumber, PartyId, Request};
use decex_core::state::{Halt, ReadError};
use decex_messaging::end::{self, Quote};
use revm::context::result::{ExecutionResult, ResultAndState};
use revm::context::{BlockEnv, CfgEnv, Context as EvmContext, ContextTr, Journal, LocalContext, TxEnv};
use revm::context_interface::JournalTr;
use revm::handler::{EthPrecompiles, PrecompileProvider, precompile_output_to_interpreter_result};
use revm::interpreter::{CallInputs, InterpreterResult};
use revm::precompile::{PrecompileHalt, PrecompileOutput};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Address, AddressSet, B256, Log, LogData, U256};

/// The address that contracts and accounts call to send messages, and that calls contracts for messages that come in. No account
/// stands there: contracts see no code, and the balance is what the transaction has sent so far.
pub const MESSENGER: Address = Address::new([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 1]);

/// `send(uint64,bytes32,uint64,bytes)`.
pub const SEND: [u8; 4] = [0x14, 0x1f, 0x12, 0xaa];
/// `quote(uint64)`.
pub const QUOTE: [u8; 4] = [0x8f, 0xf6, 0x2c, 0x96];
/// The first topic of `Sent(uint64,uint64,address,bytes32,uint256,uint256,uint64,bytes)`.
pub const SENT: B256 = B256::new(
    *b"\x99\xec\x4b\x7d\xa1\x3f\x8d\x67\x51\xa3\xe0\x9a\x40\xb8\x44\xdd\xb3\xb8\xc6\x35\x65\xab\xdc\xdb\x14\x3d\x90\x08\xf1\x0b\x4e\x86",
);

/// Gas of `quote`, and of a call that is refused: two keys are read, 3 KB of witness at most.
pub const QUOTE_GAS: u64 = 5_000;
/// Gas of `send` without data: four keys written, one of them new and kept until the answer.
pub const SEND_GAS: u64 = 60_000;
/// Gas of `send` for each byte of data: it is stored, logged, hashed, and stands in the witness of whoever writes there next.
pub const SEND_BYTE_GAS: u64 = 40;

/// Where the messenger's transient storage counts all sends of the transaction; those of a channel stand under its number.
const ALL: U256 = U256::MAX;

/// What a transaction runs in.
type Frame<'d, 's> = EvmContext<
    BlockEnv,
    TxEnv,
    CfgEnv,
    &'d mut Database<'s>,
    Journal<&'d mut Database<'s>>,
    (),
    LocalContext,
>;

/// Ethereum's precompiles and the messenger.
pub(crate) struct Precompiles<'s> {
    ethereum: EthPrecompiles,
    addresses: &'s AddressSet,
}

impl<'s> Precompiles<'s> {
    pub(crate) fn new(spec: SpecId, addresses: &'s AddressSet) -> Self {
        Self {
            ethereum: EthPrecompiles::new(spec),
            addresses,
        }
    }
}

/// Returns the addresses that are warm in every transaction.
pub(crate) fn addresses(spec: SpecId) -> AddressSet {
    let mut addresses = EthPrecompiles::new(spec).warm_addresses().clone();
    addresses.insert(MESSENGER);
    addresses
}

impl<'d, 's> PrecompileProvider<Frame<'d, 's>> for Precompiles<'_> {
    type Output = InterpreterResult;

    fn set_spec(&mut self, _: SpecId) -> bool {
        // Fixed for the life of the engine, whose journal knows the addresses already.
        false
    }

    fn run(
        &mut self,
        frame: &mut Frame<'d, 's>,
        inputs: &CallInputs,
    ) -> Result<Option<InterpreterResult>, String> {
        if inputs.bytecode_address != MESSENGER {
            return self.ethereum.run(frame, inputs);
        }
        // V9: the database remembers the halt; this ends the transaction.
        let output = answer(frame, inputs).map_err(|halt| halt.to_string())?;
        Ok(Some(precompile_output_to_interpreter_result(
            output,
            inputs.gas_limit,
        )))
    }

    fn warm_addresses(&self) -> &AddressSet {
        self.addresses
    }
}

/// What is asked of the messenger.
enum Call {
    Send {
        channel: ChannelId,
        recipient: PartyId,
        deadline: ConsensusNumber,
        data: BoundedBytes<MAX_DATA_BYTES>,
    },
    Quote {
        channel: ChannelId,
    },
}

/// Why the messenger reverts.
#[derive(Clone, Copy)]
struct Reason(&'static str);

/// V15: one of the two functions, its arguments in the standard ABI.
fn decode(input: &[u8]) -> Result<Call, Reason> {
    let malformed = Reason("messenger: not a call of send or quote");
    let (selector, arguments) = input.split_at_checked(4).ok_or(malformed)?;
    let mut reader = Reader::new(arguments);
    if selector == QUOTE {
        let channel = ChannelId(reader.number().ok_or(malformed)?);
        return Ok(Call::Quote { channel });
    }
    if selector != SEND {
        return Err(malformed);
    }
    let channel = ChannelId(reader.number().ok_or(malformed)?);
    let recipient = PartyId(reader.word().ok_or(malformed)?.to_be_bytes::<32>().into());
    let deadline = ConsensusNumber(reader.number().ok_or(malformed)?);
    let data = reader.bytes().ok_or(malformed)?;
    // V15: no more data than a request holds. Looked at before it is copied.
    let fits = u32::try_from(data.len()).is_ok_and(|length| length <= MAX_DATA_BYTES);
    let data = fits.then(|| BoundedBytes::new(data.to_vec())).flatten();
    Ok(Call::Send {
        channel,
        recipient,
        deadline,
        data: data.ok_or(Reason("messenger: data over 1,024 bytes"))?,
    })
}

fn answer(frame: &mut Frame<'_, '_>, inputs: &CallInputs) -> Result<PrecompileOutput, StateHalt> {
    let call = decode(&inputs.input.as_bytes(frame));
    // V18: paid before anything is read.
    let gas = gas(&call);
    if inputs.gas_limit < gas {
        return Ok(PrecompileOutput::halt(PrecompileHalt::OutOfGas, inputs.reservoir));
    }
    let said = match call {
        // V15: by CALL alone. By delegation the messenger would act in the name, and with the money, of another call.
        Ok(_) if inputs.target_address != MESSENGER => Err(Reason("messenger: called by delegation")),
        Ok(Call::Quote { .. }) if inputs.call_value() != U256::ZERO => {
            Err(Reason("messenger: quote takes no value"))
        }
        Ok(Call::Quote { channel }) => Ok(quote(frame, channel)?),
        // V15: what changes nothing sends nothing.
        Ok(Call::Send { .. }) if inputs.is_static => Err(Reason("messenger: send in a static call")),
        Ok(Call::Send {
            channel,
            recipient,
            deadline,
            data,
        }) => {
            let request = Request {
                sender: PartyId(sender_of(&inputs.caller).0),
                recipient,
                value: Balance::ZERO,
                deadline,
                data,
            };
            send(frame, channel, request, inputs.call_value())?
        }
        Err(reason) => Err(reason),
    };
    Ok(match said {
        Ok(output) => PrecompileOutput::new(gas, output.into(), inputs.reservoir),
        Err(Reason(text)) => PrecompileOutput::revert(QUOTE_GAS, abi::reason(text).into(), inputs.reservoir),
    })
}

/// V18: what a call costs.
fn gas(call: &Result<Call, Reason>) -> u64 {
    match call {
        Ok(Call::Send { data, .. }) => u64::try_from(data.len())
            .unwrap_or(u64::MAX)
            .saturating_mul(SEND_BYTE_GAS)
            .saturating_add(SEND_GAS),
        Ok(Call::Quote { .. }) | Err(_) => QUOTE_GAS,
    }
}

/// What stands between a sender and a channel.
struct Terms {
    quote: Quote,
    /// Requests of this transaction that go before.
    before: u64,
    /// Whether the channel takes one more.
    has_room: bool,
    /// Whether the outbox does.
    outbox: bool,
}

/// V16: reads the channel, and counts what this transaction has sent.
fn terms(frame: &mut Frame<'_, '_>, channel: ChannelId) -> Result<Option<Terms>, StateHalt> {
    let read = frame.db_mut().read(|state| {
        let quote = end::quote(state, channel)?;
        Ok((quote, end::outbox_room(state)?))
    });
    let (Some(quote), outbox) = read? else {
        return Ok(None);
    };
    let before = count(frame, U256::from(channel.0));
    let all = count(frame, ALL);
    Ok(Some(Terms {
        quote,
        before,
        has_room: before < u64::from(quote.room),
        outbox: all < u64::from(outbox),
    }))
}

/// Reads a counter of the transaction. It counts calls that each cost gas, so it fits.
fn count(frame: &mut Frame<'_, '_>, slot: U256) -> u64 {
    frame.journal_mut().tload(MESSENGER, slot).saturating_to()
}

fn quote(frame: &mut Frame<'_, '_>, channel: ChannelId) -> Result<Vec<u8>, StateHalt> {
    let terms = terms(frame, channel)?;
    let open = terms.is_some();
    let fees = terms.as_ref().map_or(Balance::ZERO, |terms| terms.quote.fees);
    let has_room = terms.is_some_and(|terms| terms.has_room && terms.outbox);
    Ok(Writer::default()
        .number(open.into())
        .word(U256::from(fees.0))
        .number(has_room.into())
        .finish())
}

/// V16: judges a request as `end::send` is going to, and notes it. The money has come with the call.
fn send(
    frame: &mut Frame<'_, '_>,
    channel: ChannelId,
    request: Request,
    paid: U256,
) -> Result<Result<Vec<u8>, Reason>, StateHalt> {
    let Some(terms) = terms(frame, channel)? else {
        return Ok(Err(Reason("messenger: the channel is not open")));
    };
    // V16: N2, those that go before in this transaction counted.
    if !terms.has_room {
        return Ok(Err(Reason("messenger: the channel has no room")));
    }
    // V16: N4 likewise.
    if !terms.outbox {
        return Ok(Err(Reason("messenger: the outbox holds no more")));
    }
    // V16: N3. No account has more than 128 bits.
    let fees = terms.quote.fees;
    let value = u128::try_from(paid)
        .ok()
        .and_then(|paid| paid.checked_sub(fees.0));
    let Some(value) = value.map(Balance) else {
        return Ok(Err(Reason("messenger: the value does not cover the fees")));
    };
    let number = MessageNumber(terms.quote.next.0.saturating_add(terms.before));
    let outgoing = Outgoing {
        channel,
        number,
        fees,
        request: Request { value, ..request },
    };
    let journal = frame.journal_mut();
    for slot in [U256::from(channel.0), ALL] {
        let count = journal.tload(MESSENGER, slot).saturating_add(U256::ONE);
        journal.tstore(MESSENGER, slot, count);
    }
    journal.log(encode_log(&outgoing));
    Ok(Ok(Writer::default().number(number.0).finish()))
}

/// A request that a transaction has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) channel: ChannelId,
    pub(crate) number: MessageNumber,
    pub(crate) fees: Balance,
    pub(crate) request: Request,
}

/// V17: the log of a request says all of it.
fn encode_log(outgoing: &Outgoing) -> Log {
    let Outgoing {
        channel,
        number,
        fees,
        request,
    } = outgoing;
    let topics = [
        SENT,
        B256::from(U256::from(channel.0)),
        B256::from(U256::from(number.0)),
        B256::new(request.sender.0.0),
    ];
    let data = Writer::default()
        .word(U256::from_be_bytes(request.recipient.0.0))
        .word(U256::from(request.value.0))
        .word(U256::from(fees.0))
        .number(request.deadline.0)
        .bytes(5, &request.data)
        .finish();
    Log {
        address: MESSENGER,
        data: LogData::new_unchecked(topics.to_vec(), data.into()),
    }
}

fn decode_log(log: &Log) -> Option<Outgoing> {
    let [_, channel, number, sender] = log.topics() else {
        return None;
    };
    let mut reader = Reader::new(&log.data.data);
    let recipient = PartyId(reader.word()?.to_be_bytes::<32>().into());
    let (value, fees) = (Balance(reader.amount()?), Balance(reader.amount()?));
    let deadline = ConsensusNumber(reader.number()?);
    let data = BoundedBytes::new(reader.bytes()?.to_vec())?;
    Some(Outgoing {
        channel: ChannelId(abi::number(channel)?),
        number: MessageNumber(abi::number(number)?),
        fees,
        request: Request {
            sender: PartyId(sender_of(&abi::address(sender)?).0),
            recipient,
            value,
            deadline,
            data,
        },
    })
}

/// Returns what an execution sends: nothing unless it succeeded, and what no revert took back.
fn outgoing(result: &ExecutionResult) -> Result<Vec<Outgoing>, Halt> {
    let ExecutionResult::Success { logs, .. } = result else {
        return Ok(Vec::new());
    };
    let sent = logs.iter().filter(|log| log.address == MESSENGER);
    // Nobody else logs there.
    sent.map(|log| decode_log(log).ok_or(Halt::Read(ReadError::Backend)))
        .collect()
}

/// Writes what an execution changed, and sends what it left to be sent. `entered` is what came with a message.
pub(crate) fn commit(
    context: &Context,
    database: &mut Database<'_>,
    result: &ResultAndState,
    entered: Balance,
) -> Result<Outflow, Halt> {
    let outgoing = outgoing(&result.result)?;
    let costs = outgoing
        .iter()
        .map(|outgoing| (outgoing.request.value, outgoing.fees));
    // Each was paid from a balance, and all balances fit.
    let left = costs.fold(0u128, |sum, (value, fees)| {
        sum.saturating_add(value.0).saturating_add(fees.0)
    });
    let outflow = database.commit(&result.state, entered.0, left)?;
    for Outgoing {
        channel,
        number,
        request,
        ..
    } in outgoing
    {
        // V16: as it was promised. The end is as it was: no contract reaches it.
        if end::send(context, database.state(), channel, request)? != Ok(number) {
            return Err(Halt::Read(ReadError::Backend));
        }
    }
    Ok(outflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use revm::primitives::keccak256;

    #[test]
    fn the_constants_are_derived() {
        let selector = |signature: &str| keccak256(signature)[..4].to_vec();
        assert_eq!(selector("send(uint64,bytes32,uint64,bytes)"), SEND);
        assert_eq!(selector("quote(uint64)"), QUOTE);
        assert_eq!(selector("Error(string)"), abi::reason("")[..4]);
        let sent = "Sent(uint64,uint64,address,bytes32,uint256,uint256,uint64,bytes)";
        assert_eq!(keccak256(sent), SENT);
    }

    #[test]
    fn v17_a_log_says_all_of_a_request() {
        for length in [0, 1, 32, 1_024] {
            let outgoing = Outgoing {
                channel: ChannelId(u64::MAX),
                number: MessageNumber(u64::MAX),
                fees: Balance(u128::MAX),
                request: Request {
                    sender: PartyId(sender_of(&Address::repeat_byte(3)).0),
                    recipient: PartyId([0xee; 32].into()),
                    value: Balance(u128::MAX),
                    deadline: ConsensusNumber(u64::MAX),
                    data: BoundedBytes::new(alloc::vec![9; length]).unwrap(),
                },
            };
            assert_eq!(decode_log(&encode_log(&outgoing)), Some(outgoing));
        }
    }
}
