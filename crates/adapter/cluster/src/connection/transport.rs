//! The HTTP client below the requests, and Go's words for what goes wrong in it.

use std::error::Error as StdError;
use std::io;

use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::go_text;

/// What a request that took too long ends with.
pub(super) const TIMED_OUT: &str = "net/http: timeout awaiting response headers";
/// The accepted type of answers that are read while they come.
pub(crate) const STREAM: &str = "application/json;stream=watch";
/// The accepted type of answers whose content is compressed already: protobuf does not wrap it in base64 once more, and
/// costs the server a tenth of what JSON does.
pub(crate) const COMPRESSED: &str = "application/vnd.kubernetes.protobuf,application/json";
/// The accepted type of lists without the content of objects. Kubernetes: `PartialObjectMetadataList`, since 1.15.
pub(crate) const NAMES: &str = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
    application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

pub(super) type Https<C> = hyper_rustls::HttpsConnector<C>;
type Pool<C> = legacy::Client<C, Full<Bytes>>;

/// A client for one of the ways to a server.
pub(super) enum Client {
    Direct(Pool<Https<HttpConnector>>),
    Tunnel(Pool<Https<Tunnel<HttpConnector>>>),
    TlsTunnel(Box<Pool<Https<Tunnel<Https<HttpConnector>>>>>),
    Socks(Pool<Https<SocksV5<HttpConnector>>>),
}

impl Client {
    pub(super) async fn request(
        &self,
        request: http::Request<Full<Bytes>>,
    ) -> Result<http::Response<hyper::body::Incoming>, legacy::Error> {
        match self {
            Self::Direct(client) => client.request(request).await,
            Self::Tunnel(client) => client.request(request).await,
            Self::TlsTunnel(client) => client.request(request).await,
            Self::Socks(client) => client.request(request).await,
        }
    }
}

/// A pool of connections over a connector.
pub(super) fn pool<C>(connector: C) -> Pool<C>
where
    C: legacy::connect::Connect + Clone,
{
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .http2_initial_stream_window_size(4 << 20)
        .http2_initial_connection_window_size(16 << 20)
        .http2_max_frame_size(64 << 10)
        .http2_keep_alive_interval(std::time::Duration::from_secs(30))
        .http2_keep_alive_timeout(std::time::Duration::from_secs(15))
        .build(connector)
}

/// Go's `url.Error` names the method like this.
pub(super) fn operation(method: &Method) -> &'static str {
    match *method {
        Method::POST => "Post",
        Method::PUT => "Put",
        Method::PATCH => "Patch",
        Method::DELETE => "Delete",
        _ => "Get",
    }
}

/// The cause of a failed request in Go's words.
pub(super) async fn describe(error: &legacy::Error, server: &str, proxy: Option<&str>) -> String {
    let io = find::<io::Error>(error);
    if error.is_connect()
        && find_tls(error).is_none()
        && let Some(io) = io
    {
        // Go: net/http names the step to a proxy.
        return match proxy {
            Some(proxy) => format!("proxyconnect tcp: {}", dial_error(io, proxy).await),
            None => dial_error(io, server).await,
        };
    }
    cause(error)
}

