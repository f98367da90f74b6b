//! The port by which a caller follows what templates read.

use crate::Map;

/// Told of every map key that a template reads by a field (`.Values.a`, `$x.b`).
///
/// Maps are told by identity ([`Map::identity`]), so a caller that walked the values before knows
/// the path of each map, whichever variable or loop it is reached through.
pub trait Observer {
    /// A file reads `key` of `map`; `offset` is the place of the expression in the file's text.
    fn read(&mut self, map: &Map, key: &str, file: &str, offset: u32);
}
