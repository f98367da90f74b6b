//! What Helm takes from kubeconfig files without asking a cluster: the namespace and the contexts.
//!
//! Go: client-go tools/clientcmd. Several files are merged, the first to name something wins; a
//! context that cannot be used, for whatever reason, counts as if there were none.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use corten_value::Value;

use crate::session::Session;

const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const DEFAULT: &str = "default";

/// The namespace of a run: the flag or variable, the context's, the pod's, or `default`.
pub(crate) fn namespace(session: &Session<'_>) -> String {
    let settings = &session.settings;
    if !settings.namespace.is_empty() {
        return settings.namespace.clone();
    }
    let Some(files) = load(session) else { return DEFAULT.to_owned() };
    match of_context(&files, &settings.kube_context) {
        None => DEFAULT.to_owned(),
        Some(namespace) if !namespace.is_empty() => namespace,
        Some(_) => pod_namespace(session).unwrap_or_else(|| DEFAULT.to_owned()),
    }
}

/// The names of the contexts, each with its cluster.
pub(crate) fn contexts(session: &Session<'_>) -> Vec<String> {
    let Some(files) = load(session) else { return Vec::new() };
    let lines = files.contexts.iter().map(|(name, context)| format!("{name}\t{}", text(context, "cluster")));
    lines.collect()
}

/// The merged files.
#[derive(Default)]
struct Files {
    current: String,
    contexts: BTreeMap<String, Value>,
    clusters: BTreeMap<String, Value>,
    users: BTreeMap<String, Value>,
}

/// Reads `--kubeconfig`, which must be there, or the files of `KUBECONFIG`, or `~/.kube/config`.
fn load(session: &Session<'_>) -> Option<Files> {
    let mut files = Files::default();
    let explicit = &session.settings.kube_config;
    if !explicit.is_empty() {
        files.add(explicit, &fs::read(explicit).ok()?)?;
        return Some(files);
    }
    let listed = session.variable("KUBECONFIG").unwrap_or_default();
    let home = session.variable("HOME").unwrap_or_default();
    let default = format!("{home}/.kube/config");
    let mut seen = Vec::new();
    let paths = if listed.is_empty() { vec![default.as_str()] } else { listed.split(':').collect() };
    for path in paths.into_iter().filter(|path| !path.is_empty()) {
        if seen.contains(&path) {
            continue;
        }
        seen.push(path);
        match fs::read(path) {
            Ok(content) => files.add(path, &content)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) => return None,
        }
    }
    Some(files)
}

impl Files {
    fn add(&mut self, path: &str, content: &[u8]) -> Option<()> {
        let file = corten_yaml::decode(content).ok()?;
        if !file.is_null() && file.as_map().is_none() {
            return None;
        }
        if self.current.is_empty() {
            text(&file, "current-context").clone_into(&mut self.current);
        }
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
        for (list, item, into) in [
            ("contexts", "context", &mut self.contexts),
            ("clusters", "cluster", &mut self.clusters),
            ("users", "user", &mut self.users),
        ] {
            for entry in file.get(list).and_then(Value::as_list).unwrap_or_default() {
                let value = resolved(entry.get(item).cloned().unwrap_or_default(), folder);
                into.entry(text(entry, "name").to_owned()).or_insert(value);
            }
        }
        Some(())
    }
}

/// Makes the file names in an entry relative to the file that holds it.
fn resolved(entry: Value, folder: &Path) -> Value {
    let Some(map) = entry.as_map() else { return entry };
    let names = ["certificate-authority", "client-certificate", "client-key"];
    let pairs = map.iter().map(|(key, value)| match value.as_str() {
        Some(name) if names.contains(&&**key) && !name.is_empty() => {
            (key, Value::from(folder.join(name).to_string_lossy().into_owned()))
        }
        _ => (key, value.clone()),
    });
    pairs.collect()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The namespace of a context, empty when it names none; `None` when the context is not usable.
fn of_context(files: &Files, wanted: &str) -> Option<String> {
    let name = if wanted.is_empty() { &files.current } else { wanted };
    let empty = Value::Null;
    let context = match files.contexts.get(name) {
        Some(context) => context,
        None if name.is_empty() => &empty,
        None => return None,
    };
    let cluster = files.clusters.get(text(context, "cluster")).unwrap_or(&empty);
    let user = files.users.get(text(context, "user")).unwrap_or(&empty);
    (is_usable_cluster(cluster) && is_usable_user(user)).then(|| text(context, "namespace").to_owned())
}

fn is_readable(name: &str) -> bool {
    fs::File::open(name).is_ok()
}

/// Go: validateClusterInfo, with a server always defaulted.
fn is_usable_cluster(cluster: &Value) -> bool {
    let authority = text(cluster, "certificate-authority");
    authority.is_empty() || text(cluster, "certificate-authority-data").is_empty() && is_readable(authority)
}

/// Go: validateAuthInfo.
fn is_usable_user(user: &Value) -> bool {
    let given = |key: &str| !text(user, key).is_empty();
    let (certificate, certificate_data) = (given("client-certificate"), given("client-certificate-data"));
    if certificate || certificate_data {
        let key = given("client-key");
        let is_twice = certificate && certificate_data || key && given("client-key-data");
        if is_twice || !key && !given("client-key-data") {
            return false;
        }
        if certificate && !is_readable(text(user, "client-certificate"))
            || key && !is_readable(text(user, "client-key"))
        {
            return false;
        }
    }
    let exec = user.get("exec").filter(|exec| !exec.is_null());
    if exec.is_some_and(|exec| text(exec, "command").is_empty() || user.get("auth-provider").is_some()) {
        return false;
    }
    // More than one way to authenticate is refused.
    !(given("token") && (given("username") || given("password")))
}

/// Inside a pod: the variable of the downward API, then the service account's namespace.
fn pod_namespace(session: &Session<'_>) -> Option<String> {
    let set = |name: &str| session.variable(name).filter(|text| !text.is_empty());
    set("KUBERNETES_SERVICE_HOST")?;
    set("KUBERNETES_SERVICE_PORT")?;
    if !Path::new(ACCOUNT).join("token").is_file() {
        return None;
    }
    set("POD_NAMESPACE").or_else(|| {
        let file = fs::read_to_string(Path::new(ACCOUNT).join("namespace")).ok()?;
        Some(file.trim().to_owned()).filter(|name| !name.is_empty())
    })
}
