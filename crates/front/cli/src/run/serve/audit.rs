//! `audit verify|export`: the records of a gateway, which may be running.

use corten_govern::audit::Summary;
use corten_store::{AuditReader, Ed25519Verifier, sqlite_url};

use super::{block_on, options};
use crate::flags::FlagSet;
use crate::session::{Failure, Session};
use crate::up::Hosting;

/// `audit verify`.
pub(super) fn verify(session: &mut Session<'_>, flags: &FlagSet) -> Result<(), Failure> {
    let url = database(flags)?;
    let summary = block_on(async {
        let reader = AuditReader::open(&url).await?;
        reader.verify(&Ed25519Verifier { trusted: Vec::new() }).await
    })?;
    let summary = summary.map_err(|error| Failure::Error(format!("cannot check the audit records: {error}")))?;
    for fault in &summary.faults {
        session.complain(&format!("{fault}\n"));
    }
    let Summary { entries, writers, checkpoints, uncovered, ref faults } = summary;
    session.print(&format!(
        "{entries} records of {writers} writers, {checkpoints} checkpoints, {uncovered} records after the last checkpoint\n"
    ))?;
    if faults.is_empty() {
        return session.print("the records are whole\n");
    }
    Err(Failure::Error(format!("{} places in the audit records do not fit together", faults.len())))
}

/// `audit export`.
pub(super) fn export(session: &mut Session<'_>, flags: &FlagSet) -> Result<(), Failure> {
    let url = database(flags)?;
    let exported = block_on(async {
        let reader = AuditReader::open(&url).await?;
        let out = session.output();
        reader.export(|line| writeln!(out, "{line}")).await
    })?;
    exported.map(drop).map_err(|error| Failure::Error(format!("cannot export the audit records: {error}")))
}

/// The database that the command line or the configuration names. It has to be there: nothing is made here.
fn database(flags: &FlagSet) -> Result<String, Failure> {
    let options = options(flags, Hosting::Children);
    let loaded = options.load()?;
    if let Some(url) = options.database(&loaded)? {
        return Ok(url.into_exposed());
    }
    let data = options.data(&loaded);
    if !data.exists() {
        return Err(Failure::Hint {
            error: format!("there are no records in {}", data.display()),
            hint: "name the data folder of a gateway with --data, or its configuration with --file".to_owned(),
        });
    }
    Ok(sqlite_url(&data))
}
