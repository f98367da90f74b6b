//! A small HTTP client that does what it is told, wrong things included: what is sent is what the check wrote.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The messages in the body, whether it is JSON or a stream of events.
    pub(crate) fn messages(&self) -> Vec<Value> {
        let text = self.text();
        if self.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
            let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
            return data.filter_map(|data| serde_json::from_str(data).ok()).collect();
        }
        match serde_json::from_str(&text) {
            Ok(Value::Array(messages)) => messages,
            Ok(message) => vec![message],
            Err(_) => Vec::new(),
        }
    }

    /// The response among the messages.
    pub(crate) fn response(&self) -> anyhow::Result<Value> {
        let found = self.messages().into_iter().find(|message| message["method"].is_null());
        found.with_context(|| format!("no response in {} {}", self.status, self.text()))
    }
}

/// An open answer: its head was read, its body is read on demand.
pub(crate) struct Open {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    source: BufReader<TcpStream>,
    /// What is left of the body: bytes of this chunk, or of all.
    left: Option<usize>,
    is_chunked: bool,
    is_over: bool,
}

/// Splits an address into host and path.
fn parts(url: &str) -> anyhow::Result<(&str, String)> {
    let rest = url.strip_prefix("http://").with_context(|| format!("{url} is no http address"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    Ok((host, format!("/{path}")))
}

/// Sends a request and reads the head of the answer. A `Host` header of the caller replaces ours.
pub(crate) fn open(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    patience: Duration,
) -> anyhow::Result<Open> {
    let (host, path) = parts(url)?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    let has = |name: &str| headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    if !has("host") {
        head.extend(["Host: ", host, "\r\n"]);
    }
    if !body.is_empty() && !has("content-length") && !has("transfer-encoding") {
        head.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
    }
    for (name, value) in headers {
        head.extend([*name, ": ", *value, "\r\n"]);
    }
    head.push_str("\r\n");
    raw(host, &[head.as_bytes(), body].concat(), patience)
}

/// Sends bytes and reads the head of the answer.
pub(crate) fn raw(host: &str, bytes: &[u8], patience: Duration) -> anyhow::Result<Open> {
    let mut stream = TcpStream::connect(host).with_context(|| format!("cannot connect to {host}"))?;
    stream.set_read_timeout(Some(patience)).context("no timeout")?;
    stream.set_nodelay(true).context("no TCP_NODELAY")?;
    // A server may answer and close before it has read everything.
    drop(stream.write_all(bytes));
    let mut source = BufReader::new(stream);
    let mut line = String::new();
    source.read_line(&mut line).context("no answer")?;
    let status = line.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("no status in {line:?}"))?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        source.read_line(&mut line).context("the head was cut")?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let value = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let is_chunked = value("transfer-encoding").is_some_and(|value| value.contains("chunked"));
    let left = value("content-length").and_then(|value| value.parse().ok());
    let is_over = left == Some(0) || matches!(status, 204 | 304);
    Ok(Open { status, left: left.filter(|_| !is_chunked), headers, source, is_chunked, is_over })
}

impl Open {
    /// Reads all of it.
    pub(crate) fn finish(mut self) -> anyhow::Result<Answer> {
        let mut body = Vec::new();
        let mut buffer = [0; 16 << 10];
        loop {
            let count = self.read(&mut buffer).context("the body was cut")?;
            if count == 0 {
                return Ok(Answer { status: self.status, headers: self.headers, body });
            }
            body.extend_from_slice(&buffer[..count]);
        }
    }

    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as events.
    pub(crate) fn events(self) -> Events {
        Events { lines: BufReader::new(self), last_id: None }
    }
}

impl Read for Open {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.is_over {
            return Ok(0);
        }
        if self.is_chunked && self.left.is_none() {
            let mut line = String::new();
            self.source.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16).unwrap_or(0);
            if size == 0 {
                self.is_over = true;
                return Ok(0);
            }
            self.left = Some(size);
        }
        let most = self.left.map_or(buffer.len(), |left| left.min(buffer.len()));
        let count = self.source.read(&mut buffer[..most])?;
        if count == 0 {
            self.is_over = true;
            return Ok(0);
        }
        if let Some(left) = self.left.as_mut() {
            *left -= count;
            if *left == 0 && self.is_chunked {
                self.left = None;
                let mut end = String::new();
                self.source.read_line(&mut end)?;
            } else if *left == 0 {
                self.is_over = true;
            }
        }
        Ok(count)
    }
}

/// A stream of events.
pub(crate) struct Events {
    lines: BufReader<Open>,
    /// The id of the last event.
    pub(crate) last_id: Option<String>,
}

impl Events {
    /// The next event that has data: its kind and the data.
    pub(crate) fn next_event(&mut self) -> anyhow::Result<(String, String)> {
        let (mut kind, mut data) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).context("the stream was cut")? == 0 {
                bail!("the stream ended");
            }
            let line = line.trim_end();
            match line.split_once(':') {
                Some(("data", value)) => data.push_str(value.trim_start()),
                Some(("event", value)) => value.trim().clone_into(&mut kind),
                Some(("id", value)) => self.last_id = Some(value.trim().to_owned()),
                _ if line.is_empty() && !data.is_empty() => return Ok((kind, data)),
                _ => {}
            }
        }
    }

    /// The next message.
    pub(crate) fn next_message(&mut self) -> anyhow::Result<Value> {
        loop {
            let (_, data) = self.next_event()?;
            if let Ok(message) = serde_json::from_str(&data) {
                return Ok(message);
            }
        }
    }
}

/// Sends a request and reads the whole answer.
pub(crate) fn send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    patience: Duration,
) -> anyhow::Result<Answer> {
    open(method, url, headers, body, patience)?.finish()
}

/// GET without headers.
pub(crate) fn get(url: &str, patience: Duration) -> anyhow::Result<Answer> {
    send("GET", url, &[], &[], patience)
}
