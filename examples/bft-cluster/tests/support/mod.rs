//! Raw JSON-RPC over HTTP, and the first account of the genesis file.
#![allow(dead_code, reason = "each test takes what it needs")]

use bft_cluster::wallet::{Order, Wallet};
use decex_evm::{Address, Bytes, TxKind};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

pub const CHAIN_ID: u64 = 717_171;
/// Of the mnemonic that everybody knows; no secret.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
pub const FIRST: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

pub fn first(chain_id: u64) -> Wallet {
    let key: [u8; 32] = hex::decode(KEY).expect("hex").try_into().expect("32 bytes");
    Wallet::try_from_bytes(&key, chain_id).expect("a key")
}

/// A payment of 5 wei to nobody in particular, as `eth_sendRawTransaction` takes it.
pub fn payment(wallet: &Wallet, nonce: u64) -> String {
    call(wallet, nonce, Address::repeat_byte(0xaa), 5)
}

pub fn call(wallet: &Wallet, nonce: u64, to: Address, value: u64) -> String {
    let order = Order {
        nonce,
        gas: 60_000,
        to: TxKind::Call(to),
        value,
        data: Bytes::new(),
    };
    format!("0x{}", hex::encode(wallet.sign(&order).expect("it signs")))
}

/// Where operators answer.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub SocketAddr);

impl Client {
    pub fn post(&self, body: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.0)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.0,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        match answer.split_once("\r\n\r\n") {
            Some((_, body)) => Ok(body.to_owned()),
            None => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn ask(&self, method: &str, params: &Value) -> Value {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer = self.post(&request.to_string()).expect("an answer");
        serde_json::from_str(&answer).expect("JSON")
    }

    pub fn get(&self, method: &str, params: Value) -> Value {
        let mut answer = self.ask(method, &params);
        assert!(answer.get("error").is_none(), "{method} {params}: {answer}");
        answer["result"].take()
    }

    /// Asks for what is refused: code and message.
    pub fn refused(&self, method: &str, params: Value) -> (i64, String) {
        let answer = self.ask(method, &params);
        let error = answer
            .get("error")
            .unwrap_or_else(|| panic!("{method} {params}: {answer}"));
        let message = error["message"].as_str().expect("a message");
        (error["code"].as_i64().expect("a code"), message.to_owned())
    }

    pub fn block_number(&self, tag: &str) -> u64 {
        number(&self.get("eth_getBlockByNumber", json!([tag, false]))["number"])
    }

    /// The block that a transaction was executed in.
    pub fn executed_in(&self, hash: &Value) -> Option<u64> {
        let receipt = self.get("eth_getTransactionReceipt", json!([hash]));
        (!receipt.is_null()).then(|| number(&receipt["blockNumber"]))
    }
}

pub fn number(quantity: &Value) -> u64 {
    let digits = quantity.as_str().and_then(|text| text.strip_prefix("0x"));
    u64::from_str_radix(digits.expect("a quantity"), 16).expect("a quantity")
}

pub fn eventually<T>(what: &str, patience: Duration, mut check: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(began.elapsed() < patience, "waiting for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
