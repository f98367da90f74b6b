//! The tests of `adapter/cluster` that need an API server.

use anyhow::Context as _;

use super::Depth;
use super::stand::Stand;

/// Runs them.
pub(super) fn run(stand: &Stand, _: Depth) -> anyhow::Result<()> {
    let status = std::process::Command::new("cargo")
        .args(["test", "--quiet", "--package", "corten-cluster", "--test", "real", "--", "--ignored"])
        .env("KUBECONFIG", stand.plane.kubeconfig())
        .current_dir(crate::workspace::root())
        .status()
        .context("cannot start cargo")?;
    anyhow::ensure!(status.success(), "tests failed");
    Ok(())
}
