//! Following objects: one list and one watch for all objects of a kind in a namespace.
//!
//! What a list or watch does not allow is asked for one by one. Broken connections and expired
//! versions are taken up again; only a refusal ends it.

use std::collections::BTreeMap;
use std::time::Duration;

use corten_release::{Extent, Object};
use corten_value::{Map, Value};
use http_body_util::BodyExt as _;
use tokio::sync::mpsc::UnboundedSender;

use crate::connection::{Connection, Request, STREAM};
use crate::paths::{Collection, with_query};
use crate::read::{self, decode};
use crate::status::ApiError;

/// What is learned about objects, by their place in the request.
#[derive(Debug)]
pub(super) enum News {
    /// The object is like this now.
    Seen(usize, Value),
    /// It is not there.
    Gone(usize),
    /// Everything about these objects is known for the first time.
    Listed,
    /// They cannot be read.
    Refused(ApiError),
}

const POLL: Duration = Duration::from_secs(2);
/// A watch is taken up again at least this often.
const WATCH_SECONDS: &str = "240";
const SILENCE: Duration = Duration::from_secs(270);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Objects of one kind in one namespace.
pub(super) struct Target<'a> {
    connection: &'a Connection,
    collection: Collection<'a>,
    objects: Vec<(usize, &'a Object)>,
    fields: String,
    labels: &'static str,
    sender: UnboundedSender<News>,
}

/// One target for each kind and namespace.
pub(super) fn targets<'a>(
    connection: &'a Connection,
    objects: &[(usize, &'a Object)],
    sender: &UnboundedSender<News>,
) -> Vec<Target<'a>> {
    let mut by_collection: BTreeMap<Collection<'a>, Vec<(usize, &'a Object)>> = BTreeMap::new();
    for (place, object) in objects {
        by_collection.entry(Collection::of(object)).or_default().push((*place, object));
    }
    let target = |(collection, objects): (Collection<'a>, Vec<(usize, &'a Object)>)| {
        let (fields, labels) = selectors(&objects);
        Target { connection, collection, objects, fields, labels, sender: sender.clone() }
    };
    by_collection.into_iter().map(target).collect()
}

// One object is selected by its name; many of a release by the label that all of them carry.
fn selectors(objects: &[(usize, &Object)]) -> (String, &'static str) {
    if let [(_, only)] = objects {
        return (format!("metadata.name={}", only.name), "");
    }
    let is_labelled = |object: &Object| {
        object.metadata("labels").and_then(|labels| labels.get("app.kubernetes.io/managed-by")).and_then(Value::as_str)
            == Some("Helm")
    };
    let all = objects.iter().all(|(_, object)| is_labelled(object));
    (String::new(), if all { "app.kubernetes.io/managed-by=Helm" } else { "" })
}

/// Why following came to a stop.
enum Stop {
    /// The version is too old: list again.
    Expired,
    /// The connection broke, or the server is not well.
    Broken,
    /// Lists or watches are not allowed.
    Forbidden,
}

