//! Reads a format and prints its directives: `doPrintf` of Go's `print.go`.

use super::flags::Flags;
use super::printer::Printer;
use super::{Operand, View};
use crate::text::decode_rune;

/// Go: the largest width, precision or argument number.
const MAX_NUMBER: i64 = 1_000_000;

/// Where a format is being read.
struct Cursor<'a> {
    format: &'a [u8],
    position: usize,
    args: &'a [&'a dyn Operand],
    /// The next argument.
    arg: usize,
    /// The format used `[n]` somewhere.
    reordered: bool,
    /// The last `[n]` of this directive was in range and in its place.
    good_arg: bool,
    /// The item just read was `[n]`.
    after_index: bool,
}

/// Go: `doPrintf`.
pub(super) fn run(printer: &mut Printer<'_>, format: &[u8], args: &[&dyn Operand]) {
    let mut cursor = Cursor { format, position: 0, args, arg: 0, reordered: false, good_arg: true, after_index: false };
    loop {
        let rest = &format[cursor.position.min(format.len())..];
        let Some(literal) = rest.iter().position(|byte| *byte == b'%') else {
            printer.out.extend_from_slice(rest);
            break;
        };
        printer.out.extend_from_slice(&rest[..literal]);
        cursor.position += literal + 1;
        if !cursor.directive(printer) {
            break;
        }
    }
    if !cursor.reordered && cursor.arg < args.len() {
        extra(printer, &args[cursor.arg..]);
    }
}

/// Arguments that no directive used.
fn extra(printer: &mut Printer<'_>, args: &[&dyn Operand]) {
    printer.flags = Flags::default();
    printer.out.extend_from_slice(b"%!(EXTRA ");
    for (position, arg) in args.iter().enumerate() {
        if position > 0 {
            printer.out.extend_from_slice(b", ");
        }
        if matches!(arg.view(), View::Nil) {
            printer.out.extend_from_slice(b"<nil>");
        } else {
            printer.out.extend_from_slice(arg.type_name().as_bytes());
            printer.out.push(b'=');
            printer.print_arg(*arg, 'v');
        }
    }
    printer.out.push(b')');
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.position).copied()
    }

    /// Reads and prints one directive; whether the format goes on.
    fn directive(&mut self, printer: &mut Printer<'_>) -> bool {
        self.good_arg = true;
        self.after_index = false;
        printer.flags = Flags::default();
        self.flags(&mut printer.flags);
        self.arg_number();
        self.width(printer);
        self.precision(printer);
        if !self.after_index {
            self.arg_number();
        }
        if self.position >= self.format.len() {
            printer.out.extend_from_slice(b"%!(NOVERB)");
            return false;
        }
        let (verb, size) = decode_rune(&self.format[self.position..]);
        self.position += size;
        if verb == '%' {
            printer.out.push(b'%');
        } else if !self.good_arg {
            misuse(printer, verb, "(BADINDEX)");
        } else if let Some(arg) = self.args.get(self.arg) {
            if matches!(verb, 'v' | 'w') {
                printer.flags.sharp_v = std::mem::take(&mut printer.flags.sharp);
                printer.flags.plus_v = std::mem::take(&mut printer.flags.plus);
            }
            printer.print_arg(*arg, verb);
            self.arg += 1;
        } else {
            misuse(printer, verb, "(MISSING)");
        }
        true
    }

    fn flags(&mut self, flags: &mut Flags) {
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.position += 1;
        }
    }

    fn width(&mut self, printer: &mut Printer<'_>) {
        if self.peek() == Some(b'*') {
            self.position += 1;
            match self.int_arg() {
                Some(width) => {
                    printer.flags.width = usize::try_from(width.unsigned_abs()).ok();
                    if width < 0 {
                        // Go: a negative width is the minus flag, and no zeros to the right.
                        printer.flags.minus = true;
                        printer.flags.zero = false;
                    }
                }
                None => printer.out.extend_from_slice(b"%!(BADWIDTH)"),
            }
            self.after_index = false;
        } else {
            printer.flags.width = self.number();
            if self.after_index && printer.flags.width.is_some() {
                self.good_arg = false;
            }
        }
    }

    fn precision(&mut self, printer: &mut Printer<'_>) {
        // Go: a point at the very end of the format is the verb.
        if self.peek() != Some(b'.') || self.position + 1 >= self.format.len() {
            return;
        }
        self.position += 1;
        if self.after_index {
            self.good_arg = false;
        }
        self.arg_number();
        if self.peek() == Some(b'*') {
            self.position += 1;
            let precision = self.int_arg().and_then(|precision| usize::try_from(precision).ok());
            if precision.is_none() {
                printer.out.extend_from_slice(b"%!(BADPREC)");
            }
            printer.flags.precision = precision;
            self.after_index = false;
        } else {
            printer.flags.precision = Some(self.number().unwrap_or(0));
        }
    }

    /// Go: `parsenum`; a number that is too large swallows the rest of the format.
    fn number(&mut self) -> Option<usize> {
        let (number, end) = parse_number(self.format, self.position);
        self.position = end;
        number
    }

    /// Go: `intFromArg`.
    fn int_arg(&mut self) -> Option<i64> {
        let arg = self.args.get(self.arg)?;
        self.arg += 1;
        let number = match arg.view() {
            View::Int(number) => number,
            View::Uint(number) => i64::try_from(number).ok()?,
            _ => return None,
        };
        (-MAX_NUMBER..=MAX_NUMBER).contains(&number).then_some(number)
    }

    /// Go: `argNumber`: an explicit `[n]`.
    fn arg_number(&mut self) {
        self.after_index = false;
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.position..];
        let close = if rest.len() < 3 { None } else { rest.iter().position(|byte| *byte == b']') };
        let Some(close) = close else {
            self.position += 1;
            self.good_arg = false;
            return;
        };
        let (number, end) = parse_number(&rest[..close], 1);
        self.position += close + 1;
        match number.filter(|_| end == close) {
            Some(number) if (1..=self.args.len()).contains(&number) => {
                self.arg = number - 1;
                self.after_index = true;
            }
            number => {
                self.good_arg = false;
                self.after_index = number.is_some();
            }
        }
    }
}

fn parse_number(text: &[u8], start: usize) -> (Option<usize>, usize) {
    let mut number = None;
    let mut position = start;
    while let Some(digit @ b'0'..=b'9') = text.get(position) {
        let before = number.unwrap_or(0);
        if before > 1_000_000 {
            return (None, text.len());
        }
        number = Some(before * 10 + usize::from(digit - b'0'));
        position += 1;
    }
    (number, position)
}

fn misuse(printer: &mut Printer<'_>, verb: char, text: &str) {
    printer.out.extend_from_slice(b"%!");
    printer.out.extend_from_slice(verb.encode_utf8(&mut [0; 4]).as_bytes());
    printer.out.extend_from_slice(text.as_bytes());
}
