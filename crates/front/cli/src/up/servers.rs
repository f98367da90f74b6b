//! The servers of the configuration and those registered over the API, ready to be reached.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use corten_govern::{Origin, Server as Registered};
use corten_mcp::upstream::{Upstream, UpstreamConfig};
use corten_store::Store;
use corten_upstream::Outside;

use super::Options;
use crate::config::{self, Loaded, Server, Sources};

/// Whether child processes are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hosting {
    /// They are.
    Children,
    /// Every server is an address.
    Remote,
}

/// All servers, the file's before those of the API that have the same name.
pub(super) fn all(
    options: &Options,
    loaded: &Loaded,
    store: &Arc<Store>,
    outside: &Arc<Outside>,
) -> Result<Vec<Arc<dyn Upstream>>, String> {
    let mut configs: BTreeMap<Box<str>, UpstreamConfig> = BTreeMap::new();
    for registered in store.live().load().records.servers.iter().filter(|server| server.origin == Origin::Api) {
        match registered_config(&registered.value) {
            Ok(Some(config)) => drop(configs.insert(config.name.clone(), config)),
            Ok(None) => {}
            Err(error) => tracing::error!(server = %registered.value.name, %error, "a registered server is left out"),
        }
    }
    configs.extend(configured(options, loaded)?.into_iter().map(|config| (config.name.clone(), config)));
    configs.into_values().map(|config| connected(loaded, config, outside)).collect()
}

/// The way to a server; nothing is asked or started yet.
pub(super) fn connected(
    loaded: &Loaded,
    config: UpstreamConfig,
    outside: &Arc<Outside>,
) -> Result<Arc<dyn Upstream>, String> {
    let name = config.name.clone();
    let wrong = |error| loaded.wrong(&["servers", &name], format!("server {name} cannot be used: {error}"));
    corten_upstream::connect(config, outside).map_err(wrong)
}

/// The servers of the configuration, their secrets filled in.
pub(super) fn configured(options: &Options, loaded: &Loaded) -> Result<Vec<UpstreamConfig>, String> {
    let folder = loaded.folder();
    let sources = Sources { variables: &*options.variables, folder: &folder, inputs: &loaded.inputs };
    let offered = loaded.configuration.servers.iter().filter(|(_, server)| !server.disabled);
    let made = offered.map(|(name, server)| {
        if options.hosting == Hosting::Remote && server.command.is_some() {
            let text = format!("server {name} is a command, and this gateway runs none: give it a url, or use `up`");
            return Err(loaded.wrong(&["servers", name], text));
        }
        config::upstream(name, server, &sources).map_err(|text| loaded.wrong(&["servers", name], text))
    });
    made.collect()
}

/// A server that somebody registered over the API: an address, with no say over this machine and its secrets.
pub(super) fn registered_config(registered: &Registered) -> Result<Option<UpstreamConfig>, String> {
    if registered.disabled {
        return Ok(None);
    }
    let settings = serde_json::Value::Object(registered.settings.clone());
    let server: Server = serde_json::from_value(settings).map_err(|error| error.to_string())?;
    if server.command.is_some() {
        return Err("a command can only be given in the operator's own file".to_owned());
    }
    if server
        .openapi
        .as_deref()
        .is_some_and(|document| !document.starts_with("https://") && !document.starts_with("http://"))
    {
        return Err("an OpenAPI document has to be at a URL".to_owned());
    }
    server.check(&registered.name)?;
    let nothing = |_: &str| None;
    let inputs = BTreeMap::new();
    let sources = Sources { variables: &nothing, folder: Path::new(""), inputs: &inputs };
    if registered.settings.values().any(names_a_file) {
        return Err("secrets from files can only be named in the operator's own file".to_owned());
    }
    let mut config = config::upstream(&registered.name, &server, &sources)?;
    config.is_untrusted = true;
    // Whether such addresses are open is the operator's word, not the registrant's.
    config.allow_private = false;
    Ok(Some(config))
}

fn names_a_file(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains("${file:"),
        serde_json::Value::Array(items) => items.iter().any(names_a_file),
        serde_json::Value::Object(members) => members.values().any(names_a_file),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn registered(settings: serde_json::Value) -> Result<Option<UpstreamConfig>, String> {
        let serde_json::Value::Object(settings) = settings else { panic!("an object") };
        registered_config(&Registered { name: "a".to_owned(), description: String::new(), disabled: false, settings })
    }

    #[test]
    fn what_is_registered_gets_no_commands_and_no_secrets() {
        assert!(registered(json!({"command": "sh"})).unwrap_err().contains("operator's own file"));
        assert!(registered(json!({"url": "http://h", "headers": {"x": "${env:HOME}"}})).is_err());
        assert!(registered(json!({"url": "http://h", "headers": {"x": "${file:/etc/passwd}"}})).is_err());
        assert!(registered(json!({"openapi": "/etc/passwd"})).is_err());
    }

    #[test]
    fn what_is_registered_is_not_trusted() {
        let config = registered(json!({"url": "http://h/mcp", "allow_private": true})).unwrap().unwrap();
        assert!(config.is_untrusted && !config.allow_private);
    }
}
