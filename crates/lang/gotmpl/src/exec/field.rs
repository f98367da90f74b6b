//! Field access: methods, struct fields and map keys. Go: `evalField` in exec.go.

use corten_gostd::strconv;

use crate::reflected::Reflected;
use crate::tree::{NodeId, Span};
use crate::{Error, Map, Method, MissingKey, Object, Val};

use super::evaluate::Operands;
use super::{Execution, Frame};

impl Execution<'_, '_> {
    /// `.A.B.C` below a receiver; the last may be a method that gets the operands.
    pub(super) fn names(
        &mut self,
        frame: Frame<'_>,
        id: NodeId,
        names: &[Span],
        receiver: &Reflected,
        operands: Operands<'_>,
    ) -> Result<Reflected, Error> {
        let Some((&last, before)) = names.split_last() else { return Ok(receiver.clone()) };
        let mut value;
        let mut current = receiver;
        for &name in before {
            value = self.field(frame, (id, name), current, Operands::NONE)?;
            current = &value;
        }
        self.field(frame, (id, last), current, operands)
    }

    fn field(
        &mut self,
        frame: Frame<'_>,
        (id, name): (NodeId, Span),
        receiver: &Reflected,
        operands: Operands<'_>,
    ) -> Result<Reflected, Error> {
        let key = frame.source().name(name);
        if let Some(method) = methods(&receiver.val).iter().find(|method| method.name == key) {
            return self.call_method(frame, id, (method, &receiver.val), operands);
        }
        match &receiver.val {
            Val::Map(map) => {
                if operands.are_given() {
                    return Err(self.fail(frame, format!("{key} is not a method but has arguments")));
                }
                self.observe(frame, id, map, key);
                self.key(frame, map, key)
            }
            Val::Nil => self.field_of_nil(frame, key, receiver),
            Val::Object(object) => self.struct_field(frame, key, (receiver, &**object), &operands),
            _ => Err(self.fail(frame, format!("can't evaluate field {key} in type {}", receiver.type_name()))),
        }
    }

    fn key(&self, frame: Frame<'_>, map: &Map, key: &str) -> Result<Reflected, Error> {
        let elem = map.map_type().elem;
        if let Some(value) = map.get(key.as_bytes()) {
            return Ok(Reflected::element(elem, value));
        }
        match self.definitions.options().missing_key {
            MissingKey::Zero => Ok(Reflected::zero(elem)),
            MissingKey::Invalid => Ok(Reflected::INVALID),
            MissingKey::Error => Err(self.fail(frame, format!("map has no entry for key {}", quote(key)))),
        }
    }

    /// The invalid value has all fields, a nil interface none.
    fn field_of_nil(&self, frame: Frame<'_>, key: &str, receiver: &Reflected) -> Result<Reflected, Error> {
        if receiver.is_valid() {
            return Err(self.fail(frame, format!("nil pointer evaluating {}.{key}", receiver.type_name())));
        }
        if self.definitions.options().missing_key == MissingKey::Error {
            return Err(self.fail(frame, format!("nil data; no entry for key {}", quote(key))));
        }
        Ok(Reflected::INVALID)
    }

    fn struct_field(
        &self,
        frame: Frame<'_>,
        key: &str,
        (receiver, object): (&Reflected, &dyn Object),
        operands: &Operands<'_>,
    ) -> Result<Reflected, Error> {
        let type_name = receiver.type_name();
        if let Some(value) = object.field(key) {
            if operands.are_given() {
                return Err(self.fail(frame, format!("{key} has arguments but cannot be invoked as function")));
            }
            return Ok(Reflected::result(value));
        }
        if object.all_fields().iter().any(|(name, _)| *name == key) {
            return Err(self.fail(frame, format!("{key} is an unexported field of struct type {type_name}")));
        }
        Err(self.fail(frame, format!("can't evaluate field {key} in type {type_name}")))
    }

    fn observe(&mut self, frame: Frame<'_>, id: NodeId, map: &Map, key: &str) {
        if let Some(observer) = &mut self.output.observer {
            let source = frame.source();
            observer.read(map, key, &source.name.to_str_lossy(), source.node(id).position);
        }
    }
}

fn methods(receiver: &Val) -> &'static [Method] {
    match receiver {
        Val::Map(map) => map.map_type().methods,
        Val::List(list) => list.list_type().methods,
        Val::Object(object) => object.go_type().methods,
        _ => &[],
    }
}

fn quote(key: &str) -> String {
    strconv::quote(key.as_bytes())
}
