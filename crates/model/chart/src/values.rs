//! What the user sets: values files and the five `--set` flags, merged in Helm's fixed order.
//!
//! Go: pkg/cli/values/options.go. Files, URLs and standard input are read by the host through
//! [`Read`]; the order on the command line between different flags does not matter, only the order
//! within a flag does.

use corten_gostd::{json, text};
use corten_value::Value;

use crate::strvals::{self, SetError};
use crate::{Compat, ValuesError};

pub use crate::load::{load_values, merge_maps};

/// Reads the file, URL or `-` that a flag names: its bytes, or why there are none.
pub type Read<'a> = dyn FnMut(&str) -> Result<Vec<u8>, String> + 'a;

/// The flags as given, each list in its own order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `-f`, `--values`.
    pub files: Vec<String>,
    /// `--set-json`.
    pub json: Vec<String>,
    /// `--set`.
    pub set: Vec<String>,
    /// `--set-string`.
    pub strings: Vec<String>,
    /// `--set-file`.
    pub set_files: Vec<String>,
    /// `--set-literal`.
    pub literals: Vec<String>,
}

/// Why the flags give no values; Display is Helm's text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// A values file cannot be read.
    #[error("{0}")]
    Read(String),
    /// A values file does not parse.
    #[error("failed to parse {file}: {cause}")]
    File {
        /// The file as the flag names it.
        file: String,
        /// What is wrong with it.
        cause: ValuesError,
    },
    /// An argument of `--set-json` that begins like an object is none.
    #[error("failed parsing --set-json data JSON: {0}")]
    JsonObject(String),
    /// An argument of `--set-json` does not parse.
    #[error("failed parsing --set-json data {0}")]
    Json(String),
    /// An argument of another flag does not parse.
    #[error("failed parsing {flag} data: {cause}")]
    Set {
        /// The flag.
        flag: &'static str,
        /// What is wrong with its argument.
        cause: SetError,
    },
}

impl Options {
    /// The values that the flags give together: files, then `--set-json`, `--set`, `--set-string`,
    /// `--set-file`, `--set-literal`.
    pub fn merge(&self, compat: Compat, read: &mut Read<'_>) -> Result<Value, OptionsError> {
        let mut values = Value::empty_map();
        for file in &self.files {
            let data = read(file).map_err(OptionsError::Read)?;
            let loaded = crate::load::load_user_values(&data, compat);
            let loaded = loaded.map_err(|cause| OptionsError::File { file: file.clone(), cause })?;
            values = merge_maps(&values, &loaded);
        }
        for argument in &self.json {
            set_json(argument, &mut values, compat)?;
        }
        for argument in &self.set {
            strvals::parse_into(argument, &mut values).map_err(failed("--set"))?;
        }
        for argument in &self.strings {
            strvals::parse_into_string(argument, &mut values).map_err(failed("--set-string"))?;
        }
        for argument in &self.set_files {
            // compat: set-file-utf8. Values are UTF-8 here; bytes that are not become U+FFFD.
            let mut read = |path: &str| read(path).map(text_of);
            strvals::parse_into_file(argument, &mut values, &mut read).map_err(failed("--set-file"))?;
        }
        for argument in &self.literals {
            strvals::parse_literal_into(argument, &mut values).map_err(failed("--set-literal"))?;
        }
        Ok(values)
    }
}

fn failed(flag: &'static str) -> impl Fn(SetError) -> OptionsError {
    move |cause| OptionsError::Set { flag, cause }
}

/// A whole object, or `key=json` pairs; Helm 3 knows the pairs only.
fn set_json(argument: &str, values: &mut Value, compat: Compat) -> Result<(), OptionsError> {
    let trimmed = text::trim_space(argument.as_bytes());
    if compat == Compat::Helm4 && trimmed.first() == Some(&b'{') {
        match json::decode(trimmed) {
            Ok(object) => *values = merge_maps(values, &object),
            Err(_) => return Err(OptionsError::JsonObject(argument.to_owned())),
        }
        return Ok(());
    }
    strvals::parse_json(argument, values).map_err(|_| OptionsError::Json(argument.to_owned()))
}

fn text_of(data: Vec<u8>) -> String {
    String::from_utf8(data).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_file_takes_what_is_no_utf8_as_replacement_characters() {
        let options = Options { set_files: vec!["a=f".to_owned()], ..Options::default() };
        let values = options.merge(Compat::Helm4, &mut |_| Ok(b"x\xFF".to_vec())).unwrap();
        assert_eq!(values.at("a"), Some(&Value::from("x\u{FFFD}")));
    }
}
