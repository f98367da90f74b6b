//! The JSON-like value that crosses every boundary of Corten.
//!
//! Values files, chart metadata, decoded manifests and schema instances are all [`Value`]s:
//! immutable, `Send`, cheap to clone and ordered by key bytes, as Helm prints and ranges maps.
//! The template engine turns them into handles with identity of its own; nothing here mutates
//! shared state.

mod path;
mod sorted_map;
mod value;

pub mod number;

pub use path::{Path, Step};
pub use sorted_map::{Entry, IntoIter, Iter, IterMut, OccupiedEntry, SortedMap, VacantEntry};
pub use value::{Map, Value};
