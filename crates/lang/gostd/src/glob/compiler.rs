//! Turns pattern trees into matchers. Go: gobwas package `compiler`.

mod minimize;

use super::matcher::{Matcher, Tree};
use super::parser::Node;

/// Compiles a whole pattern.
pub(super) fn compile(pattern: &[Node], separators: &[char]) -> Matcher {
    compile_pattern(pattern, separators)
}

/// Go: `compile` of a pattern node.
fn compile_pattern(pattern: &[Node], separators: &[char]) -> Matcher {
    if pattern.is_empty() {
        return Matcher::Nothing;
    }
    let matchers = pattern.iter().map(|node| optimize(compile_node(node, separators))).collect();
    optimize(join(minimize_matchers(matchers)))
}

fn compile_node(node: &Node, separators: &[char]) -> Matcher {
    let matcher = match node {
        Node::Text(text) => Matcher::Text(text.clone().into_bytes()),
        Node::Any => Matcher::Any(separators.to_vec()),
        Node::Super => Matcher::Super,
        Node::Single => Matcher::Single(separators.to_vec()),
        Node::Nothing => Matcher::Nothing,
        Node::Range { low, high, negated } => Matcher::Range(*low, *high, *negated),
        Node::List { runes, negated } => Matcher::List(runes.chars().collect(), *negated),
        Node::Pattern(pattern) => return grow(|| compile_pattern(pattern, separators)),
        Node::AnyOf(alternatives) => {
            return grow(|| match minimize::common_parts(alternatives) {
                Some(pattern) => compile_pattern(&pattern, separators),
                None => {
                    Matcher::AnyOf(alternatives.iter().map(|node| optimize(compile_node(node, separators))).collect())
                }
            });
        }
    };
    optimize(matcher)
}

fn grow<T>(compile: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 << 10, 1 << 20, compile)
}

/// Go: `optimizeMatcher`.
fn optimize(matcher: Matcher) -> Matcher {
    match matcher {
        Matcher::Any(separators) if separators.is_empty() => Matcher::Super,
        Matcher::AnyOf(mut matchers) if matchers.len() == 1 => matchers.pop().unwrap_or(Matcher::Nothing),
        Matcher::List(list, false) if list.len() == 1 => Matcher::Text(list.iter().collect::<String>().into_bytes()),
        Matcher::Tree(tree) => optimize_tree(*tree),
        other => other,
    }
}

fn optimize_tree(tree: Tree) -> Matcher {
    let left = tree.left.map(optimize);
    let right = tree.right.map(optimize);
    let Matcher::Text(text) = tree.value else {
        return Matcher::Tree(Box::new(Tree { value: tree.value, left, right }));
    };
    match (left, right) {
        (None, None) => Matcher::Text(text),
        (Some(Matcher::Super), Some(Matcher::Super)) => Matcher::Contains(text, false),
        (Some(Matcher::Super), None) => Matcher::Suffix(text),
        (None, Some(Matcher::Super)) => Matcher::Prefix(text),
        (None, Some(Matcher::Suffix(suffix))) => Matcher::PrefixSuffix(text, suffix),
        (Some(Matcher::Prefix(prefix)), None) => Matcher::PrefixSuffix(prefix, text),
        (Some(Matcher::Any(separators)), None) => Matcher::SuffixAny(text, separators),
        (None, Some(Matcher::Any(separators))) => Matcher::PrefixAny(text, separators),
        (left, right) => Matcher::Tree(Box::new(Tree { value: Matcher::Text(text), left, right })),
    }
}

/// Go: `compileMatchers`: the last of the longest fixed parts is searched for, the others lie left
/// and right of it.
fn join(mut matchers: Vec<Matcher>) -> Matcher {
    if matchers.len() < 2 {
        return matchers.pop().unwrap_or(Matcher::Nothing);
    }
    if let Some(glued) = glue(&matchers) {
        return glued;
    }
    let lengths = matchers.iter().enumerate().filter_map(|(index, matcher)| Some((matcher.length()?, index)));
    let Some((_, index)) = lengths.max() else {
        let right = matchers.split_off(1);
        let value = matchers.pop().unwrap_or(Matcher::Nothing);
        return Matcher::Tree(Box::new(Tree { value, left: None, right: side(right) }));
    };
    let right = matchers.split_off(index + 1);
    let value = matchers.pop().unwrap_or(Matcher::Nothing);
    Matcher::Tree(Box::new(Tree { value, left: side(matchers), right: side(right) }))
}

fn side(matchers: Vec<Matcher>) -> Option<Matcher> {
    if matchers.is_empty() { None } else { Some(grow(|| join(matchers))) }
}

/// Go: `glueMatchers`.
fn glue(matchers: &[Matcher]) -> Option<Matcher> {
    if matchers.len() < 2 {
        return None;
    }
    glue_as_every(matchers).or_else(|| {
        let length = matchers.iter().map(Matcher::length).sum::<Option<usize>>()?;
        Some(Matcher::Row(matchers.to_vec(), length))
    })
}

/// Go: `glueMatchersAsEvery`: wildcards with the same separators become conditions on the whole.
fn glue_as_every(matchers: &[Matcher]) -> Option<Matcher> {
    let (mut has_any, mut has_super, mut minimum) = (false, false, 0);
    let mut separators: Option<&[char]> = None;
    for matcher in matchers {
        let own: &[char] = match matcher {
            Matcher::Super => {
                has_super = true;
                &[]
            }
            Matcher::Any(own) => {
                has_any = true;
                own
            }
            Matcher::Single(own) | Matcher::List(own, true) => {
                minimum += 1;
                own
            }
            _ => return None,
        };
        if *separators.get_or_insert(own) != own {
            return None;
        }
    }
    let separators = separators.unwrap_or_default();
    if has_super && !has_any && minimum == 0 {
        return Some(Matcher::Super);
    }
    if has_any && !has_super && minimum == 0 {
        return Some(Matcher::Any(separators.to_vec()));
    }
    if (has_any || has_super) && minimum > 0 && separators.is_empty() {
        return Some(Matcher::Min(minimum));
    }
    let mut every = Vec::new();
    if minimum > 0 {
        every.push(Matcher::Min(minimum));
        if !has_any && !has_super {
            every.push(Matcher::Max(minimum));
        }
    }
    if !separators.is_empty() {
        every.push(Matcher::Contains(separators.iter().collect::<String>().into_bytes(), true));
    }
    Some(Matcher::EveryOf(every))
}

/// Go: `minimizeMatchers`: glues the longest run, again and again.
fn minimize_matchers(mut matchers: Vec<Matcher>) -> Vec<Matcher> {
    loop {
        let mut done: Option<(Matcher, usize, usize)> = None;
        for left in 0..matchers.len() {
            for right in (left + 2..=matchers.len()).rev() {
                let count = right - left;
                // A run can win by its own length or by its count only.
                let Some(glued) = glue(&matchers[left..right]) else { continue };
                let wins = done.as_ref().is_none_or(|(known, start, end)| {
                    let is_longer =
                        matches!((known.length(), glued.length()), (Some(known), Some(glued)) if glued > known);
                    is_longer || end - start < count
                });
                if wins {
                    done = Some((glued, left, right));
                }
            }
        }
        let Some((glued, left, right)) = done else { return matchers };
        matchers.splice(left..right, [glued]);
    }
}
