//! Contracts that send and receive, in the EVM's own code.

use super::send_data;
use decex_evm::{Address, SEND};

/// Passes a call of `send` on with all its value, and what comes back; writes down anything else that it is told, and answers "ok".
pub(crate) const RELAYS: Address = Address::repeat_byte(0xc0);
/// Passes it on, then reverts.
pub(crate) const REVERTS_AFTER: Address = Address::repeat_byte(0xc1);
/// Passes it on, then burns all gas.
pub(crate) const BURNS_AFTER: Address = Address::repeat_byte(0xc2);
/// Passes it on twice, each with half of the value. Returns success and number of each.
pub(crate) const SENDS_TWICE: Address = Address::repeat_byte(0xc3);
/// Calls [`REVERTS_AFTER`] with half of the value, swallows its failure, then passes it on itself with the other half.
pub(crate) const CATCHES: Address = Address::repeat_byte(0xc4);
pub(crate) const BY_STATICCALL: Address = Address::repeat_byte(0xc5);
pub(crate) const BY_DELEGATECALL: Address = Address::repeat_byte(0xc6);
pub(crate) const BY_CALLCODE: Address = Address::repeat_byte(0xc7);
/// Writes down what it is told: 0 hash of the call data, 1 value, 2 caller. Logs the call data and answers "ok".
pub(crate) const TELLS: Address = Address::repeat_byte(0xc8);
pub(crate) const REVERTS: Address = Address::repeat_byte(0xc9);
pub(crate) const LOOPS: Address = Address::repeat_byte(0xca);
/// Writes one slot and returns nothing.
pub(crate) const SAYS_NOTHING: Address = Address::repeat_byte(0xcb);
/// Answers with as many bytes as the first word of the call data's last 32 bytes says.
pub(crate) const SAYS_MUCH: Address = Address::repeat_byte(0xcc);
/// Whatever it is told, sends a request with all that came, twice; writes down whether each was sent; answers "ok".
pub(crate) const SENDS_BACK: Address = Address::repeat_byte(0xcd);
/// Reads 200 slots.
pub(crate) const READS: Address = Address::repeat_byte(0xce);
/// Destroys itself in favour of the messenger.
pub(crate) const DESTROYS: Address = Address::repeat_byte(0xcf);
/// Pays half of what came to the fee recipient, answers "ok".
pub(crate) const TIPS: Address = Address::repeat_byte(0xd0);

/// Copies the call data to memory.
const COPY: &str = "365f5f37";
/// Copies what came back to memory.
const COPY_BACK: &str = "3d5f5f3e";
/// Returns "ok" as `bytes`.
const OK: &str = "60205f52 6002602052 616f6b60f01b604052 60605ff3";
const HALF: &str = "60023404";

/// Calls `to` with the call data in memory; leaves whether it succeeded. What comes back goes to `back`, 32 bytes.
fn call(value: &str, to: &str, back: &str) -> String {
    format!("6020{back}365f{value}{to}5af1")
}

const MESSENGER: &str = "610801";
const NOWHERE: &str = "611000";

#[derive(Default)]
struct Asm(Vec<u8>);

impl Asm {
    fn then(mut self, code: &str) -> Self {
        self.0.extend(hex::decode(code.replace(' ', "")).unwrap());
        self
    }

    /// Goes on with `yes` or with `no`, by what is on the stack. Both end by themselves.
    fn branch(mut self, yes: impl FnOnce(Self) -> Self, no: impl FnOnce(Self) -> Self) -> Self {
        let place = self.0.len();
        self = self.then("610000 57");
        self = no(self);
        let target = u16::try_from(self.0.len()).unwrap().to_be_bytes();
        self.0[place + 1..place + 3].copy_from_slice(&target);
        yes(self.then("5b"))
    }
}

fn start(code: &str) -> Asm {
    Asm::default().then(code)
}

