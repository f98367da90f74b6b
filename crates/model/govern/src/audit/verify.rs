//! Checks chains and checkpoints, offline, entry by entry.
//!
//! Entries come in any order of writers, but each writer's in the order of their numbers; memory
//! is bounded by the number of writers and of heads that are still to come. Checkpoints come
//! first: they say what must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::audit::{Checkpoint, Entry, GENESIS, Head, LetGo, Verifier};

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Whose chain; empty for a checkpoint.
    pub writer: String,
    /// The number of the entry or of the checkpoint.
    pub seq: u64,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The entry is not one.
    Unreadable,
    /// The body was changed.
    Hash,
    /// The entry before is another one than the entry says.
    Link,
    /// Entries are missing before this one.
    Gap,
    /// The entry that a checkpoint vouches for is another one.
    Head,
    /// The entry that a checkpoint vouches for is missing.
    Missing,
    /// The signature of the checkpoint is wrong or of an unknown key.
    Signature,
    /// The checkpoint before is another one than the checkpoint says, or is missing.
    CheckpointLink,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { writer, seq, kind } = self;
        match kind {
            FaultKind::Unreadable => write!(out, "entry {seq} of {writer} cannot be read"),
            FaultKind::Hash => write!(out, "entry {seq} of {writer} was changed after it was written"),
            FaultKind::Link => write!(out, "entry {seq} of {writer} does not follow the entry before it"),
            FaultKind::Gap => write!(out, "entries of {writer} before {seq} are missing"),
            FaultKind::Head => write!(out, "entry {seq} of {writer} is not the one that a checkpoint vouches for"),
            FaultKind::Missing => write!(out, "entry {seq} of {writer} is missing, a checkpoint vouches for it"),
            FaultKind::Signature => write!(out, "checkpoint {seq} has no valid signature of a trusted key"),
            FaultKind::CheckpointLink => write!(out, "checkpoint {seq} does not follow the one before it"),
        }
    }
}

/// What was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Entries that were checked.
    pub entries: u64,
    /// Writers that wrote them.
    pub writers: u64,
    /// Checkpoints that were checked.
    pub checkpoints: u64,
    /// Entries after the last checkpoint of their writer, which nothing vouches for yet.
    pub uncovered: u64,
    /// What does not fit; at most [`ChainVerifier::MAX_FAULTS`].
    pub faults: Vec<Fault>,
}

/// A check that is under way.
#[derive(Debug, Default)]
pub struct ChainVerifier {
    writers: BTreeMap<String, (u64, String)>,
    expected: BTreeMap<String, BTreeSet<(u64, String)>>,
    covered: BTreeMap<String, u64>,
    last_checkpoint: Option<(u64, String)>,
    /// The first checkpoint's number and what it follows, when that is not the beginning.
    late_start: Option<(u64, String)>,
    /// What the last statement about it says was removed.
    let_go: Option<LetGo>,
    is_begun: bool,
    summary: Summary,
}

impl ChainVerifier {
    /// Faults that are told; later ones are only counted as checked.
    pub const MAX_FAULTS: usize = 1_000;

