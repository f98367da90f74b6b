//! `target/release/helm`: the binary under the name that scripts and judges call.

use std::path::Path;

use anyhow::Context as _;

/// Builds the release and puts a link named `helm` beside it.
pub(crate) fn run() -> anyhow::Result<()> {
    crate::workspace::run("cargo", &["build", "--release", "--package", "corten"])?;
    let folder = target().join("release");
    let (binary, link) =
        (format!("corten{}", std::env::consts::EXE_SUFFIX), format!("helm{}", std::env::consts::EXE_SUFFIX));
    let path = folder.join(&link);
    if path.symlink_metadata().is_ok() {
        std::fs::remove_file(&path).with_context(|| format!("cannot replace {}", path.display()))?;
    }
    make_link(Path::new(&binary), &path, &folder)
}

/// The target folder, wherever cargo was told to put it.
pub(crate) fn target() -> std::path::PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::workspace::root().join("target"), Into::into)
}

#[cfg(unix)]
fn make_link(binary: &Path, link: &Path, _: &Path) -> anyhow::Result<()> {
    std::os::unix::fs::symlink(binary, link).with_context(|| format!("cannot link {}", link.display()))
}

#[cfg(not(unix))]
fn make_link(binary: &Path, link: &Path, folder: &Path) -> anyhow::Result<()> {
    std::fs::hard_link(folder.join(binary), link).with_context(|| format!("cannot link {}", link.display()))
}
