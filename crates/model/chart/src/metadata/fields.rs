//! The Go types of Chart.yaml, and access to values that were decoded into them.

use std::collections::BTreeMap;

use corten_value::{Map, Value};
use corten_yaml::{Field, Struct, Target};

/// Go: `chart.Metadata`.
pub(super) static METADATA: Target = Target::Struct(&Struct {
    name: "Metadata",
    type_name: "v2.Metadata",
    fields: &[
        text("name"),
        text("home"),
        texts("sources"),
        text("version"),
        text("description"),
        texts("keywords"),
        Field { name: "maintainers", target: Target::List(&Target::Pointer(&MAINTAINER)) },
        text("icon"),
        text("apiVersion"),
        text("condition"),
        text("tags"),
        text("appVersion"),
        Field { name: "deprecated", target: Target::Bool },
        Field { name: "annotations", target: Target::Map(&Target::String) },
        text("kubeVersion"),
        Field { name: "dependencies", target: Target::List(&Target::Pointer(&DEPENDENCY)) },
        text("type"),
    ],
});

static MAINTAINER: Target = Target::Struct(&Struct {
    name: "Maintainer",
    type_name: "v2.Maintainer",
    fields: &[text("name"), text("email"), text("url")],
});

/// Go: `chart.Dependency`.
pub(super) static DEPENDENCY: Target = Target::Struct(&Struct {
    name: "Dependency",
    type_name: "v2.Dependency",
    fields: &[
        text("name"),
        text("version"),
        text("repository"),
        text("condition"),
        texts("tags"),
        Field { name: "enabled", target: Target::Bool },
        Field { name: "import-values", target: Target::List(&Target::Any) },
        text("alias"),
    ],
});

const fn text(name: &'static str) -> Field {
    Field { name, target: Target::String }
}

const fn texts(name: &'static str) -> Field {
    Field { name, target: Target::List(&Target::String) }
}

/// A decoded struct; absent fields read as Go's zero values.
pub(super) struct Fields<'a>(pub &'a Value);

impl<'a> Fields<'a> {
    pub(super) fn text(&self, name: &str) -> String {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    pub(super) fn truth(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(super) fn list(&self, name: &str) -> &'a [Value] {
        self.0.get(name).and_then(Value::as_list).unwrap_or_default()
    }

    pub(super) fn has_list(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value.as_list().is_some())
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect()
    }

    pub(super) fn text_map(&self, name: &str) -> Option<BTreeMap<String, String>> {
        let map = self.0.get(name)?.as_map()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Some(map.iter().map(|(key, value)| (key.to_string(), text(value))).collect())
    }
}

/// Builds the value that `json.Marshal` writes for a struct with `omitempty` fields.
#[derive(Default)]
pub(super) struct Writer(Map);

impl Writer {
    pub(super) fn always(&mut self, name: &str, text: &str) {
        self.0.insert(name.into(), text.into());
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.always(name, text);
        }
    }

    pub(super) fn texts(&mut self, name: &str, texts: &[String]) {
        self.list(name, texts.iter().map(|text| Value::from(text.as_str())));
    }

    pub(super) fn truth(&mut self, name: &str, truth: bool) {
        if truth {
            self.0.insert(name.into(), truth.into());
        }
    }

    pub(super) fn list(&mut self, name: &str, items: impl Iterator<Item = Value>) {
        let items: Vec<Value> = items.collect();
        if !items.is_empty() {
            self.0.insert(name.into(), items.into());
        }
    }

    pub(super) fn text_map(&mut self, name: &str, map: Option<&BTreeMap<String, String>>) {
        if let Some(map) = map
            && !map.is_empty()
        {
            let value = map.iter().map(|(key, text)| (key, text.as_str())).collect();
            self.0.insert(name.into(), value);
        }
    }

    pub(super) fn finish(self) -> Value {
        Value::from(self.0)
    }
}
