//! go-yaml as Helm uses it: a reader and a writer that agree with Go to the byte.
//!
//! Reading: bytes → `reader` (encoding) → scanner (tokens) → parser (events) → values, directly
//! for ordinary documents (plain block documents even without tokens), else over a [`Document`] of
//! nodes and go-yaml's decoder. Writing: any
//! [`Tree`] → text, in the manner of sigs.k8s.io/yaml ([`encode`]) or of version 3
//! ([`encode_v3`]). Never panics, takes time linear in its input, bounds every depth.

mod decode;
mod direct;
mod document;
mod emit;
mod error;
mod event;
mod intern;
mod lines;
mod parser;
mod reader;
mod resolve;
mod scanner;
mod stream;
mod target;
mod token;
mod tree;
mod typed;
mod unmarshal;
pub mod written;

pub use document::{Document, Node, NodeId, NodeKind, parse};
pub use emit::{encode, encode_tree, encode_tree_v3, encode_v3};
pub use error::Error;
pub use stream::{Documents, documents};
pub use target::{Field, Flavour, Mode, Struct, Target};
pub use token::Style;
pub use tree::{See, Tree, View};
pub use typed::unmarshal as unmarshal_value;
pub use unmarshal::{Decoded, decode, decode_into, decode_partial, decode_strict};
