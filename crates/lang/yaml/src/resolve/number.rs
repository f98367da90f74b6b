//! Numbers as Go's strconv reads them for go-yaml.

use std::borrow::Cow;

use super::Scalar;
use crate::Flavour;

/// A scalar that begins with a digit or a sign.
pub(super) fn parse(text: &str, flavour: Flavour) -> Option<Scalar> {
    let plain = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    let bytes = plain.as_bytes();
    parse_integer(bytes)
        .or_else(|| parse_decimal_float(&plain))
        .or_else(|| parse_prefixed(&plain, "0b", 2))
        .or_else(|| if flavour == Flavour::V3 { parse_prefixed(&plain, "0o", 8) } else { None })
}

/// Go: `strconv.ParseInt(s, 0, 64)`, else `strconv.ParseUint(s, 0, 64)`.
fn parse_integer(bytes: &[u8]) -> Option<Scalar> {
    let (sign, digits) = split_sign(bytes);
    let (base, digits) = match digits {
        [b'0', b'b' | b'B', rest @ ..] if !rest.is_empty() => (2, rest),
        [b'0', b'o' | b'O', rest @ ..] if !rest.is_empty() => (8, rest),
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (16, rest),
        [b'0', rest @ ..] => (8, rest),
        [] => return None,
        _ => (10, digits),
    };
    signed(sign, magnitude(digits, base)?)
}

/// What `ParseInt` or, without a sign, `ParseUint` makes of a magnitude.
fn signed(sign: Option<u8>, magnitude: u64) -> Option<Scalar> {
    match (sign, i64::try_from(magnitude)) {
        (Some(b'-'), Ok(number)) => Some(Scalar::Int(-number)),
        (Some(b'-'), Err(_)) => (magnitude == 1 << 63).then_some(Scalar::Int(i64::MIN)),
        (_, Ok(number)) => Some(Scalar::Int(number)),
        (None, Err(_)) => Some(Scalar::Uint(magnitude)),
        (Some(_), Err(_)) => None,
    }
}

fn split_sign(bytes: &[u8]) -> (Option<u8>, &[u8]) {
    match bytes {
        [sign @ (b'+' | b'-'), rest @ ..] => (Some(*sign), rest),
        _ => (None, bytes),
    }
}

fn magnitude(digits: &[u8], base: u32) -> Option<u64> {
    let mut number = 0_u64;
    for &byte in digits {
        let digit = char::from(byte).to_digit(base)?;
        number = number.checked_mul(u64::from(base))?.checked_add(u64::from(digit))?;
    }
    Some(number)
}

/// Go: after a failing `ParseInt(s, 0, 64)`, `0b…` is tried once more with what follows as a
/// number of its own, so that `0b-1` is -1.
fn parse_prefixed(plain: &str, prefix: &str, base: u32) -> Option<Scalar> {
    if let Some(rest) = plain.strip_prefix(prefix) {
        let (sign, digits) = split_sign(rest.as_bytes());
        return if digits.is_empty() { None } else { signed(sign, magnitude(digits, base)?) };
    }
    let digits = plain.strip_prefix('-')?.strip_prefix(prefix)?.as_bytes();
    if digits.is_empty() { None } else { signed(Some(b'-'), magnitude(digits, base)?) }
}

/// Go: `yamlStyleFloat`, then `strconv.ParseFloat`, for which overflow is an error.
fn parse_decimal_float(plain: &str) -> Option<Scalar> {
    let (_, mut rest) = split_sign(plain.as_bytes());
    let whole = skip_digits(&mut rest);
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        rest = after;
        fraction = skip_digits(&mut rest);
        if whole == 0 && fraction == 0 {
            return None;
        }
    }
    if whole == 0 && fraction == 0 {
        return None;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        rest = split_sign(after).1;
        if skip_digits(&mut rest) == 0 {
            return None;
        }
    }
    if rest.is_empty() { finite(plain) } else { None }
}

fn skip_digits(rest: &mut &[u8]) -> usize {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    *rest = &rest[digits..];
    digits
}

fn finite(text: &str) -> Option<Scalar> {
    // Rust and Go both round a decimal text to the nearest float.
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Scalar::Float)
}

/// A scalar that begins with a point. Go: `strconv.ParseFloat`, which takes underscores between
/// digits.
pub(super) fn parse_point(text: &str) -> Option<Scalar> {
    if !text.contains('_') {
        return parse_decimal_float(text);
    }
    let bytes = text.as_bytes();
    let between_digits = |at: usize| {
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        at > 0 && is_digit(at - 1) && is_digit(at + 1)
    };
    let well_placed = (0..bytes.len()).all(|at| bytes[at] != b'_' || between_digits(at));
    if well_placed { parse_decimal_float(&text.replace('_', "")) } else { None }
}

/// Go: `isBase60Float`: `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`.
pub(super) fn is_base_60(bytes: &[u8]) -> bool {
    let (_, mut rest) = split_sign(bytes);
    if !rest.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    skip_digits_and_underscores(&mut rest);
    let mut groups = 0;
    while let [b':', after @ ..] = rest {
        rest = match after {
            [b'0'..=b'5', b'0'..=b'9', after @ ..] | [b'0'..=b'9', after @ ..] => after,
            _ => return false,
        };
        groups += 1;
    }
    if let [b'.', after @ ..] = rest {
        rest = after;
        skip_digits_and_underscores(&mut rest);
    }
    groups > 0 && rest.is_empty()
}

fn skip_digits_and_underscores(rest: &mut &[u8]) {
    while let [b'0'..=b'9' | b'_', after @ ..] = rest {
        *rest = after;
    }
}
