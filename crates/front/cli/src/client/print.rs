//! Answers of servers as tables and plain text.

use corten_actions::columns;
use data_encoding::BASE64_MIME_PERMISSIVE;
use serde_json::Value;

use super::Listed;

/// Wider cells are cut.
const WIDEST: usize = 60;

/// The cells of an entry.
type Row = fn(&Value) -> Vec<String>;

/// A list as a table.
pub(crate) fn listed(kind: Listed, entries: &[Value]) -> String {
    let (head, row): (&[&str], Row) = match kind {
        Listed::Tools => {
            (&["TOOL", "ARGUMENTS", "DESCRIPTION"], |tool| vec![text(tool, "name"), properties(tool), summary(tool)])
        }
        Listed::Resources => (&["RESOURCE", "TYPE", "DESCRIPTION"], |resource| {
            vec![text(resource, "uri"), text(resource, "mimeType"), summary(resource)]
        }),
        Listed::Templates => (&["RESOURCE TEMPLATE", "TYPE", "DESCRIPTION"], |template| {
            vec![text(template, "uriTemplate"), text(template, "mimeType"), summary(template)]
        }),
        Listed::Prompts => (&["PROMPT", "ARGUMENTS", "DESCRIPTION"], |prompt| {
            vec![text(prompt, "name"), arguments(prompt), summary(prompt)]
        }),
    };
    let mut rows = vec![head.iter().map(|cell| (*cell).to_owned()).collect()];
    rows.extend(entries.iter().map(row));
    columns(&rows, WIDEST)
}

/// What a tool returned, content by content.
pub(crate) fn called(result: &Value) -> String {
    let mut out = String::new();
    for content in array(result, "content") {
        push_content(&mut out, content);
    }
    if out.is_empty()
        && let Some(structure) = result.get("structuredContent")
    {
        out = format!("{structure:#}\n");
    }
    out
}

/// A prompt's messages, each under the role that says it.
pub(crate) fn got(result: &Value) -> String {
    let mut out = String::new();
    for message in array(result, "messages") {
        out.push_str(&text(message, "role"));
        out.push_str(":\n");
        push_content(&mut out, message.get("content").unwrap_or(&Value::Null));
    }
    out
}

/// The bytes of a resource, binary ones decoded.
pub(crate) fn read(result: &Value) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for content in array(result, "contents") {
        if let Some(blob) = content.get("blob").and_then(Value::as_str) {
            let bytes = BASE64_MIME_PERMISSIVE.decode(blob.as_bytes());
            out.extend(bytes.map_err(|error| format!("resource {} is not base64: {error}", text(content, "uri")))?);
        } else {
            out.extend_from_slice(text(content, "text").as_bytes());
        }
    }
    Ok(out)
}

fn push_content(out: &mut String, content: &Value) {
    let shown = match content.get("type").and_then(Value::as_str).unwrap_or_default() {
        "text" => text(content, "text"),
        kind @ ("image" | "audio") => {
            format!("[{kind} {}, {} bytes]", text(content, "mimeType"), size(content, "data"))
        }
        "resource_link" => format!("[resource {}]", text(content, "uri")),
        "resource" => match content.get("resource") {
            Some(resource) if resource.get("text").is_some() => text(resource, "text"),
            Some(resource) => format!("[resource {}, {} bytes]", text(resource, "uri"), size(resource, "blob")),
            None => String::new(),
        },
        _ => content.to_string(),
    };
    out.push_str(&shown);
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

/// How many bytes a base64 text stands for.
fn size(content: &Value, field: &str) -> usize {
    let data = content.get(field).and_then(Value::as_str).unwrap_or_default();
    data.trim_end_matches('=').len() * 3 / 4
}

/// The names of a tool's arguments, those that must be given marked by an asterisk.
fn properties(tool: &Value) -> String {
    let schema = tool.get("inputSchema").unwrap_or(&Value::Null);
    let required: Vec<&str> = array(schema, "required").filter_map(Value::as_str).collect();
    let names =
        schema.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str());
    names.map(|name| marked(name, required.contains(&name))).collect::<Vec<_>>().join(" ")
}

fn arguments(prompt: &Value) -> String {
    let shown = array(prompt, "arguments").map(|argument| {
        let is_required = argument.get("required").and_then(Value::as_bool).unwrap_or(false);
        marked(&text(argument, "name"), is_required)
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn marked(name: &str, is_required: bool) -> String {
    if is_required { format!("{name}*") } else { name.to_owned() }
}

/// The first line of the description, or the title.
fn summary(entry: &Value) -> String {
    let description = text(entry, "description");
    let first = description.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    first.unwrap_or_else(|| text(entry, "title"))
}

fn text(object: &Value, field: &str) -> String {
    object.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn array<'v>(object: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    object.get(field).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn required_arguments_are_marked() {
        let schema = json!({"properties": {"a": {}, "b": {}}, "required": ["a"]});
        let table =
            listed(Listed::Tools, &[json!({"name": "add", "inputSchema": schema, "description": "\nAdds.\nMore."})]);
        assert_eq!(
            table.lines().nth(1).map(str::split_whitespace).unwrap().collect::<Vec<_>>(),
            ["add", "a*", "b", "Adds."]
        );
    }

    #[test]
    fn content_of_every_type_is_shown() {
        let result = json!({"content": [{"type": "text", "text": "5"}, {"type": "image", "mimeType": "image/png", "data": "AAAA"},
            {"type": "resource", "resource": {"uri": "x://y", "text": "t\n"}}, {"type": "resource_link", "uri": "x://z"}]});
        assert_eq!(called(&result), "5\n[image image/png, 3 bytes]\nt\n[resource x://z]\n");
        assert_eq!(called(&json!({"structuredContent": {"sum": 5}})), "{\n  \"sum\": 5\n}\n");
    }

    #[test]
    fn binary_resources_are_decoded() {
        assert_eq!(read(&json!({"contents": [{"uri": "x", "blob": "aGk="}]})).unwrap(), b"hi");
        assert!(read(&json!({"contents": [{"uri": "x", "blob": "%"}]})).is_err());
    }
}
