//! The records of one release: read once, written with fences, and a lease while a flow works.

use std::borrow::Cow;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use corten_gotmpl::LogLevel;
use corten_release::flow::{Pending, Revision};
use corten_release::{
    Body, Fence, Labels, Lease, RENEW_EVERY, Record, Release, Status, StoreError, Stored, WriteKind, codec, parse_key,
    record_key, stored_labels, user_labels,
};
use futures::future::{Either, select};
use futures::lock::Mutex;

use super::error::{ActionError, Cause};
use super::ports::Ports;

/// A stored revision, decoded when it is needed.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its number.
    pub number: i64,
    /// Its state.
    pub status: Status,
    /// What is stored.
    pub stored: Stored,
}

impl Entry {
    fn new(stored: Stored) -> Option<Self> {
        let label = |name: &str| stored.labels.get(name).map(String::as_str);
        let number = label("version").and_then(|text| text.parse().ok());
        let number = number.or_else(|| parse_key(&stored.key).map(|(_, number)| number))?;
        // The sql driver answers queries with the labels of users alone.
        let status = match label("status") {
            Some(status) => Status::parse(status),
            None => summary_of(&stored).map(|summary| summary.info.status).unwrap_or_default(),
        };
        Some(Self { number, status, stored })
    }

    /// The release, with all labels of the record, as Helm's queries give it.
    pub(super) fn release(&self) -> Result<Release, codec::CodecError> {
        decoded(&self.stored, Labels::clone)
    }

    /// The release with the user's labels alone, as Helm's drivers get it by key.
    pub(super) fn own_release(&self) -> Result<Release, codec::CodecError> {
        decoded(&self.stored, user_labels)
    }
}

fn decoded(stored: &Stored, labels: impl Fn(&Labels) -> Labels) -> Result<Release, codec::CodecError> {
    match &stored.body {
        Body::Release(release) => Ok((**release).clone()),
        Body::Encoded(text) | Body::Head(text) => codec::decode(text).map(|mut release| {
            release.labels = labels(&stored.labels);
            release
        }),
    }
}

/// The record a flow holds.
struct Held {
    key: String,
    fence: Fence,
    lease: Lease,
}

/// The records of a release.
pub(super) struct Ledger<'a> {
    /// What the flow works with.
    pub ports: Ports<'a>,
    held: Mutex<Option<Held>>,
    slim: bool,
}

/// How guarded work ended.
pub(super) enum Outcome<T> {
    /// By itself.
    Done(T),
    /// The user stopped it.
    Cancelled,
    /// Somebody else took the release over.
    Lost,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(ports: Ports<'a>) -> Self {
        Self { ports, held: Mutex::new(None), slim: false }
    }

    /// Leaves out of records what Helm can do without.
    pub(super) fn slim(mut self, slim: bool) -> Self {
        self.slim = slim;
        self
    }

    /// All revisions, oldest first. Go: storage.go `History`.
    pub(super) async fn history(&self, name: &str) -> Result<Vec<Entry>, StoreError> {
        let labels: Labels =
            [("name", name), ("owner", "helm")].map(|(key, text)| (key.to_owned(), text.to_owned())).into();
        let found = self.ports.store.query(&labels).await?;
        let mut entries: Vec<Entry> = found.into_iter().filter_map(Entry::new).collect();
        entries.sort_by_key(|entry| entry.number);
        Ok(entries)
    }

    /// The last revision that can be read. Go: storage.go `Last`.
    pub(super) fn last(&self, name: &str, entries: &[Entry]) -> Result<Release, ActionError> {
        let readable = entries.iter().rev().find_map(|entry| match entry.release() {
            Ok(release) => Some(release),
            Err(error) => {
                self.undecodable(entry, &error.to_string());
                None
            }
        });
        let quoted = corten_gostd::strconv::quote(name.as_bytes());
        readable.ok_or_else(|| ActionError::new(format!("no revision for release {quoted}")))
    }

    fn undecodable(&self, entry: &Entry, error: &str) {
        let attributes = [("key", entry.stored.key.as_str()), ("error", error)];
        self.ports.world.log(LogLevel::Debug, "failed to decode release", &attributes);
    }

    /// One revision, with the user's labels alone. Go: the drivers' `Get`.
    pub(super) async fn get(&self, name: &str, revision: i64) -> Result<Release, ActionError> {
        let key = record_key(name, revision);
        let stored = self.ports.store.get(&key).await?;
        decoded(&stored, user_labels).map_err(|error| {
            let key = corten_gostd::strconv::quote(key.as_bytes());
            ActionError::new(format!("get: failed to decode data {key}: {error}"))
        })
    }

