//! Policies in Cedar, compiled into statements that know what they look at.
//!
//! The vocabulary is fixed: callers are `User`, `Key` or `Anonymous` entities inside `Role`s; the
//! actions are `call`, `read` and `get`; the resources are `Tool`, `Resource` and `Prompt`
//! entities (`"server/name"`) inside their `Server`. `context` holds `arguments` and `time`. A
//! word outside of it is refused when the policy is compiled: a misspelt forbid must not be silent.

mod size;

use std::sync::Arc;

use cedar_policy::{Effect, PolicyId, PolicySet};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::decide::Reading;
use crate::role::Roles;

/// The annotation of a forbid that names the scopes that lift it, separated by spaces.
pub(crate) const SCOPES: &str = "scopes";

/// A policy as it is kept: Cedar text under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// By what decisions name it.
    pub id: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// One or more Cedar statements.
    pub text: String,
    /// Kept, but not applied.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

/// Why a policy cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Not Cedar.
    #[error("policy {policy:?} is not valid Cedar: {message}")]
    Syntax {
        /// Which one.
        policy: String,
        /// What the parser says.
        message: String,
    },
    /// Cedar, with a word that means nothing here.
    #[error("policy {policy:?} names {word}; known are {known}")]
    Unknown {
        /// Which one.
        policy: String,
        /// What is not known.
        word: String,
        /// What could have been meant.
        known: &'static str,
    },
    /// A template with slots, which nothing would fill.
    #[error("policy {policy:?} is a template; write the principal or resource in place of its slots")]
    Template {
        /// Which one.
        policy: String,
    },
    /// Longer or deeper than anything that people write.
    #[error("policy {policy:?} {what}; split it into several policies")]
    TooLarge {
        /// Which one.
        policy: String,
        /// What there is too much of.
        what: String,
    },
    /// No statement at all.
    #[error("policy {policy:?} has no statement")]
    Empty {
        /// Which one.
        policy: String,
    },
}

/// One permit or forbid, ready to be applied.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// The id under which Cedar reports it: the policy's id, `#`, its number.
    pub(crate) compiled: cedar_policy::Policy,
    /// The policy that it comes from; `role:name` for a role.
    pub(crate) source: Arc<str>,
    /// Says whether it looks at the arguments of the call.
    pub(crate) looks_at_arguments: bool,
    /// Says whether it looks at the time of the call.
    pub(crate) looks_at_time: bool,
    /// Says whether it looks at what is said about a tool.
    pub(crate) looks_at_hints: bool,
    /// The statement without its conditions, as a permit: says to whom and what it could apply.
    pub(crate) head: cedar_policy::Policy,
    /// The statement as lists read it.
    pub(crate) reading: Reading,
}

impl Statement {
    pub(crate) fn is_forbid(&self) -> bool {
        self.compiled.effect() == Effect::Forbid
    }

    /// Whether a token with the right scopes lifts it.
    pub(crate) fn is_liftable(&self) -> bool {
        self.compiled.annotation(SCOPES).is_some()
    }
}

/// Compiles one policy.
pub(crate) fn compile(policy: &Policy) -> Result<Vec<Statement>, PolicyError> {
    statements(&policy.id, &policy.id, &policy.text)
}

/// Checks that a policy could be put to work.
pub fn check_policy(policy: &Policy) -> Result<(), PolicyError> {
    compile(policy).map(drop)
}

/// Compiles the permissions of roles about what servers offer.
pub(crate) fn compile_roles(roles: &Roles) -> Result<Vec<Statement>, PolicyError> {
    let mut all = Vec::new();
    for role in roles.iter() {
        let text = role_text(role);
        if !text.is_empty() {
            let source = format!("role:{}", role.name);
            all.extend(statements(&source, &source, &text)?);
        }
    }
    Ok(all)
}

/// The Cedar text that a role stands for.
pub fn role_text(role: &crate::role::Role) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for permission in &role.permissions {
        for (kind, action, entity) in
            [("tool", "call", "Tool"), ("resource", "read", "Resource"), ("prompt", "get", "Prompt")]
        {
            let is_meant = |word: &str, own: &str| word == "*" || word == own;
            if !is_meant(&permission.resource, kind) || !is_meant(&permission.action, action) {
                continue;
            }
            let name = role.name.escape_debug();
            let _ = write!(
                text,
                "permit(principal in Role::\"{name}\", action == Action::\"{action}\", resource is {entity})"
            );
            if permission.scope != "*" {
                let _ = write!(text, " when {{ resource.path like \"{}\" }}", permission.scope.escape_debug());
            }
            text.push_str(";\n");
        }
    }
    text
}

