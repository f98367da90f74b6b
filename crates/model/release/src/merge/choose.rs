//! Helm's choice of a patch for a client-side update. Go: `pkg/kube/client.go` `createPatch`.

use corten_value::Value;

use super::{MergeError, MergeSchema, json_merge, strategic};
use crate::json::encode_object;

/// How the API server reads a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    /// Strategic merge.
    StrategicMerge,
    /// JSON merge (RFC 7386).
    JsonMerge,
    /// JSON patch (RFC 6902).
    Json,
}

impl PatchKind {
    /// The media type of such a patch.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::StrategicMerge => "application/strategic-merge-patch+json",
            Self::JsonMerge => "application/merge-patch+json",
            Self::Json => "application/json-patch+json",
        }
    }
}

/// A patch, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// How it is to be read.
    pub kind: PatchKind,
    /// What it says.
    pub body: Value,
}

impl Patch {
    /// Whether the patch changes nothing, so that nothing is to be sent.
    pub fn is_empty(&self) -> bool {
        self.body.as_map().is_some_and(corten_value::Map::is_empty)
            || self.body.as_list().is_some_and(<[Value]>::is_empty)
    }

    /// The bytes to send, as Go's `json.Marshal` writes them.
    pub fn bytes(&self) -> Vec<u8> {
        encode_object(&self.body)
    }
}

/// The three states of an object and what is known about its kind.
#[derive(Clone, Copy, Debug)]
pub struct PatchInput<'a> {
    /// The object in the manifest of the revision before.
    pub old: &'a Value,
    /// The object in the new manifest.
    pub new: &'a Value,
    /// The object in the cluster, when it is there.
    pub live: Option<&'a Value>,
    /// The kind's schema, for Kubernetes' own kinds (see [`super::is_native`]); `None` for custom
    /// resources.
    pub schema: Option<&'a MergeSchema>,
    /// Whether custom resources are merged with the live object. Helm does so where it adopts
    /// objects; elsewhere drift in custom resources stays.
    pub looks_at_live: bool,
}

/// The patch that Helm sends to update an object of a client-side release.
///
/// # Errors
/// When the objects do not allow one; [`MergeError::is_schema_gap`] tells that a replacement or a
/// JSON merge would still work.
pub fn client_side_patch(input: &PatchInput<'_>) -> Result<Patch, MergeError> {
    let live = input.live.unwrap_or(&Value::Null);
    let (kind, body) = match input.schema {
        Some(schema) => (PatchKind::StrategicMerge, strategic::create_three_way(input.old, input.new, live, schema)?),
        None if input.looks_at_live => {
            (PatchKind::JsonMerge, json_merge::create_three_way(input.old, input.new, live)?)
        }
        // compat: patch-custom-two-way
        None => (PatchKind::JsonMerge, json_merge::create_two_way(input.old, input.new)?),
    };
    Ok(Patch { kind, body })
}
