//! Numbers: sprig's `numeric.go` and the arithmetic of its function map.
//!
//! Whole numbers go through [`cast`] to `int64` and wrap as in Go; the functions that end in `f`
//! compute with exact decimals, as shopspring/decimal does.

mod decimal;

use corten_gostd::{fmt, strconv};
use corten_gotmpl::{Call, Error, Function, List, ListType, Type, Val};

use crate::registry::{fixed, variadic};
use crate::{arguments, cast};
use decimal::Decimal;

pub(crate) static TABLE: &[Function] = &[
    variadic("add", &[Type::Any], add, "Adds whole numbers.", ("{{ add 1 2 3 }}", "6")),
    fixed("add1", &[Type::Any], add1, "Adds one to a whole number.", ("{{ add1 4 }}", "5")),
    fixed("add1f", &[Type::Any], add1f, "Adds one to a decimal number.", ("{{ add1f 1.5 }}", "2.5")),
    variadic("addf", &[Type::Any], addf, "Adds decimal numbers.", ("{{ addf 0.1 0.2 }}", "0.3")),
    fixed("atoi", &[Type::String], atoi, "Reads a whole number from a text.", (r#"{{ atoi "42" }}"#, "42")),
    variadic("biggest", &[Type::Any, Type::Any], max, "Finds the largest whole number.", ("{{ biggest 1 3 2 }}", "3")),
    fixed("ceil", &[Type::Any], ceil, "Rounds up to a whole number.", ("{{ ceil 1.2 }}", "2")),
    fixed("div", &[Type::Any, Type::Any], div, "Divides whole numbers.", ("{{ div 7 2 }}", "3")),
    variadic("divf", &[Type::Any, Type::Any], divf, "Divides decimal numbers.", ("{{ divf 7 2 }}", "3.5")),
    fixed("float64", &[Type::Any], float64, "Converts to a floating-point number.", (r#"{{ float64 "1.5" }}"#, "1.5")),
    fixed("floor", &[Type::Any], floor, "Rounds down to a whole number.", ("{{ floor 1.8 }}", "1")),
    fixed("int", &[Type::Any], int, "Converts to an int.", (r#"{{ int "3" }}"#, "3")),
    fixed("int64", &[Type::Any], int64, "Converts to an int64.", (r#"{{ int64 "3" }}"#, "3")),
    variadic("max", &[Type::Any, Type::Any], max, "Finds the largest whole number.", ("{{ max 1 3 2 }}", "3")),
    variadic("maxf", &[Type::Any, Type::Any], maxf, "Finds the largest number.", ("{{ maxf 1.5 0.5 }}", "1.5")),
    variadic("min", &[Type::Any, Type::Any], min, "Finds the smallest whole number.", ("{{ min 1 3 2 }}", "1")),
    variadic("minf", &[Type::Any, Type::Any], minf, "Finds the smallest number.", ("{{ minf 1.5 0.5 }}", "0.5")),
    fixed("mod", &[Type::Any, Type::Any], modulo, "Computes the remainder of a division.", ("{{ mod 7 2 }}", "1")),
    variadic("mul", &[Type::Any, Type::Any], mul, "Multiplies whole numbers.", ("{{ mul 2 3 4 }}", "24")),
    variadic("mulf", &[Type::Any, Type::Any], mulf, "Multiplies decimal numbers.", ("{{ mulf 1.5 2 }}", "3")),
    variadic(
        "round",
        &[Type::Any, Type::Int, Type::Float64],
        round,
        "Rounds to a number of decimal places; a third argument says from which fraction on to round up.",
        ("{{ round 123.5555 3 }}", "123.556"),
    ),
    variadic("seq", &[Type::Int], seq, "Prints a sequence, as the shell command does.", ("{{ seq 0 2 6 }}", "0 2 4 6")),
    fixed("sub", &[Type::Any, Type::Any], sub, "Subtracts whole numbers.", ("{{ sub 5 2 }}", "3")),
    variadic("subf", &[Type::Any, Type::Any], subf, "Subtracts decimal numbers.", ("{{ subf 0.3 0.1 }}", "0.2")),
    fixed("toDecimal", &[Type::Any], to_decimal, "Reads an octal number.", (r#"{{ toDecimal "777" }}"#, "511")),
    fixed("until", &[Type::Int], until, "Lists the whole numbers from 0 up to a limit.", ("{{ until 3 }}", "[0 1 2]")),
    fixed(
        "untilStep",
        &[Type::Int, Type::Int, Type::Int],
        until_step,
        "Lists whole numbers with start, limit and step.",
        ("{{ untilStep 3 9 3 }}", "[3 6]"),
    ),
];

/// What the engine gets from the functions here.
type Answer = Result<Val, Error>;

fn whole(args: &[Val], position: usize) -> i64 {
    args.get(position).map_or(0, cast::to_int64)
}

fn real(args: &[Val], position: usize) -> f64 {
    args.get(position).map_or(0.0, cast::to_float64)
}

fn add(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::int64(args.iter().fold(0, |sum, arg| sum.wrapping_add(cast::to_int64(arg)))))
}

fn add1(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::int64(whole(args, 0).wrapping_add(1)))
}

fn sub(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::int64(whole(args, 0).wrapping_sub(whole(args, 1))))
}

fn mul(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::int64(args.iter().fold(1, |product, arg| product.wrapping_mul(cast::to_int64(arg)))))
}

fn divisor(args: &[Val]) -> Result<i64, Error> {
    match whole(args, 1) {
        0 => Err(Error::new("runtime error: integer divide by zero")),
        divisor => Ok(divisor),
    }
}

fn div(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::int64(whole(args, 0).wrapping_div(divisor(args)?)))
}

fn modulo(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::int64(whole(args, 0).wrapping_rem(divisor(args)?)))
}

fn max(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::int64(args.iter().map(cast::to_int64).max().unwrap_or(0)))
}

fn min(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::int64(args.iter().map(cast::to_int64).min().unwrap_or(0)))
}

fn maxf(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::Float(args.iter().map(cast::to_float64).reduce(larger).unwrap_or(0.0)))
}

fn minf(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::Float(args.iter().map(cast::to_float64).reduce(|left, right| -larger(-left, -right)).unwrap_or(0.0)))
}

