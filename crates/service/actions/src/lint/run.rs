//! Applies the rules in order. Go: lint.go `RunAll`.

use corten_chart::{Chart, ChartFacts, Compat, Entry, coalesce_tables, coalesce_values, process_dependencies};
use corten_gostd::path;
use corten_gotmpl::World;
use corten_render::{
    Capabilities, Files, KubeVersion, ReleaseOptions, RenderOptions, compose, log_warning, render_composed,
};
use corten_value::Value;
use corten_yaml::{Mode, Target};

use super::chart_file::ChartFile;
use super::documents::{DocumentError, Documents};
use super::manifests::{self, Manifest};
use super::rules::{Check, Checked, RULES, Rule, rules};
use super::structure::Crd;
use super::{LintMessage, LintResult};

/// How to lint.
#[derive(Clone, Debug)]
pub struct LintOptions {
    /// The namespace that templates see.
    pub namespace: String,
    /// `--kube-version`.
    pub kube_version: Option<KubeVersion>,
    /// `--skip-schema-validation`.
    pub skip_schema_validation: bool,
    /// Which Helm to follow where they differ.
    pub compat: Compat,
}

/// Applies all rules to a chart. Go: action/lint.go `lintChart`.
pub fn lint(facts: &ChartFacts, values: &Value, options: &LintOptions, world: &dyn World) -> LintResult {
    if let Entry::Missing(reason) | Entry::Unreadable(reason) = &facts.chart_yaml {
        return LintResult::failed(format!("unable to check Chart.yaml file in chart: {reason}"));
    }
    let mut run = Run { facts, values, options, world, messages: Vec::new() };
    run.chart_file();
    run.values_file();
    run.templates();
    run.dependencies();
    run.crds();
    LintResult { messages: run.messages, error: None }
}

struct Run<'a> {
    facts: &'a ChartFacts,
    values: &'a Value,
    options: &'a LintOptions,
    world: &'a dyn World,
    messages: Vec<LintMessage>,
}

