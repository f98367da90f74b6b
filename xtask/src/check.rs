//! Everything that CI runs, in the order of how fast it fails.

use std::path::Path;

use crate::cluster::{ControlPlane, Life};
use crate::workspace::{self, root};

/// Runs all checks, then parity on the corpus where it stands beside the repository, then the quick suites on a control
/// plane where one can be built; the first failure ends it.
pub(crate) fn run() -> anyhow::Result<()> {
    cargo_checks()?;
    crate::link::run()?;
    let binary = crate::link::target().join("release/helm");
    parity(&binary)?;
    on_a_cluster(&binary)
}

fn parity(binary: &Path) -> anyhow::Result<()> {
    let parity = root().join("../shared/tools/parity");
    if !parity.exists() {
        eprintln!("no corpus beside the repository: parity is not checked");
        return Ok(());
    }
    let floor = workspace::read(".ci/parity-floor")?;
    workspace::run(&text(&parity), &[&text(binary), "--floor", floor.trim()])
}

/// What is run against a real control plane: minutes, not hours.
const SUITES: &[&str] = &["adapter", "interop", "refusals", "kubeconfig"];

/// Go builds the control plane and the Helm that is compared with; a machine without Go or without its module proxy, or
/// where the control plane does not start, cannot run them. A suite that fails is run once more, alone: controllers of a
/// crowded machine are late now and then.
fn on_a_cluster(binary: &Path) -> anyhow::Result<()> {
    let trial = || -> anyhow::Result<()> {
        crate::tools::helm(crate::tools::HELM)?;
        ControlPlane::start(&crate::link::target().join("e2e/cluster"), Life::Bound).map(drop)
    };
    if let Err(error) = trial() {
        eprintln!("no control plane here, so its suites are left out: {error:#}");
        return Ok(());
    }
    let binary = text(binary);
    for suite in SUITES {
        let words = ["--quick", "--binary", &binary, suite].map(str::to_owned);
        crate::e2e::run(&words).or_else(|error| {
            eprintln!("{error:#}; once more");
            crate::e2e::run(&words)
        })?;
    }
    Ok(())
}

fn cargo_checks() -> anyhow::Result<()> {
    workspace::run("cargo", &["fmt", "--all", "--check"])?;
    crate::layers::run()?;
    crate::tidy::run()?;
    crate::codegen::run(true)?;
    workspace::run("cargo", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    workspace::run("cargo", &["doc", "--workspace", "--no-deps", "--quiet"])?;
    workspace::run("cargo", &["test", "--workspace", "--quiet"])
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
