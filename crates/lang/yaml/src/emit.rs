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
mod written;

use std::collections::BTreeSet;
use std::marker::PhantomData;

use corten_gostd::strconv;
use corten_value::Value;

use crate::tree::{Tree, Values, View};
use crate::{Error, Flavour};
use scalar::Analysis;
use writer::{Scalar, Writer};

pub use written::write_pieces;

/// How deep values may be nested, as in go-yaml's reader, which the JSON trip goes through.
const MAX_DEPTH: usize = 10_000;

/// Go: json.Marshal looks for maps that hold themselves below this depth.
const TRUSTED_DEPTH: usize = 1_000;

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
pub fn encode(value: &Value) -> Result<String, Error> {
    encode_tree::<Values>(value)
}

/// [`encode`] for any kind of value.
///
/// # Errors
/// As [`encode`].
pub fn encode_tree<T: Tree>(node: &T::Node) -> Result<String, Error> {
    let writer = Writer::new(Manner { flavour: Flavour::V2, best_indent: 2, skips_trip: true });
    match Emitter::<T>::new(writer).document(node) {
        Ok(text) => Ok(text),
        Err(_) => trip::encode::<T>(node),
    }
}

/// Go: an encoder of go.yaml.in/yaml/v3 with an indentation (what `toYamlPretty` prints).
///
/// # Errors
/// Values that cannot be written.
pub fn encode_v3(value: &Value, indent: usize) -> Result<String, Error> {
    encode_tree_v3::<Values>(value, indent)
}

/// [`encode_v3`] for any kind of value.
///
/// # Errors
/// As [`encode_v3`].
pub fn encode_tree_v3<T: Tree>(node: &T::Node, indent: usize) -> Result<String, Error> {
    // Go: emitterc.go emit_stream_start.
    let best_indent = if (2..=9).contains(&indent) { indent.cast_signed() } else { 2 };
    let writer = Writer::new(Manner { flavour: Flavour::V3, best_indent, skips_trip: false });
    Emitter::<T>::new(writer).document(node)
}

/// Writes what the JSON trip left.
fn encode_after_trip<T: Tree>(node: &T::Node) -> Result<String, Error> {
    let writer = Writer::new(Manner { flavour: Flavour::V2, best_indent: 2, skips_trip: false });
    Emitter::<T>::new(writer).document(node)
}

/// How to write.
#[derive(Clone, Copy, Debug)]
struct Manner {
    flavour: Flavour,
    best_indent: isize,
    /// Whether the value has not made the JSON trip, so that what it would change must be noticed.
    skips_trip: bool,
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

struct Emitter<T> {
    writer: Writer,
    manner: Manner,
    depth: usize,
    /// The maps and lists on the way here, once it is long.
    open: BTreeSet<usize>,
    tree: PhantomData<T>,
}

impl<T: Tree> Emitter<T> {
    fn new(writer: Writer) -> Self {
        let manner = writer.manner();
        Self { writer, manner, depth: 0, open: BTreeSet::new(), tree: PhantomData }
    }

    fn document(mut self, node: &T::Node) -> Result<String, Error> {
        self.value(node, Place::Root, -1)?;
        self.writer.indent(-1);
        self.writer.finish()
    }

    fn value(&mut self, node: &T::Node, place: Place, indent: isize) -> Result<(), Error> {
        T::visit(node, self.manner.flavour, &mut |view| {
            match view {
                View::Null => self.writer.word("null"),
                View::Bool(truth) => self.writer.word(if truth { "true" } else { "false" }),
                View::Int(number) => self.writer.word(&strconv::format_int(number)),
                View::Uint(number) => self.writer.word(&number.to_string()),
                View::Float(number) => self.writer.word(&self.float(number)?),
                View::Time(text) => self.writer.word(text),
                View::Text(text) => return self.text(text, place, indent),
                View::Binary(bytes) => return self.binary(bytes, place, indent),
                View::Bytes(bytes) => self.bytes(bytes, place, indent),
                View::List(items) => return self.nested(node, |emitter| emitter.list(items, place, indent)),
                View::Map(entries) => {
                    let sorted = order::sorted(entries, self.manner.flavour);
                    return self.nested(node, |emitter| emitter.map(&sorted, indent, place));
                }
                View::Fields(entries) => return self.nested(node, |emitter| emitter.map(&entries, indent, place)),
                View::Unsupported(error) => return Err(Error::new(error)),
            }
            Ok(())
        })
    }

