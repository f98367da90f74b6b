//! Two values, field by field; the items of lists are matched by what names them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use corten_value::{Map, Value};

use super::FieldChange;
use crate::json::deep;
use crate::merge::{ListKind, MergeSchema, TypeRef};

/// Fields that name the items of lists, for kinds without a schema. The first that every item of
/// both lists has, with distinct values, is taken.
const NAMES: &[&str] =
    &["name", "containerPort", "port", "mountPath", "devicePath", "key", "ip", "uid", "topologyKey", "type", "host"];

/// What is known about a place: the type of its value and the fields that name the items of a list.
#[derive(Clone, Copy, Default)]
pub(super) struct Place<'a> {
    kind: Option<TypeRef<'a>>,
    /// The schema's merge key, or empty.
    merge_key: &'a str,
    map_keys: &'a [Arc<str>],
}

impl<'a> Place<'a> {
    pub(super) fn root(schema: Option<&'a MergeSchema>) -> Self {
        Self { kind: schema.and_then(MergeSchema::root), ..Self::default() }
    }

    pub(super) fn field(self, key: &str) -> Self {
        let Some((field, kind)) = self.kind.and_then(|kind| kind.field(key)) else { return Self::default() };
        let merge_key = field.map_or("", |field| field.merge_key.as_ref());
        let map_keys = field.filter(|field| field.list_kind == ListKind::Map);
        Self { kind: Some(kind), merge_key, map_keys: map_keys.map_or(&[], |field| &field.list_map_keys) }
    }

    pub(super) fn item(self) -> Self {
        Self { kind: self.kind.and_then(TypeRef::item), ..Self::default() }
    }

    /// The fields that name the items of these lists, or none when they are matched by position.
    pub(super) fn names(self, lists: [&[Value]; 2]) -> Vec<Arc<str>> {
        let keys: Vec<Arc<str>> = if !self.map_keys.is_empty() {
            self.map_keys.to_vec()
        } else if !self.merge_key.is_empty() {
            vec![Arc::from(self.merge_key)]
        } else {
            let fits = NAMES.iter().find(|name| are_named(lists, &[Arc::from(**name)]));
            fits.map(|name| vec![Arc::from(*name)]).unwrap_or_default()
        };
        // A protocol that is not written is TCP, so a key may be absent; the first may not.
        if are_named(lists, &keys) { keys } else { Vec::new() }
    }
}

fn are_named(lists: [&[Value]; 2], keys: &[Arc<str>]) -> bool {
    let Some(first) = keys.first() else { return false };
    lists.iter().all(|list| {
        let mut seen = BTreeSet::new();
        list.iter().all(|item| {
            let is_plain = matches!(item.get(first), Some(Value::String(_) | Value::Int(_)));
            is_plain && seen.insert(label(item, keys))
        })
    })
}

/// `name=app`, or `port=53,protocol=UDP`.
pub(super) fn label(item: &Value, keys: &[Arc<str>]) -> String {
    let parts = keys.iter().filter_map(|key| match item.get(key)? {
        Value::String(text) => Some(format!("{key}={text}")),
        Value::Int(number) => Some(format!("{key}={number}")),
        Value::Bool(truth) => Some(format!("{key}={truth}")),
        _ => None,
    });
    parts.collect::<Vec<_>>().join(",")
}

/// A path and one key more; keys that are no plain words are quoted.
pub(super) fn with_key(path: &str, key: &str) -> String {
    let is_plain =
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    match (is_plain, path.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{path}.{key}"),
        (false, _) => format!("{path}[{}]", corten_gostd::strconv::quote(key.as_bytes())),
    }
}

pub(super) fn with_label(path: &str, label: &str) -> String {
    format!("{path}[{label}]")
}

/// Every field that differs between two objects.
pub(super) fn differences(old: &Value, new: &Value, schema: Option<&MergeSchema>) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare_values("", (old, new), Place::root(schema), &mut found);
    found
}

fn compare_values(path: &str, (old, new): (&Value, &Value), place: Place<'_>, found: &mut Vec<FieldChange>) {
    match (old, new) {
        (Value::Map(old), Value::Map(new)) => deep(|| compare_maps(path, (old, new), place, found)),
        (Value::List(old), Value::List(new)) if old != new => deep(|| compare_lists(path, (old, new), place, found)),
        _ if old != new => {
            let side = |value: &Value| (!value.is_null()).then(|| value.clone());
            found.push(FieldChange { path: path.to_owned(), old: side(old), new: side(new) });
        }
        _ => {}
    }
}

fn compare_maps(path: &str, (old, new): (&Map, &Map), place: Place<'_>, found: &mut Vec<FieldChange>) {
    let keys: BTreeSet<&Arc<str>> = old.keys().chain(new.keys()).collect();
    for key in keys {
        // A field that is null is no field.
        let side = |map: &Map| map.get(key).cloned().unwrap_or_default();
        compare_values(&with_key(path, key), (&side(old), &side(new)), place.field(key), found);
    }
}

fn compare_lists(path: &str, (old, new): (&[Value], &[Value]), place: Place<'_>, found: &mut Vec<FieldChange>) {
    let names = place.names([old, new]);
    if !names.is_empty() {
        let before = found.len();
        compare_named(path, (old, new), (&names, place.item()), found);
        if found.len() == before {
            let order = |list: &[Value]| list.iter().map(|item| label(item, &names).into()).collect::<Vec<Value>>();
            let path = format!("{path}[order]");
            found.push(FieldChange { path, old: Some(order(old).into()), new: Some(order(new).into()) });
        }
        return;
    }
    let has_tables = old.iter().chain(new).any(|item| matches!(item, Value::Map(_)));
    if !has_tables {
        found.push(FieldChange {
            path: path.to_owned(),
            old: Some(old.to_vec().into()),
            new: Some(new.to_vec().into()),
        });
        return;
    }
    for position in 0..old.len().max(new.len()) {
        let mut place_text = path.to_owned();
        // Writing to a string does not fail.
        let _ = write!(place_text, "[{position}]");
        let side = |list: &[Value]| list.get(position).cloned().unwrap_or_default();
        compare_values(&place_text, (&side(old), &side(new)), place.item(), found);
    }
}

fn compare_named(
    path: &str,
    (old, new): (&[Value], &[Value]),
    (names, place): (&[Arc<str>], Place<'_>),
    found: &mut Vec<FieldChange>,
) {
    let of = |list: &[Value], name: &str| list.iter().find(|item| label(item, names) == name).cloned();
    for item in old {
        let name = label(item, names);
        let after = of(new, &name).unwrap_or_default();
        compare_values(&with_label(path, &name), (item, &after), place, found);
    }
    for item in new {
        let name = label(item, names);
        if of(old, &name).is_none() {
            found.push(FieldChange { path: with_label(path, &name), old: None, new: Some(item.clone()) });
        }
    }
}
