//! Control structures. Go: `walkIfOrWith`, `walkRange`, `walkTemplate` in exec.go.

use corten_gostd::{fmt, strconv};
use corten_value::number::length;

use crate::reflected::Reflected;
use crate::tree::{Keyword, Kind, NONE, NodeId};
use crate::{Error, IntKind, Text, Type, UintKind, Val};

use super::{Execution, Flow, Frame};

/// Go: `maxExecDepth`.
const MAX_DEPTH: u32 = 100_000;

/// The parts of a `range` node.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub(super) id: NodeId,
    pub(super) pipe: NodeId,
    pub(super) body: NodeId,
    pub(super) otherwise: NodeId,
}

/// The loop variables: their slots, [`NONE`] for an assignment to a variable that does not exist.
struct Loop {
    first: Option<NodeId>,
    second: Option<NodeId>,
    body: NodeId,
}

impl Execution<'_, '_> {
    pub(super) fn branch(
        &mut self,
        frame: Frame<'_>,
        keyword: Keyword,
        pipe: NodeId,
        (body, otherwise): (NodeId, NodeId),
    ) -> Result<Flow, Error> {
        if keyword == Keyword::If
            && let Some(truth) = self.peek(frame, pipe, Val::is_true)
        {
            let list = if truth { body } else { otherwise };
            return if list == NONE { Ok(Flow::Next) } else { self.walk(frame, list) };
        }
        let value = self.pipeline(frame, pipe)?;
        if value.val.is_true() {
            if keyword == Keyword::With { self.walk(frame.with_dot(&value), body) } else { self.walk(frame, body) }
        } else if otherwise != NONE {
            self.walk(frame, otherwise)
        } else {
            Ok(Flow::Next)
        }
    }

    pub(super) fn range(&mut self, frame: Frame<'_>, range: Range) -> Result<Flow, Error> {
        self.node = range.id;
        let value = self.pipeline(frame, range.pipe)?.val;
        let variables = loop_variables(frame, range);
        let has_two = variables.second.is_some();
        let has_run = match &value {
            Val::Int(..) | Val::Uint(..) if has_two => {
                let mut message = b"can't use ".to_vec();
                fmt::append_value(&mut message, &value);
                message.extend_from_slice(b" to iterate over more than one variable");
                return Err(self.fail(frame, message));
            }
            Val::Int(kind, count) => self.range_int(frame, &variables, *kind, *count)?,
            Val::Uint(kind, count) => self.range_uint(frame, &variables, *kind, *count)?,
            Val::List(list) => {
                let elem = list.list_type().elem;
                let elements = list.iter().map(|item| Reflected::element(elem, item.clone()));
                self.range_list(frame, &variables, elements)?
            }
            Val::Bytes(bytes) => {
                let element = |&byte: &u8| Reflected::concrete(Val::Uint(UintKind::Uint8, u64::from(byte)));
                self.range_list(frame, &variables, bytes.iter().map(element))?
            }
            Val::Map(map) => {
                // A copy of the handles: the body may change the map.
                let entries: Vec<(Text, Val)> =
                    map.entries().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                self.range_map(frame, &variables, map.map_type().elem, entries)?
            }
            Val::Nil => false,
            _ => {
                let mut message = b"range can't iterate over ".to_vec();
                super::print::indirect(&mut message, &value);
                return Err(self.fail(frame, message));
            }
        };
        if !has_run && range.otherwise != NONE {
            return self.walk(frame, range.otherwise);
        }
        Ok(Flow::Next)
    }

    fn range_int(&mut self, frame: Frame<'_>, variables: &Loop, kind: IntKind, count: i64) -> Result<bool, Error> {
        for number in 0..count {
            if self.iterate(frame, variables, None, &Reflected::concrete(Val::Int(kind, number)))? == Flow::Break {
                break;
            }
        }
        Ok(count > 0)
    }

    fn range_uint(&mut self, frame: Frame<'_>, variables: &Loop, kind: UintKind, count: u64) -> Result<bool, Error> {
        for number in 0..count {
            if self.iterate(frame, variables, None, &Reflected::concrete(Val::Uint(kind, number)))? == Flow::Break {
                break;
            }
        }
        Ok(count > 0)
    }

    fn range_list(
        &mut self,
        frame: Frame<'_>,
        variables: &Loop,
        elements: impl Iterator<Item = Reflected>,
    ) -> Result<bool, Error> {
        let mut has_run = false;
        for (index, element) in elements.enumerate() {
            has_run = true;
            if self.iterate(frame, variables, Some(Val::int(length(index))), &element)? == Flow::Break {
                break;
            }
        }
        Ok(has_run)
    }

    fn range_map(
        &mut self,
        frame: Frame<'_>,
        variables: &Loop,
        elem: Type,
        entries: Vec<(Text, Val)>,
    ) -> Result<bool, Error> {
        let has_run = !entries.is_empty();
        for (key, value) in entries {
            if self.iterate(frame, variables, Some(Val::Str(key)), &Reflected::element(elem, value))? == Flow::Break {
                break;
            }
        }
        Ok(has_run)
    }

    /// One round; a range over an integer has no index.
    fn iterate(
        &mut self,
        frame: Frame<'_>,
        variables: &Loop,
        index: Option<Val>,
        element: &Reflected,
    ) -> Result<Flow, Error> {
        match (variables.first, variables.second) {
            (Some(first), Some(second)) => {
                self.set_variable(frame, first, Reflected::concrete(index.unwrap_or_default()))?;
                self.set_variable(frame, second, element.clone())?;
            }
            (Some(only), None) => self.set_variable(frame, only, element.clone())?,
            _ => {}
        }
        self.walk(frame.with_dot(element), variables.body)
    }

    pub(super) fn template(&mut self, frame: Frame<'_>, name: u32, pipe: NodeId) -> Result<(), Error> {
        let name = &frame.source().constants[name as usize];
        let Some(definition) = self.lookup(name.as_bytes()) else {
            let mut message = b"template ".to_vec();
            strconv::append_quote(&mut message, name.as_bytes());
            message.extend_from_slice(b" not defined");
            return Err(self.fail(frame, message));
        };
        if self.depth == MAX_DEPTH {
            return Err(self.fail(frame, format!("exceeded maximum template depth ({MAX_DEPTH})")));
        }
        let dot = if pipe == NONE { Reflected::INVALID } else { self.pipeline(frame, pipe)? };
        self.depth += 1;
        self.run(&definition, &dot)?;
        self.depth -= 1;
        Ok(())
    }
}

fn loop_variables(frame: Frame<'_>, range: Range) -> Loop {
    let declares = match frame.source().node(range.pipe).kind {
        Kind::Pipe { declares, .. } => frame.source().links(declares),
        _ => &[],
    };
    Loop { first: declares.first().copied(), second: declares.get(1).copied(), body: range.body }
}
