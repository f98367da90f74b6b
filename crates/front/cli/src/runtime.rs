//! The asynchronous runtime: started by the few commands that talk to something.

use tokio::runtime::{Builder, Runtime};

/// Starts it.
///
/// One worker beside the caller: a template that looks something up blocks the caller, and the worker
/// carries the request meanwhile.
pub(crate) fn start() -> Result<Runtime, String> {
    let start = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    start.map_err(|error| format!("cannot start the runtime: {}", corten_host::system_text(&error)))
}
