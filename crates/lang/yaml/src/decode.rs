//! Nodes to values: go-yaml's decoder, then sigs.k8s.io/yaml's way through JSON.
//!
//! Go: decode.go of version 2 into an `interface {}` (aliases with their budget, merge keys, tags,
//! duplicate keys), `convertToJSONableObject`, `json.Marshal` and `json.Unmarshal`. Ordinary
//! documents do not come here (see [`crate::direct`]).

mod base64;
mod convert;
mod raw;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::direct::MAX_JSON_DEPTH;
use crate::document::{Document, NodeId, NodeKind};
use crate::resolve::{LONG_TAG_PREFIX, Scalar, resolve_plain, resolve_tagged};
use crate::{Error, Flavour, Mode, Style};

pub(crate) use convert::to_value;
pub(crate) use raw::{Key, Raw, RawMap};

/// When a recursion has less stack than this left, it goes on in a new segment.
const RED_ZONE: usize = 64 * 1024;
const SEGMENT: usize = 1024 * 1024;

/// A decoded document.
pub(crate) struct Decoded {
    pub(crate) raw: Raw,
    /// The bracket with which it becomes nested deeper than JSON may be; what lies deeper is left out.
    pub(crate) too_deep: Option<char>,
}

/// Decodes a document.
pub(crate) fn decode(document: &Document, mode: Mode) -> Result<Decoded, Error> {
    let Some(root) = document.root() else {
        return Ok(Decoded { raw: Raw::Null, too_deep: None });
    };
    let mut decoder = Decoder {
        document,
        mode,
        decode_count: 1,
        alias_count: 0,
        alias_depth: 0,
        depth: 0,
        too_deep: None,
        open_aliases: BTreeSet::new(),
        problems: Vec::new(),
    };
    let raw = decoder.node(root)?;
    if !decoder.problems.is_empty() {
        return Err(Error::new(format!("yaml: unmarshal errors:\n  {}", decoder.problems.join("\n  "))));
    }
    Ok(Decoded { raw, too_deep: decoder.too_deep })
}

struct Decoder<'d> {
    document: &'d Document,
    mode: Mode,
    decode_count: u32,
    alias_count: u32,
    alias_depth: u32,
    depth: usize,
    too_deep: Option<char>,
    open_aliases: BTreeSet<NodeId>,
    problems: Vec<String>,
}

