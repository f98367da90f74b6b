//! Applies strategic patches, to objects and to other patches. Go: `mergeMap` and what it calls.

use std::mem::discriminant;
use std::sync::Arc;

use corten_value::{Map, Value};

use super::create::as_map;
use super::error::{go_text, not_a_list};
use super::lists::{ItemKind, find, interleave, item_kind, merge_key, partition, split_deletions, without_twins};
use super::schema::Field;
use super::strategic::{DELETE_FROM_LIST, DIRECTIVE, RETAIN_KEYS, SET_ORDER};
use super::{MergeError, TypeRef};
use crate::json::deep;

/// What a patch is merged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Onto {
    /// Another patch: directives and nulls stay, for the server to act on.
    Patch,
    /// An object: directives are carried out.
    Object,
}

/// Merges `patch` into `original`.
pub(super) fn merge_maps(
    mut original: Map,
    mut patch: Map,
    schema: TypeRef<'_>,
    onto: Onto,
) -> Result<Map, MergeError> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => {
                patch.remove(DIRECTIVE);
                Ok(patch)
            }
            Some("delete") => Ok(Map::new()),
            _ => Err(unknown_directive(directive, &Value::from(patch.clone()))),
        };
    }
    apply_retain_keys(&mut original, &mut patch, onto)?;
    merge_ordered_lists(&mut original, &mut patch, schema, onto)?;
    for (key, value) in patch {
        merge_entry(&mut original, key, value, schema, onto)?;
    }
    Ok(original)
}

fn unknown_directive(directive: &Value, item: &Value) -> MergeError {
    MergeError::Directive { directive: go_text(directive), item: go_text(item) }
}

fn merge_entry(
    original: &mut Map,
    mut key: Arc<str>,
    value: Value,
    schema: TypeRef<'_>,
    onto: Onto,
) -> Result<(), MergeError> {
    let deletes = key.starts_with(DELETE_FROM_LIST);
    if deletes {
        if onto == Onto::Patch {
            original.insert(key, value);
            return Ok(());
        }
        key = Arc::from(field_of(&key, DELETE_FROM_LIST, MergeError::DeletionList)?);
    }
    if value.is_null() {
        original.remove(&key);
        if onto == Onto::Object {
            return Ok(());
        }
    }
    let Some(current) = original.get_mut(&key) else {
        if !deletes {
            put(original, key, value, onto);
        }
        return Ok(());
    };
    if discriminant(current) != discriminant(&value) {
        if !deletes {
            put(original, key, value, onto);
        }
        return Ok(());
    }
    let current = std::mem::take(current);
    let merged = match (current, value) {
        (Value::Map(current), Value::Map(value)) => {
            let (field, target) = schema.lookup(&key)?;
            if field.strategy()?.replaces {
                Some(Value::Map(value))
            } else {
                let merged = deep(|| merge_maps(owned(current), owned(value), target, onto))?;
                Some(Value::from(merged))
            }
        }
        (Value::List(current), Value::List(value)) => {
            let (field, item) = schema.lookup_list(&key)?;
            let lists = (current.to_vec(), value.to_vec());
            Some(deep(|| merge_lists(lists, field, item, deletes, onto))?.into())
        }
        (_, value) => without_directives(value),
    };
    match merged {
        Some(merged) => original.insert(key, merged),
        None => original.remove(&key),
    };
    Ok(())
}

/// A table of one's own, copied only when it is shared.
fn owned(map: Arc<Map>) -> Map {
    Arc::unwrap_or_clone(map)
}

/// Takes the value of the patch as it is, less what only a merge would need.
fn put(original: &mut Map, key: Arc<str>, value: Value, onto: Onto) {
    let value = if onto == Onto::Object { without_nulls(value) } else { value };
    match without_directives(value) {
        Some(value) => original.insert(key, value),
        None => original.remove(&key),
    };
}

/// Go: `discardNullValuesFromPatch`.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Map(map) => deep(|| {
            let kept = owned(map).into_iter().filter(|(_, value)| !value.is_null());
            kept.map(|(key, value)| (key, without_nulls(value))).collect::<Map>().into()
        }),
        Value::List(items) => {
            deep(|| Arc::unwrap_or_clone(items).into_iter().map(without_nulls).collect::<Vec<_>>().into())
        }
        other => other,
    }
}

