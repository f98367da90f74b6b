//! Dicts: entries, parts, merging, digging, copying.
//!
//! `set`, `unset` and the merges change the dict they are given, and charts rely on it. Go
//! iterates maps at random; here keys come sorted, which is one of its orders.

mod copy;
mod merge;

use corten_gotmpl::{Call, Error, Function, List, ListType, Map, MapEntries, MapType, Type, Val};

use self::merge::Failure;
use crate::arguments::{any, bytes, map, text};
use crate::print;
use crate::registry::{fixed, variadic};

const DICT: Type = Type::Map(MapType::ANY);
const ANY: &[Type] = &[Type::Any];
const KEY: &[Type] = &[DICT, Type::String];
const MERGE: &[Type] = &[DICT, DICT];

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("deepCopy", ANY, copy::deep_copy, "A copy that shares nothing with the value.",
        (r#"{{ deepCopy (dict "a" 1) }}"#, "map[a:1]")),
    variadic("dict", ANY, dict, "A dict of keys and values.", (r#"{{ dict "a" 1 "b" 2 }}"#, "map[a:1 b:2]")),
    variadic("dig", ANY, dig, "The value under a path of keys, or the default where one is missing.",
        (r#"{{ dig "a" "b" "none" (dict "a" (dict "b" 1)) }}"#, "1")),
    fixed("get", KEY, |_, args| Ok(map(args, 0).get(bytes(args, 1)).unwrap_or_else(|| Val::str(""))),
        "The value of a key, or an empty text.", (r#"{{ get (dict "a" 1) "a" }}"#, "1")),
    fixed("hasKey", KEY, |_, args| Ok(Val::Bool(map(args, 0).entries().contains_key(bytes(args, 1)))),
        "Whether a dict has a key.", (r#"{{ hasKey (dict "a" 1) "a" }}"#, "true")),
    variadic("keys", &[DICT], keys, "The keys of dicts, sorted dict by dict.", (r#"{{ keys (dict "b" 1 "a" 2) }}"#, "[a b]")),
    variadic("merge", MERGE, |_, args| swallow(all(args, false)),
        "Adds the entries of dicts to the first one, where it has none or empty ones.",
        (r#"{{ merge (dict "a" 1) (dict "a" 2 "b" 3) }}"#, "map[a:1 b:3]")),
    variadic("mergeOverwrite", MERGE, |_, args| swallow(all(args, true)),
        "Puts the entries of dicts into the first one, over those it has.",
        (r#"{{ mergeOverwrite (dict "a" 1) (dict "a" 2 "b" 3) }}"#, "map[a:2 b:3]")),
    fixed("mustDeepCopy", ANY, copy::must_deep_copy, "Does the same as the function without `must`.",
        (r#"{{ mustDeepCopy (dict "a" 1) }}"#, "map[a:1]")),
    variadic("mustMerge", MERGE, |_, args| all(args, false).map_err(Failure::into_error), "Does the same as `merge`, and fails where dicts do not fit.",
        (r#"{{ mustMerge (dict "a" 1) (dict "a" 2 "b" 3) }}"#, "map[a:1 b:3]")),
    variadic("mustMergeOverwrite", MERGE, |_, args| all(args, true).map_err(Failure::into_error),
        "Does the same as `mergeOverwrite`, and fails where dicts do not fit.",
        (r#"{{ mustMergeOverwrite (dict "a" 1) (dict "a" 2 "b" 3) }}"#, "map[a:2 b:3]")),
    variadic("omit", KEY, omit, "A dict without some keys.", (r#"{{ omit (dict "a" 1 "b" 2) "a" }}"#, "map[b:2]")),
    variadic("pick", KEY, pick, "A dict with some keys only.", (r#"{{ pick (dict "a" 1 "b" 2) "a" }}"#, "map[a:1]")),
    variadic("pluck", &[Type::String, DICT], pluck, "The values that dicts have for a key.",
        (r#"{{ pluck "a" (dict "a" 1) (dict "a" 2) }}"#, "[1 2]")),
    fixed("set", &[DICT, Type::String, Type::Any], set, "Sets the value of a key in the dict, and returns the dict.",
        (r#"{{ set (dict "a" 1) "b" 2 }}"#, "map[a:1 b:2]")),
    fixed("unset", KEY, unset, "Removes a key from the dict, and returns the dict.",
        (r#"{{ unset (dict "a" 1 "b" 2) "b" }}"#, "map[a:1]")),
    fixed("values", &[DICT], |_, args| Ok(grown(map(args, 0).entries().values().cloned().collect())),
        "The values of a dict, sorted by key.", (r#"{{ values (dict "b" 1 "a" 2) }}"#, "[2 1]")),
];

fn dict(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let mut entries = MapEntries::new();
    for pair in args.chunks(2) {
        entries.insert(print::text(&pair[0]), pair.get(1).cloned().unwrap_or_else(|| Val::str("")));
    }
    Ok(Val::Map(Map::any(entries)))
}

fn dig(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let [keys @ .., default, value] = args else {
        return Err(Error::new("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(Error::new("dig needs at least three arguments"));
    }
    let mut value = Val::Map(asserted_map(value)?);
    if let Some(odd) = keys.iter().find(|key| key.as_text().is_none()) {
        return Err(conversion(odd, "string"));
    }
    for (position, key) in keys.iter().enumerate() {
        let dict = if position == 0 { map(&[value], 0) } else { asserted_map(&value)? };
        match key.as_text().and_then(|key| dict.get(key.as_bytes())) {
            Some(step) => value = step,
            None => return Ok(default.clone()),
        }
    }
    Ok(value)
}

/// Go: the type assertion `v.(map[string]interface {})`, which named types such as common.Values
/// fail.
fn asserted_map(value: &Val) -> Result<Map, Error> {
    match value {
        Val::Map(map) if map.map_type().name == MapType::ANY.name => Ok(map.clone()),
        other => Err(conversion(other, MapType::ANY.name)),
    }
}

fn conversion(value: &Val, wanted: &str) -> Error {
    let found = if value.is_nil() { "nil" } else { value.type_name() };
    Error::new(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
}

// compat: map-order-sorted
fn keys(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let mut names: Vec<Val> = Vec::new();
    for position in 0..args.len() {
        names.extend(map(args, position).entries().keys().cloned().map(Val::Str));
    }
    Ok(Val::List(List::grown(ListType::STRING, names, 0)))
}

/// A list that Go appends to one by one.
fn grown(items: Vec<Val>) -> Val {
    Val::List(List::grown(ListType::ANY, items, 0))
}

/// Merges the dicts after the first into it, from left to right.
fn all(args: &[Val], overwrite: bool) -> Result<Val, Failure> {
    let mut target = map(args, 0);
    for position in 1..args.len() {
        let source = map(args, position);
        if target.is_nil() && !source.is_nil() {
            target = Map::any(MapEntries::new());
        }
        merge::merge(&target, &source, overwrite)?;
    }
    Ok(Val::Map(target))
}

/// sprig: `merge` turns what mergo refuses into an empty text.
fn swallow(merged: Result<Val, Failure>) -> Result<Val, Error> {
    match merged {
        Ok(value) => Ok(value),
        Err(Failure::Refused(_)) => Ok(Val::str("")),
        Err(Failure::Panic(error)) => Err(error),
    }
}

fn omit(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let mut entries = map(args, 0).entries().clone();
    for position in 1..args.len() {
        entries.remove(bytes(args, position));
    }
    Ok(Val::Map(Map::any(entries)))
}

fn pick(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let dict = map(args, 0);
    let keys = (1..args.len()).map(|position| text(args, position));
    let entries: MapEntries = keys.filter_map(|key| dict.get(key.as_bytes()).map(|value| (key, value))).collect();
    Ok(Val::Map(Map::any(entries)))
}

fn pluck(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let key = bytes(args, 0);
    Ok(grown((1..args.len()).filter_map(|position| map(args, position).get(key)).collect()))
}

fn set(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let dict = map(args, 0);
    if dict.is_nil() {
        return Err(Error::new("assignment to entry in nil map"));
    }
    dict.insert(text(args, 1), any(args, 2));
    Ok(Val::Map(dict))
}

fn unset(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let dict = map(args, 0);
    dict.entries_mut().remove(bytes(args, 1));
    Ok(Val::Map(dict))
}
