//! The installed plugins, as far as completion names them.

use std::fs;

use crate::paths;
use corten_gostd::semver::Version;
use corten_value::Value;

use crate::settings::Settings;

/// The command plugins not yet named on the command line, each with its description.
pub(crate) fn candidates(settings: &Settings, given: &[String]) -> Vec<String> {
    let plugins = installed(settings);
    let commands = plugins.iter().filter_map(command_plugin).filter(|(name, _)| !given.contains(name));
    commands.map(|(name, help)| format!("{name}\t{help}")).collect()
}

/// Whether a post-renderer of that name is installed.
pub(crate) fn has_post_renderer(settings: &Settings, name: &str) -> bool {
    let is = |metadata: &Value, key: &str, text: &str| metadata.get(key).and_then(Value::as_str) == Some(text);
    installed(settings).iter().any(|metadata| is(metadata, "name", name) && is(metadata, "type", "postrenderer/v1"))
}

/// The plugin.yaml of every installed plugin.
fn installed(settings: &Settings) -> Vec<Value> {
    let mut found = Vec::new();
    for folder in settings.plugins.split(':').filter(|folder| !folder.is_empty()) {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        for name in names {
            let file = paths::join(&[folder, &name, "plugin.yaml"]);
            found.extend(fs::read(file).ok().and_then(|content| corten_yaml::decode(&content).ok()));
        }
    }
    found
}

/// Name and short help of a plugin that adds a command; those of Helm 3 have neither type nor API version.
/// Plugins that Helm would refuse to load count as not installed.
fn command_plugin(metadata: &Value) -> Option<(String, String)> {
    let text = |path: &str| metadata.at(path).and_then(Value::as_str).unwrap_or_default();
    let name = text("name").to_owned();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let version = text("version");
    let is_version = Version::parse_strict(version).is_ok() || version.is_empty() && text("apiVersion").is_empty();
    if !is_name || !is_version {
        return None;
    }
    match text("apiVersion") {
        "" if metadata.get("downloaders").is_none() => Some((name, text("usage").to_owned())),
        "v1" if text("type") == "cli/v1" => Some((name, text("config.shortHelp").to_owned())),
        _ => None,
    }
}
