//! The namespace of one `tpl` call, on top of the template set.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::Text;
use crate::tree::Definition;

/// What a `tpl` call adds to the namespace while it runs. Helm clones all templates instead.
pub(super) struct Overlay {
    /// The namespace of the `tpl` call around this one.
    pub(super) parent: Option<Rc<Overlay>>,
    pub(super) definitions: BTreeMap<Text, Rc<Definition>>,
}
