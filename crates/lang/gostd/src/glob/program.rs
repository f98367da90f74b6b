//! Patterns as programs for a machine that is in several places at once.

use super::parser::Node;
use crate::text::runes;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Program {
    steps: Vec<Step>,
    separators: Box<[char]>,
}

#[derive(Clone, Debug)]
enum Step {
    Rune(char),
    /// Any character, or any but separators.
    One {
        separators: bool,
    },
    Range {
        low: char,
        high: char,
        negated: bool,
    },
    List {
        runes: Box<str>,
        negated: bool,
    },
    /// Continues at all of these.
    Fork(Vec<usize>),
    Match,
}

impl Program {
    pub(super) fn new(tree: &[Node], separators: &[char]) -> Self {
        let mut steps = Vec::new();
        compile(&mut steps, tree);
        steps.push(Step::Match);
        Self { steps, separators: separators.into() }
    }

    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        let mut places = Places::new(self.steps.len());
        let mut next = Places::new(self.steps.len());
        self.enter(&mut places, 0);
        for (rune, _) in runes(text) {
            if places.list.is_empty() {
                return false;
            }
            for place in places.list.drain(..) {
                if self.accepts(place, rune) {
                    self.enter(&mut next, place + 1);
                }
            }
            places.seen.fill(false);
            std::mem::swap(&mut places, &mut next);
        }
        places.list.iter().any(|place| matches!(self.steps[*place], Step::Match))
    }

    fn accepts(&self, place: usize, rune: char) -> bool {
        match &self.steps[place] {
            Step::Rune(own) => *own == rune,
            Step::One { separators } => *separators || !self.separators.contains(&rune),
            Step::Range { low, high, negated } => (*low..=*high).contains(&rune) != *negated,
            Step::List { runes, negated } => runes.contains(rune) != *negated,
            Step::Fork(_) | Step::Match => false,
        }
    }

    /// Adds a place and all that forks lead to.
    fn enter(&self, places: &mut Places, place: usize) {
        let mut pending = vec![place];
        while let Some(place) = pending.pop() {
            if std::mem::replace(&mut places.seen[place], true) {
                continue;
            }
            match &self.steps[place] {
                Step::Fork(targets) => pending.extend(targets),
                _ => places.list.push(place),
            }
        }
    }
}

/// Places in the program, each once.
struct Places {
    list: Vec<usize>,
    seen: Vec<bool>,
}

impl Places {
    fn new(length: usize) -> Self {
        Self { list: Vec::new(), seen: vec![false; length] }
    }
}

/// Appends the steps of a pattern; nested braces recurse as deep as the pattern is long at most.
fn compile(steps: &mut Vec<Step>, pattern: &[Node]) {
    for node in pattern {
        match node {
            Node::Text(text) => steps.extend(text.chars().map(Step::Rune)),
            Node::Single => steps.push(Step::One { separators: false }),
            Node::Any | Node::Super => {
                let start = steps.len();
                steps.push(Step::Fork(vec![start + 1, start + 3]));
                steps.push(Step::One { separators: matches!(node, Node::Super) });
                steps.push(Step::Fork(vec![start]));
            }
            Node::Range { low, high, negated } => {
                steps.push(Step::Range { low: *low, high: *high, negated: *negated });
            }
            Node::List { runes, negated } => {
                steps.push(Step::List { runes: runes.as_str().into(), negated: *negated });
            }
            Node::AnyOf(alternatives) => {
                let fork = steps.len();
                steps.push(Step::Fork(Vec::new()));
                let mut starts = Vec::new();
                let mut ends = Vec::new();
                for alternative in alternatives {
                    starts.push(steps.len());
                    stacker::maybe_grow(64 << 10, 1 << 20, || compile(steps, alternative));
                    ends.push(steps.len());
                    steps.push(Step::Fork(Vec::new()));
                }
                let after = steps.len();
                steps[fork] = Step::Fork(starts);
                for end in ends {
                    steps[end] = Step::Fork(vec![after]);
                }
            }
        }
    }
}
