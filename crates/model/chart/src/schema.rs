//! Values against `values.schema.json`.
//!
//! An own validator for drafts 4 to 2020-12 that follows the one Helm uses
//! (santhosh-tekuri/jsonschema v6) in what it accepts and in every message: [`validate_schemas`]
//! checks a chart and, below it, its subcharts; [`validate_schema`] one document. Patterns are
//! Go's; numbers are compared as decimals; formats are asserted up to draft 7. Documents behind
//! `$ref` come from a callback. Values that fit a plain schema are told from its text by `quick`;
//! all else, and every message, takes the long way of documents and compiled schemas. Findings whose order is random in Go come sorted.

mod check;
mod compile;
mod document;
mod draft;
mod failure;
mod formats;
mod instance;
mod keywords;
mod location;
mod node;
mod number;
mod outline;
mod plain;
mod quick;
mod roots;
mod violation;

use std::collections::BTreeSet;

use corten_value::Value;

use crate::{Chart, Warning};

use compile::{Compiler, Metaschemas};
use document::Document;
use roots::Documents;

pub use violation::Violation;

/// Where the schema of a chart counts as lying.
const LOCATION: &str = "file:///values.schema.json";

/// Why values are refused. Display is Helm's text, which ends with a line break when values do not fit
/// and without one when the schema itself is no good.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SchemaError {
    text: String,
    /// The values that do not fit, each with its place; [`validate_schema`] has none when the schema itself
    /// is no good.
    pub violations: Vec<Violation>,
}

impl SchemaError {
    /// A schema that cannot be used.
    fn unusable(text: String) -> Self {
        Self { text, violations: Vec::new() }
    }
}

/// Gives the text behind a `file:`, `http:` or `https:` URL, or why there is none.
pub type LoadText<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

/// Checks composed values against the schema of the chart and of every subchart that has values.
/// Go: `ValidateAgainstSchema`.
pub fn validate_schemas(
    chart: &Chart,
    values: &Value,
    load: &LoadText<'_>,
    warn: &mut dyn FnMut(Warning),
) -> Result<(), SchemaError> {
    let mut validator = Validator { load, warn, metaschemas: Metaschemas::default(), warned: BTreeSet::new() };
    let mut findings = SchemaError::default();
    validator.chart(chart, values, &mut Vec::new(), &mut findings);
    if findings.text.is_empty() { Ok(()) } else { Err(findings) }
}

/// Checks values against one schema. Go: `ValidateAgainstSingleSchema`.
pub fn validate_schema(
    values: &Value,
    schema: &[u8],
    load: &LoadText<'_>,
    warn: &mut dyn FnMut(Warning),
) -> Result<(), SchemaError> {
    let mut validator = Validator { load, warn, metaschemas: Metaschemas::default(), warned: BTreeSet::new() };
    validator.single(values, schema)
}

struct Validator<'a> {
    load: &'a LoadText<'a>,
    warn: &'a mut dyn FnMut(Warning),
    metaschemas: Metaschemas,
    /// The URNs that were warned about.
    warned: BTreeSet<String>,
}

impl Validator<'_> {
    /// `path` is where the values of the chart are in those of the top chart.
    fn chart(&mut self, chart: &Chart, values: &Value, path: &mut Vec<String>, findings: &mut SchemaError) {
        if let Some(schema) = &chart.schema
            && let Err(error) = self.single(values, schema)
        {
            findings.text.extend([chart.name(), ":\n", error.text.as_str()]);
            let whole = Violation { path: Vec::new(), message: error.text, details: Vec::new() };
            let violations = if error.violations.is_empty() { vec![whole] } else { error.violations };
            findings.violations.extend(violations.into_iter().map(|violation| violation.below(path)));
        }
        for subchart in &chart.dependencies {
            match values.get(subchart.name()) {
                None | Some(Value::Null) => {}
                Some(values @ Value::Map(_)) => {
                    path.push(subchart.name().to_owned());
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.chart(subchart, values, path, findings));
                    path.pop();
                }
                Some(other) => {
                    let message = format!("invalid type for values: expected object (map), got {}", type_name(other));
                    findings.text.extend([subchart.name(), ":\n", &message, "\n"]);
                    let own = Violation { path: vec![subchart.name().to_owned()], message, details: Vec::new() };
                    findings.violations.push(own.below(path));
                }
            }
        }
    }

    fn single(&mut self, values: &Value, schema: &[u8]) -> Result<(), SchemaError> {
        // Go: AsMap: no values at all count as an empty table.
        let empty = Value::empty_map();
        let values = if values.as_map().is_some() { values } else { &empty };
        if quick::accepts(schema, values) { Ok(()) } else { self.by_documents(values, schema) }
    }

    /// The long way, which has the findings.
    fn by_documents(&mut self, values: &Value, schema: &[u8]) -> Result<(), SchemaError> {
        let document = Document::parse(schema).map_err(SchemaError::unusable)?;
        let Self { load, warn, metaschemas, warned } = self;
        let mut fetch = |url: &str| {
            // Go: the default URN resolver accepts everything, and says so once.
            if url.starts_with("urn:") {
                if warned.insert(url.to_owned()) {
                    let text = "unresolved URN reference ignored; using permissive schema";
                    warn(Warning::warn(text).with("urn", url));
                }
                return Ok(Document::Bool(true));
            }
            Document::parse(load(url)?.as_bytes())
        };
        let mut documents = Documents::new(&mut fetch);
        documents.add(LOCATION, document);
        let mut compiler = Compiler::new(documents, Some(metaschemas));
        let id = compiler.compile(LOCATION).map_err(SchemaError::unusable)?;
        check::instance(&compiler.schemas, id, values).map_err(|failure| SchemaError {
            text: format!("{}\n", failure.text_below()),
            violations: violation::of(&failure),
        })
    }
}

/// Go: `%T`.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

/// What [`validate_schema`] says without a quick look first.
#[cfg(test)]
fn validate_by_documents(values: &Value, schema: &[u8]) -> Result<(), SchemaError> {
    let (load, warn) = (&|_: &str| Err(String::new()), &mut |_| {});
    Validator { load, warn, metaschemas: Metaschemas::default(), warned: BTreeSet::new() }.by_documents(values, schema)
}
