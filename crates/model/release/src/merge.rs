//! Patches: what a client sends to turn a live object into the wanted one.
//!
//! [`client_side_patch`] is Helm's choice between the strategic merge of Kubernetes' own kinds
//! ([`strategic`]) and the JSON merge of all others ([`json_merge`]); [`upgrade_managed_fields`]
//! prepares an object of client-side releases for server-side apply. What the strategic merge has
//! to know about fields comes as a [`MergeSchema`], read from the cluster's OpenAPI documents
//! ([`OpenApiDocument`]). Everything here is a pure function over values; patches are equal, byte
//! for byte, to those of Go's libraries.

mod apply;
mod choose;
mod create;
mod error;
pub mod json_merge;
mod lists;
mod managed_fields;
mod native;
mod openapi;
mod order;
mod schema;
pub mod strategic;

pub use choose::{Patch, PatchInput, PatchKind, client_side_patch};
pub use error::MergeError;
pub use managed_fields::upgrade_managed_fields;
pub use native::is_native;
pub use openapi::{OpenApiDocument, OpenApiError};
pub use schema::{Field, ListKind, MergeSchema, Shape, TypeRef};
