//! One GET of one file. Go: pkg/getter/httpgetter.go.

mod dial;

use std::error::Error as _;
use std::time::Duration;

use futures::StreamExt as _;
use reqwest::header::{ACCEPT, USER_AGENT};
use reqwest::{Certificate, Client, Identity, StatusCode};
use url::Url;

/// How a file is fetched.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// The `Accept` header; none when empty.
    pub accept: String,
    /// Who asks.
    pub user_agent: String,
    /// Name and password, with the URL that they are for.
    pub credentials: Option<Credentials>,
    /// The only authorities to trust, as PEM, instead of the system's.
    pub authorities: Option<Vec<u8>>,
    /// Our own certificate and key, as PEM.
    pub identity: Option<Vec<u8>>,
    /// Takes any certificate.
    pub insecure: bool,
    /// How long the whole transfer may take.
    pub timeout: Duration,
    /// The most bytes to take.
    pub limit: u64,
}

/// Who asks a server that wants to know.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
    /// The URL that they belong to; other hosts do not get them …
    pub url: String,
    /// … unless this is set.
    pub everywhere: bool,
}

/// Why a file could not be had; the texts are Go's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The server answered something else than the file.
    #[error("failed to fetch {url} : {status}{}{words}", if .words.is_empty() { "" } else { " " })]
    Status {
        /// What was asked for.
        url: String,
        /// The status …
        status: u16,
        /// … and its words, if it is a known one.
        words: &'static str,
    },
    /// There is no such URL.
    #[error("parse {}: {cause}", corten_gostd::strconv::quote(.url.as_bytes()))]
    Url {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        cause: String,
    },
    /// No answer, or a broken one.
    #[error("Get {}: {cause}", corten_gostd::strconv::quote(.url.as_bytes()))]
    Transport {
        /// What was asked for.
        url: String,
        /// What went wrong.
        cause: String,
    },
    /// The file is larger than allowed.
    #[error("failed to fetch {url} : it is larger than {limit} bytes")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The most that was allowed.
        limit: u64,
    },
    /// A certificate or key that cannot be used.
    #[error("can't create TLS config for client: {0}")]
    Tls(String),
}

/// Fetches a file.
///
/// # Errors
/// When the server cannot be reached, or answers anything but 200.
pub async fn fetch(address: &str, options: &FetchOptions) -> Result<Vec<u8>, FetchError> {
    let invalid = |error: url::ParseError| FetchError::Url { url: address.to_owned(), cause: error.to_string() };
    let url = Url::parse(address).map_err(invalid)?;
    let mut request = client(options)?.get(url.clone()).header(USER_AGENT, &options.user_agent);
    if !options.accept.is_empty() {
        request = request.header(ACCEPT, &options.accept);
    }
    if let Some(credentials) = options.credentials.as_ref().filter(|credentials| credentials.are_for(&url)) {
        request = request.basic_auth(&credentials.user, Some(&credentials.password));
    }
    let broken =
        |error: reqwest::Error| FetchError::Transport { url: address.to_owned(), cause: cause(&error, Some(&url)) };
    let response = request.send().await.map_err(broken)?;
    let status = response.status();
    if status != StatusCode::OK {
        let words = status.canonical_reason().unwrap_or_default();
        return Err(FetchError::Status { url: address.to_owned(), status: status.as_u16(), words });
    }
    let mut data = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        data.extend_from_slice(&chunk.map_err(broken)?);
        if data.len() as u64 > options.limit {
            return Err(FetchError::TooLarge { url: address.to_owned(), limit: options.limit });
        }
    }
    Ok(data)
}

impl Credentials {
    /// Go: only the same scheme, host and port gets them, unless told otherwise.
    fn are_for(&self, url: &Url) -> bool {
        if self.user.is_empty() || self.password.is_empty() {
            return false;
        }
        let own = Url::parse(&self.url).ok();
        let is_same = |own: &Url| own.scheme() == url.scheme() && own.host() == url.host() && own.port() == url.port();
        self.everywhere || own.as_ref().is_some_and(is_same)
    }
}

fn client(options: &FetchOptions) -> Result<Client, FetchError> {
    // The first one to install a provider wins; all of ours are the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let tls = |error: reqwest::Error| FetchError::Tls(cause(&error, None));
    let mut builder = Client::builder().timeout(options.timeout).no_gzip();
    if let Some(authorities) = &options.authorities {
        builder = builder.tls_certs_only(Certificate::from_pem_bundle(authorities).map_err(tls)?);
    }
    if let Some(identity) = &options.identity {
        builder = builder.identity(Identity::from_pem(identity).map_err(tls)?);
    }
    builder.tls_danger_accept_invalid_certs(options.insecure).build().map_err(tls)
}

/// The innermost reason: reqwest's own words only say that something failed.
fn cause(error: &reqwest::Error, url: Option<&Url>) -> String {
    if error.is_timeout() {
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)".to_owned();
    }
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(inner) = next {
        if text == "dns error" {
            return dial::unknown_host(url.and_then(Url::host_str).unwrap_or_default());
        }
        text = inner.to_string();
        if let Some(io) = inner.downcast_ref::<std::io::Error>()
            && let Some(number) = io.raw_os_error()
        {
            return dial::refused(url, number);
        }
        next = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_with_their_host_and_port() {
        let credentials = |everywhere| Credentials {
            user: "u".to_owned(),
            password: "p".to_owned(),
            url: "https://charts.example/index.yaml".to_owned(),
            everywhere,
        };
        let url = |text: &str| Url::parse(text).expect("a URL");
        assert!(credentials(false).are_for(&url("https://charts.example/a.tgz")));
        assert!(!credentials(false).are_for(&url("https://charts.example:8443/a.tgz")));
        assert!(!credentials(false).are_for(&url("http://charts.example/a.tgz")));
        assert!(credentials(true).are_for(&url("http://else.example/a.tgz")));
    }
}
