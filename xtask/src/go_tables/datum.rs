//! Go values of test tables, for `fmt` and for templates.

use std::borrow::Cow;
use std::collections::BTreeMap;

use corten_gostd::fmt::{Entries, Items, Operand, View};
use corten_gotmpl::{IntKind, List, ListType, Map, MapType, Text, Type, UintKind, Val};

use super::source::Expr;

/// A Go value with its type.
#[derive(Clone, Debug)]
pub(super) enum Datum {
    Nil,
    Bool(bool),
    Int(i64, String),
    Uint(u64, String),
    Float(f64, u8),
    Complex(f64, f64, u8),
    Text(Vec<u8>),
    Bytes(Option<Vec<u8>>),
    List(Sequence),
    Map(Table),
}

#[derive(Clone, Debug)]
pub(super) struct Sequence {
    name: String,
    items: Vec<Datum>,
    is_nil: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Table {
    name: String,
    entries: Vec<(Datum, Datum)>,
    is_nil: bool,
}

/// Evaluates expressions with the variables of a file.
pub(super) struct Evaluator<'a> {
    pub(super) names: &'a BTreeMap<String, Expr>,
}

impl Evaluator<'_> {
    /// The value of an expression, of a type where that is known; none when it cannot be expressed.
    pub(super) fn datum(&self, expr: &Expr, wanted: &str) -> Option<Datum> {
        let value = match expr {
            Expr::Text(text) => Datum::Text(text.clone()),
            Expr::Int(number) => return convert_int(*number, if wanted.is_empty() { "int" } else { wanted }),
            Expr::Rune(number) => return convert_int(*number, if wanted.is_empty() { "int32" } else { wanted }),
            Expr::Float(number) => Datum::Float(*number, 64),
            Expr::Imaginary(number) => Datum::Complex(0.0, *number, 128),
            Expr::Name(name) => self.named(name)?,
            Expr::Call(callee, arguments) => self.call(callee, arguments)?,
            Expr::Composite(kind, items) => {
                let kind = if kind.is_empty() { wanted } else { kind };
                return self.composite(kind, items);
            }
            Expr::Unary('-', value) => negate(self.datum(value, wanted)?)?,
            Expr::Unary('+', value) => self.datum(value, wanted)?,
            Expr::Unary('^', value) => invert(self.datum(value, wanted)?)?,
            Expr::Unary(..) | Expr::Unknown => return None,
            Expr::Binary(operator, left, right) => {
                binary(operator, &self.datum(left, wanted)?, &self.datum(right, wanted)?)?
            }
        };
        convert(value, wanted)
    }

    fn named(&self, name: &str) -> Option<Datum> {
        Some(match name {
            "nil" => Datum::Nil,
            "true" => Datum::Bool(true),
            "false" => Datum::Bool(false),
            "noError" => Datum::Bool(true),
            "hasError" => Datum::Bool(false),
            "bigInt" => Datum::Text(b"0x7fffffffffffffff".to_vec()),
            "bigUint" => Datum::Text(b"0x8000000000000000".to_vec()),
            "posInf" => Datum::Float(f64::INFINITY, 64),
            "negInf" => Datum::Float(f64::NEG_INFINITY, 64),
            "NaN" => Datum::Float(f64::NAN, 64),
            _ => return self.datum(self.names.get(name)?, ""),
        })
    }

    fn call(&self, callee: &Expr, arguments: &[Expr]) -> Option<Datum> {
        let Expr::Name(name) = callee else { return None };
        match (name.as_str(), arguments) {
            ("[]byte", [Expr::Name(nil)]) if nil == "nil" => Some(Datum::Bytes(None)),
            ("[]byte", [text]) => match self.datum(text, "")? {
                Datum::Text(text) => Some(Datum::Bytes(Some(text))),
                _ => None,
            },
            ("zeroFill", [prefix, width, suffix]) => self.zero_fill(prefix, width, suffix),
            ("complex", [real, imaginary]) => match (self.datum(real, "")?, self.datum(imaginary, "")?) {
                (Datum::Float(real, _), Datum::Float(imaginary, _)) => Some(Datum::Complex(real, imaginary, 128)),
                _ => None,
            },
            ("string", [Expr::Call(rune, code)]) if matches!(&**rune, Expr::Name(name) if name == "rune") => {
                let Datum::Int(code, _) = self.datum(code.first()?, "")? else { return None };
                let rune = u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
                Some(Datum::Text(rune.to_string().into_bytes()))
            }
            (kind, [value]) if is_number(kind) || kind == "string" || kind == "bool" => {
                convert(self.datum(value, if is_integer(kind) { kind } else { "" })?, kind)
            }
            _ => None,
        }
    }

    fn zero_fill(&self, prefix: &Expr, width: &Expr, suffix: &Expr) -> Option<Datum> {
        let (Datum::Text(prefix), Datum::Int(width, _), Datum::Text(suffix)) =
            (self.datum(prefix, "")?, self.datum(width, "")?, self.datum(suffix, "")?)
        else {
            return None;
        };
        let zeros = usize::try_from(width).ok()?.checked_sub(suffix.len())?;
        Some(Datum::Text([prefix, vec![b'0'; zeros], suffix].concat()))
    }

    fn composite(&self, kind: &str, items: &[(Option<Expr>, Expr)]) -> Option<Datum> {
        if let Some(rest) = kind.strip_prefix("map[") {
            let (key, elem) = rest.split_once(']')?;
            let entry = |(name, value): &(Option<Expr>, Expr)| {
                Some((self.datum(name.as_ref()?, interface(key))?, self.datum(value, interface(elem))?))
            };
            let mut entries: Vec<(Datum, Datum)> = items.iter().map(entry).collect::<Option<_>>()?;
            entries.sort_by_key(|(key, _)| format!("{key:?}"));
            return Some(Datum::Map(Table { name: go_name(kind), entries, is_nil: false }));
        }
        let (length, elem) = kind.strip_prefix('[')?.split_once(']')?;
        if items.iter().any(|(key, _)| key.is_some()) {
            return None;
        }
        let items: Vec<Datum> =
            items.iter().map(|(_, item)| self.datum(item, interface(elem))).collect::<Option<_>>()?;
        if length.is_empty() && matches!(elem, "byte" | "uint8") {
            let byte = |item: &Datum| match item {
                Datum::Uint(byte, _) => u8::try_from(*byte).ok(),
                _ => None,
            };
            return Some(Datum::Bytes(Some(items.iter().map(byte).collect::<Option<_>>()?)));
        }
        // Arrays of bytes print like slices of them, which no value of a chart does.
        if matches!(elem, "byte" | "uint8") {
            return None;
        }
        let is_full = length.is_empty() || length.parse().is_ok_and(|length: usize| length == items.len());
        is_full.then(|| Datum::List(Sequence { name: go_name(kind), items, is_nil: false }))
    }
}

