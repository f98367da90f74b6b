//! What a program of the user's makes of the manifests between rendering and sorting.
//!
//! All documents go out as one stream, each with an annotation that names its file, and come back the same
//! way. Go: action.go `annotateAndMerge` and `splitAndDeannotate`. Helm keeps comments and the order of
//! keys of what passes through; here they are written anew, sorted.

use std::fmt;
use std::sync::Arc;

use corten_render::{Files, split_manifests};
use corten_value::{Map, Value};

const FILE_NAME: &str = "postrenderer.helm.sh/postrender-filename";

/// The program, as a function from manifests to manifests.
pub type Run = dyn Fn(&[u8]) -> Result<Vec<u8>, String> + Send + Sync;

/// A post-renderer.
#[derive(Clone)]
pub struct PostRenderer(pub Arc<Run>);

impl fmt::Debug for PostRenderer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PostRenderer")
    }
}

impl PostRenderer {
    /// Passes rendered files through; the notes must have been taken out.
    ///
    /// # Errors
    /// Helm's text of what went wrong.
    pub(crate) fn apply(&self, files: &Files) -> Result<Files, String> {
        let merged = merge(files).map_err(|error| format!("error merging manifests: {error}"))?;
        let returned =
            (self.0)(&merged).map_err(|error| format!("error while running post render on files: {error}"))?;
        split(&returned).map_err(|error| format!("error while parsing post rendered output: {error}"))
    }
}

fn merge(files: &Files) -> Result<Vec<u8>, String> {
    let mut merged = Vec::new();
    for (name, text) in files {
        let base = name.rsplit('/').next().unwrap_or_default();
        if base.starts_with('_') {
            continue;
        }
        for document in split_manifests(text) {
            let value = corten_yaml::decode(document).map_err(|error| format!("parsing {name}: {error}"))?;
            if !value.is_null() {
                push(&mut merged, &annotated(&value, Some(name)))?;
            }
        }
    }
    Ok(merged)
}

fn split(returned: &[u8]) -> Result<Files, String> {
    let mut files = Files::new();
    for (at, document) in split_manifests(returned).into_iter().enumerate() {
        let value = corten_yaml::decode(document).map_err(|error| format!("error parsing YAML: {error}"))?;
        if value.is_null() {
            continue;
        }
        let annotations = value.get("metadata").and_then(|metadata| metadata.get("annotations"));
        let name = annotations.and_then(|annotations| annotations.get(FILE_NAME)).and_then(Value::as_str);
        let name = name.map_or_else(|| format!("generated-by-postrender-{at}.yaml"), str::to_owned);
        push(files.entry(name).or_default(), &annotated(&value, None))?;
    }
    Ok(files)
}

fn push(text: &mut Vec<u8>, value: &Value) -> Result<(), String> {
    if !text.is_empty() {
        text.extend_from_slice(b"---\n");
    }
    let document = corten_yaml::encode(value).map_err(|error| error.to_string())?;
    text.extend_from_slice(document.as_bytes());
    Ok(())
}

/// The object with the annotation that names its file, or without it.
fn annotated(object: &Value, file: Option<&str>) -> Value {
    let Some(mut map) = object.as_map().cloned() else { return object.clone() };
    let table = |value: Option<&Value>| value.and_then(Value::as_map).cloned().unwrap_or_default();
    let mut metadata: Map = table(map.get("metadata"));
    let mut annotations: Map = table(metadata.get("annotations"));
    match file {
        Some(name) => annotations.insert(FILE_NAME.into(), Value::from(name)),
        None => annotations.remove(FILE_NAME),
    };
    if annotations.is_empty() {
        metadata.remove("annotations");
    } else {
        metadata.insert("annotations".into(), annotations.into());
    }
    if !metadata.is_empty() || map.contains_key("metadata") {
        map.insert("metadata".into(), metadata.into());
    }
    map.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_back_to_their_files() {
        let text = b"kind: A\nmetadata: {name: x}\n---\nkind: B\nmetadata: {name: w, annotations: {k: v}}\n".to_vec();
        let files: Files =
            [("c/templates/a.yaml".into(), text), ("c/templates/_h.tpl".into(), b"kind: C".to_vec())].into();
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let renderer = PostRenderer(Arc::new(move |text| {
            record.lock().expect("not poisoned").extend_from_slice(text);
            let text = String::from_utf8_lossy(text).replace("name: x", "name: z");
            Ok(format!("{text}---\nkind: D\n").into_bytes())
        }));
        let back = renderer.apply(&files).expect("files");
        let seen = String::from_utf8(seen.lock().expect("not poisoned").clone()).expect("text");
        assert_eq!(seen.matches("postrenderer.helm.sh/postrender-filename: c/templates/a.yaml").count(), 2);
        let text = |name: &str| String::from_utf8_lossy(&back[name]).into_owned();
        assert_eq!(
            text("c/templates/a.yaml"),
            "kind: A\nmetadata:\n  name: z\n---\nkind: B\nmetadata:\n  annotations:\n    k: v\n  name: w\n"
        );
        assert_eq!(text("generated-by-postrender-2.yaml"), "kind: D\n");
    }
}
