//! What is served under one path: all servers, or one of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use corten_mcp::upstream::CallContext;

use super::merged::{Entry, Listed};
use super::{LeftOut, ListKind, Merged, ServerList, names};
use crate::server::Server;
use crate::settings::{Naming, Settings};

/// How many lists of a kind are kept.
const KEPT: usize = 4;

/// All servers under common names, or one under its own.
pub(crate) struct View {
    /// The servers, in the order in which they are listed and keep names.
    pub(crate) servers: Vec<Arc<Server>>,
    naming: Naming,
    /// Names, pages and everything else are the one server's own.
    is_plain: bool,
    /// The last ones that were made, the newest last: servers that know callers list something else to each.
    merged: Mutex<BTreeMap<ListKind, Vec<Arc<Merged>>>>,
}

/// Where a name leads.
#[derive(Clone)]
pub(crate) struct Resolved {
    pub(crate) server: Arc<Server>,
    /// The name at the server.
    pub(crate) key: Box<str>,
    /// The entry that the server listed, if it is known.
    pub(crate) entry: Option<Arc<str>>,
}

impl View {
    /// One server under its own names.
    pub(crate) fn of_one(server: Arc<Server>) -> Self {
        Self { servers: vec![server], naming: Naming::None, is_plain: true, merged: Mutex::default() }
    }

    /// All servers.
    pub(crate) fn of_all(mut servers: Vec<Arc<Server>>, naming: Naming) -> Self {
        if naming == Naming::Priority {
            servers.sort_by_key(|server| server.rules().priority);
        }
        let is_alone = servers.len() == 1;
        let renames = servers.iter().any(|server| server.rules().changes.values().any(|change| change.name.is_some()));
        // A server that is alone needs no prefix to be told apart, unless one is asked for.
        let naming = match naming {
            Naming::Prefix if is_alone && servers[0].rules().prefix.is_none() => Naming::None,
            naming => naming,
        };
        let is_plain = is_alone && !renames && naming != Naming::Manual && naming != Naming::Prefix;
        Self { servers, naming, is_plain, merged: Mutex::default() }
    }

    /// The one server whose names, pages and results pass as they are.
    pub(crate) fn plain(&self) -> Option<&Arc<Server>> {
        self.servers.first().filter(|_| self.is_plain)
    }

    /// The server with a name.
    pub(crate) fn server(&self, name: &str) -> Option<&Arc<Server>> {
        self.servers.iter().find(|server| server.name() == name)
    }

    /// A whole list, and which servers it leaves out. All servers are asked at once, each within its time.
    pub(crate) async fn list(&self, kind: ListKind, context: &CallContext, settings: &Settings) -> Listed {
        let asked = self.servers.iter().map(|server| async move {
            let list = server.lists.get(server, kind, context, settings.list_keep);
            match tokio::time::timeout(settings.list_wait, list).await {
                Ok(Ok(list)) => Ok(list),
                Ok(Err(error)) => Err(LeftOut { server: server.name().into(), reason: error.to_string().into() }),
                Err(_) => {
                    let waited = settings.list_wait.as_millis();
                    let reason = format!("it did not answer within {waited} ms").into();
                    Err(LeftOut { server: server.name().into(), reason })
                }
            }
        });
        let mut left_out = Vec::new();
        let parts: Vec<Option<Arc<ServerList>>> = futures::future::join_all(asked)
            .await
            .into_iter()
            .map(|list| list.map_err(|missing| left_out.push(missing)).ok())
            .collect();
        let merged = self.merge(kind, &parts);
        Listed { merged, parts: parts.into_iter().flatten().collect(), left_out }
    }

