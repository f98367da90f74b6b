//! Schemas that are plainly valid, told without their metaschema.
//!
//! Checking a schema against its metaschema costs more than checking the values. The keywords that
//! nearly all charts use are looked at here; whatever is doubtful is left to the metaschema, which
//! also has the messages.

use std::collections::{BTreeMap, BTreeSet};

use corten_gostd::regexp::Regexp;

use super::draft::Draft;
use super::outline::{Node, Shape};

/// What a keyword must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Anything,
    Text,
    Truth,
    Number,
    /// A whole number from 0.
    Count,
    List,
    /// Texts that differ.
    Names,
    /// At least one of them.
    Choices,
    /// One or several names of types.
    Types,
    Schema,
    /// At least one schema.
    Schemas,
    SchemaTable,
    Pattern,
    /// A reference into the same document.
    Pointer,
    /// The name of a draft.
    Draft,
    /// Left to the metaschema.
    Doubtful,
}

/// What each keyword of drafts 7 and 2020-12 must hold; others may hold anything.
const KEYWORDS: &[(&str, Holds)] = &[
    ("$anchor", Holds::Doubtful),
    ("$comment", Holds::Text),
    ("$defs", Holds::SchemaTable),
    ("$dynamicAnchor", Holds::Doubtful),
    ("$dynamicRef", Holds::Doubtful),
    ("$id", Holds::Doubtful),
    ("$recursiveAnchor", Holds::Doubtful),
    ("$recursiveRef", Holds::Doubtful),
    ("$ref", Holds::Pointer),
    ("$schema", Holds::Draft),
    ("$vocabulary", Holds::Doubtful),
    ("additionalItems", Holds::Schema),
    ("additionalProperties", Holds::Schema),
    ("allOf", Holds::Schemas),
    ("anyOf", Holds::Schemas),
    ("const", Holds::Anything),
    ("contains", Holds::Schema),
    ("contentEncoding", Holds::Text),
    ("contentMediaType", Holds::Text),
    ("contentSchema", Holds::Schema),
    ("default", Holds::Anything),
    ("definitions", Holds::SchemaTable),
    ("dependencies", Holds::Doubtful),
    ("dependentRequired", Holds::Doubtful),
    ("dependentSchemas", Holds::SchemaTable),
    ("deprecated", Holds::Truth),
    ("description", Holds::Text),
    ("else", Holds::Schema),
    ("enum", Holds::Choices),
    ("examples", Holds::List),
    ("exclusiveMaximum", Holds::Number),
    ("exclusiveMinimum", Holds::Number),
    ("format", Holds::Text),
    ("if", Holds::Schema),
    ("items", Holds::Schema),
    ("maxContains", Holds::Count),
    ("maxItems", Holds::Count),
    ("maxLength", Holds::Count),
    ("maxProperties", Holds::Count),
    ("maximum", Holds::Number),
    ("minContains", Holds::Count),
    ("minItems", Holds::Count),
    ("minLength", Holds::Count),
    ("minProperties", Holds::Count),
    ("minimum", Holds::Number),
    ("multipleOf", Holds::Doubtful),
    ("not", Holds::Schema),
    ("oneOf", Holds::Schemas),
    ("pattern", Holds::Pattern),
    ("patternProperties", Holds::Doubtful),
    ("prefixItems", Holds::Schemas),
    ("properties", Holds::SchemaTable),
    ("propertyNames", Holds::Schema),
    ("readOnly", Holds::Truth),
    ("required", Holds::Names),
    ("then", Holds::Schema),
    ("title", Holds::Text),
    ("type", Holds::Types),
    ("unevaluatedItems", Holds::Schema),
    ("unevaluatedProperties", Holds::Schema),
    ("uniqueItems", Holds::Truth),
    ("writeOnly", Holds::Truth),
];

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// Tables with fewer entries are searched for equal keys one by one.
const FEW: usize = 12;

