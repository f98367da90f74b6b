//! Schemas that are plainly valid, told without their metaschema.
//!
//! Checking a schema against its metaschema costs more than checking the values. The keywords that
//! nearly all charts use are looked at here; whatever is doubtful is left to the metaschema, which
//! also has the messages.

use std::collections::BTreeSet;

use super::document::Document;
use super::draft::Draft;
use super::formats;

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

/// Whether the metaschema of the draft is sure to accept a schema.
pub(super) fn is_plain(schema: &Document, draft: Draft) -> bool {
    matches!(draft, Draft::Draft7 | Draft::Draft2020) && is_schema(schema)
}

fn is_schema(schema: &Document) -> bool {
    match schema {
        Document::Bool(_) => true,
        Document::Map(map) => map.iter().all(|(keyword, value)| {
            let known = KEYWORDS.binary_search_by_key(&&**keyword, |(known, _)| *known);
            known.is_err() || known.is_ok_and(|at| holds(value, KEYWORDS[at].1))
        }),
        _ => false,
    }
}

fn holds(value: &Document, what: Holds) -> bool {
    match (what, value) {
        (Holds::Anything, _)
        | (Holds::Text, Document::String(_))
        | (Holds::Truth, Document::Bool(_))
        | (Holds::Number, Document::Number(_))
        | (Holds::List, Document::List(_)) => true,
        (Holds::Count, Document::Number(digits)) => digits.bytes().all(|byte| byte.is_ascii_digit()),
        (Holds::Names, Document::List(names)) => are_names(names),
        (Holds::Choices, Document::List(names)) => !names.is_empty() && are_names(names),
        (Holds::Types, Document::String(name)) => TYPES.contains(&&**name),
        (Holds::Types, Document::List(names)) => {
            let types = names.iter().filter_map(Document::as_str).filter(|name| TYPES.contains(name));
            let types: BTreeSet<&str> = types.collect();
            !types.is_empty() && types.len() == names.len()
        }
        (Holds::Schema, schema) => nested(schema),
        (Holds::Schemas, Document::List(schemas)) => !schemas.is_empty() && schemas.iter().all(nested),
        (Holds::SchemaTable, Document::Map(schemas)) => schemas.values().all(nested),
        (Holds::Pattern, Document::String(pattern)) => {
            formats::find("regex").is_some_and(|format| (format.check)(pattern).is_ok())
        }
        (Holds::Pointer, Document::String(reference)) => reference.strip_prefix('#').is_some_and(|pointer| {
            pointer.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'$' | b'-' | b'_' | b'.'))
        }),
        (Holds::Draft, Document::String(name)) => name.starts_with("http") && Draft::from_url(name).is_some(),
        _ => false,
    }
}

fn are_names(names: &[Document]) -> bool {
    let texts: BTreeSet<&str> = names.iter().filter_map(Document::as_str).collect();
    texts.len() == names.len()
}

fn nested(schema: &Document) -> bool {
    stacker::maybe_grow(32 << 10, 1 << 20, || is_schema(schema))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::draft::metaschema;

    fn is_plainly_valid(text: &str) -> bool {
        is_plain(&Document::parse(text.as_bytes()).unwrap(), Draft::LATEST)
    }

    #[test]
    fn ordinary_schemas_are_plain() {
        for text in [
            "true",
            "{}",
            r#"{"$schema": "http://json-schema.org/schema#", "type": "object", "properties": {"a": {"type": ["string", "null"], "form": true}}}"#,
            r##"{"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"pattern": "^a+$", "minLength": 1}}, "required": ["a", "b"]}"##,
            r#"{"anyOf": [{"if": true, "then": {"enum": ["a"]}}], "minimum": -1.5, "default": {"type": 1}}"#,
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
        ] {
            assert!(!is_plainly_valid(text), "{text}");
        }
        assert!(!is_plain(&Document::Bool(true), Draft::Draft4));
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
