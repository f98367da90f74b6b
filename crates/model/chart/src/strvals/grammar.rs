//! The recursive part: names into tables, indexes into lists, then a value.
//!
//! Go: `parser.go` and `literal_parser.go`, which this follows down to what an argument that ends early
//! leaves behind: Go takes the end of the text inside a name for the end of the work.

use std::sync::Arc;

use corten_gostd::{json, strconv};
use corten_value::{Map, Value};

use super::scanner::{Ended, Scanner};
use super::typed::typed;
use super::{MAX_INDEX, MAX_LIST_NESTING, MAX_NESTING, ReadFile, SetError};

/// What is made of the text behind `=`.
pub(super) enum Values<'a> {
    /// `--set`.
    Typed,
    /// `--set-string`.
    Text,
    /// `--set-file`.
    File(&'a mut ReadFile<'a>),
    /// `--set-json`.
    Json,
    /// `--set-literal`.
    Literal,
}

pub(super) struct Grammar<'a> {
    scanner: Scanner<'a>,
    values: Values<'a>,
}

/// Why a step stops before the argument is used up.
enum Stop {
    /// Go: `io.EOF`: the argument ended; what was set stays.
    End,
    Error(SetError),
}

impl From<SetError> for Stop {
    fn from(error: SetError) -> Self {
        Self::Error(error)
    }
}

type Step<T = ()> = Result<T, Stop>;

/// How deep a name is at some point.
#[derive(Clone, Copy, Default)]
struct Depth {
    names: usize,
    lists: usize,
}

impl<'a> Grammar<'a> {
    pub(super) fn new(text: &'a str, values: Values<'a>) -> Self {
        let escapes = !matches!(values, Values::Literal);
        Self { scanner: Scanner::new(text, escapes), values }
    }

