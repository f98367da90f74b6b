//! YAML for charts: Helm's own functions, which never agree with each other on errors.
//!
//! Template values are written where they stand: version 2 of go-yaml (`toYaml`) shows what
//! `encoding/json` sees, version 3 (`toYamlPretty`) the Go value.

use corten_gotmpl::{Call, Error, Function, Kind, List, Map, MapEntries, Object, Type, Val};
use corten_value::Value;
use corten_yaml::{Flavour, Mode, See, Target, Tree, View};
use data_encoding::BASE64;

use crate::arguments;
use crate::registry::fixed;

pub(crate) static TABLE: &[Function] = &[
    fixed(
        "fromYaml",
        &[Type::String],
        from_yaml,
        "Reads a YAML table; its key Error says what is wrong with it.",
        (r#"{{ (fromYaml "a: 1").a }}"#, "1"),
    ),
    fixed(
        "fromYamlArray",
        &[Type::String],
        from_yaml_array,
        "Reads a YAML list; its one element says what is wrong with it.",
        (r#"{{ fromYamlArray "[1, 2]" }}"#, "[1 2]"),
    ),
    fixed("mustToYaml", &[Type::Any], must_to_yaml, "Prints YAML or fails.", ("{{ mustToYaml (list 1) }}", "- 1")),
    fixed(
        "toYaml",
        &[Type::Any],
        to_yaml,
        "Prints YAML; nothing when the value has none.",
        (r#"{{ toYaml (dict "a" 1) }}"#, "a: 1"),
    ),
    fixed(
        "toYamlPretty",
        &[Type::Any],
        to_yaml_pretty,
        "Prints YAML with indented lists and without folded lines.",
        (r#"{{ toYamlPretty (dict "a" (list 1)) }}"#, "a:\n  - 1"),
    ),
];

const TABLE_TARGET: &Target = &Target::Map(&Target::Any);
const LIST_TARGET: &Target = &Target::List(&Target::Any);

/// Helm: `toYAML`.
fn to_yaml(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(printed(corten_yaml::encode_tree::<Reflected>(args.first().unwrap_or(&Val::Nil)).unwrap_or_default()))
}

/// Helm: `mustToYAML`, which panics with the error.
fn must_to_yaml(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    corten_yaml::encode_tree::<Reflected>(args.first().unwrap_or(&Val::Nil)).map(printed).map_err(|error| chain(&error))
}

/// Helm: `toYAMLPretty`. Only go-yaml's panics reach the user.
fn to_yaml_pretty(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let text = corten_yaml::encode_tree_v3::<Reflected>(args.first().unwrap_or(&Val::Nil), 2);
    text.map(printed).map_err(|error| chain(&error))
}

fn printed(mut text: String) -> Val {
    if text.ends_with('\n') {
        text.pop();
    }
    Val::from(text)
}

/// The error with all that it wraps.
fn chain(error: &corten_yaml::Error) -> Error {
    match error.cause() {
        Some(cause) => Error::wrap(error.message(), chain(cause)),
        None => Error::new(error.message()),
    }
}

/// Helm: `fromYAML`: what could be read, and the error under the key `Error`.
fn from_yaml(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let map = Map::any(MapEntries::new());
    match corten_yaml::decode_into(arguments::bytes(args, 0), TABLE_TARGET, Mode::Lenient) {
        Err(error) => map.insert("Error", Val::str(error.message())),
        Ok(value @ Value::Map(_)) => return Ok(Val::from(&value)),
        // Go: `null` leaves the map as it was, which is empty.
        Ok(_) => {}
    }
    Ok(Val::Map(map))
}

/// Helm: `fromYAMLArray`: the list, or the error as its one element.
fn from_yaml_array(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(match corten_yaml::decode_into(arguments::bytes(args, 0), LIST_TARGET, Mode::Lenient) {
        Err(error) => Val::list(vec![Val::str(error.message())]),
        Ok(value @ Value::List(_)) => Val::from(&value),
        Ok(_) => Val::list(Vec::new()),
    })
}

/// How go-yaml and `encoding/json` look at template values.
struct Reflected;

impl Tree for Reflected {
    type Node = Val;

    fn visit(node: &Val, flavour: Flavour, see: See<'_, Val>) -> Result<(), corten_yaml::Error> {
        let is_json = flavour == Flavour::V2;
        match node {
            Val::Nil => see(View::Null),
            Val::Bool(truth) => see(View::Bool(*truth)),
            Val::Int(_, number) => see(View::Int(*number)),
            Val::Uint(_, number) => see(View::Uint(*number)),
            Val::Float(number) => see(View::Float(*number)),
            Val::Complex(..) => see(unsupported(flavour, "complex128")),
            Val::Str(text) => see(text.as_str().map_or_else(|| View::Binary(text.as_bytes()), View::Text)),
            Val::Bytes(bytes) if is_json => see(View::Text(&BASE64.encode(bytes))),
            Val::Bytes(bytes) => see(View::Bytes(bytes)),
            Val::List(list) if is_json && list.is_nil() => see(View::Null),
            Val::List(list) => see(View::List(list)),
            Val::Map(map) if is_json && map.is_nil() => see(View::Null),
            Val::Map(map) => {
                let entries = map.entries();
                see(View::Map(entries.iter().map(|(key, value)| (key.as_bytes(), value)).collect()))
            }
            Val::Object(object) => visit_object(&**object, flavour, see),
        }
    }

    fn identity(node: &Val) -> Option<usize> {
        match node {
            Val::Map(map) => Some(map.identity()),
            Val::List(list) => Some(list_identity(list)),
            _ => None,
        }
    }
}

fn list_identity(list: &List) -> usize {
    list.as_ptr().addr()
}

fn unsupported(flavour: Flavour, type_name: &str) -> View<'static, Val> {
    View::Unsupported(match flavour {
        Flavour::V2 => format!("json: unsupported type: {type_name}"),
        Flavour::V3 => format!("cannot marshal type: {type_name}"),
    })
}

fn visit_object(object: &dyn Object, flavour: Flavour, see: See<'_, Val>) -> Result<(), corten_yaml::Error> {
    let go_type = object.go_type();
    if go_type.kind == Kind::Func {
        return see(unsupported(flavour, go_type.name));
    }
    let json = object.to_json();
    if flavour == Flavour::V2 {
        if let Some(value) = json.or_else(|| object.underlying()) {
            return Reflected::visit(&value, flavour, see);
        }
        let mut fields = object.fields();
        fields.sort_unstable_by_key(|(name, _)| *name);
        return see(View::Map(fields.iter().map(|(name, value)| (name.as_bytes(), value)).collect()));
    }
    // Go: encode.go of version 3 knows times and durations, then asks for MarshalText, which the types
    // whose JSON is a string have.
    match (json, go_type.name) {
        (Some(Val::Str(text)), "time.Time" | "*time.Time") => see(View::Time(&text.to_str_lossy())),
        (_, "time.Duration") => match object.display() {
            Some(text) => see(View::Text(&text.to_str_lossy())),
            None => see(View::Null),
        },
        (Some(Val::Str(text)), _) => see(View::Text(&text.to_str_lossy())),
        _ => match object.underlying() {
            Some(value) => Reflected::visit(&value, flavour, see),
            None => visit_fields(&object.fields(), see),
        },
    }
}

/// Go: `structv` of version 3: fields without a yaml tag go by their names in lower case.
fn visit_fields(fields: &[(&'static str, Val)], see: See<'_, Val>) -> Result<(), corten_yaml::Error> {
    let names: Vec<String> = fields.iter().map(|(field, _)| field.to_lowercase()).collect();
    see(View::Fields(names.iter().zip(fields).map(|(name, (_, value))| (name.as_bytes(), value)).collect()))
}