    /// Stores a new record; a pending one is held from now on.
    pub(super) async fn create(&self, release: &Release) -> Result<(), ActionError> {
        let lease = self.lease_for(release);
        let record = self.record(release, WriteKind::Create, lease.clone())?;
        let fence = self.ports.store.create(&record).await?;
        self.hold(record.key, fence, lease).await;
        Ok(())
    }

    /// Writes over an abandoned record and holds it from now on.
    pub(super) async fn take_over(&self, release: &Release, found: &Entry) -> Result<(), ActionError> {
        let lease = self.lease_for(release);
        let record = self.record(release, WriteKind::Update, lease.clone())?;
        let written = self.ports.store.update(&record, Some(&found.stored.fence)).await;
        let fence = written.map_err(|error| if error.is_conflict() { lost() } else { error.into() })?;
        self.hold(record.key, fence, lease).await;
        Ok(())
    }

    async fn hold(&self, key: String, fence: Fence, lease: Option<Lease>) {
        *self.held.lock().await = lease.map(|lease| Held { key, fence, lease });
    }

    /// Writes over a record; the held one only if nobody took it over.
    pub(super) async fn update(&self, release: &Release) -> Result<(), ActionError> {
        let mut held = self.held.lock().await;
        let key = release.key();
        let Some(own) = held.as_mut().filter(|held| held.key == key) else {
            let record = self.record(release, WriteKind::Update, None)?;
            return Ok(self.ports.store.update(&record, None).await.map(|_| ())?);
        };
        let lease = self.lease_for(release);
        let record = self.record(release, WriteKind::Update, lease.clone())?;
        let written = match self.ports.store.update(&record, Some(&own.fence)).await {
            Err(error) if error.is_conflict() => {
                // An answer that got lost on the way looks the same: whose is it now?
                let fence = self.fence_if_ours(own).await.ok_or_else(lost)?;
                self.ports.store.update(&record, Some(&fence)).await
            }
            written => written,
        };
        let fence = written?;
        *held = lease.map(|lease| Held { key, fence, lease });
        Ok(())
    }

