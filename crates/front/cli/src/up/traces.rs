//! Spans of calls on their way to a collector, by OTLP over HTTP.
//!
//! Attributes are those of OpenTelemetry's semantic conventions for MCP. Spans wait in a bounded queue and
//! leave in batches by a thread of the library's own: a collector that is away costs spans, never calls.

use std::borrow::Cow;
use std::time::Duration;

use corten_route::{Outcome, Subject, TracedCall, Tracer};
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor as _};

use super::Environment;
use crate::config;

/// For how long the last spans may take when the program ends.
const CLOSING: Duration = Duration::from_secs(2);

/// The variables of OpenTelemetry that name a collector.
const VARIABLES: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// Sends spans to a collector.
#[derive(Debug)]
pub(super) struct Collector {
    processor: BatchSpanProcessor,
    scope: InstrumentationScope,
    ratio: f64,
}

impl Collector {
    /// The collector that the configuration or the environment names, if one does.
    pub(super) fn of(traces: &config::Traces, variables: &Environment) -> Result<Option<Self>, String> {
        let is_named = VARIABLES.iter().any(|name| variables(name).is_some_and(|value| !value.is_empty()));
        let endpoint = traces.endpoint.as_deref().filter(|endpoint| !endpoint.is_empty());
        if endpoint.is_none() && !is_named {
            return Ok(None);
        }
        let mut builder = SpanExporter::builder().with_http();
        if let Some(endpoint) = endpoint {
            builder = builder.with_endpoint(address(endpoint));
        }
        let exporter = builder.build().map_err(|error| format!("cannot send traces: {error}"))?;
        let mut processor = BatchSpanProcessor::builder(exporter).build();
        // The name and attributes of the environment stand over ours.
        let name =
            variables("OTEL_SERVICE_NAME").filter(|name| !name.is_empty()).unwrap_or_else(|| "corten".to_owned());
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        processor.set_resource(&Resource::builder().with_attribute(version).with_service_name(name).build());
        let scope = InstrumentationScope::builder("corten").with_version(env!("CARGO_PKG_VERSION")).build();
        Ok(Some(Self { processor, scope, ratio: traces.ratio }))
    }

    /// Sends what is waiting.
    pub(super) fn close(&self) {
        // What a collector does not take by now it does not get.
        drop(self.processor.shutdown_with_timeout(CLOSING));
    }
}

/// An address without a path is a collector's; traces have a path of their own there.
fn address(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    let has_path = endpoint.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if has_path { endpoint.to_owned() } else { format!("{endpoint}/v1/traces") }
}

impl Tracer for Collector {
    fn samples(&self, trace: [u8; 16]) -> bool {
        // OpenTelemetry: TraceIdRatioBased decides by the last eight bytes, so that all services agree.
        let last = trace.last_chunk().copied().unwrap_or_default();
        let chance = u64::from_be_bytes(last) >> 11;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let share = chance as f64 / (1_u64 << 53) as f64;
        share < self.ratio
    }

    fn ended(&self, call: &TracedCall<'_>) {
        self.processor.on_end(span(call, &self.scope));
    }
}

fn span(call: &TracedCall<'_>, scope: &InstrumentationScope) -> SpanData {
    let id = |bytes: [u8; 8]| SpanId::from_bytes(bytes);
    let trace = TraceId::from_bytes(call.span.trace);
    let error = error(call.outcome);
    SpanData {
        span_context: SpanContext::new(trace, id(call.span.id), TraceFlags::SAMPLED, false, TraceState::NONE),
        parent_span_id: call.span.parent.map_or(SpanId::INVALID, id),
        parent_span_is_remote: call.span.parent.is_some(),
        span_kind: SpanKind::Server,
        name: name(call),
        start_time: call.began,
        end_time: call.began + call.latency,
        attributes: attributes(call, error),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: error.map_or(Status::Unset, Status::error),
        instrumentation_scope: scope.clone(),
    }
}

/// The method, and what is used: only of what there are few.
fn name(call: &TracedCall<'_>) -> Cow<'static, str> {
    match call.act.subject {
        Subject::Tool | Subject::Prompt => format!("{} {}", call.act.method, call.act.name).into(),
        Subject::Resource | Subject::Server => call.act.method.to_owned().into(),
    }
}

fn attributes(call: &TracedCall<'_>, error: Option<&'static str>) -> Vec<KeyValue> {
    let act = &call.act;
    let mut attributes = vec![
        KeyValue::new("mcp.method.name", act.method.to_owned()),
        KeyValue::new("mcp.server.name", act.server.to_owned()),
        KeyValue::new("enduser.id", call.caller.id.to_string()),
    ];
    let name = match act.subject {
        Subject::Tool => Some("gen_ai.tool.name"),
        Subject::Prompt => Some("gen_ai.prompt.name"),
        Subject::Resource => Some("mcp.resource.uri"),
        Subject::Server => None,
    };
    attributes.extend(name.map(|key| KeyValue::new(key, act.name.to_owned())));
    if act.subject == Subject::Tool {
        attributes.push(KeyValue::new("gen_ai.operation.name", "execute_tool"));
    }
    let id = call.request.map(|id| id.trim_matches('"').to_owned());
    attributes.extend(id.map(|id| KeyValue::new("jsonrpc.request.id", id)));
    attributes.extend(error.map(|kind| KeyValue::new("error.type", kind)));
    attributes
}

/// The kind of error that an outcome is.
fn error(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Done | Outcome::Asked => None,
        Outcome::ToolFailed => Some("tool_error"),
        Outcome::Failed => Some("server_error"),
        Outcome::Unreachable => Some("unreachable"),
        Outcome::Cancelled => Some("cancelled"),
        Outcome::Denied => Some("denied"),
        Outcome::Limited => Some("rate_limited"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_has_a_path_for_traces() {
        assert_eq!(address("http://localhost:4318"), "http://localhost:4318/v1/traces");
        assert_eq!(address("http://localhost:4318/"), "http://localhost:4318/v1/traces");
        assert_eq!(address("https://otlp.example/x/v1/traces"), "https://otlp.example/x/v1/traces");
    }
}
