//! One HTTP exchange: sends a request within the address rules, reads the answer within its bounds.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use corten_mcp::upstream::{UpstreamConfig, UpstreamError};
use http::header::{AUTHORIZATION, COOKIE, LOCATION};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::Instant;

use crate::address::Reach;
use crate::connector::{ConnectError, Connector};
use crate::outside::tls;

/// How many redirects are followed.
const REDIRECTS: usize = 3;
/// How much of a body that is no answer is read.
pub(crate) const FAULT_BYTES: usize = 64 << 10;
/// How long an idle connection is kept. Servers close theirs at 5 s (Node) to 75 s; a request that meets a closed
/// connection before any byte went out is sent on a new one.
const IDLE: Duration = Duration::from_secs(30);

/// HTTP for one upstream.
pub(crate) struct Web {
    server: Box<str>,
    /// For the address that the configuration names.
    named: Client<Connector, Full<Bytes>>,
    /// For every other address.
    other: Client<Connector, Full<Bytes>>,
    origin: Option<String>,
    limit: usize,
}

impl Web {
    /// Makes the clients of an upstream whose own address is `url`.
    pub(crate) fn new(config: &UpstreamConfig, url: Option<&Uri>) -> Result<Self, UpstreamError> {
        let tls = tls().map_err(|error| connect_error(&config.name, &format!("no TLS on this machine: {error}")))?;
        let client = |reach| {
            let connector = Connector { reach, tls: Arc::clone(&tls), timeout: config.limits.connect };
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE)
                .pool_max_idle_per_host(config.limits.concurrency.min(256))
                .build(connector)
        };
        let reach_of = |is_free| if is_free { Reach::Anywhere } else { Reach::Public };
        Ok(Self {
            server: config.name.clone(),
            named: client(reach_of(config.allow_private || !config.is_untrusted)),
            other: client(reach_of(config.allow_private)),
            origin: url.map(origin),
            limit: config.limits.response_bytes,
        })
    }

    /// The name of the server, for errors.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// Sends a request and waits for the head of the answer; follows redirects that keep the request as it is.
    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
        deadline: Instant,
    ) -> Result<Response<Incoming>, UpstreamError> {
        let started = Instant::now();
        let sending = self.send_on(request);
        match tokio::time::timeout_at(deadline, sending).await {
            Ok(sent) => sent,
            Err(_) => Err(self.timeout(started, true)),
        }
    }

    async fn send_on(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, UpstreamError> {
        let (parts, body) = request.into_parts();
        // The copy for a redirect is made only once one comes.
        let (method, headers, uri) = (parts.method.clone(), parts.headers.clone(), parts.uri.clone());
        let mut response = self.once(Request::from_parts(parts, body.clone())).await?;
        let (mut at, mut headers) = (uri, headers);
        for _ in 0..REDIRECTS {
            let Some(next) = redirect(&method, &at, &response) else { break };
            if origin(&next) != origin(&at) {
                headers.remove(AUTHORIZATION);
                headers.remove(COOKIE);
            }
            let mut again = Request::new(body.clone());
            *again.method_mut() = method.clone();
            *again.uri_mut() = next.clone();
            again.headers_mut().clone_from(&headers);
            response = self.once(again).await?;
            at = next;
        }
        Ok(response)
    }

    async fn once(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, UpstreamError> {
        let is_named = self.origin.as_deref().is_some_and(|own| is_origin(own, request.uri()));
        let client = if is_named { &self.named } else { &self.other };
        client.request(request).await.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &hyper_util::client::legacy::Error) -> UpstreamError {
        let server = self.server.clone();
        let source = error.source();
        if let Some(refused) = source.and_then(|source| source.downcast_ref::<ConnectError>()) {
            let reason = refused.to_string().into();
            return match refused {
                ConnectError::Forbidden(_) => UpstreamError::Forbidden { server, reason },
                ConnectError::Failed(_) => UpstreamError::Connect { server, reason },
            };
        }
        let reason = source.map_or_else(|| error.to_string(), ToString::to_string).into();
        if error.is_connect() {
            return UpstreamError::Connect { server, reason };
        }
        UpstreamError::Closed { server, reason, was_sent: true }
    }

    /// The error of a wait that came to its end.
    pub(crate) fn timeout(&self, started: Instant, was_sent: bool) -> UpstreamError {
        let waited = started.elapsed().as_millis();
        UpstreamError::Timeout {
            server: self.server.clone(),
            waited_ms: u64::try_from(waited).unwrap_or(u64::MAX),
            was_sent,
        }
    }

    /// The error of a server that does something else than the protocol says.
    pub(crate) fn protocol(&self, reason: impl Into<Box<str>>) -> UpstreamError {
        UpstreamError::Protocol { server: self.server.clone(), reason: reason.into() }
    }

    /// The error of a connection that ended.
    pub(crate) fn closed(&self, reason: impl Into<Box<str>>) -> UpstreamError {
        UpstreamError::Closed { server: self.server.clone(), reason: reason.into(), was_sent: true }
    }

    /// Reads a whole body within the configured bound.
    pub(crate) async fn body(&self, body: Incoming, deadline: Instant) -> Result<Bytes, UpstreamError> {
        self.collect(body, self.limit, deadline).await
    }

    /// Reads the start of a body that is no answer.
    pub(crate) async fn fault(&self, body: Incoming, deadline: Instant) -> Bytes {
        self.collect(body, FAULT_BYTES, deadline).await.unwrap_or_default()
    }

    async fn collect(&self, mut body: Incoming, limit: usize, deadline: Instant) -> Result<Bytes, UpstreamError> {
        let too_large = || UpstreamError::TooLarge { server: self.server.clone(), limit };
        let started = Instant::now();
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        loop {
            let frame = tokio::time::timeout_at(deadline, body.frame());
            let Some(frame) = frame.await.map_err(|_| self.timeout(started, true))? else { break };
            let frame = frame.map_err(|error| self.closed(error.to_string()))?;
            let Ok(data) = frame.into_data() else { continue };
            if first.len() + all.len() + data.len() > limit {
                return Err(too_large());
            }
            // Most answers come in one piece, which is then passed on without a copy.
            if first.is_empty() && all.is_empty() {
                first = data;
            } else {
                if all.is_empty() {
                    all.extend_from_slice(&std::mem::take(&mut first));
                }
                all.extend_from_slice(&data);
            }
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    }
}

/// The error of a connection that did not come about.
pub(crate) fn connect_error(server: &str, reason: &str) -> UpstreamError {
    UpstreamError::Connect { server: server.into(), reason: reason.into() }
}

/// Reads an address of the configuration.
pub(crate) fn parse_url(server: &str, url: &str) -> Result<Uri, UpstreamError> {
    let wrong = |reason: &str| UpstreamError::Forbidden {
        server: server.into(),
        reason: format!("{url:?} is no address of a server: {reason}").into(),
    };
    // The URL standard's reader brings names into their one form; hyper's type is what requests take.
    let parsed = url::Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") || !parsed.has_host() {
        return Err(wrong("it must start with http:// or https://"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(wrong("credentials belong into the server's auth, not into its address"));
    }
    let mut parsed = parsed;
    parsed.set_fragment(None);
    parsed.as_str().parse().map_err(|error: http::uri::InvalidUri| wrong(&error.to_string()))
}

/// Scheme, host and port.
pub(crate) fn origin(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or("http");
    format!("{scheme}://{}:{}", uri.host().unwrap_or_default().to_ascii_lowercase(), port(uri))
}

/// Compares without making the text: this is on the way of every call.
fn is_origin(own: &str, uri: &Uri) -> bool {
    let scheme = uri.scheme_str().unwrap_or("http");
    let rest = own.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
    let Some((host, own_port)) = rest.and_then(|rest| rest.rsplit_once(':')) else { return false };
    host.eq_ignore_ascii_case(uri.host().unwrap_or_default()) && own_port.parse() == Ok(port(uri))
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
}

/// The address that an answer points on to, if the request can go there unchanged.
fn redirect(method: &Method, at: &Uri, response: &Response<Incoming>) -> Option<Uri> {
    let keeps = match response.status() {
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => method == Method::GET,
        _ => false,
    };
    let target = response.headers().get(LOCATION).filter(|_| keeps)?.to_str().ok()?;
    let next = url::Url::parse(&at.to_string()).ok()?.join(target).ok()?;
    // An answer in the clear may not take over from an encrypted one.
    if next.scheme() != "https" && at.scheme_str() == Some("https") {
        return None;
    }
    next.as_str().parse().ok()
}

/// A header's value from text; `None` when the text cannot be one.
pub(crate) fn header(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_as_the_standard_says() {
        let own = origin(&"http://LocalHost/mcp".parse().unwrap());
        assert_eq!(own, "http://localhost:80");
        assert!(is_origin(&own, &"http://localhost:80/other".parse().unwrap()));
        assert!(!is_origin(&own, &"http://localhost:81/mcp".parse().unwrap()));
        assert!(!is_origin(&own, &"https://localhost/mcp".parse().unwrap()));
    }

    #[test]
    fn addresses_have_one_form() {
        assert_eq!(parse_url("a", "http://0x7f.1/mcp#x").unwrap(), "http://127.0.0.1/mcp");
        for url in ["ftp://a/", "http://", "a", "http://u:p@a/"] {
            assert!(matches!(parse_url("a", url), Err(UpstreamError::Forbidden { .. })), "{url}");
        }
    }
}
