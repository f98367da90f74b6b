//! JSON for charts: what `encoding/json` makes of template values, and the functions around it.
//!
//! [`json_value`] is the boundary value that `json.Marshal` would write, which YAML and TOML start
//! from too; the functions write their text straight from the template value. Helm's own `toJson`
//! and `fromJson` replace sprig's, and swallow errors in their own way.

mod marshal;

use corten_gostd::json::{self, JsonError};
use corten_gotmpl::{Call, Error, Function, List, ListType, Map, MapType, Text, Type, Val};
use corten_value::Value;

pub use marshal::json_value;
use marshal::{Style, marshal};

use crate::arguments;
use crate::registry::fixed;

pub(crate) static TABLE: &[Function] = &[
    fixed(
        "fromJson",
        &[Type::String],
        from_json,
        "Reads a JSON object; its key Error says what is wrong with it.",
        (r#"{{ (fromJson "{\"a\": 1}").a }}"#, "1"),
    ),
    fixed(
        "fromJsonArray",
        &[Type::String],
        from_json_array,
        "Reads a JSON array; its one element says what is wrong with it.",
        (r#"{{ fromJsonArray "[1, 2]" }}"#, "[1 2]"),
    ),
    fixed(
        "mustFromJson",
        &[Type::String],
        must_from_json,
        "Reads JSON or fails.",
        (r#"{{ mustFromJson "[1, 2]" }}"#, "[1 2]"),
    ),
    fixed("mustToJson", &[Type::Any], must_to_json, "Prints JSON or fails.", ("{{ mustToJson (list 1) }}", "[1]")),
    fixed(
        "mustToPrettyJson",
        &[Type::Any],
        must_to_pretty_json,
        "Prints JSON on many lines or fails.",
        ("{{ mustToPrettyJson (list) }}", "[]"),
    ),
    fixed(
        "mustToRawJson",
        &[Type::Any],
        must_to_raw_json,
        "Prints JSON without escapes for HTML or fails.",
        (r#"{{ mustToRawJson "<" }}"#, "\"<\""),
    ),
    fixed(
        "toJson",
        &[Type::Any],
        to_json,
        "Prints JSON; nothing when the value has no JSON.",
        (r#"{{ toJson (dict "a" 1) }}"#, r#"{"a":1}"#),
    ),
    fixed(
        "toPrettyJson",
        &[Type::Any],
        to_pretty_json,
        "Prints JSON on many lines; nothing when the value has no JSON.",
        ("{{ toPrettyJson (dict) }}", "{}"),
    ),
    fixed(
        "toRawJson",
        &[Type::Any],
        must_to_raw_json,
        "Prints JSON without escapes for HTML.",
        (r#"{{ toRawJson "<" }}"#, "\"<\""),
    ),
];

const COMPACT: Style = Style { escape_html: true, indent: None };
const PRETTY: Style = Style { escape_html: true, indent: Some("  ") };
const RAW: Style = Style { escape_html: false, indent: None };

fn print(args: &[Val], style: Style) -> Result<Val, Error> {
    marshal(args.first().unwrap_or(&Val::Nil), style).map(Val::str)
}

fn print_or_nothing(args: &[Val], style: Style) -> Result<Val, Error> {
    Ok(print(args, style).unwrap_or_else(|_| Val::str("")))
}

fn to_json(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    print_or_nothing(args, COMPACT)
}

fn must_to_json(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    print(args, COMPACT)
}

fn to_pretty_json(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    print_or_nothing(args, PRETTY)
}

fn must_to_pretty_json(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    print(args, PRETTY)
}

fn must_to_raw_json(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    print(args, RAW)
}

fn must_from_json(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    match json::decode(arguments::bytes(args, 0)) {
        Ok(value) => Ok(Val::from(&value)),
        Err(error) => Err(Error::new(error.text)),
    }
}

/// Helm: `fromJSON`: what could be read, and the error under the key `Error`.
fn from_json(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let (value, error) = read(arguments::bytes(args, 0), "object", "map[string]interface {}");
    let map = match value {
        Some(Val::Map(map)) => map,
        Some(_) if error.is_none() => Map::nil(MapType::ANY),
        _ => Map::any(corten_gotmpl::MapEntries::new()),
    };
    if let Some(error) = error {
        map.insert(Text::from("Error"), Val::str(error));
    }
    Ok(Val::Map(map))
}

/// Helm: `fromJSONArray`: the array, or the error as its one element.
fn from_json_array(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(match read(arguments::bytes(args, 0), "array", "[]interface {}") {
        (_, Some(error)) => Val::list(vec![Val::str(error)]),
        (Some(list @ Val::List(_)), None) => list,
        _ => Val::List(List::nil(ListType::ANY)),
    })
}

/// Go: `json.Unmarshal` into a static type: the value read so far, and what went wrong.
fn read(text: &[u8], kind: &str, go_type: &str) -> (Option<Val>, Option<String>) {
    let (value, range_error) = match json::decode(text) {
        Ok(value) => (value, None),
        Err(JsonError { text, partial: Some(value) }) => (value, Some(text)),
        Err(JsonError { text, partial: None }) => return (None, Some(text)),
    };
    let found = match (&value, &range_error) {
        // A lone number out of range is refused for being a number.
        (Value::Null, Some(_)) => "number",
        (Value::Bool(_), _) => "bool",
        _ => value.json_kind(),
    };
    if found != kind && found != "null" {
        return (None, Some(format!("json: cannot unmarshal {found} into Go value of type {go_type}")));
    }
    (Some(Val::from(&value)), range_error)
}
