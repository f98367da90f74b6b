//! Checks IP addresses with the error texts of Go's `net/netip.ParseAddr`.

use crate::strconv::quote;

/// The family of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `1.2.3.4`
    V4,
    /// `::1`, also with a zone.
    V6,
}

/// Go: `netip.ParseAddr`, of which only the error and the family matter.
pub fn check(text: &[u8]) -> Result<Family, String> {
    match text.iter().find(|byte| matches!(byte, b'.' | b':' | b'%')) {
        Some(b'.') => fields_v4(text, text).map(|()| Family::V4),
        Some(b':') => check_v6(text).map(|()| Family::V6),
        Some(_) => Err(failure(text, "missing IPv6 address", b"")),
        None => Err(failure(text, "unable to parse IP", b"")),
    }
}

fn failure(text: &[u8], message: &str, at: &[u8]) -> String {
    if at.is_empty() {
        return format!("ParseAddr({}): {message}", quote(text));
    }
    format!("ParseAddr({}): {message} (at {})", quote(text), quote(at))
}

fn fields_v4(whole: &[u8], text: &[u8]) -> Result<(), String> {
    let (mut value, mut fields, mut digits) = (0_u32, 0, 0);
    for (position, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                if digits == 1 && value == 0 {
                    return Err(failure(whole, "IPv4 field has octet with leading zero", b""));
                }
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                if value > 255 {
                    return Err(failure(whole, "IPv4 field has value >255", b""));
                }
            }
            b'.' if digits == 0 || position + 1 == text.len() => {
                return Err(failure(whole, "IPv4 field must have at least one digit", &text[position..]));
            }
            b'.' if fields == 3 => return Err(failure(whole, "IPv4 address too long", b"")),
            b'.' => (value, fields, digits) = (0, fields + 1, 0),
            _ => return Err(failure(whole, "unexpected character", &text[position..])),
        }
    }
    if fields < 3 { Err(failure(whole, "IPv4 address too short", b"")) } else { Ok(()) }
}

fn check_v6(whole: &[u8]) -> Result<(), String> {
    let fail = |message: &str, at: &[u8]| Err(failure(whole, message, at));
    let zone = whole.iter().position(|byte| *byte == b'%');
    if zone == Some(whole.len() - 1) {
        return fail("zone must be a non-empty string", b"");
    }
    let mut rest = &whole[..zone.unwrap_or(whole.len())];
    let mut has_ellipsis = rest.starts_with(b"::");
    if has_ellipsis {
        rest = &rest[2..];
        if rest.is_empty() {
            return Ok(());
        }
    }
    let mut bytes = 0;
    while bytes < 16 {
        let digits = rest.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(rest.len());
        if digits > 4 {
            return fail("each group must have 4 or less digits", rest);
        }
        if digits == 0 {
            return fail("each colon-separated field must have at least one digit", rest);
        }
        if rest.get(digits) == Some(&b'.') {
            if !has_ellipsis && bytes != 12 {
                return fail("embedded IPv4 address must replace the final 2 fields of the address", rest);
            }
            if bytes + 4 > 16 {
                return fail("too many hex fields to fit an embedded IPv4 at the end of the address", rest);
            }
            fields_v4(whole, rest)?;
            rest = b"";
            bytes += 4;
            break;
        }
        bytes += 2;
        rest = &rest[digits..];
        match rest {
            [] => break,
            [b':'] => return fail("colon must be followed by more characters", rest),
            [b':', ..] => rest = &rest[1..],
            _ => return fail("unexpected character, want colon", rest),
        }
        if rest.first() == Some(&b':') {
            if has_ellipsis {
                return fail("multiple :: in address", rest);
            }
            has_ellipsis = true;
            rest = &rest[1..];
            if rest.is_empty() {
                break;
            }
        }
    }
    if !rest.is_empty() {
        return fail("trailing garbage after address", rest);
    }
    match (bytes, has_ellipsis) {
        (16, true) => fail("the :: must expand to at least one field of zeros", b""),
        (..16, false) => fail("address string too short", b""),
        _ => Ok(()),
    }
}
