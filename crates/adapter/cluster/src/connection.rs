//! Requests to one API server: connections, credentials, throttling, warnings and retries.
//!
//! One HTTP/2 connection carries many requests at once; servers without HTTP/2 get several
//! connections. Bodies are bytes: what is in them is for the callers.

mod auth;
mod exec;
mod pieces;
mod retry;
mod throttle;
mod tls;
mod transport;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;

use crate::kubeconfig::{self, Environment, KubeFlags};
use crate::status::{self, ApiError};
use auth::Credentials;
use throttle::Throttle;

/// How a connection behaves.
#[derive(Clone)]
pub struct Options {
    /// `--qps`: requests per second once the burst is used up; 0 and less: no limit of ours.
    pub qps: f32,
    /// `--burst-limit`.
    pub burst: u32,
    /// How long to wait for the head of an answer (watches excepted).
    pub answer_timeout: Duration,
    /// The name in the server's logs.
    pub user_agent: String,
    /// Where the server's warnings go, each text once.
    pub warn: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            qps: 0.0,
            burst: 100,
            answer_timeout: Duration::from_secs(70),
            user_agent: "Helm/4.2.4".to_owned(),
            warn: Arc::new(|_| ()),
        }
    }
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub method: Method,
    /// Path and query, below the server's address.
    pub path: String,
    pub accept: &'static str,
    pub content_type: &'static str,
    pub body: Bytes,
}

pub(crate) use pieces::Pieces;
pub(crate) use transport::{COMPRESSED, NAMES, STREAM};

pub(crate) const JSON: &str = "application/json";

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::with(Method::GET, path.into(), JSON, Bytes::new())
    }

    pub(crate) fn with(method: Method, path: String, content_type: &'static str, body: Bytes) -> Self {
        Self { method, path, accept: JSON, content_type, body }
    }

    pub(crate) fn accepting(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }
}

/// A good answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub code: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A way to one API server.
pub(crate) struct Connection {
    client: transport::Client,
    proxy: Option<String>,
    server: String,
    credentials: Credentials,
    headers: Vec<(HeaderName, HeaderValue)>,
    throttle: Throttle,
    options: Options,
    compress: bool,
    warned: Mutex<Vec<String>>,
}

impl Connection {
    /// Reads the configuration; nothing is sent yet.
    pub(crate) fn open(flags: &KubeFlags, environment: Environment<'_>, options: Options) -> Result<Self, ApiError> {
        let access = kubeconfig::access(flags, environment).map_err(|error| ApiError::Config(error.0))?;
        let compress = !access.cluster.disable_compression.unwrap_or(false);
        let tls::Way { credentials, client, proxy } = tls::prepare(&access, environment)?;
        let mut headers = auth::impersonation(&access.user)?;
        let agent = HeaderValue::from_str(&options.user_agent).map_err(|error| ApiError::Config(error.to_string()))?;
        headers.push((USER_AGENT, agent));
        Ok(Self {
            client,
            proxy,
            server: access.server.trim_end_matches('/').to_owned(),
            credentials,
            headers,
            throttle: Throttle::new(options.qps, options.burst),
            options,
            compress,
            warned: Mutex::default(),
        })
    }

