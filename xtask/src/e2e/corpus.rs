//! Charts of others: installed, upgraded, rolled back and removed as by Helm.
//!
//! The charts lie in `shared/corpus` beside the repository. Those whose objects the API server does
//! not take from Helm itself (definitions that are not installed, values that are missing) are
//! skipped.

use std::path::PathBuf;

use anyhow::Context as _;

use super::Depth;
use super::objects::{self, State};
use super::stand::{Stand, Who};

/// How many charts have to be compared.
const CHARTS: usize = 40;

/// What is done with each.
const STEPS: &[&str] = &[
    "install r CHART",
    "upgrade r CHART --set nameOverride=other --set replicaCount=2",
    "rollback r 1",
    "uninstall r",
];

/// Runs the charts.
pub(super) fn run(stand: &Stand, _: Depth) -> anyhow::Result<()> {
    let mut compared = 0;
    let mut problems = Vec::new();
    for chart in charts()? {
        if compared >= CHARTS {
            break;
        }
        let Some(expected) = play(stand, Who::Helm, &chart)? else { continue };
        compared += 1;
        let found = play(stand, Who::Corten, &chart)?.unwrap_or_default();
        let mut lines = Vec::new();
        for (number, step) in STEPS.iter().enumerate() {
            let empty = State::new();
            let (ours, theirs) = (found.get(number).unwrap_or(&empty), expected.get(number).unwrap_or(&empty));
            lines.extend(objects::differences(ours, theirs).into_iter().map(|line| format!("{step}: {line}")));
        }
        println!(
            "{}: {}",
            chart.display(),
            if lines.is_empty() { "same".to_owned() } else { format!("{} differences", lines.len()) }
        );
        for line in lines.iter().take(6) {
            println!("  {line}");
        }
        if !lines.is_empty() {
            problems.push(chart);
        }
    }
    println!("{compared} charts compared, {} differ", problems.len());
    anyhow::ensure!(problems.is_empty(), "{} charts differ", problems.len());
    anyhow::ensure!(compared >= CHARTS, "only {compared} charts could be compared");
    Ok(())
}

fn charts() -> anyhow::Result<Vec<PathBuf>> {
    let root = crate::workspace::root().join("../shared/corpus/charts");
    let mut charts = Vec::new();
    let entries = |path: &PathBuf| -> anyhow::Result<Vec<PathBuf>> {
        let read = std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut found: Vec<PathBuf> = read.filter_map(Result::ok).map(|entry| entry.path()).collect();
        found.sort();
        Ok(found)
    };
    for folder in entries(&root)? {
        if folder.join("Chart.yaml").is_file() || folder.extension().is_some_and(|kind| kind == "tgz") {
            charts.push(folder);
        } else if folder.is_dir() {
            charts.extend(entries(&folder)?.into_iter().filter(|chart| {
                chart.join("Chart.yaml").is_file() || chart.extension().is_some_and(|kind| kind == "tgz")
            }));
        }
    }
    Ok(charts)
}

/// The states after the steps; `None` when the first step fails.
fn play(stand: &Stand, who: Who, chart: &std::path::Path) -> anyhow::Result<Option<Vec<State>>> {
    let namespace = stand.namespace("corpus")?;
    let chart = chart.to_string_lossy().into_owned();
    let mut states = Vec::new();
    for (number, step) in STEPS.iter().enumerate() {
        let mut arguments: Vec<&str> =
            step.split(' ').map(|word| if word == "CHART" { chart.as_str() } else { word }).collect();
        arguments.extend(["--no-hooks"]);
        let output = stand.run(who, &namespace, &arguments)?;
        if number == 0 && !output.status.success() {
            return Ok(None);
        }
        let mut state = objects::objects(stand, &namespace);
        state.insert("exit".to_owned(), output.status.success().into());
        states.push(state);
    }
    Ok(Some(states))
}
