//! Charts as data: files in, a [`Chart`] out, and everything Helm decides before it renders.
//!
//! [`load_files`] and [`load_archive`] build a chart from bytes; [`process_dependencies`] picks
//! and wires its subcharts; the values modules merge defaults, files and flags; the schema module
//! checks the result. Pure: folders are walked by the host, which hands in [`File`]s.

mod archive;
mod chart;
mod coalesce;
mod compat;
mod create;
mod dependencies;
mod dependency_list;
mod facts;
mod load;
mod lock;
mod metadata;
mod paths;
mod save;
mod schema;
mod show;
mod tables;
mod warning;

pub mod ignore;
pub mod strvals;
pub mod values;

pub use archive::{ArchiveError, MAX_CHART_SIZE, MAX_FILE_SIZE, archive_files, check_archive};
pub use chart::{Chart, Crd, File, ModTime};
pub use coalesce::{CoalesceError, coalesce_tables, coalesce_values, merge_values};
pub use compat::Compat;
pub use create::{check_chart_name, create_from, scaffold, starter_metadata};
pub use dependencies::{DependencyError, check_dependencies, process_dependencies};
pub use dependency_list::{ArchiveFact, dependency_status};
pub use facts::{ChartFacts, Entry};
pub use load::{LoadError, ValuesError, check_api_version, load_archive, load_files, load_values, merge_maps};
pub use lock::{Lock, hash_requirements, hash_v2_requirements};
pub use metadata::{Dependency, Maintainer, Metadata, ValidationError};
pub use save::{SaveError, archive_name, chart_folder, save_archive};
pub use schema::{LoadText, SchemaError, Violation, validate_schema, validate_schemas};
pub use warning::{Level, Warning};