    fn merge(&self, kind: ListKind, parts: &[Option<Arc<ServerList>>]) -> Arc<Merged> {
        let parts: Vec<_> = parts.iter().map(|part| part.as_ref().map(|part| Arc::clone(&part.entries))).collect();
        let lock = || self.merged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = lock().get_mut(&kind)
            && let Some(at) = kept.iter().rposition(|merged| merged.is_of(&parts))
        {
            let found = kept.remove(at);
            kept.push(Arc::clone(&found));
            return found;
        }
        let merged = Arc::new(Merged::new(&self.servers, parts, self.naming, kind));
        let mut lists = lock();
        let kept = lists.entry(kind).or_default();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Arc::clone(&merged));
        merged
    }

    /// The list as it is known, without asking anybody.
    fn known(&self, kind: ListKind, caller: &Arc<str>) -> Arc<Merged> {
        let parts: Vec<_> = self.servers.iter().map(|server| server.lists.known(server, kind, caller)).collect();
        self.merge(kind, &parts)
    }

    /// Puts the lists together before anybody asks for them, once the servers have been asked.
    pub(crate) async fn list_ahead(&self) {
        if self.plain().is_some() {
            return;
        }
        futures::future::join_all(self.servers.iter().map(|server| server.lists.wait_ahead())).await;
        for kind in ListKind::ALL {
            self.known(kind, &"".into());
            tokio::task::yield_now().await;
        }
    }

    /// Where the name of a tool or prompt leads.
    pub(crate) async fn resolve(
        &self,
        kind: ListKind,
        name: &str,
        context: &CallContext,
        settings: &Settings,
    ) -> Option<Resolved> {
        if let Some(server) = self.plain() {
            return Self::own(server, kind, name, &context.caller);
        }
        if self.naming == Naming::Prefix {
            return self.prefixed(kind, name, &context.caller);
        }
        let known = self.known(kind, &context.caller);
        if let Some(entry) = known.find(name) {
            return Some(self.owner(&known, entry));
        }
        let list = self.list(kind, context, settings).await.merged;
        list.find(name).map(|entry| self.owner(&list, entry))
    }

    fn owner(&self, list: &Merged, entry: &Entry) -> Resolved {
        let server = Arc::clone(&self.servers[entry.server]);
        Resolved { server, key: list.key(entry).into(), entry: Some(Arc::clone(&entry.raw)) }
    }

    fn own(server: &Arc<Server>, kind: ListKind, name: &str, caller: &Arc<str>) -> Option<Resolved> {
        if !names::is_offered(server.rules(), kind, name) {
            return None;
        }
        let list = server.lists.known(server, kind, caller);
        let entry = list.and_then(|list| list.find(name).map(|entry| Arc::clone(&entry.raw)));
        Some(Resolved { server: Arc::clone(server), key: name.into(), entry })
    }

    fn prefixed(&self, kind: ListKind, name: &str, caller: &Arc<str>) -> Option<Resolved> {
        let candidates = self.servers.iter().filter_map(|server| {
            let rest = name.strip_prefix(&*names::prefix_of(server.rules(), server.name()))?;
            Some((server, names::original(server.rules(), kind, rest)?, rest.len()))
        });
        // One prefix may be the start of another: the longer one is meant.
        let (server, key, _) = candidates.min_by_key(|(_, _, rest)| *rest)?;
        Self::own(server, kind, key, caller)
    }

    /// Which servers may have a resource: its owner, or all that could be.
    pub(crate) async fn owners(&self, uri: &str, context: &CallContext, settings: &Settings) -> Vec<Resolved> {
        let all = |servers: &[Arc<Server>]| -> Vec<Resolved> {
            servers
                .iter()
                .filter(|server| names::is_offered(server.rules(), ListKind::Resources, uri))
                .map(|server| Resolved { server: Arc::clone(server), key: uri.into(), entry: None })
                .collect()
        };
        if self.servers.len() == 1 {
            return all(&self.servers);
        }
        let known = self.known(ListKind::Resources, &context.caller);
        if let Some(entry) = known.find(uri) {
            return vec![self.owner(&known, entry)];
        }
        let (resources, templates) = tokio::join!(
            self.list(ListKind::Resources, context, settings),
            self.list(ListKind::Templates, context, settings)
        );
        let (resources, templates) = (resources.merged, templates.merged);
        if let Some(entry) = resources.find(uri) {
            return vec![self.owner(&resources, entry)];
        }
        let by_template: Vec<Resolved> = templates
            .entries
            .iter()
            .filter(|entry| template_matches(templates.key(entry), uri))
            .map(|entry| Resolved { key: uri.into(), ..self.owner(&templates, entry) })
            .filter(|found| names::is_offered(found.server.rules(), ListKind::Resources, uri))
            .collect();
        if !by_template.is_empty() {
            return by_template;
        }
        // Results may name resources that no list has: whoever offers resources is asked in turn.
        let offering: Vec<Arc<Server>> = self
            .servers
            .iter()
            .filter(|server| server.upstream().facts().is_some_and(|facts| facts.capabilities.offers("resources")))
            .map(Arc::clone)
            .collect();
        all(&offering)
    }

    /// Which server a template of resources belongs to.
    pub(crate) async fn template_owner(
        &self,
        template: &str,
        context: &CallContext,
        settings: &Settings,
    ) -> Option<Resolved> {
        if let Some(server) = self.plain() {
            return Self::own(server, ListKind::Templates, template, &context.caller);
        }
        let list = self.list(ListKind::Templates, context, settings).await.merged;
        list.find(template).map(|entry| self.owner(&list, entry))
    }
}

/// Whether a URI could be made from a template (RFC 6570): the fixed parts occur in it in order.
fn template_matches(template: &str, uri: &str) -> bool {
    let mut pattern = String::with_capacity(template.len());
    let mut is_inside = false;
    for letter in template.chars() {
        match letter {
            '{' => is_inside = true,
            '}' if is_inside => {
                is_inside = false;
                pattern.push('*');
            }
            _ if is_inside => {}
            letter => pattern.push(letter),
        }
    }
    corten_govern::matches(&pattern, uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_belongs_to_the_template_that_could_make_it() {
        assert!(template_matches("test://template/{id}/data", "test://template/7/data"));
        assert!(!template_matches("test://template/{id}/data", "test://template/7"));
        assert!(template_matches("file:///{+path}", "file:///a/b"));
    }
}
