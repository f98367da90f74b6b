//! A compiled schema: what each keyword says, subschemas by their number.

use std::collections::{BTreeMap, BTreeSet};

use corten_gostd::regexp::Regexp;

use super::document::Document;
use super::draft::Draft;
use super::formats::Format;
use super::instance::Kinds;
use super::location::Place;
use super::number::Decimal;

/// The number of a schema among all that were compiled together.
pub(super) type SchemaId = usize;

/// `additionalProperties` and `additionalItems`: a boolean is told from a schema.
#[derive(Clone, Copy, Debug)]
pub(super) enum Additional {
    Allowed(bool),
    Schema(SchemaId),
}

/// `dependencies` of one property.
#[derive(Debug)]
pub(super) enum Needs {
    Names(Vec<String>),
    Schema(SchemaId),
}

/// `items` before draft 2020-12.
#[derive(Debug)]
pub(super) enum Items {
    All(SchemaId),
    Each(Vec<SchemaId>),
}

/// A compiled pattern with its text.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) text: String,
    pub(super) regexp: Regexp,
}

/// A compiled schema.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) place: Place,
    pub(super) draft: Draft,
    /// The schema with an id (or the document) that this one belongs to.
    pub(super) resource: SchemaId,
    pub(super) dynamic_anchors: BTreeMap<String, SchemaId>,
    /// Whether `additionalProperties` leaves no property unevaluated.
    pub(super) evaluates_all_properties: bool,
    pub(super) evaluates_all_items: bool,
    pub(super) evaluated_items: usize,
    /// `true`, `false` and `{}`.
    pub(super) boolean: Option<bool>,
    pub(super) reference: Option<SchemaId>,
    pub(super) recursive_reference: Option<SchemaId>,
    pub(super) is_recursive_anchor: bool,
    /// The initial target and the anchor that the reference names.
    pub(super) dynamic_reference: Option<(SchemaId, String)>,
    pub(super) dynamic_anchor: String,
    pub(super) types: Kinds,
    pub(super) enumeration: Option<(Kinds, Vec<Document>)>,
    pub(super) constant: Option<Document>,
    pub(super) format: Option<Format>,
    pub(super) not: Option<SchemaId>,
    pub(super) all_of: Vec<SchemaId>,
    pub(super) any_of: Vec<SchemaId>,
    pub(super) one_of: Vec<SchemaId>,
    pub(super) condition: Option<SchemaId>,
    pub(super) then: Option<SchemaId>,
    pub(super) otherwise: Option<SchemaId>,
    pub(super) object: ObjectRules,
    pub(super) array: ArrayRules,
    pub(super) string: StringRules,
    pub(super) number: NumberRules,
}

/// Keywords for objects.
#[derive(Debug, Default)]
pub(super) struct ObjectRules {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) required: Vec<String>,
    pub(super) names: Option<SchemaId>,
    pub(super) properties: BTreeMap<String, SchemaId>,
    pub(super) patterns: Vec<(Pattern, SchemaId)>,
    pub(super) additional: Option<Additional>,
    pub(super) dependencies: BTreeMap<String, Needs>,
    pub(super) dependent_required: BTreeMap<String, Vec<String>>,
    pub(super) dependent_schemas: BTreeMap<String, SchemaId>,
    pub(super) unevaluated: Option<SchemaId>,
}

/// Keywords for arrays.
#[derive(Debug, Default)]
pub(super) struct ArrayRules {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) is_unique: bool,
    pub(super) contains: Option<SchemaId>,
    pub(super) min_contains: Option<i64>,
    pub(super) max_contains: Option<i64>,
    pub(super) items: Option<Items>,
    pub(super) additional: Option<Additional>,
    pub(super) prefix: Vec<SchemaId>,
    pub(super) rest: Option<SchemaId>,
    pub(super) unevaluated: Option<SchemaId>,
}

/// Keywords for strings.
#[derive(Debug, Default)]
pub(super) struct StringRules {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<Pattern>,
}

/// Keywords for numbers.
#[derive(Debug, Default)]
pub(super) struct NumberRules {
    pub(super) min: Option<Decimal>,
    pub(super) max: Option<Decimal>,
    pub(super) above: Option<Decimal>,
    pub(super) below: Option<Decimal>,
    pub(super) multiple_of: Option<Decimal>,
}

impl Schema {
    pub(super) fn new(place: Place, id: SchemaId) -> Self {
        Self {
            place,
            draft: Draft::LATEST,
            resource: id,
            dynamic_anchors: BTreeMap::new(),
            evaluates_all_properties: false,
            evaluates_all_items: false,
            evaluated_items: 0,
            boolean: None,
            reference: None,
            recursive_reference: None,
            is_recursive_anchor: false,
            dynamic_reference: None,
            dynamic_anchor: String::new(),
            types: Kinds::default(),
            enumeration: None,
            constant: None,
            format: None,
            not: None,
            all_of: Vec::new(),
            any_of: Vec::new(),
            one_of: Vec::new(),
            condition: None,
            then: None,
            otherwise: None,
            object: ObjectRules::default(),
            array: ArrayRules::default(),
            string: StringRules::default(),
            number: NumberRules::default(),
        }
    }
}

/// What no keyword has looked at yet; empty when nobody asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Unevaluated<'a> {
    pub(super) properties: BTreeSet<&'a str>,
    pub(super) items: BTreeSet<usize>,
}

impl Unevaluated<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.properties.is_empty() && self.items.is_empty()
    }

    /// Keeps what another look left over too.
    pub(super) fn merge(&mut self, other: &Unevaluated<'_>) {
        if !self.is_empty() {
            self.properties.retain(|name| other.properties.contains(name));
            self.items.retain(|index| other.items.contains(index));
        }
    }
}
