//! Values that fit a plain schema, told from the outline of its text.
//!
//! Nearly all values fit, and then nobody asks for findings: no document is made and nothing
//! compiled. Three answers exist: fits, does not fit, and doubtful; only the first ends the matter.

use std::sync::Arc;

use corten_value::{Map, Value};

use super::draft::Draft;
use super::formats;
use super::instance::{Instance as _, Number, View, duplicates};
use super::number::Decimal;
use super::outline::{Node, Outline, Shape};
use super::plain::Plain;

/// Schemas applied inside of schemas; beyond it is doubtful that there is an end.
const DEEPEST: usize = 64;
/// After so many levels there may be little room left.
const LEVELS: usize = 4;

/// Whether a schema is surely valid and surely accepts the values.
pub(super) fn accepts(schema: &[u8], values: &Value) -> bool {
    decide(schema, values) == Some(true)
}

/// Whether a value fits; `None` is doubtful.
type Fits = Option<bool>;

fn decide(schema: &[u8], values: &Value) -> Fits {
    let outline = Outline::read(schema)?;
    let plain = Plain::new(outline.root())?;
    Checker { plain: &plain, depth: 0, is_lost: false }.fits(plain.root, values)
}

struct Checker<'p, 'o> {
    plain: &'p Plain<'o>,
    depth: usize,
    /// Went too deep: no more answers.
    is_lost: bool,
}

/// All must fit. One that does not decides, whatever is doubtful.
fn all(mut answers: impl Iterator<Item = Fits>) -> Fits {
    let mut whole = Some(true);
    let refused = answers.any(|answer| {
        whole = whole.and(answer);
        answer == Some(false)
    });
    if refused { Some(false) } else { whole }
}

impl<'o> Checker<'_, 'o> {
    fn fits(&mut self, schema: Node<'o>, value: &Value) -> Fits {
        match schema.shape() {
            Shape::Bool(truth) => return Some(truth),
            Shape::Map if self.depth < DEEPEST && !self.is_lost => {}
            _ => {
                self.is_lost = true;
                return None;
            }
        }
        self.depth += 1;
        let answer = if self.depth.is_multiple_of(LEVELS) {
            stacker::maybe_grow(128 << 10, 1 << 20, || self.keywords(schema, value))
        } else {
            self.keywords(schema, value)
        };
        self.depth -= 1;
        answer
    }

    fn keywords(&mut self, schema: Node<'o>, value: &Value) -> Fits {
        // Draft 7 ignores what stands beside a reference; Go's validator forgets to ignore `const`.
        let has_reference = self.plain.draft == Draft::Draft7 && schema.get("$ref").is_some();
        let counts = |(keyword, _): &(&str, Node<'_>)| !has_reference || matches!(*keyword, "$ref" | "const");
        all(schema.entries().filter(counts).map(|keyword| self.keyword(schema, keyword, value)))
    }

    /// What one keyword of a schema says.
    fn keyword(&mut self, schema: Node<'o>, (keyword, rule): (&str, Node<'o>), value: &Value) -> Fits {
        match keyword {
            "type" => Some(match rule.shape() {
                Shape::List => rule.items().any(|name| is_of_type(value, name.written())),
                _ => is_of_type(value, rule.written()),
            }),
            "properties" => match value {
                Value::Map(map) => all(rule.entries().map(|(key, schema)| match map.get(key) {
                    Some(value) => self.fits(schema, value),
                    None => Some(true),
                })),
                _ => Some(true),
            },
            "additionalProperties" => match value {
                Value::Map(map) => self.additional(schema, rule, map),
                _ => Some(true),
            },
            "required" => match value {
                Value::Map(map) => Some(rule.items().all(|name| map.contains_key(name.written()))),
                _ => Some(true),
            },
            "items" => match value {
                // That the first elements have schemas of their own is rare.
                Value::List(_) if schema.get("prefixItems").is_some() => None,
                Value::List(list) => all(list.iter().map(|item| self.fits(rule, item))),
                _ => Some(true),
            },
            "enum" => any(rule.items().map(|choice| equals(choice, value))),
            "const" => equals(rule, value),
            "$ref" => self.fits(self.plain.target(rule)?, value),
            "allOf" => all(rule.items().map(|schema| self.fits(schema, value))),
            "anyOf" => any(rule.items().map(|schema| self.fits(schema, value))),
            "oneOf" => self.one(rule, value),
            "not" => self.fits(rule, value).map(|fits| !fits),
            "if" => {
                let branch = if self.fits(rule, value)? { "then" } else { "else" };
                schema.get(branch).map_or(Some(true), |branch| self.fits(branch, value))
            }
            "pattern" | "format" | "minLength" | "maxLength" => match value {
                Value::String(text) => self.text(keyword, rule, text),
                _ => Some(true),
            },
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => match value.view() {
                View::Number(number) => is_in_bound(keyword, number, rule),
                _ => Some(true),
            },
            _ => counted(keyword, rule, value),
        }
    }

    fn additional(&mut self, schema: Node<'o>, rule: Node<'o>, map: &Map) -> Fits {
        let known = schema.get("properties");
        let is_known = |key: &str| known.is_some_and(|known| known.get(key).is_some());
        all(map.iter().map(|(key, value)| if is_known(key) { Some(true) } else { self.fits(rule, value) }))
    }

    fn one(&mut self, schemas: Node<'o>, value: &Value) -> Fits {
        let mut count = 0;
        for schema in schemas.items() {
            count += usize::from(self.fits(schema, value)?);
        }
        Some(count == 1)
    }

    fn text(&self, keyword: &str, rule: Node<'o>, text: &Arc<str>) -> Fits {
        match keyword {
            "pattern" => Some(self.plain.patterns.get(&rule.id())?.is_match(&**text)),
            "format" if self.plain.draft == Draft::Draft7 => {
                Some(formats::find(&rule.string()?).is_none_or(|format| (format.check)(text).is_ok()))
            }
            "format" => Some(true),
            _ => is_in_range(keyword == "minLength", text.chars().count(), rule),
        }
    }
}

