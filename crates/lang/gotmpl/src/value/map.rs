//! Maps of templates: the one mutable kind, shared by identity as in Go.

use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Text, Val};
use crate::MapType;

/// The entries of a map, in byte order of their keys, as Go's `range` and `fmt` sort them.
pub type MapEntries = BTreeMap<Text, Val>;

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
    is_nil: bool,
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
        Self { map_type, entries: Rc::new(Entries { cell: RefCell::new(entries), is_nil: false }) }
    }

    /// A `map[string]interface {}`.
    pub fn any(entries: MapEntries) -> Self {
        Self::new(MapType::ANY, entries)
    }

    /// The nil map of a type: empty, JSON `null`, and Go panics on writing to it.
    pub fn nil(map_type: &'static MapType) -> Self {
        Self { map_type, entries: Rc::new(Entries { cell: RefCell::default(), is_nil: true }) }
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
        self.entries.cell.borrow()
    }

    /// The entries, to change them.
    pub fn entries_mut(&self) -> RefMut<'_, MapEntries> {
        self.entries.cell.borrow_mut()
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
        self.entries().len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }
}
