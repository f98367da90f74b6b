//! Flags, width and precision of one directive, and the padding of basic values with them.
//!
//! The rules of Go's `format.go`: what each flag means for booleans, integers, floats, strings and
//! hexadecimal dumps. Knows neither operands nor directives.

use crate::strconv;
use crate::text::{decode_rune, rune_count};

/// The letter case of hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// `0123456789abcdefx`
    Lower,
    /// `0123456789ABCDEFX`
    Upper,
}

impl Case {
    fn digit(self, value: u64) -> u8 {
        let table: &[u8; 16] = match self {
            Self::Lower => b"0123456789abcdef",
            Self::Upper => b"0123456789ABCDEF",
        };
        table[usize::from((value & 0xF) as u8)]
    }

    fn x(self) -> u8 {
        match self {
            Self::Lower => b'x',
            Self::Upper => b'X',
        }
    }
}

/// An integer to print: its sign and magnitude.
#[derive(Clone, Copy)]
pub(super) struct Integer {
    /// Below zero.
    pub(super) negative: bool,
    /// The distance from zero.
    pub(super) magnitude: u64,
}

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are Go's flags")]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`, in which `plus` is off.
    pub(super) plus_v: bool,
    /// `%#v`, in which `sharp` is off.
    pub(super) sharp_v: bool,
}

impl Flags {
    /// Whether there are none.
    pub(super) fn are_absent(self) -> bool {
        let Self { width, precision, minus, plus, sharp, space, zero, plus_v, sharp_v } = self;
        let is_any = minus || plus || sharp || space || zero || plus_v || sharp_v;
        width.is_none() && precision.is_none() && !is_any
    }

    fn without_zero(self) -> Self {
        Self { zero: false, ..self }
    }

    fn write_padding(&self, out: &mut Vec<u8>, count: usize) {
        // Go: zero padding is allowed only to the left.
        let byte = if self.zero && !self.minus { b'0' } else { b' ' };
        out.extend(std::iter::repeat_n(byte, count));
    }

    /// Appends text padded to the width, which counts runes.
    pub(super) fn pad(&self, out: &mut Vec<u8>, text: &[u8]) {
        let Some(width) = self.width else { return out.extend_from_slice(text) };
        let missing = width.saturating_sub(rune_count(text));
        if !self.minus {
            self.write_padding(out, missing);
        }
        out.extend_from_slice(text);
        if self.minus {
            self.write_padding(out, missing);
        }
    }

