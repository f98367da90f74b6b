//! A map in the order of its keys that is small where maps are small.
//!
//! Nearly every table of a chart has a handful of entries, and a B-tree keeps room for eleven in each of its
//! nodes. Up to [`MOST_IN_LINE`] entries therefore stand in one sorted vector; beyond that, where moving
//! them for each insertion would cost too much, they stand in a B-tree. The vector becomes a tree when it
//! grows too long and stays one: whoever fills and empties a map does not pay for it twice.

mod entry;
mod iterators;

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iterators::{IntoIter, Iter, IterMut};

/// The longest vector. An insertion into one moves half of it: some KiB, less than what a search takes.
const MOST_IN_LINE: usize = 128;

/// So many keys are looked at one by one.
const FEW: usize = 16;

/// A map in the order of its keys; its methods are those of [`BTreeMap`].
#[derive(Clone)]
pub struct SortedMap<K, V>(Repr<K, V>);

#[derive(Clone)]
enum Repr<K, V> {
    /// Sorted, without equal keys.
    Line(Vec<(K, V)>),
    #[expect(clippy::box_collection, reason = "a word less for the many small maps")]
    Tree(Box<BTreeMap<K, V>>),
}

impl<K, V> SortedMap<K, V> {
    /// An empty map, which has no memory of its own yet.
    pub const fn new() -> Self {
        Self(Repr::Line(Vec::new()))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Line(line) => line.len(),
            Repr::Tree(tree) => tree.len(),
        }
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        match &self.0 {
            Repr::Line(line) => Iter::Line(line.iter()),
            Repr::Tree(tree) => Iter::Tree(tree.iter()),
        }
    }

    /// The entries in the order of their keys, whose values may be changed.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        match &mut self.0 {
            Repr::Line(line) => IterMut::Line(line.iter_mut()),
            Repr::Tree(tree) => IterMut::Tree(tree.iter_mut()),
        }
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// The values in the order of their keys, to change them.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> + ExactSizeIterator {
        self.iter_mut().map(|(_, value)| value)
    }

    /// The keys in order, taken out.
    pub fn into_keys(self) -> impl DoubleEndedIterator<Item = K> + ExactSizeIterator {
        self.into_iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys, taken out.
    pub fn into_values(self) -> impl DoubleEndedIterator<Item = V> + ExactSizeIterator {
        self.into_iter().map(|(_, value)| value)
    }

    /// The entry with the least key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The entry with the greatest key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        match &self.0 {
            Repr::Line(line) => seek(line, key).map(|at| &line[at].1),
            Repr::Tree(tree) => tree.get(key),
        }
    }

    /// The key as it is held, and its value.
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        match &self.0 {
            Repr::Line(line) => seek(line, key).map(|at| pair(&line[at])),
            Repr::Tree(tree) => tree.get_key_value(key),
        }
    }

    /// The value of a key, to change it.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        match &mut self.0 {
            Repr::Line(line) => seek(line, key).map(|at| &mut line[at].1),
            Repr::Tree(tree) => tree.get_mut(key),
        }
    }

    /// Whether a key is there.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        match &self.0 {
            Repr::Line(line) => seek(line, key).is_some(),
            Repr::Tree(tree) => tree.contains_key(key),
        }
    }

    /// Sets the value of a key and returns the one before. A key that is there stays as it is.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let line = match &mut self.0 {
            Repr::Line(line) => line,
            Repr::Tree(tree) => return tree.insert(key, value),
        };
        // Many come in order.
        let at = match line.last() {
            Some((last, _)) if *last < key => Err(line.len()),
            _ => find(line, &key),
        };
        match at {
            Ok(at) => Some(std::mem::replace(&mut line[at].1, value)),
            Err(at) if line.len() < MOST_IN_LINE => {
                line.insert(at, (key, value));
                None
            }
            Err(_) => self.grow().insert(key, value),
        }
    }

    /// Removes a key and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// Removes a key and returns it with its value.
    pub fn remove_entry<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
    {
        match &mut self.0 {
            Repr::Line(line) => find(line, key).ok().map(|at| line.remove(at)),
            Repr::Tree(tree) => tree.remove_entry(key),
        }
    }

    /// The place of a key, to look at and fill with one search.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry::of(self, key)
    }

    /// Keeps the entries of which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        match &mut self.0 {
            Repr::Line(line) => line.retain_mut(|(key, value)| keep(key, value)),
            Repr::Tree(tree) => tree.retain(keep),
        }
    }

    /// Makes a tree of the entries.
    fn grow(&mut self) -> &mut BTreeMap<K, V> {
        if let Repr::Line(line) = &mut self.0 {
            self.0 = Repr::Tree(Box::new(std::mem::take(line).into_iter().collect()));
        }
        match &mut self.0 {
            Repr::Tree(tree) => tree,
            Repr::Line(_) => unreachable!("it was made a tree above"),
        }
    }
}

fn pair<K, V>((key, value): &(K, V)) -> (&K, &V) {
    (key, value)
}

/// Where a key is, or where it would be.
fn find<K: Borrow<Q>, V, Q: Ord + ?Sized>(line: &[(K, V)], key: &Q) -> Result<usize, usize> {
    line.binary_search_by(|(known, _)| known.borrow().cmp(key))
}

/// Where a key is. Among few, most are told apart by their lengths alone.
fn seek<K: Borrow<Q>, V, Q: Ord + ?Sized>(line: &[(K, V)], key: &Q) -> Option<usize> {
    if line.len() > FEW {
        return find(line, key).ok();
    }
    line.iter().position(|(known, _)| known.borrow() == key)
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    /// Of equal keys the last one counts. Linear for entries that come in order.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut line: Vec<(K, V)> = entries.into_iter().collect();
        if !line.is_sorted_by(|(left, _), (right, _)| left < right) {
            // Stable: the last of equal keys stays the last.
            line.sort_by(|(left, _), (right, _)| left.cmp(right));
            line.dedup_by(|later, kept| {
                let is_same = later.0 == kept.0;
                if is_same {
                    std::mem::swap(later, kept);
                }
                is_same
            });
        }
        if line.len() > MOST_IN_LINE {
            return Self(Repr::Tree(Box::new(line.into_iter().collect())));
        }
        line.shrink_to_fit();
        Self(Repr::Line(line))
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SortedMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        match self.0 {
            Repr::Line(line) => IntoIter::Line(line.into_iter()),
            Repr::Tree(tree) => IntoIter::Tree(tree.into_iter()),
        }
    }
}

impl<'a, K, V> IntoIterator for &'a SortedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K, V> IntoIterator for &'a mut SortedMap<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

#[cfg(test)]
mod tests;
