//! The commands that work on releases.

use crate::flags::FlagSet;
use crate::session::{Failure, Session};
use crate::table::Verb;

pub(super) fn run(
    _session: &mut Session<'_>,
    verb: Verb,
    _flags: &FlagSet,
    _arguments: &[String],
) -> Result<(), Failure> {
    Err(Failure::Error(format!("{verb:?} does not reach a cluster yet")))
}
