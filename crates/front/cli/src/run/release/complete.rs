//! What completion asks of the cluster: releases, revisions and namespaces.
//!
//! Nothing is said while it is asked; what goes wrong means that there is nothing to offer.

use std::time::Duration;

use corten_actions::release::{HistoryItem, ListItem, ListOptions, ListOrder, history, list};
use corten_release::LookupKey;
use corten_value::Value;

use super::connection::{Scope, open};
use crate::flags::FlagSet;
use crate::session::Session;

/// Long enough to notice that something is wrong, short enough not to wait very long. Go: root.go.
const PATIENCE: Duration = Duration::from_secs(3);

/// The newest revision of every release of the namespace, by name.
pub(crate) fn releases(session: &Session<'_>) -> Option<Vec<ListItem>> {
    let (connection, outfit) = open(session, &FlagSet::default(), Scope::Namespace).ok()?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let options = ListOptions {
        filter: String::new(),
        selector: String::new(),
        states: Vec::new(),
        order: ListOrder::Name,
        most: 0,
        offset: 0,
    };
    connection.runtime.block_on(list(&ports, &options)).ok()
}

/// The revisions of a release, oldest first; `None` when there is no such release.
pub(crate) fn revisions(session: &Session<'_>, name: &str) -> Option<Vec<HistoryItem>> {
    let (connection, outfit) = open(session, &FlagSet::default(), Scope::Namespace).ok()?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    connection.runtime.block_on(history(&ports, name, 0)).ok()
}

/// The namespaces of the cluster.
pub(crate) fn namespaces(session: &Session<'_>) -> Option<Vec<String>> {
    let (connection, outfit) = open(session, &FlagSet::default(), Scope::Namespace).ok()?;
    let key = LookupKey { api_version: "v1", kind: "Namespace", namespace: "", name: "" };
    let cluster = std::sync::Arc::clone(&outfit.world.cluster);
    let asked = async { tokio::time::timeout(PATIENCE, cluster.lookup(key)).await };
    let found = connection.runtime.block_on(asked).ok()?.ok()?;
    let name = |item: &Value| item.at("metadata.name").and_then(Value::as_str).map(str::to_owned);
    found.get("items").and_then(Value::as_list).map(|items| items.iter().filter_map(name).collect())
}
