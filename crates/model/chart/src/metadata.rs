//! Chart.yaml: decoding as Go's struct, checking, writing back.
//!
//! [`Metadata::decode`] follows `yaml.Unmarshal` into Go's struct (numbers become text where the
//! field is a string), [`Metadata::validate`] checks and cleans, [`Metadata::to_value`] is what
//! `json.Marshal` sees. Decoding twice into one value, as Helm does with requirements.yaml, is
//! [`Metadata::decode_onto`].

mod fields;
mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

use corten_value::Value;
use corten_yaml::{Error, Mode, Target};

pub use validate::ValidationError;

use fields::{Fields, Writer};

/// Who maintains a chart. Go: `chart.Maintainer`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Maintainer {
    /// A user or organisation.
    pub name: String,
    /// An address to write to.
    pub email: String,
    /// A page about the maintainer.
    pub url: String,
}

/// A chart that another chart needs. Go: `chart.Dependency`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// The name in the dependency's own Chart.yaml.
    pub name: String,
    /// A version or a range of versions.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// Paths of values, comma separated, that switch it on or off.
    pub condition: String,
    /// Names under `tags` of the values that switch it on or off.
    pub tags: Vec<String>,
    /// Whether it is switched on; set by `process_dependencies`.
    pub enabled: bool,
    /// What the parent takes over from its values: strings, or tables with `child` and `parent`.
    pub import_values: Vec<Value>,
    /// The name it has in the parent instead of its own.
    pub alias: String,
}

/// Chart.yaml. Go: `chart.Metadata`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The name.
    pub name: String,
    /// A page about it.
    pub home: String,
    /// Pages of the source code.
    pub sources: Vec<String>,
    /// The version of the chart.
    pub version: String,
    /// One sentence about it.
    pub description: String,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// Who maintains it.
    pub maintainers: Vec<Maintainer>,
    /// The URL of a picture.
    pub icon: String,
    /// `v1` or `v2`.
    pub api_version: String,
    /// Unused, kept for templates.
    pub condition: String,
    /// Unused, kept for templates.
    pub tags: String,
    /// The version of the application inside.
    pub app_version: String,
    /// Whether it should no longer be used.
    pub deprecated: bool,
    /// More text for other tools; `None` is Go's nil map.
    pub annotations: Option<BTreeMap<String, String>>,
    /// The versions of Kubernetes that it works with.
    pub kube_version: String,
    /// The charts that it needs.
    pub dependencies: Vec<Dependency>,
    /// `application`, `library` or empty.
    pub chart_type: String,
    /// Whether `dependencies: []` is written out: Go's empty slice, which is not nil.
    pub empty_dependencies: bool,
    nulls: Nulls,
}

/// Where lists hold `null`, which decodes but is refused by [`Metadata::validate`].
#[derive(Clone, Debug, Default, PartialEq)]
struct Nulls {
    maintainer: Option<usize>,
    dependency: Option<usize>,
}

impl Metadata {
    /// Go: `yaml.Unmarshal(text, metadata)` into an empty struct. Nothing is checked yet.
    pub fn decode(text: &[u8]) -> Result<Self, Error> {
        Self::decode_onto(&Value::Null, text, Mode::Lenient).map(|value| Self::from_decoded(&value))
    }

    /// Go: `yaml.UnmarshalStrict`: unknown and duplicate keys are errors.
    pub fn decode_strict(text: &[u8]) -> Result<Self, Error> {
        Self::decode_onto(&Value::Null, text, Mode::Strict).map(|value| Self::from_decoded(&value))
    }

    /// What a second `yaml.Unmarshal` leaves in a struct that holds `base` already.
    pub(crate) fn decode_onto(base: &Value, text: &[u8], mode: Mode) -> Result<Value, Error> {
        let value = corten_yaml::decode_into(text, &fields::METADATA, mode)?;
        Ok(overlay(base, value))
    }

    /// Its Go type, for records that hold a chart.
    pub const TARGET: &'static Target = &fields::METADATA;

    /// The struct of a value that was decoded into [`Self::TARGET`].
    pub fn from_decoded(value: &Value) -> Self {
        let fields = Fields(value);
        let maintainers = fields.list("maintainers");
        let dependencies = fields.list("dependencies");
        Self {
            name: fields.text("name"),
            home: fields.text("home"),
            sources: fields.texts("sources"),
            version: fields.text("version"),
            description: fields.text("description"),
            keywords: fields.texts("keywords"),
            maintainers: maintainers.iter().map(Maintainer::from_decoded).collect(),
            icon: fields.text("icon"),
            api_version: fields.text("apiVersion"),
            condition: fields.text("condition"),
            tags: fields.text("tags"),
            app_version: fields.text("appVersion"),
            deprecated: fields.truth("deprecated"),
            annotations: fields.text_map("annotations"),
            kube_version: fields.text("kubeVersion"),
            dependencies: dependencies.iter().map(Dependency::from_decoded).collect(),
            chart_type: fields.text("type"),
            empty_dependencies: dependencies.is_empty() && fields.has_list("dependencies"),
            nulls: Nulls {
                maintainer: maintainers.iter().position(Value::is_null),
                dependency: dependencies.iter().position(Value::is_null),
            },
        }
    }

