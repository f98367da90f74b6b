//! May this caller do this? The answer, with the policies that gave it.
//!
//! Cedar decides; nothing is allowed unless a policy permits it and none forbids it, and a forbid
//! that cannot be evaluated counts as one that applies. A forbid with `@scopes("a b")` is one that a token
//! with these scopes lifts: whoever a role allows the rest learns what to ask for. What does not depend on arguments and time
//! is decided once per caller and target and remembered in the [`Authorizer`], which is immutable
//! otherwise and is replaced as a whole when policies or roles change.

mod entities;
mod glance;
mod memory;

use std::sync::Arc;

use cedar_policy::{Entities, EntityUid, PolicyId, PolicySet, Request};
use serde_json::Value;

pub(crate) use crate::decide::glance::Reading;
pub use crate::decide::glance::Sight;
use crate::decide::memory::Memory;
use crate::policy::{self, Policy, PolicyError, Statement};
use crate::principal::{Principal, PrincipalKind};
use crate::role::Roles;
use crate::timestamp::Timestamp;

/// The scope that an API key needs to use servers.
pub const MCP_SCOPE: &str = "mcp";

/// What kind of thing a server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A tool, which is called.
    Tool,
    /// A resource, which is read or subscribed to.
    Resource,
    /// A prompt, which is got.
    Prompt,
}

impl Kind {
    /// The word in permissions and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
        }
    }

    /// What is done with it, in permissions and policies.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Tool => "call",
            Self::Resource => "read",
            Self::Prompt => "get",
        }
    }
}

/// What is said about a tool: by the operator, where that is nothing by the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The tool changes nothing.
    pub read_only: bool,
    /// What the tool changes may be lost.
    pub destructive: bool,
}

impl Hints {
    /// What holds for a tool of which this was said. As the protocol has it, what nobody says anything about may
    /// change things and destroy them.
    pub fn said(read_only: Option<bool>, destructive: Option<bool>) -> Self {
        let read_only = read_only.unwrap_or(false);
        Self { read_only, destructive: !read_only && destructive.unwrap_or(true) }
    }
}

/// What is to be decided.
#[derive(Clone, Copy, Debug)]
pub struct Action<'a> {
    /// What is used.
    pub kind: Kind,
    /// The server that offers it.
    pub server: &'a str,
    /// Its name there: a tool, a prompt, a resource's URI.
    pub name: &'a str,
    /// What is said about it.
    pub hints: Hints,
    /// The arguments of the call; nothing for resources.
    pub arguments: Arguments<'a>,
    /// When it happens.
    pub time: Timestamp,
}

/// Arguments of a call, as they are at hand. They are read only where a policy looks at them.
#[derive(Clone, Copy, Debug, Default)]
pub enum Arguments<'a> {
    /// There are none.
    #[default]
    None,
    /// As a value.
    Value(&'a Value),
    /// As JSON text.
    Text(&'a str),
}

impl<'a> From<Option<&'a Value>> for Arguments<'a> {
    fn from(value: Option<&'a Value>) -> Self {
        value.map_or(Self::None, Self::Value)
    }
}

impl<'a> From<Option<&'a str>> for Arguments<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::None, Self::Text)
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may happen.
    pub allow: bool,
    /// Whether the caller may know of it: some other arguments could be allowed.
    pub visible: bool,
    /// The policies that decided, `role:name` for a role; none when nothing permits.
    pub policies: Arc<[Arc<str>]>,
    /// Why, in words.
    pub reasons: Arc<[String]>,
    /// The scopes that a token needs for it, when nothing else is in the way.
    pub scopes: Arc<[Arc<str>]>,
}

/// All policies and roles, ready to decide.
#[derive(Debug)]
pub struct Authorizer {
    engine: cedar_policy::Authorizer,
    /// Statements that look at neither arguments nor time.
    fixed: PolicySet,
    /// The same one by one, to be read at a glance.
    readable: Vec<Statement>,
    /// The others, and their heads in one set.
    moving: Vec<Statement>,
    heads: PolicySet,
    roles: Arc<Roles>,
    memory: Memory,
}

/// What is known about a caller and a target before the arguments are.
#[derive(Debug)]
struct Prepared {
    base: Outcome,
    decision: Decision,
    moving: Option<Moving>,
}

/// The statements whose answer may differ from call to call, with what Cedar needs to ask them.
#[derive(Debug)]
struct Moving {
    all: PolicySet,
    only_time: PolicySet,
    may_permit_by_arguments: bool,
    entities: Entities,
    principal: EntityUid,
    action: EntityUid,
    resource: EntityUid,
}

/// What a set of statements says.
#[derive(Clone, Debug, Default)]
struct Outcome {
    permits: Vec<Arc<str>>,
    forbids: Vec<Arc<str>>,
    /// Whether one of them stands whatever the caller's scopes are.
    is_final: bool,
    /// The scopes that lift the others (`@scopes("a b")`).
    scopes: Vec<Arc<str>>,
    failures: Vec<String>,
}

