//! `cargo xtask go-tables`: the test tables of the Go toolchain, run against ours.
//!
//! Tables are read from `GOROOT` when the task runs; nothing of them is kept here. Rows that need
//! what no chart can have (pointers to numbers, functions as values, channels) are not expressible.

mod datum;
mod formats;
mod object;
mod source;
mod templates;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use datum::{Datum, Evaluator};
use source::Expr;

/// The fields of a row.
type Row<'a> = &'a [Expr];

/// How a row went.
enum Outcome {
    Passed,
    Failed(String),
    Inexpressible,
}

impl Outcome {
    fn failed(text: String) -> Self {
        Self::Failed(text)
    }

    fn equal(got: &[u8], want: &[u8]) -> Self {
        if got == want {
            return Self::Passed;
        }
        Self::Failed(format!("want {:?}, got {:?}", String::from_utf8_lossy(want), String::from_utf8_lossy(got)))
    }
}

/// A table: file, the file whose declarations it needs too, variable, how a row is run.
struct Table {
    file: &'static str,
    variable: &'static str,
    run: fn(&Evaluator<'_>, Row<'_>) -> Outcome,
}

const TABLES: &[Table] = &[
    Table { file: "text/template/exec_test.go", variable: "execTests", run: templates::exec },
    Table { file: "text/template/exec_test.go", variable: "cmpTests", run: templates::comparison },
    Table { file: "text/template/multi_test.go", variable: "multiParseTests", run: templates::multi_parse },
    Table { file: "text/template/multi_test.go", variable: "multiExecTests", run: templates::multi_exec },
    Table { file: "text/template/parse/lex_test.go", variable: "lexTests", run: templates::lex },
    Table { file: "text/template/parse/parse_test.go", variable: "numberTests", run: templates::number },
    Table { file: "text/template/parse/parse_test.go", variable: "parseTests", run: templates::parse },
    Table { file: "text/template/parse/parse_test.go", variable: "isEmptyTests", run: templates::is_empty },
    Table { file: "text/template/parse/parse_test.go", variable: "errorTests", run: templates::errors },
    Table { file: "fmt/fmt_test.go", variable: "fmtTests", run: formats::one },
    Table { file: "fmt/fmt_test.go", variable: "reorderTests", run: formats::many },
    Table { file: "fmt/fmt_test.go", variable: "startests", run: formats::many },
];

/// Runs all tables and prints what passed, failed, and cannot be expressed.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = go_root()?;
    let (mut passed, mut failed, mut inexpressible) = (0, 0, 0);
    for table in TABLES {
        let text = std::fs::read_to_string(root.join("src").join(table.file))
            .with_context(|| format!("cannot read {}", table.file))?;
        let names = source::declarations(&text);
        let Some(Expr::Composite(_, rows)) = names.get(table.variable) else {
            bail!("no table {} in {}", table.variable, table.file);
        };
        let evaluator = Evaluator { names: &names };
        let mut counts = [0_usize; 3];
        for (_, row) in rows {
            let fields = fields(row);
            match (table.run)(&evaluator, &fields) {
                Outcome::Passed => counts[0] += 1,
                Outcome::Failed(text) => {
                    counts[1] += 1;
                    println!("  {} {}: {text}", table.variable, title(&evaluator, &fields));
                }
                Outcome::Inexpressible => counts[2] += 1,
            }
        }
        println!("{:<16} {} passed, {} failed, {} not expressible", table.variable, counts[0], counts[1], counts[2]);
        passed += counts[0];
        failed += counts[1];
        inexpressible += counts[2];
    }
    println!("{passed} passed, {failed} failed, {inexpressible} not expressible");
    ensure!(failed * 50 <= passed + failed, "more than 2 % of the rows failed");
    Ok(())
}

fn go_root() -> anyhow::Result<PathBuf> {
    let output = Command::new("go").args(["env", "GOROOT"]).output().context("cannot run go")?;
    let root = String::from_utf8(output.stdout)?.trim().to_owned();
    ensure!(!root.is_empty(), "go env GOROOT prints nothing");
    Ok(PathBuf::from(root))
}

/// The fields of a row; a row with keys has one only.
fn fields(row: &Expr) -> Vec<Expr> {
    match row {
        Expr::Composite(_, items) => items.iter().map(|(_, item)| item.clone()).collect(),
        _ => Vec::new(),
    }
}

fn title(evaluator: &Evaluator<'_>, fields: &[Expr]) -> String {
    let texts = fields.iter().take(2).filter_map(|field| text_of(evaluator, field));
    texts.map(|text| String::from_utf8_lossy(&text).into_owned()).collect::<Vec<_>>().join(" | ")
}

fn text_of(evaluator: &Evaluator<'_>, expr: &Expr) -> Option<Vec<u8>> {
    match evaluator.datum(expr, "")? {
        Datum::Text(text) => Some(text),
        _ => None,
    }
}

fn truth_of(evaluator: &Evaluator<'_>, expr: &Expr) -> Option<bool> {
    match evaluator.datum(expr, "")? {
        Datum::Bool(truth) => Some(truth),
        _ => None,
    }
}
