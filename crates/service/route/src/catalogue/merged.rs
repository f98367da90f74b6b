//! The lists of several servers as one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ListKind, ServerList, names};
use crate::server::Server;
use crate::settings::Naming;

/// A server that a list leaves out, and why.
#[derive(Clone, Debug)]
pub(crate) struct LeftOut {
    pub(crate) server: Box<str>,
    pub(crate) reason: Box<str>,
}

/// One list over several servers. Knows the parts that it was made of, to tell whether it is current.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) entries: Vec<Entry>,
    by_name: BTreeMap<Box<str>, usize>,
    parts: Vec<Option<Arc<ServerList>>>,
}

/// An entry of such a list.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The name that the server knows.
    pub(crate) key: Box<str>,
    /// The place of the server in the view.
    pub(crate) server: usize,
    /// The entry as it is shown.
    pub(crate) raw: Arc<str>,
}

impl Merged {
    pub(crate) fn new(
        servers: &[Arc<Server>],
        parts: Vec<Option<Arc<ServerList>>>,
        naming: Naming,
        kind: ListKind,
    ) -> Self {
        let mut merged = Self { parts: Vec::new(), ..Self::default() };
        for (at, (server, part)) in servers.iter().zip(&parts).enumerate() {
            let rules = server.rules();
            for entry in part.iter().flat_map(|part| &part.entries) {
                let Some(name) = names::exposed(rules, server.name(), naming, kind, &entry.key) else { continue };
                // Of two that are called the same the first server's is kept.
                if merged.by_name.contains_key(name.as_str()) {
                    continue;
                }
                let change = (kind == ListKind::Tools).then(|| rules.changes.get(&entry.key)).flatten();
                let raw = names::rewritten(&entry.raw, kind, &entry.key, &name, change)
                    .map_or_else(|| Arc::clone(&entry.raw), Arc::from);
                merged.by_name.insert(name.as_str().into(), merged.entries.len());
                merged.entries.push(Entry { key: entry.key.clone(), server: at, raw });
            }
        }
        merged.parts = parts;
        merged
    }

    /// Whether the list was made of just these parts.
    pub(crate) fn is_of(&self, parts: &[Option<Arc<ServerList>>]) -> bool {
        self.parts.len() == parts.len()
            && self.parts.iter().zip(parts).all(|(ours, theirs)| match (ours, theirs) {
                (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
                (ours, theirs) => ours.is_none() && theirs.is_none(),
            })
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).map(|at| &self.entries[*at])
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &Arc<ServerList>> {
        self.parts.iter().flatten()
    }
}
