//! Names of objects. Go: apimachinery validation, as the API server checks names by kind.

use corten_gostd::strconv;

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

/// What is wrong with the name of an object of a kind: a text as Go aggregates field errors.
pub(super) fn check_name(kind: &str, name: &str) -> Result<(), String> {
    let mut reasons = match kind.to_lowercase().as_str() {
        "service" => dns_1035_label(name),
        "namespace" => dns_1123_label(name),
        "certificatesigningrequest" => Vec::new(),
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => path_segment(name),
        _ => dns_1123_subdomain(name),
    };
    reasons.dedup();
    if reasons.is_empty() {
        return Ok(());
    }
    let quoted = strconv::quote(name.as_bytes());
    let errors: Vec<String> =
        reasons.iter().map(|reason| format!("metadata.name: Invalid value: {quoted}: {reason}")).collect();
    let errors = if errors.len() == 1 { errors.concat() } else { format!("[{}]", errors.join(", ")) };
    Err(format!("object name does not conform to Kubernetes naming requirements: {quoted}: {errors}"))
}

fn too_long(name: &str, length: usize) -> Vec<String> {
    if name.len() > length { vec![format!("must be no more than {length} characters")] } else { Vec::new() }
}

fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn dns_1123_subdomain(name: &str) -> Vec<String> {
    let mut reasons = too_long(name, 253);
    if !name.split('.').all(is_label) {
        reasons.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
             start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '{LABEL}(\\.{LABEL})*')"
        ));
    }
    reasons
}

fn dns_1123_label(name: &str) -> Vec<String> {
    let mut reasons = too_long(name, 63);
    if is_label(name) {
        return reasons;
    }
    if name.split('.').all(is_label) {
        reasons.push("must not contain dots".to_owned());
        return reasons;
    }
    reasons.push(format!(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end \
         with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LABEL}')"
    ));
    reasons
}

fn dns_1035_label(name: &str) -> Vec<String> {
    let mut reasons = too_long(name, 63);
    if !is_label(name) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        reasons.push(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
             character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
             validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        );
    }
    reasons
}

fn path_segment(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    ["/", "%"].iter().filter(|part| name.contains(**part)).map(|part| format!("may not contain '{part}'")).collect()
}
