//! What is counted and measured, for Prometheus.
//!
//! One registry per process, handed around; nothing is global. [`METRICS`] names every family.
//! Labels hold server names, methods and fixed words, never what a caller sent, so that the number
//! of series is bounded by the configuration.

use std::fmt;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Every family: its name as Prometheus shows it, and what it says.
pub const METRICS: &[(&str, &str)] = &[
    ("corten_mcp_requests_total", "MCP requests by server, method and outcome."),
    ("corten_mcp_request_duration_seconds", "Time from an MCP request to its answer, by server and method."),
    ("corten_upstream_up", "1 when the server answered last, 0 when its circuit is open."),
    ("corten_sessions", "Sessions held in memory, and calls parked until a stateless client answers, by kind."),
    ("corten_tasks", "Tasks of this process that have not ended."),
    ("corten_decisions_total", "Policy decisions by result."),
    ("corten_limited_total", "Calls that were refused because there were too many."),
    ("corten_authentication_failures_total", "Credentials that were refused, by kind."),
    ("corten_audit_entries_total", "Entries written to the audit spool."),
    ("corten_audit_waiting_entries", "Entries in the spool that the store does not have yet."),
    ("corten_audit_unwritable_total", "Entries that could not be written; their calls were refused."),
    ("corten_store_up", "1 when the store answered last, 0 otherwise."),
    ("http_requests_total", "HTTP requests by engine, endpoint and status."),
    ("http_request_duration_seconds", "Time from an HTTP request to its answer, by engine and endpoint."),
];

/// Labels of an MCP request.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct RequestLabels {
    /// The server; `*` for all of them together.
    pub server: String,
    /// The method, `other` when it is none of MCP's.
    pub method: &'static str,
    /// How it ended.
    pub outcome: &'static str,
}

/// Labels of a time.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct MethodLabels {
    /// The server.
    pub server: String,
    /// The method.
    pub method: &'static str,
}

/// The server alone.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ServerLabels {
    /// The server.
    pub server: String,
}

/// A fixed word.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct KindLabels {
    /// The word.
    pub kind: &'static str,
}

/// Labels of an HTTP request.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct HttpLabels {
    /// `gateway` or `api`.
    pub engine: &'static str,
    /// The route's pattern.
    pub endpoint: &'static str,
    /// The status code.
    pub status: u16,
}

/// Labels of an HTTP time.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct EndpointLabels {
    /// `gateway` or `api`.
    pub engine: &'static str,
    /// The route's pattern.
    pub endpoint: &'static str,
}

type Times<L> = Family<L, Histogram, fn() -> Histogram>;

/// All metrics of a process, as in [`METRICS`].
pub struct Metrics {
    registry: Registry,
    /// `corten_mcp_requests_total`
    pub requests: Family<RequestLabels, Counter>,
    /// `corten_mcp_request_duration_seconds`
    pub durations: Times<MethodLabels>,
    /// `corten_upstream_up`
    pub upstream_up: Family<ServerLabels, Gauge>,
    /// `corten_sessions`
    pub sessions: Family<KindLabels, Gauge>,
    /// `corten_tasks`
    pub tasks: Gauge,
    /// `corten_decisions_total`
    pub decisions: Family<KindLabels, Counter>,
    /// `corten_limited_total`
    pub limited: Counter,
    /// `corten_authentication_failures_total`
    pub authentication_failures: Family<KindLabels, Counter>,
    /// `corten_audit_entries_total`
    pub audit_entries: Counter,
    /// `corten_audit_waiting_entries`
    pub audit_waiting: Gauge,
    /// `corten_audit_unwritable_total`
    pub audit_unwritable: Counter,
    /// `corten_store_up`
    pub store_up: Gauge,
    /// `http_requests_total`
    pub http_requests: Family<HttpLabels, Counter>,
    /// `http_request_duration_seconds`
    pub http_durations: Times<EndpointLabels>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics that are all zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(histogram),
            upstream_up: Family::default(),
            sessions: Family::default(),
            tasks: Gauge::default(),
            decisions: Family::default(),
            limited: Counter::<u64, AtomicU64>::default(),
            authentication_failures: Family::default(),
            audit_entries: Counter::default(),
            audit_waiting: Gauge::default(),
            audit_unwritable: Counter::default(),
            store_up: Gauge::default(),
            http_requests: Family::default(),
            http_durations: Family::new_with_constructor(histogram),
        };
        metrics.register();
        metrics
    }

    /// The text that Prometheus reads (`OpenMetrics`).
    pub fn encode(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        let mut families = METRICS.iter();
        // In the order of the table; the encoder adds `_total` and the unit again.
        let mut next = || families.next().copied().unwrap_or_default();
        counter(registry, next(), self.requests.clone());
        seconds(registry, next(), self.durations.clone());
        gauge(registry, next(), self.upstream_up.clone());
        gauge(registry, next(), self.sessions.clone());
        gauge(registry, next(), self.tasks.clone());
        counter(registry, next(), self.decisions.clone());
        counter(registry, next(), self.limited.clone());
        counter(registry, next(), self.authentication_failures.clone());
        counter(registry, next(), self.audit_entries.clone());
        gauge(registry, next(), self.audit_waiting.clone());
        counter(registry, next(), self.audit_unwritable.clone());
        gauge(registry, next(), self.store_up.clone());
        counter(registry, next(), self.http_requests.clone());
        seconds(registry, next(), self.http_durations.clone());
    }
}

