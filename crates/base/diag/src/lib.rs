//! Diagnostics as data: what is wrong, where, why, and what to do next.
//!
//! Whoever finds a problem makes a [`Diagnostic`] with labels into [`Sources`]; the front chooses a
//! renderer: [`human`](render_human) with source excerpts, [`json`](render_json),
//! [`sarif`](render_sarif) or [`github`](render_github). Helm's own texts are not made here: they
//! are the errors' `Display`.

mod diagnostic;
mod github;
mod human;
mod json;
mod sarif;
mod source;

pub use diagnostic::{Diagnostic, Label, Severity};
pub use github::render_github;
pub use human::render_human;
pub use json::render_json;
pub use sarif::render_sarif;
pub use source::{Place, Source, SourceId, Sources};
