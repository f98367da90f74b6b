//! Dates, times and durations: sprig's `date.go`.
//!
//! What is no time value counts as "now" where sprig has it so, floats of values files included.

mod duration;
mod instant;
mod names;

use corten_gostd::time::{Duration, Time, Zone};
use corten_gotmpl::{Call, Error, Function, IntKind, Type, Val};

use crate::arguments::{any, bytes};
use crate::registry::fixed;
use instant::Instant;

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("ago", &[Type::Any], ago,
        "The time that has passed since a time, to the second.", (r"{{ ago now }}", "")),
    fixed("date", &[Type::String, Type::Any], |call, args| Ok(in_zone(call, bytes(args, 0), &any(args, 1), b"Local")),
        "A time by Go's layout in the local zone.", (r#"{{ now | date "2006-01-02" }}"#, "")),
    fixed("dateInZone", &[Type::String, Type::Any, Type::String], date_in_zone,
        "A time by Go's layout in a zone.", (r#"{{ dateInZone "15:04" (int64 0) "UTC" }}"#, "00:00")),
    fixed("dateModify", &[Type::String, Type::Object(&instant::TYPE)], date_modify,
        "A time moved by a duration; a bad duration moves nothing.",
        (r#"{{ (toDate "2006" "2024" | dateModify "24h").Day }}"#, "2")),
    fixed("date_in_zone", &[Type::String, Type::Any, Type::String], date_in_zone,
        "The same as dateInZone.", (r#"{{ date_in_zone "15:04" (int64 0) "UTC" }}"#, "00:00")),
    fixed("date_modify", &[Type::String, Type::Object(&instant::TYPE)], date_modify,
        "The same as dateModify.", (r#"{{ (toDate "2006" "2024" | date_modify "24h").Day }}"#, "2")),
    fixed("duration", &[Type::Any], |_, args| Ok(duration::of_seconds(&any(args, 0))),
        "A number of seconds as a duration.", (r#"{{ duration "95" }}"#, "1m35s")),
    fixed("durationRound", &[Type::Any], |call, args| Ok(duration::rounded(call, &any(args, 0))),
        "A duration in its largest unit.", (r#"{{ durationRound "2h10m5s" }}"#, "2h")),
    fixed("htmlDate", &[Type::Any], |call, args| Ok(in_zone(call, HTML_DATE, &any(args, 0), b"Local")),
        "A date as HTML's date picker wants it.", ("{{ now | htmlDate }}", "")),
    fixed("htmlDateInZone", &[Type::Any, Type::String],
        |call, args| Ok(in_zone(call, HTML_DATE, &any(args, 0), bytes(args, 1))),
        "A date in a zone as HTML's date picker wants it.", (r#"{{ htmlDateInZone (int64 0) "UTC" }}"#, "1970-01-01")),
    fixed("mustDateModify", &[Type::String, Type::Object(&instant::TYPE)], must_date_modify,
        "A time moved by a duration; a bad duration fails.",
        (r#"{{ (toDate "2006" "2024" | mustDateModify "24h").Day }}"#, "2")),
    fixed("mustToDate", &[Type::String, Type::String], must_to_date,
        "A time read by Go's layout; a bad one fails.", (r#"{{ (mustToDate "2006-01-02" "2024-02-29").Day }}"#, "29")),
    fixed("must_date_modify", &[Type::String, Type::Object(&instant::TYPE)], must_date_modify,
        "The same as mustDateModify.", (r#"{{ (toDate "2006" "2024" | must_date_modify "24h").Day }}"#, "2")),
    fixed("now", &[], |call, _| Ok(Instant::val(now(call).with_monotonic(SINCE_START))),
        "The current time.", ("{{ now.Year }}", "")),
    fixed("toDate", &[Type::String, Type::String], to_date,
        "A time read by Go's layout; a bad one is Go's zero time.",
        (r#"{{ (toDate "2006-01-02" "2024-02-29").Day }}"#, "29")),
    fixed("unixEpoch", &[Type::Object(&instant::TYPE)], unix_epoch,
        "The seconds since 1970 of a time.", (r#"{{ toDate "2006" "1970" | unixEpoch }}"#, "0")),
];

const HTML_DATE: &[u8] = b"2006-01-02";

/// What `now` shows as `m=+…`: Go's time since the start of the process, which tells nothing.
const SINCE_START: i64 = 50_000_000;

fn now(call: &Call<'_>) -> Time {
    Time::from_unix_nanos(call.world.now(), call.world.local_zone())
}

fn instant(args: &[Val], position: usize) -> Time {
    args.get(position).and_then(Val::as_object::<Instant>).map_or_else(Time::zero, |instant| instant.0.clone())
}

/// Go: `time.LoadLocation`, or UTC.
fn zone(call: &Call<'_>, name: &[u8]) -> Zone {
    match name {
        b"Local" => call.world.local_zone(),
        name => std::str::from_utf8(name).ok().and_then(|name| Zone::load(name).ok()).unwrap_or_else(Zone::utc),
    }
}

fn in_zone(call: &Call<'_>, layout: &[u8], date: &Val, zone_name: &[u8]) -> Val {
    let zone = zone(call, zone_name);
    let time = match date {
        Val::Int(IntKind::Int | IntKind::Int32 | IntKind::Int64, seconds) => Time::from_unix(*seconds, zone),
        Val::Object(_) if date.as_object::<Instant>().is_some() => instant(std::slice::from_ref(date), 0).in_zone(zone),
        _ => now(call).in_zone(zone),
    };
    Val::str(time.format(layout))
}

fn date_in_zone(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(in_zone(call, bytes(args, 0), &any(args, 1), bytes(args, 2)))
}

fn date_modify(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let time = instant(args, 1);
    Ok(Instant::val(match Duration::parse(bytes(args, 0)) {
        Ok(span) => time.add(span),
        Err(_) => time,
    }))
}

fn must_date_modify(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let span = Duration::parse(bytes(args, 0)).map_err(Error::new)?;
    Ok(Instant::val(instant(args, 1).add(span)))
}

fn ago(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let now = now(call);
    let date = any(args, 0);
    let time = match &date {
        Val::Int(IntKind::Int | IntKind::Int64, seconds) => Time::from_unix(*seconds, Zone::utc()),
        Val::Object(_) if date.as_object::<Instant>().is_some() => instant(args, 0),
        _ => now.clone(),
    };
    Ok(Val::str(now.sub(&time).round(Duration(1_000_000_000)).to_string()))
}

fn to_date(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let time = Time::parse_in(bytes(args, 0), bytes(args, 1), &call.world.local_zone());
    Ok(Instant::val(time.unwrap_or_else(|_| Time::zero())))
}

fn must_to_date(call: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let time = Time::parse_in(bytes(args, 0), bytes(args, 1), &call.world.local_zone());
    time.map(Instant::val).map_err(|error| Error::new(error.to_string()))
}

fn unix_epoch(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::str(instant(args, 0).unix().to_string()))
}

/// Whether a value is a `time.Time`.
pub(crate) fn is_time(value: &Val) -> bool {
    value.as_object::<Instant>().is_some()
}

/// A time as a Go value.
pub(crate) fn time_value(time: Time) -> Val {
    Instant::val(time)
}

/// How TOML writes a time: dates and times without zone come from TOML and go back as such.
pub(crate) fn toml_text(value: &Val) -> Option<Vec<u8>> {
    let time = &value.as_object::<Instant>()?.0;
    let local = |layout: &str| time.in_zone(Zone::utc()).format(layout);
    Some(match time.zone().name() {
        "datetime-local" => local("2006-01-02T15:04:05.999999999"),
        "date-local" => local("2006-01-02"),
        "time-local" => local("15:04:05.999999999"),
        _ => time.format("2006-01-02T15:04:05.999999999Z07:00"),
    })
}

/// A `time.Duration` as a text.
pub(crate) fn span_text(value: &Val) -> Option<Vec<u8>> {
    value.as_object::<duration::Span>().map(|span| span.0.to_string().into_bytes())
}
