//! Go's `time`: instants, durations, zones, layouts.
//!
//! Values are plain data; what is "now" and "local" the caller says. Zones come from the bundled
//! time zone database through `jiff`, calendar arithmetic is Go's (years without end, wrapping
//! seconds), and layouts (`2006-01-02 15:04`) and their error texts are those of `format.go`.

mod calendar;
mod duration;
mod format;
mod instant;
mod layout;
mod parse;
mod zone;

pub use calendar::{MONTHS, WEEKDAYS};
pub use duration::Duration;
pub use instant::Time;
pub use parse::ParseError;
pub use zone::{Offset, Zone};

/// Go: `quote` of format.go, which escapes bytes outside printable ASCII as `\xNN`.
fn quote(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for byte in text {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' '..=0x7f => out.push(char::from(*byte)),
            _ => {
                out.push_str("\\x");
                out.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
            }
        }
    }
    out.push('"');
    out
}
