//! Go's `sort.Sort`, for orders that leave ties.
//!
//! `strategicpatch` sorts with a `Less` that also holds for equal texts, by a sort that is not
//! stable. Where a list holds twins, which of two is compared with which of the other list depends
//! on every step of that sort; so its steps are followed here. It is a pattern-defeating quicksort
//! with Go's constants.

/// Up to here a range is sorted by insertion.
const INSERTION: usize = 12;
/// From here on the pivot is a median of medians.
const NINTHER: usize = 50;
/// How many misplaced items are repaired in a range that looks sorted.
const REPAIRS: usize = 5;
/// As many swaps as choosing a pivot can make: the range looks reversed.
const ALL_SWAPS: usize = 12;

// compat: patch-twins-unstable
/// Sorts as Go does.
pub(super) fn go_sort<T>(items: &mut [T], less: impl Fn(&T, &T) -> bool) {
    let limit = items.len().checked_ilog2().map_or(0, |log| log + 1);
    let end = items.len();
    Sorter { items, less }.quick(0, end, limit);
}

struct Sorter<'a, T, L> {
    items: &'a mut [T],
    less: L,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    Sorted,
    Reversed,
    Mixed,
}

impl<T, L: Fn(&T, &T) -> bool> Sorter<'_, T, L> {
    fn less(&self, left: usize, right: usize) -> bool {
        (self.less)(&self.items[left], &self.items[right])
    }

    fn swap(&mut self, left: usize, right: usize) {
        self.items.swap(left, right);
    }

    fn quick(&mut self, mut start: usize, mut end: usize, mut limit: u32) {
        let (mut was_balanced, mut was_partitioned) = (true, true);
        loop {
            let length = end - start;
            if length <= INSERTION {
                return self.insertion(start, end);
            }
            if limit == 0 {
                return self.heap(start, end);
            }
            if !was_balanced {
                self.scatter(start, end);
                limit -= 1;
            }
            let (mut pivot, mut looks) = self.choose_pivot(start, end);
            if looks == Looks::Reversed {
                self.items[start..end].reverse();
                pivot = (end - 1) - (pivot - start);
                looks = Looks::Sorted;
            }
            if was_balanced && was_partitioned && looks == Looks::Sorted && self.repair(start, end) {
                return;
            }
            if start > 0 && !self.less(start - 1, pivot) {
                start = self.partition_equal(start, end, pivot);
                continue;
            }
            let (middle, partitioned) = self.partition(start, end, pivot);
            was_partitioned = partitioned;
            let (left, right) = (middle - start, end - middle);
            was_balanced = left.min(right) >= length / 8;
            // The shorter side recurses, so the depth is logarithmic.
            if left < right {
                self.quick(start, middle, limit);
                start = middle + 1;
            } else {
                self.quick(middle + 1, end, limit);
                end = middle;
            }
        }
    }

    fn insertion(&mut self, start: usize, end: usize) {
        for next in start + 1..end {
            let mut place = next;
            while place > start && self.less(place, place - 1) {
                self.swap(place, place - 1);
                place -= 1;
            }
        }
    }

    fn heap(&mut self, start: usize, end: usize) {
        let length = end - start;
        for root in (0..=(length - 1) / 2).rev() {
            self.sift_down(root, length, start);
        }
        for last in (0..length).rev() {
            self.swap(start, start + last);
            self.sift_down(0, last, start);
        }
    }

    fn sift_down(&mut self, mut root: usize, end: usize, first: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && self.less(first + child, first + child + 1) {
                child += 1;
            }
            if !self.less(first + root, first + child) {
                return;
            }
            self.swap(first + root, first + child);
            root = child;
        }
    }

    /// Moves three items of the middle to places that a fixed sequence gives.
    fn scatter(&mut self, start: usize, end: usize) {
        let length = end - start;
        let mut state = u64::try_from(length).unwrap_or(u64::MAX);
        let mask = length.checked_ilog2().map_or(0, |log| (1_usize << (log + 1)) - 1);
        let first = start + (length / 4) * 2 - 1;
        for offset in 0..3 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let low = u32::try_from(state & 0xFFFF_FFFF).unwrap_or_default();
            let mut other = usize::try_from(low).unwrap_or_default() & mask;
            if other >= length {
                other -= length;
            }
            self.swap(first + offset, start + other);
        }
    }

    fn choose_pivot(&self, start: usize, end: usize) -> (usize, Looks) {
        let length = end - start;
        let quarter = length / 4;
        let mut swaps = 0;
        let mut places = [start + quarter, start + quarter * 2, start + quarter * 3];
        if length >= NINTHER {
            places = places.map(|place| self.median([place - 1, place, place + 1], &mut swaps));
        }
        let pivot = self.median(places, &mut swaps);
        let looks = match swaps {
            0 => Looks::Sorted,
            ALL_SWAPS => Looks::Reversed,
            _ => Looks::Mixed,
        };
        (pivot, looks)
    }

    fn median(&self, [low, middle, high]: [usize; 3], swaps: &mut usize) -> usize {
        let (low, middle) = self.ordered(low, middle, swaps);
        let (middle, _) = self.ordered(middle, high, swaps);
        self.ordered(low, middle, swaps).1
    }

    fn ordered(&self, left: usize, right: usize, swaps: &mut usize) -> (usize, usize) {
        if self.less(right, left) {
            *swaps += 1;
            (right, left)
        } else {
            (left, right)
        }
    }

    /// Repairs a range that looks sorted; false when that would take too long.
    fn repair(&mut self, start: usize, end: usize) -> bool {
        let mut place = start + 1;
        for _ in 0..REPAIRS {
            while place < end && !self.less(place, place - 1) {
                place += 1;
            }
            if place == end {
                return true;
            }
            if end - start < NINTHER {
                return false;
            }
            self.swap(place, place - 1);
            if place - start >= 2 {
                let mut left = place - 1;
                while left >= 1 && self.less(left, left - 1) {
                    self.swap(left, left - 1);
                    left -= 1;
                }
            }
            if end - place >= 2 {
                let mut right = place + 1;
                while right < end && self.less(right, right - 1) {
                    self.swap(right, right - 1);
                    right += 1;
                }
            }
        }
        false
    }

    /// Moves what is not greater than the pivot to the front; the place behind it.
    fn partition_equal(&mut self, start: usize, end: usize, pivot: usize) -> usize {
        self.swap(start, pivot);
        let (mut left, mut right) = (start + 1, end - 1);
        loop {
            while left <= right && !self.less(start, left) {
                left += 1;
            }
            while left <= right && self.less(start, right) {
                right -= 1;
            }
            if left > right {
                return left;
            }
            self.swap(left, right);
            left += 1;
            right -= 1;
        }
    }

    /// Moves what is less than the pivot before it; the pivot's place, and whether it was so.
    fn partition(&mut self, start: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.swap(start, pivot);
        let (mut left, mut right) = (start + 1, end - 1);
        let mut was_partitioned = true;
        loop {
            while left <= right && self.less(left, start) {
                left += 1;
            }
            while left <= right && !self.less(right, start) {
                right -= 1;
            }
            if left > right {
                self.swap(right, start);
                return (right, was_partitioned);
            }
            was_partitioned = false;
            self.swap(left, right);
            left += 1;
            right -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_ends_up_sorted() {
        for length in 0..400_usize {
            for step in [1, 7, 31, 97] {
                let mut items: Vec<usize> = (0..length).map(|place| (place * step) % (length / 3 + 2)).collect();
                let mut expected = items.clone();
                expected.sort_unstable();
                go_sort(&mut items, |left, right| left <= right);
                assert_eq!(items, expected, "{length} {step}");
            }
        }
    }
}
