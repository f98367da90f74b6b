//! A cluster in memory, as far as flows of releases need one: objects with managed fields, hooks that
//! succeed or fail, waits that end at once. Every call is counted and logged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use corten_release::{
    Applied, ApplyOptions, BoxFuture, Cluster, ClusterError, ClusterErrorKind, ClusterEvent, Extent, Facts, LogTarget,
    LookupKey, MergeRequest, Object, ObjectKey, Pod, PodSelector, Propagation, Validation, WaitFor, WaitRequest, json,
};
use corten_render::{Capabilities, split_manifests};
use corten_value::{Map, Value};

use crate::Power;

/// The kinds here that live in no namespace.
const CLUSTER_WIDE: &[&str] = &["Namespace", "ClusterRole", "CustomResourceDefinition"];

/// Objects in memory behind the port of the cluster.
#[derive(Debug)]
pub struct MemoryCluster {
    /// The switch.
    pub power: Arc<Power>,
    state: Mutex<State>,
    namespace: String,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<ObjectKey, Value>,
    calls: Vec<String>,
    failing: BTreeSet<String>,
    hanging: BTreeSet<String>,
    refused: BTreeSet<String>,
}

/// How tests name an object: `Kind/name`.
pub fn object_name(kind: &str, name: &str) -> String {
    format!("{kind}/{name}")
}

impl MemoryCluster {
    /// An empty cluster; objects without a namespace go to the one given.
    pub fn new(namespace: &str, power: Arc<Power>) -> Self {
        Self { power, state: Mutex::default(), namespace: namespace.to_owned() }
    }

    /// What is there, as `Kind/name`.
    pub fn names(&self) -> Vec<String> {
        self.lock().objects.keys().map(|key| object_name(&key.kind, &key.name)).collect()
    }

    /// An object, by `Kind/name`.
    pub fn object(&self, name: &str) -> Option<Value> {
        let state = self.lock();
        let mut objects = state.objects.iter();
        objects.find(|(key, _)| object_name(&key.kind, &key.name) == name).map(|(_, object)| object.clone())
    }

    /// Puts an object there, past all calls.
    pub fn put(&self, document: &str) {
        for object in self.parse(document).unwrap_or_default() {
            self.lock().objects.insert(object.key(), object.content);
        }
    }

    /// Lets waits for an object fail, by `Kind/name`.
    pub fn fail_waits(&self, name: &str) {
        self.lock().failing.insert(name.to_owned());
    }

    /// Lets waits for an object never end, by `Kind/name`.
    pub fn hang_waits(&self, name: &str) {
        self.lock().hanging.insert(name.to_owned());
    }

    /// Lets all writes of an object be refused, by `Kind/name`.
    pub fn refuse(&self, name: &str) {
        self.lock().refused.insert(name.to_owned());
    }

    /// The calls so far, such as `apply ConfigMap/a`, which are forgotten.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().calls)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn parse(&self, manifest: &str) -> Result<Vec<Object>, ClusterError> {
        let mut objects = Vec::new();
        for document in split_manifests(manifest.as_bytes()) {
            let content = corten_yaml::decode(document)
                .map_err(|error| ClusterError::new(ClusterErrorKind::Other, error.to_string()))?;
            if content.is_null() {
                continue;
            }
            objects.push(self.mapped(&json::settle(&content))?);
        }
        Ok(objects)
    }

    fn mapped(&self, content: &Value) -> Result<Object, ClusterError> {
        let text = |path: &str| content.at(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, api_version, name) = (text("kind"), text("apiVersion"), text("metadata.name"));
        if kind == "Unknown" {
            let text = format!(
                "resource mapping not found for name: \"{name}\" namespace: \"\" from \"\": no matches for kind \
                 \"{kind}\" in version \"{api_version}\"\nensure CRDs are installed first"
            );
            return Err(ClusterError::new(ClusterErrorKind::NoMatch, text));
        }
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
        let namespaced = !CLUSTER_WIDE.contains(&kind.as_str());
        let own = text("metadata.namespace");
        let namespace = match (namespaced, own.is_empty()) {
            (false, _) => String::new(),
            (true, true) => self.namespace.clone(),
            (true, false) => own,
        };
        Ok(Object {
            group: group.to_owned(),
            version: version.to_owned(),
            resource: format!("{}s", kind.to_lowercase()),
            namespaced,
            namespace,
            name,
            kind,
            content: content.clone(),
        })
    }

    /// Does a call that writes: counts it, and stops where the power ends.
    fn write<'a, T: Send + 'a>(
        &'a self,
        verb: &str,
        object: &Object,
        change: impl FnOnce(&mut State, ObjectKey) -> Result<T, ClusterError>,
    ) -> BoxFuture<'a, Result<T, ClusterError>> {
        if !self.power.begin() {
            return Box::pin(std::future::pending());
        }
        let mut state = self.lock();
        let name = object_name(&object.kind, &object.name);
        state.calls.push(format!("{verb} {name}"));
        let result = if state.refused.contains(&name) {
            Err(ClusterError::new(ClusterErrorKind::Invalid, format!("{name} is refused")))
        } else {
            change(&mut state, object.key())
        };
        self.power.answer(result)
    }

    fn answer<'a, T: Send + 'a>(&'a self, value: T) -> BoxFuture<'a, T> {
        if self.power.begin() { self.power.answer(value) } else { Box::pin(std::future::pending()) }
    }
}

