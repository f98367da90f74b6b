//! Go's `fmt`: `Sprintf`, `Sprint`, `Sprintln` over anything that can show itself as an [`Operand`].
//!
//! The template engine implements [`Operand`] for its values; nothing here knows them. Verbs, flags,
//! explicit indexes and the texts for misuse follow `print.go` and `format.go`. Printing borrows
//! children through visitors, so that no value is copied. A map that holds itself prints
//! [`CYCLE`] where Go would overflow its stack.

mod directive;
mod flags;
mod printer;

use std::borrow::Cow;

use printer::Printer;

/// What stands for a map inside itself.
pub const CYCLE: &str = "<cycle>";

/// A value that `fmt` can print.
pub trait Operand {
    /// Its kind and contents.
    fn view(&self) -> View<'_>;

    /// Go: `reflect.TypeOf(v).String()`; not asked of nil.
    fn type_name(&self) -> Cow<'_, str>;

    /// What `Error()` or `String()` returns, where the type has one of them.
    fn display(&self) -> Option<Vec<u8>> {
        None
    }

    /// What `GoString()` returns (`%#v`), where the type has it.
    fn go_string(&self) -> Option<Vec<u8>> {
        None
    }
}

/// The kind and contents of an [`Operand`]; named types show what is below them.
pub enum View<'a> {
    /// The nil interface.
    Nil,
    /// `bool`.
    Bool(bool),
    /// Signed integers of any width.
    Int(i64),
    /// Unsigned integers of any width.
    Uint(u64),
    /// `float64`, or `float32` with 32 bits.
    Float(f64, u8),
    /// `complex128` with 128 bits, or `complex64` with 64: real and imaginary part.
    Complex(f64, f64, u8),
    /// `string`.
    Str(&'a [u8]),
    /// `[]uint8`; `None` is the nil slice.
    Bytes(Option<&'a [u8]>),
    /// Any other slice or array.
    List(&'a dyn Items),
    /// A map.
    Map(&'a dyn Entries),
    /// A struct: the fields in order of declaration, unexported ones too.
    Struct(Vec<Field<'a>>),
    /// A pointer, function or channel.
    Pointer(Pointer<'a>),
}

/// The elements of a slice.
pub trait Items {
    /// Whether this is the nil slice.
    fn is_nil(&self) -> bool;

    /// Shows each element, from the first on.
    fn each(&self, visit: &mut dyn FnMut(&dyn Operand));
}

/// The entries of a map.
pub trait Entries {
    /// Whether this is the nil map.
    fn is_nil(&self) -> bool;

    /// A number that tells this map from all other live ones (`%p` prints it).
    fn identity(&self) -> usize;

    /// Shows each key and its value, sorted as `internal/fmtsort` does.
    fn each(&self, visit: &mut dyn FnMut(&dyn Operand, &dyn Operand));
}

/// A field of a struct.
pub struct Field<'a> {
    /// The name; fields whose name starts in lower case do not have their methods called.
    pub name: &'a str,
    /// The value.
    pub value: Box<dyn Operand + 'a>,
}

/// A pointer, function or channel.
pub struct Pointer<'a> {
    /// The address; 0 is nil.
    pub address: usize,
    /// What it points at, when that is a struct, slice, array or map.
    pub target: Option<Box<dyn Operand + 'a>>,
}

/// Go: `fmt.Sprintf`.
pub fn sprintf(format: &[u8], args: &[&dyn Operand]) -> Vec<u8> {
    let mut out = Vec::with_capacity(format.len() + 16 * args.len());
    directive::run(&mut Printer::new(&mut out), format, args);
    out
}

/// Go: `fmt.Sprint`: spaces between operands when neither is a string.
pub fn sprint(args: &[&dyn Operand]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut after_string = true;
    for arg in args {
        let is_string = matches!(arg.view(), View::Str(_));
        if !is_string && !after_string {
            out.push(b' ');
        }
        append_value(&mut out, *arg);
        after_string = is_string;
    }
    out
}

/// Go: `fmt.Sprintln`: spaces between all operands and a newline.
pub fn sprintln(args: &[&dyn Operand]) -> Vec<u8> {
    let mut out = Vec::new();
    for (position, arg) in args.iter().enumerate() {
        if position > 0 {
            out.push(b' ');
        }
        append_value(&mut out, *arg);
    }
    out.push(b'\n');
    out
}

/// Appends what `%v` prints.
pub fn append_value(out: &mut Vec<u8>, value: &dyn Operand) {
    Printer::new(out).print_arg(value, 'v');
}
