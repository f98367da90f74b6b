//! Lists of templates: Go slices with type, nil-ness and capacity.

use std::ops::Deref;
use std::rc::Rc;

use super::Val;
use super::capacity::{self, Element};
use crate::{ListType, Type};

/// A Go slice. It never changes once made; a nil slice is an empty one that says so.
#[derive(Clone, Debug)]
pub struct List(Rc<Repr>);

#[derive(Debug)]
struct Repr {
    list_type: &'static ListType,
    items: Vec<Val>,
    /// Go's `cap`: how far `slice` may reach; beyond the elements are zero values.
    capacity: usize,
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
        let capacity = items.len();
        Self::with_capacity(list_type, items, capacity)
    }

    /// A slice with room behind its elements.
    pub fn with_capacity(list_type: &'static ListType, items: Vec<Val>, capacity: usize) -> Self {
        Self(Rc::new(Repr { list_type, items, capacity, is_nil: false }))
    }

    /// A slice that Go makes by appending one element at a time to an empty one of a capacity.
    pub fn grown(list_type: &'static ListType, items: Vec<Val>, reserved: usize) -> Self {
        let capacity = capacity::grown(element(list_type), reserved, items.len());
        Self::with_capacity(list_type, items, capacity)
    }

    /// A slice that Go makes by appending to one of a capacity, all at once.
    pub fn appended(list_type: &'static ListType, items: Vec<Val>, reserved: usize) -> Self {
        let capacity = capacity::appended(element(list_type), reserved, items.len());
        Self::with_capacity(list_type, items, capacity)
    }

    /// A `[]interface {}`.
    pub fn any(items: Vec<Val>) -> Self {
        Self::new(ListType::ANY, items)
    }

    /// The nil slice of a type, which JSON shows as `null`.
    pub fn nil(list_type: &'static ListType) -> Self {
        Self(Rc::new(Repr { list_type, items: Vec::new(), capacity: 0, is_nil: true }))
    }

    /// Go: `cap`.
    pub fn capacity(&self) -> usize {
        self.0.capacity
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

/// The sizes of the element types that lists have.
fn element(list_type: &ListType) -> Element {
    let is_number = matches!(list_type.elem, Type::Int | Type::Int64 | Type::Uint64 | Type::Float64);
    Element { size: if is_number { 8 } else { 16 }, has_pointers: !is_number }
}

impl Deref for List {
    type Target = [Val];

    fn deref(&self) -> &[Val] {
        &self.0.items
    }
}
