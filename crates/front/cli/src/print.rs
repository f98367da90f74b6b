//! How release commands show what they found: blocks, tables, JSON and YAML in Helm's layouts.
//!
//! Pure functions from records and objects to text; the modules of `run` print what they return.

pub(crate) mod block;
pub(crate) mod color;
pub(crate) mod formatted;
pub(crate) mod json;
pub(crate) mod list;
pub(crate) mod metadata;
pub(crate) mod progress;
pub(crate) mod resources;
pub(crate) mod tabs;