    /// Sends a request and reads the whole answer; refusals are errors.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, ApiError> {
        self.send_noting(request).await.0
    }

    /// Like [`Self::send`], and says whether an earlier try of the request may have been acted on.
    pub(crate) async fn send_noting(&self, request: &Request) -> (Result<Answer, ApiError>, bool) {
        let mut tries = retry::Tries::default();
        loop {
            let outcome = self.once(request).await;
            match tries.after(request, outcome) {
                retry::Next::Done(result) => return (result, tries.may_have_acted()),
                retry::Next::Again(pause) => tokio::time::sleep(pause).await,
            }
        }
    }

    async fn once(&self, request: &Request) -> Result<Answer, retry::Failure> {
        let _permit = self.throttle.admit().await;
        let response = tokio::time::timeout(self.options.answer_timeout, self.begin(request))
            .await
            .map_err(|_| retry::Failure::no_answer(self.transport_error(request, transport::TIMED_OUT, true)))??;
        let (head, body) = response.into_parts();
        let body = tokio::time::timeout(self.options.answer_timeout, body.collect())
            .await
            .map_err(|_| retry::Failure::no_answer(self.transport_error(request, transport::TIMED_OUT, true)))?
            .map_err(|error| retry::Failure::no_answer(self.transport_error(request, &transport::cause(&error), true)))?
            .to_bytes();
        self.throttle.connected();
        let body = decompress(&head.headers, body)
            .map_err(|cause| retry::Failure::no_answer(self.transport_error(request, &cause, true)))?;
        self.show_warnings(&head.headers);
        let code = head.status.as_u16();
        if (200..300).contains(&code) || code == 304 {
            return Ok(Answer { code, headers: head.headers, body });
        }
        if code == 401 {
            self.credentials.forget().await;
        }
        let refusal = status::refusal(code, request.method.as_str(), &body);
        Err(retry::Failure::refused(refusal, &head.headers))
    }

    /// Sends a request and leaves the body to be read piece by piece (watches, logs).
    pub(crate) async fn stream(&self, request: &Request) -> Result<Incoming, ApiError> {
        let answer = tokio::time::timeout(self.options.answer_timeout, self.begin(request))
            .await
            .map_err(|_| self.transport_error(request, transport::TIMED_OUT, false))?;
        let response = answer.map_err(retry::Failure::into_error)?;
        self.throttle.connected();
        let (head, body) = response.into_parts();
        self.show_warnings(&head.headers);
        if head.status.is_success() {
            return Ok(body);
        }
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let refusal = status::refusal(head.status.as_u16(), request.method.as_str(), &body);
        Err(ApiError::Status(Box::new(refusal)))
    }

    async fn begin(&self, request: &Request) -> Result<http::Response<Incoming>, retry::Failure> {
        let fail = |cause: &str, may_have_acted| {
            retry::Failure::no_answer(self.transport_error(request, cause, may_have_acted))
        };
        let authorization = self
            .credentials
            .header()
            .await
            .map_err(|cause| retry::Failure::final_error(self.transport_error(request, &cause, false)))?;
        let mut builder = http::Request::builder()
            .method(request.method.clone())
            .uri(format!("{}{}", self.server, request.path))
            .header(ACCEPT, request.accept);
        if self.compress && ![STREAM, COMPRESSED, NAMES].contains(&request.accept) {
            builder = builder.header(ACCEPT_ENCODING, "gzip");
        }
        if !request.body.is_empty() {
            builder = builder.header(CONTENT_TYPE, request.content_type);
        }
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        if let Some(value) = authorization {
            builder = builder.header(http::header::AUTHORIZATION, value);
        }
        let built = builder.body(Full::new(request.body.clone())).map_err(|error| fail(&error.to_string(), false))?;
        match self.client.request(built).await {
            Ok(response) => Ok(response),
            Err(error) => {
                let cause = transport::describe(&error, &self.server, self.proxy.as_deref()).await;
                Err(fail(&cause, !error.is_connect()))
            }
        }
    }

    fn transport_error(&self, request: &Request, cause: &str, may_have_acted: bool) -> ApiError {
        ApiError::Transport {
            operation: transport::operation(&request.method),
            url: format!("{}{}", self.server, request.path),
            cause: cause.to_owned(),
            may_have_acted,
        }
    }

    // Go: rest/warnings.go shows warnings of code 299, here each text once per run.
    fn show_warnings(&self, headers: &HeaderMap) {
        for header in headers.get_all(http::header::WARNING) {
            let text = header.to_str().ok().and_then(transport::warning_text);
            if let Some(text) = text
                && let Ok(mut warned) = self.warned.lock()
                && !warned.contains(&text)
            {
                (self.options.warn)(&text);
                warned.push(text);
            }
        }
    }
}

fn decompress(headers: &HeaderMap, body: Bytes) -> Result<Bytes, String> {
    use std::io::Read as _;
    if headers.get(CONTENT_ENCODING).is_none_or(|encoding| encoding != "gzip") {
        return Ok(body);
    }
    let mut plain = Vec::with_capacity(body.len().saturating_mul(6));
    flate2::read::MultiGzDecoder::new(&body[..]).read_to_end(&mut plain).map_err(|error| format!("gzip: {error}"))?;
    Ok(plain.into())
}
