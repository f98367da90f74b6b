//! Walks over the entries of a map, in both directions.

use std::collections::btree_map;
use std::{iter, slice, vec};

use super::pair;

/// The entries in the order of their keys.
pub enum Iter<'a, K, V> {
    /// Of a vector.
    Line(slice::Iter<'a, (K, V)>),
    /// Of a tree.
    Tree(btree_map::Iter<'a, K, V>),
}

/// The entries in the order of their keys, whose values may be changed.
pub enum IterMut<'a, K, V> {
    /// Of a vector.
    Line(slice::IterMut<'a, (K, V)>),
    /// Of a tree.
    Tree(btree_map::IterMut<'a, K, V>),
}

/// The entries in the order of their keys, taken out.
pub enum IntoIter<K, V> {
    /// Of a vector.
    Line(vec::IntoIter<(K, V)>),
    /// Of a tree.
    Tree(btree_map::IntoIter<K, V>),
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        match self {
            Self::Line(line) => Self::Line(line.clone()),
            Self::Tree(tree) => Self::Tree(tree.clone()),
        }
    }
}

fn pair_mut<K, V>((key, value): &mut (K, V)) -> (&K, &mut V) {
    (key, value)
}

fn whole<K, V>(entry: (K, V)) -> (K, V) {
    entry
}

macro_rules! walk {
    ($name:ident, $item:ty, $shown:path, $($life:lifetime)?) => {
        impl<$($life,)? K, V> Iterator for $name<$($life,)? K, V> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                match self {
                    Self::Line(line) => line.next().map($shown),
                    Self::Tree(tree) => tree.next(),
                }
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                match self {
                    Self::Line(line) => line.size_hint(),
                    Self::Tree(tree) => tree.size_hint(),
                }
            }
        }

        impl<$($life,)? K, V> DoubleEndedIterator for $name<$($life,)? K, V> {
            fn next_back(&mut self) -> Option<$item> {
                match self {
                    Self::Line(line) => line.next_back().map($shown),
                    Self::Tree(tree) => tree.next_back(),
                }
            }
        }

        impl<$($life,)? K, V> ExactSizeIterator for $name<$($life,)? K, V> {}
        impl<$($life,)? K, V> iter::FusedIterator for $name<$($life,)? K, V> {}
    };
}

walk!(Iter, (&'a K, &'a V), pair, 'a);
walk!(IterMut, (&'a K, &'a mut V), pair_mut, 'a);
walk!(IntoIter, (K, V), whole,);