    /// Go: action.go `recordRelease`: a record that cannot be written is only logged.
    pub(super) async fn note(&self, release: &Release) -> Result<(), ActionError> {
        match self.update(release).await {
            Err(error) if error.cause == Cause::Lost => Err(error),
            Err(error) => {
                let revision = release.version.to_string();
                let attributes = [("name", release.name.as_str()), ("revision", &revision), ("error", &error.text)];
                self.ports.world.log(LogLevel::Warn, "failed to update release", &attributes);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Deletes a revision.
    pub(super) async fn delete(&self, name: &str, revision: i64) -> Result<(), StoreError> {
        self.ports.store.delete(&record_key(name, revision), None).await
    }

    async fn fence_if_ours(&self, held: &Held) -> Option<Fence> {
        let stored = self.ports.store.get(&held.key).await.ok()?;
        let is_ours = stored.lease.is_some_and(|lease| lease.holder == held.lease.holder);
        is_ours.then_some(stored.fence)
    }

    fn lease_for(&self, release: &Release) -> Option<Lease> {
        let lease = || Lease { holder: self.ports.process.holder(), renewed: self.ports.now() };
        release.info.status.is_pending().then(lease)
    }

    fn record(&self, release: &Release, write: WriteKind, lease: Option<Lease>) -> Result<Record, ActionError> {
        let mut release = Cow::Borrowed(release);
        if self.slim
            && let Some(chart) = &mut release.to_mut().chart
        {
            chart.slim();
        }
        let (body, about) = if self.ports.store.driver() == "Memory" {
            let whole = Arc::new(release.clone().into_owned());
            (Body::Release(Arc::clone(&whole)), whole)
        } else {
            (Body::Encoded(codec::encode(&release).into()), Arc::new(release.head()))
        };
        if let (Body::Encoded(text), Some(limit)) = (&body, self.ports.store.limit())
            && text.len() > limit
        {
            return Err(self.too_large(&release, write, text.len(), limit));
        }
        Ok(Record {
            key: release.key(),
            namespace: release.namespace.clone(),
            labels: stored_labels(&release, write, self.ports.unix()),
            lease,
            body,
            release: about,
        })
    }

    fn too_large(&self, release: &Release, write: WriteKind, size: usize, limit: usize) -> ActionError {
        let (driver, key) = (self.ports.store.driver(), corten_gostd::strconv::quote(release.key().as_bytes()));
        let (field, verb) = (if driver == "Secret" { "data" } else { "[]" }, verb(write));
        let sizes = codec::sizes(release);
        let largest: Vec<String> =
            sizes.iter().take(5).map(|size| format!("{} ({} bytes)", size.part, size.bytes)).collect();
        ActionError::new(format!(
            "{verb}: failed to {verb}: {driver} {key} is invalid: {field}: Too long: may not be more than {limit} bytes"
        ))
        .hint(format!(
            "the record of the release takes {size} bytes; largest before compression: {}",
            largest.join(", ")
        ))
        .hint("leave large files out of the chart with .helmignore, use --slim (ours), or HELM_DRIVER=sql")
    }

    /// Runs work while the lease is renewed, until it ends, the user stops it or the lease is lost.
    pub(super) async fn guard<T>(&self, work: impl Future<Output = T>) -> Outcome<T> {
        let work = pin!(work);
        let beat = pin!(self.keep_renewing());
        let cancelled = self.ports.cancel.cancelled();
        match select(work, select(beat, cancelled)).await {
            Either::Left((result, _)) => Outcome::Done(result),
            Either::Right((Either::Left(_), _)) => Outcome::Lost,
            Either::Right((Either::Right(_), _)) => Outcome::Cancelled,
        }
    }

    /// Ends when the lease is lost.
    async fn keep_renewing(&self) {
        loop {
            self.ports.process.sleep(RENEW_EVERY).await;
            let mut held = self.held.lock().await;
            let Some(own) = held.as_mut() else { continue };
            let lease = Lease { holder: own.lease.holder.clone(), renewed: self.ports.now() };
            match self.ports.store.renew(&own.key, &lease, &own.fence).await {
                Ok(fence) => (own.fence, own.lease) = (fence, lease),
                Err(StoreError::NotFound) => return,
                Err(error) if error.is_conflict() => match self.fence_if_ours(own).await {
                    Some(fence) => own.fence = fence,
                    None => return,
                },
                // The server may be away for a moment; the next beat or write will tell.
                Err(_) => {}
            }
        }
    }

    /// Whether the last revision, when it is pending, is worked on. May wait for a lease to run out;
    /// the entries are then those that were found afterwards.
    pub(super) async fn pending(&self, name: &str, entries: &mut Vec<Entry>) -> Result<Option<Pending>, StoreError> {
        let Some(last) = entries.last().filter(|last| last.status.is_pending()) else { return Ok(None) };
        let Some(lease) = last.stored.lease.clone() else { return Ok(Some(Pending::Held)) };
        let gone = if let Some(alive) = self.ports.process.is_alive(&lease.holder) {
            !alive
        } else {
            let rest = lease.remaining(self.ports.process.now());
            if !rest.is_zero() {
                let holder = lease.holder.to_string();
                let seconds = rest.as_secs().to_string();
                let attributes = [("holder", holder.as_str()), ("seconds", seconds.as_str())];
                self.ports.world.log(LogLevel::Info, "waiting for the lease of another operation", &attributes);
                self.ports.process.sleep(rest).await;
                *entries = self.history(name).await?;
            }
            entries.last().is_some_and(|last| last.stored.lease.as_ref() == Some(&lease))
        };
        if !gone {
            return Ok(Some(Pending::Held));
        }
        let revision = entries.last().map(|last| last.number.to_string()).unwrap_or_default();
        let holder = lease.holder.to_string();
        self.ports.world.log(
            LogLevel::Warn,
            "the operation before this one was interrupted; taking its revision over",
            &[("release", name), ("revision", &revision), ("holder", &holder)],
        );
        Ok(Some(Pending::Abandoned))
    }
}

fn verb(write: WriteKind) -> &'static str {
    match write {
        WriteKind::Create => "create",
        WriteKind::Update => "update",
    }
}

/// The error of a flow whose release was taken over.
pub(super) fn lost() -> ActionError {
    ActionError::of(Cause::Lost, "another process took over this release")
        .hint("see its state with `helm history`; nothing more was changed here")
}

/// The revisions as facts.
pub(super) fn revisions(entries: &[Entry]) -> Vec<Revision> {
    entries.iter().map(|entry| Revision { number: entry.number, status: entry.status.clone() }).collect()
}

/// Go: `errPending`, with the way out.
pub(super) fn pending_hint(error: ActionError, name: &str) -> ActionError {
    if error.cause == Cause::Pending {
        return error.hint(format!("if no operation is running any more: corten unlock {name}, or roll back"));
    }
    error
}

/// What lists show of a record; nothing when it cannot be read, as in Helm.
pub(super) fn summary_of(stored: &Stored) -> Option<codec::Summary> {
    match &stored.body {
        Body::Release(release) => Some(codec::Summary::of(release)),
        Body::Encoded(text) => codec::summary(text).ok(),
        Body::Head(text) => codec::summary_of_head(text),
    }
}