/// The innermost known cause in Go's words.
pub(super) fn cause(error: &(dyn StdError + 'static)) -> String {
    if let Some(tls) = find_tls(error) {
        return tls_error(tls);
    }
    if let Some(hyper) = find::<hyper::Error>(error)
        && hyper.is_incomplete_message()
    {
        return "EOF".to_owned();
    }
    match find::<io::Error>(error) {
        Some(io) if io.kind() == io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        Some(io) if io.kind() == io::ErrorKind::ConnectionReset => "read: connection reset by peer".to_owned(),
        Some(io) => go_text::io_reason(io),
        None => innermost(error).to_string(),
    }
}

async fn dial_error(error: &io::Error, server: &str) -> String {
    let url = url::Url::parse(server).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default().to_owned();
    let port = url.as_ref().and_then(url::Url::port_or_known_default).unwrap_or(443);
    let bare = host.trim_matches(['[', ']']).to_owned();
    match tokio::net::lookup_host((bare.as_str(), port)).await.ok().and_then(|mut found| found.next()) {
        Some(address) if error.kind() == io::ErrorKind::TimedOut => format!("dial tcp {address}: i/o timeout"),
        Some(address) => format!("dial tcp {address}: connect: {}", go_text::io_reason(error)),
        None => format!("dial tcp: lookup {bare}: no such host"),
    }
}

fn tls_error(error: &rustls::Error) -> String {
    use rustls::{CertificateError, Error, InvalidMessage};
    let x509 = |text: &str| format!("tls: failed to verify certificate: x509: {text}");
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => x509("certificate signed by unknown authority"),
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            x509("certificate has expired or is not yet valid")
        }
        Error::InvalidCertificate(CertificateError::NotValidForNameContext { expected, presented }) => {
            x509(&name_error(&expected.to_str(), presented))
        }
        Error::InvalidCertificate(CertificateError::NotValidForName) => {
            x509("certificate is not valid for the name in the address")
        }
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "http: server gave HTTP response to HTTPS client".to_owned()
        }
        Error::AlertReceived(alert) => format!("remote error: tls: {}", alert_text(*alert)),
        other => format!("tls: {other}"),
    }
}

/// Go: x509 `HostnameError`.
fn name_error(wanted: &str, presented: &[String]) -> String {
    let kind = if wanted.parse::<std::net::IpAddr>().is_ok() { "IpAddress(" } else { "DnsName(" };
    let names: Vec<&str> = presented
        .iter()
        .filter_map(|name| name.strip_prefix(kind)?.strip_suffix(')'))
        .map(|name| name.trim_matches('"'))
        .collect();
    if names.is_empty() {
        return format!("certificate is not valid for any names, but wanted to match {wanted}");
    }
    format!("certificate is valid for {}, not {wanted}", names.join(", "))
}

fn alert_text(alert: rustls::AlertDescription) -> String {
    use rustls::AlertDescription as Alert;
    match alert {
        Alert::BadCertificate => "bad certificate".to_owned(),
        Alert::CertificateExpired => "expired certificate".to_owned(),
        Alert::CertificateRequired => "certificate required".to_owned(),
        Alert::UnknownCA => "unknown certificate authority".to_owned(),
        Alert::HandshakeFailure => "handshake failure".to_owned(),
        other => format!("{other:?}"),
    }
}

// rustls errors travel inside io::Error, whose payload is no `source`.
fn find_tls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            let inner: &(dyn StdError + 'static) = inner;
            if let Some(found) = find_tls(inner) {
                return Some(found);
            }
        }
        next = error.source();
    }
    None
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn innermost<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error
}

/// The text of a `Warning` header of code 299: `299 - "text"`.
pub(super) fn warning_text(header: &str) -> Option<String> {
    let rest = header.strip_prefix("299 ")?;
    let (_agent, quoted) = rest.split_once(' ')?;
    let mut text = String::new();
    let mut letters = quoted.strip_prefix('"')?.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => text.extend(letters.next()),
            other => text.push(other),
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{name_error, warning_text};

    #[test]
    fn a_wrong_name_is_told_as_by_go() {
        let presented = ["DnsName(\"a\")", "DnsName(\"b\")", "IpAddress(10.0.0.1)"].map(str::to_owned);
        assert_eq!(name_error("c", &presented), "certificate is valid for a, b, not c");
        assert_eq!(name_error("10.0.0.2", &presented), "certificate is valid for 10.0.0.1, not 10.0.0.2");
        assert_eq!(name_error("c", &[]), "certificate is not valid for any names, but wanted to match c");
    }

    #[test]
    fn only_miscellaneous_warnings_are_shown() {
        let text = warning_text(r#"299 - "unknown field \"spec.x\"""#);
        assert_eq!(text.as_deref(), Some(r#"unknown field "spec.x""#));
        assert_eq!(warning_text(r#"199 - "other""#), None);
        assert_eq!(warning_text(r#"299 - """#), None);
    }
}
