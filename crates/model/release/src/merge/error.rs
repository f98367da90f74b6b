//! Why a patch cannot be made or applied, with the texts of Go's `mergepatch` and `strategicpatch`.

use corten_gostd::strconv;
use corten_value::Value;

/// Why a patch cannot be made or applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// A value has another kind than the patch needs there.
    #[error("expected a {expected}, but received a {received}")]
    Kind {
        /// Go's name of the type wanted.
        expected: &'static str,
        /// Go's name of the type found.
        received: &'static str,
    },
    /// An item of a merged list lacks the key that names it.
    #[error("map: {item} does not contain declared merge key: {key}")]
    NoMergeKey {
        /// The item, as Go prints it.
        item: String,
        /// The key.
        key: String,
    },
    /// A list directly inside a merged list.
    #[error("lists of lists are not supported")]
    ListOfLists,
    /// Items of one list have different types.
    #[error("list element types are not identical: {0}")]
    MixedList(String),
    /// Two empty lists do not tell what their items are.
    #[error("no elements in any of the given slices")]
    NoElements,
    /// A list of objects without a merge key cannot be merged.
    #[error("cannot merge lists without merge key for {0}")]
    NoKeyForType(String),
    /// A `$patch` that is none of `replace`, `delete` and `merge`.
    #[error("unknown patch type: {directive} in map: {item}")]
    Directive {
        /// The directive.
        directive: String,
        /// The object it stands in.
        item: String,
    },
    /// `$patch: merge` inside a list.
    #[error("merging lists cannot yet be specified in the patch")]
    MergeDirective,
    /// A `$patch` that is no text.
    #[error("invalid value for special key: $patch")]
    DirectiveValue,
    /// A `$deleteFromPrimitiveList/…` that does not hold what it should.
    #[error("invalid patch format of primitive list")]
    DeletionList,
    /// A `$setElementOrder/…` that does not hold what it should.
    #[error("invalid patch format of setElementOrder list")]
    ElementOrder,
    /// A `$retainKeys` that does not fit its patch.
    #[error("invalid patch format of retainKeys")]
    RetainKeys,
    /// The items of a patch come in another order than its `$setElementOrder/…`.
    #[error("The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n")]
    OrderMismatch {
        /// The list of the patch, as Go prints it.
        patch: String,
        /// The wanted order, as Go prints it.
        order: String,
    },
    /// An object where the kind's schema knows no object.
    #[error("merging an object in json but data type is not struct, instead is: {0}")]
    NotStruct(String),
    /// A list where the kind's schema knows no list.
    #[error("expected slice or array type, but got: {0}")]
    NotList(String),
    /// A list of lists in the kind's schema.
    #[error("unexpected slice of slice")]
    SliceOfSlice,
    /// A field that the kind's schema does not have.
    #[error("unable to find api field in struct {owner} for the json field {}", quoted(field))]
    UnknownField {
        /// The type that should have it.
        owner: String,
        /// The field.
        field: String,
    },
    /// A schema names strategies that do not go together.
    #[error("unexpected patch strategy: [{}]", .0.join(" "))]
    Strategy(Vec<String>),
    /// An object is no JSON object.
    #[error("invalid JSON document")]
    NotAnObject,
    /// The two halves of a three-way JSON merge contradict each other.
    #[error("patch:\n{patch}\nconflicts with changes made from original to current:\n{current}\n")]
    Conflict {
        /// Additions and changes, as YAML.
        patch: String,
        /// Deletions, as YAML.
        current: String,
    },
    /// A patch would change what names the object.
    #[error("precondition failed for: {0}")]
    Precondition(String),
    /// An object's field ownership cannot be read.
    #[error("failed to convert fields to set: {0}")]
    ManagedFields(String),
}

impl MergeError {
    /// Whether the kind's schema, not the objects, is what stands in the way: a JSON merge can
    /// still do the work.
    pub fn is_schema_gap(&self) -> bool {
        matches!(
            self,
            Self::NotStruct(_)
                | Self::NotList(_)
                | Self::SliceOfSlice
                | Self::UnknownField { .. }
                | Self::Strategy(_)
                | Self::NoKeyForType(_)
        )
    }
}

fn quoted(text: &str) -> String {
    strconv::quote(text.as_bytes())
}

/// Go's name of a value's type, as `reflect.TypeOf` prints it.
pub(super) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

/// The error for a value that should have been an object.
pub(super) fn not_a_map(value: &Value) -> MergeError {
    MergeError::Kind { expected: "map[string]interface {}", received: go_type(value) }
}

/// The error for a value that should have been a list.
pub(super) fn not_a_list(value: &Value) -> MergeError {
    MergeError::Kind { expected: "[]interface {}", received: go_type(value) }
}

/// A value as Go's `%v` prints it.
pub(super) fn go_text(value: &Value) -> String {
    let mut out = String::new();
    append_text(&mut out, value);
    out
}

fn append_text(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&strconv::format_float(*number, b'g', None, 64)),
        Value::String(text) => out.push_str(text),
        Value::List(items) => crate::json::deep(|| {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(' ');
                }
                append_text(out, item);
            }
            out.push(']');
        }),
        Value::Map(map) => crate::json::deep(|| {
            out.push_str("map[");
            for (position, (key, item)) in map.iter().enumerate() {
                if position > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                append_text(out, item);
            }
            out.push(']');
        }),
    }
}
