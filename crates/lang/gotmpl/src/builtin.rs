//! The builtin functions of `text/template`. Go: funcs.go.

mod compare;
mod escape;
mod index;

use corten_gostd::fmt;

use crate::reflected::Reflected;
use crate::{Error, Text, Type, Val};

/// A builtin function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) params: &'static [Type],
    pub(crate) is_variadic: bool,
    pub(crate) body: Body,
}

/// What a builtin function does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// `and`, `or`: the truth at which evaluation stops.
    ShortCircuit(bool),
    /// Takes its arguments as they are.
    Reflected(fn(&[Reflected]) -> Result<Reflected, Error>),
    /// Takes values, cannot fail.
    Values(fn(&[Val]) -> Val),
    /// `call`, which always fails: no value of a chart is a function.
    Call,
}

impl Builtin {
    pub(crate) fn is_short_circuit(&self) -> bool {
        matches!(self.body, Body::ShortCircuit(_))
    }
}

const ONE: &[Type] = &[Type::ReflectValue];
const TWO: &[Type] = &[Type::ReflectValue, Type::ReflectValue];
const ANY: &[Type] = &[Type::Any];

const fn reflected(
    name: &'static str,
    params: &'static [Type],
    is_variadic: bool,
    body: fn(&[Reflected]) -> Result<Reflected, Error>,
) -> Builtin {
    Builtin { name, params, is_variadic, body: Body::Reflected(body) }
}

const fn values(name: &'static str, params: &'static [Type], body: fn(&[Val]) -> Val) -> Builtin {
    Builtin { name, params, is_variadic: true, body: Body::Values(body) }
}

/// All of them.
pub(crate) static BUILTINS: [Builtin; 19] = [
    Builtin { name: "and", params: TWO, is_variadic: true, body: Body::ShortCircuit(false) },
    Builtin { name: "call", params: TWO, is_variadic: true, body: Body::Call },
    reflected("eq", TWO, true, compare::eq),
    reflected("ge", TWO, false, compare::ge),
    reflected("gt", TWO, false, compare::gt),
    values("html", ANY, escape::html),
    reflected("index", TWO, true, index::index),
    values("js", ANY, escape::js),
    reflected("le", TWO, false, compare::le),
    reflected("len", ONE, false, index::len),
    reflected("lt", TWO, false, compare::lt),
    reflected("ne", TWO, false, compare::ne),
    reflected("not", ONE, false, not),
    Builtin { name: "or", params: TWO, is_variadic: true, body: Body::ShortCircuit(true) },
    values("print", ANY, |args| text(fmt::sprint(&operands(args)))),
    values("printf", &[Type::String, Type::Any], printf),
    values("println", ANY, |args| text(fmt::sprintln(&operands(args)))),
    reflected("slice", TWO, true, index::slice),
    values("urlquery", ANY, escape::urlquery),
];

/// Go: `call`, for what is never a function.
pub(crate) fn call_error(name: &[u8], args: &[Reflected]) -> Error {
    match args.first() {
        Some(Reflected { val, .. }) if !val.is_nil() => {
            Error::new([b"non-function ", name, b" of type ", val.type_name().as_bytes()].concat())
        }
        _ => Error::new("call of nil"),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a body")]
fn not(args: &[Reflected]) -> Result<Reflected, Error> {
    Ok(truth(!args[0].val.is_true()))
}

fn printf(args: &[Val]) -> Val {
    let format = args[0].as_text().map(Text::as_bytes).unwrap_or_default();
    text(fmt::sprintf(format, &operands(&args[1..])))
}

fn operands(args: &[Val]) -> Vec<&dyn fmt::Operand> {
    args.iter().map(|arg| arg as &dyn fmt::Operand).collect()
}

fn text(bytes: Vec<u8>) -> Val {
    Val::Str(Text::from(bytes))
}

fn truth(truth: bool) -> Reflected {
    Reflected::concrete(Val::Bool(truth))
}
