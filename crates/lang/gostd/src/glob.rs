//! Patterns of file names as gobwas/glob 0.2.3 reads them: `*`, `**`, `?`, `[a-z]`, `[!ab]`, `{a,b}`.
//!
//! The library compiles a pattern to a tree of matchers that search for each other's ends, and it
//! counts some lengths in characters that it then uses as bytes. What `?` and `{*,a}` match shows
//! that, so the tree is built and run here step by step as there.

mod compiler;
mod index;
mod lexer;
mod matcher;
mod parser;

use matcher::Matcher;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Glob {
    matcher: Matcher,
}

impl Glob {
    /// Go: `glob.Compile`; `*` and `?` do not match separators.
    pub fn compile(pattern: impl AsRef<[u8]>, separators: &[char]) -> Result<Self, String> {
        let tree = parser::parse(pattern.as_ref())?;
        Ok(Self { matcher: compiler::compile(&tree, separators) })
    }

    /// Whether the pattern matches the whole text.
    pub fn is_match(&self, text: impl AsRef<[u8]>) -> bool {
        self.matcher.is_match(text.as_ref(), &mut matcher::Failures::default())
    }
}
