//! Floats to text: `FormatFloat` with all its formats and precisions.
//!
//! Shortest digits come from `zmij`, which breaks ties as Go does; digits for a precision come from
//! the exact formatter of Rust's library. The layouts are Go's.

use std::io::Write as _;

/// No finite float has more significant digits than this, so zeros follow.
const MAX_DIGITS: usize = 800;
/// No finite float has more digits after its point than this.
const MAX_FRACTION: usize = 1_100;

/// Significant decimal digits without zeros at either end, and where the point goes:
/// 0.d₁d₂… × 10^point.
struct Digits<'a> {
    text: &'a [u8],
    point: i32,
}

impl<'a> Digits<'a> {
    /// Reads what Rust formatters print, `123.45`, `0.001`, `1.5e-7`, moving the digits together
    /// at the start of the buffer that holds the text.
    fn read(text: &'a mut [u8]) -> Self {
        let (mantissa, exponent) = match text.iter().position(|byte| *byte == b'e') {
            Some(e) => (e, read_exponent(&text[e + 1..])),
            None => (text.len(), 0),
        };
        let (mut len, mut point, mut after_point) = (0, 0, false);
        for position in 0..mantissa {
            let byte = text[position];
            if byte == b'.' {
                after_point = true;
            } else if len == 0 && byte == b'0' {
                point -= i32::from(after_point);
            } else {
                point += i32::from(!after_point);
                text[len] = byte;
                len += 1;
            }
        }
        while len > 0 && text[len - 1] == b'0' {
            len -= 1;
        }
        Self { text: &text[..len], point: if len == 0 { 0 } else { point + exponent } }
    }

    fn len(&self) -> usize {
        self.text.len()
    }
}

fn read_exponent(text: &[u8]) -> i32 {
    let (sign, digits) = match text.first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    sign * digits.iter().fold(0, |number, digit| number * 10 + i32::from(digit - b'0'))
}

/// Go: `strconv.FormatFloat`. The formats are `b e E f g G x X`; no precision means the shortest
/// text that reads back as the same float of that many bits.
pub fn format_float(value: f64, format: u8, precision: Option<usize>, bits: u8) -> String {
    let mut out = Vec::with_capacity(24);
    append_float(&mut out, value, format, precision, bits);
    String::from_utf8(out).unwrap_or_default()
}

/// Go: `strconv.AppendFloat`; see [`format_float`].
pub fn append_float(out: &mut Vec<u8>, value: f64, format: u8, precision: Option<usize>, bits: u8) {
    // Go: rounds to 32 bits first, so that what is too large for them is infinite.
    let value = if bits == 32 { f64::from(to_single(value)) } else { value };
    if value.is_nan() {
        return out.extend_from_slice(b"NaN");
    }
    if value.is_infinite() {
        return out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let value = value.abs();
    match (format, precision) {
        (b'b', _) => binary(out, value, bits),
        (b'x' | b'X', _) => hexadecimal(out, value, format, precision, bits),
        (b'f', Some(precision)) => fixed(out, value, precision),
        (b'f', None) => {
            if bits == 64 && value < 1e15 && value.fract() == 0.0 {
                return super::append_uint(out, whole(value));
            }
            let mut buffer = [0; 32];
            let digits = shortest(value, bits, &mut buffer);
            let fraction = usize::try_from(as_len(digits.len()) - digits.point).unwrap_or(0);
            positional(out, &digits, fraction);
        }
        (b'e' | b'E', Some(precision)) => {
            scientific(out, &Digits::read(&mut exact(value, precision + 1)), precision, format);
        }
        (b'e' | b'E', None) => {
            let mut buffer = [0; 32];
            let digits = shortest(value, bits, &mut buffer);
            scientific(out, &digits, digits.len().saturating_sub(1), format);
        }
        (b'g' | b'G', Some(precision)) => {
            let precision = precision.max(1);
            general(out, &Digits::read(&mut exact(value, precision)), precision, None, format);
        }
        (b'g' | b'G', None) => {
            // Whole numbers that stay below the exponent form are most of what charts print.
            if value < 1_000_000.0 && value.fract() == 0.0 {
                return super::append_uint(out, whole(value));
            }
            let mut buffer = [0; 32];
            let digits = shortest(value, bits, &mut buffer);
            general(out, &digits, digits.len(), Some(6), format);
        }
        _ => out.extend_from_slice(&[b'%', format]),
    }
}

fn as_len(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}

fn whole(value: f64) -> u64 {
    corten_value::number::float_to_int(value).unsigned_abs()
}

fn shortest(value: f64, bits: u8, buffer: &mut [u8; 32]) -> Digits<'_> {
    let mut printed = zmij::Buffer::new();
    let text = match bits {
        32 => printed.format_finite(to_single(value)).as_bytes(),
        _ => printed.format_finite(value).as_bytes(),
    };
    let buffer = &mut buffer[..text.len().min(32)];
    buffer.copy_from_slice(&text[..text.len().min(32)]);
    Digits::read(buffer)
}

