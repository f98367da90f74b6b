//! Tokens for servers: OAuth client credentials, token exchange, and users who sign in.

mod discovery;
mod grant;
mod token;
mod user;

pub(crate) use grant::{ClientGrant, ExchangeGrant};
pub use user::SignIns;
pub(crate) use user::UserGrant;
