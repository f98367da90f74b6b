//! `deepCopy`: mitchellh/copystructure, as far as values of charts reach it.

use corten_gotmpl::{Call, Error, List, Map, MapEntries, Val};

use crate::arguments::any;

/// The most values that one copy makes: Go would copy a shared part once per use without end.
const LARGEST: usize = 10_000_000;

const DEEPEST: usize = 10_000;

pub(super) fn deep_copy(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    must_deep_copy(call, args)
}

pub(super) fn must_deep_copy(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let value = any(args, 0);
    if value.is_nil() {
        return Err(Error::new("reflect: call of reflect.Value.Type on zero Value"));
    }
    Copier { left: LARGEST }.copy(&value, 0)
}

struct Copier {
    left: usize,
}

impl Copier {
    fn copy(&mut self, value: &Val, depth: usize) -> Result<Val, Error> {
        let is_end = depth > DEEPEST || self.left == 0;
        self.left = self.left.saturating_sub(1);
        match value {
            Val::List(_) | Val::Map(_) if is_end => Err(Error::new("deepCopy: a dict holds itself")),
            Val::List(list) if list.is_nil() => Ok(value.clone()),
            Val::List(list) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                let items: Result<Vec<Val>, Error> = list.iter().map(|item| self.copy(item, depth + 1)).collect();
                Ok(Val::List(List::with_capacity(list.list_type(), items?, list.capacity())))
            }),
            Val::Map(map) if map.is_nil() => Ok(value.clone()),
            Val::Map(map) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                let mut entries = MapEntries::new();
                for (key, value) in map.entries().iter() {
                    entries.insert(key.clone(), self.copy(value, depth + 1)?);
                }
                Ok(Val::Map(Map::new(map.map_type(), entries)))
            }),
            Val::Object(object) => Ok(object.deep_copy().unwrap_or_else(|| value.clone())),
            other => Ok(other.clone()),
        }
    }
}