type Row = (&'static str, &'static str);

fn counter(registry: &mut Registry, (name, help): Row, metric: impl prometheus_client::registry::Metric) {
    registry.register(name.trim_end_matches("_total"), help.trim_end_matches('.'), metric);
}

fn gauge(registry: &mut Registry, (name, help): Row, metric: impl prometheus_client::registry::Metric) {
    registry.register(name, help.trim_end_matches('.'), metric);
}

fn seconds(registry: &mut Registry, (name, help): Row, metric: impl prometheus_client::registry::Metric) {
    registry.register_with_unit(name.trim_end_matches("_seconds"), help.trim_end_matches('.'), Unit::Seconds, metric);
}

/// From a tenth of a millisecond to a minute.
fn histogram() -> Histogram {
    Histogram::new([
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
        30.0, 60.0,
    ])
}

#[cfg(test)]
mod tests {
    use super::{EndpointLabels, HttpLabels, KindLabels, METRICS, MethodLabels, Metrics, RequestLabels, ServerLabels};

    #[test]
    fn every_family_of_the_table_is_shown_with_its_text() {
        let metrics = Metrics::new();
        let (server, method, outcome) = ("files".to_owned(), "tools/call", "ok");
        metrics.requests.get_or_create(&RequestLabels { server: server.clone(), method, outcome }).inc();
        metrics.durations.get_or_create(&MethodLabels { server: server.clone(), method }).observe(0.1);
        metrics.upstream_up.get_or_create(&ServerLabels { server }).set(1);
        metrics.sessions.get_or_create(&KindLabels { kind: "open" }).set(1);
        metrics.decisions.get_or_create(&KindLabels { kind: "allow" }).inc();
        metrics.authentication_failures.get_or_create(&KindLabels { kind: "key" }).inc();
        metrics.http_requests.get_or_create(&HttpLabels { engine: "api", endpoint: "/health", status: 200 }).inc();
        metrics.http_durations.get_or_create(&EndpointLabels { engine: "api", endpoint: "/health" }).observe(0.1);
        let text = metrics.encode();
        let shown = text.lines().filter(|line| line.starts_with("# HELP ")).count();
        assert_eq!(shown, METRICS.len());
        for (name, help) in METRICS {
            let family = name.trim_end_matches("_total");
            assert!(text.contains(&format!("# HELP {family} {help}\n")), "{name}: {help}\n{text}");
        }
        assert!(text.contains("http_requests_total{engine=\"api\",endpoint=\"/health\",status=\"200\"} 1\n"), "{text}");
        assert!(text.contains("corten_mcp_request_duration_seconds_bucket{le=\"0.1\","), "{text}");
    }
}
