//! What a caller may see of long lists, without asking Cedar about every entry.
//!
//! A [`Reading`] is a statement in the few words on which lists turn: who, which server, which name.
//! It answers for certain or not at all: whatever it has no word for, and whatever could fail in Cedar,
//! is `None`, and then Cedar is asked. It never decides about a call.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::decide::{Action, Authorizer, Kind, MCP_SCOPE};
use crate::policy::Statement;
use crate::principal::{Principal, PrincipalKind};

/// How deep a condition may nest to be read here.
const MAX_DEPTH: usize = 32;

/// A statement as it is read here.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    who: Term,
    what: Term,
    /// What is done, if it matters.
    verbs: Option<Vec<Box<str>>>,
    conditions: Vec<Term>,
}

/// A condition, or a part of one.
#[derive(Clone, Debug)]
enum Term {
    Flag(bool),
    Text(Box<str>),
    Texts(Vec<String>),
    /// An attribute of the caller, and for `claims` which one.
    Caller(Box<str>, Option<Box<str>>),
    Target(Box<str>),
    /// Whether the caller is this entity or inside of it.
    CallerIn(Box<str>, Box<str>),
    CallerIs(Box<str>),
    TargetIn(Box<str>, Box<str>),
    TargetIs(Box<str>),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
    Equal(Box<Self>, Box<Self>),
    /// A text like a pattern: the literal parts between its stars.
    Like(Box<Self>, Vec<String>),
    Contains(Box<Self>, Box<Self>),
    /// A word that is not known here.
    Unknown,
}

