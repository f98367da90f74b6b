//! The configuration of the gateway: its own YAML, and the JSON that editors keep.
//!
//! [`Configuration`] is the file as it is written; texts in it may name secrets as `${env:NAME}` or
//! `${file:PATH}`, which [`secrets`] fills in when it is used. [`read`] tells the dialects apart. Every
//! error carries the place in the file. Nothing here opens a socket or starts a process.

mod editors;
mod gateway;
mod place;
mod secrets;
mod server;
mod units;
mod upstreams;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) use gateway::{Anonymous, Configuration, LogFormat, Names, Policy, Role, Rule, Syncing, Traces};
pub(crate) use place::Wrong;
pub(crate) use secrets::Sources;
pub(crate) use server::Server;
pub(crate) use upstreams::upstream;

/// The name that is looked for in the current folder.
pub(crate) const FILE: &str = "corten.yaml";

/// A configuration and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) configuration: Configuration,
    /// The file, none when there was none.
    pub(crate) file: Option<PathBuf>,
    /// What was taken over with a change, or left out.
    pub(crate) notes: Vec<String>,
    /// What VS Code would ask for, with the defaults of its file.
    pub(crate) inputs: BTreeMap<String, String>,
    /// The text of the file.
    pub(crate) text: String,
}

impl Loaded {
    /// The folder that paths in the file start from.
    pub(crate) fn folder(&self) -> PathBuf {
        let parent = self.file.as_deref().and_then(Path::parent).filter(|parent| !parent.as_os_str().is_empty());
        parent.map_or_else(|| PathBuf::from("."), Path::to_owned)
    }

    /// What is wrong with a part of the file that these keys and numbers lead to, with its place.
    pub(crate) fn wrong(&self, path: &[&str], message: impl Into<String>) -> String {
        let file = self.file.as_deref().unwrap_or(Path::new(FILE)).display().to_string();
        Wrong::at(path, message).shown(&file, &self.text)
    }
}

/// Reads the file that is named, else `corten.yaml` of the current folder, else nothing.
pub(crate) fn load(named: Option<&Path>) -> Result<Loaded, String> {
    let file = match named {
        Some(file) => file.to_owned(),
        None if Path::new(FILE).exists() => PathBuf::from(FILE),
        None => {
            let (configuration, notes, inputs) = Default::default();
            return Ok(Loaded { configuration, file: None, notes, inputs, text: String::new() });
        }
    };
    let shown = file.display();
    let text = std::fs::read_to_string(&file).map_err(|error| format!("cannot read configuration {shown}: {error}"))?;
    let (configuration, notes) = read(&text)
        .map_err(|wrong| format!("configuration {shown} is not valid: {}", wrong.shown(&shown.to_string(), &text)))?;
    Ok(Loaded { configuration, notes, inputs: editors::inputs(&text), file: Some(file.clone()), text })
}

/// Reads a configuration in any of the dialects; the second part says what was changed on the way.
pub(crate) fn read(text: &str) -> Result<(Configuration, Vec<String>), Wrong> {
    if let Some(found) = editors::read(text)? {
        return Ok(found);
    }
    let options = serde_saphyr::options! {};
    let configuration: Option<Configuration> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| Wrong::of(&error))?;
    let configuration = configuration.unwrap_or_default();
    configuration.check()?;
    Ok((configuration, Vec::new()))
}

/// The JSON Schema of the configuration.
pub(crate) fn schema() -> serde_json::Value {
    schemars::schema_for!(Configuration).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minimal_file_is_enough() {
        let text = "listen: 127.0.0.1:8080\nauth: {anonymous: true}\nservers:\n  files: {command: npx, args: [-y, x, .]}\n  \
                    remote: {url: \"http://127.0.0.1:8001/mcp\"}\n";
        let (configuration, notes) = read(text).unwrap();
        assert_eq!(configuration.servers.len(), 2);
        assert!(notes.is_empty() && configuration.auth.anonymous.is_allowed());
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        let (configuration, _) = read("# nothing yet\n").unwrap();
        assert_eq!(configuration.listen, "127.0.0.1:8080");
        assert_eq!(configuration.limits.per_caller, 1000);
    }

    #[test]
    fn an_unknown_field_is_shown_with_its_line() {
        let text = "listen: 127.0.0.1:1\nservers:\n  a:\n    comand: npx\n";
        let error = read(text).unwrap_err().shown("c.yaml", text);
        assert!(error.starts_with("unknown field `comand`, expected one of command, "), "{error}");
        assert!(error.ends_with("\n --> c.yaml:4:5\n  |\n4 |     comand: npx\n  |     ^"), "{error}");
    }

    #[test]
    fn a_server_is_one_thing_only() {
        let error = read("servers:\n  a: {command: npx, url: \"http://h\"}\n").unwrap_err().to_string();
        assert_eq!(error, "server a has both command and url: give one of command, url and openapi");
        let error = read("servers:\n  a: {}\n").unwrap_err().to_string();
        assert_eq!(error, "server a has none of command, url and openapi: give one of them");
    }

    #[test]
    fn the_files_in_docs_are_valid() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/gateway.md");
        let page = std::fs::read_to_string(file).unwrap();
        let blocks: Vec<&str> = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(blocks.len() > 3);
        for text in blocks {
            let found = read(text).map_err(|wrong| wrong.shown("docs/gateway.md", text));
            for policy in found.unwrap().0.policies {
                let text = policy.cedar.unwrap();
                let made = corten_govern::Policy { id: policy.name, description: String::new(), text, disabled: false };
                corten_govern::check_policy(&made).unwrap();
            }
        }
    }

    #[test]
    fn the_schema_in_docs_is_up_to_date() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/corten.schema.json");
        let text = format!("{:#}\n", schema());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(file).unwrap_or_default(), text, "UPDATE=1 writes docs/corten.schema.json");
    }

    #[test]
    fn the_schema_names_every_section() {
        let schema = schema();
        for section in ["listen", "auth", "limits", "servers", "policies"] {
            assert!(schema["properties"].get(section).is_some(), "{section}");
        }
    }
}
