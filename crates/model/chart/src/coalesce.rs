//! Composing values: a chart's defaults under the user's values, all the way down its subcharts.
//!
//! Go: pkg/chart/common/util/coalesce.go. [`coalesce_values`] is what templates see (a user's
//! `null` removes a default), [`merge_values`] keeps nulls for an earlier step that composes again
//! later, [`coalesce_tables`] is the rule for two tables alone. Untouched subtrees stay shared, so
//! the work is linear in what the user's values and the defaults have in common.

use std::sync::Arc;

use corten_gostd::strconv;
use corten_value::Value;

use crate::show::show;
use crate::tables::{Node, Table, without_nulls};
use crate::{Chart, Compat, Warning};

const GLOBAL: &str = "global";

/// Why values do not compose; Display is Helm's text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CoalesceError {
    /// The values for a subchart are no table.
    #[error("type mismatch on {chart}: {}", show("%t", value))]
    Mismatch {
        /// The subchart.
        chart: String,
        /// What stands in place of its table.
        value: Value,
    },
    /// A table holds itself.
    #[error("the values of chart {0} hold a table inside itself")]
    Cycle(String),
}

/// Composes the values of a chart and its subcharts: nulls of the user remove defaults.
pub fn coalesce_values(
    chart: &Chart,
    values: &Value,
    compat: Compat,
    warn: &mut dyn FnMut(Warning),
) -> Result<Value, CoalesceError> {
    compose(chart, values, Composer { merge: false, compat, warn })
}

/// Like [`coalesce_values`], but nulls stay.
pub fn merge_values(
    chart: &Chart,
    values: &Value,
    compat: Compat,
    warn: &mut dyn FnMut(Warning),
) -> Result<Value, CoalesceError> {
    compose(chart, values, Composer { merge: true, compat, warn })
}

/// Fills gaps of `above` from `below`: tables merge, anything else of `above` stays, a null of
/// `above` removes a default. What is no table gives way to the other side.
pub fn coalesce_tables(above: &Value, below: &Value, warn: &mut dyn FnMut(Warning)) -> Value {
    // Go: a nil map on either side gives the other.
    let (Some(ours), Some(_)) = (above.as_map(), below.as_map()) else {
        return if above.as_map().is_some() { above.clone() } else { below.clone() };
    };
    if ours.is_empty() {
        return below.clone();
    }
    let table = Table::thaw(above);
    table.coalesce(&Table::thaw(below), "", false, warn);
    // Tables made of plain values hold no cycle.
    table.freeze().unwrap_or_default()
}

fn compose(chart: &Chart, values: &Value, mut composer: Composer<'_>) -> Result<Value, CoalesceError> {
    let table = Table::thaw(values);
    composer.chart(chart, &table, "")?;
    table.freeze().map_err(|_| CoalesceError::Cycle(chart.name().to_owned()))
}

struct Composer<'a> {
    merge: bool,
    compat: Compat,
    warn: &'a mut dyn FnMut(Warning),
}

impl Composer<'_> {
    /// Go: `coalesce`: the chart's own defaults first, then its subcharts.
    fn chart(&mut self, chart: &Chart, values: &Table, prefix: &str) -> Result<(), CoalesceError> {
        let path = concat(prefix, chart.name());
        self.defaults(chart, values, &path);
        for subchart in &chart.dependencies {
            let name = subchart.name();
            let section = match values.get(name) {
                Some(Node::Table(section)) => section,
                Some(Node::Value(value)) => {
                    return Err(CoalesceError::Mismatch { chart: name.to_owned(), value });
                }
                None => {
                    let section = Table::default();
                    values.insert(name, Node::Table(section.clone()));
                    section
                }
            };
            self.globals(&section, values, &path);
            stacker::maybe_grow(64 << 10, 1 << 20, || self.chart(subchart, &section, &path))?;
        }
        Ok(())
    }

    /// Go: `coalesceGlobals`: the parent's globals over the subchart's own. Tables inside the
    /// parent's globals are shared with the subchart from the second level on, as in Helm.
    fn globals(&mut self, section: &Table, parent: &Table, path: &str) {
        let ours = match section.get(GLOBAL) {
            None => Table::default(),
            Some(Node::Table(table)) => table,
            Some(Node::Value(_)) => {
                return self.info("warning: skipping globals because destination global is not a table.");
            }
        };
        let theirs = match parent.get(GLOBAL) {
            None => Table::default(),
            Some(Node::Table(table)) => table,
            Some(Node::Value(_)) => {
                return self.info("warning: skipping globals because source global is not a table.");
            }
        };
        for key in theirs.keys() {
            match (theirs.get(&key), ours.get(&key)) {
                (None, _) => {}
                (Some(Node::Table(table)), None) => ours.insert(&key, Node::Table(table.shallow_copy())),
                (Some(Node::Table(table)), Some(Node::Table(old))) => {
                    let table = table.shallow_copy();
                    table.coalesce(&old, &concat(path, &key), true, self.warn);
                    ours.insert(&key, Node::Table(table));
                }
                (Some(Node::Table(_)), Some(Node::Value(_))) => {
                    let quoted = strconv::quote(key.as_bytes());
                    self.info(&format!("Conflict: cannot merge map onto non-map for {quoted}. Skipping."));
                }
                (Some(Node::Value(_)), Some(Node::Table(_))) => self.info(&format!("key {key} is table. Skipping")),
                (Some(value), _) => ours.insert(&key, value),
            }
        }
        section.insert(GLOBAL, Node::Table(ours));
    }

    /// Go: `coalesceValues`.
    fn defaults(&mut self, chart: &Chart, values: &Table, path: &str) {
        let cleans = !self.merge && self.compat == Compat::Helm4;
        for (key, default) in chart.values.as_map().into_iter().flatten() {
            if values.holds(key, default) {
                continue;
            }
            match values.get(key) {
                None if cleans && default.is_null() => {}
                None if cleans => {
                    let default = without_nulls(default).unwrap_or_else(|| default.clone());
                    values.insert_shared(Arc::clone(key), Node::Value(default));
                }
                None => values.insert_shared(Arc::clone(key), Node::Value(default.clone())),
                Some(Node::Value(Value::Null)) if !self.merge => values.remove(key),
                Some(Node::Value(_)) => {}
                Some(Node::Table(table)) => match default {
                    Value::Map(_) => {
                        let merge = self.merge || chart.dependencies.iter().any(|chart| chart.name() == &**key);
                        let source = Table::thaw(default);
                        if !merge && cleans {
                            source.remove_nulls();
                        }
                        table.coalesce(&source, &concat(path, key), merge, self.warn);
                    }
                    Value::Null => {}
                    _ => self.info(&format!("warning: skipped value for {path}.{key}: Not a table.")),
                },
            }
        }
    }

    fn info(&mut self, message: &str) {
        (self.warn)(Warning::info(message));
    }
}

/// Go: `concatPrefix`.
fn concat(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}
