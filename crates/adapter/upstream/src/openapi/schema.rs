//! Schemas of OpenAPI as JSON Schema: references become `$defs`, the dialect of 3.0 is translated.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::document::{Document, pointer};

/// How deep schemas may nest.
const DEPTH: usize = 64;
/// How many schemas one tool may have; what is beyond accepts anything.
const COUNT: usize = 5_000;
/// Words that say something about the document and nothing about values.
const DROPPED: &[&str] = &["xml", "externalDocs", "discriminator", "nullable", "example"];

/// Collects the schemas of one tool.
pub(crate) struct Schemas<'a> {
    document: &'a Document,
    /// What `$defs` gets, by name; the name of each pointer that was seen.
    definitions: BTreeMap<String, Value>,
    names: BTreeMap<String, String>,
    left: usize,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(document: &'a Document) -> Self {
        Self { document, definitions: BTreeMap::new(), names: BTreeMap::new(), left: COUNT }
    }

    /// The `$defs` of what was converted.
    pub(crate) fn definitions(self) -> Option<Value> {
        let definitions: Map<String, Value> = self.definitions.into_iter().collect();
        (!definitions.is_empty()).then_some(Value::Object(definitions))
    }

    /// Converts a schema of a request.
    pub(crate) fn convert(&mut self, schema: &Value, depth: usize) -> Value {
        let Some(object) = schema.as_object() else {
            // 3.1: `true` and `false` are schemas.
            return if schema.is_boolean() { schema.clone() } else { json!({}) };
        };
        if depth > DEPTH || self.left == 0 {
            return json!({});
        }
        self.left -= 1;
        if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
            return self.reference(reference, depth);
        }
        let mut converted = Map::new();
        for (word, value) in object {
            match word.as_str() {
                word if DROPPED.contains(&word) || word.starts_with("x-") => {}
                "properties" | "patternProperties" | "$defs" | "dependentSchemas" => {
                    let map = self.map(value, depth);
                    converted.insert(word.clone(), map);
                }
                "items"
                | "additionalProperties"
                | "not"
                | "contains"
                | "if"
                | "then"
                | "else"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties" => {
                    converted.insert(word.clone(), self.convert(value, depth + 1));
                }
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                    let parts = value.as_array().into_iter().flatten();
                    let parts: Vec<Value> = parts.map(|part| self.convert(part, depth + 1)).collect();
                    converted.insert(word.clone(), parts.into());
                }
                _ => drop(converted.insert(word.clone(), value.clone())),
            }
        }
        leave_out_read_only(object, &mut converted);
        if self.document.is_old {
            translate(object, &mut converted);
        }
        Value::Object(converted)
    }

    fn map(&mut self, value: &Value, depth: usize) -> Value {
        let members = value.as_object().into_iter().flatten();
        Value::Object(members.map(|(name, schema)| (name.clone(), self.convert(schema, depth + 1))).collect())
    }

    /// A reference within the document becomes one into `$defs`; any other accepts anything.
    fn reference(&mut self, reference: &str, depth: usize) -> Value {
        let target = pointer(reference).and_then(|pointer| Some((self.document.root().pointer(&pointer)?, pointer)));
        let Some((target, pointer)) = target else { return json!({}) };
        let known = self.names.get(&pointer).cloned();
        let name = known.unwrap_or_else(|| self.define(target, pointer, depth));
        json!({"$ref": format!("#/$defs/{}", name.replace('~', "~0").replace('/', "~1"))})
    }

    fn define(&mut self, target: &Value, pointer: String, depth: usize) -> String {
        let mut name = pointer.rsplit('/').next().unwrap_or("schema").to_owned();
        while self.definitions.contains_key(&name) {
            name.push('_');
        }
        self.names.insert(pointer, name.clone());
        // The place is taken before the schema is converted: it may refer to itself.
        self.definitions.insert(name.clone(), json!({}));
        let converted = self.convert(target, depth + 1);
        self.definitions.insert(name.clone(), converted);
        name
    }
}

/// What only the API sets is not for callers to give.
fn leave_out_read_only(schema: &Map<String, Value>, converted: &mut Map<String, Value>) {
    let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let read_only: Vec<&String> =
        members.filter(|(_, member)| member["readOnly"] == true).map(|(name, _)| name).collect();
    if read_only.is_empty() {
        return;
    }
    if let Some(properties) = converted.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !read_only.contains(&name));
    }
    if let Some(required) = converted.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !read_only.iter().any(|left_out| name.as_str() == Some(left_out)));
    }
}

/// What 3.0 says otherwise than JSON Schema.
fn translate(schema: &Map<String, Value>, converted: &mut Map<String, Value>) {
    if schema.get("nullable") == Some(&Value::Bool(true)) {
        if let Some(kind) = converted.get("type").cloned().filter(Value::is_string) {
            converted.insert("type".to_owned(), json!([kind, "null"]));
        }
        if let Some(choices) = converted.get_mut("enum").and_then(Value::as_array_mut)
            && !choices.contains(&Value::Null)
        {
            choices.push(Value::Null);
        }
    }
    for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        match converted.get(exclusive) {
            Some(Value::Bool(true)) => {
                if let Some(value) = converted.remove(bound) {
                    converted.insert(exclusive.to_owned(), value);
                }
            }
            Some(Value::Bool(false)) => drop(converted.remove(exclusive)),
            _ => {}
        }
    }
}
