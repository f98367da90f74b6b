//! The folder is the layer: checks that every arrow between crates is one that is drawn.

use anyhow::{Context as _, bail};
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// The layers from the bottom up, with the layers that each may use besides what `SIDEWAYS` lists.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("lang", &["base"]),
    ("model", &["base", "lang"]),
    ("adapter", &["base", "lang", "model"]),
    ("service", &["base", "lang", "model"]),
    ("front", &["base", "lang", "model", "adapter", "service"]),
];

/// The arrows inside a layer.
const SIDEWAYS: &[(&str, &[&str])] = &[
    ("corten-diag", &["corten-value"]),
    ("corten-yaml", &["corten-gostd"]),
    ("corten-gotmpl", &["corten-gostd"]),
    ("corten-sprig", &["corten-gotmpl", "corten-yaml", "corten-gostd"]),
    ("corten-render", &["corten-chart"]),
    ("corten-release", &["corten-render", "corten-chart"]),
    ("corten", &["corten-gateway", "corten-api"]),
];

/// What no crate below the adapters may use.
const IMPURE: &[&str] = &[
    "tokio",
    "reqwest",
    "kube",
    "rand",
    "rusqlite",
    "axum",
    "clap",
    "aws-lc-rs",
    "getrandom",
    "sqlx",
    "redis",
    "hyper",
];

/// Prints what is wrong and fails when anything is.
pub(crate) fn run() -> anyhow::Result<()> {
    let problems = problems()?;
    if problems.is_empty() {
        return Ok(());
    }
    bail!("{} arrows are not drawn in ARCHITECTURE.md:\n  {}", problems.len(), problems.join("\n  "))
}

fn problems() -> anyhow::Result<Vec<String>> {
    let metadata = MetadataCommand::new()
        .current_dir(crate::workspace::root())
        .no_deps()
        .exec()
        .context("cannot read cargo metadata")?;
    let packages = &metadata.packages;
    Ok(packages.iter().flat_map(|package| package_problems(package, packages)).collect())
}

fn package_problems(package: &Package, packages: &[Package]) -> Vec<String> {
    let Some((_, below)) = LAYERS.iter().find(|(layer, _)| layer_of(package) == Some(layer)) else {
        return Vec::new();
    };
    let sideways = SIDEWAYS.iter().find(|(name, _)| package.name == *name).map_or(&[][..], |(_, arrows)| arrows);
    let is_pure = matches!(layer_of(package), Some("base" | "lang" | "model"));
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
    normal
        .filter(|dependency| match packages.iter().find(|other| other.name == dependency.name) {
            Some(other) => {
                !layer_of(other).is_some_and(|layer| below.contains(&layer))
                    && !sideways.contains(&dependency.name.as_str())
            }
            None => is_pure && IMPURE.contains(&dependency.name.as_str()),
        })
        .map(|dependency| format!("{} -> {}", package.name, dependency.name))
        .collect()
}

/// The folder between `crates/` and the crate.
fn layer_of(package: &Package) -> Option<&str> {
    let folder = package.manifest_path.parent()?.parent()?;
    (folder.parent()?.file_name()? == "crates").then(|| folder.file_name()).flatten()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_arrow_between_crates_is_drawn() {
        assert_eq!(super::problems().unwrap(), [""; 0]);
    }
}
