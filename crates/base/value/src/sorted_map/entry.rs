//! The place of one key in a map.

use std::collections::btree_map;

use super::{MOST_IN_LINE, Repr, SortedMap, find};

/// The place of a key: taken or free.
pub enum Entry<'a, K, V> {
    /// The key is there.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The key is not there.
    Vacant(VacantEntry<'a, K, V>),
}

/// The place of a key that is there.
pub struct OccupiedEntry<'a, K, V>(Taken<'a, K, V>);

enum Taken<'a, K, V> {
    Line(&'a mut Vec<(K, V)>, usize),
    Tree(btree_map::OccupiedEntry<'a, K, V>),
}

/// The place of a key that is not there.
pub struct VacantEntry<'a, K, V>(Free<'a, K, V>);

enum Free<'a, K, V> {
    Line(&'a mut Vec<(K, V)>, usize, K),
    Tree(btree_map::VacantEntry<'a, K, V>),
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    pub(super) fn of(map: &'a mut SortedMap<K, V>, key: K) -> Self {
        if let Repr::Line(line) = &map.0
            && line.len() == MOST_IN_LINE
            && find(line, &key).is_err()
        {
            map.grow();
        }
        match &mut map.0 {
            Repr::Line(line) => match find(line, &key) {
                Ok(at) => Self::Occupied(OccupiedEntry(Taken::Line(line, at))),
                Err(at) => Self::Vacant(VacantEntry(Free::Line(line, at, key))),
            },
            Repr::Tree(tree) => match tree.entry(key) {
                btree_map::Entry::Occupied(entry) => Self::Occupied(OccupiedEntry(Taken::Tree(entry))),
                btree_map::Entry::Vacant(entry) => Self::Vacant(VacantEntry(Free::Tree(entry))),
            },
        }
    }

    /// The value, after filling a free place.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// The value, after filling a free place with what `make` gives.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => entry.insert(make()),
        }
    }

    /// The value, after filling a free place with the default.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

impl<'a, K: Ord, V> OccupiedEntry<'a, K, V> {
    /// The value.
    pub fn get(&self) -> &V {
        match &self.0 {
            Taken::Line(line, at) => &line[*at].1,
            Taken::Tree(entry) => entry.get(),
        }
    }

    /// The value, to change it.
    pub fn get_mut(&mut self) -> &mut V {
        match &mut self.0 {
            Taken::Line(line, at) => &mut line[*at].1,
            Taken::Tree(entry) => entry.get_mut(),
        }
    }

    /// The value, to change it as long as the map lives.
    pub fn into_mut(self) -> &'a mut V {
        match self.0 {
            Taken::Line(line, at) => &mut line[at].1,
            Taken::Tree(entry) => entry.into_mut(),
        }
    }

    /// Sets the value and returns the one before.
    pub fn insert(&mut self, value: V) -> V {
        std::mem::replace(self.get_mut(), value)
    }

    /// Removes the key and returns its value.
    pub fn remove(self) -> V {
        match self.0 {
            Taken::Line(line, at) => line.remove(at).1,
            Taken::Tree(entry) => entry.remove(),
        }
    }
}

impl<'a, K: Ord, V> VacantEntry<'a, K, V> {
    /// The key.
    pub fn key(&self) -> &K {
        match &self.0 {
            Free::Line(_, _, key) => key,
            Free::Tree(entry) => entry.key(),
        }
    }

    /// Fills the place.
    pub fn insert(self, value: V) -> &'a mut V {
        match self.0 {
            Free::Line(line, at, key) => {
                line.insert(at, (key, value));
                &mut line[at].1
            }
            Free::Tree(entry) => entry.insert(value),
        }
    }
}
