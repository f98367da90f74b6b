//! Helm's own: templates as functions, the cluster, host names.

use corten_gotmpl::{Call, Error, Function, Map, MapEntries, Type, Val};

use crate::arguments::{any, text};
use crate::registry::fixed;

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("getHostByName", &[Type::String], get_host_by_name,
        "An address of a host name, or an empty text where names may not be looked up.",
        (r#"{{ getHostByName "example.org" }}"#, "")),
    fixed("include", &[Type::String, Type::Any], |call, args| call.engine.include(&text(args, 0), &any(args, 1)).map(Val::Str),
        "The text of a named template.", (r#"{{ define "n" }}<{{ . }}>{{ end }}{{ include "n" 1 }}"#, "<1>")),
    fixed("lookup", &[Type::String, Type::String, Type::String, Type::String], lookup,
        "An object of the cluster by version, kind, namespace and name; an empty dict without a cluster.",
        (r#"{{ lookup "v1" "Secret" "ns" "name" }}"#, "map[]")),
    fixed("tpl", &[Type::String, Type::Any], |call, args| call.engine.tpl(&text(args, 0), &any(args, 1)).map(Val::Str),
        "The text that a text makes when it is run as a template.", (r#"{{ tpl "{{ . }}!" "hi" }}"#, "hi!")),
];

fn get_host_by_name(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    if !call.engine.enable_dns() {
        return Ok(Val::str(""));
    }
    let address = call.world.host_by_name(&text(args, 0).to_str_lossy());
    // Go: rand.Intn(0), as sprig picks one of the addresses without asking whether there are any.
    if address.is_empty() { Err(Error::new("invalid argument to Intn")) } else { Ok(Val::from(address)) }
}

fn lookup(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    if call.engine.lint_mode() {
        return Ok(Val::Map(Map::any(MapEntries::new())));
    }
    let [version, kind, namespace, name] = [0, 1, 2, 3].map(|position| text(args, position).to_shared());
    call.world.lookup(&version, &kind, &namespace, &name).map(|object| Val::from(&object)).map_err(Error::new)
}