    /// Checks a checkpoint; they come in the order of their numbers.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint, verifier: &dyn Verifier) {
        self.summary.checkpoints += 1;
        let Ok(body) = checkpoint.read() else {
            let seq = self.summary.checkpoints;
            return self.fault("", seq, FaultKind::Unreadable);
        };
        let is_signed = checkpoint.is_signed(&body.key, verifier);
        if !is_signed {
            self.fault("", body.number, FaultKind::Signature);
        }
        let (number, prev) = self.last_checkpoint.as_ref().map_or((0, GENESIS), |(number, hash)| (*number, hash));
        if body.number != number + 1 || body.prev != prev {
            match self.last_checkpoint {
                Some(_) => self.fault("", body.number, FaultKind::CheckpointLink),
                // A later one may say that those before it were removed.
                None => self.late_start = Some((body.number, body.prev)),
            }
        }
        if let Some(let_go) = body.let_go.filter(|_| is_signed) {
            self.let_go = Some(let_go);
        }
        self.last_checkpoint = Some((body.number, checkpoint.hash()));
        for Head { writer, seq, hash } in body.heads {
            let covered = self.covered.entry(writer.clone()).or_default();
            *covered = (*covered).max(seq);
            self.expected.entry(writer).or_default().insert((seq, hash));
        }
    }

    /// Notes a line that is no entry.
    pub fn unreadable(&mut self) {
        self.summary.entries += 1;
        self.fault("?", self.summary.entries, FaultKind::Unreadable);
    }

    /// Notes a line that should be a checkpoint.
    pub fn unreadable_checkpoint(&mut self, number: u64) {
        self.summary.checkpoints += 1;
        self.fault("", number, FaultKind::Unreadable);
    }

    /// Checks an entry.
    pub fn entry(&mut self, entry: &Entry) {
        self.begin();
        self.summary.entries += 1;
        let Ok(body) = entry.read() else {
            let seq = self.summary.entries;
            return self.fault("?", seq, FaultKind::Unreadable);
        };
        let (writer, seq) = (body.writer, body.seq);
        let hash = HEXLOWER.encode(&Sha256::digest(entry.body.get().as_bytes()));
        if hash != entry.hash {
            self.fault(&writer, seq, FaultKind::Hash);
        }
        if let Some(kind) = self.link(&writer, seq, &body.prev) {
            self.fault(&writer, seq, kind);
        }
        self.check_heads(&writer, seq, &hash);
        if self.covered.get(&writer).is_none_or(|covered| *covered < seq) {
            self.summary.uncovered += 1;
        }
        self.writers.insert(writer, (seq, hash));
    }

    /// Ends the check.
    pub fn finish(mut self) -> Summary {
        self.begin();
        let missing: Vec<(String, u64)> = self
            .expected
            .iter()
            .flat_map(|(writer, heads)| heads.iter().map(move |(seq, _)| (writer.clone(), *seq)))
            .collect();
        for (writer, seq) in missing {
            self.fault(&writer, seq, FaultKind::Missing);
        }
        self.summary.writers = self.writers.len() as u64;
        self.summary
    }

    /// Takes into account what was removed, once all checkpoints are known.
    fn begin(&mut self) {
        if std::mem::replace(&mut self.is_begun, true) {
            return;
        }
        if let Some((number, prev)) = self.late_start.take() {
            let let_go = self.let_go.as_ref();
            // Those before a statement may still be there when the removal was cut short.
            let is_said = let_go.is_some_and(|let_go| {
                number <= let_go.checkpoint || (number == let_go.checkpoint + 1 && prev == let_go.hash)
            });
            if !is_said {
                self.fault("", number, FaultKind::CheckpointLink);
            }
        }
        for removed in self.let_go.iter().flat_map(|let_go| &let_go.entries) {
            if let Some(heads) = self.expected.get_mut(&removed.writer) {
                heads.retain(|(seq, _)| *seq > removed.seq);
            }
        }
    }

    /// How an entry does not follow the one before it.
    fn link(&mut self, writer: &str, seq: u64, prev: &str) -> Option<FaultKind> {
        let mut before = self.writers.get(writer).map_or((0, GENESIS), |(seq, hash)| (*seq, hash.as_str()));
        let removed = self.let_go.iter().flat_map(|let_go| &let_go.entries).find(|head| head.writer == writer);
        if let Some(removed) = removed.filter(|_| before.0 == 0) {
            if seq <= removed.seq {
                // What should be gone and is not has to be what it was.
                let end = (removed.seq, removed.hash.clone());
                self.expected.entry(writer.to_owned()).or_default().insert(end);
                return None;
            }
            before = (removed.seq, &removed.hash);
        }
        if seq != before.0 + 1 { Some(FaultKind::Gap) } else { (prev != before.1).then_some(FaultKind::Link) }
    }

    fn check_heads(&mut self, writer: &str, seq: u64, hash: &str) {
        let Some(heads) = self.expected.get_mut(writer) else { return };
        let mut faults = Vec::new();
        while let Some((number, expected)) = heads.first().filter(|(number, _)| *number <= seq).cloned() {
            heads.pop_first();
            if number < seq {
                faults.push((number, FaultKind::Missing));
            } else if expected != hash {
                faults.push((number, FaultKind::Head));
            }
        }
        for (number, kind) in faults {
            self.fault(writer, number, kind);
        }
    }

    fn fault(&mut self, writer: &str, seq: u64, kind: FaultKind) {
        if self.summary.faults.len() < Self::MAX_FAULTS {
            self.summary.faults.push(Fault { writer: writer.to_owned(), seq, kind });
        }
    }
}
