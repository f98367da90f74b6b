//! Shows values to Go's `fmt`.

use std::borrow::Cow;
use std::rc::Rc;

use corten_gostd::fmt::{Entries, Field, Items, Operand, Pointer, View};

use crate::{Kind, List, Map, Object, Text, Val};

impl Operand for Val {
    fn view(&self) -> View<'_> {
        match self {
            Self::Nil => View::Nil,
            Self::Bool(truth) => View::Bool(*truth),
            Self::Int(_, number) => View::Int(*number),
            Self::Uint(_, number) => View::Uint(*number),
            Self::Float(number) => View::Float(*number, 64),
            Self::Complex(real, imaginary) => View::Complex(*real, *imaginary, 128),
            Self::Str(text) => View::Str(text.as_bytes()),
            Self::Bytes(bytes) => View::Bytes(Some(bytes)),
            Self::List(list) => View::List(list),
            Self::Map(map) => View::Map(map),
            Self::Object(object) => object_view(object),
        }
    }

    fn type_name(&self) -> Cow<'_, str> {
        Cow::Borrowed(Self::type_name(self))
    }

    fn display(&self) -> Option<Vec<u8>> {
        match self {
            Self::Object(object) => object.display().map(|text| text.as_bytes().to_vec()),
            _ => None,
        }
    }

    fn go_string(&self) -> Option<Vec<u8>> {
        match self {
            Self::Object(object) => object.go_string().map(|text| text.as_bytes().to_vec()),
            _ => None,
        }
    }
}

fn object_view(object: &Rc<dyn Object>) -> View<'_> {
    match object.go_type().kind {
        Kind::Ptr | Kind::Func => {
            let target: Box<dyn Operand> = Box::new(Pointee(&**object));
            View::Pointer(Pointer { address: Rc::as_ptr(object).cast::<()>().addr(), target: Some(target) })
        }
        _ => Pointee(&**object).into_view(),
    }
}

/// A struct, or what a pointer points at.
pub(crate) struct Pointee<'a>(pub(crate) &'a dyn Object);

impl<'a> Pointee<'a> {
    /// A named basic type shows what is below it.
    fn into_view(self) -> View<'a> {
        match self.0.underlying() {
            Some(Val::Bool(truth)) => View::Bool(truth),
            Some(Val::Int(_, number)) => View::Int(number),
            Some(Val::Uint(_, number)) => View::Uint(number),
            Some(Val::Float(number)) => View::Float(number, 64),
            _ => {
                let field = |(name, value): (&'a str, Val)| Field { name, value: Box::new(value) };
                View::Struct(self.0.all_fields().into_iter().map(field).collect())
            }
        }
    }
}

impl Operand for Pointee<'_> {
    fn view(&self) -> View<'_> {
        Pointee(self.0).into_view()
    }

    fn type_name(&self) -> Cow<'_, str> {
        let name = self.0.go_type().name;
        Cow::Borrowed(name.strip_prefix('*').unwrap_or(name))
    }
}

impl Operand for Text {
    fn view(&self) -> View<'_> {
        View::Str(self.as_bytes())
    }

    fn type_name(&self) -> Cow<'_, str> {
        Cow::Borrowed("string")
    }
}

impl Items for List {
    fn is_nil(&self) -> bool {
        Self::is_nil(self)
    }

    fn each(&self, visit: &mut dyn FnMut(&dyn Operand)) {
        self.iter().for_each(|item| visit(item));
    }
}

impl Entries for Map {
    fn is_nil(&self) -> bool {
        Self::is_nil(self)
    }

    fn identity(&self) -> usize {
        Self::identity(self)
    }

    fn each(&self, visit: &mut dyn FnMut(&dyn Operand, &dyn Operand)) {
        for (key, value) in self.entries().iter() {
            visit(key, value);
        }
    }
}
