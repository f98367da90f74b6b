//! Takes what all alternatives of `{…}` share out of the braces.

use crate::glob::parser::Node;

/// The pattern that stands for the alternatives, if they share a beginning or an end. Go:
/// `minimizeTreeAnyOf`.
pub(super) fn common_parts(alternatives: &[Node]) -> Option<Vec<Node>> {
    let patterns: Vec<&[Node]> = alternatives.iter().map(pattern_of).collect::<Option<_>>()?;
    let (left, right) = common_children(&patterns);
    if left == 0 && right == 0 {
        return None;
    }
    let shortest = patterns[shortest(&patterns)];
    let mut result = Vec::new();
    if left > 0 {
        result.push(Node::Pattern(shortest[..left].to_vec()));
    }
    let mut rests: Vec<Node> = Vec::new();
    for pattern in &patterns {
        let rest = &pattern[left..pattern.len() - right];
        let node = if rest.is_empty() { Node::Nothing } else { Node::Pattern(rest.to_vec()) };
        if !rests.contains(&node) {
            rests.push(node);
        }
    }
    if rests.len() > 1 {
        result.push(Node::AnyOf(rests));
    } else {
        result.extend(rests.into_iter().filter(|rest| *rest != Node::Nothing));
    }
    if right > 0 {
        result.push(Node::Pattern(shortest[shortest.len() - right..].to_vec()));
    }
    Some(result)
}

fn pattern_of(node: &Node) -> Option<&[Node]> {
    match node {
        Node::Pattern(pattern) => Some(pattern),
        _ => None,
    }
}

/// The first of the shortest patterns.
fn shortest(patterns: &[&[Node]]) -> usize {
    patterns.iter().enumerate().min_by_key(|(_, pattern)| pattern.len()).map_or(0, |(index, _)| index)
}

/// How many parts all patterns share at their start and at their end. Go: `commonChildren`.
fn common_children(patterns: &[&[Node]]) -> (usize, usize) {
    if patterns.len() < 2 {
        return (0, 0);
    }
    let model = shortest(patterns);
    let own = patterns[model];
    let (mut left, mut right, mut left_ended, mut right_ended) = (0, 0, false, false);
    for step in 0..own.len() {
        if left + right >= own.len() || (left_ended && right_ended) {
            break;
        }
        let back = own.len() - 1 - step;
        for (index, other) in patterns.iter().enumerate() {
            if left_ended && right_ended {
                break;
            }
            if index == model {
                continue;
            }
            left_ended |= own[step] != other[step];
            right_ended |= !left_ended && back <= step;
            right_ended |= own[back] != other[back + other.len() - own.len()];
        }
        if !left_ended {
            left += 1;
        }
        if !right_ended {
            right += 1;
        }
    }
    (left, right)
}
