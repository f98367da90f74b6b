//! Looking functions up: a table before Go's builtin functions.

use crate::Function;
use crate::builtin::BUILTINS;
use crate::tree::Callee;

/// The functions that a set's templates may name: the table's, then Go's builtin ones.
#[derive(Debug)]
pub(crate) struct Functions(Vec<&'static Function>);

impl Functions {
    pub(crate) fn new(functions: impl IntoIterator<Item = &'static Function>) -> Self {
        let mut table: Vec<&'static Function> = functions.into_iter().collect();
        table.sort_by_key(|function| function.name);
        Self(table)
    }

    /// Go: `findFunction`; the table hides builtins.
    pub(crate) fn find(&self, name: &str) -> Option<Callee> {
        if let Ok(position) = self.0.binary_search_by_key(&name, |function| function.name) {
            return Some(Callee::Table(self.0[position]));
        }
        BUILTINS.iter().find(|builtin| builtin.name == name).map(Callee::Builtin)
    }

    /// Whether the table has it, builtins aside.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.binary_search_by_key(&name, |function| function.name).is_ok()
    }
}
