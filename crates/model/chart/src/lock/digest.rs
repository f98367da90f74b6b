//! Digests of requirements: SHA-256 over Go's JSON of the structs, field order and escapes included.

use corten_gostd::json;
use corten_value::Value;
use sha2::{Digest as _, Sha256};

use crate::Dependency;

/// Go: resolver.go `HashReq`: what Chart.lock holds as `digest`.
pub fn hash_requirements(requirements: &[Dependency], locked: &[Dependency]) -> String {
    let mut text = b"[".to_vec();
    append_list(&mut text, requirements);
    text.push(b',');
    append_list(&mut text, locked);
    text.push(b']');
    digest(&text)
}

/// Go: resolver.go `HashV2Req`: the digest of requirements.lock files that Helm 2 made.
pub fn hash_v2_requirements(requirements: &[Dependency]) -> String {
    let mut text = b"{\"dependencies\":".to_vec();
    append_list(&mut text, requirements);
    text.push(b'}');
    digest(&text)
}

fn digest(text: &[u8]) -> String {
    let sum = Sha256::digest(text);
    sum.iter().fold(String::from("sha256:"), |mut out, byte| {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        out
    })
}

fn append_list(out: &mut Vec<u8>, dependencies: &[Dependency]) {
    if dependencies.is_empty() {
        out.push(b'[');
    }
    for (index, dependency) in dependencies.iter().enumerate() {
        out.push(if index == 0 { b'[' } else { b',' });
        append(out, dependency);
    }
    out.push(b']');
}

/// The fields in the order of Go's struct.
fn append(out: &mut Vec<u8>, dependency: &Dependency) {
    let value = dependency.to_value();
    let fields = ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];
    let present = fields.into_iter().filter_map(|field| value.get(field).map(|value: &Value| (field, value)));
    for (index, (field, value)) in present.enumerate() {
        out.push(if index == 0 { b'{' } else { b',' });
        json::append_string(out, field.as_bytes(), true);
        out.push(b':');
        out.extend(json::encode(value, true));
    }
    out.push(b'}');
}
