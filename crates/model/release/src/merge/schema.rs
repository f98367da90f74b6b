//! What a merge has to know about the fields of a kind: a graph of types, made for one kind.
//!
//! Lookups answer as Go's `PatchMetaFromStruct` does for the kind's struct: by name, or else by a
//! name that differs in case only, with an error where the struct has no such field.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::MergeError;

/// The types of a kind and of everything its objects hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeSchema {
    pub(super) types: Vec<Type>,
}

/// One type: a name and a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Type {
    /// Go's name of the struct, or empty.
    pub name: Arc<str>,
    pub shape: Shape,
}

/// The shape of a type's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An object with known fields.
    Struct(BTreeMap<Arc<str>, Field>),
    /// An object whose keys are the user's; the type of its values.
    Map(usize),
    /// A list; the type of its items.
    List(usize),
    /// Text, a number, a truth value or anything that is replaced as a whole. Go's name of its kind.
    Scalar(&'static str),
}

/// What Kubernetes says about one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// `x-kubernetes-patch-merge-key`, or empty.
    pub merge_key: Arc<str>,
    /// `x-kubernetes-patch-strategy`, split at its commas.
    pub strategies: Vec<String>,
    /// `x-kubernetes-list-type`.
    pub list_kind: ListKind,
    /// `x-kubernetes-list-map-keys`.
    pub list_map_keys: Vec<Arc<str>>,
    /// The type of the field's value.
    pub(super) target: usize,
}

/// How server-side apply sees a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListKind {
    /// Replaced as a whole.
    #[default]
    Atomic,
    /// Distinct scalars, merged.
    Set,
    /// Objects named by some of their fields, merged.
    Map,
}

/// The strategy of a field: what its value is merged by, and whether `$retainKeys` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strategy {
    pub merges: bool,
    pub replaces: bool,
    pub retains_keys: bool,
}

/// A type inside its schema.
#[derive(Clone, Copy, Debug)]
pub struct TypeRef<'a> {
    schema: &'a MergeSchema,
    id: usize,
}

impl MergeSchema {
    /// The kind itself; `None` for a schema without types.
    pub fn root(&self) -> Option<TypeRef<'_>> {
        (!self.types.is_empty()).then_some(TypeRef { schema: self, id: 0 })
    }
}

impl<'a> TypeRef<'a> {
    fn get(self) -> &'a Type {
        &self.schema.types[self.id]
    }

    fn at(self, id: usize) -> Self {
        Self { schema: self.schema, id }
    }

    /// The shape of the type's values.
    pub fn shape(self) -> &'a Shape {
        &self.get().shape
    }

    /// The name of the type; empty for types without one.
    pub fn name(self) -> &'a str {
        &self.get().name
    }

    /// The field `key` of a struct and the type of its value; for a map the type of its values.
    pub fn field(self, key: &str) -> Option<(Option<&'a Field>, Self)> {
        match self.shape() {
            Shape::Struct(fields) => {
                let field = fields.get(key)?;
                Some((Some(field), self.at(field.target)))
            }
            Shape::Map(value) => Some((None, self.at(*value))),
            Shape::List(_) | Shape::Scalar(_) => None,
        }
    }

    /// The type of a list's items.
    pub fn item(self) -> Option<Self> {
        match self.shape() {
            Shape::List(item) => Some(self.at(*item)),
            _ => None,
        }
    }

    /// Go's `reflect.Kind` of the type.
    fn go_kind(self) -> &'static str {
        match self.shape() {
            Shape::Struct(_) => "struct",
            Shape::Map(_) => "map",
            Shape::List(_) => "slice",
            Shape::Scalar(name) => name,
        }
    }

    /// The name that Go's errors give the type.
    pub(super) fn go_name(self) -> &'static str {
        self.go_kind()
    }

    /// Go: `LookupPatchMetadataForStruct`.
    pub(super) fn lookup(self, key: &str) -> Result<(&'a Field, Self), MergeError> {
        let Shape::Struct(fields) = self.shape() else { return Err(MergeError::NotStruct(self.go_kind().to_owned())) };
        // Go: the JSON library takes a field whose name differs in case only when no other fits.
        let folded = || fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, field)| field);
        let field = fields.get(key).or_else(folded);
        let field =
            field.ok_or_else(|| MergeError::UnknownField { owner: self.name().to_owned(), field: key.to_owned() })?;
        Ok((field, self.at(field.target)))
    }

    /// Go: `LookupPatchMetadataForSlice`: the field and the type of the list's items.
    pub(super) fn lookup_list(self, key: &str) -> Result<(&'a Field, Self), MergeError> {
        let (field, list) = self.lookup(key)?;
        let Some(item) = list.item() else { return Err(MergeError::NotList(self.go_kind().to_owned())) };
        if item.item().is_some() {
            return Err(MergeError::SliceOfSlice);
        }
        Ok((field, item))
    }
}

impl Field {
    /// Go: `extractRetainKeysPatchStrategy`.
    pub(super) fn strategy(&self) -> Result<Strategy, MergeError> {
        let (retains_keys, other) = match self.strategies.as_slice() {
            [] => (false, ""),
            [only] if only == "retainKeys" => (true, ""),
            [only] => (false, only.as_str()),
            [first, other] | [other, first] if first == "retainKeys" => (true, other.as_str()),
            more => return Err(MergeError::Strategy(more.to_vec())),
        };
        Ok(Strategy { merges: other == "merge", replaces: other == "replace", retains_keys })
    }
}
