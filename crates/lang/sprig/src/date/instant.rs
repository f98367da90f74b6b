//! `time.Time` as templates see it.

use std::any::Any;
use std::cmp::Ordering;

use corten_gostd::time::{Time, Zone};
use corten_gotmpl::{Call, Error, Kind, Method, Object, ObjectType, Text, Type, UintKind, Val};

use super::duration::{self, Span, span};
use super::names::{LOCATION, Location, Month, Weekday};
use crate::arguments::{NIL_DEREFERENCE, bytes, int};

/// A Go `time.Time`.
#[derive(Debug)]
pub(super) struct Instant(pub(super) Time);

impl Instant {
    pub(super) fn val(time: Time) -> Val {
        Val::object(Self(time))
    }
}

type Answer = Result<Val, Error>;

/// `time.Time`.
#[rustfmt::skip]
pub(super) static TYPE: ObjectType = ObjectType {
    name: "time.Time",
    kind: Kind::Struct,
    methods: &[
        method("Add", &[Type::Object(&duration::TYPE)], |_, time, args| Ok(Instant::val(this(time).add(span(args, 0))))),
        method("AddDate", &[Type::Int, Type::Int, Type::Int], add_date),
        method("After", &[Type::Object(&TYPE)], |_, time, args| Ok(Val::Bool(compare(time, args).is_gt()))),
        method("AppendFormat", &[Type::Bytes, Type::String], append_format),
        method("Before", &[Type::Object(&TYPE)], |_, time, args| Ok(Val::Bool(compare(time, args).is_lt()))),
        method("Clock", &[], |_, _, _| Err(three_results("Clock"))),
        method("Compare", &[Type::Object(&TYPE)], |_, time, args| Ok(Val::int(compare(time, args) as i64))),
        method("Date", &[], |_, _, _| Err(three_results("Date"))),
        method("Day", &[], |_, time, _| Ok(Val::int(i64::from(this(time).day())))),
        method("Equal", &[Type::Object(&TYPE)], |_, time, args| Ok(Val::Bool(compare(time, args).is_eq()))),
        method("Format", &[Type::String], |_, time, args| Ok(Val::str(this(time).format(bytes(args, 0))))),
        method("GoString", &[], |_, time, _| Ok(Val::str(this(time).go_text()))),
        method("Hour", &[], |_, time, _| Ok(Val::int(this(time).hour()))),
        method("ISOWeek", &[], |_, _, _| Err(two_results("ISOWeek", "int"))),
        method("In", &[Type::Object(&LOCATION)], in_location),
        method("IsDST", &[], |_, time, _| Ok(Val::Bool(this(time).zone().at(this(time).unix()).is_dst))),
        method("IsZero", &[], |_, time, _| Ok(Val::Bool(this(time).is_zero()))),
        method("Local", &[], |call, time, _| Ok(Instant::val(this(time).in_zone(call.world.local_zone())))),
        method("Location", &[], |_, time, _| Ok(Val::object(Location(this(time).zone().clone())))),
        method("MarshalJSON", &[], marshal_json),
        method("MarshalText", &[], marshal_text),
        method("Minute", &[], |_, time, _| Ok(Val::int(this(time).minute()))),
        method("Month", &[], |_, time, _| Ok(Val::object(Month(this(time).month())))),
        method("Nanosecond", &[], |_, time, _| Ok(Val::int(this(time).nanosecond()))),
        method("Round", &[Type::Object(&duration::TYPE)], |_, time, args| Ok(Instant::val(this(time).round(span(args, 0))))),
        method("Second", &[], |_, time, _| Ok(Val::int(this(time).second()))),
        method("String", &[], |_, time, _| Ok(Val::str(this(time).text()))),
        method("Sub", &[Type::Object(&TYPE)], |_, time, args| Ok(Span::val(this(time).sub(&other(args))))),
        method("Truncate", &[Type::Object(&duration::TYPE)], |_, time, args| Ok(Instant::val(this(time).truncate(span(args, 0))))),
        method("UTC", &[], |_, time, _| Ok(Instant::val(this(time).in_zone(Zone::utc())))),
        method("Unix", &[], |_, time, _| Ok(Val::int64(this(time).unix()))),
        method("UnixMicro", &[], |_, time, _| Ok(Val::int64(low_bits(this(time).unix_nanos().div_euclid(1_000))))),
        method("UnixMilli", &[], |_, time, _| Ok(Val::int64(low_bits(this(time).unix_nanos().div_euclid(1_000_000))))),
        method("UnixNano", &[], |_, time, _| Ok(Val::int64(low_bits(this(time).unix_nanos())))),
        method("Weekday", &[], |_, time, _| Ok(Val::object(Weekday(this(time).weekday())))),
        method("Year", &[], |_, time, _| Ok(Val::int(this(time).year()))),
        method("YearDay", &[], |_, time, _| Ok(Val::int(this(time).year_day()))),
        method("Zone", &[], |_, _, _| Err(two_results("Zone", "int"))),
        method("ZoneBounds", &[], |_, _, _| Err(two_results("ZoneBounds", "time.Time"))),
    ],
};