/// A schema that the metaschema of its draft is sure to accept.
pub(super) struct Plain<'o> {
    pub(super) root: Node<'o>,
    pub(super) draft: Draft,
    /// The compiled patterns, by the values that hold them.
    pub(super) patterns: BTreeMap<usize, Regexp>,
}

impl<'o> Plain<'o> {
    /// Looks at all of a schema.
    pub(super) fn new(root: Node<'o>) -> Option<Self> {
        let draft = match root.get("$schema") {
            None => Draft::LATEST,
            Some(name) => Draft::from_url(&name.string()?)?,
        };
        let mut plain = Self { root, draft, patterns: BTreeMap::new() };
        (matches!(draft, Draft::Draft7 | Draft::Draft2020) && plain.is_schema(root)).then_some(plain)
    }

    fn is_schema(&mut self, schema: Node<'o>) -> bool {
        match schema.shape() {
            Shape::Bool(_) => true,
            Shape::Map => {
                let mut seen = 0_u64;
                schema.entries().all(|(keyword, value)| {
                    let Ok(at) = KEYWORDS.binary_search_by_key(&keyword, |(known, _)| *known) else { return true };
                    let is_again = seen & (1 << at) != 0;
                    seen |= 1 << at;
                    // The outline is no deeper than recursion may go.
                    !is_again && self.holds(value, KEYWORDS[at].1)
                })
            }
            _ => false,
        }
    }

    fn holds(&mut self, value: Node<'o>, what: Holds) -> bool {
        match (what, value.shape()) {
            (Holds::Anything, _)
            | (Holds::Text, Shape::String | Shape::Escaped)
            | (Holds::Truth, Shape::Bool(_))
            | (Holds::Number, Shape::Number)
            | (Holds::List, Shape::List) => true,
            (Holds::Count, Shape::Number) => value.written().bytes().all(|byte| byte.is_ascii_digit()),
            (Holds::Names, Shape::List) => are_names(value),
            (Holds::Choices, Shape::List) => value.items().next().is_some() && (are_names(value) || is_one(value)),
            (Holds::Types, Shape::String) => TYPES.contains(&value.written()),
            (Holds::Types, Shape::List) => {
                let is_type = |name: Node<'_>| name.shape() == Shape::String && TYPES.contains(&name.written());
                value.items().next().is_some() && value.items().all(is_type) && are_names(value)
            }
            (Holds::Schema, _) => self.is_schema(value),
            (Holds::Schemas, Shape::List) => {
                value.items().next().is_some() && value.items().all(|schema| self.is_schema(schema))
            }
            (Holds::SchemaTable, Shape::Map) => {
                are_distinct(value) && value.entries().all(|(_, schema)| self.is_schema(schema))
            }
            (Holds::Pattern, Shape::String | Shape::Escaped) => {
                let compiled = value.string().and_then(|pattern| Regexp::compile(pattern.as_bytes()).ok());
                compiled.is_some_and(|regexp| {
                    self.patterns.insert(value.id(), regexp);
                    true
                })
            }
            (Holds::Pointer, Shape::String) => self.target(value).is_some(),
            // Those of schemas inside were looked at by nobody.
            (Holds::Draft, Shape::String) => {
                let is_own = self.root.get("$schema").is_some_and(|own| own.id() == value.id());
                is_own && value.written().starts_with("http")
            }
            _ => false,
        }
    }

    /// The schema that a reference names: one of the tables for that.
    pub(super) fn target(&self, reference: Node<'o>) -> Option<Node<'o>> {
        let (table, name) = reference.written().strip_prefix("#/")?.split_once('/')?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'-' | b'_' | b'.');
        let is_known = matches!(table, "$defs" | "definitions") && name.bytes().all(is_plain);
        self.root.get(table).filter(|_| is_known)?.get(name)
    }
}

/// Texts without escapes that differ.
fn are_names(list: Node<'_>) -> bool {
    let is_plain = |name: &Node<'_>| name.shape() == Shape::String;
    let count = list.items().count();
    let texts: BTreeSet<&str> = list.items().filter(is_plain).map(Node::written).collect();
    texts.len() == count
}

