//! The commands around the gateway.

mod mcp;

use std::io::{self, BufReader};

use crate::demo;
use crate::flags::FlagSet;
use crate::session::{Failure, Session};
use crate::table::Serving;

pub(super) fn run(
    session: &mut Session<'_>,
    what: Serving,
    flags: &FlagSet,
    arguments: &[String],
) -> Result<(), Failure> {
    match what {
        Serving::Demo => {
            demo::serve(BufReader::new(io::stdin()), session.output());
            Ok(())
        }
        Serving::McpList => mcp::list(session, flags, arguments),
        Serving::McpCall => mcp::call(session, flags, arguments),
        Serving::McpGet => mcp::get(session, flags, arguments),
        Serving::McpRead => mcp::read(session, flags, arguments),
        _ => Err(Failure::Error("not in this build".to_owned())),
    }
}
