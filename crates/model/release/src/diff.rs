//! What an upgrade, a rollback or a person at the cluster changes: objects, fields and values.
//!
//! [`compare`] takes the objects of two manifests and, where it has them, the live objects and the
//! server's answers to a dry run, and gives [`Changes`]: created, changed field by field, replaced
//! because a field is immutable, deleted, kept, drifted. [`dropped_values`] names the values that
//! an upgrade forgets. Renderers give data, not colours: [`text_lines`], [`unified`], [`to_json`],
//! [`github_annotations`]. Secrets are masked before anything else sees them, and what the server
//! itself fills in is no drift.

mod changes;
mod compare;
mod drift;
mod fields;
mod github;
mod immutable;
mod owners;
mod quantity;
mod secrets;
mod text;
mod unified;
mod values;

pub use changes::{Action, Change, Changes, Counts, Drift, FieldChange, FieldKind};
pub use compare::{DryRun, Live, Options, SchemaOf, Sides, compare, compare_hooks};
pub use github::github_annotations;
pub use secrets::Secrets;
pub use text::{Line, Style, text_lines, to_json};
pub use unified::{Context, Unified, unified};
pub use values::{DroppedValue, dropped_values};
