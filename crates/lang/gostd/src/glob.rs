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

#[cfg(test)]
mod tests {
    use super::*;

    /// One digit per text, as the library answers.
    fn answers(pattern: &str, texts: &[&str]) -> String {
        match Glob::compile(pattern, &['/']) {
            Ok(glob) => texts.iter().map(|text| if glob.is_match(text) { '1' } else { '0' }).collect(),
            Err(error) => error,
        }
    }

    #[test]
    fn stars_stop_at_separators() {
        assert_eq!(answers("*.txt", &["a.txt", "a/b.txt", ".txt"]), "101");
        assert_eq!(answers("**.txt", &["a.txt", "a/b.txt"]), "11");
        assert_eq!(answers("a/**/b", &["a/b", "a/x/b", "a/x/y/b"]), "111");
    }

    #[test]
    fn characters_of_several_bytes_do_not_fit_rows() {
        assert_eq!(answers("?.txt", &["a.txt", "é.txt"]), "10");
        assert_eq!(answers("[!a].txt", &["b.txt", "é.txt"]), "10");
        assert_eq!(answers("*é", &["aé"]), "1");
    }

    #[test]
    fn braces_with_stars_lose_texts() {
        assert_eq!(answers("ab{*,a}", &["ab", "aba", "abc"]), "011");
        assert_eq!(answers("{a,b}.c", &["a.c", "b.c", "c.c"]), "110");
        assert_eq!(answers("{a", &["a"]), "1");
    }

    #[test]
    fn broken_patterns_are_refused() {
        assert_eq!(answers("[", &[]), "unexpected end of input");
        assert_eq!(answers("[]", &[]), "could not parse range");
        assert_eq!(answers("[b-a]", &[]), "hi character 'a' should be greater than lo 'b'");
    }

    #[test]
    fn long_patterns_end_soon() {
        assert_eq!(answers(&"*a".repeat(30), &[&"a".repeat(200), &"b".repeat(200)]), "10");
    }
}
