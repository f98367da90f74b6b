//! Rules about templates and what they render to. Go: template.go.

use corten_gostd::{path, strconv, text};
use corten_render::KubeVersion;
use corten_value::Value;
use corten_yaml::{Field, Mode, Struct, Target};

use super::deprecations;
use super::names::check_name;
use super::rules::Checked;

/// Go: `k8sYamlStruct`: what the linter reads of an object.
pub(super) static OBJECT: Target = Target::Pointer(&Target::Struct(&Struct {
    name: "k8sYamlStruct",
    type_name: "rules.k8sYamlStruct",
    fields: &[
        Field { name: "apiVersion", target: Target::String },
        Field { name: "Kind", target: Target::String },
        Field {
            name: "Metadata",
            target: Target::Struct(&Struct {
                name: "k8sYamlMetadata",
                type_name: "rules.k8sYamlMetadata",
                fields: &[
                    Field { name: "Namespace", target: Target::String },
                    Field { name: "Name", target: Target::String },
                ],
            }),
        },
    ],
}));

/// Go: the longest line that `bufio.Scanner` takes.
const LONGEST_LINE: usize = 64 << 10;

/// A document of a rendered file.
#[derive(Debug)]
pub(super) struct Manifest<'a> {
    api_version: &'a str,
    kind: &'a str,
    name: &'a str,
    /// The whole file.
    file: &'a [u8],
    kube_version: &'a KubeVersion,
}

impl<'a> Manifest<'a> {
    pub(super) fn new(object: &'a Value, file: &'a [u8], kube_version: &'a KubeVersion) -> Self {
        let text = |place: &str| object.at(place).and_then(Value::as_str).unwrap_or_default();
        Self { api_version: text("apiVersion"), kind: text("Kind"), name: text("Metadata.Name"), file, kube_version }
    }
}

pub(super) fn extension(name: &str) -> Checked {
    match path::ext(name.as_bytes()) {
        b".yaml" | b".yml" | b".tpl" | b".txt" => Ok(()),
        other => Err(format!(
            "file extension '{}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt",
            String::from_utf8_lossy(other)
        )),
    }
}

/// Go: `isYamlFileExtension`.
pub(super) fn is_yaml(name: &str) -> bool {
    let extension = path::ext(name.as_bytes());
    extension.eq_ignore_ascii_case(b".yaml") || extension.eq_ignore_ascii_case(b".yml")
}

/// Go: `validateTopIndentLevel`: the first line that is not blank must not be indented.
pub(super) fn top_indent(content: &[u8]) -> Checked {
    for line in content.split(|byte| *byte == b'\n') {
        if line.len() >= LONGEST_LINE {
            return Err("bufio.Scanner: token too long".to_owned());
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if text::trim_space(line).is_empty() {
            continue;
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            let quoted = strconv::quote(line);
            return Err(format!("document starts with an illegal indent: {quoted}, which may cause parsing problems"));
        }
        return Ok(());
    }
    Ok(())
}

pub(super) fn name(manifest: &Manifest<'_>) -> Checked {
    check_name(manifest.kind, manifest.name)
}

pub(super) fn deprecated(manifest: &Manifest<'_>) -> Checked {
    deprecations::check(manifest.api_version, manifest.kind, manifest.kube_version)
}

/// Go: `validateMatchSelector`, which looks for the words anywhere in the file.
pub(super) fn selector(manifest: &Manifest<'_>) -> Checked {
    let kind = manifest.kind;
    if !matches!(kind, "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet") {
        return Ok(());
    }
    let holds = |word: &[u8]| manifest.file.windows(word.len()).any(|window| window == word);
    if holds(b"matchLabels") || holds(b"matchExpressions") {
        return Ok(());
    }
    let name = strconv::quote(manifest.name.as_bytes());
    Err(format!("a {kind} must contain matchLabels or matchExpressions, and {name} does not"))
}

/// Go: `validateListAnnotations`, which reads the first document of the file.
pub(super) fn list_annotations(manifest: &Manifest<'_>) -> Checked {
    const METADATA: &str = "struct { Annotations map[string]string }";
    static ITEM_METADATA: Struct = Struct {
        name: "",
        type_name: METADATA,
        fields: &[Field { name: "Annotations", target: Target::Map(&Target::String) }],
    };
    static ITEM: Target = Target::Struct(&Struct {
        name: "",
        type_name: "struct { Metadata struct { Annotations map[string]string } }",
        fields: &[Field { name: "Metadata", target: Target::Struct(&ITEM_METADATA) }],
    });
    static LIST: Target = Target::Struct(&Struct {
        name: "",
        type_name: "struct { Items []struct { Metadata struct { Annotations map[string]string } } }",
        fields: &[Field { name: "Items", target: Target::List(&ITEM) }],
    });
    if manifest.kind != "List" {
        return Ok(());
    }
    let list = corten_yaml::decode_into(manifest.file, &LIST, Mode::Lenient)
        .map_err(|error| format!("unable to parse YAML: {error}"))?;
    let items = list.get("Items").and_then(Value::as_list).unwrap_or_default();
    let has_policy = |item: &Value| {
        item.at("Metadata.Annotations").is_some_and(|annotations| annotations.get("helm.sh/resource-policy").is_some())
    };
    if items.iter().any(has_policy) {
        return Err("annotation 'helm.sh/resource-policy' within List objects are ignored".to_owned());
    }
    Ok(())
}
