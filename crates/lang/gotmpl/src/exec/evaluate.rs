//! Pipelines, commands and operands. Go: the `eval…` functions of exec.go.

use crate::reflected::Reflected;
use crate::tree::{Kind, NONE, NodeId, Number, Span, node_string};
use crate::{Error, Val};

use super::{Execution, Frame, with_stack};

/// What a command hands to a function or method: its operands, of which the first is the function
/// itself, and the value of the command before it.
pub(super) struct Operands<'a> {
    pub(super) nodes: &'a [NodeId],
    pub(super) last: Option<Reflected>,
}

impl Operands<'_> {
    pub(super) const NONE: Operands<'static> = Operands { nodes: &[], last: None };

    pub(super) fn are_given(&self) -> bool {
        self.nodes.len() > 1 || self.last.is_some()
    }
}

impl Execution<'_, '_> {
    /// The value of a pipeline, out of its interface. Declares or sets its variables.
    pub(super) fn pipeline(&mut self, frame: Frame<'_>, id: NodeId) -> Result<Reflected, Error> {
        self.node = id;
        let Kind::Pipe { declares, commands, is_assign: _, has_declarations: _ } = frame.source().node(id).kind else {
            return Ok(Reflected::INVALID);
        };
        let commands = frame.source().links(commands);
        let Some((&first, others)) = commands.split_first() else { return Ok(Reflected::INVALID) };
        // The outcome is passed on in place; moving it costs more than most commands.
        let mut outcome = self.command(frame, first, None);
        for &command in others {
            outcome = self.command(frame, command, Some(outcome?.unboxed()));
        }
        if let Ok(value) = &mut outcome {
            value.is_boxed = false;
            for &variable in frame.source().links(declares) {
                self.set_variable(frame, variable, value.clone())?;
            }
        }
        outcome
    }

    /// A parenthesized pipeline.
    fn nested_pipeline(&mut self, frame: Frame<'_>, id: NodeId) -> Result<Reflected, Error> {
        with_stack(|| self.pipeline(frame, id))
    }

    fn command(&mut self, frame: Frame<'_>, id: NodeId, last: Option<Reflected>) -> Result<Reflected, Error> {
        let source = frame.source();
        let Kind::Command(nodes) = source.node(id).kind else {
            return Ok(Reflected::INVALID);
        };
        let nodes = source.links(nodes);
        let first = nodes[0];
        let operands = Operands { nodes, last };
        let value = match source.node(first).kind {
            Kind::Field(names) => return self.field_chain(frame, first, names, operands),
            Kind::Chain { term, names } => return self.chain(frame, first, (term, names), operands),
            Kind::Function(callee) => {
                self.node = first;
                return self.call(frame, id, source.callees[callee as usize], operands);
            }
            Kind::Pipe { .. } => {
                self.refuse_operands(frame, &operands)?;
                return self.nested_pipeline(frame, first);
            }
            Kind::Variable { names, .. } => return self.variable_chain(frame, first, names, operands),
            kind => {
                self.node = first;
                self.refuse_operands(frame, &operands)?;
                match kind {
                    Kind::Bool(truth) => Val::Bool(truth),
                    Kind::Dot => return Ok(frame.dot.clone()),
                    Kind::Number(number) => self.ideal(frame, &source.numbers[number as usize])?,
                    Kind::String { constant, .. } => Val::Str(source.constants[constant as usize].clone()),
                    _ => return Err(self.fail(frame, "nil is not a command")),
                }
            }
        };
        Ok(Reflected::concrete(value))
    }

    /// Go: `notAFunction`.
    fn refuse_operands(&self, frame: Frame<'_>, operands: &Operands<'_>) -> Result<(), Error> {
        if !operands.are_given() {
            return Ok(());
        }
        let mut message = b"can't give argument to non-function ".to_vec();
        message.extend_from_slice(&node_string(frame.source(), operands.nodes[0]));
        Err(self.fail(frame, message))
    }

    /// A number where no type is asked for.
    pub(super) fn ideal(&self, frame: Frame<'_>, number: &Number) -> Result<Val, Error> {
        number.ideal.map(Val::from).ok_or_else(|| {
            let mut message = frame.source().bytes(number.literal).to_vec();
            message.extend_from_slice(b" overflows int");
            self.fail(frame, message)
        })
    }