/// Go: `removeDirectives`: `None` when the value itself is a directive.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Map(map) if map.contains_key(DIRECTIVE) => None,
        Value::Map(map) => deep(|| {
            let entries = owned(map).into_iter();
            let kept = entries.filter_map(|(key, value)| Some((key, without_directives(value)?)));
            Some(kept.collect::<Map>().into())
        }),
        Value::List(items) => deep(|| {
            let kept: Vec<Value> = Arc::unwrap_or_clone(items).into_iter().filter_map(without_directives).collect();
            Some(kept.into())
        }),
        other => Some(other),
    }
}

/// Go: `extractKey`: the field that a directive for a list is about.
fn field_of<'a>(key: &'a str, prefix: &str, error: MergeError) -> Result<&'a str, MergeError> {
    match key.split_once('/') {
        Some((before, field)) if before == prefix => Ok(field),
        _ => Err(error),
    }
}

/// Go: `applyRetainKeysDirective`.
fn apply_retain_keys(original: &mut Map, patch: &mut Map, onto: Onto) -> Result<(), MergeError> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    if onto == Onto::Patch {
        return match original.get(RETAIN_KEYS) {
            Some(present) if *present != keys => Err(MergeError::RetainKeys),
            Some(_) => Ok(()),
            None => {
                original.insert(Arc::from(RETAIN_KEYS), keys);
                Ok(())
            }
        };
    }
    let keys = keys.as_list().ok_or(MergeError::RetainKeys)?;
    let retained = |key: &str| keys.iter().any(|kept| kept.as_str() == Some(key));
    let is_free = |key: &str, value: &Value| {
        value.is_null() || key.starts_with(DELETE_FROM_LIST) || key.starts_with(SET_ORDER) || retained(key)
    };
    if !patch.iter().all(|(key, value)| is_free(key, value)) {
        return Err(MergeError::RetainKeys);
    }
    original.retain(|key, _| retained(key));
    Ok(())
}

/// Go: `mergePatchIntoOriginal`: the lists whose order the patch sets.
fn merge_ordered_lists(original: &mut Map, patch: &mut Map, schema: TypeRef<'_>, onto: Onto) -> Result<(), MergeError> {
    let directives: Vec<Arc<str>> = patch.keys().filter(|key| key.starts_with(SET_ORDER)).cloned().collect();
    for directive in directives {
        let Some(order) = patch.remove(&directive) else { continue };
        if onto == Onto::Patch {
            match original.get(&directive) {
                Some(present) if *present != order => return Err(MergeError::ElementOrder),
                Some(_) => {}
                None => {
                    original.insert(Arc::clone(&directive), order.clone());
                }
            }
        }
        let order = order.as_list().ok_or_else(|| not_a_list(&order))?;
        let key = field_of(&directive, SET_ORDER, MergeError::ElementOrder)?;
        if let Some(merged) = merge_ordered_list((original, patch), key, order, schema, onto)? {
            original.insert(Arc::from(key), merged.into());
            patch.remove(key);
        }
    }
    Ok(())
}

fn merge_ordered_list(
    (original, patch): (&Map, &Map),
    key: &str,
    order: &[Value],
    schema: TypeRef<'_>,
    onto: Onto,
) -> Result<Option<Vec<Value>>, MergeError> {
    let old = list_in(original, key)?;
    let new = list_in(patch, key)?;
    let (field, item) = schema.lookup_list(key)?;
    let strategy = field.strategy()?;
    check_order(new.unwrap_or_default(), order, &field.merge_key)?;
    let merged = match (old, new) {
        (Some(old), None) => old.to_vec(),
        (None, Some(new)) => new.iter().cloned().filter_map(without_directives).collect(),
        (Some(old), Some(new)) if strategy.merges => {
            merge_lists((old.to_vec(), new.to_vec()), field, item, false, onto)?
        }
        (Some(_), Some(new)) => new.to_vec(),
        (None, None) => return Ok(None),
    };
    let parts = partition(merged, order, &field.merge_key)?;
    let old = old.unwrap_or_default();
    let kind = item_kind(&[old, new.unwrap_or_default()])?;
    interleave(parts, order, old, &field.merge_key, kind).map(Some)
}

