//! The values that an upgrade forgets.

use corten_value::{Path, Value};

/// Words in the names of values that are not for everyone's eyes.
const CONFIDENTIAL: &[&str] = &["pass", "secret", "token", "credential", "privatekey", "apikey", "accesskey"];

/// One value that was given to the revision before and is not given any more.
#[derive(Clone, Debug, PartialEq)]
pub struct DroppedValue {
    /// Where: `ingress.hosts[0].host`.
    pub path: String,
    /// What it was; confidential ones are masked.
    pub old: Value,
    /// What the chart says instead, when it says anything.
    pub falls_back_to: Option<Value>,
}

/// The values of `old` that `new` leaves to the chart's defaults, where that makes a difference.
///
/// Helm keeps the old values only when an upgrade brings none of its own (or with
/// `--reuse-values`); with one `--set` all others are gone.
pub fn dropped_values(old: &Value, new: &Value, defaults: &Value) -> Vec<DroppedValue> {
    let mut found = Vec::new();
    collect(&Path::default(), old, (Some(new), Some(defaults)), &mut found);
    found
}

fn collect(path: &Path, old: &Value, (new, default): (Option<&Value>, Option<&Value>), found: &mut Vec<DroppedValue>) {
    match (old, new) {
        // A table is dropped by its entries, so that each is named.
        (Value::Map(entries), None | Some(Value::Map(_))) if !entries.is_empty() => {
            for (key, value) in entries.iter() {
                let below = |side: Option<&'_ Value>| side.and_then(|side| side.get(key)).cloned();
                let (new, default) = (below(new), below(default));
                crate::json::deep(|| collect(&path.key(key), value, (new.as_ref(), default.as_ref()), found));
            }
        }
        (_, Some(_)) => {}
        (_, None) if default == Some(old) || (old.is_null() && default.is_none()) => {}
        (_, None) => {
            let text = path.to_string();
            let hides = is_confidential(&text);
            let shown = |value: &Value| if hides && !value.is_null() { "REDACTED".into() } else { value.clone() };
            found.push(DroppedValue { old: shown(old), falls_back_to: default.map(shown), path: text });
        }
    }
}

fn is_confidential(path: &str) -> bool {
    let name: String =
        path.rsplit('.').next().unwrap_or(path).chars().filter(|letter| letter.is_alphanumeric()).collect();
    let name = name.to_ascii_lowercase();
    CONFIDENTIAL.iter().any(|word| name.contains(word))
}
