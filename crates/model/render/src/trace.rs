//! Helm's texts for template errors: the one-line parse error and the multi-line run-time trace.

use corten_chart::Compat;
use corten_gotmpl::Error;

/// Go: engine.go cleanupParseError: the location, then only what follows the last `": "`.
pub(crate) fn parse_error(file: &str, error: &Error) -> Vec<u8> {
    let text = error.text();
    let tokens = split(text);
    if tokens.len() == 1 {
        return [b"parse error in (", file.as_bytes(), b"): ", text].concat();
    }
    [b"parse error at (", tokens[1], b"): ", tokens[tokens.len() - 1]].concat()
}

fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(at) = find(rest, b": ") {
        tokens.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    tokens.push(rest);
    tokens
}

/// Go: engine.go reformatExecErrorMsg; in Helm 3 cleanupExecError, which keeps Go's one line.
pub(crate) fn exec_error(file: &str, error: &Error, compat: Compat) -> Vec<u8> {
    if !error.is_exec() {
        return error.text().to_vec();
    }
    let text = error.text();
    let Some((location, message)) = location_and_message(text) else {
        return [b"execution error in (", file.as_bytes(), b"): ", text].concat();
    };
    if let Some(inner) = between_marks(message) {
        return [b"execution error at (", location, b"): ", inner].concat();
    }
    if compat == Compat::Helm3 {
        return text.to_vec();
    }
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut current = Some(error);
    while let Some(error) = current {
        let Some(step) = Step::parse(error.text()) else {
            return text.to_vec();
        };
        if steps.last() != Some(&step) {
            steps.push(step);
        }
        current = error.cause();
    }
    let trace: Vec<u8> = steps.iter().flat_map(Step::lines).collect();
    crate::split::trim_space(&trace).to_vec()
}

/// Where an error came from, innermost first: file, line, column from 0, and the node that ran.
pub(crate) fn places(error: &Error) -> Vec<crate::Place> {
    let mut places: Vec<crate::Place> = Vec::new();
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(step) = Step::parse(error.text()) {
            let place = step.place();
            if place.as_ref() != places.first() {
                places.splice(0..0, place);
            }
        }
        current = error.cause();
    }
    places
}

/// The innermost message of a chain, without the marks of `required` and `fail`.
pub(crate) fn message(error: &Error) -> Vec<u8> {
    let mut last = error;
    while let Some(cause) = last.cause() {
        last = cause;
    }
    let text = Step::parse(last.text()).map_or(last.text(), |step| step.message);
    between_marks(text).unwrap_or(text).to_vec()
}

/// The second and third of three parts at `": "`.
fn location_and_message(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = find(text, b": ")?;
    let rest = &text[first + 2..];
    let second = find(rest, b": ")?;
    Some((&rest[..second], &rest[second + 2..]))
}

/// What `required` and `fail` wrapped, greedily. Go: `HELM_ERR_START((?s).*)HELM_ERR_END`.
fn between_marks(message: &[u8]) -> Option<&[u8]> {
    const START: &[u8] = b"HELM_ERR_START";
    const END: &[u8] = b"HELM_ERR_END";
    let start = find(message, START)? + START.len();
    let end = message[start..].windows(END.len()).rposition(|window| window == END)?;
    Some(&message[start..start + end])
}

/// One error of the chain, taken apart. Go: engine.go `TraceableError`.
#[derive(PartialEq)]
struct Step<'a> {
    location: &'a [u8],
    function: Option<(&'a [u8], &'a [u8])>,
    message: &'a [u8],
}

impl<'a> Step<'a> {
    /// Go: engine.go parseTemplateExecErrorString.
    fn parse(text: &'a [u8]) -> Option<Self> {
        let rest = text.strip_prefix(b"template: ")?;
        if rest.starts_with(b"no template ") {
            return Some(Self { location: b"", function: None, message: text });
        }
        Self::parse_executing(rest).or_else(|| Self::parse_simple(rest))
    }

