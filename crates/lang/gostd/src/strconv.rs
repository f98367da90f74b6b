//! Go's `strconv`: quoting and unquoting, numbers to text and back.
//!
//! Texts are bytes, as Go strings are. Every format, precision and error text is Go's.

mod float_format;
mod float_parse;
mod integer;
mod quote;
mod unquote;

pub use float_format::{append_float, format_float};
pub use float_parse::parse_float;
pub use integer::{append_int, append_uint, atoi, format_int, parse_bool, parse_int, parse_uint};
pub use quote::{
    append_quote, append_quote_rune, append_quote_rune_to_ascii, append_quote_to_ascii, can_backquote, quote,
    quote_rune,
};
pub use unquote::{UnquotedChar, unquote, unquote_char};

pub use crate::unicode::is_print;

/// Go: `*strconv.NumError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumError {
    /// The failing function.
    pub function: &'static str,
    /// The text that is no such number.
    pub text: Vec<u8>,
    /// What is wrong with it.
    pub kind: NumErrorKind,
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumErrorKind {
    /// It does not read as one.
    Syntax,
    /// It does not fit the type.
    Range,
    /// The base is none.
    Base(u32),
}

impl std::fmt::Display for NumError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "strconv.{}: parsing {}: ", self.function, quote(&self.text))?;
        match self.kind {
            NumErrorKind::Syntax => out.write_str("invalid syntax"),
            NumErrorKind::Range => out.write_str("value out of range"),
            NumErrorKind::Base(base) => write!(out, "invalid base {base}"),
        }
    }
}

impl std::error::Error for NumError {}
