//! What a scalar without quotes stands for.
//!
//! Go: resolve.go of both go-yaml versions. The first byte is enough to send most strings away.

mod number;
mod timestamp;

use crate::{Error, Flavour};

/// What a scalar resolves to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Timestamp,
    String,
}

impl Scalar {
    fn short_tag(self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::String => "!!str",
        }
    }
}

/// What go-yaml calls `tag:yaml.org,2002:`.
pub(crate) const LONG_TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// Resolves a scalar that has no tag and no quotes.
#[inline]
pub(crate) fn resolve_plain(text: &str, flavour: Flavour) -> Scalar {
    resolve_hinted(text, flavour, true)
}

/// Go: `resolve(tag, in)` of version 2, for a full tag. A tag it does not know gives a string.
pub(crate) fn resolve_tagged(tag: &str, text: &str) -> Result<Scalar, Error> {
    let Some(short @ ("bool" | "int" | "float" | "null" | "timestamp")) = tag.strip_prefix(LONG_TAG_PREFIX) else {
        return Ok(Scalar::String);
    };
    let found = resolve_hinted(text, Flavour::V2, short == "timestamp");
    match (short, found) {
        ("float", Scalar::Int(number)) => Ok(Scalar::Float(corten_value::number::int_to_float(number))),
        _ if found.short_tag().strip_prefix("!!") == Some(short) => Ok(found),
        _ => Err(Error::new(format!("yaml: cannot decode {} `{text}` as a !!{short}", found.short_tag()))),
    }
}

/// Go: the tag that `resolve("", text)` of version 3 gives.
pub(crate) fn plain_tag(text: &str) -> &'static str {
    resolve_plain(text, Flavour::V3).short_tag()
}

/// Whether the text must be quoted so that it stays a string.
pub(crate) fn needs_quotes(text: &str, flavour: Flavour) -> bool {
    match text.as_bytes().first() {
        None => true,
        Some(b'+' | b'-' | b'0'..=b'9') => {
            resolve_plain(text, flavour) != Scalar::String || number::is_base_60(text.as_bytes())
        }
        Some(b'.' | b'~' | b't' | b'T' | b'f' | b'F') => resolve_plain(text, flavour) != Scalar::String,
        // Go: version 3 no longer reads `yes` as a boolean but still quotes it (isOldBool).
        Some(b'y' | b'Y' | b'n' | b'N' | b'o' | b'O') => resolve_plain(text, Flavour::V2) != Scalar::String,
        _ => false,
    }
}

#[inline]
fn resolve_hinted(text: &str, flavour: Flavour, timestamps: bool) -> Scalar {
    let bytes = text.as_bytes();
    match bytes.first() {
        None => Scalar::Null,
        Some(b'0'..=b'9' | b'+' | b'-') => {
            if let Some(word) = resolve_infinity(bytes) {
                return word;
            }
            if timestamps && timestamp::is_timestamp(bytes) {
                return Scalar::Timestamp;
            }
            number::parse(text, flavour).unwrap_or(Scalar::String)
        }
        Some(b'.') => resolve_infinity(bytes).or_else(|| number::parse_point(text)).unwrap_or(Scalar::String),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') if bytes.len() <= 5 => {
            resolve_word(bytes, flavour)
        }
        _ => Scalar::String,
    }
}

fn resolve_word(bytes: &[u8], flavour: Flavour) -> Scalar {
    match bytes {
        b"true" | b"True" | b"TRUE" => Scalar::Bool(true),
        b"false" | b"False" | b"FALSE" => Scalar::Bool(false),
        b"~" | b"null" | b"Null" | b"NULL" => Scalar::Null,
        _ if flavour == Flavour::V3 => Scalar::String,
        b"y" | b"Y" | b"yes" | b"Yes" | b"YES" | b"on" | b"On" | b"ON" => Scalar::Bool(true),
        b"n" | b"N" | b"no" | b"No" | b"NO" | b"off" | b"Off" | b"OFF" => Scalar::Bool(false),
        _ => Scalar::String,
    }
}

fn resolve_infinity(bytes: &[u8]) -> Option<Scalar> {
    if bytes.len() > 5 {
        return None;
    }
    match bytes {
        b".nan" | b".NaN" | b".NAN" => Some(Scalar::Float(f64::NAN)),
        b".inf" | b".Inf" | b".INF" | b"+.inf" | b"+.Inf" | b"+.INF" => Some(Scalar::Float(f64::INFINITY)),
        b"-.inf" | b"-.Inf" | b"-.INF" => Some(Scalar::Float(f64::NEG_INFINITY)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_depend_on_the_flavour() {
        assert_eq!(resolve_plain("yes", Flavour::V2), Scalar::Bool(true));
        assert_eq!(resolve_plain("yes", Flavour::V3), Scalar::String);
        assert!(needs_quotes("yes", Flavour::V3));
        assert_eq!(resolve_plain("", Flavour::V2), Scalar::Null);
    }

    #[test]
    fn numbers_follow_go() {
        let plain = |text| resolve_plain(text, Flavour::V2);
        assert_eq!(plain("0755"), Scalar::Int(493));
        assert_eq!(plain("0o17"), Scalar::Int(15));
        assert_eq!(plain("08"), Scalar::Float(8.0));
        assert_eq!(plain("1_000"), Scalar::Int(1000));
        assert_eq!(plain("18446744073709551615"), Scalar::Uint(u64::MAX));
        assert_eq!(plain("18446744073709551616"), Scalar::Float(18_446_744_073_709_551_616.0));
        assert_eq!(plain("1e400"), Scalar::String);
        assert_eq!(plain("0b-1"), Scalar::Int(-1));
        assert_eq!(plain(".5_7"), Scalar::Float(0.57));
        assert_eq!(plain("."), Scalar::String);
        assert_eq!(plain("2001-12-14t21:59:43.10-05:00"), Scalar::Timestamp);
        assert_eq!(plain("2001-02-30"), Scalar::String);
        assert!(needs_quotes("190:20:30.15", Flavour::V2));
        assert!(!needs_quotes("1:2:x", Flavour::V2));
    }

    #[test]
    fn tags_are_checked() {
        assert_eq!(resolve_tagged("tag:yaml.org,2002:float", "3"), Ok(Scalar::Float(3.0)));
        let error = resolve_tagged("tag:yaml.org,2002:int", "x").unwrap_err();
        assert_eq!(error.message(), "yaml: cannot decode !!str `x` as a !!int");
    }
}
