//! Charts of others: installed, upgraded, rolled back and removed as by Helm, hooks included.
//!
//! Helm alone shows what is expected; the pairs of Corten and Helm take turns with the charts.
//!
//! The charts lie in `shared/corpus` beside the repository. Those whose objects the API server does not take from Helm
//! itself (definitions that are not installed, values that are missing) are skipped. Where Corten and Helm differ, Helm
//! runs once more: what differs between its own two runs (passwords, keys, dates) is chance.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::objects::{self, State};
use super::stand::{Stand, Who};
use super::{Depth, texts};
use crate::bench::corpus_charts;

/// Who does the first step and every other one, and who the rest.
type Pair = (Who, Who);
const ALONE: Pair = (Who::Helm, Who::Helm);
const PAIRS: [Pair; 3] = [(Who::Corten, Who::Corten), (Who::Corten, Who::Helm), (Who::Helm, Who::Corten)];

/// How many charts have to be compared.
const CHARTS: usize = 40;
/// How many places of chance are named.
const SHOWN: usize = 3;
/// How many in a hurry.
const FEW: usize = 6;

/// What is done with each.
const STEPS: &[&str] = &[
    "install r CHART",
    "upgrade r CHART --set nameOverride=other --set replicaCount=2",
    "rollback r 1",
    "uninstall r",
];

/// Runs the charts.
pub(super) fn run(stand: &Stand, depth: Depth) -> anyhow::Result<()> {
    let only = stand.only.as_deref();
    let wanted = match only {
        Some(_) => 0,
        None if depth == Depth::Quick => FEW,
        None => CHARTS,
    };
    let (mut compared, mut skipped) = (0, 0);
    let mut problems = Vec::new();
    for chart in corpus_charts()? {
        if only.is_none() && compared >= wanted {
            break;
        }
        if only.is_some_and(|only| !chart.name.contains(only)) {
            continue;
        }
        let path = chart.folder.join(&chart.path);
        let Some(expected) = play(stand, ALONE, &path)? else {
            skipped += 1;
            continue;
        };
        let pair = PAIRS[compared % PAIRS.len()];
        compared += 1;
        let found = play(stand, pair, &path)?.unwrap_or_default();
        let mut lines = all_differences(&found, &expected);
        let all = lines.len();
        let mut chance = Vec::new();
        if !lines.is_empty() {
            let again = play(stand, ALONE, &path)?.unwrap_or_default();
            let by_chance: BTreeSet<String> =
                all_differences(&again, &expected).iter().map(|line| place(line).to_owned()).collect();
            lines.retain(|line| !by_chance.contains(place(line)));
            chance = by_chance.into_iter().take(SHOWN).collect();
        }
        let chance = match all - lines.len() {
            0 => String::new(),
            count => format!("; {count} by chance, such as {}", chance.join(", ")),
        };
        let verdict = if lines.is_empty() { "same".to_owned() } else { format!("{} differences", lines.len()) };
        println!("{} by {:?}, {:?}: {verdict}{chance}", chart.name, pair.0, pair.1);
        for line in lines.iter().take(6) {
            println!("  {line}");
        }
        if !lines.is_empty() {
            println!("  again: cargo xtask e2e --only {} corpus", chart.name);
            problems.push(chart.name);
        }
    }
    println!("{compared} charts compared, {} differ; {skipped} that Helm cannot install were skipped", problems.len());
    anyhow::ensure!(problems.is_empty(), "these differ: {}", problems.join(", "));
    anyhow::ensure!(compared >= wanted, "only {compared} charts could be compared");
    Ok(())
}

fn all_differences(ours: &[State], theirs: &[State]) -> Vec<String> {
    let mut lines = Vec::new();
    let empty = State::new();
    for (number, step) in STEPS.iter().enumerate() {
        let (ours, theirs) = (ours.get(number).unwrap_or(&empty), theirs.get(number).unwrap_or(&empty));
        lines.extend(objects::differences(ours, theirs).into_iter().map(|line| format!("{step}: {line}")));
    }
    lines
}

/// Step and path of a difference, without the values.
fn place(line: &str) -> &str {
    let start = line.find(": ").map_or(0, |at| at + 2);
    line[start..].find(": ").map_or(line, |at| &line[..start + at])
}

/// Kinds without a namespace of which charts leave objects behind, by their collections.
const BEHIND: [&str; 7] = [
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "/apis/scheduling.k8s.io/v1/priorityclasses",
    "/apis/storage.k8s.io/v1/storageclasses",
];

/// Deletes what a chart left in the cluster: all definitions, and what else belongs to a release. Else the next one to
/// install it fails, whoever that is, and nothing is compared.
fn tidy(stand: &Stand) -> anyhow::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(30);
    let left = || -> anyhow::Result<Vec<String>> {
        let mut left = Vec::new();
        for (place, path) in BEHIND.iter().enumerate() {
            let list = stand.get(path)?;
            for metadata in list["items"].as_array().into_iter().flatten().map(|object| &object["metadata"]) {
                let is_release = metadata["annotations"]["meta.helm.sh/release-name"].is_string();
                if place == 0 || is_release {
                    left.push(format!("{path}/{}", metadata["name"].as_str().unwrap_or_default()));
                }
            }
        }
        Ok(left)
    };
    let started = Instant::now();
    for path in left()? {
        stand.plane.request("DELETE", &path, None)?;
    }
    while !left()?.is_empty() && started.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The states after the steps, in a cluster without traces of others; `None` when the first step fails.
fn play(stand: &Stand, pair: Pair, chart: &Path) -> anyhow::Result<Option<Vec<State>>> {
    let states = steps(stand, pair, chart);
    tidy(stand)?;
    states
}

fn steps(stand: &Stand, pair: Pair, chart: &Path) -> anyhow::Result<Option<Vec<State>>> {
    let namespace = stand.namespace("corpus")?;
    let chart = chart.to_string_lossy().into_owned();
    let mut states = Vec::new();
    for (number, step) in STEPS.iter().enumerate() {
        let mut arguments: Vec<&str> =
            step.split(' ').map(|word| if word == "CHART" { chart.as_str() } else { word }).collect();
        // Hooks that never end in this cluster are given up by both.
        arguments.extend(["--timeout", "30s"]);
        let who = if number % 2 == 0 { pair.0 } else { pair.1 };
        let output = stand.run(who, &namespace, &arguments)?;
        if number == 0 && !output.status.success() {
            println!("{who:?} cannot install it: {}", String::from_utf8_lossy(&output.stderr).trim_end());
            // What it made so far would be in the way of the next one.
            stand.run(who, &namespace, &["uninstall", "r", "--no-hooks"]).context("cannot tidy up")?;
            return Ok(None);
        }
        let mut state = objects::objects(stand, &namespace);
        state.extend(objects::records(stand, &namespace)?);
        state.insert("exit".to_owned(), output.status.code().into());
        for (name, bytes) in [("output", &output.stdout), ("errors", &output.stderr)] {
            state.insert(name.to_owned(), texts::settled(&String::from_utf8_lossy(bytes), &namespace).into());
        }
        states.push(state);
    }
    Ok(Some(states))
}
