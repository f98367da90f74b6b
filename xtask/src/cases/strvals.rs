//! Kind `strvals`: one argument of a `--set` flag over a values file, as JSON.

use std::collections::BTreeMap;

use corten_chart::Compat;
use corten_chart::values::Options;
use corten_gostd::url::Url;
use serde_json::Value as Json;

use super::Answer;

/// Where the values file lies.
const BASE: &str = "base.yaml";

/// Answers a case.
pub(crate) fn answer(input: &Json) -> Answer {
    let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (name, content) in input["files"].as_object().into_iter().flatten() {
        files.insert(name.clone(), content.as_str().unwrap_or_default().to_owned());
    }
    let base = text("base");
    let mut read = |path: &str| if path == BASE { Ok(base.clone().into_bytes()) } else { read_file(&files, path) };
    let mut options = Options::default();
    if input.get("base").is_some() {
        options.files.push(BASE.to_owned());
    }
    let argument = vec![text("arg")];
    match input["flag"].as_str().unwrap_or_default() {
        "set" => options.set = argument,
        "set-string" => options.strings = argument,
        "set-json" => options.json = argument,
        "set-literal" => options.literals = argument,
        _ => options.set_files = argument,
    }
    match options.merge(Compat::Helm4, &mut read) {
        Ok(values) => Ok(corten_gostd::json::encode(&values, true)),
        Err(error) => {
            let text = error.to_string();
            Err(text.strip_prefix(&format!("failed to parse {BASE}: ")).unwrap_or(&text).as_bytes().to_vec())
        }
    }
}

/// What the system says about a path, in Go's words.
fn read_file(files: &BTreeMap<String, String>, path: &str) -> Result<Vec<u8>, String> {
    Url::parse(path.as_bytes()).map_err(|error| error.0)?;
    if path.contains('\0') {
        return Err(format!("open {path}: invalid argument"));
    }
    let clean = String::from_utf8_lossy(corten_gostd::path::clean(path.as_bytes()).as_ref()).into_owned();
    if let Some(text) = files.get(&clean).filter(|_| !path.is_empty() && !path.ends_with('/')) {
        return Ok(text.clone().into_bytes());
    }
    let is_folder = clean == "." || files.keys().any(|name| name.starts_with(&format!("{clean}/")));
    if is_folder && !path.is_empty() {
        return Err(format!("read {path}: is a directory"));
    }
    let inside_file = files.keys().any(|name| path.starts_with(&format!("{name}/")));
    Err(format!("open {path}: {}", if inside_file { "not a directory" } else { "no such file or directory" }))
}
