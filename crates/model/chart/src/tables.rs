//! Tables that are merged in place, as Go merges its maps.
//!
//! Helm's merging mutates maps that are reachable from several places, and charts can see the
//! effect. A [`Table`] therefore has identity: clones are the same table. Values that nobody has
//! touched stay shared [`Value`]s; asking for a table inside one thaws it where it stands. Go's
//! deep copies are [`Table::freeze`] and [`Table::thaw`].

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use corten_value::{Map, SortedMap, Value};

use crate::Warning;
use crate::show::show;

/// Tables nested deeper than this hold themselves.
const DEEPEST: usize = 20_000;

/// A mutable table; clones are the same table.
#[derive(Clone, Default)]
pub(crate) struct Table(Rc<RefCell<Inner>>);

#[derive(Clone, Default)]
struct Inner {
    entries: SortedMap<Arc<str>, Node>,
    /// What the table was thawed from, as long as its own entries are those.
    origin: Option<Arc<Map>>,
    /// Whether all tables inside have identity.
    is_open: bool,
}

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
        write!(out, "Table({} entries)", self.0.borrow().entries.len())
    }
}

impl Table {
    /// A table with the entries of a value; empty for anything but a table.
    pub(crate) fn thaw(value: &Value) -> Self {
        let Value::Map(map) = value else { return Self::default() };
        let entries = map.iter().map(|(key, value)| (Arc::clone(key), Node::Value(value.clone()))).collect();
        Self(Rc::new(RefCell::new(Inner { entries, origin: Some(Arc::clone(map)), is_open: false })))
    }

    /// A deep copy as a value; what was not changed since [`Table::thaw`] is shared with it.
    pub(crate) fn freeze(&self) -> Result<Value, Cycle> {
        self.freeze_below(0)
    }

    fn freeze_below(&self, depth: usize) -> Result<Value, Cycle> {
        if depth == DEEPEST {
            return Err(Cycle);
        }
        let inner = self.0.borrow();
        let mut is_same = inner.origin.is_some();
        let mut entries = Vec::with_capacity(inner.entries.len());
        for (key, node) in &inner.entries {
            let value = match node {
                Node::Value(value) => value.clone(),
                Node::Table(table) => {
                    let value = stacker::maybe_grow(64 << 10, 1 << 20, || table.freeze_below(depth + 1))?;
                    let before = inner.origin.as_ref().and_then(|origin| origin.get(key));
                    is_same = is_same && before.is_some_and(|before| is_same_table(before, &value));
                    value
                }
            };
            entries.push((Arc::clone(key), value));
        }
        Ok(match &inner.origin {
            Some(origin) if is_same => Value::Map(Arc::clone(origin)),
            _ => Value::from(Map::from_iter(entries)),
        })
    }

    /// The entry, which for a table has identity from now on.
    pub(crate) fn get(&self, key: &str) -> Option<Node> {
        let mut inner = self.0.borrow_mut();
        let node = inner.entries.get_mut(key)?;
        if let Node::Value(value @ Value::Map(_)) = node {
            *node = Node::Table(Self::thaw(value));
        }
        Some(node.clone())
    }

    /// The entry as it is.
    fn peek(&self, key: &str) -> Option<Node> {
        self.0.borrow().entries.get(key).cloned()
    }

    /// Whether the entry is this very table, not touched since. Filling it from itself does nothing.
    pub(crate) fn holds(&self, key: &str, value: &Value) -> bool {
        matches!(self.0.borrow().entries.get(key), Some(Node::Value(ours)) if is_same_table(ours, value))
    }

    /// The table at `key`, when there is one.
    pub(crate) fn table(&self, key: &str) -> Option<Self> {
        match self.get(key)? {
            Node::Table(table) => Some(table),
            Node::Value(_) => None,
        }
    }

    pub(crate) fn insert(&self, key: &str, node: Node) {
        self.insert_shared(key.into(), node);
    }

    /// [`Table::insert`] for a key that need not be copied.
    pub(crate) fn insert_shared(&self, key: Arc<str>, node: Node) {
        let mut inner = self.0.borrow_mut();
        inner.origin = None;
        inner.entries.insert(key, node);
    }

    pub(crate) fn remove(&self, key: &str) {
        let mut inner = self.0.borrow_mut();
        inner.origin = None;
        inner.entries.remove(key);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().entries.is_empty()
    }