impl Run<'_> {
    fn report(&mut self, rule: &Rule, path: &str, text: impl Into<Vec<u8>>) {
        self.messages.push(LintMessage { severity: rule.severity, path: path.to_owned(), text: text.into() });
    }

    /// Takes a named step; whether it went well.
    fn step(&mut self, name: &str, path: &str, checked: Result<(), impl Into<Vec<u8>>>) -> bool {
        let Err(text) = checked else { return true };
        if let Some(rule) = RULES.iter().find(|rule| rule.name == name) {
            self.report(rule, path, text);
        }
        false
    }

    /// Applies the rules that `pick` takes up.
    fn each(&mut self, path: &str, pick: impl Fn(&Check) -> Option<Checked>) {
        for rule in rules(self.options.compat) {
            if let Some(Err(text)) = pick(&rule.check) {
                self.report(rule, path, text);
            }
        }
    }

    fn chart_file(&mut self) {
        const FILE: &str = "Chart.yaml";
        let is_folder = self.facts.chart_yaml == Entry::Folder;
        let kind = if is_folder { Err("should be a file, not a directory") } else { Ok(()) };
        self.step("chart-file-kind", FILE, kind);
        let parsed = self.read(FILE, &self.facts.chart_yaml).and_then(|text| ChartFile::parse(&text));
        match parsed {
            Ok(file) => self.each(FILE, |check| match check {
                Check::ChartFile(check) => Some(check(&file)),
                _ => None,
            }),
            Err(reason) => {
                self.step("chart-file-format", FILE, Err(format!("unable to parse YAML\n\t{reason}")));
            }
        }
    }

    /// Go: `os.ReadFile`.
    fn read(&self, name: &str, entry: &Entry) -> Result<Vec<u8>, String> {
        match entry {
            Entry::File(data) => Ok(data.to_vec()),
            Entry::Folder => Err(format!("read {}/{name}: is a directory", self.facts.folder)),
            Entry::Missing(reason) | Entry::Unreadable(reason) => Err(reason.clone()),
        }
    }

    fn values_file(&mut self) {
        const FILE: &str = "values.yaml";
        let exists = match self.facts.values {
            Entry::Missing(_) => Err("file does not exist"),
            _ => Ok(()),
        };
        if self.step("values-file", FILE, exists) {
            let checked = self.check_values(FILE);
            self.step("values", FILE, checked);
        }
    }

    /// Go: values.go `validateValuesFile`: only the chart's own values against its own schema.
    fn check_values(&self, name: &str) -> Result<(), String> {
        static VALUES: Target = Target::Map(&Target::Any);
        let text = self.read(name, &self.facts.values);
        let values = text.and_then(|text| {
            corten_yaml::decode_into(&text, &VALUES, Mode::Lenient).map_err(|error| {
                // Go decodes into its named type here.
                let named = ["Go value of type map[string]interface {}", "Go value of type common.Values"];
                error.to_string().replace(named[0], named[1])
            })
        });
        let values = values.map_err(|reason| format!("unable to parse YAML: {reason}"))?;
        let values = if values.is_null() { Value::empty_map() } else { values };
        let mut warn = |warning| log_warning(self.world, &warning);
        let values = coalesce_tables(self.values, &values, &mut warn);
        match &self.facts.schema {
            Entry::File(schema) if !schema.is_empty() && !self.options.skip_schema_validation => {
                corten_chart::validate_schema(&values, schema, &|url| self.world.schema_text(url), &mut warn)
                    .map_err(|error| error.to_string())
            }
            _ => Ok(()),
        }
    }

    fn load(&self) -> Result<&Chart, String> {
        self.facts.warnings.iter().for_each(|warning| log_warning(self.world, warning));
        self.facts.chart.as_ref().map_err(Clone::clone)
    }

    fn templates(&mut self) {
        const FOLDER: &str = "templates/";
        let (exists, is_folder) = match &self.facts.templates {
            Entry::Missing(_) => (Err("directory does not exist"), Ok(())),
            Entry::Folder => (Ok(()), Ok(())),
            Entry::File(_) => (Ok(()), Err("not a directory".to_owned())),
            Entry::Unreadable(reason) => (Ok(()), Err(reason.clone())),
        };
        if !self.step("templates-folder", FOLDER, exists) || !self.step("templates-folder-kind", FOLDER, is_folder) {
            return;
        }
        let chart = match self.load() {
            Ok(chart) => chart.clone(),
            Err(reason) => {
                self.step("templates-load", FOLDER, Err(reason));
                return;
            }
        };
        match self.render(chart) {
            Some(Ok((chart, files))) => self.check_files(&chart, &files),
            Some(Err(text)) => {
                self.step("templates-render", FOLDER, Err(text));
            }
            None => {}
        }
    }

    /// The rendered files, or what Helm says; nothing where it stays silent.
    fn render(&self, mut chart: Chart) -> Option<Result<(Chart, Files), Vec<u8>>> {
        let compat = self.options.compat;
        let mut warn = |warning| log_warning(self.world, &warning);
        // Go: the linter leaves without a word when values do not fit the subcharts.
        process_dependencies(&mut chart, self.values, compat, &mut warn).ok()?;
        let values = coalesce_values(&chart, self.values, compat, &mut warn).ok()?;
        let options = RenderOptions {
            strict: false,
            lint_mode: true,
            enable_dns: false,
            skip_schema_validation: self.options.skip_schema_validation,
            compat,
        };
        let release = ReleaseOptions {
            name: "test-release".to_owned(),
            namespace: self.options.namespace.clone(),
            revision: 0,
            is_install: false,
            is_upgrade: false,
        };
        let mut capabilities = Capabilities::default();
        if let Some(version) = &self.options.kube_version {
            capabilities.kube_version = version.clone();
        }
        let rendered = compose(&chart, &values, &options, self.world)
            .and_then(|values| render_composed(&chart, &values, (&release, &capabilities), &options, self.world));
        Some(rendered.map(|files| (chart, files)).map_err(|error| error.text()))
    }

    fn check_files(&mut self, chart: &Chart, files: &Files) {
        for template in &chart.templates {
            let name = &*template.name;
            self.each(name, |check| match check {
                Check::TemplatePath(check) => Some(check(name)),
                _ => None,
            });
            let full = path::join(&[chart.name().as_bytes(), name.as_bytes()]);
            let rendered = str::from_utf8(&full).ok().and_then(|full| files.get(full));
            let Some(text) = rendered.filter(|text| manifests::is_yaml(name) && !is_blank(text)) else { continue };
            self.each(name, |check| match check {
                Check::Rendered(check) => Some(check(text)),
                _ => None,
            });
            if !self.check_documents(name, text) {
                return;
            }
        }
    }

    /// Every document of a file; false when one does not parse, which ends all checks of templates.
    fn check_documents(&mut self, name: &str, text: &[u8]) -> bool {
        let default = Capabilities::default().kube_version;
        let kube_version = self.options.kube_version.clone().unwrap_or(default);
        for document in Documents::new(text, &manifests::OBJECT) {
            match document {
                Err(DocumentError(reason)) => {
                    return self.step("manifest-format", name, Err(format!("unable to parse YAML: {reason}")));
                }
                Ok(Value::Null) => {}
                Ok(object) => {
                    let manifest = Manifest::new(&object, text, &kube_version);
                    self.each(name, |check| match check {
                        Check::Manifest(check) => Some(check(&manifest)),
                        _ => None,
                    });
                }
            }
        }
        true
    }

    fn dependencies(&mut self) {
        let chart = match self.load() {
            Ok(chart) => chart.clone(),
            Err(reason) => {
                self.step("chart-load", "", Err(format!("unable to load chart\n\t{reason}")));
                return;
            }
        };
        let folder = &self.facts.folder;
        self.each(folder, |check| match check {
            Check::Chart(check) => Some(check(&chart)),
            _ => None,
        });
    }

    fn crds(&mut self) {
        const FOLDER: &str = "crds/";
        let is_folder = match &self.facts.crds {
            _ if self.options.compat == Compat::Helm3 => return,
            Entry::Missing(_) => return,
            Entry::Folder => Ok(()),
            Entry::File(_) => Err("not a directory".to_owned()),
            Entry::Unreadable(reason) => Err(reason.clone()),
        };
        if !self.step("crds-folder", FOLDER, is_folder) {
            return;
        }
        let crds = match self.load() {
            Ok(chart) => chart.crds(),
            Err(reason) => {
                self.step("crds-load", FOLDER, Err(reason));
                return;
            }
        };
        for crd in crds {
            let name = &*crd.file.name;
            for document in Documents::new(&crd.file.data, &manifests::OBJECT) {
                match document {
                    Err(DocumentError(reason)) => {
                        self.step("crd-format", name, Err(format!("unable to parse YAML: {reason}")));
                        return;
                    }
                    Ok(Value::Null) => {}
                    Ok(object) => {
                        let crd = Crd::new(&object);
                        self.each(name, |check| match check {
                            Check::Crd(check) => Some(check(&crd)),
                            _ => None,
                        });
                    }
                }
            }
        }
    }
}

fn is_blank(text: &[u8]) -> bool {
    corten_render::trim_space(text).is_empty()
}
