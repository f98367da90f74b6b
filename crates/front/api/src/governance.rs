//! Questions to policies and roles that change nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use corten_govern::ports::Collection;
use corten_govern::{
    Action, Authorizer, Decision, Hints, Kind, MCP_SCOPE, Policy, Principal, PrincipalKind, Role, Roles, Timestamp,
    prompt, rfc3339_option,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::api::{ApiState, Call};
use crate::problem::Problem;
use crate::records::{create_from, read};
use crate::reply::Reply;
use crate::route::Answer;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Evaluation {
    #[serde(default)]
    policy_id: Option<String>,
    request: Asked,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    principal: AskedPrincipal,
    #[serde(default)]
    kind: AskedKind,
    server: String,
    name: String,
    #[serde(default)]
    arguments: Option<Map<String, Value>>,
    #[serde(default)]
    read_only: Option<bool>,
    #[serde(default)]
    destructive: Option<bool>,
    #[serde(default, with = "rfc3339_option")]
    time: Option<Timestamp>,
}

/// A caller as described, or a key that exists.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum AskedPrincipal {
    Key(KeyReference),
    Described(Principal),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyReference {
    key: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AskedKind {
    #[default]
    Tool,
    Resource,
    Prompt,
}

impl From<AskedKind> for Kind {
    fn from(kind: AskedKind) -> Self {
        match kind {
            AskedKind::Tool => Self::Tool,
            AskedKind::Resource => Self::Resource,
            AskedKind::Prompt => Self::Prompt,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Creation {
    policy: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleCheck {
    user_id: String,
    #[serde(default)]
    roles: Option<Vec<String>>,
    resource: String,
    action: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeCheck {
    attributes: Map<String, Value>,
    resource: String,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    arguments: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PromptCheck {
    prompt: String,
}

pub(crate) fn evaluate<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let Evaluation { policy_id, request } = read(call.body.clone())?;
        let principal = match request.principal {
            AskedPrincipal::Described(principal) => principal,
            AskedPrincipal::Key(KeyReference { key }) => {
                key_principal(state, &key).ok_or_else(|| Problem::unprocessable(format!("there is no key {key:?}")))?
            }
        };
        let arguments = request.arguments.map(Value::Object);
        let action = Action {
            kind: request.kind.into(),
            server: &request.server,
            name: &request.name,
            hints: match request.kind {
                AskedKind::Tool => Hints::said(request.read_only, request.destructive),
                _ => Hints::default(),
            },
            arguments: arguments.as_ref().into(),
            time: request.time.unwrap_or_else(|| state.now()),
        };
        let principal = Arc::new(principal);
        let decision = match policy_id {
            None => state.store.live().load().authorizer.decide(&principal, &action),
            Some(id) => one_policy(state, &id).await?.decide(&principal, &action),
        };
        Ok(Reply::ok(explained(&decision)))
    })
}

pub(crate) fn create<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let Creation { policy } = read(call.body.clone())?;
        let id = policy.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        create_from::<Policy>(state, call, policy).await?;
        Ok(Reply::created(json!({ "policy_id": id }), format!("/api/v1/policies/{id}")))
    })
}

pub(crate) fn rbac<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let RoleCheck { user_id, roles, resource, action } = read(call.body.clone())?;
        let snapshot = state.store.live().load();
        let roles = match roles {
            Some(roles) => roles,
            None => {
                key_principal(state, user_id.strip_prefix("key:").unwrap_or(&user_id))
                    .ok_or_else(|| {
                        Problem::unprocessable(format!(
                            "{user_id:?} is no key; send the roles of other callers with them"
                        ))
                    })?
                    .roles
            }
        };
        let (resource, scope) = resource.split_once(':').unwrap_or((&resource, "*"));
        let granted = snapshot.authorizer.roles().granting(&roles, resource, &action, scope);
        Ok(Reply::ok(match granted {
            Some((role, permission)) => {
                json!({ "allowed": true, "role": role, "permission": permission, "reason": format!("role {role:?} has {permission}") })
            }
            None => json!({ "allowed": false, "reason": "no role permits it" }),
        }))
    })
}

