//! Text to floats: `ParseFloat` with underscores, hexadecimal mantissas and special names.

use super::{NumError, NumErrorKind};

/// Go: `strconv.ParseFloat` for 32 or 64 bits.
pub fn parse_float(text: &[u8], bits: u32) -> Result<f64, NumError> {
    parse(text, bits).map_err(|kind| NumError { function: "ParseFloat", text: text.to_vec(), kind })
}

fn parse(text: &[u8], bits: u32) -> Result<f64, NumErrorKind> {
    if let Some(value) = special(text) {
        return Ok(value);
    }
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    if matches!(unsigned, [b'0', b'x' | b'X', _, ..]) {
        return hexadecimal(text, &unsigned[2..], bits);
    }
    if !is_decimal(unsigned) {
        return Err(NumErrorKind::Syntax);
    }
    let value = if text.contains(&b'_') {
        if !underscores_ok(text) {
            return Err(NumErrorKind::Syntax);
        }
        let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'_').collect();
        decimal(&digits, bits)
    } else {
        decimal(text, bits)
    };
    let value = value.ok_or(NumErrorKind::Syntax)?;
    if value.is_infinite() { Err(NumErrorKind::Range) } else { Ok(value) }
}

/// Rust's parser is correctly rounded, as Go's is.
fn decimal(text: &[u8], bits: u32) -> Option<f64> {
    let text = str::from_utf8(text).ok()?;
    if bits == 32 { text.parse::<f32>().ok().map(f64::from) } else { text.parse().ok() }
}

/// Go: `special`.
fn special(text: &[u8]) -> Option<f64> {
    let (sign, name) = match text.first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        b'i' | b'I' => (1.0, text),
        b'n' | b'N' => return text.eq_ignore_ascii_case(b"nan").then_some(f64::NAN),
        _ => return None,
    };
    let is_infinite = name.eq_ignore_ascii_case(b"inf") || name.eq_ignore_ascii_case(b"infinity");
    is_infinite.then_some(sign * f64::INFINITY)
}

/// Digits with at most one point, and an exponent, underscores anywhere among the digits.
fn is_decimal(text: &[u8]) -> bool {
    let mantissa = text.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'_')).unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(mantissa);
    if !mantissa.iter().any(u8::is_ascii_digit) || mantissa.split(|byte| *byte == b'.').count() > 2 {
        return false;
    }
    exponent.is_empty() || (exponent[0].eq_ignore_ascii_case(&b'e') && is_exponent(&exponent[1..]))
}

fn is_exponent(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    digits.first().is_some_and(u8::is_ascii_digit) && digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'_'))
}

/// Go: `underscoreOK`: underscores stand between digits, or after a base prefix.
pub(super) fn underscores_ok(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let mut is_hex = false;
    let mut after_digit = false;
    let mut after_underscore = false;
    let mut rest = text;
    if let [b'0', prefix @ (b'b' | b'B' | b'o' | b'O' | b'x' | b'X'), digits @ ..] = text {
        is_hex = prefix.eq_ignore_ascii_case(&b'x');
        after_digit = true;
        rest = digits;
    }
    for byte in rest {
        let is_digit = byte.is_ascii_digit() || (is_hex && byte.is_ascii_hexdigit());
        if *byte == b'_' {
            if !after_digit {
                return false;
            }
        } else if !is_digit && after_underscore {
            return false;
        }
        after_digit = is_digit;
        after_underscore = *byte == b'_';
    }
    !after_underscore
}

