//! Helm and Corten take turns on one release: same texts, same objects, same records.
//!
//! A script of commands is run by Helm alone, which gives what is expected after every step; then
//! by every other pair, the two taking turns.

use super::objects::{self, State};
use super::stand::{Stand, Who};
use super::{Depth, texts};

/// A script: its name, arguments for every install and upgrade, and the steps.
struct Script {
    name: &'static str,
    chart: &'static str,
    options: &'static [&'static str],
    driver: &'static str,
}

const SCRIPTS: &[Script] = &[
    Script { name: "server-side", chart: "shop", options: &[], driver: "secret" },
    Script { name: "client-side", chart: "shop", options: &["--server-side=false"], driver: "secret" },
    Script { name: "configmap", chart: "shop", options: &["--wait"], driver: "configmap" },
];

/// What is done in turns; CHART and OPTIONS stand for those of the script.
const STEPS: &[&str] = &[
    "install r CHART OPTIONS --set message=one",
    "status r",
    "upgrade r CHART OPTIONS --set message=two,extra=true",
    "history r",
    "upgrade r CHART OPTIONS --reuse-values --set replicas=2",
    "get values r",
    "rollback r 1",
    "get all r",
    "list",
    "upgrade r CHART --server-side=true --force-conflicts --set message=four",
    "get manifest r --revision 2",
    "get hooks r",
    "get notes r",
    "get metadata r",
    "test r --logs",
    "history r -o yaml",
    "upgrade r CHART --set hookFate=failed",
    "status r",
    "rollback r",
    "history r --max 3",
    "uninstall r --keep-history",
    "status r",
    "list -o json",
    "rollback r 4",
    "uninstall r",
    "history r",
];

/// What a step gave.
struct Outcome {
    text: String,
    objects: State,
    records: State,
}

/// Runs all scripts with all pairs.
pub(super) fn run(stand: &Stand, depth: Depth) -> anyhow::Result<()> {
    let mut problems = 0;
    for script in SCRIPTS.iter().take(if depth == Depth::Quick { 2 } else { SCRIPTS.len() }) {
        let expected = play(stand, script, Who::Helm, Who::Helm)?;
        for (first, second) in [(Who::Corten, Who::Corten), (Who::Helm, Who::Corten), (Who::Corten, Who::Helm)] {
            let outcomes = play(stand, script, first, second)?;
            let found = report(script, first, second, &outcomes, &expected);
            println!("{} {first:?}, {second:?}: {} steps, {found} problems", script.name, outcomes.len());
            problems += found;
        }
    }
    anyhow::ensure!(problems == 0, "{problems} problems");
    Ok(())
}

fn play(stand: &Stand, script: &Script, first: Who, second: Who) -> anyhow::Result<Vec<Outcome>> {
    let namespace = stand.namespace("interop")?;
    let chart = Stand::chart(script.chart);
    let mut outcomes = Vec::new();
    for (number, step) in STEPS.iter().enumerate() {
        let who = if number % 2 == 0 { first } else { second };
        let mut arguments: Vec<&str> = Vec::new();
        for word in step.split(' ') {
            match word {
                "CHART" => arguments.push(&chart),
                "OPTIONS" => arguments.extend(script.options),
                word => arguments.push(word),
            }
        }
        let output = stand.command(who, &namespace, &arguments).env("HELM_DRIVER", script.driver).output()?;
        let text = format!(
            "exit {}\n{}{}",
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        outcomes.push(Outcome {
            text: texts::settled(&text, &namespace),
            objects: objects::objects(stand, &namespace),
            records: objects::records(stand, &namespace)?,
        });
    }
    Ok(outcomes)
}

fn report(script: &Script, first: Who, second: Who, outcomes: &[Outcome], expected: &[Outcome]) -> usize {
    let mut problems = 0;
    for ((step, ours), theirs) in STEPS.iter().zip(outcomes).zip(expected) {
        let mut lines = Vec::new();
        if ours.text != theirs.text {
            lines.push(format!("text:\n{}", texts::difference(&ours.text, &theirs.text)));
        }
        lines.extend(objects::differences(&ours.objects, &theirs.objects));
        lines.extend(objects::differences(&ours.records, &theirs.records));
        if !lines.is_empty() {
            problems += 1;
            println!("{} {first:?}, {second:?}: {step}", script.name);
            for line in lines.iter().take(8) {
                println!("  {line}");
            }
        }
    }
    problems
}
