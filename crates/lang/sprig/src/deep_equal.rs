//! Go's `reflect.DeepEqual`: equal types all the way down, so `int64` 1 is not `float64` 1.

use std::collections::BTreeSet;

use corten_gotmpl::{List, Map, Val};

/// Whether two values are deeply equal. Maps that hold themselves end as in Go: a pair under
/// comparison counts as equal when it comes up again.
pub(crate) fn deep_equal(left: &Val, right: &Val) -> bool {
    Comparison::default().values(left, right)
}

#[derive(Default)]
struct Comparison {
    seen: BTreeSet<(usize, usize)>,
}

impl Comparison {
    #[expect(clippy::float_cmp, reason = "Go compares exactly")]
    fn values(&mut self, left: &Val, right: &Val) -> bool {
        match (left, right) {
            (Val::Nil, Val::Nil) => true,
            (Val::Bool(left), Val::Bool(right)) => left == right,
            (Val::Int(kind, left), Val::Int(other, right)) => kind == other && left == right,
            (Val::Uint(kind, left), Val::Uint(other, right)) => kind == other && left == right,
            (Val::Float(left), Val::Float(right)) => left == right,
            (Val::Complex(left, re), Val::Complex(right, im)) => left == right && re == im,
            (Val::Str(left), Val::Str(right)) => left == right,
            (Val::Bytes(left), Val::Bytes(right)) => left == right,
            (Val::List(left), Val::List(right)) => self.lists(left, right),
            (Val::Map(left), Val::Map(right)) => self.maps(left, right),
            (Val::Object(left), Val::Object(right)) => {
                left.go_type().name == right.go_type().name
                    && (std::rc::Rc::ptr_eq(left, right) || left.equals(right.as_ref()) || {
                        let (left, right) = (left.all_fields(), right.all_fields());
                        !left.is_empty()
                            && left.len() == right.len()
                            && left.iter().zip(&right).all(|((_, left), (_, right))| self.values(left, right))
                    })
            }
            _ => false,
        }
    }

    fn lists(&mut self, left: &List, right: &List) -> bool {
        left.list_type().name == right.list_type().name
            && left.is_nil() == right.is_nil()
            && left.len() == right.len()
            && (left.is_same(right)
                || stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                    left.iter().zip(right.iter()).all(|(left, right)| self.values(left, right))
                }))
    }

    fn maps(&mut self, left: &Map, right: &Map) -> bool {
        if left.map_type().name != right.map_type().name || left.is_nil() != right.is_nil() || left.len() != right.len()
        {
            return false;
        }
        if left.is_same(right) || !self.seen.insert((left.identity(), right.identity())) {
            return true;
        }
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let (left, right) = (left.entries(), right.entries());
            left.iter()
                .zip(right.iter())
                .all(|((key, value), (other_key, other))| key == other_key && self.values(value, other))
        })
    }
}
