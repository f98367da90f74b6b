//! Aliases, tags and conditions. Go: dependencies.go `processDependencyEnabled`.

use std::collections::BTreeSet;

use corten_value::Value;

use super::{DependencyError, is_compatible};
use crate::coalesce::coalesce_values;
use crate::{Chart, Compat, Dependency, Warning};

/// Keeps the subcharts that are on, under their aliases, in the chart and in its metadata.
///
/// `values` are the user's for the outermost chart, and the parent's composed values below it,
/// which is why defaults of a chart at its own root can switch charts below it.
pub(super) fn process(
    chart: &mut Chart,
    values: &Value,
    path: &str,
    compat: Compat,
    warn: &mut dyn FnMut(Warning),
) -> Result<(), DependencyError> {
    if !chart.metadata.lists_dependencies() {
        return Ok(());
    }
    resolve(chart);
    let composed = coalesce_values(chart, values, compat, warn)?;
    for dependency in &mut chart.metadata.dependencies {
        dependency.enabled = by_tags(dependency, &composed, compat, warn);
    }
    for dependency in &mut chart.metadata.dependencies {
        if let Some(enabled) = by_condition(dependency, &composed, path, compat, warn) {
            dependency.enabled = enabled;
        }
    }
    let off = |dependency: &&Dependency| !dependency.enabled;
    let disabled: BTreeSet<String> =
        chart.metadata.dependencies.iter().filter(off).map(|dependency| dependency.name.clone()).collect();
    chart.dependencies.retain(|subchart| !disabled.contains(subchart.name()));
    for subchart in &mut chart.dependencies {
        let path = format!("{path}{}.", subchart.name());
        stacker::maybe_grow(64 << 10, 1 << 20, || process(subchart, &composed, &path, compat, warn))?;
    }
    chart.metadata.dependencies.retain(|dependency| !disabled.contains(&dependency.name));
    // Go: the filtered list is nil when nothing is left.
    chart.metadata.empty_dependencies = false;
    Ok(())
}

/// Finds the chart of each requirement and renames both to the alias. Subcharts that no
/// requirement names stay as they are; those of another version go.
fn resolve(chart: &mut Chart) {
    let fits = |subchart: &Chart, wanted: &Dependency| {
        subchart.name() == wanted.name && is_compatible(&wanted.version, &subchart.metadata.version)
    };
    let (subcharts, wanted) = (&chart.dependencies, &chart.metadata.dependencies);
    let unlisted = (0..subcharts.len()).filter(|index| !wanted.iter().any(|wanted| fits(&subcharts[*index], wanted)));
    let listed = wanted.iter().filter_map(|wanted| {
        let index = subcharts.iter().position(|subchart| fits(subchart, wanted))?;
        Some((index, wanted.alias.clone()))
    });
    let picked: Vec<(usize, String)> = unlisted.map(|index| (index, String::new())).chain(listed).collect();
    let mut uses = vec![0_usize; subcharts.len()];
    for (index, _) in &picked {
        uses[*index] += 1;
    }
    let mut subcharts = std::mem::take(&mut chart.dependencies);
    for (index, alias) in picked {
        // Only a chart that is used under several names is copied.
        uses[index] -= 1;
        let subchart = &mut subcharts[index];
        let mut subchart = if uses[index] == 0 { std::mem::take(subchart) } else { subchart.clone() };
        if !alias.is_empty() {
            subchart.metadata.name = alias;
        }
        chart.dependencies.push(subchart);
    }
    for wanted in chart.metadata.dependencies.iter_mut().filter(|wanted| !wanted.alias.is_empty()) {
        wanted.name.clone_from(&wanted.alias);
    }
}

/// On, unless a tag says false and none says true.
fn by_tags(dependency: &Dependency, values: &Value, compat: Compat, warn: &mut dyn FnMut(Warning)) -> bool {
    let Some(tags) = values.get("tags").and_then(Value::as_map) else { return true };
    let (mut any_true, mut any_false) = (false, false);
    for tag in &dependency.tags {
        match tags.get(tag.as_str()) {
            None => {}
            Some(Value::Bool(true)) => any_true = true,
            Some(Value::Bool(false)) => any_false = true,
            Some(_) => warn(match compat {
                Compat::Helm4 => {
                    Warning::warn("returned non-bool value").with("tag", tag).with("chart", &dependency.name)
                }
                Compat::Helm3 => {
                    Warning::info(format!("Warning: Tag '{tag}' for chart {} returned non-bool value", dependency.name))
                }
            }),
        }
    }
    any_true || !any_false
}

/// The first path of the condition that leads to a boolean decides.
fn by_condition(
    dependency: &Dependency,
    values: &Value,
    prefix: &str,
    compat: Compat,
    warn: &mut dyn FnMut(Warning),
) -> Option<bool> {
    let condition = trim(&dependency.condition);
    for path in condition.split(',').filter(|path| !path.is_empty()) {
        match values.at(&format!("{prefix}{path}")) {
            Some(Value::Bool(truth)) => return Some(*truth),
            // Go: PathValue takes a table for no value at all.
            None | Some(Value::Map(_)) => {}
            Some(_) => warn(match compat {
                Compat::Helm4 => {
                    Warning::warn("returned non-bool value").with("path", path).with("chart", &dependency.name)
                }
                Compat::Helm3 => Warning::info(format!(
                    "Warning: Condition path '{path}' for chart {} returned non-bool value",
                    dependency.name
                )),
            }),
        }
    }
    None
}

/// Go: `strings.TrimSpace`.
fn trim(text: &str) -> &str {
    text.trim()
}
