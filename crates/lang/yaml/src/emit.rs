//! Values to text.
//!
//! The block part of go-yaml's emitter (Go: emitterc.go, encode.go), as a walk over the value
//! instead of events. Version 2 sees the value after a trip through JSON text; [`trip`] takes that
//! trip for real whenever it could change more than numbers, which the scalars found on the way
//! tell.

mod order;
mod scalar;
mod trip;
mod writer;

use corten_gostd::strconv;

use crate::tree::{Tree, View};
use crate::{Error, Flavour};
use scalar::Analysis;
use writer::Writer;

/// How deep values may be nested; a map that holds itself is deeper.
const MAX_DEPTH: usize = 10_000;

/// Keys longer than this are written after a `?`.
const MAX_SIMPLE_KEY: usize = 128;

/// Keys longer than this might be too long for the reader of the JSON trip.
const MAX_TRUSTED_KEY: usize = 1024 / 6 - 2;

/// Go: `yaml.Marshal` of sigs.k8s.io/yaml (what `toYaml` prints, with the last newline).
///
/// # Errors
/// What Go's JSON encoder or go-yaml's reader say, such as `yaml: control characters are not
/// allowed`; `toYaml` prints nothing then.
///
/// ```
/// let value = corten_yaml::decode(b"{b: [1, yes], a: 'on'}").unwrap();
/// assert_eq!(corten_yaml::encode(&value).unwrap(), "a: \"on\"\nb:\n- 1\n- true\n");
/// ```
pub fn encode<T: Tree>(value: &T) -> Result<String, Error> {
    let mut emitter = Emitter { writer: Writer::new(Flavour::V2, 2), flavour: Flavour::V2, best_indent: 2, depth: 0 };
    match emitter.document(value) {
        Ok(()) => emitter.writer.finish(),
        Err(_) => trip::encode(value),
    }
}

/// Go: an encoder of go.yaml.in/yaml/v3 with an indentation (what `toYamlPretty` prints).
///
/// # Errors
/// Values that cannot be written.
pub fn encode_v3<T: Tree>(value: &T, indent: usize) -> Result<String, Error> {
    // Go: emitterc.go emit_stream_start.
    let best_indent = if (2..=9).contains(&indent) { indent.cast_signed() } else { 2 };
    let writer = Writer::new(Flavour::V3, best_indent);
    let mut emitter = Emitter { writer, flavour: Flavour::V3, best_indent, depth: 0 };
    emitter.document(value)?;
    emitter.writer.finish()
}

/// Writes what the JSON trip left, where all that it could change is done.
fn encode_raw<T: Tree>(value: &T) -> Result<String, Error> {
    let writer = Writer::new(Flavour::V3, 2).like_v2();
    let mut emitter = Emitter { writer, flavour: Flavour::V2, best_indent: 2, depth: 0 };
    emitter.document(value)?;
    emitter.writer.finish()
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    Key,
    ComplexKey,
    Value,
}

struct Emitter {
    writer: Writer,
    flavour: Flavour,
    best_indent: isize,
    depth: usize,
}

impl Emitter {
    fn document<T: Tree>(&mut self, value: &T) -> Result<(), Error> {
        self.value(value, Place::Root, -1)?;
        self.writer.indent(-1);
        Ok(())
    }

    fn value<T: Tree>(&mut self, value: &T, place: Place, indent: isize) -> Result<(), Error> {
        value.visit(self.flavour, &mut |view| match view {
            View::Null => self.plain("null"),
            View::Bool(truth) => self.plain(if truth { "true" } else { "false" }),
            View::Int(number) => self.plain(&strconv::format_int(number)),
            View::Uint(number) => self.plain(&number.to_string()),
            View::Float(number) => self.float(number),
            View::Text(text) => self.text(text, place, indent),
            View::Time(text) => self.plain(text),
            View::Binary(bytes) => self.binary(bytes, place, indent),
            View::Bytes(bytes) => self.bytes(bytes, place, indent),
            View::List(items) => self.nested(|emitter| emitter.list(items, place, indent)),
            View::Map(entries) => self.nested(|emitter| emitter.map(entries, indent, place)),
            View::Unsupported(error) => Err(Error::new(error)),
        })
    }

