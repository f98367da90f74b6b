//! `uninstall`. Go: action/uninstall.go.

use corten_chart::Compat;
use corten_gotmpl::LogLevel;
use corten_release::{
    ClusterError, Object, Propagation, Release, ReleaseName, Status, StoreError, Validation, WaitFor, WaitStrategy,
};
use corten_render::{HookEvent, Manifest, UNINSTALL_ORDER};

use super::change::Changer;
use super::error::ActionError;
use super::hooks::HookRunner;
use super::ledger::{Entry, Ledger};
use super::ports::{Ports, WaitOptions};

/// How to uninstall.
#[derive(Clone, Copy, Debug)]
pub struct UninstallOptions<'a> {
    /// `--dry-run`.
    pub dry_run: bool,
    /// `--ignore-not-found`.
    pub ignore_not_found: bool,
    /// `--keep-history`.
    pub keep_history: bool,
    /// `--cascade`.
    pub cascade: Propagation,
    /// How to wait.
    pub wait: WaitOptions,
    /// `--description`.
    pub description: &'a str,
}

impl UninstallOptions<'_> {
    /// What `install --rollback-on-failure` does.
    pub(super) fn after_failure(wait: WaitOptions) -> Self {
        Self {
            dry_run: false,
            ignore_not_found: false,
            keep_history: false,
            cascade: Propagation::Background,
            wait,
            description: "",
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Uninstalled {
    /// The last revision.
    pub release: Release,
    /// Which objects were kept; empty for none.
    pub info: String,
}

/// Uninstalls a release; `None` when it does not exist and that is fine.
///
/// # Errors
/// Helm's text of the first step that fails.
pub async fn uninstall(
    ports: &Ports<'_>,
    name: &str,
    options: &UninstallOptions<'_>,
) -> Result<Option<Uninstalled>, ActionError> {
    let ledger = Ledger::new(*ports);
    let is_valid = ReleaseName::parse(name).is_ok();
    let history = async { if is_valid { ledger.history(name).await } else { Err(StoreError::NotFound) } };
    let (reachable, history) = futures::join!(ports.cluster.reachable(), history);
    reachable?;
    let uninstallation = Uninstallation { ledger: &ledger, options, name };
    if options.dry_run {
        return uninstallation.dry(is_valid, history);
    }
    if !is_valid {
        return Err(ActionError::new(format!("uninstall: Release name is invalid: {name}")));
    }
    let entries = match history {
        Err(_) if options.ignore_not_found => return Ok(None),
        Err(error) => {
            return Err(ActionError::from(error).context(format_args!("uninstall: Release not loaded: {name}")));
        }
        Ok(entries) => entries,
    };
    if entries.is_empty() {
        return Err(ActionError::new("no release provided"));
    }
    uninstallation.run(&entries).await.map(Some)
}

struct Uninstallation<'a> {
    ledger: &'a Ledger<'a>,
    options: &'a UninstallOptions<'a>,
    name: &'a str,
}

impl Uninstallation<'_> {
    /// Go: `releaseContent`.
    fn dry(&self, is_valid: bool, history: Result<Vec<Entry>, StoreError>) -> Result<Option<Uninstalled>, ActionError> {
        if !is_valid {
            return Err(ActionError::new(format!("releaseContent: Release name is invalid: {}", self.name)));
        }
        match history {
            Err(StoreError::NotFound) if self.options.ignore_not_found => Ok(None),
            history => {
                let release = self.ledger.last(self.name, &history?)?;
                Ok(Some(Uninstalled { release, info: String::new() }))
            }
        }
    }

    async fn run(&self, entries: &[Entry]) -> Result<Uninstalled, ActionError> {
        let (ports, options) = (&self.ledger.ports, self.options);
        let mut release = self.ledger.last(self.name, entries)?;
        if release.info.status == Status::Uninstalled {
            if options.keep_history {
                let name = corten_gostd::strconv::quote(self.name.as_bytes());
                return Err(ActionError::new(format!("the release named {name} is already deleted")));
            }
            self.purge(entries).await.map_err(|error| error.context("uninstall: Failed to purge the release"))?;
            return Ok(Uninstalled { release, info: String::new() });
        }
        ports.world.log(LogLevel::Debug, "uninstall: deleting release", &[("name", self.name)]);
        release.info.status = Status::Uninstalling;
        release.info.deleted = Some(ports.now());
        "Deletion in progress (or silently failed)".clone_into(&mut release.info.description);
        self.hooks(&mut release, HookEvent::PreDelete).await?;
        self.record(&release).await;
        let (objects, kept) = self.delete(&release).await?;
        let mut errors = Vec::new();
        if options.wait.strategy != WaitStrategy::HookOnly {
            let request = options.wait.request(&objects, WaitFor::Deleted, ports.observer);
            errors.extend(ports.cluster.wait(request).await.err().map(ActionError::from));
        }
        errors.extend(self.hooks(&mut release, HookEvent::PostDelete).await.err());
        let given = options.description;
        release.set_status(Status::Uninstalled, if given.is_empty() { "Uninstallation complete" } else { given });
        if options.keep_history {
            // Before the last word, so that a run that dies here is carried on by the next.
            self.supersede(entries, release.version).await;
            self.record(&release).await;
        } else if let Err(error) = self.purge(entries).await {
            errors.push(error.context("uninstall: Failed to purge the release"));
        }
        let info = if kept.is_empty() {
            kept
        } else {
            format!("These resources were kept due to the resource policy:\n{kept}")
        };
        match errors.first() {
            None => Ok(Uninstalled { release, info }),
            Some(first) => {
                let texts: Vec<&str> = errors.iter().map(|error| error.text.as_str()).collect();
                let text = format!("uninstallation completed with {} error(s): {}", errors.len(), texts.join("; "));
                Err(first.clone().reworded(text).with_release(release))
            }
        }
    }

    async fn hooks(&self, release: &mut Release, event: HookEvent) -> Result<(), ActionError> {
        if !self.options.wait.hooks {
            self.ledger.ports.world.log(LogLevel::Debug, "delete hooks disabled", &[("release", self.name)]);
            return Ok(());
        }
        let runner = HookRunner { ledger: self.ledger, wait: self.options.wait, server_side: true };
        runner.run(release, event).await
    }

    /// Go: what cannot be stored is only logged.
    async fn record(&self, release: &Release) {
        if let Err(error) = self.ledger.update(release).await {
            let text = "uninstall: Failed to store updated release";
            self.ledger.ports.world.log(LogLevel::Debug, text, &[("error", &error.text)]);
        }
    }

    async fn supersede(&self, entries: &[Entry], last: i64) {
        let deployed = entries.iter().filter(|entry| entry.status == Status::Deployed && entry.number != last);
        for mut release in deployed.filter_map(|entry| entry.release().ok()) {
            release.info.status = Status::Superseded;
            self.record(&release).await;
        }
    }

    /// Deletes all records, the last revision last: as long as anything of the release is there, so
    /// is what says how to uninstall it.
    async fn purge(&self, entries: &[Entry]) -> Result<(), ActionError> {
        let Some((last, older)) = entries.split_last() else { return Ok(()) };
        let deletions = older.iter().map(|entry| self.ledger.delete(self.name, entry.number));
        for deleted in futures::future::join_all(deletions).await {
            ignore_missing(deleted)?;
        }
        ignore_missing(self.ledger.delete(self.name, last.number).await)
    }

    /// Deletes the objects; gives them, and the text about those that were kept. Go: `deleteRelease`.
    async fn delete(&self, release: &Release) -> Result<(Vec<Object>, String), ActionError> {
        let ports = &self.ledger.ports;
        let failed = |error: &str| {
            ports.world.log(LogLevel::Debug, "uninstall: Failed to delete release", &[("error", error)]);
            ActionError::new(format!("failed to delete release: {}", self.name))
        };
        let (manifests, kept) = doomed(release).map_err(|error| {
            failed(&format!("[corrupted release record. You must manually delete the resources: {error}]"))
                .hint(format!("corrupted release record: {error}"))
        })?;
        let mut text = String::new();
        for manifest in &manifests {
            text.push_str("\n---\n");
            text.push_str(&String::from_utf8_lossy(&manifest.content));
        }
        let objects = ports.cluster.build(&text, Validation::Ignore).await.map_err(|error| {
            failed(&format!("[unable to build kubernetes objects for delete: {error}]"))
                .hint(format!("unable to build kubernetes objects for delete: {error}"))
        })?;
        let changer = Changer {
            cluster: ports.cluster,
            world: ports.world,
            server_side: true,
            force_conflicts: false,
            force_replace: false,
            three_way: false,
            migrates: false,
        };
        let deleted = changer.delete(&objects, self.options.cascade).await;
        deleted.map_err(|errors| {
            let texts: Vec<String> = errors.iter().map(ClusterError::to_string).collect();
            // Helm tells nobody why; the reasons are hints here.
            texts.iter().fold(failed(&format!("[{}]", texts.join(" "))), ActionError::hint)
        })?;
        Ok((objects, kept))
    }
}

/// The documents to delete in Helm's order, and the text about the others.
fn doomed(release: &Release) -> Result<(Vec<Manifest>, String), String> {
    let sorted = corten_render::sort_record(release.manifest.as_bytes(), UNINSTALL_ORDER, Compat::default())
        .map_err(|error| error.to_string())?;
    let mut kept = String::new();
    let mut doomed = Vec::new();
    for (manifest, policy) in sorted {
        match policy {
            None => doomed.push(manifest),
            Some(policy) if policy.trim().eq_ignore_ascii_case("keep") => {
                kept.extend(["[", &manifest.kind, "] ", &manifest.name, "\n"]);
            }
            // Go: filterManifestsToKeep drops objects with any other policy.
            Some(_) => {}
        }
    }
    Ok((doomed, kept))
}

fn ignore_missing(deleted: Result<(), StoreError>) -> Result<(), ActionError> {
    match deleted {
        Err(error) if !error.is_not_found() => Err(error.into()),
        _ => Ok(()),
    }
}