/// One must fit.
fn any(mut answers: impl Iterator<Item = Fits>) -> Fits {
    let mut is_sure = true;
    let accepted = answers.any(|answer| {
        is_sure &= answer.is_some();
        answer == Some(true)
    });
    if accepted { Some(true) } else { is_sure.then_some(false) }
}

/// Keywords that count elements or properties, and those that say nothing of the value.
fn counted(keyword: &str, rule: Node<'_>, value: &Value) -> Fits {
    match (keyword, value) {
        ("minItems" | "maxItems", Value::List(list)) => is_in_range(keyword == "minItems", list.len(), rule),
        ("minProperties" | "maxProperties", Value::Map(map)) => {
            is_in_range(keyword == "minProperties", map.len(), rule)
        }
        ("uniqueItems", Value::List(list)) => {
            Some(rule.shape() != Shape::Bool(true) || duplicates(list.as_slice()).is_none())
        }
        // These are rare.
        ("contains" | "prefixItems" | "unevaluatedItems", Value::List(_))
        | ("dependentSchemas" | "propertyNames" | "unevaluatedProperties", Value::Map(_)) => None,
        _ => Some(true),
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match (value, name) {
        (Value::Null, "null")
        | (Value::Bool(_), "boolean")
        | (Value::Int(_), "integer" | "number")
        | (Value::Float(_), "number")
        | (Value::String(_), "string")
        | (Value::List(_), "array")
        | (Value::Map(_), "object") => true,
        (Value::Float(float), "integer") => {
            Decimal::of(Number::Float(*float)).is_some_and(|number| number.is_integer())
        }
        _ => false,
    }
}

fn equals(node: Node<'_>, value: &Value) -> Fits {
    Some(match (node.shape(), value.view()) {
        (Shape::Null, View::Null) => true,
        (Shape::Bool(left), View::Bool(right)) => left == right,
        (Shape::String, View::String(text)) => node.written() == text,
        (Shape::Escaped, View::String(text)) => node.string()? == text,
        (Shape::Number, View::Number(number)) => Decimal::of(Number::Text(node.written()))? == Decimal::of(number)?,
        (Shape::List, View::List(_)) | (Shape::Map, View::Map(_)) => return None,
        _ => false,
    })
}

fn is_in_range(is_least: bool, length: usize, limit: Node<'_>) -> Fits {
    let limit: usize = limit.written().parse().ok()?;
    Some(if is_least { length >= limit } else { length <= limit })
}

fn is_in_bound(keyword: &str, number: Number<'_>, limit: Node<'_>) -> Fits {
    let (number, limit) = (Decimal::of(number)?, Decimal::of(Number::Text(limit.written()))?);
    Some(match keyword {
        "minimum" => number >= limit,
        "maximum" => number <= limit,
        "exclusiveMinimum" => number > limit,
        _ => number < limit,
    })
}

#[cfg(test)]
mod tests;
