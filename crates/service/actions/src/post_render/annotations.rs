//! Annotations of an object whose text is kept.
//!
//! Go: kyaml's fns.go and kfns.go, where a field is the first of its name.

use std::borrow::Cow;

use corten_yaml::Style;
use corten_yaml::written::{self, Looks, Part, PartId, PartKind, Piece, Written};

/// Under this key a sequence may hide in a mapping. Go: `BareSeqNodeWrappingKey`.
const WRAPPING_KEY: &str = "bareSeqNodeWrappingKey";

/// The value of an annotation. Go: kyaml `GetMeta`.
pub(super) fn get<'a>(object: &'a Written, key: &str) -> Option<&'a str> {
    let metadata = filled_field(object, object.top(), "metadata")?;
    let annotations = filled_field(object, metadata, "annotations")?;
    let (_, value) = field(object, annotations, key).filter(|_| is_mapping(object, annotations))?;
    let value = object.part(value);
    Some(if value.is_null() { "" } else { &value.value })
}

/// The value of the last annotation of this name. Go: kyaml `GetAnnotations`.
pub(super) fn last<'a>(object: &'a Written, key: &str) -> Option<&'a str> {
    let metadata = filled_field(object, object.top(), "metadata")?;
    let annotations = filled_field(object, metadata, "annotations")?;
    let mut pairs = object.part(annotations).content.chunks_exact(2).rev();
    pairs.find(|pair| object.part(pair[0]).value == key).map(|pair| object.part(pair[1]).value.as_str())
}

/// Whether an object has metadata, a kind or an API version. Go: kyaml `GetMeta`.
pub(super) fn has_metadata(object: &Written) -> bool {
    let top = object.top();
    if object.part(top).is_null() {
        return true;
    }
    let has = |part, names: &[&str]| names.iter().any(|name| filled_field(object, part, name).is_some());
    let metadata = filled_field(object, top, "metadata");
    has(top, &["apiVersion", "kind"])
        || metadata.is_some_and(|metadata| has(metadata, &["name", "namespace", "labels", "annotations"]))
}

/// Sets an annotation, at the end if it is new. Go: kyaml `SetAnnotation`.
pub(super) fn set(object: &mut Written, key: &str, value: &str) -> Result<(), String> {
    clear_empty(object)?;
    let Some(metadata) = mapping_field(object, object.top(), "metadata")? else {
        return Ok(());
    };
    let Some(annotations) = mapping_field(object, metadata, "annotations")? else {
        return Ok(());
    };
    let mut part = Part::new(PartKind::Scalar);
    part.tag = Cow::Borrowed("!!str");
    value.clone_into(&mut part.value);
    part.looks = Looks { style: Style::SingleQuoted, ..Looks::default() };
    if let Some(old) = lookup(object, annotations, key)? {
        // Go: what is replaced keeps its quotes.
        part.looks = object.part(old).looks;
        *object.part_mut(old) = part;
    } else {
        let part = object.add(part);
        append(object, annotations, key, part);
    }
    Ok(())
}

/// Removes an annotation. Go: kyaml `ClearAnnotation`.
pub(super) fn clear(object: &mut Written, key: &str) -> Result<(), String> {
    let Some(metadata) = lookup(object, object.top(), "metadata")? else {
        return Ok(());
    };
    match lookup(object, metadata, "annotations")? {
        Some(annotations) => remove(object, annotations, key, false),
        None => Ok(()),
    }
}

/// Removes annotations and metadata that hold nothing. Go: kyaml `ClearEmptyAnnotations`.
pub(super) fn clear_empty(object: &mut Written) -> Result<(), String> {
    let top = object.top();
    if let Some(metadata) = lookup(object, top, "metadata")? {
        remove(object, metadata, "annotations", true)?;
    }
    remove(object, top, "metadata", true)
}

/// Whether an object is a list of objects. Go: kyaml `ByteReader.Read`.
pub(super) fn is_list(object: &Written) -> bool {
    let top = object.top();
    let kind = filled_field(object, top, "kind").map(|kind| object.part(kind).value.as_str());
    let has = |name| is_mapping(object, top) && field(object, top, name).is_some();
    matches!(kind, Some("ResourceList" | "List")) && (has("items") || has("functionConfig"))
}