    /// `NAME: executing "FUNCTION" at <NODE>: MESSAGE[ template:…]`.
    fn parse_executing(rest: &'a [u8]) -> Option<Self> {
        const EXECUTING: &[u8] = b": executing ";
        let at = find(rest, EXECUTING)?;
        let after = rest[at + EXECUTING.len()..].strip_prefix(b"\"")?;
        let quote = after.iter().position(|byte| *byte == b'"')?;
        let node = after[quote + 1..].strip_prefix(b" at <")?;
        let end = find(node, b">: ")?;
        Some(Self {
            location: &rest[..at],
            function: Some((&after[..quote], &node[..end])),
            message: without_next(&node[end + 3..]),
        })
    }

    /// `NAME: MESSAGE`, cut at the last colon so that line and column stay together.
    fn parse_simple(rest: &'a [u8]) -> Option<Self> {
        let at = rest.windows(2).rposition(|window| window == b": ")?;
        Some(Self { location: &rest[..at], function: None, message: without_next(&rest[at + 2..]) })
    }

    /// The location `FILE:LINE` or `FILE:LINE:COLUMN` as numbers.
    fn place(&self) -> Option<crate::Place> {
        let location = String::from_utf8_lossy(self.location);
        let mut parts = location.rsplitn(3, ':');
        let (last, middle, first) = (parts.next()?, parts.next()?, parts.next());
        let node = self.function.map(|(_, node)| String::from_utf8_lossy(node).into_owned());
        match (first, middle.parse(), last.parse()) {
            (Some(file), Ok(line), Ok(column)) => Some(crate::Place { file: file.to_owned(), line, column, node }),
            (_, _, Ok(line)) => {
                let file = location[..location.len() - last.len() - 1].to_owned();
                Some(crate::Place { file, line, column: 0, node })
            }
            _ => None,
        }
    }

    fn lines(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.location.is_empty() {
            out.extend_from_slice(self.location);
            out.extend_from_slice(b"\n  ");
        }
        if let Some((function, node)) = self.function {
            out.extend_from_slice(&[b"executing \"", function, b"\" at <", node, b">:\n    "].concat());
        }
        if !self.message.is_empty() {
            out.extend_from_slice(self.message);
            out.push(b'\n');
        }
        out
    }
}

/// The message without a chained next error.
fn without_next(message: &[u8]) -> &[u8] {
    find(message, b" template:").map_or(message, |at| &message[..at])
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> &str {
        str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn parse_errors_keep_the_last_part() {
        let error = Error::new("template: c/templates/t.yaml:3: function \"foo\" not defined");
        assert_eq!(
            text(&parse_error("f", &error)),
            "parse error at (c/templates/t.yaml:3): function \"foo\" not defined"
        );
    }

    #[test]
    fn nested_errors_become_a_trace() {
        let inner = Error::exec(Error::new(
            "template: c/b.tpl:2:5: executing \"h\" at <.Values.a.b>: nil pointer evaluating interface {}.b",
        ));
        let outer = Error::exec(Error::wrap(
            format!(
                "template: c/a.yaml:1:3: executing \"c/a.yaml\" at <include \"h\" .>: error calling include: {inner}"
            ),
            inner,
        ));
        assert_eq!(
            text(&exec_error("c/a.yaml", &outer, Compat::Helm4)),
            "c/a.yaml:1:3\n  executing \"c/a.yaml\" at <include \"h\" .>:\n    error calling include:\n\
             c/b.tpl:2:5\n  executing \"h\" at <.Values.a.b>:\n    nil pointer evaluating interface {}.b"
        );
    }

    #[test]
    fn plain_causes_keep_go_form() {
        let cause = Error::new("boom");
        let error = Error::exec(Error::wrap("template: f:1:1: executing \"f\" at <x>: error calling x: boom", cause));
        assert_eq!(
            text(&exec_error("f", &error, Compat::Helm4)),
            "template: f:1:1: executing \"f\" at <x>: error calling x: boom"
        );
    }

    #[test]
    fn fail_and_required_show_their_message_only() {
        let cause = Error::new("HELM_ERR_STARTneed itHELM_ERR_END");
        let error = Error::exec(Error::wrap(
            format!("template: f:2:3: executing \"f\" at <fail>: error calling fail: {cause}"),
            cause,
        ));
        assert_eq!(text(&exec_error("f", &error, Compat::Helm4)), "execution error at (f:2:3): need it");
    }
}
