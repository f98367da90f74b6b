//! The values of a document while it is read.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use corten_gotmpl::{List, ListType, Map, MapEntries, Text, Val};

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Value(Val),
    Array(Vec<Node>),
    Table(Table),
    /// An array of tables, made by `[[…]]` headers.
    Tables(Vec<Table>),
}

/// A table, shared by all clones.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(Rc<RefCell<BTreeMap<Vec<u8>, Node>>>);

impl Table {
    pub(super) fn contains(&self, key: &[u8]) -> bool {
        self.0.borrow().contains_key(key)
    }

    pub(super) fn set(&self, key: &[u8], value: Node) {
        self.0.borrow_mut().insert(key.to_vec(), value);
    }

    /// The table at a key, made when it is missing; `None` for other values. The last one of an
    /// array of tables counts.
    pub(super) fn enter(&self, key: &[u8]) -> Option<Self> {
        if !self.contains(key) {
            self.set(key, Node::Table(Self::default()));
        }
        self.lookup(key)
    }

    /// The table at a key, if it is one.
    pub(super) fn lookup(&self, key: &[u8]) -> Option<Self> {
        match self.0.borrow().get(key)? {
            Node::Table(table) => Some(table.clone()),
            Node::Tables(tables) => tables.last().cloned(),
            Node::Value(_) | Node::Array(_) => None,
        }
    }

    /// Adds a table to an array of tables; `false` where the key is something else.
    pub(super) fn append(&self, key: &[u8]) -> bool {
        let mut entries = self.0.borrow_mut();
        match entries.entry(key.to_vec()).or_insert_with(|| Node::Tables(Vec::new())) {
            Node::Tables(tables) => {
                tables.push(Self::default());
                true
            }
            _ => false,
        }
    }

    /// The table as a Go map.
    pub(super) fn to_map(&self) -> Map {
        let entries = self.0.borrow();
        let entries: MapEntries = entries.iter().map(|(key, node)| (Text::from(&key[..]), node.to_val())).collect();
        Map::any(entries)
    }
}

impl Node {
    fn to_val(&self) -> Val {
        stacker::maybe_grow(64 << 10, 1 << 20, || match self {
            Self::Value(value) => value.clone(),
            Self::Array(items) => Val::list(items.iter().map(Self::to_val).collect()),
            Self::Table(table) => Val::Map(table.to_map()),
            Self::Tables(tables) => {
                let items = tables.iter().map(|table| Val::Map(table.to_map())).collect();
                Val::List(List::new(ListType::MAP_ANY, items))
            }
        })
    }
}
