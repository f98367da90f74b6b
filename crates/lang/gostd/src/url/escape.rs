//! Percent-encoding: which bytes stand for themselves in which part of a URL.

use super::UrlError;
use crate::strconv;

/// A part of a URL with rules of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The path.
    Path,
    /// One element of the path.
    PathSegment,
    /// The host, with its port.
    Host,
    /// The zone of an IPv6 address.
    Zone,
    /// User or password.
    UserPassword,
    /// A name or value of the query.
    Query,
    /// The fragment.
    Fragment,
}

/// Go: `shouldEscape`.
fn should_escape(byte: u8, part: Part) -> bool {
    let plain: &[u8] = match part {
        Part::Path => b"$&+,/:;=@",
        Part::PathSegment => b"$&+:=@",
        Part::Host | Part::Zone => b"!\"$&'()*+,:;<=>[]",
        Part::UserPassword => b"$&+,;=",
        Part::Query => b"",
        Part::Fragment => b"!$&()*+,/:;=?@",
    };
    !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') || plain.contains(&byte))
}

/// Go: `url.QueryEscape`.
pub fn query_escape(text: &[u8]) -> Vec<u8> {
    escape(text, Part::Query)
}

/// Go: `url.QueryUnescape`.
pub fn query_unescape(text: &[u8]) -> Result<Vec<u8>, UrlError> {
    unescape(text, Part::Query)
}

pub(super) fn escape(text: &[u8], part: Part) -> Vec<u8> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if *byte == b' ' && part == Part::Query {
            out.push(b'+');
        } else if should_escape(*byte, part) {
            out.extend_from_slice(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0xF)]]);
        } else {
            out.push(*byte);
        }
    }
    out
}

pub(super) fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, UrlError> {
    let mut out = Vec::with_capacity(text.len());
    let mut position = 0;
    while let Some(&byte) = text.get(position) {
        position += 1;
        if byte != b'%' {
            if matches!(part, Part::Host | Part::Zone) && byte.is_ascii() && should_escape(byte, part) {
                return Err(UrlError(format!("invalid character {} in host name", strconv::quote(&[byte]))));
            }
            out.push(if byte == b'+' && part == Part::Query { b' ' } else { byte });
            continue;
        }
        let escape = &text[position - 1..text.len().min(position + 2)];
        let bad = || UrlError(format!("invalid URL escape {}", strconv::quote(escape)));
        let &[_, high, low] = escape else { return Err(bad()) };
        let (Some(high), Some(low)) = (digit(high), digit(low)) else { return Err(bad()) };
        let value = high << 4 | low;
        // Go: a host may encode bytes above ASCII only; a zone also what a host may hold.
        let refused = match part {
            Part::Host => high < 8 && escape != b"%25",
            Part::Zone => escape != b"%25" && value != b' ' && should_escape(value, Part::Host),
            _ => false,
        };
        if refused {
            return Err(bad());
        }
        out.push(value);
        position += 2;
    }
    Ok(out)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Go: `validEncoded`: whether a raw path or fragment holds nothing that needs encoding.
pub(super) fn valid_encoded(text: &[u8], part: Part) -> bool {
    text.iter().all(|byte| b"!$&'()*+,;=:@[]%".contains(byte) || !should_escape(*byte, part))
}
