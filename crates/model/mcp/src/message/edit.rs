//! Changes to JSON text that leave every other byte as it is.
//!
//! Objects are looked into one level at a time. All functions take texts that a reader has already
//! found to be JSON; on anything else they find nothing and change nothing.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The value of a member of an object, as JSON text.
pub fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    each_member(object, |key, value| {
        if key == name {
            found = Some(value);
        }
    });
    found
}

/// Calls `visit` with every member of an object, in order.
pub fn each_member<'a>(object: &'a str, mut visit: impl FnMut(&str, &'a str)) {
    struct Members<'f, F>(&'f mut F);
    impl<'de, F: FnMut(&str, &'de str)> Visitor<'de> for Members<'_, F> {
        type Value = ();

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<Key<'de>>()? {
                let value: &'de RawValue = map.next_value()?;
                (self.0)(&key.0, value.get());
            }
            Ok(())
        }
    }
    if !object.trim_start().starts_with('{') {
        return;
    }
    let mut reader = serde_json::Deserializer::from_str(object);
    // A text that is no JSON has no members that count.
    drop(reader.deserialize_map(Members(&mut visit)));
}

/// A key of an object, borrowed unless it has escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// The elements of an array, as JSON text.
pub fn elements(array: &str) -> Vec<&str> {
    struct Elements;
    impl<'de> Visitor<'de> for Elements {
        type Value = Vec<&'de str>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
            let mut found = Vec::new();
            while let Some(element) = sequence.next_element::<&'de RawValue>()? {
                found.push(element.get());
            }
            Ok(found)
        }
    }
    serde_json::Deserializer::from_str(array).deserialize_seq(Elements).unwrap_or_default()
}

/// The text of a JSON string; borrowed unless it has escapes.
pub fn text(value: &str) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(value).ok().map(Cow::Owned)
}

/// Whether a text is JSON.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// An object with a member replaced, or added as the last one.
pub fn with_member(object: &str, name: &str, value: &str) -> String {
    if let Some(old) = member(object, name)
        && let Some(range) = range_of(old, object)
    {
        return format!("{}{value}{}", &object[..range.start], &object[range.end..]);
    }
    let Some(end) = object.rfind('}') else { return object.to_owned() };
    let inside = object[..end].trim_end();
    let comma = if inside.ends_with('{') { "" } else { "," };
    format!("{inside}{comma}{}:{value}}}", super::quote(name))
}

/// An object without some members; the others keep their text.
pub fn without_members(object: &str, names: &[&str]) -> String {
    let mut kept = String::with_capacity(object.len());
    kept.push('{');
    each_member(object, |key, value| {
        if names.contains(&key) {
            return;
        }
        if kept.len() > 1 {
            kept.push(',');
        }
        kept.push_str(&super::quote(key));
        kept.push(':');
        kept.push_str(value);
    });
    kept.push('}');
    kept
}

/// The place of a part within a text that it was taken from.
pub fn range_of(part: &str, whole: &str) -> Option<Range<usize>> {
    super::Span::of(part, whole.as_bytes()).map(super::Span::range)
}

/// The bytes with some places replaced. The places are in order and do not overlap.
pub fn splice(body: &[u8], edits: &[(Range<usize>, &str)]) -> Bytes {
    let grown: usize = edits.iter().map(|(_, text)| text.len()).sum();
    let mut out = BytesMut::with_capacity(body.len() + grown);
    let mut at = 0;
    for (range, text) in edits {
        debug_assert!(at <= range.start && range.end <= body.len(), "edits overlap or lie outside");
        out.extend_from_slice(&body[at..range.start]);
        out.extend_from_slice(text.as_bytes());
        at = range.end;
    }
    out.extend_from_slice(&body[at..]);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_changed_and_the_rest_keeps_its_bytes() {
        let object = r#"{ "a" : 1.50 , "b":{"a":2} }"#;
        assert_eq!(member(object, "a"), Some("1.50"));
        assert_eq!(with_member(object, "a", "7"), r#"{ "a" : 7 , "b":{"a":2} }"#);
        assert_eq!(with_member(object, "c", "7"), r#"{ "a" : 1.50 , "b":{"a":2},"c":7}"#);
        assert_eq!(with_member("{ }", "c", "7"), r#"{"c":7}"#);
        assert_eq!(without_members(object, &["a"]), r#"{"b":{"a":2}}"#);
    }

    #[test]
    fn what_is_no_json_has_nothing() {
        assert_eq!(member("[1]", "a"), None);
        assert_eq!(member("{\"a\"", "a"), None);
        assert!(elements("{}").is_empty());
        assert_eq!(elements(" [1, \"a,b\" ,{}]"), ["1", "\"a,b\"", "{}"]);
        assert_eq!(text(r#""a\"b""#).as_deref(), Some("a\"b"));
        assert_eq!(text("7"), None);
    }

    #[test]
    fn places_are_spliced() {
        assert_eq!(splice(b"abcdef", &[(1..2, "XX"), (4..4, "-")]), "aXXcd-ef");
    }
}
