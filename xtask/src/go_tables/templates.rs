//! The tables of `text/template` and `text/template/parse`.

use corten_gostd::strconv;
use corten_gotmpl::{MissingKey, Options, Output, TemplateSet, Text, Val, tokens};
use corten_testkit::FixedWorld;

use super::datum::{Datum, Evaluator};
use super::object::{ABSENT, FUNCTIONS, comparison_data, data, empty_data, hidden_struct};
use super::source::Expr;
use super::{Outcome, Row, text_of, truth_of};

fn set() -> TemplateSet {
    TemplateSet::new(FUNCTIONS, Options { missing_key: MissingKey::Invalid, lint_mode: false, enable_dns: false })
}

fn run(set: &TemplateSet, name: &str, data: &Val) -> Result<Vec<u8>, String> {
    let mut output = Output::default();
    match set.execute(name, data, &FixedWorld::default(), &mut output) {
        Ok(()) => Ok(output.bytes),
        Err(error) => Err(error.to_string()),
    }
}

fn is_absent(input: &[u8]) -> bool {
    let input = String::from_utf8_lossy(input);
    ABSENT.iter().any(|name| input.contains(name))
}

/// `{name, input, output, data, ok}`.
pub(super) fn exec(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    exec_in(evaluator, row, &[])
}

/// The same over the templates of `TestMultiExecute`.
pub(super) fn multi_exec(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    exec_in(evaluator, row, &["multiText1", "multiText2"])
}

fn exec_in(evaluator: &Evaluator<'_>, row: Row<'_>, before: &[&str]) -> Outcome {
    let [name, input, output, data, ok] = row else { return Outcome::Inexpressible };
    let (Some(name), Some(input)) = (text_of(evaluator, name), text_of(evaluator, input)) else {
        return Outcome::Inexpressible;
    };
    let (Some(output), Some(data), Some(ok)) =
        (text_of(evaluator, output), data_of(evaluator, data), truth_of(evaluator, ok))
    else {
        return Outcome::Inexpressible;
    };
    if is_absent(&input) {
        return Outcome::Inexpressible;
    }
    let mut set = set();
    for text in before {
        let text = text_of(evaluator, &Expr::Name((*text).to_owned())).unwrap_or_default();
        if let Err(error) = set.parse("root", text) {
            return Outcome::failed(error.to_string());
        }
    }
    let name = String::from_utf8_lossy(&name).into_owned();
    if let Err(error) = set.parse(&name, input) {
        return Outcome::failed(error.to_string());
    }
    match (run(&set, &name, &data), ok) {
        (Ok(got), true) => Outcome::equal(&got, &output),
        (Ok(got), false) => Outcome::failed(format!("no error but {}", String::from_utf8_lossy(&got))),
        (Err(error), true) => Outcome::failed(error),
        (Err(_), false) => Outcome::Passed,
    }
}

fn data_of(evaluator: &Evaluator<'_>, expr: &Expr) -> Option<Val> {
    match expr {
        Expr::Name(name) if name == "tVal" => Some(data()),
        Expr::Composite(name, items) if name == "T" && items.is_empty() => Some(empty_data()),
        Expr::Composite(name, items) if name == "struct" => match items.as_slice() {
            [(None, first), (None, second)] => Some(hidden_struct(vec![
                ("a", evaluator.datum(first, "")?.val()?),
                ("b", evaluator.datum(second, "")?.val()?),
            ])),
            _ => None,
        },
        _ => evaluator.datum(expr, "")?.val(),
    }
}

/// `{expr, truth, ok}`.
pub(super) fn comparison(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    let [expr, truth, ok] = row else { return Outcome::Inexpressible };
    let (Some(expr), Some(truth), Some(ok)) =
        (text_of(evaluator, expr), text_of(evaluator, truth), truth_of(evaluator, ok))
    else {
        return Outcome::Inexpressible;
    };
    if is_absent(&expr) {
        return Outcome::Inexpressible;
    }
    let mut set = set();
    let text = [b"{{if ", &expr[..], b"}}true{{else}}false{{end}}"].concat();
    if let Err(error) = set.parse("empty", text) {
        return Outcome::failed(error.to_string());
    }
    match (run(&set, "empty", &comparison_data()), ok) {
        (Ok(got), true) => Outcome::equal(&got, &truth),
        (Err(_), false) => Outcome::Passed,
        (outcome, _) => Outcome::failed(format!("{outcome:?}")),
    }
}

/// `{name, input, ok, result}`: what the tree prints.
pub(super) fn parse(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    let [name, input, ok, result] = row else { return Outcome::Inexpressible };
    let (Some(name), Some(input), Some(ok), Some(result)) =
        (text_of(evaluator, name), text_of(evaluator, input), truth_of(evaluator, ok), text_of(evaluator, result))
    else {
        return Outcome::Inexpressible;
    };
    // The test lowers Go's limit for parentheses.
    if result.ends_with(b"max expression depth exceeded") {
        return Outcome::Inexpressible;
    }
    let name = String::from_utf8_lossy(&name).into_owned();
    let mut set = set();
    match (set.parse(&name, input), ok) {
        (Ok(()), true) => Outcome::equal(&set.printed(&name).unwrap_or_default(), &unquoted(&result)),
        (Ok(()), false) => Outcome::failed("no error".to_owned()),
        (Err(error), true) => Outcome::failed(error.to_string()),
        (Err(_), false) => Outcome::Passed,
    }
}