/// A list of one value that is neither a list nor a table.
fn is_one(list: Node<'_>) -> bool {
    list.items().count() == 1 && list.items().all(|item| !matches!(item.shape(), Shape::List | Shape::Map))
}

/// Whether no key of a table comes twice.
fn are_distinct(table: Node<'_>) -> bool {
    let count = table.entries().count();
    if count > FEW {
        let keys: BTreeSet<&str> = table.entries().map(|(key, _)| key).collect();
        return keys.len() == count;
    }
    let mut keys = table.entries().map(|(key, _)| key).enumerate();
    keys.all(|(at, key)| table.entries().take(at).all(|(earlier, _)| earlier != key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::document::Document;
    use crate::schema::draft::metaschema;
    use crate::schema::outline::Outline;

    fn is_plainly_valid(text: &str) -> bool {
        Outline::read(text.as_bytes()).is_some_and(|outline| Plain::new(outline.root()).is_some())
    }

    #[test]
    fn ordinary_schemas_are_plain() {
        for text in [
            "true",
            "{}",
            r#"{"$schema": "http://json-schema.org/schema#", "type": "object", "properties": {"a": {"type": ["string", "null"], "form": true}}}"#,
            r##"{"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"pattern": "^a+$", "minLength": 1}}, "required": ["a", "b"]}"##,
            r#"{"anyOf": [{"if": true, "then": {"enum": ["a"]}}, {"enum": [true]}], "minimum": -1.5, "default": {"type": 1}}"#,
        ] {
            assert!(is_plainly_valid(text), "{text}");
        }
    }

    #[test]
    fn doubtful_schemas_are_left_to_the_metaschema() {
        for text in [
            "1",
            r#"{"type": "text"}"#,
            r#"{"type": []}"#,
            r#"{"type": ["string", "string"]}"#,
            r#"{"properties": {"a": 1}}"#,
            r#"{"required": ["a", "a"]}"#,
            r#"{"required": ["a", 1]}"#,
            r#"{"minLength": -1}"#,
            r#"{"minLength": 1.5}"#,
            r#"{"pattern": "("}"#,
            r#"{"$ref": "other.json"}"#,
            r#"{"$id": "a"}"#,
            r#"{"allOf": []}"#,
            r#"{"enum": []}"#,
            r#"{"$schema": "json-schema.org/schema"}"#,
            r#"{"items": [{}]}"#,
            r#"{"uniqueItems": "yes"}"#,
            r#"{"not": {"title": 1}}"#,
            r#"{"$schema": "http://json-schema.org/draft-04/schema"}"#,
            r#"{"not": {"$schema": "http://json-schema.org/schema"}}"#,
            r#"{"type": "string", "type": "string"}"#,
            r#"{"properties": {"a": {}, "a": {}}}"#,
            r##"{"$ref": "#/$defs/a"}"##,
            r##"{"$ref": "#/properties/a", "properties": {"a": {}}}"##,
            r#"{"enum": [[1]]}"#,
        ] {
            assert!(!is_plainly_valid(text), "{text}");
        }
    }

    #[test]
    fn every_keyword_of_the_drafts_is_known() {
        assert!(KEYWORDS.is_sorted_by_key(|(keyword, _)| *keyword));
        let parts = ["core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation", "content"];
        let mut urls: Vec<String> =
            parts.iter().map(|part| format!("https://json-schema.org/draft/2020-12/meta/{part}")).collect();
        urls.extend([Draft::Draft7, Draft::Draft2020].map(|draft| draft.url().to_owned()));
        for url in urls {
            let document = Document::parse(metaschema(&url).unwrap().as_bytes()).unwrap();
            let properties = document.as_map().unwrap().get("properties").and_then(Document::as_map).unwrap();
            for keyword in properties.keys() {
                assert!(KEYWORDS.iter().any(|(known, _)| **known == **keyword), "{keyword}");
            }
        }
    }
}
