//! The strategic merge patch of Kubernetes' own kinds.
//!
//! Go: `k8s.io/apimachinery/pkg/util/strategicpatch`. A patch is the difference of two objects,
//! where lists of objects are matched by their merge key and directives (`$patch`,
//! `$setElementOrder/…`, `$deleteFromPrimitiveList/…`, `$retainKeys`) say what a merge of tables
//! cannot.

use corten_value::{Map, Value};

use super::apply::{Onto, merge_maps};
use super::create::{Part, diff_maps};
use super::{MergeError, MergeSchema, TypeRef};
use crate::json::settle;

pub(super) const DIRECTIVE: &str = "$patch";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
pub(super) const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList";
pub(super) const SET_ORDER: &str = "$setElementOrder";

/// The patch that turns `live` into `new` and takes away what `old` had and `new` has not.
///
/// What others wrote into `live` and `old` never had stays. Go: `CreateThreeWayMergePatch` with
/// `overwrite`.
///
/// # Errors
/// When an object or its kind's schema does not allow a merge.
pub fn create_three_way(old: &Value, new: &Value, live: &Value, schema: &MergeSchema) -> Result<Value, MergeError> {
    let (old, new, live) = (object(old)?, object(new)?, object(live)?);
    let root = root(schema)?;
    let changes = diff_maps(&live, &new, root, Part::Changes.into())?;
    let deletions = diff_maps(&old, &new, root, Part::Deletions.into())?;
    merge_maps(deletions, changes, root, Onto::Patch).map(Value::from)
}

/// The patch that turns `old` into `new`. Go: `CreateTwoWayMergePatch`.
///
/// # Errors
/// When an object or its kind's schema does not allow a merge.
pub fn create_two_way(old: &Value, new: &Value, schema: &MergeSchema) -> Result<Value, MergeError> {
    diff_maps(&object(old)?, &object(new)?, root(schema)?, Part::Everything.into()).map(Value::from)
}

/// The object after the patch, as the API server applies it. Go: `StrategicMergePatch`.
///
/// # Errors
/// When the patch does not fit the object or its kind's schema.
pub fn apply(original: &Value, patch: &Value, schema: &MergeSchema) -> Result<Value, MergeError> {
    merge_maps(object(original)?, object(patch)?, root(schema)?, Onto::Object).map(Value::from)
}

fn root(schema: &MergeSchema) -> Result<TypeRef<'_>, MergeError> {
    schema.root().ok_or_else(|| MergeError::NotStruct("nil".to_owned()))
}

/// Go: JSON `null` is the empty object here.
fn object(value: &Value) -> Result<Map, MergeError> {
    match settle(value) {
        Value::Null => Ok(Map::new()),
        Value::Map(map) => Ok(Map::clone(&map)),
        _ => Err(MergeError::NotAnObject),
    }
}