/// Go: `math.Max`: an infinity beats NaN, NaN beats numbers, +0 beats -0.
fn larger(left: f64, right: f64) -> f64 {
    if left == f64::INFINITY || right == f64::INFINITY {
        f64::INFINITY
    } else if left.is_nan() || right.is_nan() {
        f64::NAN
    } else if left > right || (left >= right && right.is_sign_negative()) {
        left
    } else {
        right
    }
}

fn decimals(args: &[Val], first: Decimal, step: fn(Decimal, &Decimal) -> Result<Decimal, Error>) -> Answer {
    let total = args.iter().try_fold(first, |total, arg| step(total, &Decimal::new(cast::to_float64(arg))?))?;
    Ok(Val::Float(total.to_float()))
}

fn after_first(args: &[Val], step: fn(Decimal, &Decimal) -> Result<Decimal, Error>) -> Answer {
    let first = Decimal::new(real(args, 0))?;
    decimals(args.get(1..).unwrap_or_default(), first, step)
}

fn addf(_: &mut Call<'_>, args: &[Val]) -> Answer {
    decimals(args, Decimal::new(0.0)?, |total, term| Ok(total.add(term)))
}

fn add1f(_: &mut Call<'_>, args: &[Val]) -> Answer {
    decimals(&[Val::int(1)], Decimal::new(real(args, 0))?, |total, term| Ok(total.add(term)))
}

fn subf(_: &mut Call<'_>, args: &[Val]) -> Answer {
    after_first(args, |total, term| Ok(total.subtract(term)))
}

fn mulf(_: &mut Call<'_>, args: &[Val]) -> Answer {
    after_first(args, |total, factor| Ok(total.multiply(factor)))
}

fn divf(_: &mut Call<'_>, args: &[Val]) -> Answer {
    after_first(args, Decimal::divide)
}

fn floor(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::Float(real(args, 0).floor()))
}

fn ceil(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::Float(real(args, 0).ceil()))
}

fn round(_: &mut Call<'_>, args: &[Val]) -> Answer {
    let round_on = args.get(2).map_or(0.5, cast::to_float64);
    let power = power_of_ten(arguments::int(args, 1));
    let digit = power * real(args, 0);
    // Go: math.Modf keeps the sign, so that negative numbers round down.
    let rounded = if digit.fract() >= round_on { digit.ceil() } else { digit.floor() };
    Ok(Val::Float(rounded / power))
}

