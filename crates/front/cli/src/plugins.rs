//! The installed plugins: what they are called, what they do and which command they run.
//!
//! A plugin is a folder with a `plugin.yaml` below one of the folders of `HELM_PLUGINS`. Folders that do
//! not hold a usable plugin are passed over with a warning. Go: internal/plugin.

pub(crate) mod completion;
mod metadata;
mod process;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::paths;
use crate::settings::Settings;

pub(crate) use process::{Problem, exit_problem, prepare, run_with_input, start_error};

/// One plugin.
#[derive(Clone, Debug)]
pub(crate) struct Plugin {
    /// Its folder.
    pub(crate) dir: String,
    /// The name that it goes by.
    pub(crate) name: String,
    /// What it adds: `cli/v1`, `getter/v1`, `postrenderer/v1` or `test/v1`.
    pub(crate) kind: String,
    /// How it is run: `subprocess` or `extism/v1`.
    pub(crate) runtime: String,
    /// The use line of its command, its short and its long help.
    pub(crate) help: Help,
    /// Whether its command is called without arguments.
    pub(crate) ignores_flags: bool,
    /// The commands to run, by platform.
    pub(crate) commands: Vec<PlatformCommand>,
    /// Commands of their own for some protocols (plugins of Helm 3 that download).
    pub(crate) protocols: BTreeMap<String, Vec<PlatformCommand>>,
}

/// What help shows of a command plugin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Help {
    pub(crate) usage: String,
    pub(crate) short: String,
    pub(crate) long: String,
}

/// A command for one operating system and architecture, or for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlatformCommand {
    pub(crate) os: String,
    pub(crate) arch: String,
    pub(crate) command: String,
    pub(crate) arguments: Vec<String>,
}

/// Every plugin that could be read, and what is to be said about the others.
#[derive(Debug, Default)]
pub(crate) struct Installed {
    pub(crate) plugins: Vec<Plugin>,
    /// The `plugin.yaml` of a folder that is passed over, with the reason.
    pub(crate) refused: Vec<(String, String)>,
    /// Two plugins of one name in one folder: then none count.
    pub(crate) clash: Option<String>,
}

/// Reads the folders of `HELM_PLUGINS`.
pub(crate) fn installed(settings: &Settings) -> Installed {
    let mut found = Installed::default();
    for folder in settings.plugins.split(':').filter(|folder| !folder.is_empty()) {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        let mut names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        let first = found.plugins.len();
        for name in names {
            let dir = paths::join(&[folder, &name]);
            let file = paths::join(&[&dir, "plugin.yaml"]);
            let content = match fs::read(&file) {
                Ok(content) => content,
                Err(error) if !Path::new(&file).exists() => {
                    drop(error);
                    continue;
                }
                Err(error) => {
                    let cause = corten_host::path_error("open", Path::new(&file), &error);
                    found.refused.push((file.clone(), format!("failed to read plugin at \"{file}\": {cause}")));
                    continue;
                }
            };
            match metadata::read(&dir, &content) {
                Ok(plugin) => found.plugins.push(plugin),
                Err(cause) => found.refused.push((file, format!("failed to load plugin \"{dir}\": {cause}"))),
            }
        }
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for plugin in found.plugins.iter().skip(first) {
            if let Some(other) = seen.insert(&plugin.name, &plugin.dir) {
                found.clash = Some(format!(
                    "two plugins claim the name \"{}\" at \"{other}\" and \"{}\"",
                    plugin.name, plugin.dir
                ));
                return found;
            }
        }
    }
    found
}

/// The first plugin of a kind and name. Go: plugin.FindPlugin.
pub(crate) fn find(settings: &Settings, name: &str, kind: &str) -> Result<Plugin, String> {
    let installed = installed(settings);
    if let Some(clash) = installed.clash {
        return Err(clash);
    }
    let mut plugins = installed.plugins.into_iter();
    plugins
        .find(|plugin| plugin.name == name && plugin.kind == kind)
        .ok_or_else(|| format!("plugin: {{Name:{name} Type:{kind}}} not found"))
}

/// The plugin that fetches URLs of a scheme.
pub(crate) fn getter(settings: &Settings, scheme: &str) -> Option<Plugin> {
    let plugins = installed(settings).plugins.into_iter();
    plugins.filter(|plugin| plugin.kind == "getter/v1").find(|plugin| plugin.protocols.contains_key(scheme))
}

/// The command plugins not yet named on the command line, each with its description.
pub(crate) fn candidates(settings: &Settings, given: &[String]) -> Vec<String> {
    let plugins = installed(settings).plugins.into_iter();
    let commands = plugins.filter(|plugin| plugin.kind == "cli/v1" && !given.contains(&plugin.name));
    commands.map(|plugin| format!("{}\t{}", plugin.name, plugin.help.short)).collect()
}
