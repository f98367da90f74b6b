//! The token endpoint: a form goes in, a token comes out.

use std::time::Duration;

use bytes::Bytes;
use corten_mcp::Secret;
use corten_mcp::upstream::UpstreamError;
use data_encoding::BASE64;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use serde::Deserialize;
use tokio::time::Instant;

use crate::exchange::Web;

/// For how long a token is used when its answer does not say.
const UNSAID: Duration = Duration::from_mins(5);
/// A token is no longer used when it ends within this time.
const MARGIN: Duration = Duration::from_secs(30);

/// A client of an authorization server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Its id.
    pub(crate) id: Box<str>,
    /// Its secret; a public client has none.
    pub(crate) secret: Option<Secret>,
}

/// What the token endpoint gave.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// The access token.
    pub(crate) access: Secret,
    /// What the next access token can be got with.
    pub(crate) refresh: Option<Secret>,
    /// For how long the access token may be used.
    pub(crate) lasts: Duration,
    /// The scopes that were granted, if the answer says.
    pub(crate) scope: Option<String>,
}

/// Why there is no token.
#[derive(Debug)]
pub(crate) enum TokenError {
    /// The endpoint said so: its `error` code.
    Refused(String),
    /// It could not be asked.
    Upstream(UpstreamError),
}

impl TokenError {
    /// The error for the caller.
    pub(crate) fn into_upstream(self, server: &str) -> UpstreamError {
        match self {
            Self::Upstream(error) => error,
            Self::Refused(code) => UpstreamError::Connect {
                server: server.into(),
                reason: format!("its token endpoint refused us: {code}").into(),
            },
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<serde_json::Number>,
    scope: Option<String>,
    token_type: Option<String>,
    error: Option<String>,
}

/// Asks a token endpoint.
pub(crate) async fn ask(
    web: &Web,
    endpoint: &Uri,
    client: &Client,
    form: &[(&str, &str)],
    deadline: Instant,
) -> Result<Token, TokenError> {
    // RFC 6749 §2.3.1: every server takes Basic; a public client names itself in the form.
    let request = request(endpoint, client, form);
    let response = web.send(request, deadline).await.map_err(TokenError::Upstream)?;
    let status = response.status();
    let body = web.fault(response.into_body(), deadline).await;
    let answer: Answer = serde_json::from_slice(&body).map_err(|_| {
        TokenError::Upstream(web.protocol(format!("its token endpoint answered {status} without a token")))
    })?;
    if let Some(code) = answer.error {
        // A code is a short word; anything longer is not for our logs.
        return Err(TokenError::Refused(code.chars().take(64).collect()));
    }
    let is_bearer = answer.token_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    let access = answer.access_token.filter(|token| !token.is_empty() && is_bearer && status.is_success());
    let access = access.ok_or_else(|| TokenError::Upstream(web.protocol("its token endpoint gave no bearer token")))?;
    let seconds = answer.expires_in.and_then(|number| number.as_u64());
    let lasts = seconds.map_or(UNSAID, Duration::from_secs).saturating_sub(MARGIN);
    Ok(Token {
        access: Secret::new(access),
        refresh: answer.refresh_token.map(Secret::new),
        lasts,
        scope: answer.scope,
    })
}

fn request(endpoint: &Uri, client: &Client, form: &[(&str, &str)]) -> Request<Full<Bytes>> {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    if client.secret.is_none() {
        body.append_pair("client_id", &client.id);
    }
    let mut request = Request::new(Full::new(Bytes::from(body.finish())));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.clone();
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(secret) = &client.secret {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&client.id), encode(secret.expose()));
        if let Ok(mut value) = HeaderValue::from_str(&format!("Basic {}", BASE64.encode(pair.as_bytes()))) {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
    }
    request
}