const fn method(
    name: &'static str,
    params: &'static [Type],
    call: fn(&mut Call<'_>, &Val, &[Val]) -> Answer,
) -> Method {
    Method { name, params, variadic: false, call }
}

/// Go: templates refuse methods whose second result is no error.
fn two_results(name: &str, second: &str) -> Error {
    Error::bad_signature(format!(
        "invalid function signature for {name}: second return value should be error; is {second}"
    ))
}

/// Go: templates refuse methods with more than two results.
fn three_results(name: &str) -> Error {
    Error::bad_signature(format!("function {name} has 3 return values; should be 1 or 2"))
}

fn this(value: &Val) -> Time {
    super::instant(std::slice::from_ref(value), 0)
}

fn other(args: &[Val]) -> Time {
    super::instant(args, 0)
}

fn compare(value: &Val, args: &[Val]) -> Ordering {
    let (left, right) = (this(value), other(args));
    match (left.monotonic(), right.monotonic()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.compare(&right),
    }
}

/// The low 64 bits, as Go's arithmetic leaves them.
#[expect(clippy::cast_possible_truncation, reason = "Go wraps")]
fn low_bits(number: i128) -> i64 {
    number as i64
}

fn add_date(_: &mut Call<'_>, value: &Val, args: &[Val]) -> Answer {
    Ok(Instant::val(this(value).add_date(int(args, 0), int(args, 1), int(args, 2))))
}

fn append_format(_: &mut Call<'_>, value: &Val, args: &[Val]) -> Answer {
    let mut out = match args.first() {
        Some(Val::Bytes(start)) => start.to_vec(),
        _ => Vec::new(),
    };
    this(value).append_format(&mut out, bytes(args, 1));
    Ok(Val::Bytes(out.into()))
}

fn in_location(_: &mut Call<'_>, value: &Val, args: &[Val]) -> Answer {
    match args.first().and_then(Val::as_object::<Location>) {
        Some(location) => Ok(Instant::val(this(value).in_zone(location.0.clone()))),
        None if args.first().is_some_and(Val::is_nil) => Err(Error::new("time: missing Location in call to Time.In")),
        None => Err(Error::new(NIL_DEREFERENCE)),
    }
}

fn marshal_json(_: &mut Call<'_>, value: &Val, _: &[Val]) -> Answer {
    match this(value).rfc3339() {
        Ok(text) => Ok(Val::Bytes([b"\"", &text[..], b"\""].concat().into())),
        Err(fault) => Err(Error::new(format!("Time.MarshalJSON: {fault}"))),
    }
}

fn marshal_text(_: &mut Call<'_>, value: &Val, _: &[Val]) -> Answer {
    let text = this(value).rfc3339().map_err(|fault| Error::new(format!("Time.MarshalText: {fault}")))?;
    Ok(Val::Bytes(text.into()))
}

impl Object for Instant {
    fn go_type(&self) -> &'static ObjectType {
        &TYPE
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    /// Go: `wall`, `ext` and `loc`, for verbs that do not ask for `String`.
    fn all_fields(&self) -> Vec<(&'static str, Val)> {
        let zone = self.0.zone();
        let location = if zone.is_utc() { Val::Nil } else { Val::object(Location(zone.clone())) };
        let wall = u64::try_from(self.0.nanosecond()).unwrap_or_default();
        vec![
            ("wall", Val::Uint(UintKind::Uint64, wall)),
            ("ext", Val::int64(self.0.unix().wrapping_sub(Time::zero().unix()))),
            ("loc", location),
        ]
    }

    fn display(&self) -> Option<Text> {
        Some(Text::from(self.0.text()))
    }

    fn go_string(&self) -> Option<Text> {
        Some(Text::from(self.0.go_text()))
    }

    fn to_json(&self) -> Option<Val> {
        self.0.rfc3339().ok().map(Val::str)
    }

    fn equals(&self, other: &dyn Object) -> bool {
        let Some(other) = other.as_any().downcast_ref::<Self>() else { return false };
        self.0.compare(&other.0).is_eq()
            && self.0.monotonic() == other.0.monotonic()
            && self.0.zone().name() == other.0.zone().name()
    }
}