/// The objects of a list.
pub(super) fn items(list: &Written) -> Vec<Written> {
    let items = field(list, list.top(), "items").map(|(_, items)| list.part(items).content.as_slice());
    items.unwrap_or_default().iter().map(|item| list.cut(*item)).collect()
}

/// What is written of an object: all of it, but for a sequence that hides in a mapping.
pub(super) fn unwrapped(object: &Written) -> PartId {
    filled_field(object, object.top(), WRAPPING_KEY).unwrap_or_else(|| object.root())
}

fn is_mapping(object: &Written, part: PartId) -> bool {
    object.part(part).kind == PartKind::Mapping
}

/// The place and the value of a field in what may be a mapping.
fn field(object: &Written, mapping: PartId, name: &str) -> Option<(usize, PartId)> {
    let pairs = object.part(mapping).content.chunks_exact(2).enumerate();
    let mut named = pairs.filter(|(_, pair)| object.part(pair[0]).value == name);
    named.next().map(|(at, pair)| (at * 2, pair[1]))
}

/// A field that is more than a null or an empty collection.
fn filled_field(object: &Written, mapping: PartId, name: &str) -> Option<PartId> {
    let (_, value) = field(object, mapping, name).filter(|_| is_mapping(object, mapping))?;
    let part = object.part(value);
    let is_collection = matches!(part.kind, PartKind::Mapping | PartKind::Sequence);
    let is_empty = part.is_null() || is_collection && part.content.is_empty();
    (!is_empty).then_some(value)
}

/// Go: kyaml `FieldMatcher`.
fn lookup(object: &Written, mapping: PartId, name: &str) -> Result<Option<PartId>, String> {
    if object.part(mapping).is_null() {
        return Ok(None);
    }
    check_mapping(object, mapping)?;
    Ok(field(object, mapping, name).map(|(_, value)| value))
}

/// A field, made if it is not there; nothing in a null.
fn mapping_field(object: &mut Written, mapping: PartId, name: &str) -> Result<Option<PartId>, String> {
    if object.part(mapping).is_null() {
        return Ok(None);
    }
    if let Some(found) = lookup(object, mapping, name)? {
        return Ok(Some(found));
    }
    let part = object.add(Part::new(PartKind::Mapping));
    append(object, mapping, name, part);
    Ok(Some(part))
}

fn append(object: &mut Written, mapping: PartId, name: &str, value: PartId) {
    let mut key = Part::new(PartKind::Scalar);
    name.clone_into(&mut key.value);
    let key = object.add(key);
    object.part_mut(mapping).content.extend([key, value]);
}

/// Go: kyaml `FieldClearer`.
fn remove(object: &mut Written, mapping: PartId, name: &str, if_empty: bool) -> Result<(), String> {
    if !object.part(mapping).is_null() {
        check_mapping(object, mapping)?;
    }
    let mut pairs = object.part(mapping).content.chunks_exact(2);
    let is_meant =
        |pair: &[PartId]| object.part(pair[0]).value == name && (!if_empty || object.part(pair[1]).content.is_empty());
    if let Some(at) = pairs.position(is_meant) {
        object.part_mut(mapping).content.drain(at * 2..at * 2 + 2);
    }
    Ok(())
}

/// Go: kyaml `ErrorIfInvalid`.
fn check_mapping(object: &Written, part: PartId) -> Result<(), String> {
    let kind = match object.part(part).kind {
        PartKind::Mapping => return Ok(()),
        PartKind::Document => "DocumentNode",
        PartKind::Sequence => "SequenceNode",
        PartKind::Scalar => "ScalarNode",
        PartKind::Alias => "AliasNode",
    };
    let text = written::write([Piece { of: object, part, is_wide: false }]);
    Err(format!("wrong node kind: expected MappingNode but got {kind}: node contents:\n{text}"))
}
