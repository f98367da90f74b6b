//! The formats that strings can be held to, with Go's reasons.
//!
//! Go: jsonschema format.go. Drafts 4, 6 and 7 assert them; later ones only where a metaschema
//! says so. Anything but a string passes.

mod names;
mod times;

use corten_gostd::regexp::Regexp;
use corten_gostd::strconv;
use corten_gostd::url::{Family, Url, check_address, path_unescape};

/// A format: its name and a check that gives the reason.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub(super) name: &'static str,
    pub(super) check: fn(&str) -> Checked,
}

type Checked = Result<(), String>;

const FORMATS: &[Format] = &[
    Format { name: "date", check: times::date },
    Format { name: "date-time", check: times::date_time },
    Format { name: "duration", check: times::duration },
    Format { name: "email", check: names::email },
    Format { name: "hostname", check: names::hostname },
    Format { name: "ipv4", check: ipv4 },
    Format { name: "ipv6", check: ipv6 },
    Format { name: "iri", check: uri },
    Format { name: "iri-reference", check: uri_reference },
    Format { name: "json-pointer", check: json_pointer },
    Format { name: "period", check: times::period },
    Format { name: "regex", check: regex },
    Format { name: "relative-json-pointer", check: relative_json_pointer },
    Format { name: "semver", check: names::semver },
    Format { name: "time", check: times::time },
    Format { name: "uri", check: uri },
    Format { name: "uri-reference", check: uri_reference },
    Format { name: "uri-template", check: uri_template },
    Format { name: "uuid", check: names::uuid },
];

/// The format of a name; unknown ones are not checked.
pub(super) fn find(name: &str) -> Option<Format> {
    FORMATS.iter().find(|format| format.name == name).copied()
}

fn fail<T>(reason: &str) -> Result<T, String> {
    Err(reason.to_owned())
}

/// The number of digits at the start.
fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn regex(text: &str) -> Checked {
    Regexp::compile(text).map(|_| ()).map_err(|error| error.to_string())
}

fn json_pointer(text: &str) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    if !text.starts_with('/') {
        return fail("not starting with /");
    }
    for token in text.split('/') {
        let mut characters = token.chars();
        while let Some(character) = characters.next() {
            if character == '~' && !matches!(characters.next(), Some('0' | '1')) {
                return fail("~ must be followed by 0 or 1");
            }
        }
    }
    Ok(())
}

fn relative_json_pointer(text: &str) -> Checked {
    let digits = leading_digits(text);
    if digits == 0 {
        return fail("must start with non-negative integer");
    }
    if digits > 1 && text.starts_with('0') {
        return fail("starts with zero");
    }
    match &text[digits..] {
        "#" => Ok(()),
        rest => json_pointer(rest),
    }
}

fn ipv4(text: &str) -> Checked {
    let groups: Vec<&str> = text.split('.').collect();
    if groups.len() != 4 {
        return fail("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return fail("leading zeros");
        }
        let number = strconv::atoi(group.as_bytes()).map_err(|error| error.to_string())?;
        if !(0..=255).contains(&number) {
            return fail("decimal must be between 0 and 255");
        }
    }
    Ok(())
}

fn ipv6(text: &str) -> Checked {
    if !text.contains(':') {
        return fail("missing colon");
    }
    let family = check_address(text.as_bytes())?;
    if family == Family::V6 && text.contains('%') {
        return fail("zone id is not a part of ipv6 address");
    }
    Ok(())
}

fn parse_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.as_bytes()).map_err(|error| error.0)?;
    let name = url.hostname();
    if name.contains(&b':') {
        if !url.host.contains(&b'[') || !url.host.contains(&b']') {
            return fail("ipv6 address not enclosed in brackets");
        }
        ipv6(&String::from_utf8_lossy(name)).map_err(|reason| format!("invalid ipv6 address: {reason}"))?;
    }
    Ok(url)
}

fn uri(text: &str) -> Checked {
    if parse_url(text)?.scheme.is_empty() { fail("relative url") } else { Ok(()) }
}

fn uri_reference(text: &str) -> Checked {
    if text.contains('\\') {
        return fail("contains \\");
    }
    parse_url(text).map(|_| ())
}

fn uri_template(text: &str) -> Checked {
    let url = parse_url(text)?;
    for token in url.raw_path.split(|byte| *byte == b'/') {
        let token = path_unescape(token).map_err(|error| format!("percent decode failed: {error}"))?;
        let mut is_open = false;
        for byte in token.iter().filter(|byte| matches!(byte, b'{' | b'}')) {
            if (*byte == b'{') == is_open {
                return fail("nested curly braces");
            }
            is_open = !is_open;
        }
        if is_open {
            return fail("no matching closing brace");
        }
    }
    Ok(())
}
