//! Who a request is from: tokens, token files, basic authentication, plugins, impersonation.

use std::time::Duration;

use data_encoding::BASE64;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use http_body_util::Empty;
use kube::client::ConfigExt as _;
use kube::config::AuthInfo;
use secrecy::ExposeSecret as _;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tower::{Layer as _, Service as _, ServiceExt as _};

use super::exec::ExecPlugin;
use crate::kubeconfig::Access;
use crate::paths::hex;
use crate::status::ApiError;

/// Token files are read again after a minute, as client-go does.
const FRESH: Duration = Duration::from_mins(1);

type Provider = tower::util::BoxService<
    http::Request<Empty<bytes::Bytes>>,
    http::Response<Option<HeaderValue>>,
    Box<dyn std::error::Error + Send + Sync>,
>;

/// Where the `Authorization` header comes from.
pub(super) enum Credentials {
    /// No header: a client certificate, or nobody.
    None,
    /// Always the same header.
    Fixed(HeaderValue),
    /// A file with a token that somebody else renews.
    File { path: String, read: Mutex<Option<(HeaderValue, Instant)>> },
    /// A program that prints tokens.
    Exec(Box<ExecPlugin>),
    /// A program that printed none; requests say why.
    Failed(String),
    /// The old `auth-provider` entries (oidc, gcp), as kube implements them.
    Provider(Mutex<Provider>),
}

impl Credentials {
    /// The credentials of an access; exec plugins are not run yet.
    pub(super) fn of(access: &Access) -> Result<Self, ApiError> {
        if !access.is_secure {
            return Ok(Self::None);
        }
        let user = &access.user;
        if let Some(exec) = &access.exec {
            return Ok(Self::Exec(Box::new(ExecPlugin::new(exec.clone(), &access.cluster))));
        }
        if user.auth_provider.is_some() {
            return provider(access);
        }
        if let Some(token) = &user.token {
            return Ok(Self::Fixed(bearer(token.expose_secret()).map_err(ApiError::Config)?));
        }
        if let Some(path) = &user.token_file {
            // Go: client_config.go reads it once to see that it is there.
            std::fs::File::open(path)
                .map_err(|error| ApiError::Config(format!("open {path}: {}", crate::go_text::io_reason(&error))))?;
            return Ok(Self::File { path: path.clone(), read: Mutex::default() });
        }
        if let (Some(name), Some(password)) = (&user.username, &user.password) {
            let pair = BASE64.encode(format!("{name}:{}", password.expose_secret()).as_bytes());
            return Ok(Self::Fixed(sensitive(&format!("Basic {pair}")).map_err(ApiError::Config)?));
        }
        Ok(Self::None)
    }

    /// The header for the next request.
    pub(super) async fn header(&self) -> Result<Option<HeaderValue>, String> {
        match self {
            Self::None => Ok(None),
            Self::Fixed(value) => Ok(Some(value.clone())),
            Self::Failed(reason) => Err(reason.clone()),
            Self::File { path, read } => {
                let mut read = read.lock().await;
                if let Some((value, at)) = &*read
                    && at.elapsed() < FRESH
                {
                    return Ok(Some(value.clone()));
                }
                match std::fs::read_to_string(path) {
                    Ok(token) => {
                        let value = bearer(token.trim())?;
                        *read = Some((value.clone(), Instant::now()));
                        Ok(Some(value))
                    }
                    // Go: transport/token_source.go keeps the last token when the file is gone.
                    Err(error) => match &*read {
                        Some((value, _)) => Ok(Some(value.clone())),
                        None => Err(format!("failed to read token file {path:?}: {error}")),
                    },
                }
            }
            Self::Exec(plugin) => plugin.header().await,
            Self::Provider(provider) => {
                let mut provider = provider.lock().await;
                let request = http::Request::new(Empty::new());
                let ready = provider.ready().await.map_err(|error| error.to_string())?;
                ready.call(request).await.map(http::Response::into_body).map_err(|error| error.to_string())
            }
        }
    }

    /// The server did not accept what we have: the next header is a fresh one.
    pub(super) async fn forget(&self) {
        match self {
            Self::File { read, .. } => *read.lock().await = None,
            Self::Exec(plugin) => plugin.forget().await,
            Self::None | Self::Fixed(_) | Self::Failed(_) | Self::Provider(_) => {}
        }
    }
}

fn provider(access: &Access) -> Result<Credentials, ApiError> {
    let config_error = |error: &dyn std::error::Error| ApiError::Config(error.to_string());
    let uri = access.server.parse().map_err(|error: http::uri::InvalidUri| config_error(&error))?;
    let mut config = kube::Config::new(uri);
    config.auth_info = access.user.clone();
    let Some(layer) = config.auth_layer().map_err(|error| config_error(&error))? else {
        return Ok(Credentials::None);
    };
    let echo = tower::service_fn(|request: http::Request<Empty<bytes::Bytes>>| async move {
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(http::Response::new(
            request.headers().get(AUTHORIZATION).cloned(),
        ))
    });
    Ok(Credentials::Provider(Mutex::new(tower::util::BoxService::new(layer.layer(echo)))))
}

/// A bearer header.
pub(super) fn bearer(token: &str) -> Result<HeaderValue, String> {
    sensitive(&format!("Bearer {token}"))
}

fn sensitive(text: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| "net/http: invalid header field value for \"Authorization\"".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// The headers that ask to act as somebody else. Go: `transport/round_trippers.go`.
pub(super) fn impersonation(user: &AuthInfo) -> Result<Vec<(HeaderName, HeaderValue)>, ApiError> {
    let mut headers = Vec::new();
    let Some(name) = &user.impersonate else { return Ok(headers) };
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|error| ApiError::Config(format!("invalid name to impersonate: {error}")))
    };
    headers.push((HeaderName::from_static("impersonate-user"), value(name)?));
    if let Some(uid) = &user.impersonate_uid {
        headers.push((HeaderName::from_static("impersonate-uid"), value(uid)?));
    }
    for group in user.impersonate_groups.iter().flatten() {
        headers.push((HeaderName::from_static("impersonate-group"), value(group)?));
    }
    let mut extra: Vec<_> = user.impersonate_user_extra.iter().flatten().collect();
    extra.sort();
    for (key, values) in extra {
        let name = format!("impersonate-extra-{}", escape(key));
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|error| ApiError::Config(format!("invalid key {key:?} to impersonate: {error}")))?;
        for text in values {
            headers.push((name.clone(), value(text)?));
        }
    }
    Ok(headers)
}

// Go: headerKeyEscape escapes what is no token character, and `%`.
fn escape(key: &str) -> String {
    let mut escaped = String::new();
    for byte in key.bytes() {
        let is_token = byte.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&byte);
        if is_token {
            escaped.push(char::from(byte));
        } else {
            escaped.extend(hex(byte));
        }
    }
    escaped
}
