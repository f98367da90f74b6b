//! What `up` prints when it serves: where, with which servers, and what to paste into a client.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use crate::config::Loaded;

/// What there is to say.
pub(super) struct Facts<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) url: &'a str,
    pub(super) metrics: Option<SocketAddr>,
    pub(super) first_key: Option<&'a str>,
    pub(super) data: &'a Path,
}

/// The text.
pub(super) fn text(facts: &Facts<'_>) -> String {
    let configuration = &facts.loaded.configuration;
    let url = facts.url;
    let mut out = format!("Serving MCP at {url}/mcp\n\n");
    let mut row = |name: &str, value: &str| {
        // Writing to a String does not fail.
        let _ = writeln!(out, "  {name:<14}{value}");
    };
    let servers: Vec<&str> =
        configuration.servers.iter().filter(|(_, server)| !server.disabled).map(|(name, _)| name.as_str()).collect();
    row("servers", &if servers.is_empty() { "none yet".to_owned() } else { servers.join(", ") });
    row("admin API", &format!("{url}/api/v1, described at {url}/api/docs"));
    if let Some(metrics) = facts.metrics {
        row("metrics", &format!("http://{metrics}/metrics"));
    }
    row("data", &facts.data.display().to_string());
    if let Some(key) = facts.first_key {
        row("admin key", &format!("{key} (shown this once)"));
    }
    for note in &facts.loaded.notes {
        let _ = writeln!(out, "  note: {note}");
    }
    if servers.is_empty() {
        out.push_str(HOW_TO_ADD);
    }
    out.push_str(&snippet(url, configuration.auth.anonymous.is_allowed()));
    out
}

const HOW_TO_ADD: &str = r#"
Add a server: write corten.yaml in this folder, it is read as soon as it is there:

  servers:
    files: {command: npx, args: [-y, "@modelcontextprotocol/server-filesystem", .]}
"#;

/// What to paste into Claude Desktop, Cursor and others that read `mcpServers`.
fn snippet(url: &str, is_open: bool) -> String {
    let headers = if is_open { "" } else { ", \"headers\": {\"Authorization\": \"Bearer YOUR-KEY\"}" };
    format!(
        "\nPaste into your client:\n\n  {{\"mcpServers\": {{\"corten\": {{\"url\": \"{url}/mcp\"{headers}}}}}}}\n\n"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config;

    fn said(text: &str, first_key: Option<&str>) -> String {
        let (configuration, notes) = config::read(text).unwrap();
        let loaded = Loaded { configuration, file: None, notes, inputs: BTreeMap::new(), text: String::new() };
        let url = "http://127.0.0.1:8080";
        super::text(&Facts { loaded: &loaded, url, metrics: None, first_key, data: Path::new("d") })
    }

    #[test]
    fn without_servers_it_says_how_to_add_one() {
        let text = said("", Some("key"));
        assert!(text.contains("none yet") && text.contains("corten.yaml") && text.contains("key (shown this once)"));
        assert!(text.contains("Bearer YOUR-KEY"));
    }

    #[test]
    fn open_gateways_need_no_key_in_the_snippet() {
        let text = said("auth: {anonymous: true}\nservers: {a: {url: \"http://h\"}}", None);
        assert!(text.contains("{\"mcpServers\": {\"corten\": {\"url\": \"http://127.0.0.1:8080/mcp\"}}}"), "{text}");
        assert!(!text.contains("admin key"));
    }
}