/// Elements of an interface type keep their own.
fn interface(elem: &str) -> &str {
    if matches!(elem, "any" | "interface") { "" } else { elem }
}

fn go_name(kind: &str) -> String {
    kind.replace("byte", "uint8").replace("any", "interface {}").replace("rune", "int32")
}

fn is_integer(kind: &str) -> bool {
    is_number(kind) && !kind.starts_with("float") && !kind.starts_with("complex")
}

fn is_number(kind: &str) -> bool {
    let digits = kind.trim_start_matches(|symbol: char| symbol.is_ascii_alphabetic());
    let word = &kind[..kind.len() - digits.len()];
    matches!(word, "int" | "uint" | "float" | "complex" | "byte" | "rune")
        && matches!(digits, "" | "8" | "16" | "32" | "64" | "128")
}

fn convert_int(number: i128, kind: &str) -> Option<Datum> {
    let kind = go_name(kind);
    let bits = |bits: u32| 1_i128 << bits;
    Some(match kind.as_str() {
        "int" | "int64" | "int32" | "int16" | "int8" => Datum::Int(i64::try_from(number).ok()?, kind),
        "uint" | "uint64" | "uint32" | "uint16" | "uint8" | "uintptr" => {
            Datum::Uint(u64::try_from(number.rem_euclid(bits(64))).ok()?, kind)
        }
        "float64" | "float32" => {
            Datum::Float(number.to_string().parse().ok()?, if kind == "float32" { 32 } else { 64 })
        }
        "complex128" => Datum::Complex(number.to_string().parse().ok()?, 0.0, 128),
        "complex64" => Datum::Complex(number.to_string().parse().ok()?, 0.0, 64),
        _ => return None,
    })
}

