//! What the fixture lists: `catalogue.json`, read once.

use std::sync::LazyLock;

use rmcp::ErrorData;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The lists by their name in MCP.
static CATALOGUE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("catalogue.json")).expect("invariant: the file is JSON"));

/// How long a client may keep a list.
const TTL_MS: u64 = 60_000;

/// Returns a list as the result of its `…/list` request.
pub(crate) fn list<T: DeserializeOwned>(name: &str) -> Result<T, ErrorData> {
    complete(json!({name: CATALOGUE[name], "ttlMs": TTL_MS, "cacheScope": "public"}))
}

/// Returns one tool as it is listed.
pub(crate) fn tool(name: &str) -> Option<Value> {
    CATALOGUE["tools"].as_array()?.iter().find(|tool| tool["name"] == name).cloned()
}

/// Answers `resources/read`.
pub(crate) fn read<T: DeserializeOwned>(uri: &str) -> Result<T, ErrorData> {
    let contents = match uri {
        "test://static-text" => json!({
            "uri": uri, "mimeType": "text/plain", "text": "This is the content of the static text resource."
        }),
        "test://static-binary" => json!({"uri": uri, "mimeType": "image/png", "blob": crate::play::IMAGE}),
        "test://watched-resource" => json!({"uri": uri, "mimeType": "text/plain", "text": "watched"}),
        _ => {
            let id = uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data"));
            let Some(id) = id else {
                let data = json!({"uri": uri});
                return Err(ErrorData::resource_not_found(format!("resource not found: {uri}"), Some(data)));
            };
            let text = json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")});
            json!({"uri": uri, "mimeType": "application/json", "text": text.to_string()})
        }
    };
    complete(json!({"contents": [contents], "ttlMs": TTL_MS, "cacheScope": "public"}))
}

/// Turns JSON into a result that ends its request; rmcp takes the mark away for clients with a session.
pub(crate) fn complete<T: DeserializeOwned>(mut value: Value) -> Result<T, ErrorData> {
    value["resultType"] = "complete".into();
    typed(value)
}

/// Turns JSON into one of rmcp's types.
pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, ErrorData> {
    serde_json::from_value(value).map_err(|error| ErrorData::internal_error(format!("fixture: {error}"), None))
}
