//! spf13/cast 1.7.0, which sprig's numbers go through: anything to a number, 0 when it cannot be.

use corten_gostd::strconv;
use corten_gotmpl::Val;
use corten_value::number;

/// Go: `cast.ToInt64`, and `cast.ToInt`, which is the same on 64 bits.
pub(crate) fn to_int64(value: &Val) -> i64 {
    match value {
        Val::Int(_, number) => *number,
        Val::Uint(_, number) => number.cast_signed(),
        Val::Float(number) => number::float_to_int(*number),
        Val::Str(text) => strconv::parse_int(trim_zero_decimal(text.as_bytes()), 0, 0).unwrap_or(0),
        Val::Bool(truth) => i64::from(*truth),
        Val::Object(_) => calendar_name(value).unwrap_or(0),
        _ => 0,
    }
}

/// Go: `cast.ToFloat64`.
pub(crate) fn to_float64(value: &Val) -> f64 {
    match value {
        Val::Int(_, number) => number::int_to_float(*number),
        Val::Uint(_, number) => number::uint_to_float(*number),
        Val::Float(number) => *number,
        Val::Str(text) => strconv::parse_float(text.as_bytes(), 64).unwrap_or(0.0),
        Val::Bool(truth) => f64::from(*truth),
        Val::Object(_) => number::int_to_float(calendar_name(value).unwrap_or(0)),
        _ => 0.0,
    }
}

/// Go: `toInt` knows two named types; all others, such as `time.Duration`, are no numbers to it.
fn calendar_name(value: &Val) -> Option<i64> {
    let Val::Object(object) = value else { return None };
    match (object.go_type().name, object.underlying()) {
        ("time.Weekday" | "time.Month", Some(Val::Int(_, number))) => Some(number),
        _ => None,
    }
}

/// Go: `trimZeroDecimal`: cuts a point and the zeros behind it.
fn trim_zero_decimal(text: &[u8]) -> &[u8] {
    let digits = text.iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1);
    if digits > 0 && digits < text.len() && text[digits - 1] == b'.' { &text[..digits - 1] } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_base() {
        for (text, want) in [
            ("0x1f", 31),
            ("0644", 420),
            ("08", 0),
            ("7.00", 7),
            ("7.", 0),
            ("7.50", 0),
            ("1_0", 10),
            ("", 0),
            ("-3", -3),
        ] {
            assert_eq!(to_int64(&Val::str(text)), want, "{text}");
        }
    }
}
