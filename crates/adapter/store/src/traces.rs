//! Spans on their way to a collector: OTLP over HTTP in its JSON form, in batches, never in the way of a call.

use std::time::Duration;

use corten_govern::Timestamp;
use corten_govern::trace::{Span, SpanSink};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// Spans that wait at most; more are dropped.
const WAITING: usize = 4096;
/// Spans of one request at most, and how long they gather.
const BATCH: usize = 512;
const GATHER: Duration = Duration::from_secs(2);
/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends spans to a collector.
#[derive(Debug)]
pub struct Traces {
    spans: mpsc::Sender<Span>,
}

impl Traces {
    /// Sends to the collector with this address, such as `http://localhost:4318`. Needs a running tokio.
    pub fn start(endpoint: &str, client: reqwest::Client) -> Self {
        let (spans, waiting) = mpsc::channel(WAITING);
        tokio::spawn(send_all(address(endpoint), client, waiting));
        Self { spans }
    }
}

impl SpanSink for Traces {
    fn take(&self, span: Span) {
        // Whoever began the trace decided whether it is recorded.
        if span.parent.is_some_and(|parent| !parent.is_sampled) {
            return;
        }
        // A collector that is too slow costs spans, not calls.
        drop(self.spans.try_send(span));
    }
}

/// The path of traces is added unless it is there.
fn address(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    if endpoint.ends_with("/v1/traces") { endpoint.to_owned() } else { format!("{endpoint}/v1/traces") }
}

async fn send_all(address: String, client: reqwest::Client, mut waiting: mpsc::Receiver<Span>) {
    let mut is_away = false;
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        if batch.len() < BATCH {
            tokio::time::sleep(GATHER).await;
            while batch.len() < BATCH
                && let Ok(span) = waiting.try_recv()
            {
                batch.push(span);
            }
        }
        let sent = client.post(&address).timeout(PATIENCE).json(&request(&batch)).send().await;
        let sent = sent.and_then(reqwest::Response::error_for_status);
        match sent {
            Ok(_) => is_away = false,
            Err(error) if !is_away => {
                is_away = true;
                tracing::warn!(error = %error.without_url(), "the collector does not take traces; they are dropped");
            }
            Err(_) => {}
        }
        batch.clear();
    }
}

/// `ExportTraceServiceRequest` in the JSON form of OTLP.
fn request(spans: &[Span]) -> Value {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let spans: Vec<Value> = spans.iter().filter_map(|span| one(span, text)).collect();
    let version = env!("CARGO_PKG_VERSION");
    json!({"resourceSpans": [{
        "resource": {"attributes": [text("service.name", "corten"), text("service.version", version)]},
        "scopeSpans": [{"scope": {"name": "corten.gateway", "version": version}, "spans": spans}]
    }]})
}

fn one(span: &Span, text: impl Fn(&str, &str) -> Value) -> Option<Value> {
    let mut own = [0; 8];
    getrandom::fill(&mut own).ok()?;
    let mut trace = [0; 16];
    match &span.parent {
        Some(parent) => trace = parent.trace,
        None => getrandom::fill(&mut trace).ok()?,
    }
    let nanos = |time: Timestamp| format!("{}000", time.micros());
    let mut made = json!({
        "traceId": HEXLOWER.encode(&trace), "spanId": HEXLOWER.encode(&own), "name": span.name, "kind": 2,
        "startTimeUnixNano": nanos(span.began), "endTimeUnixNano": nanos(span.ended),
        "attributes": span.attributes.iter().map(|(key, value)| text(key, value)).collect::<Vec<_>>(),
        "status": {}
    });
    if let Some(parent) = &span.parent {
        made["parentSpanId"] = HEXLOWER.encode(&parent.span).into();
    }
    if let Some(error) = span.error {
        made["status"] = json!({"code": 2});
        if let Some(attributes) = made["attributes"].as_array_mut() {
            attributes.push(text("error.type", error));
        }
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use corten_govern::trace::TraceParent;

    use super::*;

    #[test]
    fn a_span_is_told_as_collectors_read_it() {
        let span = Span {
            parent: TraceParent::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            name: "tools/call add".to_owned(),
            began: Timestamp::from_micros(1),
            ended: Timestamp::from_micros(3),
            attributes: vec![("mcp.method.name", "tools/call".to_owned())],
            error: Some("failed"),
        };
        let request = request(&[span]);
        let told = &request["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(told["traceId"], "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(told["parentSpanId"], "b7ad6b7169203331");
        assert_eq!(
            (told["startTimeUnixNano"].as_str(), told["endTimeUnixNano"].as_str()),
            (Some("1000"), Some("3000"))
        );
        assert_eq!(told["status"]["code"], 2);
        assert_eq!(told["attributes"][1]["value"]["stringValue"], "failed");
    }

    #[test]
    fn the_path_is_added_once() {
        assert_eq!(address("http://c:4318/"), "http://c:4318/v1/traces");
        assert_eq!(address("http://c/otlp/v1/traces"), "http://c/otlp/v1/traces");
    }
}
