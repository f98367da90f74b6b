//! The protocol project's own servers as children of one gateway.

use anyhow::{Context as _, bail};
use serde_json::json;

use super::mcp::{self, Client};
use super::parts::Parts;

pub(super) fn npm(parts: &Parts) -> anyhow::Result<String> {
    let folder = parts.folder()?;
    std::fs::write(folder.join("note.txt"), "a note").context("cannot write a file")?;
    let shown = folder.display();
    let script = |name: &str| parts.server(name).map(|path| path.display().to_string());
    let settings = format!(
        "auth: {{anonymous: true}}\nservers:\n  everything: {{command: node, args: [\"{}\"]}}\n  files: {{command: node, args: [\"{}\", \"{shown}\"]}}\n  memory: {{command: node, args: [\"{}\"], env: {{MEMORY_FILE_PATH: \"{shown}/memory.json\"}}}}\n",
        script("everything")?,
        script("filesystem")?,
        script("memory")?
    );
    let gateway = parts.gateway(&settings)?;
    let url = gateway.url("/mcp");
    let mut client = Client::open(&url)?;
    let first = client.ask("tools/list", &json!({}))?;
    let tools: Vec<String> = names(&first["tools"]);
    for start in ["everything_", "files_", "memory_"] {
        if !tools.iter().any(|tool| tool.starts_with(start)) {
            bail!("no tool of {start}: {tools:?}");
        }
    }
    for _ in 0..3 {
        if names(&client.ask("tools/list", &json!({}))?["tools"]) != tools {
            bail!("the order of tools changes");
        }
    }
    let echo = client.call("everything_echo", &json!({"message": "über"}))?;
    if mcp::text(&echo) != "Echo: über" {
        bail!("echo answered {echo}");
    }
    let path = folder.join("note.txt").display().to_string();
    let read = client.call("files_read_text_file", &json!({"path": path}))?;
    if mcp::text(&read) != "a note" {
        bail!("files answered {read}");
    }
    let entity = json!({"entities": [{"name": "Ann", "entityType": "person", "observations": ["likes tea"]}]});
    client.call("memory_create_entities", &entity)?;
    let found = mcp::call(&url, "memory_search_nodes", &json!({"query": "tea"}))?;
    if !mcp::text(&found).contains("Ann") {
        bail!("memory answered {found}");
    }
    let prompts = names(&client.ask("prompts/list", &json!({}))?["prompts"]);
    let resources = client.ask("resources/list", &json!({}))?["resources"].as_array().map_or(0, Vec::len);
    let templates =
        client.ask("resources/templates/list", &json!({}))?["resourceTemplates"].as_array().map_or(0, Vec::len);
    if prompts.is_empty() || resources == 0 || templates == 0 {
        bail!("{} prompts, {resources} resources, {templates} templates", prompts.len());
    }
    Ok(format!("{} tools, {} prompts, {resources} resources, {templates} templates", tools.len(), prompts.len()))
}

fn names(list: &serde_json::Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|entry| entry["name"].as_str().map(str::to_owned)).collect()
}
