//! The real outside: files, clock, entropy, keys, DNS and the log, behind the ports of the layers
//! below.

mod chart_dir;
mod cores;
mod go_error;
mod keys;
mod links;
mod log;
mod process;
mod random;
mod schema_text;
mod world;
mod write;

pub use chart_dir::{Loader, ReadChartError, chart_files, read_archive, read_chart};
pub use go_error::{path_error, system_text};
pub use log::{Log, log_line};
pub use process::HostProcess;
pub use schema_text::Web;
pub use world::{HostWorld, HostWorldOptions};
pub use write::write_files;