fn convert(value: Datum, wanted: &str) -> Option<Datum> {
    let wanted = go_name(wanted);
    match (value, wanted.as_str()) {
        (value, "") => Some(value),
        (Datum::Int(number, _), kind) => convert_int(i128::from(number), kind),
        (Datum::Uint(number, _), kind) => convert_int(i128::from(number), kind),
        (Datum::Float(number, _), kind) if is_integer(kind) => convert_int(format!("{number:.0}").parse().ok()?, kind),
        (Datum::Float(number, _), "float32") => Some(Datum::Float(number, 32)),
        (Datum::Float(number, _), "float64") => Some(Datum::Float(number, 64)),
        (Datum::Float(number, _), "complex128") => Some(Datum::Complex(number, 0.0, 128)),
        (Datum::Complex(real, imaginary, _), "complex64") => Some(Datum::Complex(real, imaginary, 64)),
        (value @ Datum::Complex(..), "complex128") => Some(value),
        (value @ Datum::Text(_), "string") | (value @ Datum::Bool(_), "bool") => Some(value),
        _ => None,
    }
}

fn negate(value: Datum) -> Option<Datum> {
    Some(match value {
        Datum::Int(number, kind) => Datum::Int(number.checked_neg()?, kind),
        Datum::Float(number, bits) => Datum::Float(-number, bits),
        Datum::Complex(real, imaginary, bits) => Datum::Complex(0.0 - real, 0.0 - imaginary, bits),
        _ => return None,
    })
}

fn invert(value: Datum) -> Option<Datum> {
    match value {
        Datum::Uint(number, kind) => {
            let bits: u32 = kind.trim_start_matches("uint").parse().unwrap_or(64);
            Some(Datum::Uint(!number << (64 - bits) >> (64 - bits), kind))
        }
        _ => None,
    }
}

fn binary(operator: &str, left: &Datum, right: &Datum) -> Option<Datum> {
    let parts = |value: &Datum| match value {
        Datum::Int(number, _) => number.to_string().parse().ok().map(|real: f64| (real, 0.0)),
        Datum::Float(real, _) => Some((*real, 0.0)),
        Datum::Complex(real, imaginary, _) => Some((*real, *imaginary)),
        _ => None,
    };
    match (operator, left, right) {
        ("+", Datum::Text(left), Datum::Text(right)) => Some(Datum::Text([&left[..], right].concat())),
        ("<<", Datum::Int(left, kind), Datum::Int(right, _)) => {
            let shifted = left.checked_shl(u32::try_from(*right).ok()?)?;
            Some(Datum::Int(shifted, kind.clone()))
        }
        ("+", Datum::Int(left, kind), Datum::Int(right, _)) => {
            Some(Datum::Int(left.checked_add(*right)?, kind.clone()))
        }
        ("-", Datum::Int(left, kind), Datum::Int(right, _)) => {
            Some(Datum::Int(left.checked_sub(*right)?, kind.clone()))
        }
        ("+" | "-", left, Datum::Complex(..)) | ("+" | "-", left @ Datum::Complex(..), _) => {
            let ((real, imaginary), (other, more)) = (parts(left)?, parts(right)?);
            let sign = if operator == "-" { -1.0 } else { 1.0 };
            Some(Datum::Complex(real + sign * other, imaginary + sign * more, 128))
        }
        ("/", left, right) => Some(Datum::Float(parts(left)?.0 / parts(right)?.0, 64)),
        _ => None,
    }
}

