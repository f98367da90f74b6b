//! What `status` shows of a release's objects: the objects or the server's tables of them, and pods.
//!
//! Go: client.go `Get` and `getSelectRelationPod`. Helm asks for one object at a time; here a list
//! of a kind is cut into the tables that single requests would have given.

use std::collections::BTreeMap;
use std::sync::Arc;

use corten_release::{ClusterError, Extent, Object};
use corten_value::{Map, Value};
use futures::future::join_all;

use crate::connection::{Connection, Request};
use crate::kubernetes::Kubernetes;
use crate::paths::{Collection, with_query};
use crate::read::{self, decode};
use crate::status::ApiError;

const TABLE: &str =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
const MANY: usize = 5;

/// The pods of a selector, and whether they were asked for already.
type Selector = (String, String);

/// The live objects by `version/Kind`.
pub(crate) async fn resources(
    cluster: &Kubernetes,
    objects: &[Object],
    as_table: bool,
) -> Result<BTreeMap<String, Vec<Value>>, ClusterError> {
    let connection = cluster.connected()?;
    let found = if as_table {
        tables(connection, objects).await
    } else {
        let live = read::read(cluster, objects, Extent::Whole).await;
        live.into_iter().map(|found| found.ok().flatten()).collect()
    };
    let mut shown: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut selectors: Vec<Selector> = Vec::new();
    for (object, found) in objects.iter().zip(found) {
        let Some(value) = found else { continue };
        shown.entry(format!("{}/{}", object.version, object.kind)).or_default().push(value);
        if let Some(labels) = selector(object) {
            // Go: the selector alone tells whether its pods are shown already.
            if !selectors.iter().any(|(_, known)| *known == labels) {
                selectors.push((object.namespace.clone(), labels));
            }
        }
    }
    let pods = join_all(selectors.iter().map(|selector| related_pods(connection, selector, as_table))).await;
    let pods: Vec<Value> = pods.into_iter().filter_map(Result::ok).flatten().collect();
    if !pods.is_empty() {
        shown.insert("v1/Pod(related)".to_owned(), pods);
    }
    Ok(shown)
}

// Go: getSelectorFromObject.
fn selector(object: &Object) -> Option<String> {
    let path = match object.kind.as_str() {
        "ReplicaSet" | "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => "spec.selector.matchLabels",
        "ReplicationController" => "spec.selector",
        _ => return None,
    };
    let labels = object.content.at(path)?.as_map()?;
    let label = |(name, value): (&Arc<str>, &Value)| Some(format!("{name}={}", value.as_str()?));
    labels.iter().map(label).collect::<Option<Vec<String>>>().map(|labels| labels.join(","))
}

async fn related_pods(
    connection: &Connection,
    (namespace, labels): &Selector,
    as_table: bool,
) -> Result<Vec<Value>, ApiError> {
    let include = if as_table { "None" } else { "" };
    let path = Collection::core("pods", namespace).path();
    let path = with_query(path, &[("includeObject", include), ("labelSelector", labels)]);
    let mut request = Request::get(path);
    if as_table {
        request = request.accepting(TABLE);
    }
    let answer = decode(&connection.send(&request).await?.body)?;
    // Go: the builder does not flatten, so the list itself is what is shown.
    Ok(vec![answer])
}

async fn tables(connection: &Connection, objects: &[Object]) -> Vec<Option<Value>> {
    let mut by_collection: BTreeMap<Collection<'_>, Vec<usize>> = BTreeMap::new();
    for (place, object) in objects.iter().enumerate() {
        by_collection.entry(Collection::of(object)).or_default().push(place);
    }
    let parts = by_collection.into_iter().map(|(collection, places)| async move {
        let rows = if places.len() >= MANY { rows(connection, &collection, places.len()).await } else { None };
        let rows = rows.unwrap_or_default();
        join_all(places.into_iter().filter_map(|place| Some((place, objects.get(place)?))).map(|(place, object)| {
            let known = rows.get(object.name.as_str()).cloned();
            async move {
                match known {
                    Some(table) => (place, Some(table)),
                    None => (place, table(connection, &Collection::of(object), &object.name).await.ok()),
                }
            }
        }))
        .await
    });
    let mut found: Vec<Option<Value>> = objects.iter().map(|_| None).collect();
    for (place, table) in join_all(parts).await.into_iter().flatten() {
        if let Some(slot) = found.get_mut(place) {
            *slot = table;
        }
    }
    found
}

async fn table(connection: &Connection, collection: &Collection<'_>, name: &str) -> Result<Value, ApiError> {
    let path = with_query(collection.item(name), &[("includeObject", "None")]);
    decode(&connection.send(&Request::get(path).accepting(TABLE)).await?.body)
}

/// A table of one row for each object that the list holds, by name; `None` when the server's table does not say which
/// column has the name.
async fn rows(
    connection: &Connection,
    collection: &Collection<'_>,
    wanted: usize,
) -> Option<BTreeMap<Arc<str>, Value>> {
    let limit = wanted.saturating_mul(2).max(500).to_string();
    let parameters =
        [("includeObject", "None"), ("labelSelector", "app.kubernetes.io/managed-by=Helm"), ("limit", &limit)];
    let request = Request::get(with_query(collection.path(), &parameters)).accepting(TABLE);
    cut(&decode(&connection.send(&request).await.ok()?.body).ok()?)
}

fn cut(table: &Value) -> Option<BTreeMap<Arc<str>, Value>> {
    if table.get("kind").and_then(Value::as_str) != Some("Table") {
        return None;
    }
    let mut frame: Map = table.as_map()?.clone();
    let rows = frame.remove("rows")?;
    let columns = frame.get("columnDefinitions")?.as_list()?;
    // apimachinery: `TableColumnDefinition.format`: `name` marks the column that identifies the object.
    let named = columns.iter().position(|column| column.get("format").and_then(Value::as_str) == Some("name"))?;
    let mut tables = BTreeMap::new();
    for row in rows.as_list()? {
        if let Some(Value::String(name)) = row.get("cells").and_then(Value::as_list).and_then(|cells| cells.get(named))
        {
            let mut single = frame.clone();
            single.insert("rows".into(), vec![row.clone()].into());
            tables.insert(Arc::clone(name), single.into());
        }
    }
    Some(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_cut_by_the_column_of_names() {
        let table = r#"{"kind":"Table","columnDefinitions":[{"name":"Age"},{"name":"Name","format":"name"}],
            "rows":[{"cells":["1s","a"]},{"cells":["2s","b"]}]}"#;
        let tables = cut(&decode(table.as_bytes()).unwrap()).unwrap();
        assert_eq!(tables.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["a", "b"]);
        let rows = tables["b"].get("rows").and_then(Value::as_list).unwrap();
        assert_eq!(rows, [decode(br#"{"cells":["2s","b"]}"#).unwrap()]);
        assert_eq!(cut(&decode(br#"{"kind":"Table","columnDefinitions":[{"name":"Age"}],"rows":[]}"#).unwrap()), None);
    }
}
