//! Charts in case files: what `helm lint` 4.2.4 says about them. Sections `file PATH` make a chart.

use std::process::ExitCode;

use corten_actions::{LintOptions, lint, report};
use corten_chart::{ChartFacts, Compat, File};
use corten_testkit::{Case, FixedWorld};
use corten_value::Value;

fn main() -> ExitCode {
    corten_testkit::run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lint"), |case| Ok(findings(case)))
}

fn findings(case: &Case) -> Vec<u8> {
    let files: Vec<File> = case
        .sections
        .iter()
        .filter_map(|(title, text)| Some(File::new(title.strip_prefix("file ")?, text.as_bytes())))
        .collect();
    let facts = ChartFacts::from_files("c", &files, Compat::Helm4);
    let options = LintOptions {
        namespace: "default".to_owned(),
        kube_version: None,
        skip_schema_validation: false,
        compat: Compat::Helm4,
    };
    let result = lint(&facts, &Value::empty_map(), &options, &FixedWorld::default());
    let report = report(&[("c".to_owned(), result)], false, false);
    let mut out = report.output;
    if let Some(error) = report.error {
        out.extend_from_slice(format!("Error: {error}").as_bytes());
    }
    out.trim_ascii_end().to_vec()
}
