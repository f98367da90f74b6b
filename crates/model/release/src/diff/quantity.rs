//! Quantities: `1000m` and `1` are the same, and the server writes the shorter.

use corten_value::Value;

/// Fields whose values are quantities, or tables of quantities.
const FIELDS: &[&str] = &[
    "limits",
    "requests",
    "hard",
    "capacity",
    "overhead",
    "sizeLimit",
    "averageValue",
    "divisor",
    "default",
    "defaultRequest",
    "maxLimitRequestRatio",
    "max",
    "min",
    "value",
];

/// The suffixes: a power of two or of ten.
const SUFFIXES: &[(&str, u32, i32)] = &[
    ("Ki", 2, 10),
    ("Mi", 2, 20),
    ("Gi", 2, 30),
    ("Ti", 2, 40),
    ("Pi", 2, 50),
    ("Ei", 2, 60),
    ("n", 10, -9),
    ("u", 10, -6),
    ("m", 10, -3),
    ("k", 10, 3),
    ("M", 10, 6),
    ("G", 10, 9),
    ("T", 10, 12),
    ("P", 10, 15),
    ("E", 10, 18),
];

/// Whether two values of a field that holds quantities mean the same.
pub(super) fn same_quantity(path: &str, left: &Value, right: &Value) -> bool {
    let is_quantity = path.rsplit('.').take(2).any(|key| FIELDS.contains(&key.split('[').next().unwrap_or(key)));
    is_quantity && matches!((nanos(left), nanos(right)), (Some(left), Some(right)) if left == right)
}

/// The value in billionths, exactly; `None` for what is no quantity or too large.
fn nanos(value: &Value) -> Option<i128> {
    match value {
        Value::Int(number) => i128::from(*number).checked_mul(1_000_000_000),
        Value::Float(number) => parse(&number.to_string()),
        Value::String(text) => parse(text),
        _ => None,
    }
}

fn parse(text: &str) -> Option<i128> {
    let suffix = SUFFIXES.iter().find_map(|(suffix, base, power)| Some((text.strip_suffix(suffix)?, *base, *power)));
    let (number, base, power) = suffix.unwrap_or((text, 10, 0));
    let (number, exponent) = match number.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (number, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let decimals = i32::try_from(fraction.len()).ok()?;
    let mantissa: i128 = digits.parse().ok()?;
    let scaled =
        if base == 2 { mantissa.checked_mul(2_i128.checked_pow(u32::try_from(power).ok()?)?)? } else { mantissa };
    let tens = exponent.checked_add(if base == 10 { power } else { 0 })?.checked_add(9)?.checked_sub(decimals)?;
    if tens >= 0 {
        return scaled.checked_mul(10_i128.checked_pow(u32::try_from(tens).ok()?)?);
    }
    let divisor = 10_i128.checked_pow(tens.unsigned_abs())?;
    (scaled % divisor == 0).then(|| scaled / divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: &str, right: &str) -> bool {
        same_quantity("spec.resources.limits.cpu", &left.into(), &right.into())
    }

    #[test]
    fn quantities_are_compared_by_value() {
        assert!(same("1000m", "1") && same("0.5", "500m") && same("1024Mi", "1Gi") && same("1e3", "1k"));
        assert!(same("1.5Gi", "1536Mi") && same("100M", "0.1G"));
        assert!(!same("1", "2") && !same("1Gi", "1G") && !same("x", "x1") && !same("", "0"));
        assert!(same_quantity("spec.hard[\"requests.cpu\"]", &Value::Int(1), &"1".into()));
        assert!(!same_quantity("metadata.labels.a", &"1000m".into(), &"1".into()));
    }
}
