//! The JSON of Claude Desktop, Cursor (`mcpServers`) and VS Code (`servers`, `inputs`).
//!
//! These files belong to another program, so what only that program understands is passed over, and names
//! that cannot stand in a path are changed; both are said in notes. Comments and trailing commas are allowed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::gateway::{Anonymous, Configuration, is_server_name};
use super::place::Wrong;
use super::server::Server;

/// Fields that editors keep for themselves.
const THEIRS: &[&str] = &[
    "alwaysAllow",
    "autoApprove",
    "capabilities",
    "dev",
    "disabledTools",
    "envFile",
    "gallery",
    "icon",
    "oauth",
    "sandbox",
    "sandboxEnabled",
    "version",
];

/// Reads a file of an editor; none when the text is not one.
pub(super) fn read(text: &str) -> Result<Option<(Configuration, Vec<String>)>, Wrong> {
    let trimmed = text.trim_start_matches('\u{feff}').trim_start();
    if !trimmed.starts_with(['{', '/']) {
        return Ok(None);
    }
    let plain = without_comments(text);
    let Ok(Value::Object(mut file)) = serde_json::from_str::<Value>(&plain) else {
        // Flow YAML starts with a brace too; its reader says what is wrong.
        return Ok(None);
    };
    // VS Code's settings.json holds the same under `mcp`.
    if let Some(Value::Object(inner)) = file.remove("mcp") {
        file = inner;
    }
    let is_editor = file.contains_key("mcpServers") || file.contains_key("inputs") || is_only_servers(&file);
    if !is_editor {
        return Ok(None);
    }
    let member = if file.contains_key("mcpServers") { "mcpServers" } else { "servers" };
    let Some(Value::Object(servers)) = file.remove(member) else {
        return Err("neither mcpServers nor servers is an object of servers".to_owned().into());
    };
    let mut notes = Vec::new();
    let mut configuration = Configuration::default();
    // An editor's file says nothing about callers: it is for the person at this machine.
    configuration.auth.anonymous = Anonymous::Loopback;
    for (name, server) in servers {
        let made = entry(&name, server, &mut notes);
        let (name, server) = made.map_err(|text| Wrong::at(&[member, &name], text))?;
        if configuration.servers.insert(name.clone(), server).is_some() {
            return Err(format!("two servers are called {name}").into());
        }
    }
    configuration.check()?;
    Ok(Some((configuration, notes)))
}

fn is_only_servers(file: &Map<String, Value>) -> bool {
    file.len() == 1 && file.contains_key("servers")
}

fn entry(name: &str, server: Value, notes: &mut Vec<String>) -> Result<(String, Server), String> {
    let Value::Object(mut fields) = server else {
        return Err(format!("server {name} is not an object"));
    };
    for theirs in THEIRS {
        if fields.remove(*theirs).is_some() {
            notes.push(format!("server {name}: {theirs} is the editor's and was passed over"));
        }
    }
    if let Some(url) = fields.remove("serverUrl") {
        fields.entry("url").or_insert(url);
    }
    let mut read: Server =
        serde_json::from_value(Value::Object(fields)).map_err(|error| format!("server {name}: {error}"))?;
    if read.command.is_some() {
        read.url = None;
    }
    let safe: String = name
        .chars()
        .map(|letter| if is_server_name(&letter.to_string()) || letter == '.' { letter } else { '-' })
        .collect();
    if safe != name {
        notes.push(format!("server {name:?} is served as {safe}"));
    }
    Ok((safe, read))
}

/// JSON without `//` and `/* */` comments and without commas before closing brackets; lines stay where they are.
fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                plain.push('"');
                while let Some(inside) = letters.next() {
                    plain.push(inside);
                    match inside {
                        '\\' => plain.extend(letters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '/' if letters.peek() == Some(&'/') => while letters.next_if(|next| *next != '\n').is_some() {},
            '/' if letters.peek() == Some(&'*') => {
                letters.next();
                let mut last = ' ';
                for inside in letters.by_ref() {
                    if inside == '\n' {
                        plain.push('\n');
                    }
                    if last == '*' && inside == '/' {
                        break;
                    }
                    last = inside;
                }
            }
            '}' | ']' => {
                let kept = plain.trim_end().len();
                if plain[..kept].ends_with(',') {
                    plain.replace_range(kept - 1..kept, " ");
                }
                plain.push(letter);
            }
            _ => plain.push(letter),
        }
    }
    plain
}

/// What VS Code would ask for, with the defaults that its file gives.
pub(crate) fn inputs(text: &str) -> BTreeMap<String, String> {
    let file: Value = serde_json::from_str(&without_comments(text)).unwrap_or_default();
    let inputs = file.get("inputs").or_else(|| file.get("mcp")?.get("inputs")).and_then(Value::as_array);
    let text_of = |input: &Value, field: &str| input.get(field).and_then(Value::as_str).map(str::to_owned);
    inputs.into_iter().flatten().filter_map(|input| Some((text_of(input, "id")?, text_of(input, "default")?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claude_desktop_and_cursor_are_read() {
        let text = r#"{"mcpServers": {
            "memory": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory"], "autoApprove": ["x"]},
            "far away": {"url": "https://example.com/mcp", "headers": {"Authorization": "Bearer ${env:TOKEN}"}}}}"#;
        let (configuration, notes) = read(text).unwrap().unwrap();
        assert_eq!(configuration.servers.keys().collect::<Vec<_>>(), ["far-away", "memory"]);
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(configuration.auth.anonymous.is_allowed());
    }

    #[test]
    fn vs_code_is_read_with_comments_and_inputs() {
        let text = "{\n  // what to ask\n  \"inputs\": [{\"id\": \"key\", \"type\": \"promptString\", \"default\": \"abc\"}],\n  \
            \"servers\": {\"api\": {\"type\": \"http\", \"url\": \"https://h/mcp\", /* sent */ \"headers\": {\"X\": \"${input:key}\"},},},\n}";
        let (configuration, _) = read(text).unwrap().unwrap();
        assert_eq!(configuration.servers["api"].url.as_deref(), Some("https://h/mcp"));
        assert_eq!(inputs(text), BTreeMap::from([("key".to_owned(), "abc".to_owned())]));
    }

    #[test]
    fn texts_keep_their_slashes_and_commas() {
        assert_eq!(without_comments("{\"a\": \"http://x,]\\\"\"}"), "{\"a\": \"http://x,]\\\"\"}");
    }

    #[test]
    fn our_own_file_in_json_is_not_an_editors() {
        assert!(read("{\"listen\": \"127.0.0.1:1\", \"servers\": {}}").unwrap().is_none());
    }

    #[test]
    fn what_is_wrong_names_the_server() {
        let error = read(r#"{"mcpServers": {"a": {"command": 5}}}"#).unwrap_err();
        assert!(error.to_string().starts_with("server a:"), "{error}");
    }
}