/// The value of a term.
enum Known<'a> {
    Flag(bool),
    Text(std::borrow::Cow<'a, str>),
    Texts(&'a [String]),
}

/// What one caller may see of things of one kind, as far as it can be told at a glance.
#[derive(Debug)]
pub struct Sight {
    caller: Arc<Principal>,
    kind: Kind,
    id: String,
    roles: BTreeSet<String>,
    /// The statements that could say something about this caller; none when nothing can be seen at all.
    fixed: Vec<usize>,
    moving: Vec<usize>,
    is_blind: bool,
}

impl Authorizer {
    /// What a caller may see of things of a kind, made once for many of them.
    pub fn sight(&self, caller: &Arc<Principal>, kind: Kind) -> Sight {
        let roles = self.roles.closure(&caller.roles).into_iter().map(str::to_owned).collect();
        let mut sight = Sight {
            caller: Arc::clone(caller),
            kind,
            id: caller.id(),
            roles,
            fixed: Vec::new(),
            moving: Vec::new(),
            is_blind: caller.kind == PrincipalKind::Key && !caller.has_scope(MCP_SCOPE),
        };
        let concerns = |reading: &Reading| {
            let is_meant = reading.verbs.as_ref().is_none_or(|verbs| verbs.iter().any(|verb| **verb == *kind.verb()));
            is_meant && sight.holds(&reading.who, None) != Some(false)
        };
        let numbers = |statements: &[Statement]| -> Vec<usize> {
            let concerned = statements.iter().enumerate().filter(|(_, statement)| concerns(&statement.reading));
            concerned.map(|(at, _)| at).collect()
        };
        let (fixed, moving) = (numbers(&self.readable), numbers(&self.moving));
        sight.fixed = fixed;
        sight.moving = moving;
        sight
    }

    /// Says whether the caller of a sight may know of something: what [`Authorizer::visible`] says.
    pub fn sees(&self, sight: &Sight, action: &Action<'_>) -> bool {
        let glanced = if action.kind == sight.kind { self.glance(sight, action) } else { None };
        glanced.unwrap_or_else(|| self.visible(&sight.caller, action))
    }

    /// Says whether what can be seen may change with time alone.
    pub fn looks_at_time(&self) -> bool {
        self.moving.iter().any(|statement| statement.looks_at_time)
    }

    /// Says whether what is said about a tool could change a decision.
    pub fn looks_at_hints(&self) -> bool {
        self.readable.iter().chain(&self.moving).any(|statement| statement.looks_at_hints)
    }

    pub(super) fn glance(&self, sight: &Sight, action: &Action<'_>) -> Option<bool> {
        if sight.is_blind {
            return Some(false);
        }
        let mut is_permitted = false;
        for statement in sight.fixed.iter().map(|at| &self.readable[*at]) {
            if !statement.reading.applies(sight, action)? {
                continue;
            }
            if !statement.is_forbid() {
                is_permitted = true;
            } else if !statement.is_liftable() {
                return Some(false);
            }
        }
        for statement in sight.moving.iter().map(|at| &self.moving[*at]) {
            if !statement.reading.could_apply(sight, action)? {
                continue;
            }
            // What depends on the time is Cedar's to say; a permit for some arguments shows the thing.
            if statement.looks_at_time {
                return None;
            }
            is_permitted |= !statement.is_forbid();
        }
        Some(is_permitted)
    }
}

impl Reading {
    /// Reads Cedar's JSON tree of a statement.
    pub(crate) fn of(tree: &Value) -> Self {
        let conditions = tree["conditions"].as_array().map_or(&[][..], Vec::as_slice);
        let read = |condition: &Value| {
            let body = term(&condition["body"], MAX_DEPTH);
            match condition["kind"].as_str() {
                Some("when") => body,
                Some("unless") => Term::Not(Box::new(body)),
                _ => Term::Unknown,
            }
        };
        Self {
            who: scope(&tree["principal"], Term::CallerIn, Term::CallerIs),
            what: scope(&tree["resource"], Term::TargetIn, Term::TargetIs),
            verbs: verbs(&tree["action"]),
            conditions: conditions.iter().map(read).collect(),
        }
    }

    /// Whether who, what and the action are those that the statement is about.
    fn could_apply(&self, sight: &Sight, action: &Action<'_>) -> Option<bool> {
        Some(sight.holds(&self.who, Some(action))? && sight.holds(&self.what, Some(action))?)
    }

    fn applies(&self, sight: &Sight, action: &Action<'_>) -> Option<bool> {
        if !self.could_apply(sight, action)? {
            return Some(false);
        }
        for condition in &self.conditions {
            if !sight.holds(condition, Some(action))? {
                return Some(false);
            }
        }
        Some(true)
    }
}

impl Sight {
    fn holds(&self, term: &Term, action: Option<&Action<'_>>) -> Option<bool> {
        match self.value(term, action)? {
            Known::Flag(flag) => Some(flag),
            Known::Text(_) | Known::Texts(_) => None,
        }
    }

    fn value<'a>(&'a self, term: &'a Term, action: Option<&'a Action<'a>>) -> Option<Known<'a>> {
        let flag = |flag| Some(Known::Flag(flag));
        match term {
            Term::Flag(value) => flag(*value),
            Term::Text(text) => Some(Known::Text((&**text).into())),
            Term::Texts(texts) => Some(Known::Texts(texts)),
            Term::Caller(attribute, claim) => self.attribute(attribute, claim.as_deref()),
            Term::Target(attribute) => target(attribute, action?),
            Term::CallerIn(kind, id) => flag(
                (**kind == *self.caller.kind.entity_type() && **id == *self.caller.name)
                    || (**kind == *"Role" && self.roles.contains(&**id)),
            ),
            Term::CallerIs(kind) => flag(**kind == *self.caller.kind.entity_type()),
            Term::TargetIn(kind, id) => {
                let action = action?;
                let is_itself = **kind == *entity(action.kind)
                    && id.strip_prefix(action.server).and_then(|rest| rest.strip_prefix('/')) == Some(action.name);
                flag(is_itself || (**kind == *"Server" && **id == *action.server))
            }
            Term::TargetIs(kind) => flag(**kind == *entity(action?.kind)),
            Term::Not(inner) => flag(!self.holds(inner, action)?),
            Term::All(parts) => {
                for part in parts {
                    if !self.holds(part, action)? {
                        return flag(false);
                    }
                }
                flag(true)
            }
            Term::Any(parts) => {
                for part in parts {
                    if self.holds(part, action)? {
                        return flag(true);
                    }
                }
                flag(false)
            }
            Term::Equal(left, right) => match (self.value(left, action)?, self.value(right, action)?) {
                (Known::Text(left), Known::Text(right)) => flag(left == right),
                (Known::Flag(left), Known::Flag(right)) => flag(left == right),
                _ => None,
            },
            Term::Like(text, parts) => match self.value(text, action)? {
                Known::Text(text) => flag(is_like(parts, &text)),
                _ => None,
            },
            Term::Contains(set, item) => match (self.value(set, action)?, self.value(item, action)?) {
                (Known::Texts(texts), Known::Text(text)) => flag(texts.iter().any(|other| **other == *text)),
                _ => None,
            },
            Term::Unknown => None,
        }
    }

    fn attribute(&self, attribute: &str, claim: Option<&str>) -> Option<Known<'_>> {
        let text = |text| Some(Known::Text(std::borrow::Cow::Borrowed(text)));
        match (attribute, claim) {
            ("claims", Some(claim)) => text(self.caller.claims.get(claim)?),
            (_, Some(_)) => None,
            ("id", None) => text(&self.id),
            ("name", None) => text(&self.caller.name),
            ("issuer", None) => text(self.caller.issuer.as_deref()?),
            ("roles", None) => Some(Known::Texts(&self.caller.roles)),
            ("scopes", None) => Some(Known::Texts(&self.caller.scopes)),
            _ => None,
        }
    }
}

