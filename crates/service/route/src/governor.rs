//! The port to policies, limits and records, as routing needs them.

use std::sync::Arc;
use std::time::Duration;

use corten_govern::{Principal, Rate};
use corten_mcp::Secret;
use futures::future::BoxFuture;

/// Who calls, as authentication found it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The caller.
    pub principal: Arc<Principal>,
    /// Its identity, the same for the same caller always.
    pub id: Arc<str>,
    /// The token that it came with, for servers that are set to get it or one exchanged for it.
    pub token: Option<Arc<Secret>>,
    /// The limit that its key has of its own.
    pub rate: Option<Rate>,
    /// The path by which it came.
    pub route: Arc<str>,
}

impl Caller {
    /// A caller of whom nothing is known.
    pub fn anonymous() -> Self {
        let principal = Principal::anonymous(Vec::new());
        Self {
            id: principal.id().into(),
            principal: Arc::new(principal),
            token: None,
            rate: None,
            route: "/mcp".into(),
        }
    }
}

/// What kind of thing is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A tool.
    Tool,
    /// A prompt.
    Prompt,
    /// A resource, or a template of some.
    Resource,
    /// Nothing in particular: a method of the server as a whole.
    Server,
}

/// What a caller wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// The server.
    pub server: &'a str,
    /// What kind of thing is used there.
    pub subject: Subject,
    /// Its name on the server: a tool, a prompt, a resource's URI. The method when there is none.
    pub name: &'a str,
    /// The method.
    pub method: &'a str,
    /// The arguments, as JSON text.
    pub arguments: Option<&'a str>,
    /// What is said about a tool (`annotations`), as JSON text: the operator's word over the server's.
    pub annotations: Option<&'a str>,
}

/// What policies say.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It may be done; by which policies.
    Allow(Arc<[Arc<str>]>),
    /// It may not, and the caller is not to know whether there is such a thing.
    Hide(Arc<[Arc<str>]>),
    /// It may not as it is, but the caller may know of it: some other arguments could be allowed.
    Deny {
        /// The policies that decided.
        policies: Arc<[Arc<str>]>,
        /// Why, for the caller.
        reason: Box<str>,
        /// The scopes that would allow it.
        scopes: Box<[Box<str>]>,
    },
}

/// How a call ended, for the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a result.
    Done,
    /// With a result that says that the tool failed.
    ToolFailed,
    /// With a question to the client.
    Asked,
    /// With an error of the server.
    Failed,
    /// The server did not answer.
    Unreachable,
    /// The client went away or called it off.
    Cancelled,
    /// Policies did not allow it.
    Denied,
    /// A limit did not allow it.
    Limited,
}

/// A call or a decision, for the record.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// What.
    pub act: Act<'a>,
    /// How it ended.
    pub outcome: Outcome,
    /// By which policies.
    pub policies: &'a Arc<[Arc<str>]>,
    /// How long it took.
    pub latency: Duration,
    /// The trace that it belongs to (`traceparent`).
    pub trace: Option<&'a str>,
}

/// No more calls for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// When to try again.
    pub retry_after: Duration,
}

/// The record cannot be written: calls are refused.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the audit record cannot be written: {0}")]
pub struct RecordError(pub Box<str>);

/// What a caller may know of, asked for many things at once.
pub struct Sight<'a> {
    /// Whether the caller may know of something, and later use it with some arguments.
    pub sees: Box<dyn Fn(&Act<'_>) -> bool + Send + Sync + 'a>,
    /// As long as this is the same, so is what the caller sees.
    pub moment: SightMoment,
}

/// By whom and by which policies something is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SightMoment {
    /// The policies: another number with every change.
    pub generation: u64,
    /// The caller, with everything that policies look at.
    pub principal: Arc<Principal>,
    /// The second of the clock, where policies look at that.
    pub second: Option<i64>,
}

/// Policies, limits and records.
pub trait Governor: Send + Sync {
    /// What a caller may know of among things of a kind.
    fn sight<'a>(&'a self, caller: &'a Caller, subject: Subject) -> Sight<'a>;

    /// Whether the caller may know of something, and later use it with some arguments.
    fn may_see(&self, caller: &Caller, act: &Act<'_>) -> bool {
        (self.sight(caller, act.subject).sees)(act)
    }

    /// Whether the caller may do it now.
    fn decide(&self, caller: &Caller, act: &Act<'_>) -> Verdict;

    /// Whether what is said about a tool could change a decision: then it has to be known.
    fn looks_at_annotations(&self) -> bool;

    /// Whether everybody sees the same, so that lists may be kept by anybody.
    fn is_same_for_all(&self) -> bool;

    /// Counts a call. Answers at once unless the count is kept elsewhere.
    fn admit<'a>(&'a self, caller: &'a Caller, act: &Act<'_>) -> Option<BoxFuture<'a, Result<(), Limited>>>;

    /// Whether records can be kept: asked before anything is sent to a server.
    fn is_recording(&self) -> bool;

    /// Keeps a record, before the answer leaves; what is given has to be waited for.
    fn record(&self, record: &Record<'_>) -> Recorded;
}

/// A record that was handed over.
pub type Recorded = Result<Option<BoxFuture<'static, Result<(), RecordError>>>, RecordError>;

/// Allows everything and records nothing: for tests, and where another layer governs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ungoverned;

impl Governor for Ungoverned {
    fn sight<'a>(&'a self, caller: &'a Caller, _: Subject) -> Sight<'a> {
        let moment = SightMoment { generation: 0, principal: Arc::clone(&caller.principal), second: None };
        Sight { sees: Box::new(|_| true), moment }
    }

    fn decide(&self, _: &Caller, _: &Act<'_>) -> Verdict {
        Verdict::Allow(Arc::new([]))
    }

    fn looks_at_annotations(&self) -> bool {
        false
    }

    fn is_same_for_all(&self) -> bool {
        true
    }

    fn admit<'a>(&'a self, _: &'a Caller, _: &Act<'_>) -> Option<BoxFuture<'a, Result<(), Limited>>> {
        None
    }

    fn is_recording(&self) -> bool {
        true
    }

    fn record(&self, _: &Record<'_>) -> Recorded {
        Ok(None)
    }
}