fn list_in<'a>(map: &'a Map, key: &str) -> Result<Option<&'a [Value]>, MergeError> {
    map.get(key).map(|value| value.as_list().ok_or_else(|| not_a_list(value))).transpose()
}

/// Go: `validatePatchWithSetOrderList`.
fn check_order(patch: &[Value], order: &[Value], key: &str) -> Result<(), MergeError> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let items = if key.is_empty() { patch.to_vec() } else { split_deletions(patch.to_vec())?.0 };
    let mut names = order.iter();
    for item in &items {
        if item.get(DIRECTIVE).is_some() {
            continue;
        }
        let is_item = |name: &Value| -> Result<bool, MergeError> {
            Ok(if key.is_empty() { name == item } else { merge_key(item, key)? == merge_key(name, key)? })
        };
        loop {
            let Some(name) = names.next() else {
                let list = |items: &[Value]| go_text(&Value::from(items.to_vec()));
                return Err(MergeError::OrderMismatch { patch: list(patch), order: list(order) });
            };
            if is_item(name)? {
                break;
            }
        }
    }
    Ok(())
}

/// Go: `mergeSliceHandler` and `mergeSlice`.
fn merge_lists(
    (original, patch): (Vec<Value>, Vec<Value>),
    field: &Field,
    item: TypeRef<'_>,
    deletes: bool,
    onto: Onto,
) -> Result<Vec<Value>, MergeError> {
    if !deletes && !field.strategy()?.merges {
        return Ok(patch);
    }
    if original.is_empty() && patch.is_empty() {
        return Ok(original);
    }
    let key = field.merge_key.as_ref();
    if item_kind(&[&original, &patch])? == ItemKind::Scalar {
        if deletes {
            return Ok(original.into_iter().filter(|item| !patch.contains(item)).collect());
        }
        let merged = without_twins(original.iter().chain(&patch).cloned().collect());
        let parts = partition(merged, &patch, key)?;
        return interleave(parts, &patch, &original, key, ItemKind::Scalar);
    }
    if key.is_empty() {
        return Err(MergeError::NoKeyForType(item.go_name().to_owned()));
    }
    let (original, patch) = carry_out_directives(original, patch, key)?;
    let merged = merge_items(original.clone(), &patch, key, item, onto)?;
    let parts = partition(merged, &patch, key)?;
    interleave(parts, &patch, &original, key, ItemKind::Map)
}

/// Go: `mergeSliceWithSpecialElements`: the list without what the patch deletes, and the patch
/// without its directives.
fn carry_out_directives(
    mut original: Vec<Value>,
    patch: Vec<Value>,
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), MergeError> {
    let mut plain = Vec::with_capacity(patch.len());
    let mut replaces = false;
    for item in patch {
        let Some(directive) = as_map(&item)?.get(DIRECTIVE) else {
            plain.push(item);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let name = merge_key(&item, key)?;
                while let Some(position) = find(&original, key, name)? {
                    original.remove(position);
                }
            }
            Some("replace") => replaces = true,
            Some("merge") => return Err(MergeError::MergeDirective),
            _ => return Err(unknown_directive(directive, &item)),
        }
    }
    Ok(if replaces { (plain, Vec::new()) } else { (original, plain) })
}

/// Go: `mergeSliceWithoutSpecialElements`.
fn merge_items(
    mut list: Vec<Value>,
    patch: &[Value],
    key: &str,
    item: TypeRef<'_>,
    onto: Onto,
) -> Result<Vec<Value>, MergeError> {
    for change in patch {
        let name = merge_key(change, key)?;
        match find(&list, key, name)? {
            Some(position) => {
                let current = owned(Arc::clone(as_map(&list[position])?));
                list[position] = merge_maps(current, owned(Arc::clone(as_map(change)?)), item, onto)?.into();
            }
            None => list.push(change.clone()),
        }
    }
    Ok(list)
}
