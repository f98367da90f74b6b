//! The charts of a corpus that stands beside the repository: archives of public chart folders.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// A chart with its defaults.
pub(crate) struct Chart {
    pub name: String,
    pub folder: PathBuf,
    pub path: String,
}

/// The charts, or none when there is no corpus.
pub(crate) fn charts() -> anyhow::Result<Vec<Chart>> {
    let corpus = crate::workspace::root().join("../shared/corpus");
    let Ok(text) = std::fs::read_to_string(corpus.join("cases.json")) else {
        eprintln!("no corpus beside the repository: its rows are left out");
        return Ok(Vec::new());
    };
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).context("cases.json is not JSON")?;
    let folder = unpack(&corpus.join("charts"))?;
    let mut charts = Vec::new();
    for case in &cases {
        let arguments: Vec<&str> =
            case["args"].as_array().into_iter().flatten().filter_map(|word| word.as_str()).collect();
        let [_, path] = arguments[..] else { continue };
        if case["rc"] == 0 {
            charts.push(Chart { name: path.to_owned(), folder: folder.clone(), path: path.to_owned() });
        }
    }
    charts.dedup_by(|left, right| left.path == right.path);
    Ok(charts)
}

fn unpack(archives: &Path) -> anyhow::Result<PathBuf> {
    let target = crate::link::target().join("corpus");
    if target.join("done").exists() {
        return target.canonicalize().context("no corpus folder");
    }
    std::fs::create_dir_all(&target).context("cannot make the corpus folder")?;
    for entry in std::fs::read_dir(archives).context("cannot list the corpus")? {
        let file = entry.context("cannot list the corpus")?.path();
        let status =
            Command::new("tar").arg("-xzf").arg(&file).arg("-C").arg(&target).status().context("cannot start tar")?;
        if !status.success() {
            bail!("cannot unpack {}", file.display());
        }
    }
    std::fs::write(target.join("done"), "").context("cannot write")?;
    target.canonicalize().context("no corpus folder")
}
