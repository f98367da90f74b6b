//! Exact decimals as shopspring/decimal computes them for sprig.

use std::str::FromStr as _;

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, Zero as _};
use corten_gostd::strconv;
use corten_gotmpl::Error;

/// Go: `decimal.DivisionPrecision`.
const DIVISION_PLACES: i64 = 16;

/// A decimal number of any size.
pub(super) struct Decimal(BigDecimal);

impl Decimal {
    /// Go: `decimal.NewFromFloat`: the shortest digits that stand for the float.
    pub(super) fn new(float: f64) -> Result<Self, Error> {
        let text = strconv::format_float(float, b'e', None, 64);
        BigDecimal::from_str(&text).map(Self).map_err(|_| {
            let text = strconv::format_float(float, b'g', None, 64);
            Error::new(format!("Cannot create a Decimal from {text}"))
        })
    }

    pub(super) fn add(self, other: &Self) -> Self {
        Self(self.0 + &other.0)
    }

    pub(super) fn subtract(self, other: &Self) -> Self {
        Self(self.0 - &other.0)
    }

    pub(super) fn multiply(self, other: &Self) -> Self {
        Self(self.0 * &other.0)
    }

    /// Go: `DivRound(d2, 16)`: half away from zero.
    pub(super) fn divide(self, other: &Self) -> Result<Self, Error> {
        if other.0.is_zero() {
            return Err(Error::new("decimal division by 0"));
        }
        let (mut dividend, dividend_scale) = self.0.into_bigint_and_exponent();
        let (divisor, divisor_scale) = other.0.as_bigint_and_exponent();
        let mut divisor = divisor;
        // The quotient with 16 places is dividend × 10^shift ÷ divisor.
        let shift = DIVISION_PLACES + divisor_scale - dividend_scale;
        let factor = BigInt::from(10).pow(u32::try_from(shift.unsigned_abs()).unwrap_or(u32::MAX));
        if shift < 0 {
            divisor *= factor;
        } else {
            dividend *= factor;
        }
        let mut quotient = &dividend / &divisor;
        let remainder: BigInt = &dividend - &quotient * &divisor;
        if (remainder * 2_i32).magnitude() >= divisor.magnitude() {
            let negative = (dividend.sign() == Sign::Minus) != (divisor.sign() == Sign::Minus);
            quotient += if negative { -1 } else { 1 };
        }
        Ok(Self(BigDecimal::new(quotient, DIVISION_PLACES)))
    }

    /// Go: `Float64`: the nearest float.
    pub(super) fn to_float(&self) -> f64 {
        let (digits, scale) = self.0.as_bigint_and_exponent();
        format!("{digits}e{}", -scale).parse().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisions_have_sixteen_places() {
        let divide = |left, right| Decimal::new(left).and_then(|left| left.divide(&Decimal::new(right)?));
        assert_eq!(divide(1.0, 3.0).map(|decimal| decimal.0.to_string()).ok().as_deref(), Some("0.3333333333333333"));
        assert_eq!(divide(-2.0, 3.0).map(|decimal| decimal.0.to_string()).ok().as_deref(), Some("-0.6666666666666667"));
        assert!(divide(1.0, 0.0).is_err());
    }
}
