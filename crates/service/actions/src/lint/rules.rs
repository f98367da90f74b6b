//! All rules, in the order of their findings.

use corten_chart::{Chart, Compat};

use super::chart_file::{self, ChartFile};
use super::manifests::{self, Manifest};
use super::structure::{self, Crd};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Against convention; fails with `--strict`.
    Warning,
    /// Will keep the chart from being installed.
    Error,
}

impl Severity {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// What a rule says: nothing, or what is wrong.
pub(super) type Checked = Result<(), String>;

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// A Chart.yaml that parses.
    ChartFile(fn(&ChartFile) -> Checked),
    /// The path of a file in templates/.
    TemplatePath(fn(&str) -> Checked),
    /// A rendered file.
    Rendered(fn(&[u8]) -> Checked),
    /// A document of a rendered file.
    Manifest(fn(&Manifest<'_>) -> Checked),
    /// The chart with its subcharts.
    Chart(fn(&Chart) -> Checked),
    /// A document of a file in crds/.
    Crd(fn(&Crd) -> Checked),
    /// A step without which others cannot be taken; what it does stands where it is taken.
    Step,
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// What it demands.
    pub summary: &'static str,
    pub(super) check: Check,
    /// Helm 3 does not know it.
    pub(super) is_new: bool,
}

const fn rule(name: &'static str, severity: Severity, summary: &'static str, check: Check) -> Rule {
    Rule { name, severity, summary, check, is_new: false }
}

const fn new(name: &'static str, severity: Severity, summary: &'static str, check: Check) -> Rule {
    Rule { name, severity, summary, check, is_new: true }
}

use Check::{
    Chart as OfChart, ChartFile as OfFile, Crd as OfCrd, Manifest as OfManifest, Rendered, Step, TemplatePath,
};
use Severity::{Error, Info, Warning};

/// Every rule, in the order in which findings come.
pub const RULES: &[Rule] = &[
    rule("chart-file-kind", Error, "Chart.yaml is a file", Step),
    rule("chart-file-format", Error, "Chart.yaml parses", Step),
    new("chart-file-strict", Warning, "Chart.yaml has no unknown or duplicate keys", OfFile(chart_file::strict)),
    rule("chart-name", Error, "the chart has a name without slashes", OfFile(chart_file::name)),
    rule("chart-api-version", Error, "apiVersion is v1 or v2", OfFile(chart_file::api_version)),
    rule("chart-version-type", Error, "version is text", OfFile(chart_file::version_type)),
    rule("chart-version", Error, "version is a semantic version", OfFile(chart_file::version)),
    rule("chart-app-version-type", Error, "appVersion is text", OfFile(chart_file::app_version_type)),
    rule("chart-maintainers", Error, "maintainers have names and working addresses", OfFile(chart_file::maintainers)),
    rule("chart-sources", Error, "sources are URLs", OfFile(chart_file::sources)),
    rule("chart-icon", Info, "the chart has an icon", OfFile(chart_file::icon)),
    rule("chart-icon-url", Error, "the icon is a URL", OfFile(chart_file::icon_url)),
    rule("chart-type", Error, "type is for apiVersion v2", OfFile(chart_file::chart_type)),
    rule("chart-dependencies", Error, "dependencies are for apiVersion v2", OfFile(chart_file::dependencies)),
    new("chart-version-strict", Warning, "version is semantic to the letter", OfFile(chart_file::strict_version)),
    rule("values-file", Info, "there is a values.yaml", Step),
    rule("values", Error, "values.yaml parses and meets the schema", Step),
    rule("templates-folder", Warning, "there are templates", Step),
    rule("templates-folder-kind", Error, "templates/ is a folder", Step),
    rule("templates-load", Error, "the chart loads", Step),
    rule("templates-render", Error, "values meet the schemas and templates render", Step),
    rule("template-extension", Error, "templates are .yaml, .yml, .tpl or .txt", TemplatePath(manifests::extension)),
    rule("manifest-indent", Warning, "rendered files begin in the first column", Rendered(manifests::top_indent)),
    rule("manifest-format", Error, "rendered files parse", Step),
    rule("manifest-name", Warning, "objects have names that Kubernetes takes", OfManifest(manifests::name)),
    rule(
        "manifest-deprecated",
        Warning,
        "objects have versions that are there to stay",
        OfManifest(manifests::deprecated),
    ),
    rule("manifest-selector", Error, "workloads have selectors", OfManifest(manifests::selector)),
    rule("manifest-list", Error, "lists hold no resource policies", OfManifest(manifests::list_annotations)),
    rule("chart-load", Error, "the chart loads", Step),
    rule("dependencies-listed", Error, "charts/ holds only listed dependencies", OfChart(structure::listed)),
    rule("dependencies-unique", Error, "dependencies have different names", OfChart(structure::unique)),
    rule("dependencies-present", Warning, "charts/ holds all dependencies", OfChart(structure::present)),
    new("crds-folder", Error, "crds/ is a folder", Step),
    new("crds-load", Error, "the chart loads", Step),
    new("crd-format", Error, "files in crds/ parse, so are no templates", Step),
    new("crd-api-version", Error, "files in crds/ are of apiextensions.k8s.io", OfCrd(structure::crd_api_version)),
    new("crd-kind", Error, "files in crds/ are custom resource definitions", OfCrd(structure::crd_kind)),
];

/// The rules that a generation of Helm knows.
pub(super) fn rules(compat: Compat) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(move |rule| !rule.is_new || compat == Compat::Helm4)
}
