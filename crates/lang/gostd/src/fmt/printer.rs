//! Prints one operand with one verb: `printArg`, `printValue` and `badVerb` of Go's `print.go`.

use std::collections::BTreeSet;

use super::flags::{Case, Flags, Integer};
use super::{CYCLE, Entries, Field, Items, Operand, Pointer, View};

/// What one level of nesting may need of the stack before a new segment is taken.
const RED_ZONE: usize = 64 * 1024;
const SEGMENT: usize = 1024 * 1024;

/// The state of a print call.
pub(super) struct Printer<'o> {
    pub(super) out: &'o mut Vec<u8>,
    pub(super) flags: Flags,
    /// Inside `%!verb(type=value)`, where methods are not called.
    erroring: bool,
    /// Below an unexported field, where methods cannot be called.
    sealed: bool,
    /// The maps that are being printed.
    open_maps: BTreeSet<usize>,
}

impl<'o> Printer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, flags: Flags::default(), erroring: false, sealed: false, open_maps: BTreeSet::new() }
    }

    fn write(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Go: `printArg`.
    pub(super) fn print_arg(&mut self, arg: &dyn Operand, verb: char) {
        let view = arg.view();
        match (&view, verb) {
            (View::Nil, 'T' | 'v') => self.flags.pad(self.out, b"<nil>"),
            (View::Nil, _) => self.bad_nil(verb),
            (_, 'T') => self.flags.string(self.out, arg.type_name().as_bytes()),
            (_, 'p') => self.pointer(arg, &view, 'p'),
            (View::Bytes(bytes), _) => self.bytes(arg, *bytes, verb, "[]byte"),
            // Go: %w is for Errorf alone.
            (_, 'w') => self.bad_verb(arg, 'w'),
            _ if self.methods(arg, verb) => {}
            _ => self.print_value(arg, view, verb, 0),
        }
    }

    /// Go: `handleMethods`.
    fn methods(&mut self, arg: &dyn Operand, verb: char) -> bool {
        if self.erroring || self.sealed {
            return false;
        }
        if self.flags.sharp_v {
            let Some(text) = arg.go_string() else { return false };
            self.flags.string(self.out, &text);
            return true;
        }
        if !matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
            return false;
        }
        let Some(text) = arg.display() else { return false };
        self.string(arg, &text, verb);
        true
    }

    fn print_nested(&mut self, arg: &dyn Operand, verb: char, depth: usize) {
        stacker::maybe_grow(RED_ZONE, SEGMENT, || {
            let view = arg.view();
            if !matches!(view, View::Nil) && self.methods(arg, verb) {
                return;
            }
            self.print_value(arg, view, verb, depth);
        });
    }

    /// Go: `printValue`, after the methods had their chance.
    fn print_value(&mut self, arg: &dyn Operand, view: View<'_>, verb: char, depth: usize) {
        match view {
            View::Nil if self.flags.sharp_v => self.write("interface {}(nil)"),
            View::Nil => self.write("<nil>"),
            View::Bool(truth) => match verb {
                't' | 'v' => self.flags.pad(self.out, if truth { b"true" } else { b"false" }),
                _ => self.bad_verb(arg, verb),
            },
            View::Int(number) => {
                let number = Integer { negative: number < 0, magnitude: number.unsigned_abs() };
                self.integer(arg, number, verb);
            }
            View::Uint(number) if verb == 'v' && self.flags.sharp_v => self.hex_number(number, true),
            View::Uint(number) => self.integer(arg, Integer { negative: false, magnitude: number }, verb),
            View::Float(number, bits) => self.float(arg, number, bits, verb),
            View::Complex(real, imaginary, bits) => self.complex(arg, (real, imaginary), bits / 2, verb),
            View::Str(text) => self.string(arg, text, verb),
            View::Bytes(bytes) => match verb {
                's' | 'q' | 'x' | 'X' => self.bytes(arg, bytes, verb, "[]uint8"),
                _ => self.byte_list(arg, bytes, verb),
            },
            View::List(items) => self.list(arg, items, verb, depth),
            View::Map(entries) => self.map(arg, entries, verb, depth),
            View::Struct(fields) => self.structure(arg, &fields, verb, depth),
            View::Pointer(pointer) => match pointer.target {
                Some(target) if depth == 0 && pointer.address != 0 => {
                    self.out.push(b'&');
                    self.print_nested(&*target, verb, depth + 1);
                }
                target => self.pointer(arg, &View::Pointer(Pointer { target, ..pointer }), verb),
            },
        }
    }

    fn integer(&mut self, arg: &dyn Operand, number: Integer, verb: char) {
        let code = if number.negative { number.magnitude.wrapping_neg() } else { number.magnitude };
        match verb {
            'v' | 'd' => self.flags.integer(self.out, number, 10, verb),
            'b' => self.flags.integer(self.out, number, 2, verb),
            'o' | 'O' => self.flags.integer(self.out, number, 8, verb),
            'x' | 'X' => self.flags.integer(self.out, number, 16, verb),
            'c' => self.flags.character(self.out, code),
            'q' => self.flags.quoted_character(self.out, code),
            'U' => self.flags.unicode(self.out, code),
            _ => self.bad_verb(arg, verb),
        }
    }

    /// Go: `fmt0x64`.
    fn hex_number(&mut self, number: u64, prefix: bool) {
        let flags = Flags { sharp: prefix, ..self.flags };
        flags.integer(self.out, Integer { negative: false, magnitude: number }, 16, 'v');
    }

    fn float(&mut self, arg: &dyn Operand, number: f64, bits: u8, verb: char) {
        let (verb, precision) = match verb {
            'v' | 'g' => (b'g', None),
            'b' => (b'b', None),
            'G' => (b'G', None),
            'x' => (b'x', None),
            'X' => (b'X', None),
            'f' | 'F' => (b'f', Some(6)),
            'e' => (b'e', Some(6)),
            'E' => (b'E', Some(6)),
            _ => return self.bad_verb(arg, verb),
        };
        self.flags.float(self.out, number, bits, verb, precision);
    }

    fn complex(&mut self, arg: &dyn Operand, (real, imaginary): (f64, f64), bits: u8, verb: char) {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return self.bad_verb(arg, verb);
        }
        let plus = self.flags.plus;
        self.out.push(b'(');
        self.float(arg, real, bits, verb);
        self.flags.plus = true;
        self.float(arg, imaginary, bits, verb);
        self.flags.plus = plus;
        self.write("i)");
    }

    fn string(&mut self, arg: &dyn Operand, text: &[u8], verb: char) {
        match verb {
            'v' if self.flags.sharp_v => self.flags.quoted(self.out, text),
            'v' | 's' => self.flags.string(self.out, text),
            'x' => self.flags.hex(self.out, text, Case::Lower),
            'X' => self.flags.hex(self.out, text, Case::Upper),
            'q' => self.flags.quoted(self.out, text),
            _ => self.bad_verb(arg, verb),
        }
    }

    /// Go: `fmtBytes`.
    fn bytes(&mut self, arg: &dyn Operand, bytes: Option<&[u8]>, verb: char, type_name: &str) {
        let text = bytes.unwrap_or_default();
        match verb {
            'v' | 'd' if self.flags.sharp_v => {
                self.write(type_name);
                if bytes.is_none() {
                    return self.write("(nil)");
                }
                self.out.push(b'{');
                for (position, byte) in text.iter().enumerate() {
                    self.separate(position);
                    self.hex_number(u64::from(*byte), true);
                }
                self.out.push(b'}');
            }
            'v' | 'd' => self.byte_list(arg, bytes, verb),
            's' => self.flags.string(self.out, text),
            'x' => self.flags.hex(self.out, text, Case::Lower),
            'X' => self.flags.hex(self.out, text, Case::Upper),
            'q' => self.flags.quoted(self.out, text),
            _ => self.byte_list(arg, bytes, verb),
        }
    }

    /// Bytes as any other slice, element by element.
    fn byte_list(&mut self, arg: &dyn Operand, bytes: Option<&[u8]>, verb: char) {
        if matches!(verb, 'v' | 'd') && self.flags.are_absent() {
            return plain_bytes(self.out, bytes.unwrap_or_default());
        }
        if self.open_list(arg, bytes.is_none()) {
            for (position, byte) in bytes.unwrap_or_default().iter().enumerate() {
                self.separate(position);
                let byte = Byte(*byte);
                self.print_value(&byte, byte.view(), verb, 1);
            }
            self.close_list();
        }
    }

    fn list(&mut self, arg: &dyn Operand, items: &dyn Items, verb: char, depth: usize) {
        if self.open_list(arg, items.is_nil()) {
            let mut position = 0;
            items.each(&mut |item| {
                self.separate(position);
                position += 1;
                self.print_nested(item, verb, depth + 1);
            });
            self.close_list();
        }
    }

    fn open_list(&mut self, arg: &dyn Operand, is_nil: bool) -> bool {
        if !self.flags.sharp_v {
            self.out.push(b'[');
            return true;
        }
        self.write(&arg.type_name());
        self.write(if is_nil { "(nil)" } else { "{" });
        !is_nil
    }

    fn close_list(&mut self) {
        self.out.push(if self.flags.sharp_v { b'}' } else { b']' });
    }

    fn separate(&mut self, position: usize) {
        if position > 0 {
            self.write(if self.flags.sharp_v { ", " } else { " " });
        }
    }

    fn map(&mut self, arg: &dyn Operand, entries: &dyn Entries, verb: char, depth: usize) {
        let identity = entries.identity();
        // compat: print-cycle (Go overflows its stack here, which ends Helm)
        if !self.open_maps.insert(identity) {
            return self.write(CYCLE);
        }
        if self.flags.sharp_v {
            self.write(&arg.type_name());
            if entries.is_nil() {
                self.open_maps.remove(&identity);
                return self.write("(nil)");
            }
            self.out.push(b'{');
        } else {
            self.write("map[");
        }
        let mut position = 0;
        entries.each(&mut |key, value| {
            self.separate(position);
            position += 1;
            self.print_nested(key, verb, depth + 1);
            self.out.push(b':');
            self.print_nested(value, verb, depth + 1);
        });
        self.open_maps.remove(&identity);
        self.close_list();
    }

    fn structure(&mut self, arg: &dyn Operand, fields: &[Field<'_>], verb: char, depth: usize) {
        if self.flags.sharp_v {
            self.write(&arg.type_name());
        }
        self.out.push(b'{');
        let sealed = self.sealed;
        for (position, field) in fields.iter().enumerate() {
            self.separate(position);
            if self.flags.plus_v || self.flags.sharp_v {
                self.write(field.name);
                self.out.push(b':');
            }
            self.sealed = sealed || !field.name.starts_with(char::is_uppercase);
            self.print_nested(&*field.value, verb, depth + 1);
        }
        self.sealed = sealed;
        self.out.push(b'}');
    }

    /// Go: `fmtPointer`.
    fn pointer(&mut self, arg: &dyn Operand, view: &View<'_>, verb: char) {
        let address = match view {
            View::Pointer(pointer) => pointer.address,
            View::Map(entries) if entries.is_nil() => 0,
            View::Map(entries) => entries.identity(),
            View::List(items) if items.is_nil() => 0,
            View::List(items) => std::ptr::from_ref(*items).addr(),
            View::Bytes(bytes) => bytes.map_or(0, |bytes| bytes.as_ptr().addr()),
            _ => return self.bad_verb(arg, verb),
        };
        let number = address as u64;
        match verb {
            'v' if self.flags.sharp_v => {
                self.write("(");
                self.write(&arg.type_name());
                self.write(")(");
                match address {
                    0 => self.write("nil"),
                    _ => self.hex_number(number, true),
                }
                self.write(")");
            }
            'v' if address == 0 => self.flags.pad(self.out, b"<nil>"),
            'v' | 'p' => self.hex_number(number, !self.flags.sharp),
            'b' | 'o' | 'd' | 'x' | 'X' => {
                self.integer(arg, Integer { negative: false, magnitude: number }, verb);
            }
            _ => self.bad_verb(arg, verb),
        }
    }

    fn bad_nil(&mut self, verb: char) {
        self.write("%!");
        self.write(verb.encode_utf8(&mut [0; 4]));
        self.write("(<nil>)");
    }

    /// Go: `badVerb`, with the flags of the directive still on.
    fn bad_verb(&mut self, arg: &dyn Operand, verb: char) {
        let erroring = std::mem::replace(&mut self.erroring, true);
        self.write("%!");
        self.write(verb.encode_utf8(&mut [0; 4]));
        self.write("(");
        self.write(&arg.type_name());
        self.write("=");
        self.print_arg(arg, 'v');
        self.write(")");
        self.erroring = erroring;
    }
}

