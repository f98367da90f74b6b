//! Maps of templates: the one mutable kind, shared by identity as in Go.
//!
//! A map made of a boundary value takes over its entries when a template first looks at them: most
//! of a large values file is never looked at.

use std::cell::{OnceCell, Ref, RefCell, RefMut};
use std::rc::Rc;
use std::sync::Arc;

use corten_value::SortedMap;

use super::{Text, Val, Watch};
use crate::MapType;

/// The entries of a map, in byte order of their keys, as Go's `range` and `fmt` sort them.
pub type MapEntries = SortedMap<Text, Val>;

/// A Go map with string keys. All clones are the same map; the type belongs to the handle, so that
/// `.Values` (`common.Values`) and `.Values.AsMap` (`map[string]interface {}`) share entries.
#[derive(Clone, Debug)]
pub struct Map {
    map_type: &'static MapType,
    entries: Rc<Entries>,
}

#[derive(Debug)]
struct Entries {
    cell: RefCell<MapEntries>,
    /// The boundary table whose entries are not in `cell` yet.
    source: RefCell<Option<Arc<corten_value::Map>>>,
    /// Who is told of changes.
    watch: OnceCell<Watch>,
    is_nil: bool,
}

impl Entries {
    fn new(entries: MapEntries, source: Option<Arc<corten_value::Map>>, is_nil: bool) -> Rc<Self> {
        Rc::new(Self { cell: RefCell::new(entries), source: RefCell::new(source), watch: OnceCell::new(), is_nil })
    }

    /// Takes over the entries of the source, whose tables become such maps themselves.
    fn fill(&self) {
        if let Some(source) = self.source.take() {
            let entry =
                |(key, value): (&Arc<str>, &corten_value::Value)| (Text::Utf8(Arc::clone(key)), Val::from(value));
            self.cell.replace(source.iter().map(entry).collect());
            if let Some(watch) = self.watch.get() {
                self.cell.borrow().values().for_each(|value| watch.set_on(value));
            }
        }
    }
}

impl Drop for Entries {
    /// Templates can nest maps without limit, and dropping them recurses.
    fn drop(&mut self) {
        let entries = std::mem::take(self.cell.get_mut());
        if !entries.is_empty() {
            stacker::maybe_grow(32 * 1024, 1024 * 1024, || drop(entries));
        }
    }
}

impl Map {
    /// A map of a type.
    pub fn new(map_type: &'static MapType, entries: MapEntries) -> Self {
        Self { map_type, entries: Entries::new(entries, None, false) }
    }

    /// A fresh `map[string]interface {}` with the entries of a boundary table.
    pub fn of_table(table: &Arc<corten_value::Map>) -> Self {
        let source = (!table.is_empty()).then(|| Arc::clone(table));
        Self { map_type: MapType::ANY, entries: Entries::new(MapEntries::new(), source, false) }
    }

    /// A `map[string]interface {}`.
    pub fn any(entries: MapEntries) -> Self {
        Self::new(MapType::ANY, entries)
    }

    /// The nil map of a type: empty, JSON `null`, and Go panics on writing to it.
    pub fn nil(map_type: &'static MapType) -> Self {
        Self { map_type, entries: Entries::new(MapEntries::new(), None, true) }
    }

    /// Whether this is a nil map.
    pub fn is_nil(&self) -> bool {
        self.entries.is_nil
    }

    /// The type.
    pub fn map_type(&self) -> &'static MapType {
        self.map_type
    }

    /// The same map seen as another type (a Go conversion between map types).
    #[must_use]
    pub fn with_type(&self, map_type: &'static MapType) -> Self {
        Self { map_type, entries: Rc::clone(&self.entries) }
    }

    /// Whether two handles are the same map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }

    /// A number that is equal for handles of the same map while it lives.
    pub fn identity(&self) -> usize {
        Rc::as_ptr(&self.entries).cast::<()>().addr()
    }

    /// The entries. Do not hold the guard while templates or functions run.
    pub fn entries(&self) -> Ref<'_, MapEntries> {
        self.entries.fill();
        self.entries.cell.borrow()
    }

    /// The entries, to change them.
    pub fn entries_mut(&self) -> RefMut<'_, MapEntries> {
        self.entries.fill();
        if let Some(watch) = self.entries.watch.get() {
            watch.note();
        }
        self.entries.cell.borrow_mut()
    }

    /// Has changes of this map, and of those inside, told; those that are watched already are left alone.
    pub(super) fn watch(&self, watch: &Watch) {
        // Entries that are not taken over yet are watched from then on.
        if self.entries.watch.set(watch.clone()).is_ok() {
            self.entries.cell.borrow().values().for_each(|value| watch.set_on(value));
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<Val> {
        self.entries().get(key).cloned()
    }

    /// Sets the value of a key.
    pub fn insert(&self, key: impl Into<Text>, value: Val) {
        self.entries_mut().insert(key.into(), value);
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        match &*self.entries.source.borrow() {
            Some(source) => source.len(),
            None => self.entries.cell.borrow().len(),
        }
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use corten_value::Value;

    #[test]
    fn changes_are_told_however_deep() {
        let deep = Value::from_iter([("x", Value::List(vec![Value::from_iter([("y", 1_i64)])].into()))]);
        let value = Val::from(&Value::from_iter([("a", deep)]));
        let watch = Watch::default();
        watch.set_on(&value);
        let inner = |value: &Val| value.as_map().and_then(|map| map.get(b"a")).unwrap();
        let Some(Val::List(list)) = inner(&value).as_map().and_then(|map| map.get(b"x")) else { unreachable!() };
        assert!(!watch.take());
        list[0].as_map().unwrap().insert("z", Val::Nil);
        assert!(watch.take());
        assert!(!watch.take());
        inner(&value).as_map().unwrap().entries_mut().remove(&b"none"[..]);
        assert!(watch.take());
        Map::any(MapEntries::new()).insert("own", inner(&value));
        assert!(!watch.take());
    }

    #[test]
    fn tables_are_taken_over_when_looked_at() {
        let inner = Value::from_iter([("x", 1_i64)]);
        let Val::Map(map) = Val::from(&Value::from_iter([("a", inner)])) else { unreachable!() };
        assert!(map.entries.source.borrow().is_some());
        assert_eq!(map.len(), 1);
        assert!(map.entries.source.borrow().is_some());
        let (first, again) = (map.get(b"a"), map.get(b"a"));
        assert!(map.entries.source.borrow().is_none());
        match (first, again) {
            (Some(Val::Map(first)), Some(Val::Map(again))) => assert!(first.is_same(&again)),
            other => panic!("{other:?}"),
        }
    }
}
