//! `cargo xtask order`: the order of functions in the release binary, as its users run it.
//!
//! The kernel maps a program in pieces of 64 KiB and more. A run of `template` needs 1.5 MB of the 35 MB of code; spread
//! over the whole file they cost it 8 MB of memory. So the functions that real runs call stand together at the front,
//! those of the three jobs beside each other: a linker script that `crates/front/cli/build.rs` hands to the linker.
//! Wildcards stand for hashes, so that the script outlives changes of the code; what it does not name keeps its place.
//!
//! Needs valgrind (every function that is called is seen, however briefly), Go for the control plane and Node for the
//! conformance suite, and takes a quarter of an hour. Nothing breaks when the script is old: memory grows slowly.

mod script;
mod work;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The script, in the repository.
const SCRIPT: &str = "crates/front/cli/link-order.ld";

/// A job of the binary, whose functions stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Job {
    /// Charts alone.
    Template,
    /// Releases on a cluster.
    Release,
    /// The gateway.
    Gateway,
}

impl Job {
    /// All, in the order of the script.
    pub(crate) const ALL: [Self; 3] = [Self::Template, Self::Release, Self::Gateway];

    /// How its files are called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Release => "release",
            Self::Gateway => "gateway",
        }
    }
}

/// Builds with names, watches the jobs, writes the script. `--again` writes it from what was seen the last time.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let folder = crate::link::target().join("order");
    if !arguments.iter().any(|argument| argument == "--again") {
        watch(&folder)?;
    }
    let text = script::write(&folder)?;
    let path = crate::workspace::root().join(SCRIPT);
    std::fs::write(&path, text).with_context(|| format!("cannot write {SCRIPT}"))?;
    println!("{SCRIPT} is written; build the release again");
    Ok(())
}

/// Fills the folder with the map of the binary and the functions that were called.
fn watch(folder: &Path) -> anyhow::Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        bail!("watching functions needs valgrind; install it (`apt-get install valgrind`) and run again");
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let folder = folder.canonicalize().context("cannot find the folder of this task")?;
    let binary = build(&folder)?;
    for job in Job::ALL {
        let watched = wrapper(&folder, &binary, job)?;
        match job {
            Job::Template => work::templates(&watched)?,
            Job::Release => work::releases(&watched, &folder)?,
            Job::Gateway => work::gateway(&watched)?,
        }
    }
    Ok(())
}

/// The release with its names, and the map of its sections beside it.
fn build(folder: &Path) -> anyhow::Result<PathBuf> {
    let map = format!("link-arg=-Wl,-Map={}", folder.join("map").display());
    let arguments =
        ["rustc", "--release", "--package", "corten", "--bin", "corten", "--", "-C", "strip=none", "-C", &map];
    crate::workspace::run("cargo", &arguments)?;
    let binary = folder.join("corten");
    std::fs::copy(crate::link::target().join("release").join("corten"), &binary).context("cannot copy the binary")?;
    Ok(binary)
}

/// A program that is the binary, watched.
fn wrapper(folder: &Path, binary: &Path, job: Job) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;

    let path = folder.join(format!("{}.sh", job.name()));
    let calls = folder.join(format!("{}.%p.calls", job.name()));
    let text = format!(
        "#!/bin/sh\nexec valgrind -q --log-file=/dev/null --tool=callgrind --demangle=no \\\n  \
         --callgrind-out-file='{}' '{}' \"$@\"\n",
        calls.display(),
        binary.display()
    );
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).context("cannot make it a program")?;
    Ok(path)
}
