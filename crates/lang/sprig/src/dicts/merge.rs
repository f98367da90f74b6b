//! mergo's `deepMerge` of version 1.0.1, as far as values of charts reach it.
//!
//! Entries go from the source into the target in place. Tables on both sides merge; a source table
//! that the target lacks is not copied but becomes part of both. An empty value of the target is
//! no value, so that `false` and `0` are replaced even without overwriting.

use corten_gotmpl::{Error, Kind, Map, Object, Text, Type, Val};

/// Go would recurse until its stack ends, where two dicts hold themselves.
const DEEPEST: usize = 10_000;

/// Why a merge ended early.
pub(super) enum Failure {
    /// An error that mergo returns, and that `merge` swallows.
    Refused(Error),
    /// A Go panic.
    Panic(Error),
}

impl Failure {
    /// The error that ends the template.
    pub(super) fn into_error(self) -> Error {
        let (Self::Refused(error) | Self::Panic(error)) = self;
        error
    }
}

/// Go: `mergo.Merge(&target, source)`, or `mergo.MergeWithOverwrite`.
pub(super) fn merge(target: &Map, source: &Map, overwrite: bool) -> Result<(), Failure> {
    tables(target, source, overwrite, 0)
}

fn tables(target: &Map, source: &Map, overwrite: bool, depth: usize) -> Result<(), Failure> {
    // compat: dict-in-itself
    if depth > DEEPEST {
        return Err(Failure::Panic(Error::new("merge: a dict holds itself")));
    }
    if target.is_nil() || target.is_same(source) && !overwrite {
        return Ok(());
    }
    let entries: Vec<(Text, Val)> = source.entries().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    for (key, value) in entries {
        entry(target, source, key, value, overwrite, depth)?;
    }
    Ok(())
}

fn entry(target: &Map, source: &Map, key: Text, value: Val, overwrite: bool, depth: usize) -> Result<(), Failure> {
    let current = target.get(key.as_bytes());
    if value.is_nil() {
        return if overwrite { put(target, source, key, value) } else { Ok(()) };
    }
    if let Some(current) = &current {
        nested(current, &value, overwrite, depth)?;
    }
    let is_filled = current.as_ref().is_some_and(|current| !is_empty(current));
    let is_slice = matches!(value, Val::List(_) | Val::Bytes(_));
    if is_filled && !is_slice && matches!((&value, &current), (Val::Map(_), Some(Val::Map(_)))) {
        return Ok(());
    }
    // compat: merge-aliases-tables
    if overwrite || !is_filled { put(target, source, key, value) } else { Ok(()) }
}

/// Go: deepMerge of an element that is a table, pointer or struct into the element it meets.
fn nested(current: &Val, value: &Val, overwrite: bool, depth: usize) -> Result<(), Failure> {
    match (current, value) {
        (Val::Map(current), Val::Map(value)) => {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || tables(current, value, overwrite, depth + 1))
        }
        (Val::Object(current), Val::Map(_)) => meet(current.as_ref(), None, overwrite),
        (Val::Object(current), Val::Object(value)) => meet(current.as_ref(), Some(value.as_ref()), overwrite),
        _ => Ok(()),
    }
}

/// A pointer in the target refuses anything but a pointer unless it is overwritten.
fn meet(current: &dyn Object, value: Option<&dyn Object>, overwrite: bool) -> Result<(), Failure> {
    let value_kind = value.map_or(Kind::Map, |value| value.go_type().kind);
    if current.go_type().kind == Kind::Ptr && !overwrite && matches!(value_kind, Kind::Map | Kind::Struct) {
        return Err(Failure::Refused(Error::new("src and dst must be of same type")));
    }
    Ok(())
}

fn put(target: &Map, source: &Map, key: Text, value: Val) -> Result<(), Failure> {
    let (wanted, found) = (target.map_type().elem, source.map_type().elem);
    if !matches!(wanted, Type::Any) && wanted.name() != found.name() {
        let text = format!(
            "reflect.Value.SetMapIndex: value of type {} is not assignable to type {}",
            found.name(),
            wanted.name()
        );
        return Err(Failure::Panic(Error::new(text)));
    }
    target.insert(key, value);
    Ok(())
}

/// Go: mergo's `isEmptyValue`: structs are never empty.
fn is_empty(value: &Val) -> bool {
    match value {
        Val::Complex(..) => false,
        other => !other.is_true(),
    }
}