fn target<'a>(attribute: &str, action: &'a Action<'a>) -> Option<Known<'a>> {
    match attribute {
        "server" => Some(Known::Text(action.server.into())),
        "name" => Some(Known::Text(action.name.into())),
        "path" => Some(Known::Text(format!("{}/{}", action.server, action.name).into())),
        "read_only" => Some(Known::Flag(action.hints.read_only)),
        "destructive" => Some(Known::Flag(action.hints.destructive)),
        _ => None,
    }
}

const fn entity(kind: Kind) -> &'static str {
    match kind {
        Kind::Tool => "Tool",
        Kind::Resource => "Resource",
        Kind::Prompt => "Prompt",
    }
}

/// Whether a text is made of these parts with any text between them.
fn is_like(parts: &[String], text: &str) -> bool {
    let Some((first, rest)) = parts.split_first() else { return false };
    let Some((last, middle)) = rest.split_last() else { return **first == *text };
    let Some(mut text) = text.strip_prefix(first.as_str()) else { return false };
    for part in middle {
        match text.find(part.as_str()) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last.as_str())
}

fn named(entity: &Value) -> Option<(Box<str>, Box<str>)> {
    Some((entity["type"].as_str()?.into(), entity["id"].as_str()?.into()))
}

/// The head of a statement: who or what it is about.
fn scope(head: &Value, within: fn(Box<str>, Box<str>) -> Term, is: fn(Box<str>) -> Term) -> Term {
    let inside = |entity: &Value| named(entity).map_or(Term::Unknown, |(kind, id)| within(kind, id));
    match head["op"].as_str() {
        Some("All") => Term::Flag(true),
        // A caller or target is inside of nothing of its own type.
        Some("==") => match named(&head["entity"]) {
            Some((kind, id)) => Term::All(vec![is(kind.clone()), within(kind, id)]),
            None => Term::Unknown,
        },
        Some("in") => inside(&head["entity"]),
        Some("is") => {
            let kind = head["entity_type"].as_str().map_or(Term::Unknown, |kind| is(kind.into()));
            match head.get("in") {
                None => kind,
                Some(outer) => Term::All(vec![kind, inside(&outer["entity"])]),
            }
        }
        _ => Term::Unknown,
    }
}

