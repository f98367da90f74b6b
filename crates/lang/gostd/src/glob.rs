//! Patterns of file names as gobwas/glob reads them: `*`, `**`, `?`, `[a-z]`, `[!ab]`, `{a,b}`.
//!
//! A pattern becomes a small nondeterministic program that runs over all alternatives at once, so
//! matching takes time proportional to pattern times text.

mod lexer;
mod parser;
mod program;

use program::Program;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Glob {
    program: Program,
}

impl Glob {
    /// Go: `glob.Compile`; `*` and `?` do not match separators.
    pub fn compile(pattern: impl AsRef<[u8]>, separators: &[char]) -> Result<Self, String> {
        let tree = parser::parse(pattern.as_ref())?;
        Ok(Self { program: Program::new(&tree, separators) })
    }

    /// Whether the pattern matches the whole text.
    pub fn is_match(&self, text: impl AsRef<[u8]>) -> bool {
        self.program.is_match(text.as_ref())
    }
}