#[expect(clippy::cast_possible_truncation, reason = "Go: float32(val)")]
fn to_single(value: f64) -> f32 {
    value as f32
}

/// The digits rounded to that many, half to even on the exact decimal value.
fn exact(value: f64, digits: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(32);
    // Writing to a Vec cannot fail.
    write!(text, "{:.*e}", digits.min(MAX_DIGITS) - 1, value).unwrap_or_default();
    text
}

fn fixed(out: &mut Vec<u8>, value: f64, precision: usize) {
    let fraction = precision.min(MAX_FRACTION);
    write!(out, "{value:.fraction$}").unwrap_or_default();
    out.extend(std::iter::repeat_n(b'0', precision - fraction));
}

/// Go: the `%g` rules of `formatDigits`.
fn general(out: &mut Vec<u8>, digits: &Digits<'_>, precision: usize, shortest: Option<i32>, format: u8) {
    let mut limit = as_len(precision);
    if precision > digits.len() && as_len(digits.len()) >= digits.point {
        limit = as_len(digits.len());
    }
    let limit = shortest.unwrap_or(limit);
    let exponent = digits.point - 1;
    if exponent < -4 || exponent >= limit {
        let precision = precision.min(digits.len());
        return scientific(out, digits, precision.saturating_sub(1), if format == b'G' { b'E' } else { b'e' });
    }
    let precision = if as_len(precision) > digits.point { digits.len() } else { precision };
    positional(out, digits, usize::try_from(as_len(precision) - digits.point).unwrap_or(0));
}

/// Go: `fmtE`.
fn scientific(out: &mut Vec<u8>, digits: &Digits<'_>, precision: usize, format: u8) {
    let text = digits.text;
    out.push(text.first().copied().unwrap_or(b'0'));
    if precision > 0 {
        out.push(b'.');
        let known = &text[text.len().min(1)..text.len().min(precision + 1)];
        out.extend_from_slice(known);
        out.extend(std::iter::repeat_n(b'0', precision - known.len()));
    }
    let exponent = if text.is_empty() { 0 } else { digits.point - 1 };
    out.extend_from_slice(&[format, if exponent < 0 { b'-' } else { b'+' }]);
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    super::append_uint(out, u64::from(exponent.unsigned_abs()));
}

/// Go: `fmtF`.
fn positional(out: &mut Vec<u8>, digits: &Digits<'_>, fraction: usize) {
    let text = digits.text;
    let point = usize::try_from(digits.point).unwrap_or(0);
    if point == 0 {
        out.push(b'0');
    } else {
        let known = text.len().min(point);
        out.extend_from_slice(&text[..known]);
        out.extend(std::iter::repeat_n(b'0', point - known));
    }
    if fraction > 0 {
        out.push(b'.');
        let zeros = usize::try_from(-digits.point).unwrap_or(0).min(fraction);
        out.extend(std::iter::repeat_n(b'0', zeros));
        let rest = &text[text.len().min(point)..];
        let known = &rest[..rest.len().min(fraction - zeros)];
        out.extend_from_slice(known);
        out.extend(std::iter::repeat_n(b'0', fraction - zeros - known.len()));
    }
}

