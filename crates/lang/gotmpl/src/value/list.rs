use std::ops::Deref;
use std::rc::Rc;

use super::Val;
use crate::ListType;

/// A Go slice. It never changes once made; a nil slice is an empty one that says so.
#[derive(Clone, Debug)]
pub struct List(Rc<Repr>);

#[derive(Debug)]
struct Repr {
    list_type: &'static ListType,
    items: Vec<Val>,
    is_nil: bool,
}

impl Drop for Repr {
    /// Templates can nest lists without limit, and dropping them recurses.
    fn drop(&mut self) {
        let items = std::mem::take(&mut self.items);
        if !items.is_empty() {
            stacker::maybe_grow(32 * 1024, 1024 * 1024, || drop(items));
        }
    }
}

impl List {
    /// A slice of a type.
    pub fn new(list_type: &'static ListType, items: Vec<Val>) -> Self {
        Self(Rc::new(Repr { list_type, items, is_nil: false }))
    }

    /// A `[]interface {}`.
    pub fn any(items: Vec<Val>) -> Self {
        Self::new(ListType::ANY, items)
    }

    /// The nil slice of a type, which JSON shows as `null`.
    pub fn nil(list_type: &'static ListType) -> Self {
        Self(Rc::new(Repr { list_type, items: Vec::new(), is_nil: true }))
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.0.is_nil
    }

    /// The type.
    pub fn list_type(&self) -> &'static ListType {
        self.0.list_type
    }

    /// Whether two handles are the same slice.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for List {
    type Target = [Val];

    fn deref(&self) -> &[Val] {
        &self.0.items
    }
}
