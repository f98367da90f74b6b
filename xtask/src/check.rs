//! Everything that CI runs, in the order of how fast it fails.

use std::path::Path;

use crate::workspace::{self, root};

/// Runs all checks, then parity on the corpus where it stands beside the repository; the first
/// failure ends it.
pub(crate) fn run() -> anyhow::Result<()> {
    cargo_checks()?;
    crate::link::run()?;
    let parity = root().join("../shared/tools/parity");
    if !parity.exists() {
        eprintln!("no corpus beside the repository: parity is not checked");
        return Ok(());
    }
    let floor = workspace::read(".ci/parity-floor")?;
    let binary = crate::link::target().join("release/helm");
    workspace::run(&text(&parity), &[&text(&binary), "--floor", floor.trim()])
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
