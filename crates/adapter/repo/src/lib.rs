//! Charts and values from web servers.
//!
//! [`fetch`] gets one file by its URL, as Helm's getter for `http` and `https` does: its user agent, its
//! rule for credentials, the proxies of the environment. Repositories and registries are not read here yet.

mod digest;
mod fetch;

pub use digest::digest;
pub use fetch::{Credentials, FetchError, FetchOptions, fetch};