    /// Whether this is a library chart, of which only partials are used.
    pub fn is_library(&self) -> bool {
        // Go: strings.EqualFold, though validation only lets the lower case pass.
        self.chart_type.eq_ignore_ascii_case("library")
    }

    /// Where the list of maintainers holds `null` first.
    pub fn null_maintainer(&self) -> Option<usize> {
        self.nulls.maintainer
    }

    /// Go: whether `Dependencies` is not nil.
    pub fn lists_dependencies(&self) -> bool {
        !self.dependencies.is_empty() || self.empty_dependencies
    }

    /// The value that Go's `json.Marshal` writes, for Chart.yaml and release records.
    pub fn to_value(&self) -> Value {
        let mut out = Writer::default();
        out.text("name", &self.name);
        out.text("home", &self.home);
        out.texts("sources", &self.sources);
        out.text("version", &self.version);
        out.text("description", &self.description);
        out.texts("keywords", &self.keywords);
        out.list("maintainers", self.maintainers.iter().map(Maintainer::to_value));
        out.text("icon", &self.icon);
        out.text("apiVersion", &self.api_version);
        out.text("condition", &self.condition);
        out.text("tags", &self.tags);
        out.text("appVersion", &self.app_version);
        out.truth("deprecated", self.deprecated);
        out.text_map("annotations", self.annotations.as_ref());
        out.text("kubeVersion", &self.kube_version);
        out.list("dependencies", self.dependencies.iter().map(Dependency::to_value));
        out.text("type", &self.chart_type);
        out.finish()
    }

    /// What Helm writes into Chart.yaml: no dependencies for an apiVersion v1 chart, whose
    /// dependencies live in requirements.yaml. Go: chartfile.go `SaveChartfile`.
    pub fn to_chart_file(&self) -> Value {
        let mut value = self.to_value();
        if let Value::Map(map) = &mut value
            && self.api_version == "v1"
        {
            Arc::make_mut(map).remove("dependencies");
        }
        value
    }
}

impl Maintainer {
    fn from_decoded(value: &Value) -> Self {
        let fields = Fields(value);
        Self { name: fields.text("name"), email: fields.text("email"), url: fields.text("url") }
    }

    fn to_value(&self) -> Value {
        let mut out = Writer::default();
        out.text("name", &self.name);
        out.text("email", &self.email);
        out.text("url", &self.url);
        out.finish()
    }
}

impl Dependency {
    pub(crate) const TARGET: &'static Target = &fields::DEPENDENCY;

    pub(crate) fn from_decoded(value: &Value) -> Self {
        let fields = Fields(value);
        Self {
            name: fields.text("name"),
            version: fields.text("version"),
            repository: fields.text("repository"),
            condition: fields.text("condition"),
            tags: fields.texts("tags"),
            enabled: fields.truth("enabled"),
            import_values: fields.list("import-values").to_vec(),
            alias: fields.text("alias"),
        }
    }

    /// The value that Go's `json.Marshal` writes.
    pub fn to_value(&self) -> Value {
        let mut out = Writer::default();
        out.always("name", &self.name);
        out.text("version", &self.version);
        out.always("repository", &self.repository);
        out.text("condition", &self.condition);
        out.texts("tags", &self.tags);
        out.truth("enabled", self.enabled);
        out.list("import-values", self.import_values.iter().cloned());
        out.text("alias", &self.alias);
        out.finish()
    }

    /// The name that the chart has in its parent.
    pub fn effective_name(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}

/// Go: `json.Unmarshal` into a struct that is not empty: absent fields stay, tables grow, and list
/// elements are decoded into the old ones at their index.
fn overlay(base: &Value, new: Value) -> Value {
    match (base, new) {
        (_, Value::Null) => base.clone(),
        (Value::Map(old), Value::Map(new)) => {
            let mut map = (**old).clone();
            for (key, value) in new.iter() {
                let merged = map.get(key).map_or_else(|| value.clone(), |old| overlay(old, value.clone()));
                map.insert(Arc::clone(key), merged);
            }
            Value::from(map)
        }
        (Value::List(old), Value::List(new)) => {
            let merged = new.iter().enumerate().map(|(index, value)| match old.get(index) {
                Some(old) => overlay(old, value.clone()),
                None => value.clone(),
            });
            Value::from(merged.collect::<Vec<_>>())
        }
        (_, new) => new,
    }
}
