//! Calls of functions and methods. Go: `evalCall` in exec.go.

use crate::builtin::{Body, Builtin};
use crate::reflected::Reflected;
use crate::tree::{Callee, NodeId, node_string};
use crate::{Call, Error, Function, Method, Type, Val};

use super::evaluate::Operands;
use super::{Execution, Frame};

/// What a call is checked against.
#[derive(Clone, Copy)]
struct Signature {
    name: &'static str,
    params: &'static [Type],
    is_variadic: bool,
}

impl Signature {
    /// The type of the argument at a position.
    fn param(self, position: usize) -> Type {
        let last = self.params.len().saturating_sub(1);
        self.params.get(position.min(last)).copied().unwrap_or(Type::Any)
    }
}

impl Execution<'_, '_> {
    /// Calls a function; an error of it is reported at `id`.
    pub(super) fn call(
        &mut self,
        frame: Frame<'_>,
        id: NodeId,
        callee: Callee,
        operands: Operands<'_>,
    ) -> Result<Reflected, Error> {
        match callee {
            Callee::Table(function) => self.call_table(frame, id, function, operands),
            Callee::Builtin(builtin) => self.call_builtin(frame, id, builtin, operands),
        }
    }

    fn call_table(
        &mut self,
        frame: Frame<'_>,
        id: NodeId,
        function: &'static Function,
        operands: Operands<'_>,
    ) -> Result<Reflected, Error> {
        let Function { name, params, variadic, .. } = *function;
        let args = self.arguments(frame, Signature { name, params, is_variadic: variadic }, operands)?;
        let outcome = (function.call)(&mut Call { world: self.world, engine: self }, &args);
        self.finish(frame, id, name, args, outcome)
    }

    pub(super) fn call_method(
        &mut self,
        frame: Frame<'_>,
        id: NodeId,
        (method, receiver): (&'static Method, &Val),
        operands: Operands<'_>,
    ) -> Result<Reflected, Error> {
        let Method { name, params, variadic, .. } = *method;
        let args = self.arguments(frame, Signature { name, params, is_variadic: variadic }, operands)?;
        let outcome = (method.call)(&mut Call { world: self.world, engine: self }, receiver, &args);
        self.finish(frame, id, name, args, outcome)
    }

    fn finish(
        &mut self,
        frame: Frame<'_>,
        id: NodeId,
        name: &str,
        mut args: Vec<Val>,
        outcome: Result<Val, Error>,
    ) -> Result<Reflected, Error> {
        args.clear();
        self.spare_args.push(args);
        match outcome {
            Ok(value) => Ok(Reflected::result(value)),
            Err(error) if error.is_bad_signature() => Err(self.fail(frame, error.text())),
            Err(error) => Err(self.call_failed(frame, id, name, error)),
        }
    }

    fn call_failed(&mut self, frame: Frame<'_>, id: NodeId, name: &str, error: Error) -> Error {
        self.node = id;
        self.fail_with(frame, &format!("error calling {name}: "), error)
    }

    /// Counts, evaluates, checks and converts the arguments.
    fn arguments(&mut self, frame: Frame<'_>, signature: Signature, operands: Operands<'_>) -> Result<Vec<Val>, Error> {
        let given = self.check_count(frame, signature, &operands)?;
        let mut args = self.spare_args.pop().unwrap_or_default();
        args.reserve(given.len() + 1);
        for (position, &node) in given.iter().enumerate() {
            args.push(self.argument(frame, signature.param(position), node)?);
        }
        if let Some(last) = operands.last {
            let param = signature.param(args.len());
            args.push(self.checked(frame, last, param)?);
        }
        Ok(args)
    }

    /// The operands after the function itself.
    fn check_count<'o>(
        &self,
        frame: Frame<'_>,
        signature: Signature,
        operands: &Operands<'o>,
    ) -> Result<&'o [NodeId], Error> {
        let Signature { name, params, is_variadic } = signature;
        let given = operands.nodes.get(1..).unwrap_or_default();
        let count = given.len() + usize::from(operands.last.is_some());
        if is_variadic {
            let least = params.len() - 1;
            if count < least {
                let given = given.len();
                return Err(
                    self.fail(frame, format!("wrong number of args for {name}: want at least {least} got {given}"))
                );
            }
        } else if count != params.len() {
            let want = params.len();
            return Err(self.fail(frame, format!("wrong number of args for {name}: want {want} got {count}")));
        }
        Ok(given)
    }

    fn call_builtin(
        &mut self,
        frame: Frame<'_>,
        id: NodeId,
        builtin: &'static Builtin,
        operands: Operands<'_>,
    ) -> Result<Reflected, Error> {
        let Builtin { name, params, is_variadic, body } = *builtin;
        let signature = Signature { name, params, is_variadic };
        match body {
            Body::ShortCircuit(stop) => self.short_circuit(frame, signature, stop, operands),
            Body::Values(body) => {
                let mut args = self.arguments(frame, signature, operands)?;
                let value = body(&args);
                args.clear();
                self.spare_args.push(args);
                Ok(Reflected::concrete(value))
            }
            Body::Reflected(body) => {
                let args = self.reflected_arguments(frame, signature, operands)?;
                let outcome = body(&args);
                self.give_back(args);
                outcome.map_err(|error| self.call_failed(frame, id, name, error))
            }
            Body::Call => {
                let callee = match (operands.nodes.get(1), &operands.last) {
                    (Some(&node), _) => node_string(frame.source(), node),
                    (None, Some(last)) => describe(&last.val),
                    (None, None) => Vec::new(),
                };
                let args = self.reflected_arguments(frame, signature, operands)?;
                let error = crate::builtin::call_error(&callee, &args);
                self.give_back(args);
                Err(self.call_failed(frame, id, name, error))
            }
        }
    }

    fn give_back(&mut self, mut args: Vec<Reflected>) {
        args.clear();
        self.spare_reflected.push(args);
    }

    /// `and` and `or`: the first argument whose truth is `stop`, or the last one.
    fn short_circuit(
        &mut self,
        frame: Frame<'_>,
        signature: Signature,
        stop: bool,
        operands: Operands<'_>,
    ) -> Result<Reflected, Error> {
        let given = self.check_count(frame, signature, &operands)?;
        let mut value = Reflected::INVALID;
        for (position, &node) in given.iter().enumerate() {
            value = self.reflected_argument(frame, node)?;
            if value.val.is_true() == stop {
                given[position + 1..].iter().for_each(|&skipped| self.forget_declarations(frame, skipped));
                return Ok(value);
            }
        }
        Ok(operands.last.unwrap_or(value))
    }

    fn reflected_arguments(
        &mut self,
        frame: Frame<'_>,
        signature: Signature,
        operands: Operands<'_>,
    ) -> Result<Vec<Reflected>, Error> {
        let given = self.check_count(frame, signature, &operands)?;
        let mut args = self.spare_reflected.pop().unwrap_or_default();
        args.reserve(given.len() + 1);
        for &node in given {
            args.push(self.reflected_argument(frame, node)?);
        }
        args.extend(operands.last);
        Ok(args)
    }
}

/// Go: `reflect.Value.String()` of a value that is no string.
fn describe(value: &Val) -> Vec<u8> {
    match value {
        Val::Str(text) => text.as_bytes().to_vec(),
        Val::Nil => b"<invalid Value>".to_vec(),
        other => format!("<{} Value>", other.type_name()).into_bytes(),
    }
}