fn not_found(key: &ObjectKey) -> ClusterError {
    let text = format!("{}s \"{}\" not found", key.kind.to_lowercase(), key.name);
    ClusterError::new(ClusterErrorKind::NotFound, text)
}

/// The object as server-side apply leaves it: what was applied before and is not any more goes.
fn applied(live: Option<&Value>, wanted: &Object) -> Value {
    let mut content = wanted.content.as_map().cloned().unwrap_or_default();
    if let Some(live) = live.and_then(Value::as_map) {
        // Fields of others stay at the top level only; that is all the tests need.
        for (key, value) in live.iter().filter(|(key, _)| key.as_ref() == "status") {
            content.entry(Arc::clone(key)).or_insert_with(|| value.clone());
        }
    }
    let mut owned = content.clone();
    owned.remove("apiVersion");
    owned.remove("kind");
    let mut metadata = content.get("metadata").and_then(Value::as_map).cloned().unwrap_or_default();
    let mut managed = metadata.clone();
    managed.remove("name");
    managed.remove("namespace");
    owned.insert("metadata".into(), managed.into());
    let entry = Value::from_iter([
        ("manager", Value::from("helm")),
        ("operation", "Apply".into()),
        ("apiVersion", wanted.api_version().into()),
        ("fieldsV1", fields(&owned)),
    ]);
    metadata.insert("managedFields".into(), vec![entry].into());
    content.insert("metadata".into(), metadata.into());
    content.into()
}

fn fields(map: &Map) -> Value {
    let field = |value: &Value| match value {
        Value::Map(map) => fields(map),
        _ => Value::empty_map(),
    };
    map.iter().map(|(key, value)| (format!("f:{key}"), field(value))).collect()
}

