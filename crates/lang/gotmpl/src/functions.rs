//! Looking functions up: a table before Go's builtin functions.

use crate::Function;
use crate::builtin::BUILTINS;
use crate::names::Names;
use crate::tree::Callee;

/// The functions that a set's templates may name: the table's, then Go's builtin ones.
#[derive(Debug)]
pub(crate) struct Functions {
    names: Names<&'static str, Callee>,
    /// Whether the table has `break` and `continue`, which are keywords otherwise.
    pub(crate) has_break: bool,
    pub(crate) has_continue: bool,
}

impl Functions {
    pub(crate) fn new(functions: impl IntoIterator<Item = &'static Function>) -> Self {
        let mut names = Names::default();
        for builtin in &BUILTINS {
            names.insert(builtin.name, Callee::Builtin(builtin));
        }
        for function in functions {
            names.insert(function.name, Callee::Table(function));
        }
        let has = |name: &str| matches!(names.get(name.as_bytes()), Some(Callee::Table(_)));
        let (has_break, has_continue) = (has("break"), has("continue"));
        Self { names, has_break, has_continue }
    }

    /// Go: `findFunction`; the table hides builtins.
    pub(crate) fn find(&self, name: &[u8]) -> Option<Callee> {
        self.names.get(name).copied()
    }
}
