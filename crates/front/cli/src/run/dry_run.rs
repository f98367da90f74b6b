//! `--dry-run` in its old and new forms. Go: helpers.go cmdGetDryRunFlagStrategy.

use corten_actions::release::DryRunMode;
use corten_gostd::strconv;
use corten_gotmpl::LogLevel;

use crate::flags::FlagSet;
use crate::session::{Failure, Session};

/// What a command may do besides a dry run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// The real thing.
    Runs,
    /// Nothing: `template` is always a dry run.
    Nothing,
}

/// Reads the flag; old forms are warned of.
pub(super) fn mode(session: &mut Session<'_>, flags: &FlagSet, otherwise: Otherwise) -> Result<DryRunMode, Failure> {
    let text = flags.text("dry-run").to_owned();
    let invalid = |choices: &str| {
        let quoted = strconv::quote(text.as_bytes());
        Failure::Error(format!("invalid dry-run value ({quoted}). Must be {choices}"))
    };
    let only_dry = || match otherwise {
        Otherwise::Runs => Ok(DryRunMode::None),
        Otherwise::Nothing => Err(invalid("\"server\" or \"client\"")),
    };
    match text.as_str() {
        "unset" => {
            let warning = "--dry-run is deprecated and should be replaced with '--dry-run=client'";
            session.log(LogLevel::Warn, warning, &[]);
            return Ok(DryRunMode::Client);
        }
        "client" => return Ok(DryRunMode::Client),
        "server" => return Ok(DryRunMode::Server),
        "none" => return only_dry(),
        _ => {}
    }
    let (mode, name) = match strconv::parse_bool(text.as_bytes()) {
        Err(_) => return Err(invalid("\"none\", \"server\", or \"client\"")),
        Ok(false) => (only_dry()?, "none"),
        Ok(true) => (DryRunMode::Client, "client"),
    };
    let warning = format!("boolean '--dry-run={text}' flag is deprecated and must be replaced with '--dry-run={name}'");
    session.log(LogLevel::Warn, &warning, &[]);
    Ok(mode)
}