/// Writes down what it is told, and answers.
fn tells(asm: Asm) -> Asm {
    asm.then(COPY)
        .then("365f205f55 34600155 33600255 365fa0")
        .then(OK)
}

fn pass_on(asm: Asm, call: &str) -> Asm {
    let back = asm.then(COPY).then(call).then(COPY_BACK);
    back.branch(|asm| asm.then("3d5ff3"), |asm| asm.then("3d5ffd"))
}

fn relays() -> Asm {
    let selector = hex::encode(SEND);
    start(&format!("5f3560e01c63{selector}14"))
        .branch(|asm| pass_on(asm, &call("34", MESSENGER, NOWHERE)), tells)
}

fn sends_twice() -> Asm {
    start(COPY)
        .then(&call(HALF, MESSENGER, "611020"))
        .then("61100052")
        .then(&call(HALF, MESSENGER, "611060"))
        .then("61104052 6080611000f3")
}

fn catches() -> Asm {
    let inner = format!("73{}", hex::encode(REVERTS_AFTER));
    let swallowed = start(COPY).then(&call(HALF, &inner, NOWHERE)).then("50");
    pass_on(swallowed, &call(HALF, MESSENGER, NOWHERE))
}

fn sends_back() -> Asm {
    let data = send_data(super::CHANNEL.0, 77, b"back");
    let length = u16::try_from(data.len()).unwrap();
    let call = |value: &str| format!("5f5f 61{length:04x} 5f {value} 610801 5a f1");
    let code = |offset: u16| {
        start(&format!("61{length:04x}61{offset:04x}5f39"))
            .then(&call("34"))
            .then("5f55")
            // Nothing is left for the fees of a second one.
            .then(&call("5f"))
            .then("600155")
            .then(OK)
    };
    let offset = u16::try_from(code(0).0.len()).unwrap();
    let mut code = code(offset);
    code.0.extend(data);
    code
}

fn reads() -> Asm {
    // PUSH1 200; loop: DUP1 SLOAD POP; PUSH1 1 SWAP1 SUB; DUP1 PUSH1 2 JUMPI
    start("60c8 5b 805450 60019003 80600257").then(OK)
}

pub(super) fn all() -> Vec<(Address, Vec<u8>)> {
    let relay = call("34", MESSENGER, NOWHERE);
    let without_value = |op: &str| format!("6020{NOWHERE}365f{MESSENGER}5a{op}");
    let all = [
        (RELAYS, relays()),
        (REVERTS_AFTER, start(COPY).then(&relay).then("5f5ffd")),
        (BURNS_AFTER, {
            let sent = start(COPY).then(&relay).then("50");
            let place = sent.0.len();
            sent.then(&format!("5b60{place:02x}56"))
        }),
        (SENDS_TWICE, sends_twice()),
        (CATCHES, catches()),
        (BY_STATICCALL, pass_on(Asm::default(), &without_value("fa"))),
        (BY_DELEGATECALL, pass_on(Asm::default(), &without_value("f4"))),
        (
            BY_CALLCODE,
            pass_on(Asm::default(), &relay.replace("5af1", "5af2")),
        ),
        (TELLS, tells(Asm::default())),
        (REVERTS, start("60015f55 5f5ffd")),
        (LOOPS, start("5b5f56")),
        (SAYS_NOTHING, start("60015f55 00")),
        // Length: the last word of the call data.
        (
            SAYS_MUCH,
            start("60205f52 6020360335 80602052 601f0160051c60051b 604001 5ff3"),
        ),
        (SENDS_BACK, sends_back()),
        (READS, reads()),
        (DESTROYS, start("610801ff")),
        (TIPS, {
            let recipient = hex::encode(decex_evm::FEE_RECIPIENT);
            start(&format!("5f5f5f5f{HALF}73{recipient}5af150")).then(OK)
        }),
    ];
    all.map(|(address, code)| (address, code.0)).into()
}
