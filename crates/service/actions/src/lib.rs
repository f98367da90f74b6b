//! The Helm verbs as functions: what `corten template`, `lint`, `show` … do, without argv and
//! without printing.
//!
//! Front ends read arguments and files, call these functions and show what they return; files are
//! written only by the caller, from a complete list of writes.

mod columns;
mod dependency_list;
mod diagnose;
mod dry_run;
mod file_write;
mod jsonpath;
mod lint;
mod name_template;
mod post_render;
mod printed;
pub mod release;
mod show;
mod show_only;
mod template;
mod version;

pub use columns::columns;
pub use dependency_list::{ChartsEntry, dependency_list};
pub use diagnose::{Locate, ValuesFile, diagnose};
pub use dry_run::{DryRun, DryRunError, DryRunOptions, dry_run};
pub use file_write::{FileWrite, WriteMode};
pub use lint::{LintMessage, LintOptions, LintReport, LintResult, RULES, Rule, Severity, lint, report};
pub use name_template::template_name;
pub use post_render::{PostRenderer, Run};
pub use printed::Printed;
pub use show::{ShowSection, show};
pub use template::{TemplateOptions, TemplateOutcome, template};
pub use version::{version_line, version_short, version_template};
