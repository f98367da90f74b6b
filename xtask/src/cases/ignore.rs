//! Kind `ignore`: which files of a folder belong to the chart.

use std::collections::BTreeMap;

use corten_chart::ignore::Rules;
use corten_chart::{Compat, File, load_files};
use serde_json::Value as Json;

use super::Answer;

const CHART_YAML: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

/// Answers a case: the names of the files that are kept, sorted.
pub(crate) fn answer(input: &Json) -> Answer {
    let text = |error: String| error.into_bytes();
    let rules_file = input["rules"].as_str().unwrap_or_default();
    let mut rules = Rules::parse(rules_file.as_bytes()).map_err(text)?;
    rules.add_defaults();
    let mut files = BTreeMap::from([("Chart.yaml", CHART_YAML), (".helmignore", rules_file)]);
    files.extend(input["paths"].as_array().into_iter().flatten().filter_map(Json::as_str).map(|path| (path, "")));
    let kept = files.into_iter().filter(|(path, _)| !is_ignored(&rules, path));
    let (names, kept): (Vec<&str>, Vec<File>) =
        kept.map(|(path, data)| (path, File::new(path, data.as_bytes()))).unzip();
    load_files(kept, Compat::Helm4, &mut |_| {}).map_err(|error| text(error.to_string()))?;
    Ok(names.join("\n").into_bytes())
}

/// Whether the file or a folder above it is left out.
fn is_ignored(rules: &Rules, path: &str) -> bool {
    let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
    folders.into_iter().any(|folder| rules.ignores(folder, true)) || rules.ignores(path, false)
}