impl Authorizer {
    /// Compiles policies and roles; disabled policies are left out.
    pub fn build<'a>(policies: impl IntoIterator<Item = &'a Policy>, roles: Arc<Roles>) -> Result<Self, PolicyError> {
        let mut statements = policy::compile_roles(&roles)?;
        for policy in policies.into_iter().filter(|policy| !policy.disabled) {
            statements.extend(policy::compile(policy)?);
        }
        let mut fixed = PolicySet::new();
        let mut heads = PolicySet::new();
        let mut moving = Vec::new();
        let mut readable = Vec::new();
        for statement in statements {
            let clash = |error: cedar_policy::PolicySetError| PolicyError::Syntax {
                policy: statement.source.to_string(),
                message: error.to_string(),
            };
            if statement.looks_at_arguments || statement.looks_at_time {
                heads.add(statement.head.clone()).map_err(clash)?;
                moving.push(statement);
            } else {
                fixed.add(statement.compiled.clone()).map_err(clash)?;
                readable.push(statement);
            }
        }
        let engine = cedar_policy::Authorizer::new();
        Ok(Self { engine, fixed, readable, moving, heads, roles, memory: Memory::default() })
    }

    /// The roles that it was built with.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// Decides about one call.
    pub fn decide(&self, caller: &Arc<Principal>, action: &Action<'_>) -> Decision {
        let prepared = self.prepared(caller, action);
        let Some(moving) = &prepared.moving else { return prepared.decision.clone() };
        let hidden_or_not = |denied| Decision { visible: self.is_visible(&prepared.base, moving, action), ..denied };
        if !prepared.base.forbids.is_empty() {
            return hidden_or_not(prepared.decision.clone());
        }
        let context = match entities::context(action.arguments, action.time) {
            Ok(context) => context,
            Err(reason) => return hidden_or_not(deny(false, &[], vec![reason])),
        };
        let outcome = self.ask(&moving.all, moving, context);
        let decision = prepared.base.joined(outcome).decision(false);
        if decision.allow { decision } else { hidden_or_not(decision) }
    }

    /// Says whether a caller may know of something, whatever its arguments will be.
    pub fn visible(&self, caller: &Arc<Principal>, action: &Action<'_>) -> bool {
        let prepared = self.prepared(caller, action);
        let Some(moving) = &prepared.moving else { return prepared.decision.visible };
        self.is_visible(&prepared.base, moving, action)
    }

    fn is_visible(&self, base: &Outcome, moving: &Moving, action: &Action<'_>) -> bool {
        if base.is_final {
            return false;
        }
        let Ok(context) = entities::context(Arguments::None, action.time) else { return false };
        let outcome = base.joined(self.ask(&moving.only_time, moving, context));
        !outcome.is_final && (!outcome.permits.is_empty() || moving.may_permit_by_arguments)
    }

    fn prepared(&self, caller: &Arc<Principal>, action: &Action<'_>) -> Arc<Prepared> {
        self.memory.get_or_make(caller, action, || self.prepare(caller, action))
    }

    fn prepare(&self, caller: &Principal, action: &Action<'_>) -> Prepared {
        if caller.kind == PrincipalKind::Key && !caller.has_scope(MCP_SCOPE) {
            let reason = format!("the scopes of {caller} do not include {MCP_SCOPE:?}");
            return Prepared { base: Outcome::default(), decision: deny(false, &[], vec![reason]), moving: None };
        }
        let facts = match entities::facts(caller, action, &self.roles) {
            Ok(facts) => facts,
            Err(reason) => {
                return Prepared { base: Outcome::default(), decision: deny(false, &[], vec![reason]), moving: None };
            }
        };
        let mut moving = Moving {
            all: PolicySet::new(),
            only_time: PolicySet::new(),
            may_permit_by_arguments: false,
            entities: facts.entities,
            principal: facts.principal,
            action: facts.action,
            resource: facts.resource,
        };
        let base = self.ask(&self.fixed, &moving, cedar_policy::Context::empty());
        if let Err(reason) = self.select_moving(&mut moving) {
            return Prepared { base, decision: deny(false, &[], vec![reason]), moving: None };
        }
        let base_decision = base.decision(false);
        let visible = !base.is_final && !base.permits.is_empty();
        let decision = Decision { visible, ..base_decision };
        let moving = (!moving.all.is_empty()).then_some(moving);
        Prepared { base, decision, moving }
    }

    /// Picks the statements that could apply to this caller and target at all.
    fn select_moving(&self, moving: &mut Moving) -> Result<(), String> {
        if self.moving.is_empty() {
            return Ok(());
        }
        let request = moving.request(cedar_policy::Context::empty())?;
        let response = self.engine.is_authorized(&request, &self.heads, &moving.entities);
        let mut applying: Vec<_> = response.diagnostics().reason().collect();
        applying.sort();
        for statement in &self.moving {
            if applying.binary_search(&statement.compiled.id()).is_err() {
                continue;
            }
            let clash = |error: cedar_policy::PolicySetError| error.to_string();
            moving.all.add(statement.compiled.clone()).map_err(clash)?;
            if statement.looks_at_arguments {
                moving.may_permit_by_arguments |= !statement.is_forbid();
            } else {
                moving.only_time.add(statement.compiled.clone()).map_err(clash)?;
            }
        }
        Ok(())
    }

    fn ask(&self, set: &PolicySet, moving: &Moving, context: cedar_policy::Context) -> Outcome {
        let request = match moving.request(context) {
            Ok(request) => request,
            Err(reason) => return Outcome { failures: vec![reason], ..Outcome::default() },
        };
        let response = self.engine.is_authorized(&request, set, &moving.entities);
        let mut outcome = Outcome::default();
        let mut ids: Vec<_> = response.diagnostics().reason().collect();
        ids.sort();
        for id in ids {
            let source = source_of(id);
            let forbid = set.policy(id).filter(|policy| policy.effect() == cedar_policy::Effect::Forbid);
            let is_forbid = forbid.is_some();
            match forbid.and_then(|policy| policy.annotation(policy::SCOPES)) {
                Some(scopes) => outcome.scopes.extend(scopes.split_whitespace().map(Arc::from)),
                None => outcome.is_final |= is_forbid,
            }
            let list = if is_forbid { &mut outcome.forbids } else { &mut outcome.permits };
            if !list.contains(&source) {
                list.push(source);
            }
        }
        for error in response.diagnostics().errors() {
            let cedar_policy::AuthorizationError::PolicyEvaluationError(error) = error;
            let id = error.policy_id();
            let source = source_of(id);
            outcome.failures.push(format!("policy {source:?} cannot be evaluated: {}", error.inner()));
            // Cedar skips what fails; a forbid that is skipped would allow.
            if set.policy(id).is_some_and(|policy| policy.effect() == cedar_policy::Effect::Forbid) {
                outcome.forbids.push(source);
                outcome.is_final = true;
            }
        }
        outcome.failures.sort();
        if !outcome.is_final && !outcome.scopes.is_empty() {
            // Of what is forbidden Cedar does not say whether anything permits it.
            outcome.permits = self.ask_permits(set, &request, moving);
        }
        outcome
    }

    /// The permits that would decide if nothing forbade.
    fn ask_permits(&self, set: &PolicySet, request: &Request, moving: &Moving) -> Vec<Arc<str>> {
        let is_permit = |policy: &&cedar_policy::Policy| policy.effect() == cedar_policy::Effect::Permit;
        let Ok(permits) = PolicySet::from_policies(set.policies().filter(is_permit).cloned()) else {
            return Vec::new();
        };
        let response = self.engine.is_authorized(request, &permits, &moving.entities);
        response.diagnostics().reason().map(source_of).collect()
    }
}

