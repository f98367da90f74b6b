//! Tables that are merged in place, as Go merges its maps.
//!
//! Helm's merging mutates maps that are reachable from several places, and charts can see the
//! effect. A [`Table`] therefore has identity: clones are the same table. Values that nobody has
//! touched stay shared [`Value`]s; asking for a table inside one thaws it where it stands. Go's
//! deep copies are [`Table::freeze`] and [`Table::thaw`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use corten_value::{Map, Value};

use crate::Warning;
use crate::show::show;

/// Tables nested deeper than this hold themselves.
const DEEPEST: usize = 20_000;

/// A mutable table; clones are the same table.
#[derive(Clone, Default)]
pub(crate) struct Table(Rc<RefCell<BTreeMap<Arc<str>, Node>>>);

/// An entry of a [`Table`].
#[derive(Clone)]
pub(crate) enum Node {
    /// Anything but a table, or a table that nobody else holds.
    Value(Value),
    /// A table with identity.
    Table(Table),
}

/// A table that holds itself: Helm overflows its stack copying one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cycle;

impl fmt::Debug for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Table({} entries)", self.0.borrow().len())
    }
}

impl Table {
    /// A table with the entries of a value; empty for anything but a table.
    pub(crate) fn thaw(value: &Value) -> Self {
        let entries = value.as_map().into_iter().flatten();
        Self(Rc::new(RefCell::new(entries.map(|(key, value)| (Arc::clone(key), Node::Value(value.clone()))).collect())))
    }

    /// A deep copy as a value.
    pub(crate) fn freeze(&self) -> Result<Value, Cycle> {
        self.freeze_below(0)
    }

    fn freeze_below(&self, depth: usize) -> Result<Value, Cycle> {
        if depth == DEEPEST {
            return Err(Cycle);
        }
        let mut map = Map::new();
        for (key, node) in self.0.borrow().iter() {
            let value = match node {
                Node::Value(value) => value.clone(),
                Node::Table(table) => stacker::maybe_grow(64 << 10, 1 << 20, || table.freeze_below(depth + 1))?,
            };
            map.insert(Arc::clone(key), value);
        }
        Ok(Value::from(map))
    }

    /// The entry, which for a table has identity from now on.
    pub(crate) fn get(&self, key: &str) -> Option<Node> {
        let mut entries = self.0.borrow_mut();
        let node = entries.get_mut(key)?;
        if let Node::Value(value @ Value::Map(_)) = node {
            *node = Node::Table(Self::thaw(value));
        }
        Some(node.clone())
    }

    /// The table at `key`, when there is one.
    pub(crate) fn table(&self, key: &str) -> Option<Self> {
        match self.get(key)? {
            Node::Table(table) => Some(table),
            Node::Value(_) => None,
        }
    }

    pub(crate) fn insert(&self, key: &str, node: Node) {
        self.0.borrow_mut().insert(key.into(), node);
    }

    pub(crate) fn remove(&self, key: &str) {
        self.0.borrow_mut().remove(key);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// The keys as they are now.
    pub(crate) fn keys(&self) -> Vec<Arc<str>> {
        self.0.borrow().keys().map(Arc::clone).collect()
    }

    /// Go: `copyMap`: another table with the same entries, tables inside shared.
    pub(crate) fn shallow_copy(&self) -> Self {
        for key in self.keys() {
            // Thawed first, or the copies would not share it.
            self.get(&key);
        }
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    /// Removes keys that hold null, at any depth.
    pub(crate) fn remove_nulls(&self) {
        self.0.borrow_mut().retain(|_, node| match node {
            Node::Value(Value::Null) => false,
            Node::Value(value) => {
                if let Some(cleaned) = without_nulls(value) {
                    *value = cleaned;
                }
                true
            }
            Node::Table(table) => {
                stacker::maybe_grow(64 << 10, 1 << 20, || table.remove_nulls());
                true
            }
        });
    }

    fn is_null(&self, key: &str) -> bool {
        matches!(self.0.borrow().get(key), Some(Node::Value(Value::Null)))
    }

    /// Go: coalesce.go `coalesceTablesFullKey`: fills gaps of this table from `source`, which ends
    /// up sharing tables with it. With `merge`, nulls stay.
    pub(crate) fn coalesce(&self, source: &Self, prefix: &str, merge: bool, warn: &mut dyn FnMut(Warning)) {
        if Rc::ptr_eq(&self.0, &source.0) {
            return;
        }
        let set: Vec<bool> = source.keys().iter().map(|key| !source.is_null(key)).collect();
        let was_set: BTreeMap<Arc<str>, bool> = source.keys().into_iter().zip(set).collect();
        for key in self.keys() {
            if self.is_null(&key) {
                source.insert(&key, Node::Value(Value::Null));
            }
        }
        for key in source.keys() {
            let Some(theirs) = source.get(&key) else { continue };
            let Some(ours) = self.get(&key) else {
                self.insert(&key, theirs);
                continue;
            };
            let path = || if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") };
            match (ours, theirs) {
                (Node::Value(Value::Null), _) if !merge && was_set.get(&key) == Some(&true) => self.remove(&key),
                (Node::Table(ours), Node::Table(theirs)) => stacker::maybe_grow(64 << 10, 1 << 20, || {
                    ours.coalesce(&theirs, &path(), merge, warn);
                }),
                (Node::Value(_), Node::Table(theirs)) => {
                    let value = theirs.freeze().unwrap_or_default();
                    let text = format!("cannot overwrite table with non table for {}", path());
                    warn(Warning::info(format!("warning: {text} ({})", show("%v", &value))));
                }
                (Node::Table(_), Node::Value(value)) if !value.is_null() => {
                    let text = format!("destination for {} is a table. Ignoring non-table value", path());
                    warn(Warning::info(format!("warning: {text} ({})", show("%v", &value))));
                }
                _ => {}
            }
        }
    }
}

/// The table without nulls at any depth; `None` when there are none, or it is no table.
pub(crate) fn without_nulls(value: &Value) -> Option<Value> {
    let map = value.as_map()?;
    let mut cleaned = None;
    for (key, value) in map {
        if value.is_null() {
            cleaned.get_or_insert_with(|| map.clone()).remove(key);
        } else if let Some(value) = stacker::maybe_grow(64 << 10, 1 << 20, || without_nulls(value)) {
            cleaned.get_or_insert_with(|| map.clone()).insert(Arc::clone(key), value);
        }
    }
    cleaned.map(Value::from)
}