/// Mantissa and exponent such that the value is mantissa × 2^exponent, and the bits of a mantissa.
fn split(value: f64, bits: u8) -> (u64, i32, u32) {
    let (raw, mantissa_bits, exponent_bits, zero_exponent) = match bits {
        32 => (u64::from(to_single(value).to_bits()), 23, 8, -127),
        _ => (value.to_bits(), 52, 11, -1023),
    };
    let exponent = i32::try_from((raw >> mantissa_bits) & ((1 << exponent_bits) - 1)).unwrap_or(0);
    let mantissa = raw & ((1 << mantissa_bits) - 1);
    match exponent {
        0 => (mantissa, 1 + zero_exponent, mantissa_bits),
        _ => (mantissa | 1 << mantissa_bits, exponent + zero_exponent, mantissa_bits),
    }
}

/// Go: `fmtB`.
fn binary(out: &mut Vec<u8>, value: f64, bits: u8) {
    let (mantissa, exponent, mantissa_bits) = split(value, bits);
    super::append_uint(out, mantissa);
    out.push(b'p');
    let exponent = exponent - mantissa_bits.cast_signed();
    if exponent >= 0 {
        out.push(b'+');
    }
    super::append_int(out, i64::from(exponent));
}

/// Go: `fmtX`.
fn hexadecimal(out: &mut Vec<u8>, value: f64, format: u8, precision: Option<usize>, bits: u8) {
    const ONE: u64 = 1 << 60;
    let (mut mantissa, mut exponent, mantissa_bits) = split(value, bits);
    if mantissa == 0 {
        exponent = 0;
    }
    mantissa <<= 60 - mantissa_bits;
    while mantissa != 0 && mantissa & ONE == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let shift = precision * 4;
        let extra = (mantissa << shift) & (ONE - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let table: &[u8; 16] = if format == b'X' { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    out.extend_from_slice(&[b'0', format, b'0' + ((mantissa >> 60) & 1) as u8]);
    mantissa <<= 4;
    if precision.map_or(mantissa != 0, |precision| precision > 0) {
        out.push(b'.');
    }
    let mut count = 0;
    while precision.map_or(mantissa != 0, |precision| count < precision) {
        out.push(table[(mantissa >> 60) as usize & 15]);
        mantissa <<= 4;
        count += 1;
    }
    out.extend_from_slice(&[if format == b'X' { b'P' } else { b'p' }, if exponent < 0 { b'-' } else { b'+' }]);
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    super::append_uint(out, u64::from(exponent.unsigned_abs()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn general_form_of_shortest_digits() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (999_999.0, "999999"),
            (1_000_000.0, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5, "1.5"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            assert_eq!(format_float(value, b'g', None, 64), text);
        }
    }

    #[test]
    fn precision_is_exact() {
        assert_eq!(format_float(0.1, b'f', Some(20), 64), "0.10000000000000000555");
        assert_eq!(format_float(2.5, b'f', Some(0), 64), "2");
        assert_eq!(format_float(100_000.0, b'g', Some(3), 64), "1e+05");
        assert_eq!(format_float(123_456.0, b'e', Some(2), 64), "1.23e+05");
        assert_eq!(format_float(0.1, b'g', Some(30), 64), "0.100000000000000005551115123126");
        assert_eq!(format_float(0.1, b'g', None, 32), "0.1");
        assert_eq!(format_float(1.0, b'x', None, 64), "0x1p+00");
        assert_eq!(format_float(1.0, b'b', None, 64), "4503599627370496p-52");
    }
}
