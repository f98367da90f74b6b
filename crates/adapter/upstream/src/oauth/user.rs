//! Tokens that users get in a browser: authorization code with PKCE, kept in the vault, refreshed when they end.
//!
//! A call without a token ends in [`UpstreamError::SignIn`] with the address to open. The browser comes back to
//! `{public_url}/oauth/callback`, where the gateway calls [`SignIns::finish`]. A sign-in belongs to the caller who
//! started it: somebody else who follows the link binds nothing.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest;
use corten_mcp::Secret;
use corten_mcp::upstream::{CallContext, Credentials, Target, Transport, UpstreamConfig, UpstreamError};
use data_encoding::BASE64URL_NOPAD;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::discovery::{self, Issuer};
use super::token::{self, Client, Token, TokenError};
use crate::exchange::Web;
use crate::outside::Outside;
use crate::vault::VaultError;

/// For how long a sign-in may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// How long the gateway waits for the authorization server when the browser comes back.
const FINISH: Duration = Duration::from_secs(30);
/// Where the browser comes back to, below the public address.
const CALLBACK: &str = "/oauth/callback";
/// Where our client's metadata document is, below the public address.
const METADATA: &str = "/oauth/client.json";

/// Tokens of users for one server.
pub(crate) struct UserGrant {
    server: Box<str>,
    url: Uri,
    outside: Arc<Outside>,
    client_id: Option<Box<str>>,
    client_secret: Option<Secret>,
    scopes: Vec<String>,
    allow_private: bool,
    is_untrusted: bool,
    // One refresh at a time: a refresh token is often good for one use only.
    refreshing: Mutex<()>,
}

/// A token in the vault.
#[derive(Serialize, Deserialize)]
struct Stored {
    access: String,
    refresh: Option<String>,
    /// Seconds since 1970.
    until: u64,
    token_endpoint: String,
    client_id: String,
    client_secret: Option<String>,
    resource: String,
    scope: String,
}

/// A sign-in under way, in the vault.
#[derive(Serialize, Deserialize)]
struct Pending {
    server: String,
    caller: String,
    verifier: String,
    issuer: String,
    wants_issuer: bool,
    token_endpoint: String,
    client_id: String,
    client_secret: Option<String>,
    redirect: String,
    resource: String,
    scope: String,
    server_url: String,
    allow_private: bool,
    is_untrusted: bool,
}

/// A client that was registered, in the vault.
#[derive(Serialize, Deserialize)]
struct Registered {
    client_id: String,
    client_secret: Option<String>,
}

impl UserGrant {
    /// Makes the grant of a configuration with users who sign in.
    pub(crate) fn new(config: &UpstreamConfig, url: &Uri, outside: &Arc<Outside>) -> Self {
        let (client_id, client_secret, scopes) = match &config.credentials {
            Credentials::PerUser { client_id, client_secret, scopes } => {
                (client_id.clone(), client_secret.clone(), scopes.clone())
            }
            _ => (None, None, Vec::new()),
        };
        Self {
            server: config.name.clone(),
            url: url.clone(),
            outside: Arc::clone(outside),
            client_id,
            client_secret,
            scopes,
            allow_private: config.allow_private,
            is_untrusted: config.is_untrusted,
            refreshing: Mutex::new(()),
        }
    }

    /// The caller's token. `None` before there is one: the server says itself whether it wants one.
    pub(crate) async fn token(
        &self,
        web: &Web,
        context: &CallContext,
        deadline: Instant,
    ) -> Result<Option<Secret>, UpstreamError> {
        let Some(stored) = self.stored(&context.caller).await? else { return Ok(None) };
        if stored.until > now() {
            return Ok(Some(Secret::new(stored.access)));
        }
        self.refresh(web, &context.caller, &stored.access, deadline).await
    }

