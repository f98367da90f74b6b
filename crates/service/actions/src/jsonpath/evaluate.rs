//! Evaluates a JSON path template. Go: client-go util/jsonpath/jsonpath.go.

use std::cmp::Ordering;

use corten_gostd::{fmt, json};
use corten_gotmpl::Val;
use corten_value::Value;

use super::{Node, Param};

/// What a step found: a value of the input, or one that the template made.
#[derive(Clone, Debug)]
enum Item<'v> {
    Value(&'v Value),
    Text(&'v str),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// A byte of a string: Go walks strings like lists of numbers.
    Byte(u8),
    /// The value inside a `range` over nothing.
    Nothing,
}

/// Where `range` and `end` stand while the nodes are walked.
#[derive(Debug, Default)]
pub(super) struct Evaluation {
    begin: usize,
    inside: usize,
    end: usize,
    last_end: Option<usize>,
}

type Items<'v> = Vec<Item<'v>>;

impl Evaluation {
    pub(super) fn print(&mut self, nodes: &[Node], value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
        for items in self.find(nodes, 0, &Item::Value(value))? {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b' ');
                }
                item.print(out);
            }
        }
        Ok(())
    }

    /// Walks the nodes from a position on. Go: `FindResults`.
    fn find<'v>(&mut self, nodes: &'v [Node], from: usize, current: &Item<'v>) -> Result<Vec<Items<'v>>, String> {
        let mut all = Vec::new();
        let mut at = from;
        while let Some(node) = nodes.get(at) {
            let found = self.walk(vec![current.clone()], node)?;
            if self.end > 0 && self.end <= self.inside {
                self.end -= 1;
                self.last_end = Some(at);
                break;
            }
            if self.begin > 0 {
                self.begin -= 1;
                self.inside += 1;
                let is_empty = found.is_empty();
                for item in found {
                    all.extend(self.find(nodes, at + 1, &item)?);
                }
                if is_empty {
                    self.find(nodes, at + 1, &Item::Nothing)?;
                }
                self.inside -= 1;
                at = self.last_end.filter(|end| *end > at).unwrap_or(at) + 1;
                continue;
            }
            all.push(found);
            at += 1;
        }
        Ok(all)
    }

    fn list<'v>(&mut self, mut items: Items<'v>, nodes: &'v [Node]) -> Result<Items<'v>, String> {
        for node in nodes {
            items = self.walk(items, node)?;
        }
        Ok(items)
    }

    fn walk<'v>(&mut self, items: Items<'v>, node: &'v Node) -> Result<Items<'v>, String> {
        let repeat = |item: &Item<'v>| items.iter().map(|_| item.clone()).collect();
        Ok(match node {
            Node::List(nodes) => self.list(items, nodes)?,
            Node::Text(text) => vec![Item::Text(text)],
            Node::Field(name) => fields(&items, name)?,
            Node::Array(params) => slices(&items, params)?,
            Node::Filter { left, right, operator } => self.filter(&items, (left, right), operator)?,
            Node::Int(number) => repeat(&Item::Int(*number)),
            Node::Float(number) => repeat(&Item::Float(*number)),
            Node::Bool(truth) => repeat(&Item::Bool(*truth)),
            Node::Wildcard => items.iter().flat_map(Item::children).collect(),
            Node::Recursive => descendants(items),
            Node::Union(parts) => {
                let mut found = Vec::new();
                for part in parts {
                    found.extend(self.list(items.clone(), part)?);
                }
                found
            }
            Node::Identifier(name) => match name.as_str() {
                "range" => {
                    self.begin += 1;
                    items
                }
                "end" if self.inside > 0 => {
                    self.end += 1;
                    Vec::new()
                }
                "end" => return Err("not in range, nothing to end".to_owned()),
                name => return Err(format!("unrecognized identifier {name}")),
            },
        })
    }

    fn filter<'v>(
        &mut self,
        items: &[Item<'v>],
        (left, right): (&'v [Node], &'v [Node]),
        operator: &str,
    ) -> Result<Items<'v>, String> {
        let mut found = Vec::new();
        for item in items {
            let Item::Value(Value::List(list)) = item else {
                return Err("the value is not array or slice and cannot be filtered".to_owned());
            };
            for value in list.iter() {
                let current = Item::Value(value);
                let lefts = self.list(vec![current.clone()], left);
                if operator == "exists" {
                    if lefts.is_ok_and(|lefts| !lefts.is_empty()) {
                        found.push(current);
                    }
                    continue;
                }
                let Some(left) = single(lefts?)? else { continue };
                let Some(right) = single(self.list(vec![current.clone()], right)?)? else { continue };
                if compare(&left, &right, operator)? {
                    found.push(current);
                }
            }
        }
        Ok(found)
    }
}