/// The policy that a statement comes from.
fn source_of(id: &PolicyId) -> Arc<str> {
    let text: &str = id.as_ref();
    text.rsplit_once('#').map_or(text, |(source, _)| source).into()
}

impl Moving {
    fn request(&self, context: cedar_policy::Context) -> Result<Request, String> {
        Request::new(self.principal.clone(), self.action.clone(), self.resource.clone(), context, None)
            .map_err(|error| error.to_string())
    }
}

impl Outcome {
    fn joined(&self, other: Self) -> Self {
        let join = |a: &[Arc<str>], b: Vec<Arc<str>>| {
            let mut all = a.to_vec();
            all.extend(b);
            all
        };
        Self {
            permits: join(&self.permits, other.permits),
            forbids: join(&self.forbids, other.forbids),
            is_final: self.is_final || other.is_final,
            scopes: join(&self.scopes, other.scopes),
            failures: self.failures.iter().cloned().chain(other.failures).collect(),
        }
    }

    fn decision(&self, visible: bool) -> Decision {
        let mut reasons = Vec::new();
        if !self.forbids.is_empty() {
            reasons.push(format!("forbidden by {}", self.forbids.join(", ")));
            reasons.extend(self.failures.iter().cloned());
            let denied = deny(visible, &self.forbids, reasons);
            // What no role allows is not to be had by a better token either.
            let is_liftable = !self.is_final && !self.permits.is_empty();
            return Decision {
                scopes: if is_liftable { self.scopes.as_slice().into() } else { denied.scopes },
                ..denied
            };
        }
        if self.permits.is_empty() {
            reasons.push("no policy permits it".to_owned());
            reasons.extend(self.failures.iter().cloned());
            return deny(visible, &[], reasons);
        }
        reasons.push(format!("permitted by {}", self.permits.join(", ")));
        reasons.extend(self.failures.iter().cloned());
        let policies = self.permits.as_slice().into();
        Decision { allow: true, visible: true, policies, reasons: reasons.into(), scopes: Arc::default() }
    }
}

fn deny(visible: bool, policies: &[Arc<str>], reasons: Vec<String>) -> Decision {
    Decision { allow: false, visible, policies: policies.into(), reasons: reasons.into(), scopes: Arc::default() }
}

#[cfg(test)]
#[path = "decide/tests.rs"]
mod tests;