pub(crate) fn abac<'a>(state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let AttributeCheck { attributes, resource, action, arguments } = read(call.body.clone())?;
        let principal = Arc::new(described(attributes)?);
        let unknown = || {
            Problem::unprocessable(
                "resource must be tool:server/name, resource:server/uri or prompt:server/name, with the action call, read or get",
            )
        };
        let (kind, path) = resource.split_once(':').ok_or_else(unknown)?;
        let (server, name) = path.split_once('/').ok_or_else(unknown)?;
        let kind = match kind {
            "tool" => Kind::Tool,
            "resource" => Kind::Resource,
            "prompt" => Kind::Prompt,
            _ => return Err(unknown()),
        };
        if action.is_some_and(|action| action != kind.verb()) {
            return Err(unknown());
        }
        let arguments = arguments.map(Value::Object);
        let action = Action {
            kind,
            server,
            name,
            hints: Hints::default(),
            arguments: arguments.as_ref().into(),
            time: state.now(),
        };
        let decision = state.store.live().load().authorizer.decide(&principal, &action);
        let explained = explained(&decision);
        Ok(Reply::ok(json!({
            "allowed": decision.allow, "reason": explained["reason"], "policies": explained["policies"],
        })))
    })
}

pub(crate) fn prompt<'a>(_state: &'a ApiState, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let PromptCheck { prompt } = read(call.body.clone())?;
        let threats = prompt::threats(&prompt);
        Ok(Reply::ok(json!({ "safe": threats.is_empty(), "threats": threats })))
    })
}

fn explained(decision: &Decision) -> Value {
    let policies: Vec<&str> = decision.policies.iter().map(|policy| &**policy).collect();
    json!({
        "decision": decision.allow, "visible": decision.visible, "reason": decision.reasons.join("; "),
        "policies": policies,
    })
}

fn key_principal(state: &ApiState, id: &str) -> Option<Principal> {
    let snapshot = state.store.live().load();
    let key = snapshot.keys.get(id)?;
    Some(Principal {
        kind: PrincipalKind::Key,
        name: key.id.clone(),
        roles: sorted(key.roles.clone()),
        scopes: sorted(key.scopes.clone()),
        issuer: None,
        claims: BTreeMap::new(),
    })
}

/// One policy alone: roles are there as groups, and permit nothing by themselves.
async fn one_policy(state: &ApiState, id: &str) -> Result<Authorizer, Problem> {
    let policy = Collection::<Policy>::get(state.store.as_ref(), id).await?.value;
    let snapshot = state.store.live().load();
    let roles = snapshot.authorizer.roles().iter().map(|role| Role { permissions: Vec::new(), ..role.clone() });
    let roles = Roles::build(roles).map_err(|error| Problem::unprocessable(error.to_string()))?;
    let policy = Policy { disabled: false, ..policy };
    Authorizer::build([&policy], Arc::new(roles)).map_err(|error| Problem::unprocessable(error.to_string()))
}

/// A caller of whom only attributes are known: `name`, `roles`, `scopes`, `issuer`, and claims.
fn described(attributes: Map<String, Value>) -> Result<Principal, Problem> {
    let mut principal = Principal {
        kind: PrincipalKind::User,
        name: "unnamed".to_owned(),
        roles: Vec::new(),
        scopes: vec![MCP_SCOPE.to_owned()],
        issuer: None,
        claims: BTreeMap::new(),
    };
    for (name, value) in attributes {
        let list = |value: Value| -> Result<Vec<String>, Problem> {
            serde_json::from_value(value)
                .map(sorted)
                .map_err(|_| Problem::unprocessable(format!("attribute {name:?} must be a list of texts")))
        };
        match (name.as_str(), value) {
            ("roles", value) => principal.roles = list(value)?,
            ("scopes", value) => principal.scopes = list(value)?,
            ("name", Value::String(text)) => principal.name = text,
            ("issuer", Value::String(text)) => principal.issuer = Some(text),
            (_, Value::String(text)) => {
                principal.claims.insert(name, text);
            }
            _ => return Err(Problem::unprocessable(format!("attribute {name:?} must be a text"))),
        }
    }
    Ok(principal)
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list.dedup();
    list
}
