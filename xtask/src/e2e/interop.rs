//! Helm and Corten take turns on one release: same texts, same objects, same records.
//!
//! A script of commands is run by Helm alone, which gives what is expected after every step; then
//! by every other pair, the two taking turns. With Helm 3, what it and Helm 4 do by turns is expected of it and Corten.

use anyhow::Context as _;

use super::objects::{self, State};
use super::parts::{self, Part};
use super::stand::{Stand, Who};
use super::{Depth, texts};

/// A script: its name, arguments for every install and upgrade, and the steps.
struct Script {
    name: &'static str,
    chart: &'static str,
    options: &'static [&'static str],
    driver: &'static str,
    steps: &'static [&'static str],
}

const SCRIPTS: &[Script] = &[
    Script { name: "server-side", chart: "shop", options: &[], driver: "secret", steps: STEPS },
    Script { name: "client-side", chart: "shop", options: &["--server-side=false"], driver: "secret", steps: STEPS },
    Script { name: "configmap", chart: "shop", options: &["--wait"], driver: "configmap", steps: STEPS },
    Script { name: "sql", chart: "shop", options: &[], driver: "sql", steps: STEPS },
];

/// With Helm 3, which knows no server-side apply.
const OLD: &[Script] = &[
    Script { name: "helm 3", chart: "shop", options: &[], driver: "secret", steps: OLD_STEPS },
    Script { name: "helm 3, configmap", chart: "shop", options: &["--wait"], driver: "configmap", steps: OLD_STEPS },
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

/// The same without what Helm 3 does not know.
const OLD_STEPS: &[&str] = &[
    "install r CHART OPTIONS --set message=one",
    "status r",
    "upgrade r CHART OPTIONS --set message=two,extra=true",
    "history r",
    "upgrade r CHART OPTIONS --reuse-values --set replicas=2",
    "get values r",
    "rollback r 1",
    "get all r",
    "upgrade r CHART OPTIONS --set message=four",
    "get manifest r --revision 2",
    "get hooks r",
    "get notes r",
    "test r --logs",
    "list -o json",
    "upgrade r CHART --set hookFate=failed",
    "status r",
    "rollback r",
    "history r --max 3",
    "uninstall r --keep-history",
    "status r",
    "rollback r 4",
    "history r -o yaml",
    "uninstall r",
    "history r",
];

/// Steps that show what controllers have done so far.
const LOOKS: &[&str] = &["status", "get all"];

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
        let database = if script.driver == "sql" { Some(parts::postgres()?) } else { None };
        let database = database.as_ref();
        let expected = play(stand, script, Turns(Who::Helm, Who::Helm), database)?;
        for (first, second) in [(Who::Corten, Who::Corten), (Who::Helm, Who::Corten), (Who::Corten, Who::Helm)] {
            let outcomes = play(stand, script, Turns(first, second), database)?;
            let found = report(script, first, second, &outcomes, &expected);
            println!("{} {first:?}, {second:?}: {} steps, {found} problems", script.name, outcomes.len());
            problems += found;
        }
    }
    problems += too_large(stand)?;
    if depth == Depth::Full {
        problems += with_old(stand)?;
    }
    anyhow::ensure!(problems == 0, "{problems} problems");
    Ok(())
}

/// Helm 3 first, and Helm 3 second.
fn with_old(stand: &Stand) -> anyhow::Result<usize> {
    crate::tools::helm(crate::tools::HELM_3)?;
    let mut problems = 0;
    for script in OLD {
        for (model, turns) in [
            (Turns(Who::Helm3, Who::Helm), Turns(Who::Helm3, Who::Corten)),
            (Turns(Who::Helm, Who::Helm3), Turns(Who::Corten, Who::Helm3)),
        ] {
            let expected = play(stand, script, model, None)?;
            let outcomes = play(stand, script, turns, None)?;
            let found = report(script, turns.0, turns.1, &outcomes, &expected);
            println!("{} {:?}, {:?}: {} steps, {found} problems", script.name, turns.0, turns.1, outcomes.len());
            problems += found;
        }
    }
    Ok(problems)
}

/// A record beyond what an object may hold: Helm's error; with `--slim` Helm reads what Corten wrote.
fn too_large(stand: &Stand) -> anyhow::Result<usize> {
    let namespace = stand.namespace("large")?;
    let folder = stand.plane.folder().join("charts/too-large");
    std::fs::create_dir_all(folder.join("templates")).context("cannot make a chart")?;
    // What does not compress.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b' ' + u8::try_from(state >> 58).unwrap_or_default()
    })
    .take(1_500_000)
    .collect();
    let map = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let about = b"apiVersion: v2\nname: too-large\nversion: 1.0.0\n";
    for (name, bytes) in [("noise.txt", noise.as_slice()), ("templates/a.yaml", map), ("Chart.yaml", about)] {
        std::fs::write(folder.join(name), bytes).with_context(|| format!("cannot write {name}"))?;
    }
    let chart = folder.to_string_lossy().into_owned();
    let mut problems = Vec::new();
    let errors = |who| -> anyhow::Result<String> {
        let output = stand.run(who, &namespace, &["install", "r", &chart])?;
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (ours, theirs) = (errors(Who::Corten)?, errors(Who::Helm)?);
    if ours != theirs {
        problems.push(format!("{ours}instead of {theirs}"));
    }
    stand.succeed(Who::Corten, &namespace, &["install", "r", &chart, "--slim"])?;
    for command in [&["status", "r"][..], &["get", "all", "r"], &["rollback", "r", "1"], &["uninstall", "r"]] {
        if let Err(error) = stand.succeed(Who::Helm, &namespace, command) {
            problems.push(format!("{error:#}"));
        }
    }
    println!("a record that is too large: {} problems", problems.len());
    for problem in &problems {
        println!("  {problem}");
    }
    Ok(problems.len())
}

/// Who begins, and who goes on.
#[derive(Clone, Copy)]
struct Turns(Who, Who);

fn play(stand: &Stand, script: &Script, turns: Turns, database: Option<&Part>) -> anyhow::Result<Vec<Outcome>> {
    let namespace = stand.namespace("interop")?;
    let chart = Stand::chart(script.chart);
    let mut outcomes = Vec::new();
    for (number, step) in script.steps.iter().enumerate() {
        let who = if number % 2 == 0 { turns.0 } else { turns.1 };
        let mut arguments: Vec<&str> = Vec::new();
        for word in step.split(' ') {
            match word {
                "CHART" => arguments.push(&chart),
                "OPTIONS" => arguments.extend(script.options),
                word => arguments.push(word),
            }
        }
        if LOOKS.iter().any(|look| step.starts_with(look)) {
            stand.settle(&namespace)?;
        }
        let mut command = stand.command(who, &namespace, &arguments);
        command.env("HELM_DRIVER", script.driver);
        if let Some(database) = database {
            let address = format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", database.port);
            command.env("HELM_DRIVER_SQL_CONNECTION_STRING", address);
        }
        let output = command.output()?;
        let text = format!(
            "exit {}\n{}{}",
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        outcomes.push(Outcome {
            text: texts::settled(&text, &namespace),
            objects: objects::objects(stand, &namespace),
            records: match database {
                Some(database) => objects::sql_records(database.port, &namespace)?,
                None => objects::records(stand, &namespace)?,
            },
        });
    }
    Ok(outcomes)
}

fn report(script: &Script, first: Who, second: Who, outcomes: &[Outcome], expected: &[Outcome]) -> usize {
    let mut problems = 0;
    for ((step, ours), theirs) in script.steps.iter().zip(outcomes).zip(expected) {
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
