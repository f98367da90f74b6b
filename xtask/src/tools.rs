//! The real Helm, built once from the Go module proxy into `target/tools`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail};

/// A version of Helm: its number and the major part in its module path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HelmVersion {
    pub number: &'static str,
    major: &'static str,
}

/// The Helm that goldens and benchmarks are taken from.
pub(crate) const HELM: HelmVersion = HelmVersion { number: "4.2.4", major: "v4" };

/// The Helm that takes turns with both.
pub(crate) const HELM_3: HelmVersion = HelmVersion { number: "3.21.4", major: "v3" };

/// Where a Helm lies when it is there.
pub(crate) fn path(version: HelmVersion) -> PathBuf {
    let folder = crate::link::target().join("tools").join(format!("helm-{}", version.number));
    folder.join(format!("helm{}", std::env::consts::EXE_SUFFIX))
}

/// The path of a Helm, which is built with Go when it is not there.
pub(crate) fn helm(version: HelmVersion) -> anyhow::Result<PathBuf> {
    let binary = path(version);
    if binary.exists() {
        return Ok(binary);
    }
    let folder = binary.parent().context("no folder for Helm")?.to_owned();
    let HelmVersion { number, major } = version;
    eprintln!("building helm {number} (two minutes, once)");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let folder = folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))?;
    let status = Command::new("go")
        .arg("install")
        .arg(format!("-ldflags=-X helm.sh/helm/{major}/internal/version.version=v{number}"))
        .arg(format!("helm.sh/helm/{major}/cmd/helm@v{number}"))
        .env("GOBIN", &folder)
        .current_dir(std::env::temp_dir())
        .status()
        .context("cannot start go: the real Helm is built with Go 1.26 or newer")?;
    if !status.success() {
        bail!("go install of helm {number} failed");
    }
    Ok(binary)
}
