use super::*;
use crate::ui::snapshot::tests::example;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

fn started() -> (Server, Published) {
    let published = Published::default();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    (Server::start(address, published.clone()).unwrap(), published)
}

/// Sends `head` and returns status, headers and body. `HOST` stands for the server's own.
fn ask(server: &Server, head: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = head.replace("HOST", &server.address().to_string());
    stream
        .write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

fn get(server: &Server, path: &str) -> (u16, String, String) {
    ask(server, &format!("GET {path} HTTP/1.1\r\nHost: HOST"))
}

#[test]
fn the_page_and_its_parts_are_served_as_what_they_are() {
    let (server, _) = started();
    for (path, kind, text) in [
        ("/", "text/html; charset=utf-8", PAGE),
        ("/page.css", "text/css; charset=utf-8", STYLE),
        ("/page.js", "text/javascript; charset=utf-8", SCRIPT),
    ] {
        let (status, head, body) = get(&server, path);
        assert_eq!((status, body.as_str()), (200, text), "{path}");
        for line in [
            &format!("content-type: {kind}"),
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'",
            "frame-ancestors 'none'",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(head.contains(line), "{path}: {line} is not in {head}");
        }
    }
}

#[test]
fn nothing_else_is_there() {
    let (server, _) = started();
    for path in [
        "/page.html",
        "/../Cargo.toml",
        "/snapshot.json/",
        "//",
        "/page.js%00",
    ] {
        assert_eq!(get(&server, path).0, 404, "{path}");
    }
}

#[test]
fn nothing_can_be_sent() {
    let (server, _) = started();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"] {
        let (status, head, _) = ask(&server, &format!("{method} / HTTP/1.1\r\nHost: HOST"));
        assert_eq!(status, 405, "{method}");
        assert!(head.contains("allow: get"), "{method}: {head}");
    }
}

#[test]
fn a_page_under_another_name_reads_nothing() {
    let (server, published) = started();
    published.publish("{}");
    let port = server.address().port();
    for host in [
        format!("evil.example:{port}"),
        "127.0.0.1".into(),
        format!("127.0.0.1:{}", port ^ 1),
        format!("127.0.0.1:{port}.evil.example"),
        String::new(),
    ] {
        let (status, _, body) = ask(&server, &format!("GET /snapshot.json HTTP/1.1\r\nHost: {host}"));
        assert_eq!((status, body.contains('{')), (421, false), "{host}");
    }
    // HTTP/1.0 lets it out.
    assert_eq!(ask(&server, "GET /snapshot.json HTTP/1.0").0, 421);
    for host in [format!("localhost:{port}"), format!("LocalHost:{port}")] {
        let asked = ask(&server, &format!("GET /snapshot.json HTTP/1.1\r\nHost: {host}"));
        assert_eq!(asked.0, 200, "{host}");
    }
}

#[test]
fn the_newest_snapshot_is_sent_unless_it_is_known() {
    let (server, published) = started();
    assert_eq!(get(&server, "/snapshot.json").0, 204, "nothing yet");
    published.publish("{\"slot\":1}");
    published.publish(&example().to_json());
    let (status, head, body) = get(&server, "/snapshot.json");
    assert_eq!((status, body), (200, example().to_json()));
    assert!(head.contains("content-type: application/json"));
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let known = format!("GET /snapshot.json HTTP/1.1\r\nHost: HOST\r\nIf-None-Match: {tag}");
    let (status, head, body) = ask(&server, &known);
    assert_eq!((status, body.as_str()), (304, ""));
    assert!(head.contains(tag));
    published.publish("{\"slot\":2}");
    let (status, _, body) = ask(&server, &known);
    assert_eq!((status, body.as_str()), (200, "{\"slot\":2}"));
}

#[test]
fn it_is_on_loopback_and_ends_when_it_is_dropped() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = Server::start(everywhere, Published::default()).unwrap_err();
    assert!(refused.to_string().contains("loopback alone"), "{refused}");
    let (server, _) = started();
    let address = server.address();
    let taken = Server::start(address, Published::default()).unwrap_err();
    assert!(taken.to_string().contains(&address.to_string()), "{taken}");
    // A visitor who keeps the connection does not keep the server.
    let mut idle = TcpStream::connect(address).unwrap();
    idle.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    drop(server);
    assert!(TcpStream::connect(address).is_err());
    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0);
}
