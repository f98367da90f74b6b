//! Spans of calls, as OpenTelemetry's conventions for MCP name their parts.

use crate::timestamp::Timestamp;

/// Whose part a span is: the trace and the span above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace: [u8; 16],
    /// The span above.
    pub span: [u8; 8],
    /// Whether the caller records its part.
    pub is_sampled: bool,
}

impl TraceParent {
    /// Reads a `traceparent` of W3C Trace Context: `00-trace-span-flags`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let version = parts.next().filter(|version| version.len() == 2 && *version != "ff")?;
        let trace = bytes(parts.next()?)?;
        let span = bytes(parts.next()?)?;
        let [flags] = bytes::<1>(parts.next()?)?;
        // Later versions may add parts, this one has none.
        let is_valid = trace != [0; 16] && span != [0; 8] && (version != "00" || parts.next().is_none());
        is_valid.then_some(Self { trace, span, is_sampled: flags & 1 == 1 })
    }
}

fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    if hex.len() != N * 2 || hex.bytes().any(|letter| letter.is_ascii_uppercase()) {
        return None;
    }
    let decoded = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
    decoded.try_into().ok()
}

/// One call, as it is told to a collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// What it belongs to, if the caller said so.
    pub parent: Option<TraceParent>,
    /// Its name: the method and what it was used on.
    pub name: String,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// What else is known, by the names of the conventions.
    pub attributes: Vec<(&'static str, String)>,
    /// How it failed, if it did.
    pub error: Option<&'static str>,
}

/// Takes spans; never waits.
pub trait SpanSink: Send + Sync {
    /// Takes a span.
    fn take(&self, span: Span);
}

#[cfg(test)]
mod tests {
    use super::TraceParent;

    #[test]
    fn a_traceparent_is_read_as_w3c_writes_it() {
        let parse = TraceParent::parse;
        let read = parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        assert_eq!((read.trace[0], read.span[7], read.is_sampled), (0x0a, 0x31, true));
        assert!(parse("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01").is_none());
        assert!(parse("00-00000000000000000000000000000000-b7ad6b7169203331-01").is_none());
        assert!(parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x").is_none());
        assert!(parse("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-x").is_some());
        assert!(parse("").is_none());
    }
}
