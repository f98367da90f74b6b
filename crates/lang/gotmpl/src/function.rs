//! Rows of function tables: name, types, code, doc and example.

use std::rc::Rc;

use corten_gostd::regexp::{Regexp, SyntaxError};

use crate::{Error, Text, Type, Val, World};

/// An entry of a function table: what a template may call by name.
pub struct Function {
    /// The name in templates.
    pub name: &'static str,
    /// One line for the manual.
    pub doc: &'static str,
    /// A runnable example: template text and what it prints, for data without fields. The output
    /// is empty where it depends on chance or the clock.
    pub example: (&'static str, &'static str),
    /// Go's parameter types; the last one repeats when `variadic`.
    pub params: &'static [Type],
    /// Whether the last parameter repeats.
    pub variadic: bool,
    /// The body. Arguments are already counted, checked and converted to `params`.
    pub call: fn(&mut Call<'_>, &[Val]) -> Result<Val, Error>,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Function({})", self.name)
    }
}

/// What a running function may reach beyond its arguments.
pub struct Call<'a> {
    /// Clock, randomness, keys, DNS, cluster.
    pub world: &'a dyn World,
    /// The running template set, for `include` and `tpl`.
    pub engine: &'a mut dyn Engine,
}

/// What functions may ask of the running template set.
pub trait Engine {
    /// Executes the template `name` on `data` and returns its text. Go: `ExecuteTemplate`; the
    /// error is a `template.ExecError` or `template: no template "x" associated with template "y"`.
    fn include(&mut self, name: &Text, data: &Val) -> Result<Text, Error>;

    /// Parses and executes `text` on `data` in an overlay of the namespace. Helm: `tplFun`, errors
    /// and removal of `<no value>` included.
    fn tpl(&mut self, text: &Text, data: &Val) -> Result<Text, Error>;

    /// The compiled expression, kept between calls.
    fn regexp(&mut self, pattern: &Text) -> Result<Rc<Regexp>, SyntaxError>;

    /// Helm: `Engine.LintMode`, in which `required` and `fail` do not fail.
    fn lint_mode(&self) -> bool;

    /// Helm: `Engine.EnableDNS`.
    fn enable_dns(&self) -> bool;
}
