//! The programs of the control plane: found, or built once by Go.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

const KUBERNETES: &str = "v1.36.1";
const KWOK: &str = "v0.8.0";
const NAMES: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// Where the programs are.
pub(crate) struct Parts {
    control_plane: Programs,
    kwok: PathBuf,
}

enum Programs {
    /// One binary that is told what to be.
    One(PathBuf),
    /// A folder with one binary each.
    Folder(PathBuf),
}

impl Parts {
    /// Finds all programs, building what is missing.
    pub(crate) fn find() -> anyhow::Result<Self> {
        Ok(Self { control_plane: control_plane()?, kwok: kwok()? })
    }

    /// A command for a part of the control plane.
    pub(super) fn command(&self, name: &str) -> Command {
        match &self.control_plane {
            Programs::Folder(folder) => Command::new(folder.join(name)),
            Programs::One(binary) => {
                let mut command = Command::new(binary);
                command.arg(name);
                command
            }
        }
    }

    /// Whether the control plane is the version that this repository builds.
    pub(super) fn are_built_here(&self) -> bool {
        matches!(self.control_plane, Programs::One(_))
    }

    /// A command for kwok.
    pub(super) fn kwok(&self) -> Command {
        Command::new(&self.kwok)
    }
}

fn control_plane() -> anyhow::Result<Programs> {
    if let Some(folder) = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from)
        && NAMES.iter().all(|name| folder.join(name).exists())
    {
        return Ok(Programs::Folder(folder));
    }
    let folder = crate::link::target().join("tools").join(format!("testcluster-{KUBERNETES}"));
    let binary = folder.join("testcluster");
    if binary.exists() {
        return Ok(Programs::One(binary));
    }
    println!("building the control plane (four minutes, once)");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let binary = folder.canonicalize().context("cannot find target/tools")?.join("testcluster");
    let numbers: Vec<&str> = KUBERNETES.trim_start_matches('v').split('.').collect();
    let flags = format!(
        "-s -w -X k8s.io/component-base/version.gitVersion={KUBERNETES} \
         -X k8s.io/component-base/version.gitMajor={} -X k8s.io/component-base/version.gitMinor={}",
        numbers[0], numbers[1]
    );
    let mut go = Command::new("go");
    go.args(["build", "-ldflags", &flags, "-o"]).arg(&binary).arg(".").env("CGO_ENABLED", "0");
    build(go.current_dir(crate::workspace::root().join("tools/testcluster")), "the control plane")?;
    Ok(Programs::One(binary))
}

fn kwok() -> anyhow::Result<PathBuf> {
    let folder = crate::link::target().join("tools").join(format!("kwok-{KWOK}"));
    let binary = folder.join("kwok");
    if binary.exists() {
        return Ok(binary);
    }
    println!("building kwok (one minute, once)");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let folder = folder.canonicalize().context("cannot find target/tools")?;
    let mut go = Command::new("go");
    go.arg("install").arg(format!("sigs.k8s.io/kwok/cmd/kwok@{KWOK}")).env("CGO_ENABLED", "0").env("GOBIN", folder);
    build(go.current_dir(std::env::temp_dir()), "kwok")?;
    Ok(binary)
}

fn build(go: &mut Command, what: &str) -> anyhow::Result<()> {
    let status = go.status().context("cannot start go: Go 1.26 or newer is needed")?;
    if !status.success() {
        bail!("go could not build {what}");
    }
    Ok(())
}

/// A path as an argument.
pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
