//! Reads `plugin.yaml`, of Helm 4 (`apiVersion: v1`) and of Helm 3 (none). Go: internal/plugin/metadata*.go.

use std::collections::BTreeMap;

use corten_gostd::semver::Version;
use corten_gostd::strconv::quote;
use corten_value::Value;

use super::{Help, PlatformCommand, Plugin};

/// The plugin that the text describes, or Helm's reason why there is none.
pub(super) fn read(dir: &str, content: &[u8]) -> Result<Plugin, String> {
    let decoded = corten_yaml::decode(content).map_err(|error| {
        format!(
            "failed to peek plugin.yaml API version: {}",
            error.to_string().trim_start_matches("error converting YAML to JSON: ")
        )
    })?;
    match text(&decoded, "apiVersion") {
        "" => legacy(dir, &decoded),
        "v1" => first_version(dir, &decoded, content),
        other => Err(format!("invalid plugin apiVersion: {}", quote(other.as_bytes()))),
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_list).unwrap_or_default()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn check_common(name: &str, version: &str) -> Result<(), String> {
    if !is_name(name) {
        let quoted = quote(name.as_bytes());
        return Err(format!("invalid plugin name {quoted}: must contain only a-z, A-Z, 0-9, _ and -"));
    }
    if !version.is_empty() && Version::parse_strict(version).is_err() {
        return Err(format!("invalid plugin version {}: must be valid semver", quote(version.as_bytes())));
    }
    Ok(())
}

/// Go: `MetadataLegacy`.
fn legacy(dir: &str, value: &Value) -> Result<Plugin, String> {
    check_common(text(value, "name"), text(value, "version"))?;
    let of_platforms = commands(value, "platformCommand");
    let plain = text(value, "command");
    if !of_platforms.is_empty() && !plain.is_empty() {
        return Err("both platformCommand and command are set".to_owned());
    }
    let has_entries = |key: &str| value.get(key).and_then(Value::as_map).is_some_and(|map| !map.is_empty());
    if has_entries("platformHooks") && has_entries("hooks") {
        return Err("both platformHooks and hooks are set".to_owned());
    }
    let mut protocols = BTreeMap::new();
    for (at, downloader) in list(value, "downloaders").iter().enumerate() {
        let command = text(downloader, "command");
        if command.is_empty() {
            return Err(format!("downloader {at} has empty command"));
        }
        if list(downloader, "protocols").is_empty() {
            return Err(format!("downloader {at} has no protocols"));
        }
        for (index, protocol) in list(downloader, "protocols").iter().enumerate() {
            let protocol = protocol.as_str().unwrap_or_default();
            if protocol.is_empty() {
                return Err(format!("downloader {at} has empty protocol at index {index}"));
            }
            let command = PlatformCommand { command: command.to_owned(), ..PlatformCommand::default() };
            protocols.insert(protocol.to_owned(), vec![command]);
        }
    }
    let kind = if list(value, "downloaders").is_empty() { "cli/v1" } else { "getter/v1" };
    let commands = if of_platforms.is_empty() && !plain.is_empty() {
        vec![PlatformCommand { command: plain.to_owned(), ..PlatformCommand::default() }]
    } else {
        of_platforms
    };
    Ok(Plugin {
        dir: dir.to_owned(),
        name: text(value, "name").to_owned(),
        kind: kind.to_owned(),
        runtime: "subprocess".to_owned(),
        help: Help {
            usage: String::new(),
            short: printable(text(value, "usage")),
            long: text(value, "description").to_owned(),
        },
        ignores_flags: value.get("ignoreFlags").and_then(Value::as_bool).unwrap_or_default(),
        commands,
        protocols,
    })
}

/// Go: sanitizeString: white space becomes a space, the rest must be printable.
fn printable(text: &str) -> String {
    let shown = text.chars().filter(|character| character.is_whitespace() || !character.is_control());
    shown.map(|character| if character.is_whitespace() { ' ' } else { character }).collect()
}

const FIELDS: [&str; 8] = ["apiVersion", "name", "type", "runtime", "version", "sourceURL", "config", "runtimeConfig"];

/// Go: `MetadataV1`.
fn first_version(dir: &str, value: &Value, content: &[u8]) -> Result<Plugin, String> {
    check_fields(value, content)?;
    let (name, version) = (text(value, "name"), text(value, "version"));
    if !is_name(name) {
        return Err("invalid plugin `name`".to_owned());
    }
    if version.is_empty() {
        return Err("plugin `version` is required".to_owned());
    }
    if Version::parse_strict(version).is_err() {
        return Err(format!("invalid plugin `version` {}: must be valid semver", quote(version.as_bytes())));
    }
    let (kind, runtime) = (text(value, "type"), text(value, "runtime"));
    if kind.is_empty() {
        return Err("`type` missing".to_owned());
    }
    if runtime.is_empty() {
        return Err("`runtime` missing".to_owned());
    }
    let convert = |cause: String| format!("failed to convert MetadataV1 to Metadata: {cause}");
    if !matches!(kind, "test/v1" | "cli/v1" | "getter/v1" | "postrenderer/v1") {
        return Err(convert(format!("unknown plugin type {}", quote(kind.as_bytes()))));
    }
    if !matches!(runtime, "subprocess" | "extism/v1") {
        return Err(convert(format!("unsupported plugin runtime type: {}", quote(runtime.as_bytes()))));
    }
    let empty = Value::Null;
    let config = value.get("config").unwrap_or(&empty);
    let settings = value.get("runtimeConfig").unwrap_or(&empty);
    let commands = commands(settings, "platformCommand");
    let mut protocols = BTreeMap::new();
    if kind == "getter/v1" {
        protocols = getter_protocols(config, settings, &commands)?;
    }
    Ok(Plugin {
        dir: dir.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        runtime: runtime.to_owned(),
        help: Help {
            usage: text(config, "usage").to_owned(),
            short: text(config, "shortHelp").to_owned(),
            long: text(config, "longHelp").to_owned(),
        },
        ignores_flags: config.get("ignoreFlags").and_then(Value::as_bool).unwrap_or_default(),
        commands,
        protocols,
    })
}

/// Go: the decoder refuses unknown fields, in yaml.v3's words.
fn check_fields(value: &Value, content: &[u8]) -> Result<(), String> {
    let unknown = value.as_map().into_iter().flat_map(corten_value::Map::keys).filter(|key| !FIELDS.contains(&&***key));
    let line_of = |key: &str| {
        let mut lines = content.split(|byte| *byte == b'\n');
        lines
            .position(|line| line.starts_with(key.as_bytes()) && line.get(key.len()) == Some(&b':'))
            .map_or(1, |at| at + 1)
    };
    let mut found: Vec<(usize, &str)> = unknown.map(|key| (line_of(key), &**key)).collect();
    found.sort_unstable();
    if found.is_empty() {
        return Ok(());
    }
    let lines =
        found.iter().map(|(line, key)| format!("\n  line {line}: field {key} not found in type plugin.MetadataV1"));
    Err(format!("yaml: unmarshal errors:{}", lines.collect::<String>()))
}

fn getter_protocols(
    config: &Value,
    settings: &Value,
    general: &[PlatformCommand],
) -> Result<BTreeMap<String, Vec<PlatformCommand>>, String> {
    let fail = |cause: String| Err(format!("config validation failed: {cause}"));
    if list(config, "protocols").is_empty() {
        return fail("getter has no protocols".to_owned());
    }
    let mut found = BTreeMap::new();
    for (at, protocol) in list(config, "protocols").iter().enumerate() {
        match protocol.as_str().unwrap_or_default() {
            "" => return fail(format!("getter has empty protocol at index {at}")),
            protocol => found.insert(protocol.to_owned(), general.to_vec()),
        };
    }
    for special in list(settings, "protocolCommands") {
        for protocol in list(special, "protocols").iter().filter_map(Value::as_str) {
            found.insert(protocol.to_owned(), commands(special, "platformCommand"));
        }
    }
    Ok(found)
}

fn commands(value: &Value, key: &str) -> Vec<PlatformCommand> {
    let read = |entry: &Value| PlatformCommand {
        os: text(entry, "os").to_owned(),
        arch: text(entry, "arch").to_owned(),
        command: text(entry, "command").to_owned(),
        arguments: list(entry, "args").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
    };
    list(value, key).iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_are_read() {
        let old =
            read("/p/old", b"name: old\nusage: \"say\\thello\"\ncommand: $HELM_PLUGIN_DIR/run.sh\n").expect("a plugin");
        assert_eq!((old.kind.as_str(), old.help.short.as_str()), ("cli/v1", "say hello"));
        assert_eq!(old.commands[0].command, "$HELM_PLUGIN_DIR/run.sh");
        let new = "apiVersion: v1\nname: new\ntype: postrenderer/v1\nruntime: subprocess\nversion: 0.1.0\n\
                   runtimeConfig:\n  platformCommand:\n  - command: sed\n    args: [s/a/b/]\n";
        let new = read("/p/new", new.as_bytes()).expect("a plugin");
        assert_eq!(new.commands[0].arguments, ["s/a/b/"]);
    }

    #[test]
    fn refusals_are_helms() {
        let refuse = |text: &str| read("/p", text.as_bytes()).expect_err("not a plugin");
        assert_eq!(refuse("name: a b\n"), "invalid plugin name \"a b\": must contain only a-z, A-Z, 0-9, _ and -");
        assert_eq!(refuse("apiVersion: v2\n"), "invalid plugin apiVersion: \"v2\"");
        let text = refuse("apiVersion: v1\nname: a\nversion: 1.0.0\ntype: x/v1\nruntime: subprocess\n");
        assert_eq!(text, "failed to convert MetadataV1 to Metadata: unknown plugin type \"x/v1\"");
        let text = refuse("apiVersion: v1\nname: a\nusage: hi\n");
        assert_eq!(text, "yaml: unmarshal errors:\n  line 3: field usage not found in type plugin.MetadataV1");
    }
}