/// The actions that a statement is about; none when it is about all, or when that is not known for certain.
fn verbs(head: &Value) -> Option<Vec<Box<str>>> {
    let verb = |entity: &Value| named(entity).map(|(_, id)| id);
    match head["op"].as_str() {
        Some("==") => verb(&head["entity"]).map(|verb| vec![verb]),
        Some("in") if head.get("entity").is_some() => verb(&head["entity"]).map(|verb| vec![verb]),
        Some("in") => head["entities"].as_array()?.iter().map(verb).collect(),
        _ => None,
    }
}

fn term(tree: &Value, depth: usize) -> Term {
    let read = |tree: &Value| if depth == 0 { Term::Unknown } else { term(tree, depth - 1) };
    let Some((word, operand)) = tree.as_object().and_then(|node| node.iter().next()) else { return Term::Unknown };
    let both = || (Box::new(read(&operand["left"])), Box::new(read(&operand["right"])));
    match word.as_str() {
        "Value" => match operand {
            Value::Bool(flag) => Term::Flag(*flag),
            Value::String(text) => Term::Text(text.as_str().into()),
            _ => Term::Unknown,
        },
        "Set" => {
            let items = operand.as_array().map_or(&[][..], Vec::as_slice);
            let texts = items.iter().map(|item| item["Value"].as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map_or(Term::Unknown, Term::Texts)
        }
        "." => attribute(operand),
        "!" => Term::Not(Box::new(read(&operand["arg"]))),
        "&&" => Term::All(vec![read(&operand["left"]), read(&operand["right"])]),
        "||" => Term::Any(vec![read(&operand["left"]), read(&operand["right"])]),
        "==" => {
            let (left, right) = both();
            Term::Equal(left, right)
        }
        "!=" => {
            let (left, right) = both();
            Term::Not(Box::new(Term::Equal(left, right)))
        }
        "contains" => {
            let (left, right) = both();
            Term::Contains(left, right)
        }
        "like" => match pattern(&operand["pattern"]) {
            Some(parts) => Term::Like(Box::new(read(&operand["left"])), parts),
            None => Term::Unknown,
        },
        "in" => within(operand),
        _ => Term::Unknown,
    }
}

fn attribute(operand: &Value) -> Term {
    let Some(name) = operand["attr"].as_str() else { return Term::Unknown };
    match operand.pointer("/left/Var").and_then(Value::as_str) {
        Some("principal") => Term::Caller(name.into(), None),
        Some("resource") => Term::Target(name.into()),
        Some(_) => Term::Unknown,
        None => {
            let of = operand.pointer("/left/./left/Var").and_then(Value::as_str);
            let outer = operand.pointer("/left/./attr").and_then(Value::as_str);
            match (of, outer) {
                (Some("principal"), Some(outer)) => Term::Caller(outer.into(), Some(name.into())),
                _ => Term::Unknown,
            }
        }
    }
}

fn within(operand: &Value) -> Term {
    let entity = |value: &Value| named(&value["Value"]["__entity"]);
    let entities: Option<Vec<_>> = match operand["right"].get("Set").and_then(Value::as_array) {
        Some(items) => items.iter().map(entity).collect(),
        None => entity(&operand["right"]).map(|one| vec![one]),
    };
    let inside: fn(Box<str>, Box<str>) -> Term = match operand.pointer("/left/Var").and_then(Value::as_str) {
        Some("principal") => Term::CallerIn,
        Some("resource") => Term::TargetIn,
        _ => return Term::Unknown,
    };
    let Some(entities) = entities else { return Term::Unknown };
    Term::Any(entities.into_iter().map(|(kind, id)| inside(kind, id)).collect())
}

/// The literal parts of a pattern, between its stars.
fn pattern(pattern: &Value) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    for piece in pattern.as_array()? {
        match (piece.as_str(), piece["Literal"].as_str()) {
            (Some("Wildcard"), _) => parts.push(String::new()),
            (None, Some(literal)) => parts.last_mut()?.push_str(literal),
            _ => return None,
        }
    }
    Some(parts)
}
