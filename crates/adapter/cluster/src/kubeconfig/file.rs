//! Reading kubeconfig files and merging them: the first file to name something wins.
//!
//! Go: client-go tools/clientcmd/loader.go.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use kube::config::{AuthInfo, Cluster, Context};
use serde::de::DeserializeOwned;

use super::{ConfigError, Environment, KubeFlags, Merged};

/// Reads the file of `--kubeconfig`, or those of `$KUBECONFIG`, or the one in the home folder.
pub(super) fn load(flags: &KubeFlags, environment: Environment<'_>) -> Result<Merged, ConfigError> {
    let mut merged = Merged::default();
    let mut errors = Vec::new();
    for path in paths(flags, environment)? {
        match std::fs::read(&path) {
            Ok(text) => match parse(&text, &path) {
                Ok(next) => merge(&mut merged, next),
                Err(reason) => errors.push(format!("error loading config file \"{}\": {reason}", path.display())),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => errors.push(format!(
                "error loading config file \"{0}\": open {0}: {1}",
                path.display(),
                crate::go_text::io_reason(&error)
            )),
        }
    }
    if errors.is_empty() { Ok(merged) } else { Err(ConfigError(crate::go_text::aggregate(&errors))) }
}

fn paths(flags: &KubeFlags, environment: Environment<'_>) -> Result<Vec<PathBuf>, ConfigError> {
    if !flags.kubeconfig.is_empty() {
        let path = PathBuf::from(&flags.kubeconfig);
        if let Err(error) = std::fs::metadata(&path)
            && error.kind() == std::io::ErrorKind::NotFound
        {
            return Err(ConfigError(format!("stat {}: {}", path.display(), crate::go_text::io_reason(&error))));
        }
        return Ok(vec![path]);
    }
    if let Some(list) = environment("KUBECONFIG").filter(|list| !list.is_empty()) {
        let mut paths: Vec<PathBuf> = Vec::new();
        for path in std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        return Ok(paths);
    }
    let home = environment("HOME").or_else(|| environment("USERPROFILE"));
    Ok(home.into_iter().map(|home| Path::new(&home).join(".kube").join("config")).collect())
}

fn parse(text: &[u8], path: &Path) -> Result<Merged, String> {
    if text.is_empty() {
        return Ok(Merged::default());
    }
    let value = corten_yaml::decode(text).map_err(|error| {
        // Go: clientcmd makes JSON of it without saying so.
        let text = error.to_string();
        text.strip_prefix("error converting YAML to JSON: ").map(str::to_owned).unwrap_or(text)
    })?;
    let json: serde_json::Value =
        serde_json::from_slice(&corten_gostd::json::encode(&value, false)).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut merged = Merged {
        current: json.get("current-context").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
        contexts: named::<Context>(&json, "contexts", "context")?,
        clusters: named::<Cluster>(&json, "clusters", "cluster")?,
        users: named::<AuthInfo>(&json, "users", "user")?,
    };
    for cluster in merged.clusters.values_mut() {
        resolve(folder, &mut cluster.certificate_authority);
    }
    for user in merged.users.values_mut() {
        resolve(folder, &mut user.client_certificate);
        resolve(folder, &mut user.client_key);
        resolve(folder, &mut user.token_file);
        resolve_command(folder, user);
    }
    Ok(merged)
}

fn named<T: DeserializeOwned + Default>(
    json: &serde_json::Value,
    list: &str,
    key: &str,
) -> Result<BTreeMap<String, T>, String> {
    let mut named = BTreeMap::new();
    let entries = json.get(list).and_then(serde_json::Value::as_array);
    for entry in entries.into_iter().flatten() {
        let name = entry.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
        let value = match entry.get(key) {
            None | Some(serde_json::Value::Null) => T::default(),
            Some(value) => T::deserialize(value).map_err(|error| format!("{list} {name:?}: {error}"))?,
        };
        named.entry(name.to_owned()).or_insert(value);
    }
    Ok(named)
}

// Go: ResolveLocalPaths makes file names absolute by the folder of the file that has them.
fn resolve(folder: &Path, file: &mut Option<String>) {
    if let Some(name) = file.as_mut() {
        if name.is_empty() {
            *file = None;
        } else if Path::new(name.as_str()).is_relative() {
            let absolute = folder.join(name.as_str());
            let absolute = std::path::absolute(&absolute).unwrap_or(absolute);
            absolute.to_string_lossy().as_ref().clone_into(name);
        }
    }
}

// A command with a slash is a path beside the file; a bare name is looked up in PATH.
fn resolve_command(folder: &Path, user: &mut AuthInfo) {
    if let Some(command) = user.exec.as_mut().and_then(|exec| exec.command.as_mut())
        && Path::new(command.as_str()).is_relative()
        && command.contains(std::path::MAIN_SEPARATOR)
    {
        let path = joined(folder, Path::new(command.as_str()));
        path.to_string_lossy().as_ref().clone_into(command);
    }
}

/// Go: `filepath.Join`, without `.` and as far as possible without `..`.
fn joined(folder: &Path, name: &Path) -> PathBuf {
    let mut path = folder.to_owned();
    for part in name.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(path.pop()),
            other => path.push(other),
        }
    }
    path
}

fn merge(merged: &mut Merged, next: Merged) {
    if merged.current.is_empty() {
        merged.current = next.current;
    }
    for (name, context) in next.contexts {
        merged.contexts.entry(name).or_insert(context);
    }
    for (name, cluster) in next.clusters {
        merged.clusters.entry(name).or_insert(cluster);
    }
    for (name, user) in next.users {
        merged.users.entry(name).or_insert(user);
    }
}
