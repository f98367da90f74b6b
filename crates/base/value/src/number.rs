//! Number conversions as Go makes them: the one place of `as` casts between number kinds.

/// Go: `int64(f)` on amd64 (`CVTTSD2SQ`): truncates, and gives the smallest `int64` for NaN and
/// for anything out of range.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked above")]
pub fn float_to_int(float: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() || !(-LIMIT..LIMIT).contains(&float) { i64::MIN } else { float as i64 }
}

/// Go: `uint64(f)` on amd64, negative and huge numbers as the machine converts them.
pub fn float_to_uint(float: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    if float < HALF {
        float_to_int(float).cast_unsigned()
    } else {
        float_to_int(float - HALF).cast_unsigned() ^ (1 << 63)
    }
}

/// Go: `float64(i)`, rounding to the nearest even.
#[expect(clippy::cast_precision_loss, reason = "Go rounds too")]
pub fn int_to_float(int: i64) -> f64 {
    int as f64
}

/// Go: `float64(u)`, rounding to the nearest even.
#[expect(clippy::cast_precision_loss, reason = "Go rounds too")]
pub fn uint_to_float(uint: u64) -> f64 {
    uint as f64
}

/// A length or index as Go's `int`.
pub fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// A Go `int` as an index, when it is not negative and fits.
pub fn index(int: i64) -> Option<usize> {
    usize::try_from(int).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_truncate_and_overflow_as_on_amd64() {
        assert_eq!(float_to_int(-2.9), -2);
        assert_eq!(float_to_int(1e30), i64::MIN);
        assert_eq!(float_to_int(f64::NAN), i64::MIN);
        assert_eq!(float_to_int(9_223_372_036_854_774_784.0), 9_223_372_036_854_774_784);
    }
}
