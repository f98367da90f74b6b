//! Everything that is wrong with a render, not just the first thing.
//!
//! Helm stops at the first error. For people and CI, [`find_all`] parses every file, executes every
//! template and checks every document, and says of each problem where it comes from: the chain of
//! includes, and for a broken document the template line that wrote the broken line.

use corten_chart::Chart;
use corten_gotmpl::{Emissions, Error, Output, TemplateSet, World};
use corten_value::Value;

use crate::context::{renderables, scopes, top};
use crate::documents::check_documents;
use crate::render::{data_of, execution_order, is_partial, new_set};
use crate::{Capabilities, ReleaseOptions, RenderOptions, trace};

/// What kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// A template does not parse.
    Parse,
    /// A template failed while it ran.
    Execute,
    /// A rendered document is not what a cluster takes.
    Document,
}

/// A problem.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// The message, without places.
    pub message: String,
    /// Where: first the innermost place, then what led there.
    pub places: Vec<Place>,
    /// The rendered lines around a broken document line, when there are any.
    pub excerpt: Option<String>,
}

/// A place in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The full name of the template file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 0.
    pub column: usize,
    /// The expression that ran there.
    pub node: Option<String>,
}

/// Renders everything that can be rendered and returns all problems, in execution order.
pub fn find_all(
    chart: &Chart,
    values: &Value,
    (release, capabilities): (&ReleaseOptions, &Capabilities),
    options: &RenderOptions,
    world: &dyn World,
) -> Vec<Finding> {
    let renderables = renderables(chart);
    let scopes = scopes(chart, &top(values, release, capabilities), options.compat);
    let order = execution_order(&renderables);
    let mut set = new_set(*options);
    let mut findings: Vec<Finding> = Vec::new();
    for (name, renderable) in &order {
        if let Err(error) = set.parse_shared(name, &renderable.text) {
            findings.push(parse_finding(name, &error));
        }
    }
    // What a file that does not parse would define is missing elsewhere: that is no finding.
    if findings.is_empty() {
        for (name, renderable) in order.into_iter().filter(|(name, _)| !is_partial(name)) {
            let data = data_of(name, renderable, &scopes);
            let mut output = Output { emissions: Some(Emissions::default()), ..Output::default() };
            match set.execute(name, &data, world, &mut output) {
                Ok(()) => {
                    output.clean();
                    findings.extend(document_findings(name, &set, &output));
                }
                Err(error) => findings.push(exec_finding(&error)),
            }
        }
    }
    findings
}

fn parse_finding(file: &str, error: &Error) -> Finding {
    let places = trace::places(error);
    let text = String::from_utf8_lossy(error.text()).into_owned();
    // `template: FILE:LINE: MESSAGE`
    let message = text.splitn(3, ": ").nth(2).unwrap_or(&text).to_owned();
    let places =
        if places.is_empty() { vec![Place { file: file.to_owned(), line: 1, column: 0, node: None }] } else { places };
    Finding { kind: FindingKind::Parse, message, places, excerpt: None }
}

fn exec_finding(error: &Error) -> Finding {
    let message = String::from_utf8_lossy(&trace::message(error)).into_owned();
    Finding { kind: FindingKind::Execute, message, places: trace::places(error), excerpt: None }
}

/// Checks every document of a file and leads each problem back to the template.
fn document_findings(file: &str, set: &TemplateSet, output: &Output<'_>) -> Vec<Finding> {
    if file.ends_with("NOTES.txt") {
        return Vec::new();
    }
    check_documents(&output.bytes)
        .into_iter()
        .map(|problem| {
            let location = output.emissions.as_ref().and_then(|emissions| set.locate(emissions, problem.offset));
            let place = location.map_or_else(
                || Place { file: file.to_owned(), line: 1, column: 0, node: None },
                |location| Place {
                    file: location.file.to_str_lossy().into_owned(),
                    line: location.line,
                    column: location.column,
                    node: None,
                },
            );
            Finding {
                kind: FindingKind::Document,
                message: problem.message,
                places: vec![place],
                excerpt: Some(excerpt(&output.bytes, problem.offset)),
            }
        })
        .collect()
}

/// The line at an offset with two lines before and after it, numbered as in the rendered file.
fn excerpt(text: &[u8], offset: usize) -> String {
    let text = String::from_utf8_lossy(text);
    let at = text.as_bytes()[..offset.min(text.len())].split(|byte| *byte == b'\n').count();
    text.lines()
        .enumerate()
        .map(|(number, line)| (number + 1, line))
        .filter(|(number, _)| number.abs_diff(at) <= 2)
        .map(|(number, line)| format!("{}{number:>4} | {line}\n", if number == at { '>' } else { ' ' }))
        .collect::<Vec<String>>()
        .concat()
}
