//! Looking functions up: a table before Go's builtin functions.

use crate::Function;
use crate::builtin::BUILTINS;
use crate::names::Names;
use crate::tree::Callee;

/// The functions that a set's templates may name: the table's, then Go's builtin ones.
#[derive(Debug)]
pub(crate) struct Functions(Names<&'static str, Callee>);

impl Functions {
    pub(crate) fn new(functions: impl IntoIterator<Item = &'static Function>) -> Self {
        let mut names = Names::default();
        for builtin in &BUILTINS {
            names.insert(builtin.name, Callee::Builtin(builtin));
        }
        for function in functions {
            names.insert(function.name, Callee::Table(function));
        }
        Self(names)
    }

    /// Go: `findFunction`; the table hides builtins.
    pub(crate) fn find(&self, name: &[u8]) -> Option<Callee> {
        self.0.get(name).copied()
    }

    /// Whether the table has it, builtins aside.
    pub(crate) fn contains(&self, name: &str) -> bool {
        matches!(self.0.get(name.as_bytes()), Some(Callee::Table(_)))
    }
}