    /// An operand that is no constant, as far as it goes without knowing a type; none for constants
    /// and `nil`.
    pub(super) fn operand(&mut self, frame: Frame<'_>, id: NodeId) -> Result<Option<Reflected>, Error> {
        self.node = id;
        let source = frame.source();
        Ok(Some(match source.node(id).kind {
            Kind::Dot => frame.dot.clone(),
            Kind::Field(names) => self.field_chain(frame, id, names, Operands::NONE)?,
            Kind::Variable { names, .. } => self.variable_chain(frame, id, names, Operands::NONE)?,
            Kind::Pipe { .. } => self.nested_pipeline(frame, id)?,
            Kind::Function(callee) => self.call(frame, id, source.callees[callee as usize], Operands::NONE)?,
            Kind::Chain { term, names } => self.chain(frame, id, (term, names), Operands::NONE)?,
            _ => return Ok(None),
        }))
    }

    /// `(pipe).A.B`, `function.A`.
    fn chain(
        &mut self,
        frame: Frame<'_>,
        id: NodeId,
        (term, names): (NodeId, Span),
        operands: Operands<'_>,
    ) -> Result<Reflected, Error> {
        self.node = id;
        let receiver = self.operand(frame, term)?.unwrap_or_default();
        self.names(frame, id, frame.source().names(names), &receiver, operands)
    }

    /// `.A.B`.
    fn field_chain(
        &mut self,
        frame: Frame<'_>,
        id: NodeId,
        names: Span,
        operands: Operands<'_>,
    ) -> Result<Reflected, Error> {
        self.node = id;
        if !operands.are_given()
            && let Some(value) = self.plain(frame, &frame.dot.val, names)
        {
            return Ok(value);
        }
        self.names(frame, id, frame.source().names(names), frame.dot, operands)
    }

    /// `$x`, `$x.A.B`.
    fn variable_chain(
        &mut self,
        frame: Frame<'_>,
        id: NodeId,
        names: Span,
        operands: Operands<'_>,
    ) -> Result<Reflected, Error> {
        self.node = id;
        let fields = Span { start: names.start + 1, end: names.end };
        let value = self.variable(frame, id)?;
        if fields.len() == 0 {
            self.refuse_operands(frame, &operands)?;
            return Ok(value.clone());
        }
        if !operands.are_given()
            && let Some(value) = self.plain(frame, &value.val, fields)
        {
            return Ok(value);
        }
        let value = value.clone();
        self.names(frame, id, frame.source().names(fields), &value, operands)
    }

    fn variable(&self, frame: Frame<'_>, id: NodeId) -> Result<&Reflected, Error> {
        let Kind::Variable { slot, older, names } = frame.source().node(id).kind else {
            return Err(self.fail(frame, "not a variable"));
        };
        let value = |slot: u32| self.variables.get(self.base + slot as usize).and_then(Option::as_ref);
        let found = if slot == NONE { None } else { value(slot) };
        let found = found.or_else(|| if older == NONE { None } else { value(older) });
        found.ok_or_else(|| {
            let name = frame.source().name(frame.source().names(names)[0]);
            self.fail(frame, format!("undefined variable: {name}"))
        })
    }

    pub(super) fn set_variable(&mut self, frame: Frame<'_>, id: NodeId, value: Reflected) -> Result<(), Error> {
        let Kind::Variable { slot, older, .. } = frame.source().node(id).kind else { return Ok(()) };
        if slot == NONE || (slot != older && self.variables[self.base + slot as usize].is_none()) {
            if slot == NONE || older == NONE {
                return self.variable(frame, id).map(|_| ());
            }
            self.variables[self.base + older as usize] = Some(value);
            return Ok(());
        }
        self.variables[self.base + slot as usize] = Some(value);
        Ok(())
    }

    /// The variables that a skipped operand would have declared are not there.
    pub(super) fn forget_declarations(&mut self, frame: Frame<'_>, id: NodeId) {
        let source = frame.source();
        match source.node(id).kind {
            Kind::Pipe { declares, commands, has_declarations: true, is_assign } => {
                for &variable in source.links(declares).iter().filter(|_| !is_assign) {
                    if let Kind::Variable { slot, .. } = source.node(variable).kind {
                        self.variables[self.base + slot as usize] = None;
                    }
                }
                source.links(commands).iter().for_each(|&command| self.forget_declarations(frame, command));
            }
            Kind::Command(operands) => {
                source.links(operands).iter().for_each(|&operand| self.forget_declarations(frame, operand));
            }
            Kind::Chain { term, .. } => self.forget_declarations(frame, term),
            _ => {}
        }
    }
}
