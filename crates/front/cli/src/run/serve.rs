//! The commands around the gateway.

mod audit;
mod mcp;

use std::future::Future;
use std::io::{self, BufReader};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::flags::FlagSet;
use crate::session::{Failure, Session};
use crate::table::Serving;
use crate::up::{self, Hosting};
use crate::{config, demo};

pub(super) fn run(
    session: &mut Session<'_>,
    what: Serving,
    flags: &FlagSet,
    arguments: &[String],
) -> Result<(), Failure> {
    match what {
        Serving::Up => serve(session, flags, Hosting::Children),
        Serving::Gateway => serve(session, flags, Hosting::Remote),
        Serving::Demo => {
            demo::serve(BufReader::new(io::stdin()), session.output());
            Ok(())
        }
        Serving::McpList => mcp::list(session, flags, arguments),
        Serving::McpCall => mcp::call(session, flags, arguments),
        Serving::McpGet => mcp::get(session, flags, arguments),
        Serving::McpRead => mcp::read(session, flags, arguments),
        Serving::AuditVerify => audit::verify(session, flags),
        Serving::AuditExport => audit::export(session, flags),
    }
}

fn serve(session: &mut Session<'_>, flags: &FlagSet, hosting: Hosting) -> Result<(), Failure> {
    if flags.is_on("schema") {
        return session.print(&format!("{:#}\n", config::schema()));
    }
    let options = options(flags, hosting);
    if flags.is_on("check") {
        let loaded = options.load()?;
        up::check(&options, &loaded)?;
        let count = loaded.configuration.servers.len();
        let place = loaded.file.map_or_else(|| "no file".to_owned(), |file| file.display().to_string());
        return session.print(&format!("{place}: the configuration is valid, {count} servers\n"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Error(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(up::run(options, &mut |text| {
        // Nobody reads it: the gateway serves all the same.
        drop(session.print(text).and_then(|()| session.flush()));
    }));
    // A resolver thread that hangs is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(500));
    Ok(outcome?)
}

fn options(flags: &FlagSet, hosting: Hosting) -> up::Options {
    let path = |name: &str| Some(flags.text(name)).filter(|text| !text.is_empty()).map(PathBuf::from);
    up::Options {
        file: path("file"),
        data: path("data"),
        listen: Some(flags.text("listen")).filter(|text| !text.is_empty()).map(str::to_owned),
        hosting,
        is_demo: hosting == Hosting::Children && flags.is_on("demo"),
        variables: Arc::new(|name| std::env::var(name).ok()),
    }
}

/// Runs something that waits for the network, on this thread.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Error(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(work);
    // A resolver thread that hangs is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(outcome)
}
