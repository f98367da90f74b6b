//! The operations of a document as tools.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::{Map, Value, json};

use super::document::Document;
use super::schema::Schemas;

/// The longest name of a tool.
const NAME: usize = 128;

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The tool's name.
    pub(crate) name: String,
    /// The tool as it is listed.
    pub(crate) tool: Value,
    pub(crate) method: Method,
    /// The path with its parameters in braces.
    pub(crate) path: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    /// Where the API wants its key.
    pub(crate) placement: Option<Placement>,
}

/// A parameter of an operation.
#[derive(Debug)]
pub(crate) struct Parameter {
    /// Its name in the API.
    pub(crate) name: String,
    /// Its name among the arguments of the tool.
    pub(crate) argument: String,
    pub(crate) place: Place,
    pub(crate) style: String,
    pub(crate) explode: bool,
    /// Whether it is written as JSON (it has `content` in place of a schema).
    pub(crate) is_json: bool,
    pub(crate) is_required: bool,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

/// The body of an operation.
#[derive(Debug)]
pub(crate) struct Body {
    /// Its name among the arguments of the tool.
    pub(crate) argument: String,
    /// Its content type.
    pub(crate) kind: String,
    pub(crate) is_required: bool,
    /// The properties that are bytes, given in base64.
    pub(crate) binary: BTreeSet<String>,
}

/// Where the key of an API goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    Bearer,
    /// The key is `user:password`.
    Basic,
    Header(String),
    Query(String),
    Cookie(String),
}

/// All operations of a document, in its order of paths and methods.
pub(crate) fn operations(document: &Document) -> Vec<Operation> {
    let mut taken = BTreeMap::new();
    let mut found = Vec::new();
    for (path, item) in document.root()["paths"].as_object().into_iter().flatten() {
        let Some(item) = document.resolve(item) else { continue };
        for method in ["get", "put", "post", "delete", "options", "head", "patch", "trace"] {
            if let Some(operation) = item.get(method).filter(|operation| operation.is_object()) {
                found.extend(read(document, &mut taken, (path, method), item, operation));
            }
        }
    }
    found
}

fn read(
    document: &Document,
    taken: &mut BTreeMap<String, usize>,
    (path, method): (&str, &str),
    item: &Value,
    operation: &Value,
) -> Option<Operation> {
    let mut schemas = Schemas::new(document);
    let (mut properties, mut required) = (Map::new(), Vec::new());
    let mut parameters = Vec::new();
    for parameter in parameters_of(document, item, operation) {
        let Some((parameter, schema)) = self::parameter(parameter, &properties) else { continue };
        properties.insert(parameter.argument.clone(), described(schemas.convert(&schema.0, 0), schema.1));
        if parameter.is_required {
            required.push(Value::from(parameter.argument.as_str()));
        }
        parameters.push(parameter);
    }
    let body = operation.get("requestBody").and_then(|body| document.resolve(body));
    let body = body.and_then(|body| self::body(document, body, &mut schemas, &mut properties));
    if let Some(body) = body.as_ref().filter(|body| body.is_required) {
        required.push(Value::from(body.argument.as_str()));
    }
    let name = unique(taken, &name_of(operation, path, method));
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    if let Some(definitions) = schemas.definitions() {
        schema["$defs"] = definitions;
    }
    Some(Operation {
        tool: tool(&name, operation, (path, method), &schema),
        name,
        method: method.to_ascii_uppercase().parse().ok()?,
        path: path.to_owned(),
        parameters,
        body,
        placement: placement(document, operation),
    })
}

/// The parameters of the path, overridden by those of the operation.
fn parameters_of<'a>(document: &'a Document, item: &'a Value, operation: &'a Value) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = Vec::new();
    for list in [&item["parameters"], &operation["parameters"]] {
        for parameter in list.as_array().into_iter().flatten().filter_map(|value| document.resolve(value)) {
            found.retain(|other| other["name"] != parameter["name"] || other["in"] != parameter["in"]);
            found.push(parameter);
        }
    }
    found
}

