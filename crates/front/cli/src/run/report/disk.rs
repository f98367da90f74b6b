//! Where the files of a chart are on disk.
//!
//! Templates are known by their place in the chart, `shop/charts/db/templates/x.yaml`; whoever shows a
//! finding beside the line, such as GitHub, needs the path from the current folder.

use std::fs;
use std::path::{Path, PathBuf};

use corten_value::Value;

/// The path on disk of a file by its full name in a chart; nothing for what is inside archives.
pub(crate) fn locate(chart: &Path, full_name: &str) -> Option<String> {
    let (_, inside) = full_name.split_once('/')?;
    on_disk(chart, inside).map(|path| shown(&path))
}

/// From the current folder, when it is below it; with slashes on every system.
fn shown(path: &Path) -> String {
    let current = std::env::current_dir().ok();
    let below = current.and_then(|current| path.strip_prefix(current).ok().map(Path::to_owned));
    below.as_deref().unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn on_disk(chart: &Path, inside: &str) -> Option<PathBuf> {
    if let Some((name, rest)) = inside.strip_prefix("charts/").and_then(|below| below.split_once('/')) {
        return on_disk(&subchart(chart, name)?, rest);
    }
    Some(chart.join(inside)).filter(|path| path.is_file())
}

/// The folder of a subchart: the one of its name, or the one whose Chart.yaml has the name or that goes by it.
fn subchart(chart: &Path, name: &str) -> Option<PathBuf> {
    let charts = chart.join("charts");
    let own = charts.join(name);
    if own.is_dir() {
        return Some(own);
    }
    let metadata = metadata(chart);
    let aliased = metadata.as_ref().and_then(|metadata| {
        let Value::List(dependencies) = metadata.get("dependencies")? else { return None };
        let aliased = dependencies.iter().find(|dependency| text(dependency, "alias") == Some(name))?;
        text(aliased, "name")
    });
    let wanted = aliased.unwrap_or(name);
    let mut folders: Vec<PathBuf> = fs::read_dir(charts).ok()?.flatten().map(|entry| entry.path()).collect();
    folders.sort_unstable();
    folders
        .into_iter()
        .find(|folder| self::metadata(folder).is_some_and(|metadata| text(&metadata, "name") == Some(wanted)))
}

fn metadata(chart: &Path) -> Option<Value> {
    corten_yaml::decode(&fs::read(chart.join("Chart.yaml")).ok()?).ok()
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}
