//! `mcp-null [--listen ADDRESS] [--tools N] [--delay MS]`: an upstream that costs next to nothing, for measuring.
//!
//! Answers both eras at every path: `initialize`, `server/discover`, `ping`, the lists and `tools/call` with the
//! shortest correct results, headers and body in one write, without Nagle's delay.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program says where it listens")]

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What is read of a request.
#[derive(Deserialize)]
struct Peek<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    method: &'a str,
}

/// What the process was told.
struct Settings {
    /// The result of `tools/list`.
    tools: String,
    /// How long each call takes.
    delay: Duration,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mcp-null: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let (mut listen, mut tools, mut delay) = ("127.0.0.1:8002".to_owned(), 1_usize, 0_u64);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("usage: mcp-null [--listen ADDRESS] [--tools N] [--delay MS]")?;
        match argument.as_str() {
            "--listen" => listen = value,
            "--tools" => tools = value.parse()?,
            "--delay" => delay = value.parse()?,
            _ => return Err(format!("unknown flag {argument}").into()),
        }
    }
    let settings = Arc::new(Settings { tools: tool_list(tools), delay: Duration::from_millis(delay) });
    let listener = tokio::net::TcpListener::bind(&listen).await?;
    println!("http://{}/mcp", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let settings = Arc::clone(&settings);
        let service = service_fn(move |request| answer(Arc::clone(&settings), request));
        let stream = hyper_util::rt::TokioIo::new(stream);
        let connection =
            hyper::server::conn::http1::Builder::new().pipeline_flush(true).serve_connection(stream, service);
        drop(tokio::spawn(connection));
    }
}

/// The tools: the first is the conformance suite's, the others are numbered.
fn tool_list(count: usize) -> String {
    let names = std::iter::once("test_simple_text".to_owned()).chain((1..).map(|number| format!("tool_{number:04}")));
    let tool = |name| {
        format!(
            r#"{{"name":"{name}","description":"A tool that answers at once, for measuring","inputSchema":{{"type":"object","properties":{{"text":{{"type":"string","description":"any text"}},"count":{{"type":"integer"}}}}}}}}"#
        )
    };
    let tools: Vec<_> = names.take(count).map(tool).collect();
    format!(r#"{{"resultType":"complete","tools":[{}],"ttlMs":60000,"cacheScope":"public"}}"#, tools.join(","))
}

async fn answer(settings: Arc<Settings>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    match *request.method() {
        Method::POST => {}
        Method::DELETE => return Ok(plain(StatusCode::OK)),
        _ => return Ok(plain(StatusCode::METHOD_NOT_ALLOWED)),
    }
    let Ok(body) = request.into_body().collect().await else { return Ok(plain(StatusCode::BAD_REQUEST)) };
    let body = body.to_bytes();
    let Ok(peek) = serde_json::from_slice::<Peek<'_>>(&body) else { return Ok(plain(StatusCode::BAD_REQUEST)) };
    let Some(id) = peek.id else { return Ok(plain(StatusCode::ACCEPTED)) };
    if !settings.delay.is_zero() {
        tokio::time::sleep(settings.delay).await;
    }
    let text = match peek.method {
        "tools/call" => {
            r#"{"resultType":"complete","content":[{"type":"text","text":"This is a simple text response for testing."}],"isError":false}"#
        }
        "tools/list" => &settings.tools,
        "initialize" => {
            r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"mcp-null","version":"0"}}"#
        }
        "server/discover" => {
            r#"{"resultType":"complete","supportedVersions":["2025-11-25","2026-07-28"],"capabilities":{"tools":{}},"serverInfo":{"name":"mcp-null","version":"0"},"ttlMs":60000,"cacheScope":"public"}"#
        }
        "ping" => "{}",
        "resources/list" => r#"{"resultType":"complete","resources":[],"ttlMs":60000,"cacheScope":"public"}"#,
        "prompts/list" => r#"{"resultType":"complete","prompts":[],"ttlMs":60000,"cacheScope":"public"}"#,
        _ => {
            let error = r#"{"code":-32601,"message":"method not found"}"#;
            return Ok(json(StatusCode::NOT_FOUND, format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#), None));
        }
    };
    let session = (peek.method == "initialize").then_some("null");
    Ok(json(StatusCode::OK, format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{text}}}"#), session))
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn json(status: StatusCode, body: String, session: Option<&'static str>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    if let Some(session) = session {
        response.headers_mut().insert("mcp-session-id", http::HeaderValue::from_static(session));
    }
    response
}
