//! The gateway's HTTP side: listeners, authentication, limits of HTTP, and what goes in and out.
//!
//! [`serve`] takes listeners and a [`Gateway`], which holds the router of `corten-route`. Paths:
//! `/mcp` for all servers, `/mcp/{server}` and `/mcp-gateway/{server}` for one, HTTP+SSE under `/sse`
//! and `/messages`, `/health`, `/readyz`, and the metadata of protected resources. Everything else
//! goes to whoever the program puts there.

mod authenticate;
mod body;
mod gateway;
mod governed;
mod legacy;
mod origin;
mod path;
mod serve;
mod settings;
mod shared;
mod tls;

pub use authenticate::Authenticator;
pub use gateway::{Doors, Gateway};
pub use governed::{Governed, nobody};
pub use serve::{Listener, serve};
pub use settings::HttpSettings;
pub use shared::StoreShared;
pub use tls::{Tls, TlsError, TlsFiles};