    fn nested(&mut self, write: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        if self.depth >= MAX_DEPTH {
            return Err(Error::new("value is nested too deeply"));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(64 * 1024, 1024 * 1024, || write(self));
        self.depth -= 1;
        result
    }

    fn list<T: Tree>(&mut self, items: &[T], place: Place, indent: isize) -> Result<(), Error> {
        if items.is_empty() {
            self.writer.indicator("[]", true);
            return Ok(());
        }
        let inner = self.list_indent(place, indent);
        for item in items {
            self.writer.dash(inner);
            self.value(item, Place::Item, inner)?;
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8], place: Place, indent: isize) -> Result<(), Error> {
        if bytes.is_empty() {
            self.writer.indicator("[]", true);
            return Ok(());
        }
        let inner = self.list_indent(place, indent);
        for byte in bytes {
            self.writer.dash(inner);
            self.plain(&byte.to_string())?;
        }
        Ok(())
    }

    fn map<T: Tree>(&mut self, entries: Vec<(&[u8], &T)>, indent: isize, place: Place) -> Result<(), Error> {
        if entries.is_empty() {
            self.writer.indicator("{}", true);
            return Ok(());
        }
        let inner = self.increased(indent, false, place);
        for (key, value) in order::sorted(entries, self.flavour) {
            self.writer.indent(inner);
            if self.key(key, inner)? {
                self.writer.colon();
            } else {
                self.writer.indent(inner);
                self.writer.complex_indicator(":");
            }
            self.value(value, Place::Value, inner)?;
        }
        Ok(())
    }

    /// Writes a key; whether it is a simple one.
    fn key(&mut self, key: &[u8], indent: isize) -> Result<bool, Error> {
        let Ok(text) = str::from_utf8(key) else {
            let simple = key.len() * 4 / 3 < MAX_SIMPLE_KEY - 16;
            if !simple {
                self.writer.complex_indicator("?");
            }
            self.binary(key, if simple { Place::Key } else { Place::ComplexKey }, indent)?;
            return Ok(simple);
        };
        if self.writer.must_trust() && text.len() > MAX_TRUSTED_KEY {
            return Err(trip::needed());
        }
        let analysis = scalar::analyze(text, self.flavour);
        let simple = !analysis.multiline && text.len() <= MAX_SIMPLE_KEY;
        if !simple {
            self.writer.complex_indicator("?");
        }
        self.scalar(text, &analysis, if simple { Place::Key } else { Place::ComplexKey }, indent)?;
        Ok(simple)
    }

    fn plain(&mut self, text: &str) -> Result<(), Error> {
        self.writer.plain_word(text);
        Ok(())
    }

    /// Go: version 2 reads the text of JSON again, so integers stay integers.
    fn float(&mut self, number: f64) -> Result<(), Error> {
        if self.flavour == Flavour::V2 && self.writer.must_trust() {
            return match trip::number(number) {
                Some(text) => self.plain(&text),
                None => Err(trip::needed()),
            };
        }
        let text = strconv::format_float(number, b'g', None, 64);
        self.plain(match text.as_str() {
            "+Inf" => ".inf",
            "-Inf" => "-.inf",
            "NaN" => ".nan",
            text => text,
        })
    }

    fn text(&mut self, text: &str, place: Place, indent: isize) -> Result<(), Error> {
        let analysis = scalar::analyze(text, self.flavour);
        self.scalar(text, &analysis, place, indent)
    }

    fn scalar(&mut self, text: &str, analysis: &Analysis, place: Place, indent: isize) -> Result<(), Error> {
        if analysis.suspicious && self.writer.must_trust() {
            return Err(trip::needed());
        }
        let simple_key = place == Place::Key;
        let style = scalar::choose_style(text, analysis, self.flavour, simple_key);
        let indent = self.increased(indent, true, place);
        self.writer.scalar(text, style, indent, !simple_key);
        Ok(())
    }

    /// Go: `stringv` of bytes that are not UTF-8.
    fn binary(&mut self, bytes: &[u8], place: Place, indent: isize) -> Result<(), Error> {
        if self.writer.must_trust() {
            return Err(trip::needed());
        }
        let text = scalar::encode_base64(bytes);
        let analysis = scalar::analyze(&text, self.flavour);
        let style = scalar::binary_style(&text, &analysis, place == Place::Key);
        let indent = self.increased(indent, true, place);
        self.writer.tag("!!binary");
        self.writer.scalar(&text, style, indent, place != Place::Key);
        Ok(())
    }

    /// Go: `yaml_emitter_increase_indent` of both versions.
    fn increased(&self, indent: isize, flow: bool, place: Place) -> isize {
        let best = self.best_indent;
        match self.flavour {
            _ if indent < 0 => {
                if flow {
                    best
                } else {
                    0
                }
            }
            Flavour::V2 => indent + best,
            Flavour::V3 if place == Place::Item => indent + 2,
            Flavour::V3 => best * ((indent + best) / best),
        }
    }

    /// Go: version 2 does not indent a sequence that is the value of a key.
    fn list_indent(&self, place: Place, indent: isize) -> isize {
        let after_key = place == Place::Value && !self.writer.at_indentation();
        if self.flavour == Flavour::V2 && after_key && indent >= 0 {
            return indent;
        }
        self.increased(indent, false, place)
    }
}