/// The test prints text quoted, outside of actions.
fn unquoted(result: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = result;
    while let Some(&first) = rest.first() {
        let length = if first == b'"' {
            let end = (1..rest.len()).find(|&at| rest[at] == b'"' && rest[at - 1] != b'\\').unwrap_or(rest.len() - 1);
            out.extend(strconv::unquote(&rest[..=end]).unwrap_or_default());
            end + 1
        } else {
            let end = rest.windows(2).position(|pair| pair == b"}}").map_or(rest.len(), |end| end + 2);
            out.extend_from_slice(&rest[..end]);
            end
        };
        rest = &rest[length..];
    }
    out
}

/// `{name, input, ok, result}`: what the error contains.
pub(super) fn errors(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    let [name, input, _, result] = row else { return Outcome::Inexpressible };
    let (Some(name), Some(input), Some(result)) =
        (text_of(evaluator, name), text_of(evaluator, input), text_of(evaluator, result))
    else {
        return Outcome::Inexpressible;
    };
    let result = String::from_utf8_lossy(&result).into_owned();
    match set().parse(&String::from_utf8_lossy(&name), input) {
        Err(error) if error.to_string().contains(&result) => Outcome::Passed,
        other => Outcome::failed(format!("want {result}, got {other:?}")),
    }
}

/// `{name, input, empty}`.
pub(super) fn is_empty(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    let [_, input, empty] = row else { return Outcome::Inexpressible };
    let (Some(input), Some(empty)) = (text_of(evaluator, input), truth_of(evaluator, empty)) else {
        return Outcome::Inexpressible;
    };
    let mut set = set();
    // A blank template does not replace another.
    match set.parse("root", "before").and_then(|()| set.parse("root", input)) {
        Ok(()) if (set.printed("root").as_deref() == Some(b"before")) == empty => Outcome::Passed,
        other => Outcome::failed(format!("{other:?}")),
    }
}

/// `{name, input, ok, names, results}`.
pub(super) fn multi_parse(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    let [_, input, ok, names, results] = row else { return Outcome::Inexpressible };
    let (Some(input), Some(ok)) = (text_of(evaluator, input), truth_of(evaluator, ok)) else {
        return Outcome::Inexpressible;
    };
    let mut set = set();
    let parsed = set.parse("root", input);
    if parsed.is_ok() != ok {
        return Outcome::failed(format!("{parsed:?}"));
    }
    if let (Expr::Composite(_, names), Expr::Composite(_, results)) = (names, results) {
        for ((_, name), (_, result)) in names.iter().zip(results) {
            let (Some(name), Some(result)) = (text_of(evaluator, name), text_of(evaluator, result)) else {
                return Outcome::Inexpressible;
            };
            let got = set.printed(&String::from_utf8_lossy(&name)).unwrap_or_default();
            if got != result {
                return Outcome::equal(&got, &result);
            }
        }
    }
    Outcome::Passed
}

/// `{text, isInt, isUint, isFloat, isComplex, …}`.
pub(super) fn number(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    let [text, kinds @ ..] = row else { return Outcome::Inexpressible };
    let Some(text) = text_of(evaluator, text) else { return Outcome::Inexpressible };
    let wanted: Vec<bool> = kinds.iter().take(4).map(|kind| truth_of(evaluator, kind).unwrap_or_default()).collect();
    let value = |at: usize, kind: &str| kinds.get(at).and_then(|value| evaluator.datum(value, kind));
    let asks = ["wantInt", "wantUint", "wantFloat"];
    for (at, ask) in asks.into_iter().enumerate() {
        let mut set = set();
        let template = [b"{{", ask.as_bytes(), b" ", &text[..], b"}}"].concat();
        let outcome = set.parse("number", template).map_err(|error| error.to_string());
        let outcome = outcome.and_then(|()| run(&set, "number", &Val::Nil));
        let is_wanted = wanted.get(at).copied().unwrap_or_default();
        if outcome.is_ok() != is_wanted {
            return Outcome::failed(format!("{ask} {}: {outcome:?}", String::from_utf8_lossy(&text)));
        }
        let Ok(got) = outcome else { continue };
        let wanted = value(4 + at, ["int64", "uint64", "float64"][at]);
        let show = if at == 2 { &b"%b"[..] } else { b"%d" };
        let Some(wanted) = wanted.map(|wanted: Datum| corten_gostd::fmt::sprintf(show, &[&wanted])) else {
            return Outcome::Inexpressible;
        };
        if got != wanted {
            return Outcome::equal(&got, &wanted);
        }
    }
    Outcome::Passed
}

/// `{name, input, items}`.
pub(super) fn lex(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    let [_, input, Expr::Composite(_, items)] = row else { return Outcome::Inexpressible };
    let Some(input) = text_of(evaluator, input) else { return Outcome::Inexpressible };
    let mut wanted = Vec::new();
    for (_, item) in items {
        let item = match item {
            Expr::Name(name) => evaluator.names.get(name),
            other => Some(other),
        };
        let Some(Expr::Call(_, arguments)) = item else { return Outcome::Inexpressible };
        let [Expr::Name(kind), text] = arguments.as_slice() else { return Outcome::Inexpressible };
        let Some(text) = text_of(evaluator, text) else { return Outcome::Inexpressible };
        wanted.push(format!("{kind} {}", String::from_utf8_lossy(&text)));
    }
    // Comments leave our lexer only as nothing.
    wanted.retain(|item| !item.starts_with("itemComment"));
    let got: Vec<String> = tokens(&Text::from(input))
        .into_iter()
        .map(|token| format!("{} {}", token.kind, String::from_utf8_lossy(&token.text)))
        .collect();
    Outcome::equal(got.join("\n").as_bytes(), wanted.join("\n").as_bytes())
}
