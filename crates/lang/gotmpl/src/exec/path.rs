//! The common case, fast: a path of plain map keys is read where it lies, nothing on it is cloned.
//!
//! Whatever is not plain (a method, a missing key, anything but a map on the way, an observer that
//! wants to know) makes these functions give up before anything happened; the general way in
//! `field` and `evaluate` then does it, or reports what is wrong with it.

use crate::reflected::Reflected;
use crate::tree::{Kind, NONE, NodeId, Source, Span};
use crate::{Type, Val};

use super::{Execution, Frame};

/// Longer paths recurse too deep here.
const MAX_NAMES: usize = 16;

impl Execution<'_, '_> {
    /// Shows the value of a pipeline that is a single path.
    pub(super) fn peek<T>(&self, frame: Frame<'_>, pipe: NodeId, show: impl FnOnce(&Val) -> T) -> Option<T> {
        let source = frame.source();
        let Kind::Pipe { declares, commands, .. } = source.node(pipe).kind else { return None };
        let &[command] = source.links(commands) else { return None };
        let Kind::Command(operands) = source.node(command).kind else { return None };
        let &[operand] = source.links(operands) else { return None };
        if declares.len() > 0 || self.output.emissions.is_some() {
            return None;
        }
        match source.node(operand).kind {
            Kind::Dot => Some(show(&frame.dot.val)),
            Kind::Field(names) => self.peek_names(frame, &frame.dot.val, names, |value, _| show(value)),
            Kind::Variable { slot, older, names } if slot == older && slot != NONE => {
                let value = self.variables.get(self.base + slot as usize)?.as_ref()?;
                let fields = Span { start: names.start + 1, end: names.end };
                if fields.len() == 0 {
                    return Some(show(&value.val));
                }
                self.peek_names(frame, &value.val, fields, |value, _| show(value))
            }
            _ => None,
        }
    }

    /// The value at a path below a receiver.
    pub(super) fn plain(&self, frame: Frame<'_>, receiver: &Val, names: Span) -> Option<Reflected> {
        self.peek_names(frame, receiver, names, |value, elem| Reflected::element(elem, value.clone()))
    }

    fn peek_names<T>(
        &self,
        frame: Frame<'_>,
        receiver: &Val,
        names: Span,
        show: impl FnOnce(&Val, Type) -> T,
    ) -> Option<T> {
        if names.len() > MAX_NAMES || self.output.observer.is_some() {
            return None;
        }
        below(frame.source(), receiver, frame.source().names(names), show)
    }
}

fn below<T>(source: &Source, receiver: &Val, names: &[Span], show: impl FnOnce(&Val, Type) -> T) -> Option<T> {
    let (&name, rest) = names.split_first()?;
    let Val::Map(map) = receiver else { return None };
    let map_type = map.map_type();
    let key = source.bytes(name);
    if map_type.methods.iter().any(|method| method.name.as_bytes() == key) {
        return None;
    }
    let entries = map.entries();
    let value = entries.get(key)?;
    if rest.is_empty() { Some(show(value, map_type.elem)) } else { below(source, value, rest, show) }
}
