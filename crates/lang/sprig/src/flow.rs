//! Flow: defaults, choices, emptiness, and the ways to fail.

use corten_gotmpl::{Call, Error, Function, LogLevel, Type, Val};

use crate::arguments::{any, text, truth};
use crate::registry::{fixed, variadic};

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    variadic("coalesce", &[Type::Any], coalesce, "The first value that is not empty.",
        (r#"{{ coalesce 0 "" "a" }}"#, "a")),
    variadic("default", &[Type::Any, Type::Any], default, "The second value, or the first where that is empty.",
        (r#"{{ default "a" "" }} {{ "b" | default "a" }}"#, "a b")),
    fixed("empty", &[Type::Any], |_, args| Ok(Val::Bool(!any(args, 0).is_true())),
        "Whether a value is nil, false, zero, or without elements.", (r#"{{ empty "" }} {{ empty 1 }}"#, "true false")),
    fixed("fail", &[Type::String], fail, "Ends the rendering with a message.",
        (r#"{{ if false }}{{ fail "no" }}{{ end }}"#, "")),
    fixed("required", &[Type::String, Type::Any], required,
        "The value, or the end of the rendering with a message where it is nil or an empty text.",
        (r#"{{ required "a name is needed" "n" }}"#, "n")),
    fixed("ternary", &[Type::Any, Type::Any, Type::Bool], |_, args| Ok(any(args, usize::from(!truth(args, 2)))),
        "The first value where the last one is true, else the second.", (r#"{{ ternary "a" "b" true }}"#, "a")),
];

fn coalesce(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(args.iter().find(|value| value.is_true()).cloned().unwrap_or_default())
}

fn default(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(any(args, usize::from(args.get(1).is_some_and(Val::is_true))))
}

fn fail(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let message = text(args, 0);
    if call.engine.lint_mode() {
        call.world.log(LogLevel::Info, "funcMap fail", &[("message", &message.to_str_lossy())]);
        return Ok(Val::str(""));
    }
    Err(marked(message.as_bytes()))
}

fn required(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let (message, value) = (text(args, 0), any(args, 1));
    // Helm: engine.go logs two wordings.
    let complaint = match &value {
        Val::Nil => "missing required value",
        Val::Str(text) if text.is_empty() => "missing required values",
        _ => return Ok(value),
    };
    if call.engine.lint_mode() {
        call.world.log(LogLevel::Warn, complaint, &[("message", &message.to_str_lossy())]);
        return Ok(Val::str(""));
    }
    Err(marked(message.as_bytes()))
}

/// Helm: `warnWrap`: the marks by which the message is found again in the chain of errors.
fn marked(message: &[u8]) -> Error {
    Error::new([b"HELM_ERR_START", message, b"HELM_ERR_END"].concat())
}
