//! Writes TOML. Go: encode.go.

use corten_gostd::strconv;
use corten_gotmpl::{Error, Kind, Map, Val};

use super::{append_key, append_quoted, key_text};
use crate::{arguments, date};

/// Why a value has no TOML form.
pub(super) enum Fault {
    /// An error that `toToml` returns as its text.
    Value(String),
    /// A Go panic.
    Panic(String),
}

impl Fault {
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Value(text) | Self::Panic(text) => Error::new(text),
        }
    }
}

type Outcome = Result<(), Fault>;

/// The TOML types that decide about the layout. Go: `tomlType`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Nil,
    Plain,
    Table,
    Tables,
}

/// Go: `Encoder.Encode`.
pub(super) fn encode(value: &Val) -> Result<Vec<u8>, Fault> {
    if value.is_nil() {
        return Err(Fault::Panic("reflect: call of reflect.Value.Type on zero Value".to_owned()));
    }
    let mut encoder = Encoder { out: Vec::new(), open: Vec::new() };
    encoder.entry(&mut Vec::new(), value)?;
    Ok(encoder.out)
}

/// Tables as Go sees them: maps, and structs with their exported fields.
enum Members {
    Sorted(Map),
    Declared(Vec<(&'static str, Val)>),
}

fn members(value: &Val) -> Option<Members> {
    match value {
        Val::Map(map) => Some(Members::Sorted(map.clone())),
        Val::Object(object) if is_text(value).is_none() && object.underlying().is_none() => {
            Some(Members::Declared(object.fields()))
        }
        _ => None,
    }
}

/// What marshals itself to a text: times, versions. Go: `encoding.TextMarshaler`.
fn is_text(value: &Val) -> Option<Vec<u8>> {
    let Val::Object(object) = value else { return None };
    if date::is_time(value) {
        return Some(Vec::new());
    }
    let marshals = object.go_type().methods.iter().any(|method| method.name == "MarshalText");
    marshals.then(|| object.display().unwrap_or_default().as_bytes().to_vec())
}

fn is_nil(value: &Val) -> bool {
    match value {
        Val::Nil => true,
        Val::Map(map) => map.is_nil(),
        Val::List(list) => list.is_nil(),
        _ => false,
    }
}

/// Go: `tomlTypeOfGo`.
fn form(value: &Val) -> Result<Form, Fault> {
    if is_nil(value) {
        return Ok(Form::Nil);
    }
    match value {
        Val::List(list) if list.is_empty() => Ok(Form::Plain),
        Val::List(list) => {
            let mut are_tables = true;
            for item in list.iter() {
                match grow(|| form(item))? {
                    Form::Nil => {
                        return Err(Fault::Value("toml: cannot encode array with nil element".to_owned()));
                    }
                    Form::Table => {}
                    Form::Plain | Form::Tables => are_tables = false,
                }
            }
            Ok(if are_tables { Form::Tables } else { Form::Plain })
        }
        Val::Complex(..) => Err(unsupported(value.kind())),
        Val::Object(object) if object.go_type().kind == Kind::Func => Err(unsupported(Kind::Func)),
        value if members(value).is_some() => Ok(Form::Table),
        _ => Ok(Form::Plain),
    }
}

fn unsupported(kind: Kind) -> Fault {
    Fault::Value(format!("unsupported type: {}", kind.name()))
}

fn grow<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 << 10, 1 << 20, run)
}

struct Encoder {
    out: Vec<u8>,
    /// The maps that are being written, from the outside in.
    open: Vec<usize>,
}

impl Encoder {
    fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Writes what lies in a table. Go runs out of stack at a map that contains itself; this says so.
    fn nested(&mut self, members: &Members, step: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let Members::Sorted(map) = members else { return grow(|| step(self)) };
        let identity = map.identity();
        if self.open.contains(&identity) {
            return Err(Fault::Panic("toml: cannot encode a map that contains itself".to_owned()));
        }
        self.open.push(identity);
        let outcome = grow(|| step(self));
        self.open.pop();
        outcome
    }

    /// Go: `newline`, which a document does not start with.
    fn newline(&mut self) {
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
    }

    fn indent(&mut self, key: &[Vec<u8>]) {
        for _ in 1..key.len() {
            self.write("  ");
        }
    }

    /// Go: `encode`.
    fn entry(&mut self, key: &mut Vec<Vec<u8>>, value: &Val) -> Outcome {
        match value {
            Val::Nil => Ok(()),
            Val::Complex(..) => {
                let text = String::from_utf8_lossy(&key_text(key.iter().map(Vec::as_slice))).into_owned();
                Err(Fault::Value(format!("unsupported type for key '{text}': {}", value.kind().name())))
            }
            Val::List(_) if form(value)? == Form::Tables => self.tables(key, value),
            _ => match members(value) {
                Some(Members::Sorted(map)) if map.is_nil() => Ok(()),
                Some(members) => self.table(key, &members),
                None => self.key_value(key, value, false),
            },
        }
    }

    /// Go: `eArrayOfTables`.
    fn tables(&mut self, key: &mut Vec<Vec<u8>>, value: &Val) -> Outcome {
        if key.is_empty() {
            return Err(Fault::Value("toml: top-level values must be Go maps or structs".to_owned()));
        }
        for item in arguments::elements(value).unwrap_or_default().iter() {
            let Some(members) = members(item).filter(|_| !is_nil(item)) else { continue };
            self.newline();
            self.indent(key);
            self.write("[[");
            self.out.extend_from_slice(&key_text(key.iter().map(Vec::as_slice)));
            self.write("]]");
            self.newline();
            self.nested(&members, |encoder| encoder.members(key, &members, false))?;
        }
        Ok(())
    }

