//! Expressions with the measures that Go limits.

use regex_syntax::hir::{Capture, Class, ClassUnicode, Hir, Repetition};

use super::{Repeat, SyntaxError, class};

/// An expression tree and its height, size and counted repetitions as Go counts them.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub hir: Hir,
    shape: Shape,
    height: u32,
    /// Go: instructions of the compiled program.
    size: u64,
    /// The largest product of counts on a path downwards.
    repeats: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Other,
    Concatenation,
    Alternation,
}

/// Go: `maxHeight`.
const MAX_HEIGHT: u32 = 1000;
/// Go: `maxSize`.
const MAX_SIZE: u64 = (128 << 20) / 40;
/// Go: the limit of `repeatIsValid`.
const MAX_REPEATS: u64 = 1000;

impl Expression {
    pub(super) fn leaf(hir: Hir) -> Self {
        Self { hir, shape: Shape::Other, height: 1, size: 1, repeats: 1 }
    }

    pub(super) fn class(class: ClassUnicode) -> Self {
        Self::leaf(Hir::class(Class::Unicode(class)))
    }

    /// One code point, of which surrogates match nothing.
    pub(super) fn literal(rune: u32, folded: bool) -> Self {
        let Some(rune) = char::from_u32(rune) else { return Self::leaf(Hir::fail()) };
        if folded {
            let mut folded = ClassUnicode::empty();
            class::push_range(&mut folded, u32::from(rune), u32::from(rune));
            class::fold(&mut folded);
            return Self::class(folded);
        }
        Self::leaf(Hir::literal(rune.to_string().into_bytes()))
    }

    pub(super) fn repeated(self, repeat: Repeat, greedy: bool) -> Self {
        let Repeat { low, high, is_counted } = repeat;
        let size = match (low, high) {
            _ if !is_counted => self.size + if low == 0 && high.is_none() { 2 } else { 1 },
            (0, None) => 2 + self.size,
            (low, None) => 1 + u64::from(low).saturating_mul(self.size),
            (low, Some(high)) => u64::from(high).saturating_mul(self.size) + u64::from(high - low.min(high)),
        };
        let repeats = match high {
            _ if !is_counted => self.repeats,
            Some(0) => 1,
            high => u64::from(high.unwrap_or(low).max(1)).saturating_mul(self.repeats),
        };
        let hir = Hir::repetition(Repetition { min: low, max: high, greedy, sub: Box::new(self.hir) });
        Self { hir, shape: Shape::Other, height: self.height + 1, size: size.max(1), repeats }
    }

    pub(super) fn captured(self, number: usize) -> Self {
        let index = u32::try_from(number).unwrap_or(u32::MAX);
        let hir = Hir::capture(Capture { index, name: None, sub: Box::new(self.hir) });
        Self { hir, shape: Shape::Other, height: self.height + 1, size: self.size + 2, repeats: self.repeats }
    }

    pub(super) fn concatenation(parts: Vec<Self>) -> Self {
        Self::joined(parts, Shape::Concatenation)
    }

    pub(super) fn alternation(parts: Vec<Self>) -> Self {
        Self::joined(parts, Shape::Alternation)
    }

    /// Go: `collapse`: one part stays itself, parts of the same shape are flattened.
    fn joined(mut parts: Vec<Self>, shape: Shape) -> Self {
        if parts.len() < 2 {
            return parts.pop().unwrap_or_else(|| Self::leaf(Hir::empty()));
        }
        let child_height = |part: &Self| if part.shape == shape { part.height - 1 } else { part.height };
        let height = 1 + parts.iter().map(child_height).max().unwrap_or_default();
        let bars = if shape == Shape::Alternation { parts.len() as u64 - 1 } else { 0 };
        let size = parts.iter().map(|part| part.size).sum::<u64>() + bars;
        let repeats = parts.iter().map(|part| part.repeats).max().unwrap_or(1);
        let parts = parts.into_iter().map(|part| part.hir).collect();
        let hir = if shape == Shape::Alternation { Hir::alternation(parts) } else { Hir::concat(parts) };
        Self { hir, shape, height, size, repeats }
    }

    /// Go: `checkLimits`.
    pub(super) fn check_limits(&self, whole: &[u8]) -> Result<(), SyntaxError> {
        if self.size > MAX_SIZE {
            return Err(SyntaxError::too_large(whole));
        }
        if self.height > MAX_HEIGHT {
            return Err(SyntaxError::new("expression nests too deeply", whole));
        }
        Ok(())
    }

    /// Go: `repeatIsValid`.
    pub(super) fn is_within_repeats(&self) -> bool {
        self.repeats <= MAX_REPEATS
    }
}
