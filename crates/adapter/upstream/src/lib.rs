//! MCP upstreams: streamable HTTP, HTTP+SSE, child processes and OpenAPI documents.
//!
//! [`connect`] turns a configuration into a [`corten_mcp::upstream::Upstream`]. Bodies pass as they are: this crate
//! reads of a message only what its transport needs. What all upstreams of a process share (TLS, the vault for
//! tokens, the program that watches children) is in [`Outside`]. [`supervise`] is that program's `main`.

mod address;
mod channel;
mod connector;
mod exchange;
mod handshake;
mod oauth;
mod openapi;
mod outside;
mod signer;
mod sse;
mod stdio;
mod streamable;
mod supervise;
mod vault;

use std::sync::Arc;

use corten_mcp::upstream::{Target, Transport, Upstream, UpstreamConfig, UpstreamError};

pub use oauth::SignIns;
pub use outside::Outside;
pub use supervise::supervise;
pub use vault::{MemoryVault, Vault, VaultError};

/// Makes the upstream of a configuration. Nothing is sent or started before it is asked for something.
pub fn connect(config: UpstreamConfig, outside: &Arc<Outside>) -> Result<Arc<dyn Upstream>, UpstreamError> {
    Ok(match &config.target {
        Target::Http { transport: Transport::Sse, .. } => Arc::new(sse::SseUpstream::new(config, outside)?),
        Target::Http { .. } => Arc::new(streamable::HttpUpstream::new(config, outside)?),
        Target::Command(_) => Arc::new(stdio::StdioUpstream::new(config, outside)),
        Target::OpenApi(_) => Arc::new(openapi::OpenApiUpstream::new(config, outside)?),
    })
}
