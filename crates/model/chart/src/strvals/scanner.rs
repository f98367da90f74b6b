//! Reads an argument character by character.

/// What ended a run of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// One of the stop characters, which is consumed.
    At(char),
    /// The end of the argument.
    End,
}

pub(super) struct Scanner<'a> {
    rest: &'a str,
    /// Whether a backslash takes the next character as it is.
    escapes: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, escapes: bool) -> Self {
        Self { rest: text, escapes }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Moves over bytes that were read elsewhere.
    pub(super) fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next();
        self.rest = characters.as_str();
        character
    }

    /// Consumes the character if it comes next.
    pub(super) fn take(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Go: `runesUntil`: the characters before the next of `stops`, without their escapes. A
    /// backslash at the very end is dropped.
    pub(super) fn until(&mut self, stops: &[char]) -> (String, Ended) {
        let mut run = String::new();
        while let Some(character) = self.next() {
            if stops.contains(&character) {
                return (run, Ended::At(character));
            }
            if character == '\\' && self.escapes {
                run.extend(self.next());
            } else {
                run.push(character);
            }
        }
        (run, Ended::End)
    }

    /// Everything to the end.
    pub(super) fn take_rest(&mut self) -> &'a str {
        std::mem::take(&mut self.rest)
    }

    /// Go: `emptyVal`: moves over white space and one comma; whether nothing else came before the
    /// comma or the end.
    pub(super) fn skip_empty(&mut self) -> bool {
        self.rest = self.rest.trim_start_matches(char::is_whitespace);
        self.rest.is_empty() || self.take(',')
    }
}
