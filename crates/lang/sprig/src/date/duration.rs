//! `time.Duration` as templates see it, and the functions on durations.

use std::any::Any;

use corten_gostd::strconv::{NumErrorKind, parse_int};
use corten_gostd::time::{Duration, Time};
use corten_gotmpl::{Call, Error, IntKind, Kind, Method, Object, ObjectType, Text, Type, Val};

use super::instant::Instant;

/// A Go `time.Duration`.
#[derive(Debug)]
pub(super) struct Span(pub(super) Duration);

impl Span {
    pub(super) fn val(span: Duration) -> Val {
        Val::object(Self(span))
    }
}

/// The span in an argument, which is a number where a template has a constant.
pub(super) fn span(args: &[Val], position: usize) -> Duration {
    match args.get(position) {
        Some(Val::Int(_, nanoseconds)) => Duration(*nanoseconds),
        Some(value) => value.as_object::<Span>().map_or(Duration(0), |span| span.0),
        None => Duration(0),
    }
}

fn receiver(value: &Val) -> Duration {
    span(std::slice::from_ref(value), 0)
}

/// `time.Duration`.
#[rustfmt::skip]
pub(super) static TYPE: ObjectType = ObjectType {
    name: "time.Duration",
    kind: Kind::Int64,
    methods: &[
        Method { name: "Abs", params: &[], variadic: false, call: |_, value, _| Ok(Span::val(receiver(value).abs())) },
        Method { name: "Hours", params: &[], variadic: false, call: |_, value, _| Ok(Val::Float(receiver(value).hours())) },
        Method { name: "Microseconds", params: &[], variadic: false, call: |_, value, _| Ok(Val::int64(receiver(value).microseconds())) },
        Method { name: "Milliseconds", params: &[], variadic: false, call: |_, value, _| Ok(Val::int64(receiver(value).milliseconds())) },
        Method { name: "Minutes", params: &[], variadic: false, call: |_, value, _| Ok(Val::Float(receiver(value).minutes())) },
        Method { name: "Nanoseconds", params: &[], variadic: false, call: |_, value, _| Ok(Val::int64(receiver(value).0)) },
        Method { name: "Round", params: &[Type::Object(&TYPE)], variadic: false, call: round },
        Method { name: "Seconds", params: &[], variadic: false, call: |_, value, _| Ok(Val::Float(receiver(value).seconds())) },
        Method { name: "String", params: &[], variadic: false, call: |_, value, _| Ok(Val::str(receiver(value).to_string())) },
        Method { name: "Truncate", params: &[Type::Object(&TYPE)], variadic: false, call: truncate },
    ],
};

fn round(_: &mut Call<'_>, value: &Val, args: &[Val]) -> Result<Val, Error> {
    Ok(Span::val(receiver(value).round(span(args, 0))))
}

fn truncate(_: &mut Call<'_>, value: &Val, args: &[Val]) -> Result<Val, Error> {
    Ok(Span::val(receiver(value).truncate(span(args, 0))))
}

impl Object for Span {
    fn go_type(&self) -> &'static ObjectType {
        &TYPE
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn display(&self) -> Option<Text> {
        Some(Text::from(self.0.to_string()))
    }

    fn underlying(&self) -> Option<Val> {
        Some(Val::int64(self.0.0))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }
}

/// sprig: `duration`, of seconds in a text or an `int64`.
pub(super) fn of_seconds(value: &Val) -> Val {
    let seconds = match value {
        Val::Str(text) => parse_int(text.as_bytes(), 10, 64).unwrap_or_else(|error| match error.kind {
            // Go: ParseInt returns the nearest number with its range error, which sprig drops.
            NumErrorKind::Range if text.as_bytes().starts_with(b"-") => i64::MIN,
            NumErrorKind::Range => i64::MAX,
            _ => 0,
        }),
        Val::Int(IntKind::Int64, seconds) => *seconds,
        _ => 0,
    };
    Val::str(Duration(seconds.wrapping_mul(1_000_000_000)).to_string())
}

/// The units of `durationRound` in nanoseconds, from the largest.
const UNITS: [(u64, &str); 6] = [
    (365 * 24 * 3_600_000_000_000, "y"),
    (30 * 24 * 3_600_000_000_000, "mo"),
    (24 * 3_600_000_000_000, "d"),
    (3_600_000_000_000, "h"),
    (60_000_000_000, "m"),
    (1_000_000_000, "s"),
];

/// sprig: `durationRound`.
pub(super) fn rounded(call: &Call<'_>, value: &Val) -> Val {
    let span = match value {
        Val::Str(text) => Duration::parse(text.as_bytes()).unwrap_or_default(),
        Val::Int(IntKind::Int64, nanoseconds) => Duration(*nanoseconds),
        _ => match value.as_object::<Instant>() {
            Some(instant) => Time::from_unix_nanos(call.world.now(), call.world.local_zone()).sub(&instant.0),
            None => Duration(0),
        },
    };
    let length = span.0.unsigned_abs();
    match UNITS.iter().find(|(unit, _)| length > *unit) {
        Some((unit, name)) => Val::str(format!("{}{name}", length / unit)),
        None => Val::str("0s"),
    }
}
