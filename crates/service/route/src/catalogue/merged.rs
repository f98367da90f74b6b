//! The lists of several servers as one.

use std::collections::HashMap;
use std::sync::Arc;

use corten_mcp::message::edit;

use super::kept::Entries;
use super::shown::Views;
use super::{ListKind, ServerList, names};
use crate::server::Server;
use crate::settings::Naming;

/// A server that a list leaves out, and why.
#[derive(Clone, Debug)]
pub(crate) struct LeftOut {
    pub(crate) server: Box<str>,
    pub(crate) reason: Box<str>,
}

/// A list as it was asked for: what is in it, the parts that it has, and whose is missing.
pub(crate) struct Listed {
    pub(crate) merged: Arc<Merged>,
    pub(crate) parts: Vec<Arc<ServerList>>,
    pub(crate) left_out: Vec<LeftOut>,
}

/// One list over several servers. Knows the parts that it was made of, to tell whether it is current.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) entries: Vec<Entry>,
    /// What callers see of it.
    pub(crate) views: Views,
    by_name: HashMap<Box<str>, u32>,
    parts: Vec<Option<Arc<Entries>>>,
}

/// An entry of such a list.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The place of the server in the view.
    pub(crate) server: usize,
    /// The entry as it is shown.
    pub(crate) raw: Arc<str>,
    /// What it says about a tool (`annotations`).
    pub(crate) annotations: Option<Box<str>>,
    /// The place in the server's own list.
    pub(super) at: usize,
}

impl Merged {
    pub(crate) fn new(
        servers: &[Arc<Server>],
        parts: Vec<Option<Arc<Entries>>>,
        naming: Naming,
        kind: ListKind,
    ) -> Self {
        let mut merged = Self::default();
        let word = memchr::memmem::Finder::new("annotations");
        let may_have = |raw: &str| kind == ListKind::Tools && word.find(raw.as_bytes()).is_some();
        for (number, (server, part)) in servers.iter().zip(&parts).enumerate() {
            let rules = server.rules();
            for (at, entry) in part.iter().flat_map(|part| &part.all).enumerate() {
                let Some(name) = names::exposed(rules, server.name(), naming, kind, &entry.key) else { continue };
                // Of two that are called the same the first server's is kept.
                if merged.by_name.contains_key(name.as_str()) {
                    continue;
                }
                let change = (kind == ListKind::Tools).then(|| rules.changes.get(&entry.key)).flatten();
                let raw = names::listed(entry, &name, change).map_or_else(|| Arc::clone(&entry.raw), Arc::from);
                merged.by_name.insert(name.into(), u32::try_from(merged.entries.len()).unwrap_or(u32::MAX));
                let annotations = may_have(&raw).then(|| edit::member(&raw, "annotations")).flatten().map(Into::into);
                merged.entries.push(Entry { server: number, raw, annotations, at });
            }
        }
        merged.parts = parts;
        merged
    }

    /// Whether the list was made of just these parts.
    pub(crate) fn is_of(&self, parts: &[Option<Arc<Entries>>]) -> bool {
        self.parts.len() == parts.len()
            && self.parts.iter().zip(parts).all(|(ours, theirs)| match (ours, theirs) {
                (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
                (ours, theirs) => ours.is_none() && theirs.is_none(),
            })
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).map(|at| &self.entries[*at as usize])
    }

    /// The name that the server knows.
    pub(crate) fn key(&self, entry: &Entry) -> &str {
        let part = self.parts[entry.server].as_ref();
        part.and_then(|part| part.all.get(entry.at)).map_or("", |listed| &listed.key)
    }
}
