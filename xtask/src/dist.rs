//! `cargo xtask dist`: the release archive: stripped binary, completions, man pages, checksums.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

/// Builds `target/dist/corten-VERSION-TARGET.tar.gz` and its checksum.
pub(crate) fn run() -> anyhow::Result<()> {
    crate::link::run()?;
    let target = crate::link::target();
    let binary = target.join("release").join(format!("corten{}", std::env::consts::EXE_SUFFIX));
    let name = format!("corten-{}-{}-{}", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    let folder = target.join("dist").join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot clear the old archive folder")?;
    }
    for part in ["bin", "completions", "man"] {
        fs::create_dir_all(folder.join(part)).context("cannot make the archive folder")?;
    }
    fs::copy(&binary, folder.join("bin").join(format!("corten{}", std::env::consts::EXE_SUFFIX)))
        .context("cannot copy the binary")?;
    for (shell, file) in
        [("bash", "corten.bash"), ("zsh", "_corten"), ("fish", "corten.fish"), ("powershell", "corten.ps1")]
    {
        let script = output(&binary, &["completion", shell])?;
        fs::write(folder.join("completions").join(file), script).context("cannot write a completion")?;
    }
    output(&binary, &["docs", "--type", "man", "--dir", &folder.join("man").to_string_lossy()])?;
    for file in ["LICENSE", "NOTICE", "README.md", "CHANGELOG.md"] {
        fs::copy(crate::workspace::root().join(file), folder.join(file))
            .with_context(|| format!("cannot copy {file}"))?;
    }
    checksums(&folder)?;
    let archive = format!("{name}.tar.gz");
    let status = Command::new("tar")
        .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "-czf", &archive, &name])
        .current_dir(target.join("dist"))
        .status()
        .context("cannot start tar")?;
    if !status.success() {
        bail!("tar failed");
    }
    println!("{}", target.join("dist").join(archive).display());
    Ok(())
}

fn output(binary: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let output = Command::new(binary).args(arguments).output().context("cannot run the new binary")?;
    if !output.status.success() {
        bail!("corten {} failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout)
}

/// `SHA256SUMS` over every file of the archive.
fn checksums(folder: &Path) -> anyhow::Result<()> {
    let mut files = Vec::new();
    collect(folder, folder, &mut files)?;
    files.sort();
    let mut text = String::new();
    for file in files {
        let bytes = fs::read(folder.join(&file)).with_context(|| format!("cannot read {file}"))?;
        text.extend([&sha256(&bytes), "  ", &file, "\n"]);
    }
    fs::write(folder.join("SHA256SUMS"), text).context("cannot write SHA256SUMS")
}

/// A checksum in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(bytes))
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).context("cannot list the archive folder")? {
        let path = entry.context("cannot list the archive folder")?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(relative) = path.strip_prefix(root) {
            files.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}
