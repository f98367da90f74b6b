//! The objects of a release as kubectl's tables.
//!
//! The API server lays its tables out itself; what it does not know how to show has a name and an age.
//! Go: `tableprinter.go` of cli-runtime and `table_printer.go` of kubectl.

use corten_gostd::time::{Time, Zone};
use corten_value::Value;

use super::tabs::aligned;

/// The tables of one release: headers that were just printed are not printed again.
pub(crate) struct Tables {
    /// Nanoseconds since 1970, for ages.
    now: i128,
    columns: Option<Value>,
    headers_printed: bool,
    plain_headers_printed: bool,
}

impl Tables {
    /// Nothing printed yet.
    pub(crate) fn new(now: i128) -> Self {
        Self { now, columns: None, headers_printed: false, plain_headers_printed: false }
    }

    /// One object, or the table of one: every object is laid out for itself, as Helm does.
    pub(crate) fn object(&mut self, object: &Value) -> String {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        let is_table =
            text("kind") == "Table" && matches!(text("apiVersion"), "meta.k8s.io/v1" | "meta.k8s.io/v1beta1");
        if is_table { self.table(object) } else { self.plain(object) }
    }

    fn table(&mut self, table: &Value) -> String {
        let definitions = table.get("columnDefinitions").cloned().unwrap_or_default();
        let rows = table.get("rows").and_then(Value::as_list).unwrap_or_default();
        let is_known = self.columns.as_ref() == Some(&definitions);
        let has_none = definitions.as_list().is_none_or(<[Value]>::is_empty);
        let no_headers = self.headers_printed && (is_known || has_none);
        if !has_none && !is_known {
            self.columns = Some(definitions);
            self.headers_printed = false;
        }
        if rows.is_empty() {
            return String::new();
        }
        self.headers_printed = true;
        let empty = Value::Null;
        let columns = self.columns.as_ref().unwrap_or(&empty).as_list().unwrap_or_default();
        let is_shown: Vec<bool> = columns.iter().map(|column| !is_wide(column)).collect();
        let mut lines = Vec::new();
        if !no_headers {
            let names = columns.iter().filter(|column| !is_wide(column));
            let name = |column: &Value| column.get("name").and_then(Value::as_str).unwrap_or_default().to_uppercase();
            lines.push(names.map(name).collect());
        }
        for row in rows {
            let cells = row.get("cells").and_then(Value::as_list).unwrap_or_default();
            lines
                .push(cells.iter().zip(&is_shown).filter(|(_, shown)| **shown).map(|(value, _)| cell(value)).collect());
        }
        aligned(&lines)
    }

    /// An object, or the items of a list, by name and age.
    fn plain(&mut self, object: &Value) -> String {
        let mut lines = Vec::new();
        if !std::mem::replace(&mut self.plain_headers_printed, true) {
            lines.push(vec!["NAME".to_owned(), "AGE".to_owned()]);
        }
        let items = object.get("items").and_then(Value::as_list).unwrap_or(std::slice::from_ref(object));
        for item in items {
            let text = |path: &str| item.at(path).and_then(Value::as_str).unwrap_or_default();
            lines.push(vec![text("metadata.name").to_owned(), age(text("metadata.creationTimestamp"), self.now)]);
        }
        aligned(&lines)
    }
}

fn is_wide(column: &Value) -> bool {
    !matches!(column.get("priority"), None | Some(Value::Null | Value::Int(0))) && number(column.get("priority")) != 0.0
}

fn number(value: Option<&Value>) -> f64 {
    match value {
        Some(Value::Float(number)) => *number,
        Some(Value::Int(0)) | None => 0.0,
        Some(_) => 1.0,
    }
}

/// A cell up to its first line end, with what a terminal would take as a command spelt out.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => match text.find(['\u{c}', '\n', '\r']) {
            Some(end) => format!("{}...", &text[..end]),
            None => text.to_string(),
        },
        // Whole numbers come as floats from JSON; Go's decoder keeps them whole.
        Value::Float(number) => format!("{number}"),
        Value::Int(number) => number.to_string(),
        Value::Bool(is_on) => is_on.to_string(),
        other => String::from_utf8_lossy(&corten_gostd::json::encode(other, false)).into_owned(),
    };
    text.replace('\u{1b}', "^[").replace('\r', "\\r")
}

fn age(created: &str, now: i128) -> String {
    match Time::parse("2006-01-02T15:04:05Z07:00", created, &Zone::utc()) {
        Ok(time) => human((now - time.unix_nanos()).div_euclid(1_000_000_000)),
        Err(_) => "<unknown>".to_owned(),
    }
}

/// Two or three significant figures of a span. Go: apimachinery duration.HumanDuration.
fn human(seconds: i128) -> String {
    let pair = |large: i128, unit: &str, small: i128, below: &str| match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit}{small}{below}"),
    };
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (seconds, minutes, hours) {
        (..-1, ..) => "<invalid>".to_owned(),
        (-1, ..) => "0s".to_owned(),
        (0..120, ..) => format!("{seconds}s"),
        (_, ..10, _) => pair(minutes, "m", seconds % 60, "s"),
        (_, ..180, _) => format!("{minutes}m"),
        (.., ..8) => pair(hours, "h", minutes % 60, "m"),
        (.., ..48) => format!("{hours}h"),
        (.., ..192) => pair(hours / 24, "d", hours % 24, "h"),
        (.., ..17_520) => format!("{}d", hours / 24),
        (.., ..70_080) => pair(hours / 24 / 365, "y", hours / 24 % 365, "d"),
        _ => format!("{}y", hours / 24 / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &str) -> Value {
        let text = format!(
            "{{kind: Table, apiVersion: meta.k8s.io/v1, columnDefinitions: [{{name: Name, priority: 0}}, \
             {{name: Data, priority: 0}}, {{name: Note, priority: 1}}], rows: [{rows}]}}"
        );
        corten_yaml::decode(text.as_bytes()).expect("YAML")
    }

    #[test]
    fn equal_headers_are_printed_once() {
        let mut tables = Tables::new(0);
        assert_eq!(tables.object(&table("{cells: [web, 2, x]}")), "NAME   DATA\nweb    2\n");
        assert_eq!(tables.object(&table("{cells: [\"a\\nb\", null, x]}")), "a...   \n");
    }

    #[test]
    fn spans_have_two_figures() {
        let all = [-5, -1, 119, 120, 150, 3600, 4 * 3600, 5 * 3600 + 60, 50 * 3600, 800 * 86400, 4000 * 86400];
        let texts: Vec<String> = all.into_iter().map(human).collect();
        assert_eq!(texts, ["<invalid>", "0s", "119s", "2m", "2m30s", "60m", "4h", "5h1m", "2d2h", "2y70d", "10y"]);
    }
}
