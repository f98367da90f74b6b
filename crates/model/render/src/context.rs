//! The data of every template: `.Chart`, `.Values`, `.Release`, `.Files`, `.Subcharts`, ….

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

/// A template and where it belongs.
#[derive(Debug)]
pub(crate) struct Renderable {
    /// The template text.
    pub text: Arc<[u8]>,
    /// The chart, by its place among all charts, parents first.
    pub chart: usize,
    /// `.Template.BasePath`.
    pub base_path: Arc<str>,
}

/// The templates of a chart and its dependencies, each under its full name, in the order of names.
pub(crate) type Renderables = Vec<(String, Renderable)>;

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

/// The templates of a chart and, below it, of its dependencies. Go: engine.go recAllTpls.
pub(crate) fn renderables(chart: &Chart) -> Renderables {
    let mut found = Renderables::new();
    collect(chart, None, &mut 0, &mut found);
    // Stable: of those with one name the last counts, as in Go's map.
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    found.reverse();
    found.dedup_by(|(name, _), (kept, _)| name == kept);
    found.reverse();
    found
}

fn collect(chart: &Chart, path: Option<&str>, charts: &mut usize, renderables: &mut Renderables) {
    let own = *charts;
    *charts += 1;
    let full_path = full_path(chart, path);
    for dependency in &chart.dependencies {
        collect(dependency, Some(&full_path), charts, renderables);
    }
    let base_path: Arc<str> = Arc::from(join(&full_path, "templates"));
    for template in &chart.templates {
        if chart.metadata.is_library() && !base_name(&template.name).starts_with('_') {
            continue;
        }
        let (text, base_path) = (Arc::clone(&template.data), Arc::clone(&base_path));
        renderables.push((join(&full_path, &template.name), Renderable { text, chart: own, base_path }));
    }
}

fn full_path(chart: &Chart, path: Option<&str>) -> String {
    let name = &chart.metadata.name;
    path.map_or_else(|| name.clone(), |path| format!("{path}/charts/{name}"))
}

/// The data of a chart's templates and, below it, of its dependencies', by the place of the chart.
pub(crate) fn scopes(chart: &Chart, top: &Map, compat: Compat) -> Vec<Map> {
    let mut scopes = Vec::new();
    scope(chart, (top, true), compat, &mut scopes);
    scopes
}

fn scope(chart: &Chart, (parent, is_root): (&Map, bool), compat: Compat, scopes: &mut Vec<Map>) -> Map {
    let name = &chart.metadata.name;
    let values = if is_root {
        parent.get(b"Values").unwrap_or_default()
    } else {
        Val::Map(table(parent, format!("Values.{name}").as_bytes()).unwrap_or_else(|_| empty_values()))
    };
    let subcharts = Map::any(MapEntries::new());
    let own = map_of([
        ("Chart", chart_value(&chart.metadata, is_root, compat)),
        ("Files", files_value(chart.files.iter())),
        ("Release", parent.get(b"Release").unwrap_or_default()),
        ("Capabilities", parent.get(b"Capabilities").unwrap_or_default()),
        ("Values", values),
        ("Subcharts", Val::Map(subcharts.clone())),
    ]);
    scopes.push(own.with_type(VALUES));
    for dependency in &chart.dependencies {
        let inner = scope(dependency, (&own, false), compat, scopes);
        subcharts.insert(&*dependency.metadata.name, Val::Map(inner));
    }
    own
}

/// The part after the last slash.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn join(folder: &str, name: &str) -> String {
    let joined = [folder, "/", name].concat();
    if corten_gostd::path::is_clean(joined.as_bytes()) {
        return joined;
    }
    String::from_utf8_lossy(&corten_gostd::path::clean(joined.as_bytes())).into_owned()
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