/// Cedar's parser recurses; within the bounds of `size` this much is far more than it needs.
const PARSER_STACK: usize = 256 * 1024 * 1024;

fn statements(policy: &str, source: &str, text: &str) -> Result<Vec<Statement>, PolicyError> {
    size::check(text).map_err(|what| PolicyError::TooLarge { policy: policy.to_owned(), what })?;
    stacker::grow(PARSER_STACK, || parse_statements(policy, source, text))
}

fn parse_statements(policy: &str, source: &str, text: &str) -> Result<Vec<Statement>, PolicyError> {
    let syntax = |message: String| PolicyError::Syntax { policy: policy.to_owned(), message };
    let set: PolicySet = text.parse().map_err(|error: cedar_policy::ParseErrors| {
        let texts: Vec<String> = error.iter().map(ToString::to_string).collect();
        syntax(texts.join("; "))
    })?;
    if set.templates().next().is_some() {
        return Err(PolicyError::Template { policy: policy.to_owned() });
    }
    let source: Arc<str> = source.into();
    let mut found = Vec::new();
    for parsed in set.policies() {
        // Cedar numbers the statements of a text as policy0, policy1 …
        let given: &str = parsed.id().as_ref();
        let number = given.strip_prefix("policy").unwrap_or(given);
        let id = PolicyId::new(format!("{policy}#{number}"));
        let tree = parsed.to_json().map_err(|error| syntax(error.to_string()))?;
        let looks = inspect(policy, &tree)?;
        let head = head(&id, &tree).map_err(syntax)?;
        found.push(Statement {
            compiled: parsed.new_id(id),
            source: Arc::clone(&source),
            looks_at_arguments: looks.arguments,
            looks_at_time: looks.time,
            looks_at_hints: looks.hints,
            head,
            reading: Reading::of(&tree),
        });
    }
    if found.is_empty() {
        return Err(PolicyError::Empty { policy: policy.to_owned() });
    }
    found.sort_by(|a, b| a.compiled.id().cmp(b.compiled.id()));
    Ok(found)
}

/// The same statement as a permit without conditions.
fn head(id: &PolicyId, tree: &Value) -> Result<cedar_policy::Policy, String> {
    let mut tree = tree.clone();
    tree["effect"] = "permit".into();
    tree["conditions"] = Value::Array(Vec::new());
    cedar_policy::Policy::from_json(Some(id.clone()), tree).map_err(|error| error.to_string())
}

#[derive(Default)]
struct Looks {
    arguments: bool,
    time: bool,
    hints: bool,
}

const ENTITY_TYPES: &[&str] = &["User", "Key", "Anonymous", "Role", "Action", "Tool", "Resource", "Prompt", "Server"];
const ACTIONS: &[&str] = &["call", "read", "get"];
const CALLER_ATTRIBUTES: &[&str] = &["id", "name", "roles", "scopes", "issuer", "claims"];
const RESOURCE_ATTRIBUTES: &[&str] = &["server", "name", "path", "read_only", "destructive"];
const HINTS: [&str; 2] = ["read_only", "destructive"];

/// Walks Cedar's JSON tree of a statement: what it looks at, and whether every word is known.
fn inspect(policy: &str, tree: &Value) -> Result<Looks, PolicyError> {
    let unknown = |word: String, known| PolicyError::Unknown { policy: policy.to_owned(), word, known };
    let mut looks = Looks::default();
    let mut open = vec![tree];
    while let Some(node) = open.pop() {
        let map = match node {
            Value::Array(items) => {
                open.extend(items);
                continue;
            }
            Value::Object(map) => map,
            _ => continue,
        };
        if let (Some(Value::String(entity)), Some(Value::String(id))) = (map.get("type"), map.get("id")) {
            if !ENTITY_TYPES.contains(&entity.as_str()) {
                let known = "User, Key, Anonymous, Role, Action, Tool, Resource, Prompt, Server";
                return Err(unknown(format!("entity type {entity}"), known));
            }
            if entity == "Action" && !ACTIONS.contains(&id.as_str()) {
                return Err(unknown(format!("action {id:?}"), "call, read, get"));
            }
        }
        if let Some(Value::String(entity)) = map.get("entity_type")
            && !ENTITY_TYPES.contains(&entity.as_str())
        {
            let known = "User, Key, Anonymous, Role, Tool, Resource, Prompt, Server";
            return Err(unknown(format!("entity type {entity}"), known));
        }
        for access in [".", "has"] {
            let Some(operand) = map.get(access) else { continue };
            looks.hints |= operand.get("attr").is_some_and(|attribute| HINTS.iter().any(|hint| attribute == hint));
            let (Some(Value::String(attribute)), Some(Value::String(variable))) =
                (operand.get("attr"), operand.pointer("/left/Var"))
            else {
                continue;
            };
            let known = match variable.as_str() {
                "principal" => (CALLER_ATTRIBUTES, "id, name, roles, scopes, issuer, claims"),
                "resource" => (RESOURCE_ATTRIBUTES, "server, name, path, read_only, destructive"),
                "context" => (&["arguments", "time"][..], "arguments, time"),
                _ => continue,
            };
            if !known.0.contains(&attribute.as_str()) {
                return Err(unknown(format!("{variable}.{attribute}"), known.1));
            }
            looks.arguments |= variable == "context" && attribute == "arguments";
            looks.time |= variable == "context" && attribute == "time";
        }
        if map.get("Var").is_some_and(|variable| variable == "context") && !is_under_access(tree, node) {
            (looks.arguments, looks.time) = (true, true);
        }
        open.extend(map.values());
    }
    Ok(looks)
}

