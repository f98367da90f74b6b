//! Times in JSON. Go: time.go `UnmarshalJSON`, `MarshalJSON`.

use corten_gostd::json;
use corten_gostd::time::{Time, Zone};
use corten_value::Value;

use crate::ModTime;

const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

/// A time as text, brought to the form that Go writes it in.
pub(super) fn decode(value: &Value) -> Result<Value, String> {
    let text = match value {
        Value::Null => return Ok(Value::Null),
        Value::String(text) => text,
        _ => return Err("Time.UnmarshalJSON: input is not a JSON string".to_owned()),
    };
    // Go parses what stands between the quotes, escapes and all.
    let mut quoted = Vec::with_capacity(text.len() + 2);
    json::append_string(&mut quoted, text.as_bytes(), false);
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    let time = Time::parse(RFC3339, inner, &Zone::utc()).map_err(|error| error.to_string())?;
    let written = time.rfc3339().map_err(str::to_owned)?;
    Ok(Value::from(String::from_utf8_lossy(&written).into_owned()))
}

/// The time, when it is one that fits; Go's zero time is none.
pub(super) fn nanoseconds(text: &str) -> ModTime {
    let time = Time::parse(RFC3339, text, &Zone::utc()).ok()?;
    if time.is_zero() { None } else { i64::try_from(time.unix_nanos()).ok() }
}
