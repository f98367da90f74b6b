//! The OpenAPI 3.1 document, made from the table of routes.

use corten_govern::Access;
use serde_json::{Map, Value, json};

use crate::route::{Area, ROUTES, Route};

/// The schemas that routes name.
const SCHEMAS: &str = include_str!("../assets/schemas.json");

/// What every route may answer besides its own.
const PROBLEMS: &[(&str, &str)] = &[
    ("400", "The request is not well formed."),
    ("401", "No credential, or one that is not accepted."),
    ("403", "The caller may not do this."),
    ("404", "There is no such thing, or none that the caller may know of."),
    ("429", "Too many requests; Retry-After says when to come back."),
    ("503", "The store or the audit log cannot be used now."),
];

/// What routes with a body may answer too.
const BODY_PROBLEMS: &[(&str, &str)] = &[
    ("413", "The body is too large."),
    ("415", "The body is not application/json."),
    ("422", "The body is well formed, and what it says is not right."),
];

/// The document.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Corten administrative API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Servers, tools, keys, roles, policies, limits and the audit log of the MCP gateway. \
                Errors are problem details (RFC 9457). Changes name the version that they were made from in If-Match.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "key": [] }, { "bearer": [] }],
        "tags": tags(),
        "paths": paths,
        "components": {
            "schemas": serde_json::from_str::<Value>(SCHEMAS).unwrap_or_default(),
            "securitySchemes": {
                "key": { "type": "apiKey", "in": "header", "name": "X-API-Key" },
                "bearer": { "type": "http", "scheme": "bearer", "description": "An API key, or a token of an identity provider." },
            },
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "operationId": route.id,
        "tags": [route.tag],
        "summary": route.doc.trim_end_matches('.'),
        "parameters": parameters(route),
        "responses": responses(route),
    });
    if let Some(word) = route.area.word() {
        operation["description"] =
            format!("{} Needs the scope `admin` or the permission `{word}:{}:*`.", route.doc, route.access.as_str())
                .into();
    }
    if route.area == Area::Public {
        operation["security"] = json!([]);
    }
    if let Some(body) = route.body {
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": reference(body) } } });
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<Value> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } }))
        .collect();
    all.extend(route.query.iter().map(|parameter| {
        let schema: Value = serde_json::from_str(parameter.schema).unwrap_or_default();
        json!({ "name": parameter.name, "in": "query", "required": false, "description": parameter.doc, "schema": schema })
    }));
    if needs_version(route) {
        all.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "Needed: the ETag that was read, or `*`. Without it the answer is 428.",
            "schema": { "type": "string", "pattern": "^(\\*|\"[0-9]{1,19}\")$" },
        }));
    }
    all
}

fn responses(route: &Route) -> Value {
    let (status, schema) = route.answer;
    let mut responses = Map::new();
    let mut own = json!({ "description": "Done." });
    if let Some(schema) = schema {
        own["content"] = json!({ "application/json": { "schema": reference(schema) } });
    }
    if route.versioned && status != 204 {
        own["headers"] = json!({ "ETag": { "description": "The version.", "schema": { "type": "string" } } });
    }
    responses.insert(status.to_string(), own);
    if route.versioned && route.access == Access::Read {
        responses.insert("304".to_owned(), json!({ "description": "The caller has this version already." }));
    }
    let problem = |text: &str| json!({ "description": text, "content": { "application/problem+json": { "schema": reference("Problem") } } });
    let mut add = |list: &[(&str, &str)]| {
        for (status, text) in list {
            responses.insert((*status).to_owned(), problem(text));
        }
    };
    if route.area == Area::Public {
        add(&PROBLEMS[..1]);
    } else {
        add(PROBLEMS);
    }
    if route.body.is_some() {
        add(BODY_PROBLEMS);
    }
    if route.access == Access::Write {
        add(&[
            ("409", "There is one of that name, or it comes from the configuration file."),
            ("422", "What it says is not right."),
        ]);
    }
    if needs_version(route) {
        add(&[("412", "Somebody else changed it in between."), ("428", "If-Match is missing.")]);
    }
    if route.tag == "tools" {
        add(&[("422", "What it says is not right."), ("502", "The server did not answer.")]);
    }
    if route.area == Area::Public {
        let (_, schema) = route.answer;
        let content = schema.map(|schema| json!({ "application/json": { "schema": reference(schema) } }));
        responses.insert("503".to_owned(), json!({ "description": "Calls cannot be served.", "content": content }));
    }
    Value::Object(responses)
}

/// Changes of what is there already name the version that they were made from.
fn needs_version(route: &Route) -> bool {
    route.versioned && matches!(route.method, crate::route::Method::Put | crate::route::Method::Delete)
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn tags() -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for route in ROUTES {
        if !names.contains(&route.tag) {
            names.push(route.tag);
        }
    }
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::{SCHEMAS, document};
    use crate::route::ROUTES;

    #[test]
    fn every_route_is_documented_once_with_schemas_that_exist() {
        let schemas: Value = serde_json::from_str(SCHEMAS).unwrap();
        let mut ids = BTreeSet::new();
        let mut used = BTreeSet::new();
        for route in ROUTES {
            assert!(ids.insert(route.id), "{route:?}: the id is taken");
            assert!(!route.doc.is_empty() && !route.tag.is_empty(), "{route:?}");
            for parameter in route.query {
                assert!(serde_json::from_str::<Value>(parameter.schema).is_ok(), "{route:?} {}", parameter.name);
            }
            used.extend(route.body.into_iter().chain(route.answer.1));
        }
        for name in used {
            assert!(schemas.get(name).is_some(), "schema {name} is missing");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let mut open = vec![&document];
        while let Some(node) = open.pop() {
            match node {
                Value::Array(items) => open.extend(items),
                Value::Object(map) => {
                    if let Some(Value::String(reference)) = map.get("$ref") {
                        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
                    }
                    open.extend(map.values());
                }
                _ => {}
            }
        }
    }
}