    /// The keys as they are now.
    pub(crate) fn keys(&self) -> Vec<Arc<str>> {
        self.0.borrow().entries.keys().map(Arc::clone).collect()
    }

    /// Go: `copyMap`: another table with the same entries, tables inside shared.
    pub(crate) fn shallow_copy(&self) -> Self {
        for key in self.keys() {
            // Thawed first, or the copies would not share it.
            self.get(&key);
        }
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    /// Gives identity to all tables inside, so that another table can share them.
    pub(crate) fn thaw_inside(&self) {
        if std::mem::replace(&mut self.0.borrow_mut().is_open, true) {
            return;
        }
        for key in self.keys() {
            if let Some(table) = self.table(&key) {
                stacker::maybe_grow(64 << 10, 1 << 20, || table.thaw_inside());
            }
        }
    }

    /// Removes keys that hold null, at any depth.
    pub(crate) fn remove_nulls(&self) {
        let mut inner = self.0.borrow_mut();
        let mut is_changed = false;
        inner.entries.retain(|_, node| match node {
            Node::Value(Value::Null) => {
                is_changed = true;
                false
            }
            Node::Value(value) => {
                if let Some(cleaned) = without_nulls(value) {
                    *value = cleaned;
                    is_changed = true;
                }
                true
            }
            Node::Table(table) => {
                stacker::maybe_grow(64 << 10, 1 << 20, || table.remove_nulls());
                true
            }
        });
        if is_changed {
            inner.origin = None;
        }
    }

    fn null_keys(&self) -> Vec<Arc<str>> {
        let inner = self.0.borrow();
        let nulls = inner.entries.iter().filter(|(_, node)| matches!(node, Node::Value(Value::Null)));
        nulls.map(|(key, _)| Arc::clone(key)).collect()
    }

    /// Go: coalesce.go `coalesceTablesFullKey`: fills gaps of this table from `source`. Tables of
    /// the source that have identity end up shared, others are copied. With `merge`, nulls stay.
    pub(crate) fn coalesce(&self, source: &Self, prefix: &str, merge: bool, warn: &mut dyn FnMut(Warning)) {
        if Rc::ptr_eq(&self.0, &source.0) {
            return;
        }
        let mut nullified = Vec::new();
        for key in self.null_keys() {
            if source.peek(&key).is_some_and(|node| !matches!(node, Node::Value(Value::Null))) {
                nullified.push(Arc::clone(&key));
            }
            source.insert_shared(key, Node::Value(Value::Null));
        }
        for key in source.keys() {
            let (Some(theirs), ours) = (source.peek(&key), self.peek(&key)) else { continue };
            let path = || if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") };
            match (ours, theirs) {
                (None, theirs) => self.insert_shared(key, theirs),
                (Some(Node::Value(Value::Null)), _) if !merge && nullified.binary_search(&key).is_ok() => {
                    self.remove(&key);
                }
                (Some(Node::Value(Value::Null)), _) => {}
                (Some(Node::Value(ours)), Node::Value(theirs)) if is_same_table(&ours, &theirs) => {}
                (Some(Node::Table(_) | Node::Value(Value::Map(_))), Node::Table(_) | Node::Value(Value::Map(_))) => {
                    let (Some(ours), Some(theirs)) = (self.table(&key), source.table(&key)) else { continue };
                    stacker::maybe_grow(64 << 10, 1 << 20, || ours.coalesce(&theirs, &path(), merge, warn));
                }
                (Some(Node::Value(_)), theirs @ (Node::Table(_) | Node::Value(Value::Map(_)))) => {
                    let text = format!("cannot overwrite table with non table for {}", path());
                    warn(Warning::info(format!("warning: {text} ({})", show("%v", &theirs.freeze()))));
                }
                (Some(Node::Table(_) | Node::Value(Value::Map(_))), Node::Value(value)) if !value.is_null() => {
                    let text = format!("destination for {} is a table. Ignoring non-table value", path());
                    warn(Warning::info(format!("warning: {text} ({})", show("%v", &value))));
                }
                _ => {}
            }
        }
    }
}

impl Node {
    fn freeze(&self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Table(table) => table.freeze().unwrap_or_default(),
        }
    }
}

fn is_same_table(left: &Value, right: &Value) -> bool {
    matches!((left, right), (Value::Map(left), Value::Map(right)) if Arc::ptr_eq(left, right))
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
