//! Numbers and dates of TOML. Go: the checks of parse.go.

use corten_gostd::strconv::{self, NumErrorKind};
use corten_gostd::time::{Time, Zone};
use corten_gotmpl::Val;

use super::parser::Fault;
use crate::date;

/// An integer; the error is the message without position.
pub(super) fn integer(text: &[u8]) -> Result<Val, Result<String, Fault>> {
    let quoted = || strconv::quote(text);
    if !has_proper_underscores(text) {
        return Err(Ok(format!("Invalid integer {}: underscores must be surrounded by digits", quoted())));
    }
    if has_leading_zero(text) {
        return Err(Ok(format!("Invalid integer {}: cannot have leading zeroes", quoted())));
    }
    strconv::parse_int(text, 0, 64).map(Val::int64).map_err(|error| {
        let text = String::from_utf8_lossy(text);
        match error.kind {
            NumErrorKind::Range => Ok(format!("{text} is out of range for int64")),
            _ => Err(Fault::bug(&format!("Expected integer value, but got '{text}'."))),
        }
    })
}

/// A float; the error is the message without position.
pub(super) fn float(text: &[u8]) -> Result<Val, String> {
    let quoted = || strconv::quote(text);
    let mut parts = text.split(|byte| matches!(byte, b'.' | b'e' | b'E')).filter(|part| !part.is_empty());
    let first = parts.next();
    if first.is_some_and(|part| !has_proper_underscores(part)) || parts.any(|part| !has_proper_underscores(part)) {
        return Err(format!("Invalid float {}: underscores must be surrounded by digits", quoted()));
    }
    if first.is_some_and(has_leading_zero) {
        return Err(format!("Invalid float {}: cannot have leading zeroes", quoted()));
    }
    if !has_proper_periods(text) {
        return Err(format!("Invalid float {}: '.' must be followed by one or more digits", quoted()));
    }
    let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'_').collect();
    match &digits[..] {
        b"-nan" => return Ok(Val::Float(-f64::NAN)),
        b"+nan" => return Ok(Val::Float(f64::NAN)),
        _ => {}
    }
    strconv::parse_float(&digits, 64).map(Val::Float).map_err(|error| match error.kind {
        NumErrorKind::Range => format!("{} is out of range for float64", String::from_utf8_lossy(text)),
        _ => format!("Invalid float value: {}", quoted()),
    })
}

/// Go: `numHasLeadingZero`.
fn has_leading_zero(text: &[u8]) -> bool {
    match text {
        [b'0', b'b' | b'o' | b'x', ..] => false,
        [b'0', _, ..] | [b'-' | b'+', b'0', _, ..] => true,
        _ => false,
    }
}

/// Go: `numUnderscoresOK`.
fn has_proper_underscores(text: &[u8]) -> bool {
    if matches!(text, b"nan" | b"+nan" | b"-nan" | b"inf" | b"-inf" | b"+inf") {
        return true;
    }
    let mut accepts = false;
    for byte in text {
        if *byte == b'_' && !accepts {
            return false;
        }
        accepts = byte.is_ascii_hexdigit();
    }
    accepts
}

/// Go: `numPeriodsOK`.
fn has_proper_periods(text: &[u8]) -> bool {
    let mut is_behind_period = false;
    for byte in text {
        if is_behind_period && !byte.is_ascii_digit() {
            return false;
        }
        is_behind_period = *byte == b'.';
    }
    !is_behind_period
}

/// The layouts of dates, and the zone that stands for having none.
const LAYOUTS: [(&str, Option<&str>); 7] = [
    ("2006-01-02T15:04:05.999999999Z07:00", None),
    ("2006-01-02T15:04:05.999999999", Some("datetime-local")),
    ("2006-01-02", Some("date-local")),
    ("15:04:05.999999999", Some("time-local")),
    ("2006-01-02T15:04Z07:00", None),
    ("2006-01-02T15:04", Some("datetime-local")),
    ("15:04", Some("time-local")),
];

/// A date or time; the error is the message without position.
pub(super) fn datetime(text: &[u8], local: &Zone, now: i64) -> Result<Val, String> {
    let text: Vec<u8> = text
        .iter()
        .map(|byte| match byte {
            b'z' => b'Z',
            b't' | b' ' => b'T',
            other => *other,
        })
        .collect();
    let invalid = || format!("invalid datetime: {}", strconv::quote(&text));
    for (layout, zone_name) in LAYOUTS {
        let zone = zone_name.map_or_else(|| local.clone(), |name| Zone::fixed(name, local.at(now).seconds));
        if let Ok(time) = Time::parse_in(layout, &text, &zone) {
            let is_short = misses_leading_zero(&text, layout.as_bytes());
            return if is_short { Err(invalid()) } else { Ok(date::time_value(time)) };
        }
    }
    Err(invalid())
}

/// Go: `missingLeadingZero`.
fn misses_leading_zero(text: &[u8], layout: &[u8]) -> bool {
    let fixed = layout.iter().enumerate().take_while(|(_, byte)| !matches!(byte, b'.' | b'Z'));
    fixed.filter(|(_, byte)| !byte.is_ascii_digit()).any(|(at, byte)| text.get(at) != Some(byte))
}
