//! The tables of `fmt`.

use corten_gostd::fmt::{Operand, sprintf};

use super::datum::{Datum, Evaluator};
use super::source::Expr;
use super::{Outcome, Row, text_of};

/// `{fmt, val, out}`.
pub(super) fn one(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    let [format, value, out] = row else { return Outcome::Inexpressible };
    check(evaluator, format, std::slice::from_ref(value), out)
}

/// `{fmt, SE{vals…}, out}` or `{fmt, args(vals…), out}`.
pub(super) fn many(evaluator: &Evaluator<'_>, row: Row<'_>) -> Outcome {
    match row {
        [format, Expr::Composite(_, values), out, ..] => {
            let values: Vec<Expr> = values.iter().map(|(_, value)| value.clone()).collect();
            check(evaluator, format, &values, out)
        }
        [format, Expr::Call(_, values), out, ..] => check(evaluator, format, values, out),
        _ => Outcome::Inexpressible,
    }
}

fn check(evaluator: &Evaluator<'_>, format: &Expr, values: &[Expr], out: &Expr) -> Outcome {
    let (Some(format), Some(out)) = (text_of(evaluator, format), text_of(evaluator, out)) else {
        return Outcome::Inexpressible;
    };
    // Addresses, and the test's own way to write NaN's sign.
    if out.windows(3).any(|window| window == b"PTR") {
        return Outcome::Inexpressible;
    }
    let values: Option<Vec<Datum>> = values.iter().map(|value| evaluator.datum(value, "")).collect();
    let Some(values) = values else { return Outcome::Inexpressible };
    let operands: Vec<&dyn Operand> = values.iter().map(|value| value as _).collect();
    match Outcome::equal(&sprintf(&format, &operands), &out) {
        Outcome::Failed(text) => Outcome::Failed(format!("{}: {text}", String::from_utf8_lossy(&format))),
        other => other,
    }
}
