//! Go's `text/template`, as Helm uses it: lexer, parser, resolver and executor.
//!
//! [`Val`] is the Go value as templates see it, with reference identity of maps; [`Function`] is
//! an entry of a function table; [`World`] is the only door to clock, randomness, keys, DNS and
//! the cluster. No I/O happens here.

mod set;

mod lex;
mod parse;
mod tree;

mod builtin;
mod exec;
mod functions;
mod names;
mod no_value;
mod reflected;

mod emissions;
mod inspect;
mod observe;

mod error;
mod function;
mod operand;
mod types;
mod value;
mod world;

pub use emissions::{Capture, Emissions, Location};
pub use error::Error;
pub use function::{Call, Engine, Function};
pub use inspect::{TokenText, tokens};
pub use observe::Observer;
pub use set::{Definitions, MissingKey, Options, Output, Scratch, TemplateSet};
pub use types::{Kind, ListType, MapType, Method, ObjectType, Type};
pub use value::{IntKind, List, Map, MapEntries, Object, Text, UintKind, Val, Watch};
pub use world::{Job, KeyKind, LogLevel, OwnJob, SignatureKind, World};
