//! The data of every template: `.Chart`, `.Values`, `.Release`, `.Files`, `.Subcharts`, ….

use std::collections::BTreeMap;
use std::sync::Arc;

use corten_chart::{Chart, Compat, Dependency, Maintainer, Metadata};
use corten_gotmpl::{List, ListType, Map, MapEntries, MapType, Text, Val};
use corten_value::Value;

use crate::Capabilities;
use crate::chart_struct::ChartStruct;
use crate::files::files_value;
use crate::values_type::{VALUES, as_values, empty_values, table};

/// What templates learn about the release.
#[derive(Clone, Debug)]
pub struct ReleaseOptions {
    /// `.Release.Name`.
    pub name: String,
    /// `.Release.Namespace`.
    pub namespace: String,
    /// `.Release.Revision`.
    pub revision: i64,
    /// `.Release.IsInstall`.
    pub is_install: bool,
    /// `.Release.IsUpgrade`.
    pub is_upgrade: bool,
}

/// A template with the data it runs on.
#[derive(Debug)]
pub(crate) struct Renderable {
    /// The template text.
    pub text: Arc<[u8]>,
    /// The data: one map per chart, shared by its templates.
    pub scope: Map,
    /// `.Template.BasePath`.
    pub base_path: Arc<str>,
}

/// The templates of a chart and its dependencies by full name.
pub(crate) type Renderables = BTreeMap<String, Renderable>;

/// The outermost data: what Go calls the render values.
pub(crate) fn top(values: &Value, release: &ReleaseOptions, capabilities: &Capabilities) -> Map {
    let values = match Val::from(values) {
        Val::Map(map) => as_values(&map),
        _ => empty_values(),
    };
    let release = map_of([
        ("Name", Val::str(release.name.as_str())),
        ("Namespace", Val::str(release.namespace.as_str())),
        ("IsUpgrade", Val::Bool(release.is_upgrade)),
        ("IsInstall", Val::Bool(release.is_install)),
        ("Revision", Val::int(release.revision)),
        ("Service", Val::str("Helm")),
    ]);
    map_of([
        ("Capabilities", Val::object(capabilities.clone())),
        ("Release", Val::Map(release)),
        ("Values", Val::Map(values)),
    ])
}

/// Collects the templates of a chart and, below it, of its dependencies. Go: engine.go recAllTpls.
pub(crate) fn collect(
    chart: &Chart,
    (parent, path): (&Map, Option<&str>),
    compat: Compat,
    renderables: &mut Renderables,
) -> Map {
    let name = &chart.metadata.name;
    let full_path = path.map_or_else(|| name.clone(), |path| format!("{path}/charts/{name}"));
    let values = match path {
        None => parent.get(b"Values").unwrap_or_default(),
        Some(_) => Val::Map(table(parent, format!("Values.{name}").as_bytes()).unwrap_or_else(|_| empty_values())),
    };
    let subcharts = Map::any(MapEntries::new());
    let scope = map_of([
        ("Chart", chart_value(&chart.metadata, path.is_none(), compat)),
        ("Files", files_value(chart.files.iter())),
        ("Release", parent.get(b"Release").unwrap_or_default()),
        ("Capabilities", parent.get(b"Capabilities").unwrap_or_default()),
        ("Values", values),
        ("Subcharts", Val::Map(subcharts.clone())),
    ]);
    for dependency in &chart.dependencies {
        let inner = collect(dependency, (&scope, Some(&full_path)), compat, renderables);
        subcharts.insert(&*dependency.metadata.name, Val::Map(inner));
    }
    let base_path: Arc<str> = Arc::from(join(&full_path, "templates"));
    for template in &chart.templates {
        if chart.metadata.is_library() && !base_name(&template.name).starts_with('_') {
            continue;
        }
        renderables.insert(
            join(&full_path, &template.name),
            Renderable {
                text: Arc::clone(&template.data),
                scope: scope.with_type(VALUES),
                base_path: Arc::clone(&base_path),
            },
        );
    }
    scope
}

/// The part after the last slash.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn join(folder: &str, name: &str) -> String {
    String::from_utf8_lossy(&corten_gostd::path::clean(format!("{folder}/{name}").as_bytes())).into_owned()
}

fn map_of<'a>(entries: impl IntoIterator<Item = (&'a str, Val)>) -> Map {
    Map::any(entries.into_iter().map(|(key, value)| (Text::from(key), value)).collect())
}

/// `.Chart`: a map in Helm 4 (Go: common.go structToMap), a struct in Helm 3.
fn chart_value(metadata: &Metadata, is_root: bool, compat: Compat) -> Val {
    match compat {
        Compat::Helm4 => Val::Map(map_of(metadata_entries(metadata, is_root))),
        Compat::Helm3 => ChartStruct::value(metadata, is_root),
    }
}

/// The fields of chart.Metadata under Go's names.
pub(crate) fn metadata_entries(metadata: &Metadata, is_root: bool) -> Vec<(&'static str, Val)> {
    let text = |text: &str| Val::str(text);
    let strings = |items: &[String]| Val::list(items.iter().map(|item| Val::str(item.as_str())).collect());
    vec![
        ("Name", text(&metadata.name)),
        ("Home", text(&metadata.home)),
        ("Sources", strings(&metadata.sources)),
        ("Version", text(&metadata.version)),
        ("Description", text(&metadata.description)),
        ("Keywords", strings(&metadata.keywords)),
        ("Maintainers", Val::list(metadata.maintainers.iter().map(maintainer_value).collect())),
        ("Icon", text(&metadata.icon)),
        ("APIVersion", text(&metadata.api_version)),
        ("Condition", text(&metadata.condition)),
        ("Tags", text(&metadata.tags)),
        ("AppVersion", text(&metadata.app_version)),
        ("Deprecated", Val::Bool(metadata.deprecated)),
        ("Annotations", annotations_value(metadata)),
        ("KubeVersion", text(&metadata.kube_version)),
        ("Dependencies", Val::list(metadata.dependencies.iter().map(dependency_value).collect())),
        ("Type", text(&metadata.chart_type)),
        ("IsRoot", Val::Bool(is_root)),
    ]
}

fn annotations_value(metadata: &Metadata) -> Val {
    Val::Map(match &metadata.annotations {
        None => Map::nil(MapType::STRING),
        Some(annotations) => Map::new(
            MapType::STRING,
            annotations.iter().map(|(key, value)| (Text::from(&**key), Val::str(&**value))).collect(),
        ),
    })
}

fn maintainer_value(maintainer: &Maintainer) -> Val {
    Val::Map(map_of([
        ("Name", Val::str(maintainer.name.as_str())),
        ("Email", Val::str(maintainer.email.as_str())),
        ("URL", Val::str(maintainer.url.as_str())),
    ]))
}

fn dependency_value(dependency: &Dependency) -> Val {
    let any = |items: Vec<Val>| Val::List(List::new(ListType::ANY, items));
    Val::Map(map_of([
        ("Name", Val::str(dependency.name.as_str())),
        ("Version", Val::str(dependency.version.as_str())),
        ("Repository", Val::str(dependency.repository.as_str())),
        ("Condition", Val::str(dependency.condition.as_str())),
        ("Tags", any(dependency.tags.iter().map(|tag| Val::str(tag.as_str())).collect())),
        ("Enabled", Val::Bool(dependency.enabled)),
        ("ImportValues", any(dependency.import_values.iter().map(Val::from).collect())),
        ("Alias", Val::str(dependency.alias.as_str())),
    ]))
}
