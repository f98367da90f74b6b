//! Tokens that need no user: client credentials (RFC 6749 §4.4) and token exchange (RFC 8693), each with a cache.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use corten_mcp::Secret;
use corten_mcp::upstream::{Credentials, UpstreamConfig, UpstreamError};
use http::Uri;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::token::{self, Client, Token};
use crate::exchange::{Web, parse_url};

/// How many callers' tokens are kept.
const KEPT: usize = 10_000;

/// A token of our own.
pub(crate) struct ClientGrant {
    web: Web,
    endpoint: Uri,
    client: Client,
    scopes: String,
    resource: String,
    // Held while asking: callers that come meanwhile wait for the one answer.
    kept: Mutex<Option<(Secret, Instant)>>,
}

impl ClientGrant {
    /// Makes the grant of a configuration with client credentials.
    pub(crate) fn new(config: &UpstreamConfig, url: &Uri) -> Result<Self, UpstreamError> {
        let Credentials::ClientCredentials { token_url, client_id, client_secret, scopes, resource } =
            &config.credentials
        else {
            return Err(no_grant(&config.name));
        };
        let endpoint = parse_url(&config.name, token_url)?;
        Ok(Self {
            web: Web::new(config, Some(&endpoint))?,
            endpoint,
            client: Client { id: client_id.clone(), secret: Some(client_secret.clone()) },
            scopes: scopes.join(" "),
            resource: resource.as_deref().map_or_else(|| url.to_string(), str::to_owned),
            kept: Mutex::new(None),
        })
    }

    /// The token to use now.
    pub(crate) async fn token(&self, deadline: Instant) -> Result<Secret, UpstreamError> {
        let mut kept = self.kept.lock().await;
        if let Some((token, until)) = &*kept
            && *until > Instant::now()
        {
            return Ok(token.clone());
        }
        let mut form = vec![("grant_type", "client_credentials"), ("resource", &*self.resource)];
        if !self.scopes.is_empty() {
            form.push(("scope", &*self.scopes));
        }
        let token = token::ask(&self.web, &self.endpoint, &self.client, &form, deadline).await;
        let token = token.map_err(|error| error.into_upstream(self.web.server()))?;
        *kept = Some((token.access.clone(), Instant::now() + token.lasts));
        Ok(token.access)
    }

    /// Forgets the token; tells whether there was one.
    pub(crate) async fn forget(&self) -> bool {
        self.kept.lock().await.take().is_some()
    }
}

/// Tokens that callers' tokens were exchanged for.
pub(crate) struct ExchangeGrant {
    web: Web,
    endpoint: Uri,
    client: Client,
    audience: Option<Box<str>>,
    scopes: String,
    kept: Mutex<BTreeMap<Box<str>, Kept>>,
}

/// A caller's token here, and what it was exchanged for.
struct Kept {
    given: [u8; 32],
    got: Secret,
    until: Instant,
}

impl ExchangeGrant {
    /// Makes the grant of a configuration with token exchange.
    pub(crate) fn new(config: &UpstreamConfig) -> Result<Self, UpstreamError> {
        let Credentials::TokenExchange { token_url, client_id, client_secret, audience, scopes } = &config.credentials
        else {
            return Err(no_grant(&config.name));
        };
        let endpoint = parse_url(&config.name, token_url)?;
        Ok(Self {
            web: Web::new(config, Some(&endpoint))?,
            endpoint,
            client: Client { id: client_id.clone(), secret: Some(client_secret.clone()) },
            audience: audience.clone(),
            scopes: scopes.join(" "),
            kept: Mutex::default(),
        })
    }

    /// The token to use for a caller who came with this one.
    pub(crate) async fn token(&self, caller: &str, given: &Secret, deadline: Instant) -> Result<Secret, UpstreamError> {
        let hash = fingerprint(given.expose());
        if let Some(kept) = self.kept.lock().await.get(caller)
            && kept.given == hash
            && kept.until > Instant::now()
        {
            return Ok(kept.got.clone());
        }
        // Not held while asking: one caller's slow exchange is not another's. Two calls of one caller may both ask.
        let token = self.ask(given, deadline).await?;
        let mut kept = self.kept.lock().await;
        if kept.len() >= KEPT {
            let now = Instant::now();
            kept.retain(|_, kept| kept.until > now);
            while kept.len() >= KEPT {
                kept.pop_first();
            }
        }
        let until = Instant::now() + token.lasts;
        kept.insert(caller.into(), Kept { given: hash, got: token.access.clone(), until });
        Ok(token.access)
    }

    async fn ask(&self, given: &Secret, deadline: Instant) -> Result<Token, UpstreamError> {
        let access = "urn:ietf:params:oauth:token-type:access_token";
        let mut form = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", given.expose()),
            ("subject_token_type", access),
            ("requested_token_type", access),
        ];
        if let Some(audience) = &self.audience {
            form.push(("audience", audience));
        }
        if !self.scopes.is_empty() {
            form.push(("scope", &*self.scopes));
        }
        let token = token::ask(&self.web, &self.endpoint, &self.client, &form, deadline).await;
        token.map_err(|error| error.into_upstream(self.web.server()))
    }

    /// Forgets a caller's token; tells whether there was one.
    pub(crate) async fn forget(&self, caller: &str) -> bool {
        self.kept.lock().await.remove(caller).is_some()
    }
}

fn fingerprint(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    bytes
}

fn no_grant(server: &str) -> UpstreamError {
    UpstreamError::Unsupported { server: server.into(), what: "these credentials".into() }
}
