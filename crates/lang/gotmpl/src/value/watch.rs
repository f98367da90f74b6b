//! Learning whether templates change what they were given.

use std::cell::Cell;
use std::rc::Rc;

use super::Val;

/// Notes a change of any of the maps it was set on. All clones are the same watch.
#[derive(Clone, Debug, Default)]
pub struct Watch(Rc<Cell<bool>>);

impl Watch {
    /// Watches the maps of a value from now on, those inside of others too.
    pub fn set_on(&self, value: &Val) {
        match value {
            Val::Map(map) => map.watch(self),
            Val::List(list) => list.iter().for_each(|item| self.set_on(item)),
            _ => {}
        }
    }

    pub(super) fn note(&self) {
        self.0.set(true);
    }

    /// Whether there was a change since the last time.
    pub fn take(&self) -> bool {
        self.0.take()
    }
}
