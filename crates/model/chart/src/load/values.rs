//! Values files: one or more YAML documents, merged. Go: load.go `LoadValues`, `MergeMaps`.

use std::sync::Arc;

use corten_value::{Map, Value};
use corten_yaml::{Error, Mode, Target};

use super::LoadError;
use crate::Compat;

/// Why a values file does not load.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValuesError {
    /// The file does not split into documents.
    #[error("error reading yaml document: {0}")]
    Read(Error),
    /// A document of the file is no table, or no YAML.
    #[error("cannot unmarshal yaml document: {0}")]
    Document(Error),
    /// The file is no table, or no YAML (Helm 3 reads one document).
    #[error("{0}")]
    File(Error),
}

static TABLE: Target = Target::Map(&Target::Any);

/// Reads a values file: the documents' tables, later ones over earlier ones.
pub fn load_values(text: &[u8]) -> Result<Value, ValuesError> {
    let mut values = Value::empty_map();
    for document in corten_yaml::documents(text) {
        let document = document.map_err(ValuesError::Read)?;
        let table = corten_yaml::decode_into(&document, &TABLE, Mode::Lenient).map_err(ValuesError::Document)?;
        if let Value::Map(table) = table {
            values = merge_maps(&values, &Value::Map(table));
        }
    }
    Ok(values)
}

/// A values file of the user.
pub(crate) fn load_user_values(text: &[u8], compat: Compat) -> Result<Value, ValuesError> {
    match compat {
        Compat::Helm4 => load_values(text),
        Compat::Helm3 => corten_yaml::decode_into(text, &TABLE, Mode::Lenient).map_err(ValuesError::File),
    }
}

/// The values.yaml of a chart.
pub(super) fn load_defaults(text: &[u8], compat: Compat) -> Result<Value, LoadError> {
    match compat {
        Compat::Helm4 => load_values(text).map_err(LoadError::Values),
        // compat: helm3-values-first-document: Helm 3 decodes values.yaml in one go.
        Compat::Helm3 => corten_yaml::decode_into(text, &TABLE, Mode::Lenient)
            .map_err(|cause| LoadError::Values(ValuesError::File(cause))),
    }
}

/// Go: `MergeMaps`: the second over the first; tables on both sides are merged. Anything but a
/// table counts as an empty one.
pub fn merge_maps(below: &Value, above: &Value) -> Value {
    match (below.as_map(), above) {
        (Some(below), Value::Map(above)) if !below.is_empty() => Value::from(merged(below, above)),
        (_, Value::Map(_)) => above.clone(),
        (Some(_), _) => below.clone(),
        (None, _) => Value::empty_map(),
    }
}

fn merged(below: &Map, above: &Map) -> Map {
    let mut out = below.clone();
    for (key, value) in above {
        let value = match (value, out.get(key)) {
            (Value::Map(value), Some(Value::Map(old))) => {
                stacker::maybe_grow(64 << 10, 1 << 20, || Value::from(merged(old, value)))
            }
            (value, _) => value.clone(),
        };
        out.insert(Arc::clone(key), value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helm3_reads_the_first_document_only() {
        let text = b"a: 1\n---\nb: 2\n";
        let keys = |compat| {
            let values = load_defaults(text, compat).unwrap();
            values.as_map().unwrap().keys().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(keys(Compat::Helm3), ["a"]);
        assert_eq!(keys(Compat::Helm4), ["a", "b"]);
    }
}
