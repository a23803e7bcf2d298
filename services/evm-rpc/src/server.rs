//! The server: HTTP and WebSocket, in threads of its own.

use crate::api::{Api, METHODS};
use crate::error::RpcError;
use jsonrpsee::RpcModule;
use jsonrpsee::server::{BatchRequestConfig, ServerBuilder, ServerConfig, ServerHandle};
use jsonrpsee::types::{ErrorObjectOwned, Params};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::runtime::{Builder, Runtime};
use tower_http::cors::{Any, CorsLayer};

/// Bytes of a request, batches included: a transaction of the largest size in hex, many times over.
const REQUEST: u32 = 2 << 20;
/// Bytes of an answer.
const RESPONSE: u32 = 32 << 20;
/// Requests in a batch.
const BATCH: u32 = 64;
/// Connections at once.
const CONNECTIONS: u32 = 128;
/// Requests that are worked on at once; the others wait for a thread.
const THREADS: usize = 8;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The threads, or the address.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Two methods of one name.
    #[error("the methods: {0}")]
    Methods(String),
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts to answer at `address`; port 0 takes a free one. There is no access control: an address other than loopback offers the
    /// methods to everybody who reaches it.
    ///
    /// # Errors
    /// When the address is taken, or threads cannot be had.
    pub fn start(address: SocketAddr, api: Api) -> Result<Self, ServerError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(THREADS)
            .thread_name("evm-rpc")
            .enable_all()
            .build()?;
        let module = module(api)?;
        let config = ServerConfig::builder()
            .max_request_body_size(REQUEST)
            .max_response_body_size(RESPONSE)
            .max_connections(CONNECTIONS)
            .set_batch_request_config(BatchRequestConfig::Limit(BATCH))
            .build();
        // Pages of any origin may ask: nothing here is secret, and nothing is signed here.
        let cors = CorsLayer::new()
            .allow_origin(Any)
            .allow_methods(Any)
            .allow_headers(Any);
        let server = runtime.block_on(
            ServerBuilder::with_config(config)
                .set_http_middleware(tower::ServiceBuilder::new().layer(cors))
                .build(address),
        )?;
        let address = server.local_addr()?;
        let handle = runtime.block_on(async { server.start(module) });
        Ok(Self {
            address,
            handle,
            runtime: Some(runtime),
        })
    }

    /// Returns where it answers.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It fails only if the server has stopped already.
        let _ = self.handle.stop();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn module(api: Api) -> Result<RpcModule<Api>, ServerError> {
    let mut module = RpcModule::new(api);
    for method in METHODS {
        let registered = module.register_blocking_method(method, move |params, api, _| {
            answer(&api, method, &params)
                .map_err(|error| ErrorObjectOwned::owned(error.code, error.message, error.data))
        });
        registered.map_err(|error| ServerError::Methods(error.to_string()))?;
    }
    Ok(module)
}

fn answer(api: &Api, method: &str, params: &Params<'_>) -> Result<Value, RpcError> {
    let list = match params.as_str() {
        None => Vec::new(),
        Some(_) => params
            .parse::<Vec<Value>>()
            .map_err(|_| RpcError::params("expected a list of parameters"))?,
    };
    api.answer(method, &list)
}
