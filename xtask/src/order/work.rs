//! What is watched: the jobs as users run them.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::cluster::{ControlPlane, Life};

/// The chart of the README.
const CHART: &str = "examples/charts/storefront";

/// Every so many charts of the corpus one is rendered: the functions that charts call are soon the same.
const EVERY: usize = 9;

/// Charts alone.
pub(super) fn templates(program: &Path) -> anyhow::Result<()> {
    let commands: &[&[&str]] = &[
        &["version"],
        &["template", "--help"],
        &["template", "demo", CHART],
        &["template", "demo", CHART, "--set", "web.replicas=3", "--output-dir", "target/order/output"],
        &["lint", CHART],
        &["show", "values", CHART],
        &["show", "all", CHART],
        &["dependency", "list", CHART],
        &["env"],
    ];
    for command in commands {
        must(program, command, None)?;
    }
    for chart in crate::bench::corpus_charts()?.into_iter().step_by(EVERY) {
        start(program, &["template", "demo", &chart.folder.join(&chart.path).display().to_string()], None)?;
    }
    Ok(())
}

/// Releases from the first install to the end.
pub(super) fn releases(program: &Path, folder: &Path) -> anyhow::Result<()> {
    let plane = ControlPlane::start(&folder.join("cluster"), Life::Bound)?;
    let config = plane.kubeconfig();
    let commands: &[&[&str]] = &[
        &["install", "demo", CHART],
        &["status", "demo"],
        &["upgrade", "demo", CHART, "--set", "web.replicas=3"],
        &["upgrade", "demo", CHART, "--reuse-values"],
        &["list"],
        &["list", "--all-namespaces", "--output", "json"],
        &["history", "demo"],
        &["get", "manifest", "demo"],
        &["get", "all", "demo"],
        &["diff", "upgrade", "demo", CHART],
        &["plan", "demo", CHART],
        &["rollback", "demo", "1"],
        &["upgrade", "--install", "demo", CHART, "--wait", "--timeout", "30s"],
        &["template", "demo", CHART, "--validate"],
        &["install", "again", CHART, "--server-side=false", "--namespace", "other", "--create-namespace"],
        &["upgrade", "again", CHART, "--server-side=false", "--namespace", "other", "--set", "web.replicas=3"],
        &["uninstall", "again", "--namespace", "other", "--wait"],
        &["uninstall", "demo"],
    ];
    for command in commands {
        start(program, command, Some(&config))?;
    }
    start(program, &["status", "demo"], Some(&config))
}

/// Clients of both eras, calls of many, tokens and policies.
pub(super) fn gateway(program: &Path) -> anyhow::Result<()> {
    let this = std::env::current_exe().context("cannot find this program")?;
    let checks = ["server", "callers", "tokens", "tasks"].map(|name| ["--only", name]).concat();
    let status = Command::new(this)
        .args(["e2e", "gateway"])
        .args(checks)
        .env("CORTEN", program)
        .current_dir(crate::workspace::root())
        .status()
        .context("cannot start the gateway's checks")?;
    if !status.success() {
        // Under valgrind everything is fifty times slower, and some checks have deadlines.
        eprintln!("a check of the gateway failed under valgrind; its functions are seen all the same");
    }
    Ok(())
}

/// Runs a command that has to succeed.
fn must(program: &Path, arguments: &[&str], config: Option<&Path>) -> anyhow::Result<()> {
    if !run(program, arguments, config)? {
        bail!("`corten {}` failed", arguments.join(" "));
    }
    Ok(())
}

/// Runs a command that may fail.
fn start(program: &Path, arguments: &[&str], config: Option<&Path>) -> anyhow::Result<()> {
    if !run(program, arguments, config)? {
        eprintln!("(`corten {}` failed)", arguments.join(" "));
    }
    Ok(())
}

fn run(program: &Path, arguments: &[&str], config: Option<&Path>) -> anyhow::Result<bool> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(crate::workspace::root()).stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null());
    if let Some(config) = config {
        command.env("KUBECONFIG", config);
    }
    Ok(command.status().with_context(|| format!("cannot start {}", program.display()))?.success())
}
