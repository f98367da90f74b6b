//! The namespace of one `tpl` call, on top of the template set.

use std::rc::Rc;

use crate::set::Tpl;

/// What a `tpl` call adds to the namespace while it runs. Helm clones all templates instead.
pub(super) struct Overlay {
    /// The namespace of the `tpl` call around this one.
    pub(super) parent: Option<Rc<Overlay>>,
    pub(super) added: Rc<Tpl>,
}