    /// Merges the argument into a table; anything else is replaced by one.
    pub(super) fn parse(mut self, values: &mut Value) -> Result<(), SetError> {
        if values.as_map().is_none() {
            *values = Value::empty_map();
        }
        let Value::Map(table) = values else { return Ok(()) };
        let table = Arc::make_mut(table);
        loop {
            match self.key(table, Depth::default()) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Error(error)) => return Err(error),
            }
        }
    }

    /// One name with its value.
    fn key(&mut self, table: &mut Map, depth: Depth) -> Step {
        let stops: &[char] = if self.is_literal() { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (name, ended) = self.scanner.until(stops);
        match ended {
            Ended::End if name.is_empty() => Err(Stop::End),
            Ended::End => Err(SetError::NoValue(quoted(&name)).into()),
            Ended::At('[') => self.list(table, &name, depth),
            Ended::At('.') => self.table(table, &name, depth),
            Ended::At('=') => {
                let (value, stop) = self.value()?;
                set(table, &name, value);
                stop.map_or(Ok(()), Err)
            }
            Ended::At(_) => Err(SetError::NoValueBeforeComma(quoted(&name)).into()),
        }
    }

    fn is_literal(&self) -> bool {
        matches!(self.values, Values::Literal)
    }

    /// `name.`: the rest goes into the table at `name`.
    fn table(&mut self, table: &mut Map, name: &str, mut depth: Depth) -> Step {
        depth.names += 1;
        if depth.names > MAX_NESTING {
            return Err(SetError::Nesting.into());
        }
        let (done, is_empty) = match table.get_mut(name) {
            Some(Value::Map(inner)) => {
                let inner = Arc::make_mut(inner);
                (self.key(inner, depth), inner.is_empty())
            }
            Some(other) => return Err(mismatch(other, "map[string]interface {}")),
            None => {
                let mut inner = Map::new();
                let done = self.key(&mut inner, depth);
                let is_empty = inner.is_empty();
                if !is_empty {
                    set(table, name, Value::from(inner));
                }
                (done, is_empty)
            }
        };
        if done.is_ok() && is_empty { Err(SetError::EmptyMap(quoted(name)).into()) } else { done }
    }

    /// `name[`: the rest goes into the list at `name`, which is there from now on.
    fn list(&mut self, table: &mut Map, name: &str, depth: Depth) -> Step {
        let index = self.index()?;
        match table.get_mut(name) {
            Some(Value::List(list)) => self.item(Arc::make_mut(list), index, depth),
            Some(other) => Err(mismatch(other, "[]interface {}")),
            None => {
                let mut list = Vec::new();
                let done = self.item(&mut list, index, depth);
                set(table, name, Value::from(list));
                done
            }
        }
    }

    /// The number before `]`.
    fn index(&mut self) -> Step<i64> {
        match self.scanner.until(&[']']) {
            // Go: the end of the text stays io.EOF inside the error that wraps it.
            (_, Ended::End) => Err(Stop::End),
            (text, Ended::At(_)) => {
                strconv::atoi(text.as_bytes()).map_err(|error| SetError::Index(error.to_string()).into())
            }
        }
    }

    /// What follows `]`: an element of the list is set. An element that did not exist is only added
    /// when all went well.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, mut depth: Depth) -> Step {
        let Ok(position) = usize::try_from(index) else { return Err(SetError::NegativeIndex(index).into()) };
        let (extra, ended) = self.scanner.until(&['[', '.', '=']);
        if !extra.is_empty() {
            let runes: Vec<String> = extra.chars().map(strconv::quote_rune).collect();
            return Err(SetError::AfterIndex(runes.join(" ")).into());
        }
        match ended {
            Ended::End => Err(Stop::End),
            Ended::At('=') => {
                // Go: inside a list the end of the text is no end of the work.
                let (value, _) = self.value()?;
                set_index(list, index, value)
            }
            Ended::At('[') => {
                let next = self.index()?;
                depth.lists += 1;
                // compat: set-list-nesting. Helm goes on until its memory is full.
                if depth.lists > MAX_LIST_NESTING {
                    return Err(SetError::ListNesting.into());
                }
                let mut nested =
                    |inner: &mut Vec<Value>| stacker::maybe_grow(32 << 10, 1 << 20, || self.item(inner, next, depth));
                match list.get_mut(position) {
                    Some(Value::List(inner)) => {
                        nested(Arc::make_mut(inner))?;
                        check_index(index)
                    }
                    None | Some(Value::Null) => {
                        let mut inner = Vec::new();
                        nested(&mut inner)?;
                        set_index(list, index, Value::from(inner))
                    }
                    Some(other) => Err(mismatch(other, "[]interface {}")),
                }
            }
            Ended::At(_) => {
                let Some(element) = list.get_mut(position) else {
                    let mut inner = Map::new();
                    self.key(&mut inner, depth)?;
                    return set_index(list, index, Value::from(inner));
                };
                if element.as_map().is_none() {
                    *element = Value::empty_map();
                }
                if let Value::Map(inner) = element {
                    self.key(Arc::make_mut(inner), depth)?;
                }
                check_index(index)
            }
        }
    }

    /// The value behind `=`, and the end of the argument where Go notices it already here.
    fn value(&mut self) -> Step<(Value, Option<Stop>)> {
        match self.values {
            Values::Literal => return Ok((Value::from(self.scanner.take_rest()), None)),
            Values::Json => return Ok((self.json()?, None)),
            _ => {}
        }
        if self.scanner.rest().is_empty() {
            return Ok((Value::from(""), Some(Stop::End)));
        }
        if self.scanner.take('{') {
            return Ok((self.braces()?, None));
        }
        let (text, _) = self.scanner.until(&[',']);
        Ok((self.convert(text)?, None))
    }

    /// Go: `valList`: `{a,b}`.
    fn braces(&mut self) -> Step<Value> {
        let mut list = Vec::new();
        loop {
            let (text, ended) = self.scanner.until(&[',', '}']);
            if ended == Ended::End {
                return Err(SetError::OpenList.into());
            }
            if ended == Ended::At('}') {
                self.scanner.take(',');
                list.push(self.convert(text)?);
                return Ok(Value::from(list));
            }
            list.push(self.convert(text)?);
        }
    }

    fn convert(&mut self, text: String) -> Step<Value> {
        match &mut self.values {
            Values::Typed => Ok(typed(text)),
            Values::File(read) => read(&text).map(Value::from).map_err(|error| SetError::File(error).into()),
            Values::Text | Values::Json | Values::Literal => Ok(Value::from(text)),
        }
    }

    fn json(&mut self) -> Step<Value> {
        if self.scanner.skip_empty() {
            return Ok(Value::Null);
        }
        let first = json::decode_first(self.scanner.rest().as_bytes());
        let value = first.value.map_err(|error| SetError::Json(error.text))?;
        self.scanner.skip(first.end);
        self.scanner.skip_empty();
        Ok(value)
    }
}

fn quoted(name: &str) -> String {
    strconv::quote(name.as_bytes())
}

/// Go: `set`: nothing is set under an empty name.
fn set(table: &mut Map, name: &str, value: Value) {
    if !name.is_empty() {
        table.insert(Arc::from(name), value);
    }
}

/// Go: `setIndex`: the list grows with nulls as far as needed.
fn set_index(list: &mut Vec<Value>, index: i64, value: Value) -> Step {
    check_index(index)?;
    let position = usize::try_from(index).unwrap_or_default();
    if list.len() <= position {
        list.resize(position + 1, Value::Null);
    }
    list[position] = value;
    Ok(())
}

fn check_index(index: i64) -> Step {
    if index > MAX_INDEX { Err(SetError::LargeIndex(index).into()) } else { Ok(()) }
}

/// Go: the text of a failed type assertion, which is recovered from.
fn mismatch(value: &Value, wanted: &'static str) -> Stop {
    let found = match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    };
    SetError::Type { found, wanted }.into()
}
