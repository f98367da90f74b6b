//! Killed after every API call in turn, then the same command again: always converges.
//!
//! The proxy forwards the request with a given number and never answers it; then the process is
//! killed. After the second run the objects have to be those of a run that nobody disturbed, the
//! last record has to be what such a run leaves, and Helm has to read the history.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::Depth;
use super::objects::{self, State};
use super::stand::{Stand, Who};

/// What is disturbed: name, what was there before, the command, and Helm's answer to the command
/// when it had been through already.
struct Case {
    name: &'static str,
    before: &'static [&'static str],
    command: &'static str,
    done_already: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: "install",
        before: &[],
        command: "install r CHART --set message=one,widget=false",
        done_already: "cannot reuse a name that is still in use",
    },
    Case {
        name: "upgrade",
        before: &["install r CHART --set message=one,widget=false"],
        command: "upgrade r CHART --set message=two,widget=false,extra=true",
        done_already: "",
    },
    Case {
        name: "rollback",
        before: &[
            "install r CHART --set message=one,widget=false",
            "upgrade r CHART --set message=two,widget=false,extra=true",
        ],
        command: "rollback r 1",
        done_already: "",
    },
    Case {
        name: "uninstall",
        before: &["install r CHART --set message=one,widget=false"],
        command: "uninstall r",
        done_already: "not found",
    },
];

/// Runs all cases.
pub(super) fn run(stand: &Stand, depth: Depth) -> anyhow::Result<()> {
    // In a hurry every third call is enough to see that the way is safe.
    let stride = if depth == Depth::Quick { 5 } else { 1 };
    let mut problems = 0;
    for case in CASES {
        let (expected, calls) = undisturbed(stand, case)?;
        let mut number = 1;
        let mut runs = 0;
        let mut failures = 0;
        while number <= calls {
            let lines = disturbed(stand, case, number, &expected)?;
            runs += 1;
            if !lines.is_empty() {
                failures += 1;
                println!("{} killed after call {number}:", case.name);
                for line in lines.iter().take(6) {
                    println!("  {line}");
                }
            }
            number += stride;
        }
        println!("{}: {calls} calls, {runs} runs, {failures} did not converge", case.name);
        problems += failures;
    }
    anyhow::ensure!(problems == 0, "{problems} runs did not converge");
    Ok(())
}

fn words<'a>(step: &'a str, chart: &'a str) -> Vec<&'a str> {
    step.split(' ').map(|word| if word == "CHART" { chart } else { word }).collect()
}

fn prepare(stand: &Stand, case: &Case) -> anyhow::Result<(String, String)> {
    let namespace = stand.namespace("crash")?;
    let chart = Stand::chart("shop");
    for step in case.before {
        stand.succeed(Who::Corten, &namespace, &words(step, &chart))?;
    }
    Ok((namespace, chart))
}

/// The end state of a run that nobody disturbs, and how many calls it makes.
fn undisturbed(stand: &Stand, case: &Case) -> anyhow::Result<(State, usize)> {
    let (namespace, chart) = prepare(stand, case)?;
    stand.proxy.plan("")?;
    let output = stand.proxied(Who::Corten, &namespace, &words(case.command, &chart)).output()?;
    anyhow::ensure!(output.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&output.stderr));
    Ok((objects::objects(stand, &namespace), stand.proxy.stats()?.count))
}

fn disturbed(stand: &Stand, case: &Case, number: usize, expected: &State) -> anyhow::Result<Vec<String>> {
    const PATIENCE: Duration = Duration::from_mins(1);
    let (namespace, chart) = prepare(stand, case)?;
    let arguments = words(case.command, &chart);
    stand.proxy.plan(&format!("action=hang&at={number}"))?;
    let mut process = stand
        .proxied(Who::Corten, &namespace, &arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start")?;
    let started = Instant::now();
    while !stand.proxy.stats()?.is_hanging
        && process.try_wait().context("cannot wait")?.is_none()
        && started.elapsed() < PATIENCE
    {
        std::thread::sleep(Duration::from_millis(10));
    }
    // It may have come to its end.
    drop(process.kill());
    process.wait().context("cannot wait")?;
    stand.proxy.plan("")?;
    let again = stand.run(Who::Corten, &namespace, &arguments)?;
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    let mut lines = Vec::new();
    let is_done = !case.done_already.is_empty() && said.contains(case.done_already);
    if !again.status.success() && !is_done {
        lines.push(format!("the second run failed: {}", said.trim()));
    }
    lines.extend(objects::differences(&objects::objects(stand, &namespace), expected));
    let history = stand.run(Who::Helm, &namespace, &["history", "r"])?;
    let text = String::from_utf8_lossy(&history.stdout).into_owned();
    let last = text.lines().last().unwrap_or_default();
    if case.name == "uninstall" {
        if history.status.success() {
            lines.push(format!("a history is left: {last}"));
        }
    } else if !history.status.success() || !last.contains("deployed") || text.contains("pending") {
        lines.push(format!("helm history: {text}{}", String::from_utf8_lossy(&history.stderr)));
    }
    Ok(lines)
}
