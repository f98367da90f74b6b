//! The commands around the gateway.

use std::io;

use crate::demo;
use crate::flags::FlagSet;
use crate::session::{Failure, Session};
use crate::table::Serving;

pub(super) fn run(
    _session: &mut Session<'_>,
    what: Serving,
    _flags: &FlagSet,
    _arguments: &[String],
) -> Result<(), Failure> {
    match what {
        Serving::Demo => {
            demo::serve(io::stdin().lock(), &mut io::stdout());
            Ok(())
        }
        _ => Err(Failure::Error("not in this build".to_owned())),
    }
}
