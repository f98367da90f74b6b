//! The cluster's OpenAPI v3 documents, read lazily: the text of every schema is kept, and only
//! the schemas that a kind needs are looked into.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::schema::{Field, ListKind, MergeSchema, Shape, Type};

const REFERENCE: &str = "#/components/schemas/";

/// Why an OpenAPI document does not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenApiError {
    /// The text is not such a document.
    #[error("cannot read the OpenAPI document of the cluster: {0}")]
    Document(#[source] serde_json::Error),
    /// One schema in it cannot be read.
    #[error("cannot read the OpenAPI schema {name} of the cluster: {source}")]
    Schema {
        /// The schema's name.
        name: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A schema points to one that is not there.
    #[error("unable to resolve {0} in OpenAPI V3")]
    Reference(String),
}

/// The document of one group and version (`/openapi/v3/apis/GROUP/VERSION`).
#[derive(Debug)]
pub struct OpenApiDocument {
    schemas: BTreeMap<String, Box<RawValue>>,
}

#[derive(Deserialize)]
struct RawDocument {
    #[serde(default)]
    components: RawComponents,
}

#[derive(Default, Deserialize)]
struct RawComponents {
    #[serde(default)]
    schemas: BTreeMap<String, Box<RawValue>>,
}

#[derive(Deserialize)]
struct NamedKind<'a> {
    #[serde(borrow)]
    group: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow, rename = "kind")]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Kinds<'a> {
    #[serde(borrow, default, rename = "x-kubernetes-group-version-kind")]
    kinds: Vec<NamedKind<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Schema {
    #[serde(rename = "$ref")]
    reference: Option<String>,
    #[serde(rename = "allOf")]
    all_of: Vec<Schema>,
    #[serde(rename = "type")]
    kind: String,
    properties: Option<BTreeMap<String, Schema>>,
    items: Option<Box<Schema>>,
    #[serde(rename = "additionalProperties")]
    additional: Option<Additional>,
    #[serde(rename = "oneOf")]
    one_of: Option<serde::de::IgnoredAny>,
    #[serde(rename = "x-kubernetes-patch-merge-key")]
    merge_key: Option<String>,
    #[serde(rename = "x-kubernetes-patch-strategy")]
    strategy: Option<String>,
    #[serde(rename = "x-kubernetes-list-type")]
    list_type: Option<String>,
    #[serde(rename = "x-kubernetes-list-map-keys")]
    list_map_keys: Vec<String>,
    #[serde(rename = "x-kubernetes-int-or-string")]
    int_or_string: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Additional {
    Allowed(#[expect(dead_code, reason = "only its presence matters")] bool),
    Schema(Box<Schema>),
}

impl OpenApiDocument {
    /// Reads a document; its schemas stay text.
    ///
    /// # Errors
    /// When `text` is not such a document.
    pub fn parse(text: &[u8]) -> Result<Self, OpenApiError> {
        let document: RawDocument = serde_json::from_slice(text).map_err(OpenApiError::Document)?;
        Ok(Self { schemas: document.components.schemas })
    }

    /// The merge schema of a kind; `None` when the document does not have the kind.
    ///
    /// # Errors
    /// When a schema that the kind needs cannot be read or is missing.
    pub fn kind(&self, group: &str, version: &str, kind: &str) -> Result<Option<MergeSchema>, OpenApiError> {
        let Some(name) = self.name_of(group, version, kind) else { return Ok(None) };
        let mut compiler = Compiler { document: self, schema: MergeSchema::default(), named: BTreeMap::new() };
        compiler.compile(name)?;
        Ok(Some(compiler.schema))
    }

    /// The kinds of the document: group, version, kind.
    pub fn kinds(&self) -> Vec<(String, String, String)> {
        let all = self.schemas.values().filter_map(|text| serde_json::from_str::<Kinds<'_>>(text.get()).ok());
        let kinds = all.flat_map(|entry| entry.kinds);
        kinds.map(|kind| (kind.group.into_owned(), kind.version.into_owned(), kind.name.into_owned())).collect()
    }

    /// A schema's name ends with its kind, for Kubernetes' own types as for custom resources.
    fn name_of(&self, group: &str, version: &str, kind: &str) -> Option<&str> {
        let is_it = |text: &RawValue| {
            let kinds = serde_json::from_str::<Kinds<'_>>(text.get()).map(|entry| entry.kinds).unwrap_or_default();
            kinds.iter().any(|entry| entry.group == group && entry.version == version && entry.name == kind)
        };
        let ends = |name: &str| name.rsplit('.').next() == Some(kind);
        let found = self.schemas.iter().find(|(name, text)| ends(name) && is_it(text));
        found.map(|(name, _)| name.as_str())
    }
}

struct Compiler<'a> {
    document: &'a OpenApiDocument,
    schema: MergeSchema,
    /// The types of named schemas, by name.
    named: BTreeMap<String, usize>,
}

impl Compiler<'_> {
    /// Compiles the kind as type 0 and then whatever it refers to; references wait in the table,
    /// so nothing recurses along them.
    fn compile(&mut self, name: &str) -> Result<(), OpenApiError> {
        let mut next = 0;
        let mut waiting = vec![name.to_owned()];
        self.reserve_named(name);
        while let Some(name) = waiting.get(next).cloned() {
            next += 1;
            let text = self.document.schemas.get(&name).ok_or_else(|| OpenApiError::Reference(name.clone()))?;
            let schema: Schema = serde_json::from_str(text.get())
                .map_err(|source| OpenApiError::Schema { name: name.clone(), source })?;
            let shape = self.shape(&schema, &mut waiting);
            let id = self.named[&name];
            self.schema.types[id].shape = shape;
        }
        Ok(())
    }

    fn reserve(&mut self, name: &str) -> usize {
        self.schema.types.push(Type { name: Arc::from(name), shape: Shape::Scalar("interface") });
        self.schema.types.len() - 1
    }

    fn reserve_named(&mut self, name: &str) -> usize {
        let id = self.reserve(name.rsplit('.').next().unwrap_or(name));
        self.named.insert(name.to_owned(), id);
        id
    }

    /// The type of a schema that stands inside another one.
    fn target(&mut self, schema: &Schema, waiting: &mut Vec<String>) -> usize {
        // Kubernetes writes a reference with a default beside it as the only entry of `allOf`.
        let schema = schema.all_of.first().unwrap_or(schema);
        if let Some(reference) = &schema.reference {
            let name = reference.strip_prefix(REFERENCE).unwrap_or(reference);
            if let Some(id) = self.named.get(name) {
                return *id;
            }
            waiting.push(name.to_owned());
            return self.reserve_named(name);
        }
        let id = self.reserve("");
        let shape = self.shape(schema, waiting);
        self.schema.types[id].shape = shape;
        id
    }

    fn shape(&mut self, schema: &Schema, waiting: &mut Vec<String>) -> Shape {
        if let Some(items) = &schema.items {
            return Shape::List(self.target(items, waiting));
        }
        if let Some(properties) = &schema.properties {
            let fields =
                properties.iter().map(|(name, property)| (Arc::from(name.as_str()), self.field(property, waiting)));
            return Shape::Struct(fields.collect());
        }
        match &schema.additional {
            Some(Additional::Schema(values)) => return Shape::Map(self.target(values, waiting)),
            Some(Additional::Allowed(_)) | None => {}
        }
        match schema.kind.as_str() {
            "string" => Shape::Scalar("string"),
            "integer" => Shape::Scalar("int64"),
            "number" => Shape::Scalar("float64"),
            "boolean" => Shape::Scalar("bool"),
            // Quantities and ports that may be names are structs in Go but scalars in JSON.
            _ if schema.one_of.is_some() || schema.int_or_string => Shape::Scalar("struct"),
            // Go: `runtime.RawExtension` and `apiextensions.JSON`: structs without JSON fields.
            _ => Shape::Struct(BTreeMap::new()),
        }
    }

    fn field(&mut self, property: &Schema, waiting: &mut Vec<String>) -> Field {
        Field {
            merge_key: Arc::from(property.merge_key.as_deref().unwrap_or_default()),
            strategies: property.strategy.iter().flat_map(|text| text.split(',')).map(str::to_owned).collect(),
            list_kind: match property.list_type.as_deref() {
                Some("map") => ListKind::Map,
                Some("set") => ListKind::Set,
                _ => ListKind::Atomic,
            },
            list_map_keys: property.list_map_keys.iter().map(|key| Arc::from(key.as_str())).collect(),
            target: self.target(property, waiting),
        }
    }
}