impl Cluster for MemoryCluster {
    fn reachable(&self) -> BoxFuture<'_, Result<(), ClusterError>> {
        self.answer(Ok(()))
    }

    fn facts(&self) -> BoxFuture<'_, Result<Facts, ClusterError>> {
        let assumed = Capabilities::default();
        self.answer(Ok(Facts { version: assumed.kube_version, api_versions: assumed.api_versions, orphaned: None }))
    }

    fn forget_apis(&self) {}

    fn build<'a>(&'a self, manifest: &'a str, _: Validation) -> BoxFuture<'a, Result<Vec<Object>, ClusterError>> {
        Box::pin(std::future::ready(self.parse(manifest)))
    }

    fn read<'a>(&'a self, objects: &'a [Object], _: Extent) -> BoxFuture<'a, Vec<Result<Option<Value>, ClusterError>>> {
        let state = self.lock();
        let found = objects.iter().map(|object| Ok(state.objects.get(&object.key()).cloned())).collect();
        self.answer(found)
    }

    fn create<'a>(&'a self, object: &'a Object) -> BoxFuture<'a, Result<Value, ClusterError>> {
        self.write("create", object, |state, key| {
            if state.objects.contains_key(&key) {
                let text = format!("{}s \"{}\" already exists", key.kind.to_lowercase(), key.name);
                return Err(ClusterError::new(ClusterErrorKind::AlreadyExists, text));
            }
            state.objects.insert(key, object.content.clone());
            Ok(object.content.clone())
        })
    }

    fn apply<'a>(&'a self, object: &'a Object, _: ApplyOptions) -> BoxFuture<'a, Result<Applied, ClusterError>> {
        self.write("apply", object, |state, key| {
            let live = state.objects.get(&key);
            let created = live.is_none();
            let content = applied(live, object);
            state.objects.insert(key, content.clone());
            Ok(Applied { object: content, created })
        })
    }

    fn merge<'a>(&'a self, request: MergeRequest<'a>) -> BoxFuture<'a, Result<Value, ClusterError>> {
        self.write("merge", request.target, |state, key| {
            let content = request.target.content.clone();
            state.objects.insert(key, content.clone());
            Ok(content)
        })
    }

    fn replace<'a>(&'a self, object: &'a Object, _: Validation) -> BoxFuture<'a, Result<Value, ClusterError>> {
        self.write("replace", object, |state, key| {
            state.objects.insert(key, object.content.clone());
            Ok(object.content.clone())
        })
    }

    fn migrate_fields<'a>(
        &'a self,
        _: &'a Object,
        _: Option<&'a Value>,
        _: bool,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        Box::pin(std::future::ready(Ok(false)))
    }

    fn delete<'a>(&'a self, object: &'a Object, _: Propagation) -> BoxFuture<'a, Result<(), ClusterError>> {
        self.write("delete", object, |state, key| match state.objects.remove(&key) {
            Some(_) => Ok(()),
            None => Err(not_found(&key)),
        })
    }

    fn wait<'a>(&'a self, request: WaitRequest<'a>) -> BoxFuture<'a, Result<(), ClusterError>> {
        let state = self.lock();
        let among = |names: &BTreeSet<String>| {
            request.objects.iter().find(|object| names.contains(&object_name(&object.kind, &object.name)))
        };
        if among(&state.hanging).is_some() {
            return Box::pin(std::future::pending());
        }
        let failed = among(&state.failing);
        let result = match failed.filter(|_| request.until != WaitFor::Deleted) {
            None => Ok(()),
            Some(object) => {
                let Object { kind, namespace, name, .. } = object;
                let text = format!(
                    "resource {kind}/{namespace}/{name} not ready. status: InProgress, message: no\ncontext deadline exceeded"
                );
                Err(ClusterError::new(ClusterErrorKind::Timeout, text))
            }
        };
        self.answer(result)
    }

    fn resources<'a>(
        &'a self,
        objects: &'a [Object],
        _: bool,
    ) -> BoxFuture<'a, Result<BTreeMap<String, Vec<Value>>, ClusterError>> {
        let state = self.lock();
        let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for object in objects {
            if let Some(live) = state.objects.get(&object.key()) {
                found.entry(format!("{}/{}", object.version, object.kind)).or_default().push(live.clone());
            }
        }
        self.answer(Ok(found))
    }

    fn pods<'a>(
        &'a self,
        namespace: &'a str,
        selector: PodSelector<'a>,
    ) -> BoxFuture<'a, Result<Vec<Pod>, ClusterError>> {
        let name = match selector {
            PodSelector::Name(name) => name,
            PodSelector::Labels(labels) => labels.strip_prefix("job-name=").unwrap_or(labels),
        };
        self.answer(Ok(vec![Pod {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            init_containers: Vec::new(),
            containers: vec!["main".to_owned()],
        }]))
    }

    fn log<'a>(&'a self, target: LogTarget<'a>) -> BoxFuture<'a, Result<Vec<u8>, ClusterError>> {
        self.answer(Ok(format!("log of {}\n", target.pod).into_bytes()))
    }

    fn events<'a>(&'a self, _: &'a Object) -> BoxFuture<'a, Result<Vec<ClusterEvent>, ClusterError>> {
        self.answer(Ok(Vec::new()))
    }

    fn lookup<'a>(&'a self, _: LookupKey<'a>) -> BoxFuture<'a, Result<Value, ClusterError>> {
        self.answer(Ok(Value::empty_map()))
    }
}