    /// Gets a new token after a refusal, or says where to sign in.
    pub(crate) async fn refused(
        &self,
        web: &Web,
        context: &CallContext,
        status: u16,
        challenge: Option<&str>,
        deadline: Instant,
    ) -> Result<bool, UpstreamError> {
        let wants_scope = challenge.and_then(|challenge| discovery::parameter(challenge, "error"))
            == Some("insufficient_scope".to_owned());
        if status == 403 && !wants_scope {
            return Ok(false);
        }
        if status == 401
            && let Some(stored) = self.stored(&context.caller).await?
            && stored.refresh.is_some()
            && self.refresh(web, &context.caller, &stored.access, deadline).await?.is_some()
        {
            return Ok(true);
        }
        let url = self.begin(web, &context.caller, challenge, deadline).await?;
        Err(UpstreamError::SignIn { server: self.server.clone(), url: url.map(Into::into) })
    }

    async fn refresh(
        &self,
        web: &Web,
        caller: &str,
        old: &str,
        deadline: Instant,
    ) -> Result<Option<Secret>, UpstreamError> {
        let _one = self.refreshing.lock().await;
        let Some(mut stored) = self.stored(caller).await? else { return Ok(None) };
        if stored.access != old && stored.until > now() {
            return Ok(Some(Secret::new(stored.access)));
        }
        let Some(refresh) = stored.refresh.clone() else { return Ok(None) };
        let endpoint = Self::address(web, &stored.token_endpoint)?;
        let client =
            Client { id: stored.client_id.as_str().into(), secret: stored.client_secret.clone().map(Secret::new) };
        let form =
            [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("resource", &*stored.resource)];
        match token::ask(web, &endpoint, &client, &form, deadline).await {
            Ok(token) => {
                keep(&mut stored, &token);
                let access = stored.access.clone();
                self.store(caller, &stored).await?;
                Ok(Some(Secret::new(access)))
            }
            Err(TokenError::Refused(_)) => {
                // The user has to sign in again.
                drop(self.outside.vault.take(&token_key(&self.server, caller)).await.map_err(|e| self.vault(&e))?);
                Ok(None)
            }
            Err(TokenError::Upstream(error)) => Err(error),
        }
    }

    /// Starts a sign-in; `None` when users cannot come back to us.
    async fn begin(
        &self,
        web: &Web,
        caller: &str,
        challenge: Option<&str>,
        deadline: Instant,
    ) -> Result<Option<String>, UpstreamError> {
        let Some(public) = self.outside.public_url.as_deref().filter(|_| !caller.is_empty()) else { return Ok(None) };
        let (resource, issuer) = discovery::find(web, &self.url, challenge, deadline).await?;
        let client = self.client(web, &issuer, public, deadline).await?;
        let wanted = challenge.and_then(|challenge| discovery::parameter(challenge, "scope"));
        let scope = match wanted {
            Some(scope) => scope,
            None if !self.scopes.is_empty() => self.scopes.join(" "),
            None => resource.scopes_supported.join(" "),
        };
        let (state, verifier) = (random(web)?, random(web)?);
        let pending = Pending {
            server: self.server.to_string(),
            caller: caller.to_owned(),
            verifier,
            issuer: issuer.url.clone(),
            wants_issuer: issuer.authorization_response_iss_parameter_supported,
            token_endpoint: issuer.token_endpoint.clone(),
            client_id: client.id.to_string(),
            client_secret: client.secret.as_ref().map(|secret| secret.expose().to_owned()),
            redirect: format!("{public}{CALLBACK}"),
            resource: resource.url.unwrap_or_else(|| self.url.to_string()),
            scope,
            server_url: self.url.to_string(),
            allow_private: self.allow_private,
            is_untrusted: self.is_untrusted,
        };
        let text = serde_json::to_string(&pending).unwrap_or_default();
        let kept = self.outside.vault.put(&pending_key(&state), Secret::new(text), Some(PATIENCE)).await;
        kept.map_err(|error| self.vault(&error))?;
        Self::browser_url(web, &issuer, &pending, &state).map(Some)
    }