impl Target<'_> {
    /// Follows until the wait is over; never returns unless it is refused.
    pub(super) async fn follow(self) {
        let mut pause = Duration::from_millis(200);
        let mut is_listed = false;
        loop {
            match self.list(&mut is_listed).await {
                Ok(version) => {
                    pause = Duration::from_millis(200);
                    match self.watch(version).await {
                        Stop::Expired => continue,
                        Stop::Forbidden => return self.poll(is_listed).await,
                        Stop::Broken => {}
                    }
                }
                Err(Stop::Forbidden) => return self.poll(is_listed).await,
                Err(Stop::Expired | Stop::Broken) => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn send(&self, news: News) {
        // The wait is over when nobody listens.
        drop(self.sender.send(news));
    }

    fn find(&self, name: &str) -> Option<(usize, &Object)> {
        self.objects.iter().find(|(_, object)| object.name == name).copied()
    }

    async fn list(&self, is_listed: &mut bool) -> Result<String, Stop> {
        let parameters = [("fieldSelector", self.fields.as_str()), ("labelSelector", self.labels)];
        let request = Request::get(with_query(self.collection.path(), &parameters));
        let list = match self.connection.send(&request).await.and_then(|answer| decode(&answer.body)) {
            Ok(list) => list,
            Err(error) if error.is_forbidden() => return Err(Stop::Forbidden),
            // The kind is gone, and its objects with it.
            Err(error) if error.is_not_found() => Value::empty_map(),
            Err(_) => return Err(Stop::Broken),
        };
        let items = list.get("items").and_then(Value::as_list).unwrap_or_default();
        let mut live: BTreeMap<&str, &Value> = BTreeMap::new();
        for item in items {
            live.insert(item.at("metadata.name").and_then(Value::as_str).unwrap_or_default(), item);
        }
        for (place, object) in &self.objects {
            match live.get(object.name.as_str()) {
                Some(item) => self.send(News::Seen(*place, typed((*item).clone(), object))),
                None => self.send(News::Gone(*place)),
            }
        }
        if !std::mem::replace(is_listed, true) {
            self.send(News::Listed);
        }
        let version = list.at("metadata.resourceVersion").and_then(Value::as_str);
        version.map(str::to_owned).ok_or(Stop::Broken)
    }

    async fn watch(&self, mut version: String) -> Stop {
        loop {
            let parameters = [
                ("allowWatchBookmarks", "true"),
                ("fieldSelector", self.fields.as_str()),
                ("labelSelector", self.labels),
                ("resourceVersion", &version),
                ("timeoutSeconds", WATCH_SECONDS),
                ("watch", "true"),
            ];
            let request = Request::get(with_query(self.collection.path(), &parameters)).accepting(STREAM);
            let mut body = match self.connection.stream(&request).await {
                Ok(body) => body,
                Err(error) if error.is_forbidden() || error.code() == 405 => return Stop::Forbidden,
                Err(error) if error.is_expired() => return Stop::Expired,
                Err(_) => return Stop::Broken,
            };
            let mut buffer = Vec::new();
            loop {
                let Ok(frame) = tokio::time::timeout(SILENCE, body.frame()).await else { return Stop::Broken };
                match frame {
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            buffer.extend_from_slice(&data);
                        }
                    }
                    // Taken up at the last version that was seen.
                    None => break,
                    Some(Err(_)) => return Stop::Broken,
                }
                while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = buffer.drain(..=end).collect();
                    if let Some(stop) = self.event(&line, &mut version) {
                        return stop;
                    }
                }
            }
        }
    }

    fn event(&self, line: &[u8], version: &mut String) -> Option<Stop> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        let Ok(event) = decode(line) else { return Some(Stop::Broken) };
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        let object = event.get("object").cloned().unwrap_or_default();
        if kind == "ERROR" {
            return Some(if object.get("code") == Some(&Value::Int(410)) { Stop::Expired } else { Stop::Broken });
        }
        if let Some(seen) = object.at("metadata.resourceVersion").and_then(Value::as_str) {
            seen.clone_into(version);
        }
        let name = object.at("metadata.name").and_then(Value::as_str).unwrap_or_default();
        if let Some((place, wanted)) = self.find(name) {
            match kind {
                "ADDED" | "MODIFIED" => self.send(News::Seen(place, typed(object, wanted))),
                "DELETED" => self.send(News::Gone(place)),
                _ => {}
            }
        }
        None
    }

    /// Asks for each object every two seconds.
    async fn poll(&self, mut is_listed: bool) {
        loop {
            for (place, object) in &self.objects {
                match read::get(self.connection, object, Extent::Whole).await {
                    Ok(Some(live)) => self.send(News::Seen(*place, live)),
                    Ok(None) => self.send(News::Gone(*place)),
                    Err(error) if error.is_forbidden() => return self.send(News::Refused(error)),
                    Err(_) => {}
                }
            }
            if !std::mem::replace(&mut is_listed, true) {
                self.send(News::Listed);
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

// Items of lists do not say what they are.
fn typed(value: Value, object: &Object) -> Value {
    if value.get("kind").is_some() {
        return value;
    }
    let mut map: Map = value.as_map().cloned().unwrap_or_default();
    map.insert("kind".into(), object.kind.as_str().into());
    map.insert("apiVersion".into(), object.api_version().into());
    map.into()
}
