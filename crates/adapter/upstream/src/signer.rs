//! What a request to a server is signed with.
//!
//! The caller's own token goes nowhere unless the configuration says `Forward` or `TokenExchange`.

use std::sync::Arc;

use corten_mcp::upstream::{CallContext, Credentials, UpstreamConfig, UpstreamError};
use http::{HeaderValue, Uri};
use tokio::time::Instant;

use crate::exchange::Web;
use crate::oauth::{ClientGrant, ExchangeGrant, UserGrant};
use crate::outside::Outside;

/// Signs the requests to one server.
pub(crate) enum Signer {
    /// Not at all.
    None,
    /// With a fixed token.
    Fixed(HeaderValue),
    /// With the caller's token.
    Forward,
    /// With a token of our own.
    Client(Box<ClientGrant>),
    /// With a token that the caller's was exchanged for.
    Exchange(Box<ExchangeGrant>),
    /// With a token that the user got for us.
    User(Box<UserGrant>),
}

impl Signer {
    /// Makes the signer of a configuration; `url` is the server's address.
    pub(crate) fn new(config: &UpstreamConfig, url: &Uri, outside: &Arc<Outside>) -> Result<Self, UpstreamError> {
        Ok(match &config.credentials {
            Credentials::None => Self::None,
            Credentials::Bearer(token) => Self::Fixed(bearer(&config.name, token.expose())?),
            Credentials::Forward => Self::Forward,
            Credentials::ClientCredentials { .. } => Self::Client(Box::new(ClientGrant::new(config, url)?)),
            Credentials::TokenExchange { .. } => Self::Exchange(Box::new(ExchangeGrant::new(config)?)),
            Credentials::PerUser { .. } => Self::User(Box::new(UserGrant::new(config, url, outside))),
        })
    }

    /// The `Authorization` header of a request.
    pub(crate) async fn header(
        &self,
        web: &Web,
        context: &CallContext,
        deadline: Instant,
    ) -> Result<Option<HeaderValue>, UpstreamError> {
        let token = match self {
            Self::None => return Ok(None),
            Self::Fixed(header) => return Ok(Some(header.clone())),
            Self::Forward => match &context.token {
                Some(token) => return bearer(web.server(), token.expose()).map(Some),
                None => return Ok(None),
            },
            Self::Client(grant) => grant.token(deadline).await?,
            Self::Exchange(grant) => match &context.token {
                Some(token) => grant.token(&context.caller, token, deadline).await?,
                None => return Ok(None),
            },
            Self::User(grant) => match grant.token(web, context, deadline).await? {
                Some(token) => token,
                None => return Ok(None),
            },
        };
        bearer(web.server(), token.expose()).map(Some)
    }

    /// Takes note that the server refused a request; tells whether it is worth signing and sending it once more.
    pub(crate) async fn refused(
        &self,
        web: &Web,
        context: &CallContext,
        status: u16,
        challenge: Option<&str>,
        deadline: Instant,
    ) -> Result<bool, UpstreamError> {
        match self {
            Self::Client(grant) if status == 401 => Ok(grant.forget().await),
            Self::Exchange(grant) if status == 401 => Ok(grant.forget(&context.caller).await),
            Self::User(grant) => grant.refused(web, context, status, challenge, deadline).await,
            _ => Ok(false),
        }
    }
}

/// Writes a token into a header that no log shows.
fn bearer(server: &str, token: &str) -> Result<HeaderValue, UpstreamError> {
    let mut header = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| UpstreamError::Protocol {
        server: server.into(),
        reason: "its token has characters that no header can have".into(),
    })?;
    header.set_sensitive(true);
    Ok(header)
}
