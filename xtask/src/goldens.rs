//! `cargo xtask goldens`: runs the real Helm on every case of `tests/render` and writes what it says.
//!
//! A case is a folder with a `case.toml`: `arguments` (behind `template`, in the folder
//! `tests/charts`) and `origin`. Only this task writes goldens of origin `helm 4.2.4`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::workspace::root;

/// Writes the goldens of all cases, or of those whose folder contains the argument.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let filter = arguments.first().map_or("", String::as_str);
    let helm = crate::tools::helm(crate::tools::HELM)?;
    let mut changed = 0;
    for folder in case_folders()? {
        if !folder.to_string_lossy().contains(filter) {
            continue;
        }
        changed += usize::from(write_golden(&helm, &folder)?);
    }
    println!("{changed} goldens changed");
    Ok(())
}

fn case_folders() -> anyhow::Result<Vec<PathBuf>> {
    let files = crate::workspace::tracked("tests/render")?;
    let mut folders: Vec<PathBuf> = files
        .iter()
        .filter(|file| file.ends_with("/case.toml"))
        .filter_map(|file| root().join(file).parent().map(Path::to_path_buf))
        .collect();
    folders.sort();
    Ok(folders)
}

fn write_golden(helm: &Path, folder: &Path) -> anyhow::Result<bool> {
    let file = folder.join("case.toml");
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let case: toml::Table = text.parse().with_context(|| format!("{} is not TOML", file.display()))?;
    if case.get("origin").and_then(toml::Value::as_str) != Some("helm 4.2.4") {
        return Ok(false);
    }
    let Some(arguments) = case.get("arguments").and_then(toml::Value::as_array) else {
        bail!("{} has no arguments", file.display());
    };
    let output = Command::new(helm)
        .arg("template")
        .args(arguments.iter().filter_map(toml::Value::as_str))
        .current_dir(root().join("tests/charts"))
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("TZ", "UTC")
        .output()
        .with_context(|| format!("cannot run {}", helm.display()))?;
    let (name, other, bytes) = if output.status.success() {
        ("golden.yaml", "error.txt", output.stdout)
    } else {
        ("error.txt", "golden.yaml", output.stderr)
    };
    if folder.join(other).exists() {
        std::fs::remove_file(folder.join(other)).context("cannot remove the old golden")?;
    }
    let is_new = std::fs::read(folder.join(name)).ok().is_none_or(|old| old != bytes);
    if is_new {
        std::fs::write(folder.join(name), bytes).with_context(|| format!("cannot write into {}", folder.display()))?;
        println!("wrote {}", folder.join(name).display());
    }
    Ok(is_new)
}