/// Says whether a mention of `context` is the left side of an attribute access, whose attribute
/// then tells what is looked at; anything else may look at all of it.
fn is_under_access(tree: &Value, variable: &Value) -> bool {
    let mut open = vec![tree];
    while let Some(node) = open.pop() {
        match node {
            Value::Array(items) => open.extend(items),
            Value::Object(map) => {
                for access in [".", "has"] {
                    if map
                        .get(access)
                        .and_then(|operand| operand.get("left"))
                        .is_some_and(|left| std::ptr::eq(left, variable))
                    {
                        return true;
                    }
                }
                open.extend(map.values());
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Policy, compile, role_text};
    use crate::role::Role;

    fn policy(text: &str) -> Policy {
        Policy { id: "p".to_owned(), description: String::new(), text: text.to_owned(), disabled: false }
    }

    #[test]
    fn statements_know_what_they_look_at() {
        for (condition, arguments, time) in [
            ("", false, false),
            ("when { context.arguments.path like \"/tmp/*\" }", true, false),
            ("when { context has arguments }", true, false),
            ("when { context.time.hour < 9 }", false, true),
            ("when { resource.server == \"files\" && principal.scopes.contains(\"x\") }", false, false),
            ("when { context == {} }", true, true),
        ] {
            let found = compile(&policy(&format!("forbid(principal, action, resource) {condition};"))).unwrap();
            assert_eq!((found[0].looks_at_arguments, found[0].looks_at_time), (arguments, time), "{condition}");
        }
    }

    #[test]
    fn statements_know_whether_they_look_at_what_is_said_about_tools() {
        for (condition, hints) in [
            ("", false),
            ("when { resource.server == \"read_only\" }", false),
            ("when { resource.read_only }", true),
            ("unless { principal.name == \"a\" || (if true then resource else resource).destructive }", true),
        ] {
            let found = compile(&policy(&format!("forbid(principal, action, resource) {condition};"))).unwrap();
            assert_eq!(found[0].looks_at_hints, hints, "{condition}");
        }
    }

    #[test]
    fn words_outside_the_vocabulary_are_refused() {
        for (text, message) in [
            ("permit(principal in Group::\"x\", action, resource);", "entity type Group"),
            ("permit(principal, action == Action::\"tools/call\", resource);", "action \"tools/call\""),
            ("permit(principal, action, resource is Toool);", "entity type Toool"),
            ("permit(principal, action, resource) when { context.args.x == 1 };", "context.args"),
            ("permit(principal, action, resource) when { principal.role == 1 };", "principal.role"),
            ("permit(principal == ?principal, action, resource);", "template"),
            ("permit(principal, action, resource", "not valid Cedar"),
            ("// nothing", "no statement"),
            (&format!("permit(principal, action, resource) when {{ {}true }};", "(".repeat(100)), "nests"),
        ] {
            let error = compile(&policy(text)).unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn a_role_is_short_for_policies() {
        let role = Role {
            name: "a\"b".to_owned(),
            description: String::new(),
            permissions: vec!["tool:call:files/read_*".parse().unwrap(), "audit:read:*".parse().unwrap()],
            inherits: Vec::new(),
        };
        let text = role_text(&role);
        assert_eq!(
            text,
            "permit(principal in Role::\"a\\\"b\", action == Action::\"call\", resource is Tool) when { resource.path like \"files/read_*\" };\n"
        );
        assert_eq!(compile(&policy(&text)).unwrap().len(), 1);
    }
}
