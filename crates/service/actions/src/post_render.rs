//! What a program of the user's makes of the manifests between rendering and sorting.
//!
//! All documents go out as one stream, each with an annotation that names its file, and come back the same
//! way, with their comments and the order of their keys. Go: action.go `annotateAndMerge` and
//! `splitAndDeannotate`.

mod annotations;
mod resources;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use corten_gostd::text::trim_space;
use corten_render::{Files, split_manifests};
use corten_yaml::written::Written;

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

/// Go: action.go `annotateAndMerge`.
fn merge(files: &Files) -> Result<Vec<u8>, String> {
    let mut objects = Vec::new();
    for (name, text) in files {
        let base = name.rsplit('/').next().unwrap_or_default();
        if base.starts_with('_') {
            continue;
        }
        for document in split_manifests(text) {
            if trim_space(document).is_empty() {
                continue;
            }
            let read = resources::parse_all(document).map_err(|error| format!("parsing {name}: {error}"))?;
            for mut object in read {
                annotations::set(&mut object, FILE_NAME, name)
                    .map_err(|error| format!("annotating {name}: {error}"))?;
                objects.push(object);
            }
        }
    }
    let merged = resources::string_all(&mut objects).map_err(|error| format!("writing merged docs: {error}"))?;
    Ok(merged.into_bytes())
}

/// Go: action.go `splitAndDeannotate`.
fn split(returned: &[u8]) -> Result<Files, String> {
    let objects = resources::parse_all(returned).map_err(|error| format!("error parsing YAML: {error}"))?;
    let mut by_file: BTreeMap<String, Vec<Written>> = BTreeMap::new();
    for (at, mut object) in objects.into_iter().enumerate() {
        if !annotations::has_metadata(&object) {
            return Err("getting metadata: missing Resource metadata".to_owned());
        }
        let name = annotations::get(&object, FILE_NAME).filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("generated-by-postrender-{at}.yaml"), str::to_owned);
        annotations::clear(&mut object, FILE_NAME).map_err(|error| format!("clearing filename annotation: {error}"))?;
        by_file.entry(name).or_default().push(object);
    }
    let mut files = Files::new();
    for (name, mut objects) in by_file {
        let text = resources::string_all(&mut objects).map_err(|error| format!("re-writing {name}: {error}"))?;
        files.insert(name, text.into());
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> Files {
        entries.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec().into())).collect()
    }

    fn merged(text: &str) -> Result<String, String> {
        let merged = merge(&files(&[("c/templates/a.yaml", text)]))?;
        Ok(String::from_utf8_lossy(&merged).into_owned())
    }

    fn split_text(text: &str) -> Result<Vec<(String, String)>, String> {
        let files = split(text.as_bytes())?;
        Ok(files.into_iter().map(|(name, text)| (name, String::from_utf8_lossy(&text).into_owned())).collect())
    }

    #[test]
    fn documents_come_back_to_their_files() {
        let text = "kind: A\nmetadata: {name: y}\n---\nkind: B\nmetadata: {name: w, annotations: {k: v}}\n";
        let files = files(&[("c/templates/a.yaml", text), ("c/templates/_h.tpl", "kind: C")]);
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let renderer = PostRenderer(Arc::new(move |text| {
            record.lock().expect("not poisoned").extend_from_slice(text);
            Ok(format!("{}---\nkind: D\n", String::from_utf8_lossy(text)).into_bytes())
        }));
        let back = renderer.apply(&files).expect("files");
        let seen = String::from_utf8(seen.lock().expect("not poisoned").clone()).expect("text");
        assert_eq!(
            seen,
            "kind: A\nmetadata: {name: y, annotations: {postrenderer.helm.sh/postrender-filename: \
             'c/templates/a.yaml'}}\n---\nkind: B\nmetadata: {name: w, annotations: {k: v, \
             postrenderer.helm.sh/postrender-filename: 'c/templates/a.yaml'}}\n"
        );
        let text = |name: &str| String::from_utf8_lossy(&back[name]).into_owned();
        assert_eq!(
            text("c/templates/a.yaml"),
            "kind: A\nmetadata: {name: y}\n---\nkind: B\nmetadata: {name: w, annotations: {k: v}}\n"
        );
        assert_eq!(text("generated-by-postrender-2.yaml"), "kind: D\n");
    }

    #[test]
    fn what_the_user_wrote_is_kept() {
        let text = "# top\nkind: A # kind\n\n# of it\nmetadata:\n      name: y\nspec:\n  - big: 9007199254740993\n    on: 'yes'\n";
        let expected = "# top\nkind: A # kind\n# of it\nmetadata:\n  name: y\n  annotations:\n    \
             postrenderer.helm.sh/postrender-filename: 'c/templates/a.yaml'\nspec:\n- big: 9007199254740993\n  on: 'yes'\n";
        assert_eq!(merged(text).expect("text"), expected);
        let back = split_text(expected).expect("files");
        let text =
            "# top\nkind: A # kind\n# of it\nmetadata:\n  name: y\nspec:\n- big: 9007199254740993\n  on: 'yes'\n";
        assert_eq!(back, [("c/templates/a.yaml".to_owned(), text.to_owned())]);
    }

    #[test]
    fn empty_metadata_moves_to_the_end_and_lists_are_taken_apart() {
        let annotation =
            "metadata:\n  annotations:\n    postrenderer.helm.sh/postrender-filename: 'c/templates/a.yaml'\n";
        assert_eq!(merged("metadata:\nkind: A\n").expect("text"), format!("kind: A\n{annotation}"));
        assert_eq!(merged("# nothing\n---\nnull\n").expect("text"), "");
        assert_eq!(
            merged("kind: List\nitems:\n# one\n- kind: A\n- kind: B\n").expect("text"),
            format!("# one\nkind: A\n{annotation}---\nkind: B\n{annotation}")
        );
        assert_eq!(
            split_text("kind: A\nmetadata:\n  annotations:\n    config.kubernetes.io/index: '7'\n").expect("files"),
            [("generated-by-postrender-0.yaml".to_owned(), "kind: A\n".to_owned())]
        );
    }

    #[test]
    fn errors_are_those_of_helm() {
        assert_eq!(
            merged("- a # b\n").expect_err("no mapping"),
            "parsing c/templates/a.yaml: wrong node kind: expected MappingNode but got SequenceNode: node contents:\n- a # b\n"
        );
        assert_eq!(
            merged("a: b: c\n").expect_err("no YAML"),
            "parsing c/templates/a.yaml: MalformedYAMLError: yaml: mapping values are not allowed in this context"
        );
        assert_eq!(
            split_text("a: b\n--- c\n").expect_err("no separator"),
            "error parsing YAML: invalid document separator: --- c"
        );
        assert_eq!(
            split_text("kind: List\nitems:\n- a: b\n").expect_err("no metadata"),
            "getting metadata: missing Resource metadata"
        );
    }
}
