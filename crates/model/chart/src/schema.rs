//! Values against `values.schema.json`.
//!
//! An own validator for drafts 4 to 2020-12 that follows the one Helm uses
//! (santhosh-tekuri/jsonschema v6) in what it accepts and in every message: [`validate_schemas`]
//! checks a chart and, below it, its subcharts; [`validate_schema`] one document. Patterns are
//! Go's; numbers are compared as decimals; formats are asserted up to draft 7. Documents behind
//! `$ref` come from a callback. Findings whose order is random in Go come sorted.

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
mod plain;
mod roots;

use std::collections::BTreeSet;

use corten_value::Value;

use crate::{Chart, Warning};

use compile::{Compiler, Metaschemas};
use document::Document;
use roots::Documents;

/// Where the schema of a chart counts as lying.
const LOCATION: &str = "file:///values.schema.json";

/// Why values are refused: Helm's text, which ends with a line break when values do not fit and
/// without one when the schema itself is no good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SchemaError(String);

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
    let mut findings = String::new();
    validator.chart(chart, values, &mut findings);
    if findings.is_empty() { Ok(()) } else { Err(SchemaError(findings)) }
}

/// Checks values against one schema. Go: `ValidateAgainstSingleSchema`.
pub fn validate_schema(
    values: &Value,
    schema: &[u8],
    load: &LoadText<'_>,
    warn: &mut dyn FnMut(Warning),
) -> Result<(), SchemaError> {
    let mut validator = Validator { load, warn, metaschemas: Metaschemas::default(), warned: BTreeSet::new() };
    validator.single(values, schema).map_err(SchemaError)
}

struct Validator<'a> {
    load: &'a LoadText<'a>,
    warn: &'a mut dyn FnMut(Warning),
    metaschemas: Metaschemas,
    /// The URNs that were warned about.
    warned: BTreeSet<String>,
}

impl Validator<'_> {
    fn chart(&mut self, chart: &Chart, values: &Value, findings: &mut String) {
        if let Some(schema) = &chart.schema
            && let Err(error) = self.single(values, schema)
        {
            findings.extend([chart.name(), ":\n", error.as_str()]);
        }
        for subchart in &chart.dependencies {
            match values.get(subchart.name()) {
                None | Some(Value::Null) => {}
                Some(values @ Value::Map(_)) => {
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.chart(subchart, values, findings));
                }
                Some(other) => {
                    let heading = ":\ninvalid type for values: expected object (map), got ";
                    findings.extend([subchart.name(), heading, type_name(other), "\n"]);
                }
            }
        }
    }

    fn single(&mut self, values: &Value, schema: &[u8]) -> Result<(), String> {
        let document = Document::parse(schema)?;
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
        let id = compiler.compile(LOCATION)?;
        // Go: AsMap: no values at all count as an empty table.
        let empty = Value::empty_map();
        let values = if values.as_map().is_some() { values } else { &empty };
        check::instance(&compiler.schemas, id, values).map_err(|failure| format!("{}\n", failure.text_below()))
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
