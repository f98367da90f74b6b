//! `common.Values`: the type of `.Values` and of the data of every template.

use corten_gotmpl::{Call, Error, Map, MapEntries, MapType, Method, Text, Type, Val};

/// `common.Values`, a `map[string]interface {}` with methods, which come before keys of the same name.
pub(crate) const VALUES: &MapType = &MapType {
    name: "common.Values",
    elem: Type::Any,
    methods: &[
        Method { name: "AsMap", params: &[], variadic: false, call: as_map },
        Method { name: "YAML", params: &[], variadic: false, call: yaml },
        Method { name: "Table", params: &[Type::String], variadic: false, call: table_method },
        Method { name: "PathValue", params: &[Type::String], variadic: false, call: path_value },
        Method { name: "Encode", params: &[Type::Object(WRITER)], variadic: false, call: encode },
    ],
};

/// `io.Writer`, which no template has a value of.
const WRITER: &corten_gotmpl::ObjectType =
    &corten_gotmpl::ObjectType { name: "io.Writer", kind: corten_gotmpl::Kind::Interface, methods: &[] };

/// The same map as `common.Values`.
pub(crate) fn as_values(map: &Map) -> Map {
    map.with_type(VALUES)
}

fn receiver_map(receiver: &Val) -> Map {
    receiver.as_map().cloned().unwrap_or_else(|| Map::any(MapEntries::new()))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of methods")]
fn as_map(_: &mut Call<'_>, receiver: &Val, _: &[Val]) -> Result<Val, Error> {
    let map = receiver_map(receiver);
    // Go: values.go AsMap makes a fresh map for an empty one, so writes to it are lost.
    Ok(Val::Map(if map.is_empty() { Map::any(MapEntries::new()) } else { map.with_type(MapType::ANY) }))
}

fn yaml(_: &mut Call<'_>, receiver: &Val, _: &[Val]) -> Result<Val, Error> {
    let value = corten_sprig::json_value(receiver)?;
    corten_yaml::encode(&value).map(Val::str).map_err(|error| Error::new(error.to_string()))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of methods")]
fn encode(_: &mut Call<'_>, _: &Val, _: &[Val]) -> Result<Val, Error> {
    Ok(Val::Nil)
}

fn table_method(_: &mut Call<'_>, receiver: &Val, arguments: &[Val]) -> Result<Val, Error> {
    let path = arguments.first().and_then(Val::as_text).cloned().unwrap_or_default();
    table(&receiver_map(receiver), path.as_bytes())
        .map(Val::Map)
        .map_err(|name| Error::new([corten_gostd::strconv::quote(name).as_bytes(), b" is not a table"].concat()))
}

/// The table at a dotted path, or the step that is none. Go: values.go Table.
pub(crate) fn table<'a>(root: &Map, path: &'a [u8]) -> Result<Map, &'a [u8]> {
    path.split(|byte| *byte == b'.').try_fold(as_values(root), |map, name| match map.get(name) {
        Some(Val::Map(inner)) if inner.map_type().elem.name() == Type::Any.name() => Ok(as_values(&inner)),
        _ => Err(name),
    })
}

fn path_value(_: &mut Call<'_>, receiver: &Val, arguments: &[Val]) -> Result<Val, Error> {
    let path = arguments.first().and_then(Val::as_text).cloned().unwrap_or_default();
    if path.is_empty() {
        return Err(Error::new("YAML path cannot be empty"));
    }
    let bytes = path.as_bytes();
    let at = bytes.iter().rposition(|byte| *byte == b'.');
    let key = &bytes[at.map_or(0, |at| at + 1)..];
    let root = receiver_map(receiver);
    let found = match at {
        Some(at) => table(&root, &bytes[..at]).ok(),
        None => Some(root),
    };
    match found.and_then(|table| table.get(key)) {
        // Only map[string]interface {} counts as a table here, so common.Values come back.
        Some(Val::Map(map)) if map.map_type().name == MapType::ANY.name => Err(no_value(key)),
        Some(value) => Ok(value),
        None => Err(no_value(key)),
    }
}

fn no_value(key: &[u8]) -> Error {
    Error::new([corten_gostd::strconv::quote(key).as_bytes(), b" is not a value"].concat())
}

/// An empty `common.Values`.
pub(crate) fn empty_values() -> Map {
    Map::new(VALUES, MapEntries::new())
}

/// `common.Values` of a few entries.
pub(crate) fn values_of<const N: usize>(entries: [(&str, Val); N]) -> Map {
    Map::new(VALUES, entries.into_iter().map(|(key, value)| (Text::from(key), value)).collect())
}
