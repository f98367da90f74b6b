//! The Helm verbs as functions: what `corten template`, `lint`, `show` … do, without argv and
//! without printing.
//!
//! Front ends read arguments and files, call these functions and show what they return; files are
//! written only by the caller, from a complete list of writes.

mod diagnose;
mod dry_run;
mod file_write;
mod release_name;
mod show_only;
mod template;

pub use diagnose::{Diagnosis, diagnose};
pub use dry_run::{DryRun, DryRunError, DryRunOptions, dry_run};
pub use file_write::{FileWrite, WriteMode};
pub use release_name::validate_release_name;
pub use template::{TemplateOptions, TemplateOutcome, template};
