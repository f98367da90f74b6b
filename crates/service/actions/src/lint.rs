//! `corten lint`: what is wrong with a chart, from its files to its rendered manifests.
//!
//! Go: pkg/action/lint.go, pkg/chart/v2/lint. [`RULES`] lists every rule in the order in which
//! findings come; [`lint`] applies them to the facts about one chart and [`report`] prints the
//! results of several as Helm does. Files are read by the front end.

mod address;
mod chart_file;
mod deprecations;
mod documents;
mod manifests;
mod names;
mod report;
mod rules;
mod run;
mod structure;

pub use report::{LintReport, report};
pub use rules::{RULES, Rule, Severity};
pub use run::{LintOptions, lint};

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintMessage {
    /// How bad it is.
    pub severity: Severity,
    /// The file or folder that it is about.
    pub path: String,
    /// What is wrong.
    pub text: Vec<u8>,
}

/// The findings about one chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LintResult {
    /// The findings in the order of the rules.
    pub messages: Vec<LintMessage>,
    /// Why there is no chart to look at.
    pub error: Option<String>,
}

impl LintResult {
    /// The result for a path where no chart can be read.
    pub fn failed(error: impl Into<String>) -> Self {
        Self { messages: Vec::new(), error: Some(error.into()) }
    }
}

impl LintMessage {
    /// `[ERROR] templates/: …`
    pub fn line(&self) -> Vec<u8> {
        let heading = format!("[{}] {}: ", self.severity.name(), self.path);
        [heading.as_bytes(), &self.text].concat()
    }
}