/// Go: `readFloat` and `atofHex`.
fn hexadecimal(text: &[u8], digits: &[u8], bits: u32) -> Result<f64, NumErrorKind> {
    let mut mantissa = 0_u64;
    let mut truncated = false;
    let mut exponent = 0_i64;
    let mut saw_point = false;
    let mut saw_digits = false;
    let mut position = 0;
    for byte in digits {
        match byte {
            b'_' => {}
            b'.' if !saw_point => saw_point = true,
            _ => {
                let Some(digit) = char::from(*byte).to_digit(16) else { break };
                saw_digits = true;
                if mantissa >> 60 == 0 {
                    mantissa = mantissa << 4 | u64::from(digit);
                    exponent -= 4 * i64::from(saw_point);
                } else {
                    truncated |= digit != 0;
                    exponent += 4 * i64::from(!saw_point);
                }
            }
        }
        position += 1;
    }
    // Go: a hexadecimal mantissa needs an exponent.
    let [b'p' | b'P', power @ ..] = &digits[position..] else { return Err(NumErrorKind::Syntax) };
    if !saw_digits || !is_exponent(power) || (text.contains(&b'_') && !underscores_ok(text)) {
        return Err(NumErrorKind::Syntax);
    }
    let (sign, power) = match power.first() {
        Some(b'-') => (-1, &power[1..]),
        Some(b'+') => (1, &power[1..]),
        _ => (1, power),
    };
    let power = power
        .iter()
        .filter(|byte| **byte != b'_')
        .fold(0_i64, |power, digit| if power < 10_000 { power * 10 + i64::from(digit - b'0') } else { power });
    let value = assemble(mantissa, exponent + sign * power, truncated, bits).ok_or(NumErrorKind::Range)?;
    Ok(if text.first() == Some(&b'-') { -value } else { value })
}

/// Rounds mantissa × 2^exponent to a float, half to even; `None` when it does not fit.
fn assemble(mut mantissa: u64, mut exponent: i64, truncated: bool, bits: u32) -> Option<f64> {
    let (mantissa_bits, exponent_bits, zero_exponent) = if bits == 32 { (23, 8, -127_i64) } else { (52, 11, -1023) };
    let (max_exponent, min_exponent) = ((1 << exponent_bits) + zero_exponent - 2, zero_exponent + 1);
    exponent += mantissa_bits;
    while mantissa != 0 && mantissa >> (mantissa_bits + 2) == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    mantissa |= u64::from(truncated);
    while mantissa >> (1 + mantissa_bits + 2) != 0 {
        mantissa = mantissa >> 1 | mantissa & 1;
        exponent += 1;
    }
    while mantissa > 1 && exponent < min_exponent - 2 {
        mantissa = mantissa >> 1 | mantissa & 1;
        exponent += 1;
    }
    let mut round = mantissa & 3;
    mantissa >>= 2;
    round |= mantissa & 1;
    exponent += 2;
    if round == 3 {
        mantissa += 1;
        if mantissa == 1 << (1 + mantissa_bits) {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    if mantissa >> mantissa_bits == 0 {
        exponent = zero_exponent;
    }
    if exponent > max_exponent {
        return None;
    }
    let raw = mantissa & ((1 << mantissa_bits) - 1) | (exponent - zero_exponent).cast_unsigned() << mantissa_bits;
    Some(if bits == 32 { f64::from(f32::from_bits(u32::try_from(raw).ok()?)) } else { f64::from_bits(raw) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for (text, value) in [
            ("1", 1.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("+1e3", 1000.0),
            ("1_000.5", 1000.5),
            ("0x1p-2", 0.25),
            ("0x_1.8p1", 3.0),
            ("-Inf", f64::NEG_INFINITY),
            ("infinity", f64::INFINITY),
            ("1e-400", 0.0),
        ] {
            assert_eq!(parse_float(text.as_bytes(), 64), Ok(value), "{text}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in
            ["", ".", "1e", "1__0", "_1", "1_", "0x1", "0xp1", "1.2.3", "+nan", "infi", "1e+", " 1", "e5", "1_.5"]
        {
            assert_eq!(
                parse_float(text.as_bytes(), 64).map_err(|error| error.kind),
                Err(NumErrorKind::Syntax),
                "{text}"
            );
        }
        assert_eq!(parse_float(b"1e400", 64).map_err(|error| error.kind), Err(NumErrorKind::Range));
        assert_eq!(parse_float(b"1e39", 32).map_err(|error| error.kind), Err(NumErrorKind::Range));
    }
}
