//! The server over a socket: framing, bounds, origins.

use crate::world::*;
use decex_evm_rpc::{Server, ServerError};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

fn start() -> Server {
    let World { api, .. } = World::filled();
    Server::start("127.0.0.1:0".parse().unwrap(), api).unwrap()
}

/// One request over HTTP: the status line with the headers, and the body.
fn post(address: SocketAddr, headers: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n{body}"
    );
    // The server may answer, and close, before it has read all of what is too long.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.to_ascii_lowercase(), body.to_owned())
}

fn ask(address: SocketAddr, request: Value) -> Value {
    serde_json::from_str(&post(address, "", &request.to_string()).1).unwrap()
}

#[test]
fn answers_single_requests_and_batches() {
    let server = start();
    let request = |id: u64, method: &str| json!({"jsonrpc": "2.0", "id": id, "method": method});
    let answer = ask(server.address(), request(5, "eth_chainId"));
    assert_eq!(answer, json!({"jsonrpc": "2.0", "id": 5, "result": "0xaf173"}));
    let batch = ask(
        server.address(),
        json!([request(1, "eth_blockNumber"), request(2, "eth_nothing")]),
    );
    assert_eq!(batch[0]["result"], "0x2");
    assert_eq!(
        (&batch[1]["id"], &batch[1]["error"]["code"]),
        (&json!(2), &json!(-32601))
    );
    let named = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_getBalance", "params": {"address": of(0)}});
    assert_eq!(ask(server.address(), named)["error"]["code"], -32602);
    let revert =
        json!({"to": hex_of(crate::common::PROBE), "data": hex_of(crate::common::call_data("fail()", &[]))});
    let revert = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [revert]});
    let error = ask(server.address(), revert)["error"].clone();
    assert_eq!(error["code"], 3);
    assert!(error["data"].as_str().unwrap().starts_with("0x"));
}

#[test]
fn what_is_no_request_and_what_is_too_much_is_refused() {
    let server = start();
    let parse = post(server.address(), "", "{").1;
    assert!(parse.contains("-32700"), "{parse}");
    let one = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"});
    let batch = ask(server.address(), Value::Array(vec![one.clone(); 65]));
    assert!(batch.get("error").is_some(), "{batch}");
    assert_eq!(
        ask(server.address(), Value::Array(vec![one.clone(); 64]))
            .as_array()
            .unwrap()
            .len(),
        64
    );
    let long = format!("[\"{}\"]", "0".repeat(3 << 20));
    let (head, body) = post(server.address(), "", &long);
    assert!(!body.contains("result") && !head.contains(" 200 "), "{head}");
    // It goes on.
    assert_eq!(ask(server.address(), one)["result"], "0xaf173");
}

#[test]
fn pages_of_any_origin_may_ask() {
    let server = start();
    let one = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}).to_string();
    let (head, _) = post(server.address(), "origin: https://dapp.example\r\n", &one);
    assert!(head.contains("access-control-allow-origin: *"), "{head}");
}

#[test]
fn a_taken_address_is_an_error_and_a_dropped_server_frees_it() {
    let server = start();
    let World { api, .. } = World::filled();
    assert!(matches!(
        Server::start(server.address(), api),
        Err(ServerError::Io(_))
    ));
    let address = server.address();
    drop(server);
    let gone = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        TcpStream::connect(address).is_err()
    });
    assert!(gone, "still listening");
}
