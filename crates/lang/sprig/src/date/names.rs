//! `time.Month`, `time.Weekday` and `*time.Location` as templates see them.

use std::any::Any;

use corten_gostd::time::{MONTHS, WEEKDAYS, Zone};
use corten_gotmpl::{Kind, Method, Object, ObjectType, Text, Val};

/// A Go `time.Month`, from 1.
#[derive(Debug)]
pub(super) struct Month(pub(super) u8);

/// A Go `time.Weekday`, Sunday 0.
#[derive(Debug)]
pub(super) struct Weekday(pub(super) usize);

/// A Go `*time.Location`.
#[derive(Debug)]
pub(super) struct Location(pub(super) Zone);

const STRING: &[Method] = &[Method {
    name: "String",
    params: &[],
    variadic: false,
    call: |_, value, _| match value {
        Val::Object(object) => Ok(Val::Str(object.display().unwrap_or_default())),
        _ => Ok(Val::Nil),
    },
}];

static MONTH: ObjectType = ObjectType { name: "time.Month", kind: Kind::Int, methods: STRING };
static WEEKDAY: ObjectType = ObjectType { name: "time.Weekday", kind: Kind::Int, methods: STRING };
/// `*time.Location`.
pub(super) static LOCATION: ObjectType = ObjectType { name: "*time.Location", kind: Kind::Ptr, methods: STRING };

impl Object for Month {
    fn go_type(&self) -> &'static ObjectType {
        &MONTH
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn display(&self) -> Option<Text> {
        MONTHS.get(usize::from(self.0).wrapping_sub(1)).map(|name| Text::from(*name))
    }

    fn underlying(&self) -> Option<Val> {
        Some(Val::int(i64::from(self.0)))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }
}

impl Object for Weekday {
    fn go_type(&self) -> &'static ObjectType {
        &WEEKDAY
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn display(&self) -> Option<Text> {
        WEEKDAYS.get(self.0).map(|name| Text::from(*name))
    }

    fn underlying(&self) -> Option<Val> {
        Some(Val::int(i64::try_from(self.0).unwrap_or_default()))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }
}

impl Object for Location {
    fn go_type(&self) -> &'static ObjectType {
        &LOCATION
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn display(&self) -> Option<Text> {
        Some(Text::from(self.0.name()))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| self.0.name() == other.0.name())
    }
}
