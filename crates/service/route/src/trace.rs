//! Traces of calls: whose trace a call belongs to, and the span that stands for it.
//!
//! A client says its trace in `_meta` or in the header `traceparent` (W3C Trace Context); the server is
//! told our span in the same places, so that its spans come below ours. Without a [`Tracer`] nothing is
//! read or changed: what the client said passes as it is.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use corten_mcp::Message;
use corten_mcp::message::{edit, quote};
use corten_mcp::upstream::CallContext;

use crate::governor::{Act, Caller, Outcome};

/// The header, and the member of `_meta`.
const TRACEPARENT: &str = "traceparent";

/// Where spans go.
pub trait Tracer: Send + Sync {
    /// Whether a trace that begins here is recorded.
    fn samples(&self, trace: [u8; 16]) -> bool;

    /// A call has ended.
    fn ended(&self, call: &TracedCall<'_>);
}

/// A call that has ended.
#[derive(Clone, Debug)]
pub struct TracedCall<'a> {
    /// Its span.
    pub span: &'a Span,
    /// Who.
    pub caller: &'a Caller,
    /// What.
    pub act: Act<'a>,
    /// The id of the request, as JSON text.
    pub request: Option<&'a str>,
    /// How it ended.
    pub outcome: Outcome,
    /// When it began.
    pub began: SystemTime,
    /// How long it took.
    pub latency: Duration,
}

/// A place in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The trace.
    pub trace: [u8; 16],
    /// The span.
    pub id: [u8; 8],
    /// The span of whoever called, if it said one.
    pub parent: Option<[u8; 8]>,
    /// Whether it is recorded.
    pub is_sampled: bool,
}

impl Span {
    /// A new span below what a client said, or the first of a trace.
    fn begin(said: Option<&str>, tracer: &dyn Tracer) -> Option<Self> {
        let id = random()?;
        if let Some(parent) = said.and_then(Self::parse) {
            return Some(Self { id, parent: Some(parent.id), ..parent });
        }
        let trace = random()?;
        Some(Self { trace, id, parent: None, is_sampled: tracer.samples(trace) })
    }

    /// Reads `00-<trace>-<span>-<flags>`; versions to come may have more behind it.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let version = hex::<1>(parts.next()?)?;
        let (trace, id, flags) = (hex::<16>(parts.next()?)?, hex::<8>(parts.next()?)?, hex::<1>(parts.next()?)?);
        let is_whole = version[0] > 0 || parts.next().is_none();
        let is_valid = is_whole && version[0] != 0xff && trace != [0; 16] && id != [0; 8];
        is_valid.then_some(Self { trace, id, parent: None, is_sampled: flags[0] & 1 == 1 })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        write!(out, "00-{}-{}-{:02x}", hex(&self.trace), hex(&self.id), u8::from(self.is_sampled))
    }
}

/// What the client said of its trace: in the message, else in the headers.
pub(crate) fn said<'m>(message: &'m Message, context: &'m CallContext) -> Option<std::borrow::Cow<'m, str>> {
    let in_meta = message.meta().and_then(|meta| edit::member(meta, TRACEPARENT)).and_then(edit::text);
    in_meta.or_else(|| {
        let header = context.headers.iter().find(|(name, _)| &**name == TRACEPARENT);
        header.map(|(_, value)| std::borrow::Cow::Borrowed(&**value))
    })
}

/// Begins a span and puts it in the place of what the client said, for the server to see.
pub(crate) fn begin(tracer: &dyn Tracer, message: &mut Message, context: &mut CallContext) -> Option<Arc<Span>> {
    let span = Span::begin(said(message, context).as_deref(), tracer)?;
    let text = span.to_string();
    let others = context.headers.iter().filter(|(name, _)| &**name != TRACEPARENT).cloned();
    context.headers = others.chain([(TRACEPARENT.into(), text.as_str().into())]).collect();
    if let Some(body) = with_meta(message, &text)
        && let Ok(changed) = Message::parse(body)
    {
        *message = changed;
    }
    Some(Arc::new(span))
}

/// The message with `_meta.traceparent`; nothing for one that has no parameters to put it in.
fn with_meta(message: &Message, traceparent: &str) -> Option<bytes::Bytes> {
    let value = quote(traceparent);
    let (range, text) = if let (Some(span), Some(meta)) = (message.meta_span(), message.meta()) {
        (span.range(), edit::with_member(meta, TRACEPARENT, &value))
    } else {
        let meta = format!("{{\"{TRACEPARENT}\":{value}}}");
        (message.params_span()?.range(), edit::with_member(message.params()?, "_meta", &meta))
    };
    Some(edit::splice(message.body(), &[(range, &text)]))
}

fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(bytes)
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    struct All;

    impl Tracer for All {
        fn samples(&self, _: [u8; 16]) -> bool {
            true
        }

        fn ended(&self, _: &TracedCall<'_>) {}
    }

    const SAID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

    #[test]
    fn places_in_traces_are_read_and_written() {
        let span = Span::parse(SAID).unwrap();
        assert!(!span.is_sampled);
        assert_eq!(span.to_string(), SAID);
        assert!(Span::parse(&SAID.replacen("00", "01", 1).replace("-00", "-01-more")).unwrap().is_sampled);
        for bad in ["", "00", &SAID.replacen("00", "ff", 1), &format!("{SAID}-x"), &SAID.to_uppercase()] {
            assert_eq!(Span::parse(bad), None, "{bad}");
        }
        assert_eq!(Span::parse(&format!("00-{}-b7ad6b7169203331-01", "0".repeat(32))), None);
    }

    #[test]
    fn a_server_is_told_our_span_where_the_client_told_its_own() {
        let message = |params: &str| {
            let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call"{params}}}"#);
            Message::parse(Bytes::from(body)).unwrap()
        };
        let mut with_meta = message(&format!(r#","params":{{"name":"a","_meta":{{"k":1,"traceparent":"{SAID}"}}}}"#));
        let mut context = CallContext::own();
        let span = begin(&All, &mut with_meta, &mut context).unwrap();
        assert_eq!(span.parent, Span::parse(SAID).map(|said| said.id));
        assert!(!span.is_sampled, "as the client said");
        assert_eq!(said(&with_meta, &CallContext::own()).as_deref(), Some(span.to_string().as_str()));
        assert_eq!(with_meta.meta().and_then(|meta| edit::member(meta, "k")), Some("1"));
        assert_eq!(context.headers.len(), 1);

        let mut without = message(r#","params":{"name":"a"}"#);
        let span = begin(&All, &mut without, &mut context).unwrap();
        assert_eq!(said(&without, &CallContext::own()).as_deref(), Some(span.to_string().as_str()));
        assert_eq!((without.param("name"), context.headers.len()), (Some("\"a\""), 1));
        assert!(begin(&All, &mut message(""), &mut CallContext::own()).unwrap().is_sampled, "a trace of its own");
    }
}