    /// Go: `eTable`.
    fn table(&mut self, key: &mut Vec<Vec<u8>>, members: &Members) -> Outcome {
        if key.len() == 1 {
            self.newline();
        }
        if !key.is_empty() {
            self.indent(key);
            self.write("[");
            self.out.extend_from_slice(&key_text(key.iter().map(Vec::as_slice)));
            self.write("]");
            self.newline();
        }
        self.nested(members, |encoder| encoder.members(key, members, false))
    }

    /// Go: `eMap` and `eStruct`: plain entries first, then tables.
    fn members(&mut self, key: &mut Vec<Vec<u8>>, members: &Members, inline: bool) -> Outcome {
        let entries: Vec<(Vec<u8>, Val)> = match members {
            Members::Sorted(map) => {
                map.entries().iter().map(|(key, value)| (key.as_bytes().to_vec(), value.clone())).collect()
            }
            Members::Declared(fields) => {
                fields.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.clone())).collect()
            }
        };
        let (mut direct, mut tables) = (Vec::new(), Vec::new());
        for (name, value) in entries {
            let target = match form(&value)? {
                Form::Table | Form::Tables => &mut tables,
                Form::Nil | Form::Plain => &mut direct,
            };
            target.push((name, value));
        }
        if matches!(members, Members::Sorted(_)) {
            direct.sort_by(|left, right| left.0.cmp(&right.0));
            tables.sort_by(|left, right| left.0.cmp(&right.0));
        }
        if inline {
            self.write("{");
        }
        let has_tables = !tables.is_empty();
        self.run(key, direct, inline, has_tables)?;
        self.run(key, tables, inline, false)?;
        if inline {
            self.write("}");
        }
        Ok(())
    }

    /// Go: `writeMapKeys`; a nil entry at the end leaves its comma.
    fn run(&mut self, key: &mut Vec<Vec<u8>>, entries: Vec<(Vec<u8>, Val)>, inline: bool, more: bool) -> Outcome {
        let last = entries.len().saturating_sub(1);
        for (index, (name, value)) in entries.into_iter().enumerate() {
            if is_nil(&value) {
                continue;
            }
            if inline {
                self.key_value(&[name], &value, true)?;
                if more || index != last {
                    self.write(", ");
                }
            } else {
                key.push(name);
                self.entry(key, &value)?;
                key.pop();
            }
        }
        Ok(())
    }

    /// Go: `writeKeyValue`.
    fn key_value(&mut self, key: &[Vec<u8>], value: &Val, inline: bool) -> Outcome {
        let Some(name) = key.last() else { return self.element(value) };
        self.indent(key);
        append_key(&mut self.out, name);
        self.write(" = ");
        self.element(value)?;
        if !inline {
            self.newline();
        }
        Ok(())
    }

    /// Go: `eElement`.
    fn element(&mut self, value: &Val) -> Outcome {
        match value {
            Val::Nil => return Err(Fault::Panic("reflect: call of reflect.Value.Interface on zero Value".to_owned())),
            Val::Bool(truth) => self.write(if *truth { "true" } else { "false" }),
            Val::Int(_, number) => self.write(&number.to_string()),
            Val::Uint(_, number) => self.write(&number.to_string()),
            Val::Float(number) => self.float(*number),
            Val::Complex(..) => {
                return Err(Fault::Value(format!("unexpected type: {}", value.type_name())));
            }
            Val::Str(text) => append_quoted(&mut self.out, text.as_bytes()),
            Val::List(_) | Val::Bytes(_) => return grow(|| self.array(value)),
            Val::Map(map) => return self.inline(&Members::Sorted(map.clone())),
            Val::Object(object) => {
                if let Some(text) = date::toml_text(value) {
                    self.out.extend_from_slice(&text);
                } else if let Some(text) = date::span_text(value).or_else(|| is_text(value)) {
                    append_quoted(&mut self.out, &text);
                } else if let Some(plain) = object.underlying() {
                    return self.element(&plain);
                } else {
                    return self.inline(&Members::Declared(object.fields()));
                }
            }
        }
        Ok(())
    }

    fn inline(&mut self, members: &Members) -> Outcome {
        self.nested(members, |encoder| encoder.members(&mut Vec::new(), members, true))
    }

    fn array(&mut self, value: &Val) -> Outcome {
        self.write("[");
        for (index, item) in arguments::elements(value).unwrap_or_default().iter().enumerate() {
            if index > 0 {
                self.write(", ");
            }
            self.element(item)?;
        }
        self.write("]");
        Ok(())
    }

    /// Go: `floatAddDecimal(strconv.FormatFloat(f, 'g', -1, 64))`.
    fn float(&mut self, number: f64) {
        if number.is_nan() || number.is_infinite() {
            self.write(if number.is_sign_negative() { "-" } else { "" });
            self.write(if number.is_nan() { "nan" } else { "inf" });
            return;
        }
        let text = strconv::format_float(number, b'g', None, 64);
        self.write(&text);
        if !text.contains(['e', '.']) {
            self.write(".0");
        }
    }
}
