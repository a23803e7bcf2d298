//! Serves the page and the newest snapshot, to this machine alone.
//!
//! Whoever can open a socket on this machine can read; nobody can change anything, and there is nothing secret to read. What is kept
//! out are other pages in the browser of whoever looks: a name that suddenly resolves to loopback (DNS rebinding) brings another `Host`.

use crate::problem::Problem;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use decex_core::hash::digest;
use decex_core::label::LEDGER_KEY;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// The page, its style and its script.
pub const PAGE: &str = include_str!("page.html");
/// See [`PAGE`].
pub const STYLE: &str = include_str!("page.css");
/// See [`PAGE`].
pub const SCRIPT: &str = include_str!("page.js");

/// The page runs its own script and asks its own server, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The newest snapshot, shared by the run that writes it and the server that reads it.
#[derive(Clone, Debug, Default)]
pub struct Published(Arc<RwLock<Entry>>);

#[derive(Clone, Debug, Default)]
struct Entry {
    json: Bytes,
    tag: String,
}

impl Published {
    /// Replaces the snapshot.
    pub fn publish(&self, json: &str) {
        let entry = Entry {
            tag: format!("\"{}\"", digest(&LEDGER_KEY, json.as_bytes())),
            json: Bytes::copy_from_slice(json.as_bytes()),
        };
        // Nobody panics while holding the lock, and a whole entry is never half written.
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = entry;
    }

    fn newest(&self) -> Entry {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A server in a thread of its own, until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves what is `published`.
    ///
    /// # Errors
    /// When the address is not of loopback, or cannot be had.
    pub fn start(address: SocketAddr, published: Published) -> Result<Self, Problem> {
        let what = || format!("the page on {address}");
        let failed = |error: std::io::Error| Problem::new(what(), error);
        if !address.ip().is_loopback() {
            return Err(Problem::new(what(), "it is served on loopback alone"));
        }
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(failed)?
        };
        let site = Arc::new(Site::new(address, published));
        let router = Router::new().fallback(serve).with_state(site);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.spawn(async move { axum::serve(listener, router).await });
            let _ = runtime.block_on(stopped);
            // Dropping the runtime closes what is open.
        });
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Returns where it serves: the port, if none was asked for, is known now.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// What is served, and under which names.
#[derive(Debug)]
struct Site {
    hosts: [String; 2],
    published: Published,
}

async fn serve(State(site): State<Arc<Site>>, request: Request) -> Response<Body> {
    site.answer(request.method(), request.uri().path(), request.headers())
}

impl Site {
    fn new(address: SocketAddr, published: Published) -> Self {
        let hosts = [address.to_string(), format!("localhost:{}", address.port())];
        Self { hosts, published }
    }

    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response<Body> {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        if !host.is_some_and(|host| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))) {
            return plain(StatusCode::MISDIRECTED_REQUEST, "this server has another name\n");
        }
        if method != Method::GET {
            let mut refused = plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "there is nothing to change here\n",
            );
            refused
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET"));
            return refused;
        }
        match path {
            "/" => document("text/html; charset=utf-8", PAGE.into()),
            "/page.css" => document("text/css; charset=utf-8", STYLE.into()),
            "/page.js" => document("text/javascript; charset=utf-8", SCRIPT.into()),
            "/snapshot.json" => self.snapshot(headers),
            _ => plain(StatusCode::NOT_FOUND, "there is no such page\n"),
        }
    }

    fn snapshot(&self, headers: &HeaderMap) -> Response<Body> {
        let Entry { json, tag } = self.published.newest();
        if json.is_empty() {
            // The run has not begun: nothing is wrong, and a browser would write an error down.
            return respond(StatusCode::NO_CONTENT, "application/json", Body::empty());
        }
        let known = headers.get(IF_NONE_MATCH).and_then(|known| known.to_str().ok());
        let mut response = if known == Some(tag.as_str()) {
            respond(StatusCode::NOT_MODIFIED, "application/json", Body::empty())
        } else {
            document("application/json", json.into())
        };
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

fn document(kind: &'static str, body: Body) -> Response<Body> {
    respond(StatusCode::OK, kind, body)
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    respond(status, "text/plain; charset=utf-8", text.into())
}

fn respond(status: StatusCode, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    response
}

#[cfg(test)]
mod tests;