/// A parameter, with its schema and description.
fn parameter<'a>(value: &'a Value, taken: &Map<String, Value>) -> Option<(Parameter, (Value, Option<&'a str>))> {
    let name = value["name"].as_str()?;
    let (place, style) = match value["in"].as_str()? {
        "path" => (Place::Path, "simple"),
        "query" => (Place::Query, "form"),
        // What the protocol sets itself is not for callers (OpenAPI: parameter names that shall be ignored).
        "header" if ["accept", "content-type", "authorization"].contains(&&*name.to_ascii_lowercase()) => return None,
        "header" => (Place::Header, "simple"),
        "cookie" => (Place::Cookie, "form"),
        _ => return None,
    };
    let style = value["style"].as_str().unwrap_or(style);
    let content = value["content"].as_object().and_then(|content| content.values().next());
    let schema = content.map_or(&value["schema"], |content| &content["schema"]);
    let mut argument = name.to_owned();
    while taken.contains_key(&argument) {
        argument = format!("{argument}_{}", value["in"].as_str().unwrap_or_default());
    }
    let parameter = Parameter {
        name: name.to_owned(),
        argument,
        place,
        explode: value["explode"].as_bool().unwrap_or(style == "form"),
        style: style.to_owned(),
        is_json: content.is_some(),
        is_required: place == Place::Path || value["required"] == true,
    };
    Some((parameter, (schema.clone(), value["description"].as_str())))
}

fn body(
    document: &Document,
    body: &Value,
    schemas: &mut Schemas<'_>,
    properties: &mut Map<String, Value>,
) -> Option<Body> {
    let content = body["content"].as_object()?;
    let rank = |kind: &str| {
        let bare = kind.split(';').next().unwrap_or_default().trim();
        match bare {
            "application/json" => 0,
            _ if bare.ends_with("+json") => 1,
            "application/x-www-form-urlencoded" => 2,
            "multipart/form-data" => 3,
            _ if bare.starts_with("text/") => 4,
            _ => 5,
        }
    };
    let (kind, media) = content.iter().min_by_key(|(kind, _)| rank(kind))?;
    let mut argument = "body".to_owned();
    while properties.contains_key(&argument) {
        argument.insert_str(0, "request_");
    }
    let resolved = document.resolve(&media["schema"]);
    let members = resolved.and_then(|schema| schema["properties"].as_object()).into_iter().flatten();
    let is_binary = |schema: &Value| {
        let schema = document.resolve(schema).unwrap_or(schema);
        schema["format"] == "binary" || schema.get("contentMediaType").is_some()
    };
    let binary: BTreeSet<String> =
        members.filter(|(_, schema)| is_binary(schema)).map(|(name, _)| name.clone()).collect();
    let schema = match rank(kind) {
        5 => json!({"type": "string", "contentEncoding": "base64"}),
        _ => schemas.convert(&media["schema"], 0),
    };
    properties.insert(argument.clone(), described(schema, body["description"].as_str()));
    Some(Body { argument, kind: kind.clone(), is_required: body["required"] == true, binary })
}

/// A schema with a description, where it has none of its own.
fn described(mut schema: Value, description: Option<&str>) -> Value {
    if let (Some(object), Some(text)) = (schema.as_object_mut(), description) {
        object.entry("description").or_insert_with(|| text.into());
    }
    schema
}

fn tool(name: &str, operation: &Value, (path, method): (&str, &str), schema: &Value) -> Value {
    let texts = [operation["summary"].as_str(), operation["description"].as_str()];
    let texts: Vec<&str> = texts.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    let description = if texts.is_empty() { format!("{} {path}", method.to_uppercase()) } else { texts.join("\n\n") };
    let mut tool = json!({
        "name": name,
        "description": description,
        "inputSchema": schema,
        "annotations": {
            "readOnlyHint": matches!(method, "get" | "head" | "options" | "trace"),
            "destructiveHint": matches!(method, "delete" | "put" | "patch" | "post"),
            "idempotentHint": matches!(method, "get" | "head" | "put" | "delete" | "options" | "trace"),
            "openWorldHint": true
        }
    });
    if let Some(title) = operation["summary"].as_str().filter(|title| !title.is_empty()) {
        tool["title"] = title.into();
    }
    tool
}

fn name_of(operation: &Value, path: &str, method: &str) -> String {
    let id = operation["operationId"].as_str().map_or_else(|| format!("{method}_{path}"), str::to_owned);
    let mut name = String::with_capacity(id.len());
    for letter in id.chars() {
        match letter {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '.' | '-' => name.push(letter),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    name.truncate(NAME - 4);
    let name = name.trim_matches('_');
    if name.is_empty() { method.to_owned() } else { name.to_owned() }
}

fn unique(taken: &mut BTreeMap<String, usize>, name: &str) -> String {
    let count = taken.entry(name.to_owned()).or_default();
    *count += 1;
    if *count == 1 { name.to_owned() } else { format!("{name}_{count}") }
}

/// Where the operation wants the key, by the first scheme of its first requirement.
fn placement(document: &Document, operation: &Value) -> Option<Placement> {
    let requirements = operation.get("security").or_else(|| document.root().get("security"))?.as_array()?;
    let scheme = requirements.iter().find_map(|requirement| requirement.as_object()?.keys().next())?;
    let scheme = document.resolve(&document.root()["components"]["securitySchemes"][scheme])?;
    let name = || scheme["name"].as_str().map(str::to_owned);
    Some(match (scheme["type"].as_str()?, scheme["in"].as_str(), scheme["scheme"].as_str()) {
        ("http", _, Some(kind)) if kind.eq_ignore_ascii_case("basic") => Placement::Basic,
        ("apiKey", Some("header"), _) => Placement::Header(name()?),
        ("apiKey", Some("query"), _) => Placement::Query(name()?),
        ("apiKey", Some("cookie"), _) => Placement::Cookie(name()?),
        _ => Placement::Bearer,
    })
}
