//! `lint` checks a chart.

use crate::flags::FlagSet;
use crate::session::{Failure, Session};

use super::chart_source;

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet, _arguments: &[String]) -> Result<(), Failure> {
    let _world = chart_source::world(session, flags)?;
    Err(Failure::Error("the linter is not wired in yet".to_owned()))
}
