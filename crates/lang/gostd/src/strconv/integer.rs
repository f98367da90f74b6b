//! Integers and booleans: `ParseInt`, `ParseUint`, `Atoi`, `FormatInt`, `ParseBool`.

use super::float_parse::underscores_ok;
use super::{NumError, NumErrorKind};

/// Go: `strconv.ParseInt`. Base 0 reads the prefix; 0 bits are 64.
pub fn parse_int(text: &[u8], base: u32, bits: u32) -> Result<i64, NumError> {
    signed(text, base, bits).map_err(|kind| NumError { function: "ParseInt", text: text.to_vec(), kind })
}

/// Go: `strconv.ParseUint`. Base 0 reads the prefix; 0 bits are 64.
pub fn parse_uint(text: &[u8], base: u32, bits: u32) -> Result<u64, NumError> {
    unsigned(text, base, bits).map_err(|kind| NumError { function: "ParseUint", text: text.to_vec(), kind })
}

/// Go: `strconv.Atoi`.
pub fn atoi(text: &[u8]) -> Result<i64, NumError> {
    signed(text, 10, 64).map_err(|kind| NumError { function: "Atoi", text: text.to_vec(), kind })
}

/// Go: `strconv.ParseBool`.
pub fn parse_bool(text: &[u8]) -> Result<bool, NumError> {
    match text {
        b"1" | b"t" | b"T" | b"true" | b"TRUE" | b"True" => Ok(true),
        b"0" | b"f" | b"F" | b"false" | b"FALSE" | b"False" => Ok(false),
        _ => Err(NumError { function: "ParseBool", text: text.to_vec(), kind: NumErrorKind::Syntax }),
    }
}

/// Go: `strconv.FormatInt` in base 10.
pub fn format_int(number: i64) -> String {
    number.to_string()
}

/// Go: `strconv.AppendInt` in base 10.
pub fn append_int(out: &mut Vec<u8>, number: i64) {
    if number < 0 {
        out.push(b'-');
    }
    append_uint(out, number.unsigned_abs());
}

/// Go: `strconv.AppendUint` in base 10.
pub fn append_uint(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

fn signed(text: &[u8], base: u32, bits: u32) -> Result<i64, NumErrorKind> {
    let (negative, digits) = match text.first() {
        None => return Err(NumErrorKind::Syntax),
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        Some(_) => (false, text),
    };
    let magnitude = unsigned(digits, base, bits)?;
    let limit = 1_u64 << (if bits == 0 { 64 } else { bits.min(64) } - 1);
    match negative {
        true if magnitude <= limit => Ok(0_i64.wrapping_sub_unsigned(magnitude)),
        false if magnitude < limit => Ok(magnitude.cast_signed()),
        _ => Err(NumErrorKind::Range),
    }
}

fn unsigned(text: &[u8], base: u32, bits: u32) -> Result<u64, NumErrorKind> {
    let lower = |position: usize| text.get(position).map(u8::to_ascii_lowercase);
    let (radix, digits) = match base {
        _ if text.is_empty() => return Err(NumErrorKind::Syntax),
        2..=36 => (base, text),
        0 if text[0] != b'0' => (10, text),
        0 => match lower(1) {
            Some(b'b') if text.len() >= 3 => (2, &text[2..]),
            Some(b'o') if text.len() >= 3 => (8, &text[2..]),
            Some(b'x') if text.len() >= 3 => (16, &text[2..]),
            _ => (8, &text[1..]),
        },
        _ => return Err(NumErrorKind::Base(base)),
    };
    let limit = if bits == 0 || bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
    let mut number = 0_u64;
    let mut has_underscores = false;
    for byte in digits {
        if *byte == b'_' && base == 0 {
            has_underscores = true;
            continue;
        }
        let digit = char::from(*byte).to_digit(radix).ok_or(NumErrorKind::Syntax)?;
        number = number
            .checked_mul(u64::from(radix))
            .and_then(|number| number.checked_add(u64::from(digit)))
            .filter(|number| *number <= limit)
            // Go: reports the range before it reads the rest.
            .ok_or(NumErrorKind::Range)?;
    }
    if has_underscores && !underscores_ok(text) { Err(NumErrorKind::Syntax) } else { Ok(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_underscores() {
        assert_eq!(parse_int(b"0x1f", 0, 64), Ok(31));
        assert_eq!(parse_int(b"-0644", 0, 0), Ok(-420));
        assert_eq!(parse_int(b"0b11", 0, 64), Ok(3));
        assert_eq!(parse_int(b"1_000", 0, 64), Ok(1000));
        assert_eq!(parse_int(b"0", 0, 64), Ok(0));
        assert!(parse_int(b"1__0", 0, 64).is_err());
        assert!(parse_int(b"1_0", 10, 64).is_err());
        assert_eq!(parse_int(b"-9223372036854775808", 10, 64), Ok(i64::MIN));
    }

    #[test]
    fn errors_have_the_texts_of_go() {
        let text = |result: Result<i64, NumError>| result.map_err(|error| error.to_string());
        assert_eq!(text(atoi(b"x")), Err(r#"strconv.Atoi: parsing "x": invalid syntax"#.into()));
        assert_eq!(
            text(parse_int(b"300", 10, 8)),
            Err(r#"strconv.ParseInt: parsing "300": value out of range"#.into())
        );
        assert_eq!(text(parse_int(b"", 0, 8)), Err(r#"strconv.ParseInt: parsing "": invalid syntax"#.into()));
        assert_eq!(text(parse_int(b"08", 0, 64)), Err(r#"strconv.ParseInt: parsing "08": invalid syntax"#.into()));
    }
}