fn single(mut items: Items<'_>) -> Result<Option<Item<'_>>, String> {
    if items.len() > 1 {
        return Err("can only compare one element at a time".to_owned());
    }
    Ok(items.pop())
}

/// Go: text/template's comparisons, which never mix whole numbers with others.
fn compare(left: &Item<'_>, right: &Item<'_>, operator: &str) -> Result<bool, String> {
    const TYPES: &str = "incompatible types for comparison";
    const TYPE: &str = "invalid type for comparison";
    if !matches!(operator, "<" | ">" | "==" | "!=" | "<=" | ">=") {
        return Err(format!("unrecognized filter operator {operator}"));
    }
    let order = match (left.basic(), right.basic()) {
        (Item::Text(left), Item::Text(right)) => Some(left.cmp(right)),
        (Item::Float(left), Item::Float(right)) => left.partial_cmp(&right),
        (Item::Int(left), Item::Int(right)) => Some(left.cmp(&right)),
        (Item::Bool(left), Item::Bool(right)) if matches!(operator, "==" | "!=") => Some(left.cmp(&right)),
        (Item::Bool(_), Item::Bool(_)) => return Err(TYPE.to_owned()),
        (Item::Nothing, _) | (_, Item::Nothing) => return Err(TYPE.to_owned()),
        _ => return Err(TYPES.to_owned()),
    };
    Ok(match operator {
        "<" => order == Some(Ordering::Less),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        "==" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        // Go: the inverses of <= and <.
        ">" => !matches!(order, Some(Ordering::Less | Ordering::Equal)),
        _ => order != Some(Ordering::Less),
    })
}

fn fields<'v>(items: &[Item<'v>], name: &str) -> Result<Items<'v>, String> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let found: Items<'v> = items
        .iter()
        .filter_map(|item| match item {
            Item::Value(value) => value.get(name).map(Item::Value),
            _ => None,
        })
        .collect();
    if found.is_empty() { Err(format!("{name} is not found")) } else { Ok(found) }
}

fn slices<'v>(items: &[Item<'v>], params: &[Param; 3]) -> Result<Items<'v>, String> {
    let mut found = Vec::new();
    for item in items {
        let list = match item {
            Item::Value(Value::Null) => continue,
            Item::Value(Value::List(list)) => list,
            item => return Err(format!("{} is not array or slice", item.type_name())),
        };
        let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
        let [start, end, step] = *params;
        let mut from = if start.known { start.value } else { 0 };
        let mut to = if end.known { end.value } else { length };
        if from < 0 {
            from = from.saturating_add(length);
        }
        if to < 0 || to == 0 && end.derived {
            to = to.saturating_add(length);
        }
        if from == to {
            return Ok(found);
        }
        let outside = |index: i64| format!("array index out of bounds: index {index}, length {length}");
        if from >= length || from < 0 {
            return Err(outside(from));
        }
        if to > length || to < 0 {
            return Err(outside(to.saturating_sub(1)));
        }
        if from > to {
            return Err(format!("starting index {from} is greater than ending index {to}"));
        }
        let step = match step {
            Param { known: false, value: _, derived: _ } => 1,
            Param { value, .. } if value <= 0 => return Err("step must be > 0".to_owned()),
            Param { value, .. } => value,
        };
        let index = |number: i64| usize::try_from(number).unwrap_or_default();
        found.extend(list[index(from)..index(to)].iter().step_by(index(step)).map(Item::Value));
    }
    Ok(found)
}

/// Every value that holds others, before what it holds.
fn descendants(items: Items<'_>) -> Items<'_> {
    let mut found = Vec::new();
    let mut waiting: Items<'_> = items.into_iter().rev().collect();
    while let Some(item) = waiting.pop() {
        let children = item.children();
        if !children.is_empty() {
            found.push(item);
            waiting.extend(children.into_iter().rev());
        }
    }
    found
}

impl<'v> Item<'v> {
    fn children(&self) -> Items<'v> {
        let bytes = |text: &str| text.bytes().map(Item::Byte).collect();
        match self {
            Self::Value(Value::Map(map)) => map.values().map(Item::Value).collect(),
            Self::Value(Value::List(list)) => list.iter().map(Item::Value).collect(),
            Self::Value(Value::String(text)) => bytes(text),
            Self::Text(text) => bytes(text),
            _ => Vec::new(),
        }
    }

    /// The item as one of Go's basic kinds, [`Item::Nothing`] for the others.
    fn basic(&self) -> Self {
        match self {
            Self::Value(Value::String(text)) => Self::Text(text),
            Self::Value(Value::Bool(truth)) => Self::Bool(*truth),
            Self::Value(Value::Int(number)) => Self::Int(*number),
            Self::Value(Value::Float(number)) => Self::Float(*number),
            Self::Value(_) => Self::Nothing,
            Self::Byte(byte) => Self::Int(i64::from(*byte)),
            other => other.clone(),
        }
    }

    fn type_name(&self) -> &'static str {
        match self.basic() {
            Self::Text(_) => "string",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            _ => "map[string]interface {}",
        }
    }

    fn print(&self, out: &mut Vec<u8>) {
        match self {
            Self::Value(value @ (Value::Map(_) | Value::List(_))) => out.extend(json::encode(value, true)),
            Self::Value(Value::Null) => out.extend_from_slice(b"null"),
            Self::Value(Value::String(text)) => out.extend_from_slice(text.as_bytes()),
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Value(value) => out.extend(fmt::sprint(&[&Val::from(*value)])),
            Self::Float(number) => out.extend(fmt::sprint(&[&Val::Float(*number)])),
            Self::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Self::Byte(byte) => out.extend_from_slice(byte.to_string().as_bytes()),
            Self::Bool(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
            Self::Nothing => {}
        }
    }
}