/// Go: `math.Pow(10, n)`, bit by bit: it multiplies fractions and exponents by repeated squaring,
/// and the last bits depend on that.
fn power_of_ten(places: i64) -> f64 {
    if places == 0 {
        return 1.0;
    }
    if places.unsigned_abs() > 5_000 {
        return if places < 0 { 0.0 } else { f64::INFINITY };
    }
    // math.Frexp(10) is 0.625 × 2⁴.
    let (mut fraction, mut exponent) = (1.0_f64, 0_i32);
    let (mut square, mut square_exponent) = (0.625_f64, 4_i32);
    let mut rest = places.unsigned_abs();
    while rest > 0 {
        if rest & 1 == 1 {
            fraction *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent *= 2;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        rest >>= 1;
    }
    if places < 0 {
        fraction = 1.0 / fraction;
        exponent = -exponent;
    }
    // Go: math.Ldexp, in two steps so that no power of two leaves the range.
    let half = exponent / 2;
    fraction * 2.0_f64.powi(half) * 2.0_f64.powi(exponent - half)
}

fn to_decimal(_: &mut Call<'_>, args: &[Val]) -> Answer {
    let printed = fmt::sprint(&[&arguments::any(args, 0)]);
    Ok(Val::int64(strconv::parse_int(&printed, 8, 64).unwrap_or(0)))
}

fn atoi(_: &mut Call<'_>, args: &[Val]) -> Answer {
    let text = arguments::bytes(args, 0);
    Ok(Val::int(match strconv::atoi(text) {
        Ok(number) => number,
        // Go: strconv.Atoi gives the nearest number with a range error, which sprig drops.
        Err(error) if error.kind == strconv::NumErrorKind::Range => {
            if text.first() == Some(&b'-') {
                i64::MIN
            } else {
                i64::MAX
            }
        }
        Err(_) => 0,
    }))
}

fn int(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::int(whole(args, 0)))
}

fn int64(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::int64(whole(args, 0)))
}

fn float64(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::Float(real(args, 0)))
}

fn until(_: &mut Call<'_>, args: &[Val]) -> Answer {
    let count = arguments::int(args, 0);
    Ok(numbers(steps(0, count, if count < 0 { -1 } else { 1 })))
}

fn until_step(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(numbers(steps(arguments::int(args, 0), arguments::int(args, 1), arguments::int(args, 2))))
}

fn numbers(numbers: impl Iterator<Item = i64>) -> Val {
    Val::List(List::grown(ListType::INT, numbers.map(Val::int).collect(), 0))
}

/// sprig: `untilStep`; nothing for a step that leads away from the limit.
fn steps(start: i64, limit: i64, step: i64) -> impl Iterator<Item = i64> {
    let up = limit >= start;
    let leads_there = if up { step > 0 } else { step < 0 };
    std::iter::successors(leads_there.then_some(start), move |number| number.checked_add(step))
        .take_while(move |number| if up { *number < limit } else { *number > limit })
}

fn seq(_: &mut Call<'_>, args: &[Val]) -> Answer {
    let arg = |position| arguments::int(args, position);
    let direction = |start, end| if end < start { -1 } else { 1 };
    let (start, step, end) = match args.len() {
        1 => (1, direction(1, arg(0)), arg(0)),
        2 => (arg(0), direction(arg(0), arg(1)), arg(1)),
        3 if arg(2) < arg(0) && arg(1) > 0 => return Ok(Val::str("")),
        3 => (arg(0), arg(1), arg(2)),
        _ => return Ok(Val::str("")),
    };
    let limit = end.wrapping_add(direction(start, end));
    let mut out = Vec::new();
    for number in steps(start, limit, step) {
        if !out.is_empty() {
            out.push(b' ');
        }
        strconv::append_int(&mut out, number);
    }
    Ok(Val::str(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_those_of_go() {
        assert_eq!(power_of_ten(3).to_bits(), 1000.0_f64.to_bits());
        assert_eq!(power_of_ten(-3).to_bits(), 0.001_f64.to_bits());
        assert!(power_of_ten(400).is_infinite());
        assert!(power_of_ten(-400).abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn steps_end() {
        assert_eq!(steps(0, 3, 1).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(steps(3, 0, -2).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(steps(0, 3, -1).count(), 0);
        assert_eq!(steps(i64::MAX - 1, i64::MAX, 5).count(), 1);
    }

    #[test]
    fn larger_as_in_go() {
        assert!(larger(f64::NAN, 1.0).is_nan());
        assert!(larger(f64::NAN, f64::INFINITY).is_infinite());
        assert!(larger(0.0, -0.0).is_sign_positive() && larger(-0.0, 0.0).is_sign_positive());
    }
}
