//! Policies, limits and records of the store, as routing asks for them.

use std::sync::Arc;
use std::time::Duration;

use corten_govern::audit::{Event, EventKind, Outcome as Ended, hash_arguments};
use corten_govern::metrics::{KindLabels, MethodLabels, Metrics, RequestLabels};
use corten_govern::ports::{AuditSink, Checked, Clock, Limiter, Recorded as Handed};
use corten_govern::{Action, Arguments, Charge, Governance, Hints, Kind, Live, PrincipalKind, Verdict as Counted};
use corten_mcp::message::edit;
use corten_route::{
    Act, Caller, Governor, Limited, Outcome, Record, RecordError, Recorded, Sight, SightMoment, Subject, Verdict,
};
use futures::FutureExt as _;
use futures::future::BoxFuture;

/// What decides, counts and records.
pub struct Governed {
    /// Policies and limits.
    pub live: Arc<Live<Governance>>,
    /// Counts calls.
    pub limiter: Arc<dyn Limiter>,
    /// Takes records.
    pub audit: Arc<dyn AuditSink>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is counted for Prometheus.
    pub metrics: Arc<Metrics>,
    /// Whether every caller is nobody, so that all see the same.
    pub is_anonymous: bool,
}

impl Governor for Governed {
    fn sight<'a>(&'a self, caller: &'a Caller, subject: Subject) -> Sight<'a> {
        let live = self.live.load();
        let now = self.clock.now();
        let second = live.authorizer.looks_at_time().then(|| now.secs());
        let moment = SightMoment { generation: live.generation, principal: Arc::clone(&caller.principal), second };
        let sight = live.authorizer.sight(&caller.principal, kind_of(subject));
        let sees = move |act: &Act<'_>| {
            action(act, Arguments::None, now).is_none_or(|action| live.authorizer.sees(&sight, &action))
        };
        Sight { sees: Box::new(sees), moment }
    }

    fn decide(&self, caller: &Caller, act: &Act<'_>) -> Verdict {
        let Some(action) = action(act, act.arguments.into(), self.clock.now()) else {
            return Verdict::Allow(Arc::new([]));
        };
        let decision = self.live.load().authorizer.decide(&caller.principal, &action);
        let kind = if decision.allow { "allow" } else { "deny" };
        self.metrics.decisions.get_or_create(&KindLabels { kind }).inc();
        if decision.allow {
            return Verdict::Allow(decision.policies);
        }
        if !decision.visible {
            return Verdict::Hide(decision.policies);
        }
        let reason = if decision.scopes.is_empty() {
            "these arguments are not permitted"
        } else {
            "the token does not have the scopes that this needs"
        };
        let scopes = decision.scopes.iter().map(|scope| Box::from(&**scope)).collect();
        Verdict::Deny { policies: decision.policies, reason: reason.into(), scopes }
    }

    fn looks_at_annotations(&self) -> bool {
        self.live.load().authorizer.looks_at_hints()
    }

    fn is_same_for_all(&self) -> bool {
        self.is_anonymous
    }

    fn admit<'a>(&'a self, caller: &'a Caller, act: &Act<'_>) -> Option<BoxFuture<'a, Result<(), Limited>>> {
        let tool = match act.subject {
            Subject::Tool => format!("{}/{}", act.server, act.name),
            _ => String::new(),
        };
        let charge = Charge { caller: &caller.id, own: caller.rate, tool: &tool, route: &caller.route };
        let buckets = self.live.load().limits.buckets(&charge);
        if buckets.is_empty() {
            return None;
        }
        let counted = |verdict: Counted| match verdict {
            Counted::Go { .. } => Ok(()),
            Counted::Wait(retry_after) => {
                self.metrics.limited.inc();
                Err(Limited { retry_after })
            }
        };
        match self.limiter.take(buckets, self.clock.now()) {
            Checked::Now(Counted::Go { .. }) => None,
            Checked::Now(verdict) => Some(std::future::ready(counted(verdict)).boxed()),
            Checked::Later(verdict) => Some(async move { counted(verdict.await) }.boxed()),
        }
    }

    fn is_recording(&self) -> bool {
        self.audit.is_writable()
    }

    fn record(&self, record: &Record<'_>) -> Recorded {
        let act = &record.act;
        self.count(act, record.outcome, record.latency);
        let began = self.clock.now().micros().saturating_sub(micros(record.latency));
        let event = Event {
            time: corten_govern::Timestamp::from_micros(began),
            kind: EventKind::Call,
            caller: (*record.caller.id).to_owned(),
            action: act.method.to_owned(),
            server: Some(act.server.to_owned()),
            name: (act.subject != Subject::Server).then(|| act.name.to_owned()),
            arguments: act.arguments.map(|text| hash_arguments(text.as_bytes())),
            allowed: Some(record.outcome != Outcome::Denied),
            policies: Arc::clone(record.policies),
            outcome: match record.outcome {
                Outcome::Done | Outcome::Asked => Ended::Ok,
                Outcome::ToolFailed => Ended::Error,
                Outcome::Failed | Outcome::Unreachable => Ended::Failed,
                Outcome::Cancelled => Ended::Cancelled,
                Outcome::Denied => Ended::Denied,
                Outcome::Limited => Ended::Limited,
            },
            latency_us: Some(u64::try_from(record.latency.as_micros()).unwrap_or(u64::MAX)),
            trace: record.trace.map(str::to_owned),
            detail: (record.outcome == Outcome::Asked).then(|| "input required".to_owned()),
        };
        let failed = |error: corten_govern::ports::AuditError| RecordError(error.to_string().into());
        match self.audit.record(&event) {
            Ok(Handed::Done) => Ok(None),
            Ok(Handed::Syncing(syncing)) => Ok(Some(async move { syncing.await.map_err(failed) }.boxed())),
            Err(error) => Err(failed(error)),
        }
    }
}

