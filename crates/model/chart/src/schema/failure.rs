//! The tree of what is wrong with an instance, and its text.

use corten_gostd::strconv;

/// One finding with those below it. Go: `ValidationError`.
#[derive(Clone, Debug, Default)]
pub(super) struct Failure {
    /// The JSON pointer of the instance.
    pub(super) at: String,
    pub(super) message: String,
    pub(super) kind: FailureKind,
    pub(super) causes: Vec<Failure>,
}

/// How a finding takes part in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// It has a line of its own.
    #[default]
    Plain,
    /// Several findings of one schema, which become those of whoever asked.
    Group,
    /// A reference: without a line of its own when there is one cause.
    Reference,
    /// The whole: a line without place.
    Root,
}

impl Failure {
    /// The text, without a line break at its end.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out
    }

    /// The text below the root's own line. Helm cuts that line off.
    pub(super) fn text_below(&self) -> String {
        let mut out = String::new();
        self.causes.iter().for_each(|cause| cause.write(&mut out, 1));
        out.strip_prefix('\n').map(str::to_owned).unwrap_or(out)
    }

    fn write(&self, out: &mut String, mut indent: usize) {
        if self.kind != FailureKind::Reference || self.causes.len() != 1 {
            if indent > 0 {
                out.push('\n');
                out.push_str(&"  ".repeat(indent - 1));
                out.push_str("- ");
            }
            indent += 1;
            if self.kind != FailureKind::Root {
                out.push_str("at ");
                out.push_str(&quote(&self.at));
                out.push_str(": ");
            }
            out.push_str(&self.message);
        }
        for cause in &self.causes {
            stacker::maybe_grow(32 << 10, 1 << 20, || cause.write(out, indent));
        }
    }
}

/// Go: `quote`: as `%q`, but in single quotes.
pub(super) fn quote(text: &str) -> String {
    let quoted = strconv::quote(text.as_bytes());
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    format!("'{}'", inner.replace("\\\"", "\"").replace('\'', "\\'"))
}

/// Quoted and joined with commas.
pub(super) fn quote_all<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(quote).collect::<Vec<_>>().join(", ")
}
