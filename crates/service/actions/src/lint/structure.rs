//! Rules about dependencies and custom resource definitions. Go: dependencies.go, crds.go.

use std::collections::BTreeSet;

use corten_chart::{Chart, Dependency};
use corten_value::Value;

use super::rules::Checked;

/// A document of a file in crds/.
#[derive(Debug)]
pub(super) struct Crd {
    api_version: String,
    kind: String,
}

impl Crd {
    pub(super) fn new(object: &Value) -> Self {
        let text = |key| object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { api_version: text("apiVersion"), kind: text("Kind") }
    }
}

pub(super) fn crd_api_version(crd: &Crd) -> Checked {
    if crd.api_version.starts_with("apiextensions.k8s.io") {
        return Ok(());
    }
    Err("apiVersion is not in 'apiextensions.k8s.io'".to_owned())
}

pub(super) fn crd_kind(crd: &Crd) -> Checked {
    if crd.kind == "CustomResourceDefinition" {
        return Ok(());
    }
    Err("object kind is not 'CustomResourceDefinition'".to_owned())
}

/// Go: `validateDependencyInMetadata`.
pub(super) fn listed(chart: &Chart) -> Checked {
    let wanted: BTreeSet<&str> = chart.metadata.dependencies.iter().map(|wanted| wanted.name.as_str()).collect();
    let names = chart.dependencies.iter().map(Chart::name).filter(|name| !wanted.contains(name));
    none("chart metadata is missing these dependencies", names)
}

/// Go: `validateDependenciesUnique`.
pub(super) fn unique(chart: &Chart) -> Checked {
    let mut seen = BTreeSet::new();
    let names = chart.metadata.dependencies.iter().map(Dependency::effective_name);
    none("multiple dependencies with name or alias", names.filter(|name| !seen.insert(*name)))
}

/// Go: `validateDependencyInChartsDir`.
pub(super) fn present(chart: &Chart) -> Checked {
    let there: BTreeSet<&str> = chart.dependencies.iter().map(Chart::name).collect();
    let names = chart.metadata.dependencies.iter().map(|wanted| wanted.name.as_str());
    none("chart directory is missing these dependencies", names.filter(|name| !there.contains(name)))
}

fn none<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Checked {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { Ok(()) } else { Err(format!("{what}: {}", names.join(","))) }
}