impl Governed {
    fn count(&self, act: &Act<'_>, outcome: Outcome, latency: Duration) {
        let method = known_method(act.method);
        let labels = RequestLabels { server: act.server.to_owned(), method, outcome: word(outcome) };
        self.metrics.requests.get_or_create(&labels).inc();
        let labels = MethodLabels { server: act.server.to_owned(), method };
        self.metrics.durations.get_or_create(&labels).observe(latency.as_secs_f64());
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "ok",
        Outcome::ToolFailed => "error",
        Outcome::Asked => "asked",
        Outcome::Failed => "failed",
        Outcome::Unreachable => "unreachable",
        Outcome::Cancelled => "cancelled",
        Outcome::Denied => "denied",
        Outcome::Limited => "limited",
    }
}

/// A method as a label: what a client makes up must not make series.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = [
        "tools/call",
        "prompts/get",
        "resources/read",
        "completion/complete",
        "tasks/get",
        "tasks/update",
        "tasks/cancel",
        "tasks/result",
        "tasks/list",
    ];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

/// What policies are asked; nothing for what they have no word for: the tasks of a call that was
/// allowed, which are found by ids that nobody can guess.
fn action<'a>(act: &Act<'a>, arguments: Arguments<'a>, time: corten_govern::Timestamp) -> Option<Action<'a>> {
    if act.subject == Subject::Server && act.method.starts_with("tasks/") {
        return None;
    }
    let kind = kind_of(act.subject);
    let name = if act.subject == Subject::Server { act.method } else { act.name };
    let said = |hint: &str| match act.annotations.and_then(|text| edit::member(text, hint)) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    let hints = match act.subject {
        Subject::Tool => Hints::said(said("readOnlyHint"), said("destructiveHint")),
        _ => Hints::default(),
    };
    Some(Action { kind, server: act.server, name, hints, arguments, time })
}

const fn kind_of(subject: Subject) -> Kind {
    match subject {
        Subject::Tool | Subject::Server => Kind::Tool,
        Subject::Prompt => Kind::Prompt,
        Subject::Resource => Kind::Resource,
    }
}

/// A caller of whom nothing is known, with these roles.
pub fn nobody(roles: Vec<String>) -> Arc<corten_govern::Principal> {
    debug_assert_eq!(PrincipalKind::Anonymous.as_str(), "anonymous");
    Arc::new(corten_govern::Principal::anonymous(roles))
}
