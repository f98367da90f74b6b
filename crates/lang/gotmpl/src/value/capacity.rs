//! How Go grows slices, which templates see: `slice` may reach beyond the length of a list, into
//! the room that `append` left.

/// The size classes of Go's allocator, in bytes.
#[rustfmt::skip]
const CLASSES: &[usize] = &[
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448,
    480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096,
    4864, 5120, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432,
    19072, 20480, 21760, 24576, 27264, 28672, 32768,
];

const PAGE: usize = 8192;
/// Objects with pointers that are larger than this carry a header of a word.
const LARGEST_BARE: usize = 512;
const HEADER: usize = 8;

/// What the elements of a slice take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    /// In bytes: 16 for interfaces and strings, 8 for numbers.
    pub(super) size: usize,
    /// Whether they hold pointers.
    pub(super) has_pointers: bool,
}

/// The capacity of a slice of `capacity` after `append` made it `length` long. Go: `growslice`.
pub(super) fn appended(element: Element, capacity: usize, length: usize) -> usize {
    if length <= capacity {
        return capacity;
    }
    let wanted = if length > 2 * capacity {
        length
    } else if capacity < 256 {
        2 * capacity
    } else {
        let mut wanted = capacity;
        while wanted < length {
            wanted += (wanted + 3 * 256) / 4;
        }
        wanted
    };
    rounded(wanted * element.size, element.has_pointers) / element.size
}

/// Go: `roundupsize`.
fn rounded(size: usize, has_pointers: bool) -> usize {
    let header = if has_pointers && size > LARGEST_BARE { HEADER } else { 0 };
    let class = CLASSES.partition_point(|class| *class < size + header);
    match CLASSES.get(class) {
        Some(class) => class - header,
        None => size.next_multiple_of(PAGE),
    }
}

/// The capacity after appending one element at a time to an empty slice of `capacity`.
pub(super) fn grown(element: Element, mut capacity: usize, length: usize) -> usize {
    while capacity < length {
        capacity = appended(element, capacity, capacity + 1);
    }
    capacity
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Element = Element { size: 16, has_pointers: true };

    #[test]
    fn capacities_grow_as_in_go() {
        let lengths = [0, 1, 2, 3, 5, 9, 17, 33, 100, 200, 500, 900, 1500, 2000, 3000, 4000];
        let expected = [0, 1, 2, 4, 8, 16, 32, 71, 143, 303, 591, 1023, 1535, 2560, 3584, 5120];
        assert_eq!(lengths.map(|length| grown(ANY, 0, length)), expected);
        let appended_to = [1, 3, 7, 16, 17, 33, 63, 100, 255, 256, 511, 2000];
        let expected = [2, 6, 14, 32, 35, 71, 127, 215, 511, 591, 847, 3072];
        assert_eq!(appended_to.map(|length| appended(ANY, length, length + 1)), expected);
        assert_eq!([2, 3, 16, 33, 300].map(|length| appended(ANY, 1, length + 1)), [3, 4, 18, 35, 303]);
        assert_eq!(grown(Element { size: 8, has_pointers: false }, 0, 40), 64);
    }
}