impl Decoder<'_> {
    /// Go: `decoder.unmarshal`.
    fn node(&mut self, id: NodeId) -> Result<Raw, Error> {
        self.count()?;
        let node = self.document.node(id);
        match &node.kind {
            NodeKind::Scalar { text, style } => scalar(text, *style, &node.tag),
            NodeKind::Alias { name, target } => {
                self.open_alias(id, name)?;
                let raw = self.node(*target);
                self.close_alias(id);
                raw
            }
            NodeKind::Sequence(items) => self.nested('[', |decoder| {
                let items: Result<Vec<Raw>, Error> = items.iter().map(|item| decoder.node(*item)).collect();
                Ok(Raw::List(items?))
            }),
            NodeKind::Mapping(_) => self.nested('{', |decoder| {
                let mut map = RawMap::new();
                decoder.mapping(id, &mut map)?;
                Ok(Raw::Map(map))
            }),
        }
    }

    fn nested(&mut self, bracket: char, decode: impl FnOnce(&mut Self) -> Result<Raw, Error>) -> Result<Raw, Error> {
        if self.depth >= MAX_JSON_DEPTH {
            self.too_deep.get_or_insert(bracket);
            return Ok(Raw::Null);
        }
        self.depth += 1;
        let raw = stacker::maybe_grow(RED_ZONE, SEGMENT, || decode(self));
        self.depth -= 1;
        raw
    }

    /// Go: `allowedAliasRatio`, which keeps small documents from growing without bounds.
    fn count(&mut self) -> Result<(), Error> {
        self.decode_count += 1;
        if self.alias_depth > 0 {
            self.alias_count += 1;
        }
        if self.alias_count <= 100 || self.decode_count <= 1000 {
            return Ok(());
        }
        let allowed = match self.decode_count {
            0..=400_000 => 0.99,
            4_000_000.. => 0.10,
            count => 0.99 - 0.89 * (f64::from(count - 400_000) / 3_600_000.0),
        };
        if f64::from(self.alias_count) / f64::from(self.decode_count) > allowed {
            return Err(Error::new("yaml: document contains excessive aliasing"));
        }
        Ok(())
    }

    /// Go: `decoder.alias`.
    fn open_alias(&mut self, id: NodeId, name: &str) -> Result<(), Error> {
        if !self.open_aliases.insert(id) {
            return Err(Error::new(format!("yaml: anchor '{name}' value contains itself")));
        }
        self.alias_depth += 1;
        Ok(())
    }

    fn close_alias(&mut self, id: NodeId) {
        self.alias_depth -= 1;
        self.open_aliases.remove(&id);
    }

    /// Go: `decoder.mapping` into a `map[interface {}]interface {}`.
    fn mapping(&mut self, id: NodeId, out: &mut RawMap) -> Result<(), Error> {
        let document = self.document;
        let NodeKind::Mapping(entries) = &document.node(id).kind else {
            return Ok(());
        };
        for (key_id, value_id) in entries {
            if is_merge(document, *key_id) {
                self.merge(*value_id, out)?;
                continue;
            }
            let key = match self.node(*key_id)?.into_key() {
                Ok(key) => key,
                Err(raw) => return Err(Error::new(format!("yaml: invalid map key: {}", raw.go_syntax()))),
            };
            let value = self.node(*value_id)?;
            if self.mode == Mode::Strict && out.contains_key(&key) {
                let line = document.node(*value_id).line + 1;
                self.problems.push(format!("line {line}: key {} already set in map", key.go_syntax()));
                continue;
            }
            out.insert(key, value);
        }
        Ok(())
    }

    /// Go: `decoder.merge`.
    fn merge(&mut self, id: NodeId, out: &mut RawMap) -> Result<(), Error> {
        match &self.document.node(id).kind {
            NodeKind::Sequence(items) => {
                // Go: earlier ones win, so they come last.
                items.iter().rev().try_for_each(|item| self.merge_one(*item, out))
            }
            _ => self.merge_one(id, out),
        }
    }

    fn merge_one(&mut self, id: NodeId, out: &mut RawMap) -> Result<(), Error> {
        if !matches!(self.document.resolve(id).kind, NodeKind::Mapping(_)) {
            return Err(Error::new("yaml: map merge requires map or sequence of maps as the value"));
        }
        self.count()?;
        let NodeKind::Alias { name, target } = &self.document.node(id).kind else {
            return stacker::maybe_grow(RED_ZONE, SEGMENT, || self.mapping(id, out));
        };
        self.open_alias(id, name)?;
        self.count()?;
        let merged = stacker::maybe_grow(RED_ZONE, SEGMENT, || self.mapping(*target, out));
        self.close_alias(id);
        merged
    }
}

/// Go: `isMerge`.
fn is_merge(document: &Document, id: NodeId) -> bool {
    let node = document.node(id);
    match &node.kind {
        NodeKind::Scalar { text, style } if **text == *"<<" => match &*node.tag {
            "" => *style == Style::Plain,
            "!" => true,
            tag => tag.strip_prefix(LONG_TAG_PREFIX) == Some("merge"),
        },
        _ => false,
    }
}

/// Go: `decoder.scalar` into an `interface {}`.
fn scalar(text: &Arc<str>, style: Style, tag: &str) -> Result<Raw, Error> {
    let scalar = match tag {
        "" if style == Style::Plain => resolve_plain(text, Flavour::V2),
        "" => Scalar::String,
        _ if tag.strip_prefix(LONG_TAG_PREFIX) == Some("binary") => {
            let bytes =
                base64::decode(text).ok_or_else(|| Error::new("yaml: !!binary value contains invalid base64 data"))?;
            return Ok(Raw::from_bytes(bytes));
        }
        _ => resolve_tagged(tag, text)?,
    };
    Ok(match scalar {
        Scalar::Null => Raw::Null,
        Scalar::Bool(truth) => Raw::Bool(truth),
        Scalar::Int(number) => Raw::Int(number),
        Scalar::Uint(number) => Raw::Uint(number),
        Scalar::Float(number) => Raw::Float(number),
        Scalar::Timestamp | Scalar::String => Raw::String(Arc::clone(text)),
    })
}
