//! Spans of nanoseconds.

use std::fmt;

use super::quote;

/// Go: `time.Duration`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub i64);

const MICROSECOND: i64 = 1_000;
const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const LIMIT: u64 = 1 << 63;

impl Duration {
    /// Go: `time.ParseDuration`.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, String> {
        parse(text.as_ref()).map_err(|fault| match fault {
            Fault::Invalid => format!("time: invalid duration {}", quote(text.as_ref())),
            Fault::MissingUnit => format!("time: missing unit in duration {}", quote(text.as_ref())),
            Fault::Unit(unit) => format!("time: unknown unit {unit} in duration {}", quote(text.as_ref())),
        })
    }

    /// Go: `Hours`.
    pub fn hours(self) -> f64 {
        self.in_units(HOUR)
    }

    /// Go: `Minutes`.
    pub fn minutes(self) -> f64 {
        self.in_units(MINUTE)
    }

    /// Go: `Seconds`.
    pub fn seconds(self) -> f64 {
        self.in_units(SECOND)
    }

    /// Go: `Milliseconds`.
    pub fn milliseconds(self) -> i64 {
        self.0 / MILLISECOND
    }

    /// Go: `Microseconds`.
    pub fn microseconds(self) -> i64 {
        self.0 / MICROSECOND
    }

    /// Go: `Abs`.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Go: `Truncate`, towards zero to a multiple of `unit`.
    #[must_use]
    pub fn truncate(self, unit: Self) -> Self {
        if unit.0 <= 0 { self } else { Self(self.0 - self.0 % unit.0) }
    }

    /// Go: `Round`, to the nearest multiple of `unit`, halves away from zero.
    #[must_use]
    pub fn round(self, unit: Self) -> Self {
        if unit.0 <= 0 {
            return self;
        }
        let remainder = (self.0 % unit.0).abs();
        let is_below_half = u128::from(remainder.unsigned_abs()) * 2 < u128::from(unit.0.unsigned_abs());
        let away = unit.0 - remainder;
        Self(match (self.0 < 0, is_below_half) {
            (true, true) => self.0 + remainder,
            (true, false) => self.0.saturating_sub(away),
            (false, true) => self.0 - remainder,
            (false, false) => self.0.saturating_add(away),
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "Go: float64(d/unit) + float64(d%unit)/unit")]
    fn in_units(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.0.unsigned_abs();
        if self.0 < 0 {
            out.write_str("-")?;
        }
        let second = SECOND.unsigned_abs();
        match total {
            0 => return out.write_str("0s"),
            1..1_000 => return write!(out, "{total}ns"),
            1_000..1_000_000 => return write_fraction(out, total, 3, "µs"),
            1_000_000..1_000_000_000 => return write_fraction(out, total, 6, "ms"),
            _ => {}
        }
        let (hours, minutes) = (total / HOUR.unsigned_abs(), total / MINUTE.unsigned_abs());
        if hours > 0 {
            write!(out, "{hours}h")?;
        }
        if minutes > 0 {
            write!(out, "{}m", minutes % 60)?;
        }
        write_fraction(out, total % (60 * second), 9, "s")
    }
}

/// Writes `number` / 10^`digits` without trailing zeros, then the unit.
fn write_fraction(out: &mut fmt::Formatter<'_>, number: u64, digits: usize, unit: &str) -> fmt::Result {
    let scale = 10_u64.pow(u32::try_from(digits).unwrap_or_default());
    let fraction = format!("{:0digits$}", number % scale);
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    write!(out, "{}{dot}{fraction}{unit}", number / scale)
}

enum Fault {
    Invalid,
    MissingUnit,
    Unit(String),
}

fn parse(text: &[u8]) -> Result<Duration, Fault> {
    let (is_negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(Duration(0));
    }
    if rest.is_empty() {
        return Err(Fault::Invalid);
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let part = part(&mut rest)?;
        // Go: two parts of 2^63 add up to zero.
        total = Some(total.wrapping_add(part)).filter(|total| *total <= LIMIT).ok_or(Fault::Invalid)?;
    }
    if is_negative {
        return Ok(Duration(0_i64.wrapping_sub_unsigned(total)));
    }
    i64::try_from(total).map(Duration).map_err(|_| Fault::Invalid)
}

/// Takes one number with its unit off the front.
fn part(rest: &mut &[u8]) -> Result<u64, Fault> {
    let whole_digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = leading_integer(&rest[..whole_digits]).ok_or(Fault::Invalid)?;
    *rest = &rest[whole_digits..];
    let mut fraction = (0, 1.0);
    let mut fraction_digits = 0;
    if let [b'.', after @ ..] = *rest {
        fraction_digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        fraction = leading_fraction(&after[..fraction_digits]);
        *rest = &after[fraction_digits..];
    }
    if whole_digits == 0 && fraction_digits == 0 {
        return Err(Fault::Invalid);
    }
    let length = rest.iter().take_while(|byte| **byte != b'.' && !byte.is_ascii_digit()).count();
    if length == 0 {
        return Err(Fault::MissingUnit);
    }
    let unit = unit(&rest[..length]).ok_or_else(|| Fault::Unit(quote(&rest[..length])))?;
    *rest = &rest[length..];
    if whole > LIMIT / unit {
        return Err(Fault::Invalid);
    }
    let value = whole * unit + scaled(fraction, unit);
    if value > LIMIT { Err(Fault::Invalid) } else { Ok(value) }
}

/// Go: `uint64(float64(f) * (float64(unit) / scale))`, in which rounding shows.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the same conversions as Go's; the product stays below the unit"
)]
fn scaled((fraction, scale): (u64, f64), unit: u64) -> u64 {
    (fraction as f64 * (unit as f64 / scale)) as u64
}

fn unit(name: &[u8]) -> Option<u64> {
    let unit = match name {
        b"ns" => 1,
        b"us" | [0xc2, 0xb5, b's'] | [0xce, 0xbc, b's'] => MICROSECOND,
        b"ms" => MILLISECOND,
        b"s" => SECOND,
        b"m" => MINUTE,
        b"h" => HOUR,
        _ => return None,
    };
    Some(unit.unsigned_abs())
}

/// Go: `leadingInt`; `None` above 2^63.
pub(super) fn leading_integer(digits: &[u8]) -> Option<u64> {
    let mut number: u64 = 0;
    for digit in digits {
        if number > LIMIT / 10 {
            return None;
        }
        number = number * 10 + u64::from(digit - b'0');
        if number > LIMIT {
            return None;
        }
    }
    Some(number)
}

/// Go: `leadingFraction`: the digits that fit, and ten to their count.
fn leading_fraction(digits: &[u8]) -> (u64, f64) {
    let (mut number, mut scale): (u64, f64) = (0, 1.0);
    for digit in digits {
        if number > (LIMIT - 1) / 10 {
            break;
        }
        let next = number * 10 + u64::from(digit - b'0');
        if next > LIMIT {
            break;
        }
        number = next;
        scale *= 10.0;
    }
    (number, scale)
}
