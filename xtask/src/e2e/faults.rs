//! An API server that is busy, broken, slow or gone for a moment: retried or reported, and the same
//! end state.

use super::Depth;
use super::objects;
use super::stand::{Stand, Who};

/// What goes wrong: name and plan of the proxy.
const FAULTS: &[(&str, &str)] = &[
    ("every third request gets 429", "action=429&every=3"),
    ("every fourth request gets 500", "action=500&every=4"),
    ("every fourth request gets 503", "action=503&every=4"),
    ("every fifth request is dropped", "action=drop&every=5"),
    ("every fifth answer is lost", "action=lost&every=5"),
    ("every patch conflicts once with a quota", "action=409&every=2&methods=PATCH"),
    ("watches are cut", "action=cut&every=1"),
    ("the seventh request is slow", "action=slow&at=7"),
    ("every request is late", "latency=20ms"),
];

const STEPS: &[&str] = &[
    "install r CHART --set message=one --wait --timeout 60s",
    "upgrade r CHART --set message=two,extra=true --wait --timeout 60s",
    "rollback r 1 --wait --timeout 60s",
];

/// Runs every fault.
pub(super) fn run(stand: &Stand, depth: Depth) -> anyhow::Result<()> {
    stand.proxy.plan("")?;
    let (expected, expected_end) = play(stand)?;
    let mut problems = Vec::new();
    for (name, plan) in FAULTS.iter().take(if depth == Depth::Quick { 5 } else { FAULTS.len() }) {
        stand.proxy.plan(plan)?;
        let outcome = play(stand);
        stand.proxy.plan("")?;
        let mut lines = Vec::new();
        match outcome {
            Ok((found, end)) => {
                lines.extend(objects::differences(&found, &expected));
                lines.extend(objects::differences(&end, &expected_end));
            }
            Err(error) => lines.push(format!("{error:#}")),
        }
        println!("{name}: {}", if lines.is_empty() { "the same end state" } else { "DIFFERENT" });
        for line in lines.iter().take(8) {
            println!("  {line}");
        }
        if !lines.is_empty() {
            problems.push(*name);
        }
    }
    anyhow::ensure!(problems.is_empty(), "{}", problems.join("; "));
    Ok(())
}

/// The state after the steps, and after the uninstallation.
fn play(stand: &Stand) -> anyhow::Result<(objects::State, objects::State)> {
    let namespace = stand.namespace("faults")?;
    let chart = Stand::chart("shop");
    let run = |step: &str| {
        let arguments: Vec<&str> =
            step.split(' ').map(|word| if word == "CHART" { chart.as_str() } else { word }).collect();
        let output = stand.proxied(Who::Corten, &namespace, &arguments).output()?;
        anyhow::ensure!(output.status.success(), "{step}: {}", String::from_utf8_lossy(&output.stderr));
        anyhow::Ok(())
    };
    for step in STEPS {
        run(step)?;
    }
    let mut state = objects::objects(stand, &namespace);
    state.extend(objects::records(stand, &namespace)?);
    run("uninstall r --wait")?;
    let mut end = objects::objects(stand, &namespace);
    end.extend(objects::records(stand, &namespace)?);
    Ok((state, end))
}
