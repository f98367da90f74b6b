//! kubectl's JSON path templates, for `show values --jsonpath`.
//!
//! Text with `{…}` actions: fields, indexes, slices, filters, unions, `..`, `range` and `end`. Go:
//! client-go util/jsonpath. Tables are walked in the order of their keys, which Go leaves to chance.

mod evaluate;
mod parse;

use corten_value::Value;

use evaluate::Evaluation;
use parse::parse;

/// A parsed template.
#[derive(Clone, Debug)]
pub(crate) struct JsonPath {
    nodes: Vec<Node>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Text(String),
    Field(String),
    Array([Param; 3]),
    Filter { left: Vec<Node>, right: Vec<Node>, operator: String },
    Int(i64),
    Float(f64),
    Bool(bool),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    Identifier(String),
    List(Vec<Node>),
}

/// A number of `[start:end:step]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Param {
    value: i64,
    known: bool,
    /// The end of a plain index, one behind it.
    derived: bool,
}

impl JsonPath {
    /// Reads a template.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { nodes: parse(text, 0)? })
    }

    /// Writes what the template finds. Nothing is written when anything is not found.
    pub(crate) fn print(&self, value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
        Evaluation::default().print(&self.nodes, value, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(template: &str, yaml: &str) -> Result<String, String> {
        let value = corten_yaml::decode(yaml.as_bytes()).unwrap_or_default();
        let mut out = Vec::new();
        JsonPath::parse(template)?.print(&value, &mut out)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    const VALUES: &str =
        "a: {b: 1, c: [x, w, z]}\nports: [{name: web, port: 80}, {name: tls, port: 443}]\nempty: null\n";

    #[test]
    fn fields_indexes_and_slices() {
        assert_eq!(run("{.a.b}", VALUES).as_deref(), Ok("1"));
        assert_eq!(run("{.a.c[0]} {.a.c[-1]}", VALUES).as_deref(), Ok("x z"));
        assert_eq!(run("{.a.c[0:2]}", VALUES).as_deref(), Ok("x w"));
        assert_eq!(run("{.a.c[*]}", VALUES).as_deref(), Ok("x w z"));
        assert_eq!(run("{.a}", VALUES).as_deref(), Ok("{\"b\":1,\"c\":[\"x\",\"w\",\"z\"]}"));
        assert_eq!(run("{['a']['b']}", VALUES).as_deref(), Ok("1"));
        assert_eq!(run("{.empty}", VALUES).as_deref(), Ok("null"));
    }

    #[test]
    fn filters_unions_and_ranges() {
        assert_eq!(run("{.ports[?(@.name=='tls')].port}", VALUES).as_deref(), Ok("443"));
        assert_eq!(run("{.a['b','c']}", VALUES).as_deref(), Ok("1 [\"x\",\"w\",\"z\"]"));
        assert_eq!(run("{range .ports[*]}{.name}={.port}{'\\n'}{end}", VALUES).as_deref(), Ok("web=80\ntls=443\n"));
        assert_eq!(run("{..port}", VALUES).as_deref(), Ok("80 443"));
    }

    #[test]
    fn errors_are_those_of_kubectl() {
        assert_eq!(run("{.x}", VALUES), Err("x is not found".to_owned()));
        assert_eq!(run("{.a", VALUES), Err("unclosed action".to_owned()));
        assert_eq!(run("{.a.c[9]}", VALUES), Err("array index out of bounds: index 9, length 3".to_owned()));
        assert_eq!(run("{.a[x]}", VALUES), Err("invalid array index x".to_owned()));
        assert_eq!(run("{%}", VALUES), Err("unrecognized character in action: U+0025 '%'".to_owned()));
    }
}