impl Operand for Datum {
    fn view(&self) -> View<'_> {
        match self {
            Self::Nil => View::Nil,
            Self::Bool(truth) => View::Bool(*truth),
            Self::Int(number, _) => View::Int(*number),
            Self::Uint(number, _) => View::Uint(*number),
            Self::Float(number, bits) => View::Float(*number, *bits),
            Self::Complex(real, imaginary, bits) => View::Complex(*real, *imaginary, *bits),
            Self::Text(text) => View::Str(text),
            Self::Bytes(bytes) => View::Bytes(bytes.as_deref()),
            Self::List(list) => View::List(list),
            Self::Map(map) => View::Map(map),
        }
    }

    fn type_name(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_, name) | Self::Uint(_, name) => name,
            Self::Float(_, 32) => "float32",
            Self::Float(..) => "float64",
            Self::Complex(_, _, 64) => "complex64",
            Self::Complex(..) => "complex128",
            Self::Text(_) => "string",
            Self::Bytes(_) => "[]uint8",
            Self::List(list) => &list.name,
            Self::Map(map) => &map.name,
        })
    }
}

impl Items for Sequence {
    fn is_nil(&self) -> bool {
        self.is_nil
    }

    fn each(&self, visit: &mut dyn FnMut(&dyn Operand)) {
        self.items.iter().for_each(|item| visit(item));
    }
}

impl Entries for Table {
    fn is_nil(&self) -> bool {
        self.is_nil
    }

    fn identity(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn each(&self, visit: &mut dyn FnMut(&dyn Operand, &dyn Operand)) {
        self.entries.iter().for_each(|(key, value)| visit(key, value));
    }
}

impl Datum {
    /// The value as templates see it.
    pub(super) fn val(&self) -> Option<Val> {
        Some(match self {
            Self::Nil => Val::Nil,
            Self::Bool(truth) => Val::Bool(*truth),
            Self::Int(number, name) => Val::Int(int_kind(name)?, *number),
            Self::Uint(number, name) => Val::Uint(uint_kind(name)?, *number),
            Self::Float(number, 64) => Val::Float(*number),
            Self::Complex(real, imaginary, 128) => Val::Complex(*real, *imaginary),
            Self::Text(text) => Val::Str(Text::from(text.clone())),
            Self::List(list) => {
                let list_type = match list.name.as_str() {
                    "[]int" => ListType::INT,
                    "[]string" => ListType::STRING,
                    "[]interface {}" => ListType::ANY,
                    _ => return None,
                };
                Val::List(List::new(list_type, list.items.iter().map(Self::val).collect::<Option<_>>()?))
            }
            Self::Map(map) => {
                let map_type = match map.name.as_str() {
                    "map[string]int" => &INTS,
                    "map[string]string" => MapType::STRING,
                    "map[string]interface {}" => MapType::ANY,
                    _ => return None,
                };
                let entry = |(key, value): &(Self, Self)| match key {
                    Self::Text(key) => Some((Text::from(key.clone()), value.val()?)),
                    _ => None,
                };
                Val::Map(Map::new(map_type, map.entries.iter().map(entry).collect::<Option<_>>()?))
            }
            _ => return None,
        })
    }
}

/// `map[string]int`.
pub(super) static INTS: MapType = MapType { name: "map[string]int", elem: Type::Int, methods: &[] };

fn int_kind(name: &str) -> Option<IntKind> {
    Some(match name {
        "int" => IntKind::Int,
        "int8" => IntKind::Int8,
        "int16" => IntKind::Int16,
        "int32" => IntKind::Int32,
        "int64" => IntKind::Int64,
        _ => return None,
    })
}

fn uint_kind(name: &str) -> Option<UintKind> {
    Some(match name {
        "uint" => UintKind::Uint,
        "uint8" => UintKind::Uint8,
        "uint16" => UintKind::Uint16,
        "uint32" => UintKind::Uint32,
        "uint64" => UintKind::Uint64,
        _ => return None,
    })
}
