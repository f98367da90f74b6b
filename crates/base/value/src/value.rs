//! The value itself: immutable, shared, three words large.

use std::sync::Arc;

use crate::SortedMap;

/// A table: keys in byte order, as Go sorts map keys when it prints or ranges.
pub type Map = SortedMap<Arc<str>, Value>;

/// An immutable JSON-like value, 24 bytes.
///
/// Numbers keep the kind they have in Helm: values files give [`Value::Float`] only,
/// `--set a=1` and TOML give [`Value::Int`].
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Go's `int64`.
    Int(i64),
    /// Go's `float64`.
    Float(f64),
    /// Go's `string`, here always UTF-8.
    String(Arc<str>),
    /// Go's `[]interface {}`.
    List(Arc<Vec<Value>>),
    /// Go's `map[string]interface {}`.
    Map(Arc<Map>),
}

impl Value {
    /// An empty table.
    pub fn empty_map() -> Self {
        Self::Map(Arc::default())
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The table, when this is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, when this is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The text, when this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, when this is a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The entry `key` of a table; `None` for an absent key and for anything but a table.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// The value at a dotted path of table keys, as `.Values.a.b` walks it.
    pub fn at(&self, dotted: &str) -> Option<&Value> {
        dotted.split('.').try_fold(self, |value, key| value.get(key))
    }

    /// The kind in JSON's words: `null`, `boolean`, `number`, `string`, `array` or `object`.
    pub fn json_kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) | Self::Float(_) => "number",
            Self::String(_) => "string",
            Self::List(_) => "array",
            Self::Map(_) => "object",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(Arc::from(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(Arc::from(text))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(Arc::new(map))
    }
}

impl From<Vec<Value>> for Value {
    fn from(list: Vec<Value>) -> Self {
        Self::List(Arc::new(list))
    }
}

impl<K: AsRef<str>, V: Into<Value>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let map: Map = entries.into_iter().map(|(key, value)| (Arc::from(key.as_ref()), value.into())).collect();
        Self::from(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Value>(), 24);
    }

    #[test]
    fn at_walks_tables_only() {
        let value = Value::from_iter([("a", Value::from_iter([("b", 1_i64)]))]);
        assert_eq!(value.at("a.b"), Some(&Value::Int(1)));
        assert_eq!(value.at("a.b.c"), None);
        assert_eq!(value.at("x"), None);
    }
}