    fn nested(&mut self, node: &T::Node, write: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        let watched = if self.depth >= TRUSTED_DEPTH { T::identity(node) } else { None };
        let holds_itself = watched.is_some_and(|identity| !self.open.insert(identity));
        if holds_itself || self.depth >= MAX_DEPTH {
            return Err(Error::new("yaml: a value is nested too deeply"));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(64 * 1024, 1024 * 1024, || write(self));
        self.depth -= 1;
        if let Some(identity) = watched {
            self.open.remove(&identity);
        }
        result
    }

    fn list(&mut self, items: &[T::Node], place: Place, indent: isize) -> Result<(), Error> {
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

    fn bytes(&mut self, bytes: &[u8], place: Place, indent: isize) {
        if bytes.is_empty() {
            return self.writer.indicator("[]", true);
        }
        let inner = self.list_indent(place, indent);
        for byte in bytes {
            self.writer.dash(inner);
            self.writer.word(&byte.to_string());
        }
    }

    fn map(&mut self, entries: &[(&[u8], &T::Node)], indent: isize, place: Place) -> Result<(), Error> {
        if entries.is_empty() {
            self.writer.indicator("{}", true);
            return Ok(());
        }
        let inner = self.increased(indent, false, place);
        for (key, value) in entries {
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
        if self.manner.skips_trip && text.len() > MAX_TRUSTED_KEY {
            return Err(trip::needed());
        }
        let analysis = scalar::analyze(text);
        let simple = !analysis.is_multiline() && text.len() <= MAX_SIMPLE_KEY;
        if !simple {
            self.writer.complex_indicator("?");
        }
        self.scalar(text, analysis, if simple { Place::Key } else { Place::ComplexKey }, indent)?;
        Ok(simple)
    }

    /// Go: version 2 reads the text of JSON again, so integers stay integers.
    fn float(&self, number: f64) -> Result<String, Error> {
        if self.manner.skips_trip {
            return trip::number(number).ok_or_else(trip::needed);
        }
        let text = strconv::format_float(number, b'g', None, 64);
        Ok(match text.as_str() {
            "+Inf" => ".inf".to_owned(),
            "-Inf" => "-.inf".to_owned(),
            "NaN" => ".nan".to_owned(),
            _ => text,
        })
    }

    fn text(&mut self, text: &str, place: Place, indent: isize) -> Result<(), Error> {
        let analysis = scalar::analyze(text);
        self.scalar(text, analysis, place, indent)
    }

    fn scalar(&mut self, text: &str, analysis: Analysis, place: Place, indent: isize) -> Result<(), Error> {
        if analysis.is_suspicious() && self.manner.skips_trip {
            return Err(trip::needed());
        }
        let simple_key = place == Place::Key;
        let style = scalar::choose_style(text, analysis, self.manner.flavour, simple_key);
        let indent = self.increased(indent, true, place);
        self.writer.scalar(Scalar { text, style, indent, folds: !simple_key, is_narrow: analysis.is_narrow() });
        Ok(())
    }

    /// Go: `stringv` of bytes that are not UTF-8.
    fn binary(&mut self, bytes: &[u8], place: Place, indent: isize) -> Result<(), Error> {
        if self.manner.skips_trip {
            return Err(trip::needed());
        }
        let text = scalar::encode_base64(bytes);
        let analysis = scalar::analyze(&text);
        let style = scalar::binary_style(&text, analysis, place == Place::Key);
        let indent = self.increased(indent, true, place);
        self.writer.tag("!!binary");
        self.writer.scalar(Scalar { text: &text, style, indent, folds: place != Place::Key, is_narrow: true });
        Ok(())
    }

    /// Go: `yaml_emitter_increase_indent` of both versions.
    fn increased(&self, indent: isize, flow: bool, place: Place) -> isize {
        let best = self.manner.best_indent;
        match self.manner.flavour {
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
        if self.manner.flavour == Flavour::V2 && after_key && indent >= 0 {
            return indent;
        }
        self.increased(indent, false, place)
    }
}
