//! Templates and what Go makes of them.
//!
//! A case has `template` (named t), further templates in sections `template NAME` (parsed before
//! it), and `values` (JSON, the dot). The attribute `missing` is the option `missingkey`.

use std::process::ExitCode;

use corten_gotmpl::{Call, Error, Function, Map, MapType, MissingKey, Options, Output, TemplateSet, Text, Type, Val};
use corten_testkit::{Case, FixedWorld};

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"), evaluate)
}

fn evaluate(case: &Case) -> Result<Vec<u8>, Vec<u8>> {
    let missing_key = match case.attribute("missing") {
        Some("error") => MissingKey::Error,
        Some("default") => MissingKey::Invalid,
        _ => MissingKey::Zero,
    };
    let mut set = TemplateSet::new(FUNCTIONS, Options { missing_key, lint_mode: false, enable_dns: false });
    let values = match case.section("values") {
        Some(values) => {
            corten_gostd::json::decode(values.as_bytes()).map_err(|error| error.to_string().into_bytes())?
        }
        None => corten_value::Value::Null,
    };
    let mut parse = |name: &str, text: &str| set.parse(name, text).map_err(|error| error.text().to_vec());
    for (title, text) in &case.sections {
        if let Some(name) = title.strip_prefix("template ") {
            parse(name, text)?;
        }
    }
    parse("t", case.section("template").unwrap_or_default())?;
    let mut output = Output::default();
    set.execute("t", &Val::from(&values), &FixedWorld::default(), &mut output)
        .map_err(|error| error.text().to_vec())?;
    Ok(output.bytes)
}

type Body = fn(&mut Call<'_>, &[Val]) -> Result<Val, Error>;

const fn function(name: &'static str, params: &'static [Type], variadic: bool, call: Body) -> Function {
    Function { name, doc: "", example: ("", ""), params, variadic, call }
}

const TABLE: Type = Type::Map(MapType::ANY);

/// A few functions that act as sprig's do.
static FUNCTIONS: &[Function] = &[
    function("default", &[Type::Any, Type::Any], true, |_, args| {
        Ok(args.get(1).filter(|given| given.is_true()).unwrap_or(&args[0]).clone())
    }),
    function("dict", &[Type::Any], true, |_, args| {
        let entry = |pair: &[Val]| Some((pair[0].as_text()?.clone(), pair[1].clone()));
        Ok(Val::Map(Map::any(args.chunks_exact(2).filter_map(entry).collect())))
    }),
    function("fail", &[Type::String], false, |_, args| Err(Error::new(text(args, 0).as_bytes()))),
    function("floor", &[Type::Float64], false, |_, args| match args[0] {
        Val::Float(number) => Ok(Val::Float(number.floor())),
        _ => Ok(Val::Nil),
    }),
    function("include", &[Type::String, Type::Any], false, |call, args| {
        call.engine.include(&text(args, 0), &args[1]).map(Val::Str)
    }),
    function("int64", &[Type::Any], false, |_, args| match args[0] {
        Val::Float(number) => Ok(Val::int64(corten_value::number::float_to_int(number))),
        _ => Ok(Val::Nil),
    }),
    function("list", &[Type::Any], true, |_, args| Ok(Val::list(args.to_vec()))),
    function("repeat", &[Type::Int, Type::String], false, |_, args| match args[0] {
        Val::Int(_, count) => Ok(Val::str(text(args, 1).to_str_lossy().repeat(usize::try_from(count).unwrap_or(0)))),
        _ => Ok(Val::Nil),
    }),
    function("set", &[TABLE, Type::String, Type::Any], false, |_, args| {
        match args[0].as_map() {
            Some(map) if !map.is_nil() => map.insert(text(args, 1), args[2].clone()),
            _ => return Err(Error::new("assignment to entry in nil map")),
        }
        Ok(args[0].clone())
    }),
    function("tpl", &[Type::String, Type::Any], false, |call, args| {
        call.engine.tpl(&text(args, 0), &args[1]).map(Val::Str)
    }),
    function("upper", &[Type::String], false, |_, args| Ok(Val::str(text(args, 0).to_str_lossy().to_uppercase()))),
];

fn text(args: &[Val], position: usize) -> Text {
    args.get(position).and_then(Val::as_text).cloned().unwrap_or_default()
}