/// `[1 23 255]`: charts print whole files like this.
fn plain_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start + bytes.len() * 4 + 2, 0);
    let room = &mut out[start..];
    room[0] = b'[';
    let mut end = 1;
    for &byte in bytes {
        let (text, length) = DECIMALS[usize::from(byte)];
        room[end..end + 4].copy_from_slice(&text);
        end += length;
    }
    // In place of the last space.
    end -= usize::from(!bytes.is_empty());
    room[end] = b']';
    out.truncate(start + end + 1);
}

/// Each byte in decimal with a space behind it, and how long that is: files of a chart that are
/// printed as bytes make megabytes of this.
const DECIMALS: [([u8; 4], usize); 256] = {
    let mut table = [([b' '; 4], 0); 256];
    let mut byte = 0_u8;
    loop {
        let digits = [b'0' + byte / 100, b'0' + byte / 10 % 10, b'0' + byte % 10];
        table[byte as usize] = match byte {
            0..10 => ([digits[2], b' ', b' ', b' '], 2),
            10..100 => ([digits[1], digits[2], b' ', b' '], 3),
            _ => ([digits[0], digits[1], digits[2], b' '], 4),
        };
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

/// An element of `[]uint8`.
struct Byte(u8);

impl Operand for Byte {
    fn view(&self) -> View<'_> {
        View::Uint(u64::from(self.0))
    }

    fn type_name(&self) -> std::borrow::Cow<'_, str> {
        "uint8".into()
    }
}
