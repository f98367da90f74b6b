//! Number and character constants. Go: `newNumber` in parse/node.go.

use corten_gostd::strconv;
use corten_value::number::{float_to_int, int_to_float, uint_to_float};

use crate::Error;
use crate::lex::{Token, TokenKind};
use crate::tree::{Ideal, Kind, Number, Span};

use super::{Parser, index};

/// The value under each type that can represent it exactly.
#[derive(Clone, Copy, Default)]
struct Parts {
    int: Option<i64>,
    uint: Option<u64>,
    float: Option<f64>,
    complex: Option<(f64, f64)>,
}

impl Parser<'_> {
    pub(super) fn parse_number(&mut self, token: Token) -> Result<Kind, Error> {
        let literal = self.lexer.value(token);
        let parts = match token.kind {
            TokenKind::Char => parse_char(literal),
            TokenKind::Complex => parse_complex(literal),
            _ => parse_real(literal),
        };
        let parts = parts.map_err(|message| self.fail(message))?;
        let number = number(parts, literal, token.span);
        self.source.numbers.push(number);
        Ok(Kind::Number(index(self.source.numbers.len() - 1)))
    }
}

/// Go: `idealConstant` decides the type by the look of the literal.
fn number(parts: Parts, literal: &[u8], span: Span) -> Number {
    let has = |set: &[u8]| literal.iter().any(|byte| set.contains(byte));
    let is_hex = matches!(literal, [b'0', b'x' | b'X', _, ..]) && !has(b"pP");
    let looks_float = !is_hex && literal.first() != Some(&b'\'') && has(b".eEpP");
    let ideal = match parts {
        Parts { complex: Some((real, imaginary)), .. } => Some(Ideal::Complex(real, imaginary)),
        Parts { float: Some(float), .. } if looks_float => Some(Ideal::Float(float)),
        Parts { int, .. } => int.map(Ideal::Int),
    };
    Number { literal: span, int: parts.int, uint: parts.uint, float: parts.float, ideal }
}

fn parse_char(literal: &[u8]) -> Result<Parts, Vec<u8>> {
    let unquoted = strconv::unquote_char(&literal[1..], literal[0]).ok_or("invalid syntax")?;
    if unquoted.rest != b"'" {
        return Err([b"malformed character constant: ", literal].concat());
    }
    let code = unquoted.value;
    Ok(Parts { int: Some(i64::from(code)), uint: Some(u64::from(code)), float: Some(f64::from(code)), complex: None })
}

/// Go reads the pair with `fmt.Sscan`.
fn parse_complex(literal: &[u8]) -> Result<Parts, Vec<u8>> {
    let digits = &literal[..literal.len() - 1];
    let is_sign = |&at: &usize| matches!(digits[at], b'+' | b'-') && !is_exponent(digits, at);
    let middle = (1..digits.len()).find(is_sign).unwrap_or(digits.len());
    let (real, imaginary) = digits.split_at(middle);
    Ok(simplify(float(real)?, float(imaginary)?))
}

fn is_exponent(digits: &[u8], sign: usize) -> bool {
    let is_hex = digits[..sign].iter().any(|byte| matches!(byte, b'x' | b'X'));
    matches!(digits[sign - 1], b'p' | b'P') || (!is_hex && matches!(digits[sign - 1], b'e' | b'E'))
}

fn float(digits: &[u8]) -> Result<f64, Vec<u8>> {
    strconv::parse_float(digits, 64).map_err(|error| error.to_string().into_bytes())
}

/// Go: `simplifyComplex`: a zero imaginary part makes it a real number too.
fn simplify(real: f64, imaginary: f64) -> Parts {
    let complex = Some((real, imaginary));
    if imaginary != 0.0 {
        return Parts { complex, ..Parts::default() };
    }
    Parts { int: exact_int(real), uint: exact_uint(real), float: Some(real), complex }
}

fn parse_real(literal: &[u8]) -> Result<Parts, Vec<u8>> {
    if let [digits @ .., b'i'] = literal
        && let Ok(imaginary) = strconv::parse_float(digits, 64)
    {
        return Ok(simplify(0.0, imaginary));
    }
    let mut uint = strconv::parse_uint(literal, 0, 64).ok();
    let int = strconv::parse_int(literal, 0, 64).ok();
    if int == Some(0) {
        // `-0` is no unsigned literal.
        uint = Some(0);
    }
    if let Some(float) = int.map(int_to_float).or(uint.map(uint_to_float)) {
        return Ok(Parts { int, uint, float: Some(float), complex: None });
    }
    let Ok(float) = strconv::parse_float(literal, 64) else {
        return Err(quoted("illegal number syntax: ", literal));
    };
    if !literal.iter().any(|byte| b".eEpP".contains(byte)) {
        return Err(quoted("integer overflow: ", literal));
    }
    Ok(Parts { int: exact_int(float), uint: exact_uint(float), float: Some(float), complex: None })
}

fn quoted(message: &str, literal: &[u8]) -> Vec<u8> {
    let mut out = message.as_bytes().to_vec();
    strconv::append_quote(&mut out, literal);
    out
}

/// Go: `float64(int64(f)) == f`.
#[expect(clippy::float_cmp, reason = "Go asks for the exact number")]
fn exact_int(float: f64) -> Option<i64> {
    let int = float_to_int(float);
    (int_to_float(int) == float).then_some(int)
}

/// Go: `float64(uint64(f)) == f`.
#[expect(clippy::float_cmp, reason = "Go asks for the exact number")]
fn exact_uint(float: f64) -> Option<u64> {
    let uint = corten_value::number::float_to_uint(float);
    (uint_to_float(uint) == float).then_some(uint)
}