    /// The text up to as many runes as the precision says.
    fn truncate<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let Some(precision) = self.precision else { return text };
        if precision >= text.len() {
            return text;
        }
        let mut end = 0;
        for _ in 0..precision {
            if end >= text.len() {
                break;
            }
            end += decode_rune(&text[end..]).1;
        }
        &text[..end.min(text.len())]
    }

    /// `%s`
    pub(super) fn string(&self, out: &mut Vec<u8>, text: &[u8]) {
        self.pad(out, self.truncate(text));
    }

    /// `%q` of a string.
    pub(super) fn quoted(&self, out: &mut Vec<u8>, text: &[u8]) {
        let text = self.truncate(text);
        let mut quoted = Vec::with_capacity(text.len() + 2);
        if self.sharp && strconv::can_backquote(text) {
            quoted.push(b'`');
            quoted.extend_from_slice(text);
            quoted.push(b'`');
        } else if self.plus {
            strconv::append_quote_to_ascii(&mut quoted, text);
        } else {
            strconv::append_quote(&mut quoted, text);
        }
        self.pad(out, &quoted);
    }

    /// `%x` and `%X` of bytes.
    pub(super) fn hex(&self, out: &mut Vec<u8>, bytes: &[u8], case: Case) {
        let bytes = &bytes[..self.precision.unwrap_or(bytes.len()).min(bytes.len())];
        if bytes.is_empty() {
            return self.write_padding(out, self.width.unwrap_or(0));
        }
        let mut width = 2 * bytes.len();
        if self.space {
            width = width * if self.sharp { 2 } else { 1 } + bytes.len() - 1;
        } else if self.sharp {
            width += 2;
        }
        let missing = self.width.unwrap_or(0).saturating_sub(width);
        if !self.minus {
            self.write_padding(out, missing);
        }
        for (position, byte) in bytes.iter().enumerate() {
            if self.space && position > 0 {
                out.push(b' ');
            }
            if self.sharp && (self.space || position == 0) {
                out.extend_from_slice(&[b'0', case.x()]);
            }
            out.extend_from_slice(&[case.digit(u64::from(byte >> 4)), case.digit(u64::from(*byte))]);
        }
        if self.minus {
            self.write_padding(out, missing);
        }
    }

    /// `%c`
    pub(super) fn character(&self, out: &mut Vec<u8>, code: u64) {
        self.pad(out, rune(code).encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// `%q` of an integer.
    pub(super) fn quoted_character(&self, out: &mut Vec<u8>, code: u64) {
        let mut quoted = Vec::with_capacity(12);
        if self.plus {
            strconv::append_quote_rune_to_ascii(&mut quoted, rune(code));
        } else {
            strconv::append_quote_rune(&mut quoted, rune(code));
        }
        self.pad(out, &quoted);
    }

    /// `%U`
    pub(super) fn unicode(&self, out: &mut Vec<u8>, code: u64) {
        let precision = self.precision.unwrap_or(4).max(4);
        let digits = format!("{code:X}");
        let mut text = b"U+".to_vec();
        text.extend(std::iter::repeat_n(b'0', precision.saturating_sub(digits.len())));
        text.extend_from_slice(digits.as_bytes());
        if self.sharp && code <= u64::from(u32::from(char::MAX)) && strconv::is_print(rune_or_nothing(code)) {
            text.extend_from_slice(b" '");
            text.extend_from_slice(rune(code).encode_utf8(&mut [0; 4]).as_bytes());
            text.push(b'\'');
        }
        self.without_zero().pad(out, &text);
    }

    /// Integers in base 2, 8 (`O` adds `0o`), 10 or 16.
    pub(super) fn integer(&self, out: &mut Vec<u8>, number: Integer, base: u64, verb: char) {
        let mut precision = 0;
        if let Some(wanted) = self.precision {
            precision = wanted;
            // Go: precision 0 and value 0 print nothing but padding.
            if wanted == 0 && number.magnitude == 0 {
                return self.without_zero().write_padding(out, self.width.unwrap_or(0));
            }
        } else if self.zero
            && !self.minus
            && let Some(width) = self.width
        {
            let signed = number.negative || self.plus || self.space;
            precision = width.saturating_sub(usize::from(signed));
        }
        let case = if verb == 'X' { Case::Upper } else { Case::Lower };
        let mut digits = [0_u8; 64];
        let mut start = digits.len();
        let mut rest = number.magnitude;
        loop {
            start -= 1;
            digits[start] = case.digit(rest % base);
            rest /= base;
            if rest == 0 {
                break;
            }
        }
        let digits = &digits[start..];
        if self.width.is_none() && precision <= digits.len() && !self.sharp && verb != 'O' && !self.plus && !self.space
        {
            if number.negative {
                out.push(b'-');
            }
            return out.extend_from_slice(digits);
        }
        let mut text = Vec::with_capacity(precision.max(digits.len()) + 5);
        if number.negative {
            text.push(b'-');
        } else if self.plus {
            text.push(b'+');
        } else if self.space {
            text.push(b' ');
        }
        if verb == 'O' {
            text.extend_from_slice(b"0o");
        }
        let zeros = precision.saturating_sub(digits.len());
        if self.sharp {
            match base {
                2 => text.extend_from_slice(b"0b"),
                8 if zeros == 0 && digits[0] != b'0' => text.push(b'0'),
                16 => text.extend_from_slice(&[b'0', case.x()]),
                _ => {}
            }
        }
        text.extend(std::iter::repeat_n(b'0', zeros));
        text.extend_from_slice(digits);
        self.without_zero().pad(out, &text);
    }

    /// Floats: `verb` is one of `b e E f g G x X`; `precision` is the default one.
    pub(super) fn float(&self, out: &mut Vec<u8>, value: f64, bits: u8, verb: u8, precision: Option<usize>) {
        let precision = self.precision.or(precision);
        if self.width.is_none() && !self.plus && !self.space && !self.sharp {
            return strconv::append_float(out, value, verb, precision, bits);
        }
        let mut number = Vec::with_capacity(24);
        strconv::append_float(&mut number, value, verb, precision, bits);
        if !matches!(number.first(), Some(b'-' | b'+')) {
            number.insert(0, b'+');
        }
        if self.space && number[0] == b'+' && !self.plus {
            number[0] = b' ';
        }
        // Go: infinities and NaN do not look like numbers, so no zeros in front of them.
        if matches!(number[1], b'I' | b'N') {
            let from = usize::from(number[1] == b'N' && !self.space && !self.plus);
            // An infinity keeps its "+": Go prints +Inf with every verb.
            return self.without_zero().pad(out, &number[from..]);
        }
        if self.sharp && verb != b'b' {
            restore_zeros(&mut number, verb, precision);
        }
        if !self.plus && number[0] == b'+' {
            return self.pad(out, &number[1..]);
        }
        if let Some(width) = self.width
            && self.zero
            && !self.minus
            && width > number.len()
        {
            // Go: the sign comes before the zeros that pad.
            out.push(number[0]);
            self.write_padding(out, width - number.len());
            return out.extend_from_slice(&number[1..]);
        }
        self.pad(out, &number);
    }
}

/// Go: the sharp flag forces a decimal point and keeps trailing zeros.
fn restore_zeros(number: &mut Vec<u8>, verb: u8, precision: Option<usize>) {
    let is_hex = matches!(verb, b'x' | b'X');
    let mut digits = match verb {
        b'g' | b'G' | b'x' => precision.unwrap_or(6),
        _ => 0,
    };
    // Go: "%e is used if the exponent from the conversion …" has digits -1 become 6 for v g G x.
    let mut has_point = false;
    let mut saw_nonzero = false;
    let mut tail = Vec::new();
    for (position, byte) in number.iter().enumerate().skip(1) {
        match byte {
            b'.' => has_point = true,
            b'p' | b'P' => {
                tail = number[position..].to_vec();
                break;
            }
            b'e' | b'E' if !is_hex => {
                tail = number[position..].to_vec();
                break;
            }
            _ => {
                saw_nonzero |= *byte != b'0';
                if saw_nonzero {
                    digits = digits.saturating_sub(1);
                }
            }
        }
    }
    number.truncate(number.len() - tail.len());
    if !has_point {
        // Go: a leading digit 0 contributes once.
        if number.len() == 2 && number[1] == b'0' {
            digits = digits.saturating_sub(1);
        }
        number.push(b'.');
    }
    number.extend(std::iter::repeat_n(b'0', digits));
    number.extend_from_slice(&tail);
}

/// Go: `rune(c)`, with U+FFFD for what is no rune.
fn rune(code: u64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The rune itself; surrogates, which Go can hold, give NUL, which is as unprintable.
fn rune_or_nothing(code: u64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or('\0')
}
