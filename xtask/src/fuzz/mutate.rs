//! Random changes of inputs.

/// Bits of the languages that random bytes would hardly hit.
const WORDS: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{/*",
    "*/}}",
    "range",
    "end",
    "else",
    "if",
    "with",
    "define",
    "template",
    "block",
    "include",
    "tpl",
    "$x",
    ":=",
    "|",
    "(",
    ")",
    "\"",
    "`",
    "'",
    ".Values",
    "$",
    "nil",
    "break",
    "continue",
    "\n",
    "- ",
    ": ",
    "? ",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "|\n",
    ">-\n",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "{",
    "}",
    "[",
    "]",
    ",",
    "=",
    "\\",
    "[0]",
    "[65536]",
    "null",
    "true",
    "0x",
    "1e999",
    "\u{0}",
    "\u{feff}",
    "\u{2028}",
    "9223372036854775808",
    "%",
    "%[1]d",
    "%*d",
    "$ref",
    "pattern",
    "allOf",
    "additionalProperties",
];

/// Makes inputs from seeds; the same numbers give the same inputs.
pub(super) struct Mutator {
    state: u64,
    pool: Vec<Vec<u8>>,
    next: usize,
}

impl Mutator {
    pub(super) fn new(seed: u64, seeds: Vec<Vec<u8>>) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, pool: seeds, next: 0 }
    }

    /// The seeds first, unchanged, then changed ones.
    pub(super) fn next_input(&mut self) -> Vec<u8> {
        if self.next < self.pool.len() {
            self.next += 1;
            return self.pool[self.next - 1].clone();
        }
        let which = self.below(self.pool.len());
        let mut input = self.pool.get(which).cloned().unwrap_or_default();
        for _ in 0..=self.below(6) {
            self.change(&mut input);
        }
        input.truncate(1 << 16);
        if self.below(64) == 0 && self.pool.len() < 4096 {
            self.pool.push(input.clone());
            self.next += 1;
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        match self.below(7) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => {
                let end = (at + 1 + self.below(8)).min(input.len());
                input.drain(at..end);
            }
            2 => {
                let end = (at + self.below(64)).min(input.len());
                let part = input[at..end].to_vec();
                let times = self.below(4) + 1;
                let to = self.below(input.len() + 1);
                input.splice(to..to, part.repeat(times));
            }
            3 => {
                let byte = self.next_u64().to_le_bytes()[0];
                input.insert(at, byte);
            }
            4 if !self.pool.is_empty() => {
                let which = self.below(self.pool.len());
                let other = self.pool[which].clone();
                let from = self.below(other.len() + 1);
                let end = (from + self.below(64)).min(other.len());
                input.splice(at..at, other[from..end].iter().copied());
            }
            _ => {
                let word = WORDS[self.below(WORDS.len())].as_bytes();
                let times = if self.below(40) == 0 { self.below(3000) } else { 1 };
                input.splice(at..at, word.repeat(times));
            }
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.next_u64() % limit).unwrap_or(0)
    }

    /// xorshift64*.
    fn next_u64(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}