    fn browser_url(web: &Web, issuer: &Issuer, pending: &Pending, state: &str) -> Result<String, UpstreamError> {
        let place = &issuer.authorization_endpoint;
        let mut url =
            url::Url::parse(place).map_err(|_| web.protocol(format!("{place:?} is no address to sign in")))?;
        // A browser would run it.
        if !matches!(url.scheme(), "https" | "http") {
            return Err(web.protocol(format!("{place:?} is no address to sign in")));
        }
        let challenge = BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, pending.verifier.as_bytes()).as_ref());
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &pending.client_id)
            .append_pair("redirect_uri", &pending.redirect)
            .append_pair("state", state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("resource", &pending.resource);
        if !pending.scope.is_empty() {
            url.query_pairs_mut().append_pair("scope", &pending.scope);
        }
        Ok(url.into())
    }

    /// Our client at the authorization server: configured, by metadata document, or registered.
    async fn client(
        &self,
        web: &Web,
        issuer: &Issuer,
        public: &str,
        deadline: Instant,
    ) -> Result<Client, UpstreamError> {
        if let Some(id) = &self.client_id {
            return Ok(Client { id: id.clone(), secret: self.client_secret.clone() });
        }
        if issuer.client_id_metadata_document_supported && public.starts_with("https://") {
            return Ok(Client { id: format!("{public}{METADATA}").into(), secret: None });
        }
        let key = format!("oauth/client/{}/{}", self.server, issuer.url);
        let kept = self.outside.vault.get(&key).await.map_err(|error| self.vault(&error))?;
        if let Some(client) = kept.and_then(|kept| serde_json::from_str::<Registered>(kept.expose()).ok()) {
            return Ok(Client { id: client.client_id.into(), secret: client.client_secret.map(Secret::new) });
        }
        let place = issuer.registration_endpoint.as_deref().ok_or_else(|| {
            web.protocol("its authorization server registers no clients: give the server's auth a client_id")
        })?;
        let mut request = Request::new(Full::from(client_metadata(public, None).to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Self::address(web, place)?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let response = web.send(request, deadline).await?;
        let status = response.status();
        let body = web.fault(response.into_body(), deadline).await;
        let client: Registered = serde_json::from_slice(&body)
            .map_err(|_| web.protocol(format!("its authorization server did not register us: status {status}")))?;
        let text = serde_json::to_string(&client).unwrap_or_default();
        let put = self.outside.vault.put(&key, Secret::new(text), None).await;
        put.map_err(|error| self.vault(&error))?;
        Ok(Client { id: client.client_id.into(), secret: client.client_secret.map(Secret::new) })
    }

    fn address(web: &Web, url: &str) -> Result<Uri, UpstreamError> {
        url.parse().map_err(|_| web.protocol(format!("{url:?} is no address")))
    }

    async fn stored(&self, caller: &str) -> Result<Option<Stored>, UpstreamError> {
        let found = self.outside.vault.get(&token_key(&self.server, caller)).await;
        let found = found.map_err(|error| self.vault(&error))?;
        Ok(found.and_then(|secret| serde_json::from_str(secret.expose()).ok()))
    }

    async fn store(&self, caller: &str, stored: &Stored) -> Result<(), UpstreamError> {
        let text = Secret::new(serde_json::to_string(stored).unwrap_or_default());
        let put = self.outside.vault.put(&token_key(&self.server, caller), text, None).await;
        put.map_err(|error| self.vault(&error))
    }

    fn vault(&self, error: &VaultError) -> UpstreamError {
        UpstreamError::Connect { server: self.server.clone(), reason: error.to_string().into() }
    }
}

/// Sign-ins that come back from the browser.
pub struct SignIns {
    outside: Arc<Outside>,
}

impl SignIns {
    /// Ends sign-ins that upstreams with the same outside began.
    pub fn new(outside: &Arc<Outside>) -> Self {
        Self { outside: Arc::clone(outside) }
    }

    /// The document that stands for our client (`/oauth/client.json`), where authorization servers fetch it.
    pub fn client_document(&self) -> Option<serde_json::Value> {
        let public = self.outside.public_url.as_deref()?;
        Some(client_metadata(public, Some(&format!("{public}{METADATA}"))))
    }

    /// Ends a sign-in with what the browser brought: `state` (here `sign_in`), `code` and, where the authorization server says it,
    /// `iss`. `browser` is the caller whom the browser belongs to, if the gateway knows; the server's name comes back.
    pub async fn finish(
        &self,
        sign_in: &str,
        code: &str,
        iss: Option<&str>,
        browser: Option<&str>,
    ) -> Result<String, UpstreamError> {
        let unknown = || UpstreamError::SignIn { server: "the gateway".into(), url: None };
        let found = self.outside.vault.take(&pending_key(sign_in)).await.map_err(|_| unknown())?;
        let pending = found.and_then(|found| serde_json::from_str::<Pending>(found.expose()).ok());
        let pending = pending.ok_or_else(unknown)?;
        let target = Target::Http {
            url: pending.resource.as_str().into(),
            transport: Transport::Streamable,
            headers: std::collections::BTreeMap::new(),
        };
        let mut config = UpstreamConfig::new(pending.server.as_str(), target);
        (config.allow_private, config.is_untrusted) = (pending.allow_private, pending.is_untrusted);
        let web = Web::new(&config, pending.server_url.parse().ok().as_ref())?;
        // RFC 9207: an answer of another server must not be taken for this one's.
        if iss.is_none() && pending.wants_issuer || iss.is_some_and(|iss| iss != pending.issuer) {
            return Err(web.protocol("the sign-in came back from another authorization server"));
        }
        if browser.is_some_and(|browser| browser != pending.caller) {
            return Err(web.protocol("the sign-in was begun by somebody else"));
        }
        let endpoint: Uri =
            pending.token_endpoint.parse().map_err(|_| web.protocol("its token endpoint is no address"))?;
        let client =
            Client { id: pending.client_id.as_str().into(), secret: pending.client_secret.clone().map(Secret::new) };
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &*pending.redirect),
            ("code_verifier", &*pending.verifier),
            ("resource", &*pending.resource),
        ];
        let token = token::ask(&web, &endpoint, &client, &form, Instant::now() + FINISH).await;
        let token = token.map_err(|error| error.into_upstream(&pending.server))?;
        let mut stored = Stored {
            access: String::new(),
            refresh: None,
            until: 0,
            token_endpoint: pending.token_endpoint,
            client_id: pending.client_id,
            client_secret: pending.client_secret,
            resource: pending.resource,
            scope: pending.scope,
        };
        keep(&mut stored, &token);
        let text = Secret::new(serde_json::to_string(&stored).unwrap_or_default());
        let put = self.outside.vault.put(&token_key(&pending.server, &pending.caller), text, None).await;
        put.map_err(|error| UpstreamError::Connect {
            server: pending.server.as_str().into(),
            reason: error.to_string().into(),
        })?;
        Ok(pending.server)
    }
}

fn keep(stored: &mut Stored, token: &Token) {
    token.access.expose().clone_into(&mut stored.access);
    // A server that gives no new refresh token means the old one to stay.
    if let Some(refresh) = &token.refresh {
        stored.refresh = Some(refresh.expose().to_owned());
    }
    if let Some(scope) = &token.scope {
        stored.scope.clone_from(scope);
    }
    stored.until = now() + token.lasts.as_secs();
}

fn client_metadata(public: &str, id: Option<&str>) -> serde_json::Value {
    let mut metadata = json!({
        "client_name": "Corten MCP gateway",
        "redirect_uris": [format!("{public}{CALLBACK}")],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": if public.starts_with("https://") { "web" } else { "native" },
    });
    if let Some(id) = id {
        metadata["client_id"] = id.into();
        metadata["client_uri"] = public.into();
    }
    metadata
}

fn token_key(server: &str, caller: &str) -> String {
    format!("oauth/token/{server}/{caller}")
}

fn pending_key(state: &str) -> String {
    format!("oauth/sign-in/{state}")
}

/// Seconds since 1970: tokens outlive the process, so no monotonic clock will do.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

fn random(web: &Web) -> Result<String, UpstreamError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| web.protocol(format!("no randomness on this machine: {error}")))?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}
