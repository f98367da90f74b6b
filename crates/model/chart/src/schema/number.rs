//! Numbers by their decimal value, and as messages show them.
//!
//! Go works with `big.Rat` made from the text of a number, so `0.3` is three tenths and a multiple
//! of `0.1`. A [`Decimal`] is that exactly, in canonical form.

use std::cmp::Ordering;

use corten_gostd::strconv;

use super::instance::Number;

/// Go: exponents beyond this make `big.Rat.SetString` fail.
const LARGEST_EXPONENT: i64 = 1_000_000;

/// `± digits × 10^exponent`; no leading or trailing zeros in the digits, none at all for zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    pub(super) fn of(number: Number<'_>) -> Option<Self> {
        match number {
            Number::Text(text) => Self::parse(text),
            Number::Int(int) => Self::parse(&int.to_string()),
            Number::Float(float) => Self::parse(&strconv::format_float(float, b'e', None, 64)),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        if exponent.abs() > LARGEST_EXPONENT {
            return None;
        }
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = [whole.as_bytes(), fraction.as_bytes()].concat();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut exponent = exponent - i64::try_from(fraction.len()).ok()?;
        let kept = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        exponent += i64::try_from(digits.len() - kept).ok()?;
        digits.truncate(kept);
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        if digits.is_empty() {
            return Some(Self { is_negative: false, digits, exponent: 0 });
        }
        Some(Self { is_negative, digits, exponent })
    }

    pub(super) fn canonical(&self) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        format!("{sign}{}e{}", String::from_utf8_lossy(&self.digits), self.exponent)
    }

    pub(super) fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// Go: `Rat.Float64`.
    pub(super) fn to_float(&self) -> f64 {
        if self.digits.is_empty() { 0.0 } else { self.canonical().parse().unwrap_or(f64::INFINITY) }
    }

    /// The value as an integer, the nearest bound when it is out of range.
    pub(super) fn to_int(&self) -> i64 {
        if self.digits.len() + usize::try_from(self.exponent).unwrap_or(usize::MAX / 2) > 18 {
            return if self.is_negative { i64::MIN } else { i64::MAX };
        }
        let digits = self.digits.iter().fold(0_i64, |value, digit| value * 10 + i64::from(digit - b'0'));
        let value = (0..self.exponent).fold(digits, |value, _| value * 10);
        if self.is_negative { -value } else { value }
    }

    /// Whether this is a whole multiple of another number.
    pub(super) fn is_multiple_of(&self, other: &Self) -> bool {
        if self.digits.is_empty() {
            return true;
        }
        // Digits end in no zero, so no power of ten is left to divide by.
        if self.exponent < other.exponent || other.digits.is_empty() || other.digits.len() > 37 {
            return false;
        }
        let divisor = other.digits.iter().fold(0_u128, |value, digit| value * 10 + u128::from(digit - b'0'));
        let step = |rest: u128, digit: u8| (rest * 10 + u128::from(digit)) % divisor;
        let rest = self.digits.iter().fold(0, |rest, digit| step(rest, digit - b'0'));
        (other.exponent..self.exponent).fold(rest, |rest, _| step(rest, 0)) == 0
    }

    /// Where the first digit stands: 1 for `5`, 3 for `500`, 0 for `0.5`.
    fn magnitude(&self) -> i64 {
        self.exponent + i64::try_from(self.digits.len()).unwrap_or(i64::MAX)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let (left, right) = (sign(self), sign(other));
        if left != right || left == 0 {
            return left.cmp(&right);
        }
        let absolute = self.magnitude().cmp(&other.magnitude()).then_with(|| self.digits.cmp(&other.digits));
        if left < 0 { absolute.reverse() } else { absolute }
    }
}

/// A float as Go's `message.Printer` shows it in English: `1,234.5`, `1.5×10⁰⁶`.
pub(super) fn show_float(float: f64) -> String {
    let text = strconv::format_float(float, b'g', None, 64);
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let superscript = |character: char| match character {
                '-' => Some('⁻'),
                '0'..='9' => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(usize::try_from(character.to_digit(10)?).ok()?),
                _ => None,
            };
            let exponent: String = exponent.chars().filter_map(superscript).collect();
            format!("{mantissa}×10{exponent}")
        }
        None => match text.split_once('.') {
            Some((whole, fraction)) => format!("{}.{fraction}", grouped(whole)),
            None => grouped(&text),
        },
    }
}

/// An integer as Go's `message.Printer` shows it in English: `1,234`.
pub(super) fn show_int(int: i64) -> String {
    grouped(&int.to_string())
}

fn grouped(text: &str) -> String {
    let (sign, digits) = text.split_at(usize::from(text.starts_with('-')));
    let mut out = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn decimals_compare_by_value() {
        assert_eq!(decimal("1.50"), decimal("15e-1"));
        assert!(decimal("-2") < decimal("-1.5"));
        assert!(decimal("0") > decimal("-1e-9"));
        assert!(decimal("99") < decimal("1e2"));
        assert!(decimal("0.3").is_multiple_of(&decimal("0.1")));
        assert!(!decimal("0.35").is_multiple_of(&decimal("0.1")));
        assert!(decimal("1e3").is_multiple_of(&decimal("8")));
        assert_eq!(decimal("12e2").to_int(), 1200);
    }

    #[test]
    fn floats_show_as_in_go() {
        assert_eq!(show_float(1234.5), "1,234.5");
        assert_eq!(show_float(-1_234_567.25), "-1.23456725×10⁰⁶");
        assert_eq!(show_float(0.00001), "1×10⁻⁰⁵");
        assert_eq!(show_int(-65_537), "-65,537");
    }
}
