//! `import-values`: what a parent takes over from its subcharts' values. Go: dependencies.go
//! `processImportValues`.
//!
//! Helm merges imported tables without copying them first, so a table that is imported twice
//! changes where it came from too. [`Table`]s reproduce that; charts that import nothing never
//! thaw their values.

use corten_gostd::strconv;
use corten_value::Value;

use super::DependencyError;
use crate::coalesce::merge_values;
use crate::show::show;
use crate::tables::{Node, Table};
use crate::{Chart, Compat, Warning};

/// Imports into this chart, after all charts below it.
pub(super) fn process(chart: &mut Chart, compat: Compat, warn: &mut dyn FnMut(Warning)) -> Result<(), DependencyError> {
    for subchart in &mut chart.dependencies {
        stacker::maybe_grow(64 << 10, 1 << 20, || process(subchart, compat, warn))?;
    }
    if !chart.metadata.lists_dependencies() {
        return Ok(());
    }
    let values = merge_values(chart, &Value::Null, compat, warn)?;
    if chart.metadata.dependencies.iter().all(|dependency| dependency.import_values.is_empty()) {
        chart.values = values;
        return Ok(());
    }
    let own = Table::thaw(&values);
    let imported = Table::default();
    for dependency in &mut chart.metadata.dependencies {
        let mut resolved = Vec::new();
        for import in std::mem::take(&mut dependency.import_values) {
            let Some(import) = Import::read(&import) else { continue };
            resolved.push(import.to_value());
            match find(&own, &format!("{}.{}", dependency.name, import.child)) {
                Ok(table) => {
                    table.thaw_inside();
                    imported.coalesce(&import.place(table), "", true, warn);
                }
                Err(key) => warn(import.missing(&dependency.name, &key, compat)),
            }
        }
        dependency.import_values = resolved;
    }
    let cycle = |_| DependencyError::Cycle(chart.metadata.name.clone());
    // What the parent says itself wins over what it imports.
    let own = Table::thaw(&own.freeze().map_err(cycle)?);
    own.coalesce(&imported, "", true, warn);
    chart.values = own.freeze().map_err(cycle)?;
    Ok(())
}

/// One entry of `import-values`.
struct Import {
    child: String,
    parent: String,
    /// Whether it was written as a plain name, which stands for a table under `exports`.
    is_export: bool,
}

impl Import {
    /// Go ignores what is neither text nor a table.
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(name) => {
                Some(Self { child: format!("exports.{name}"), parent: ".".to_owned(), is_export: true })
            }
            Value::Map(map) => {
                let text = |key| show("%v", map.get(key).unwrap_or(&Value::Null));
                Some(Self { child: text("child"), parent: text("parent"), is_export: false })
            }
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        Value::from_iter([("child", self.child.as_str()), ("parent", self.parent.as_str())])
    }

    /// Go: `pathToMap`: the table at its place in the parent.
    fn place(&self, table: Table) -> Table {
        // Go: Values.AsMap gives another map for an empty one.
        let table = if table.is_empty() { Table::default() } else { table };
        if self.parent == "." {
            return table;
        }
        self.parent.rsplit('.').fold(table, |inner, key| {
            let outer = Table::default();
            outer.insert(key, Node::Table(inner));
            outer
        })
    }

    fn missing(&self, chart: &str, key: &str, compat: Compat) -> Warning {
        let error = format!("{} is not a table", strconv::quote(key.as_bytes()));
        match (compat, self.is_export) {
            (Compat::Helm4, true) => Warning::warn("ImportValues missing table").with("error", error),
            (Compat::Helm4, false) => {
                Warning::warn("ImportValues missing table from chart").with("chart", chart).with("error", error)
            }
            (Compat::Helm3, true) => Warning::info(format!("Warning: ImportValues missing table: {error}")),
            (Compat::Helm3, false) => {
                Warning::info(format!("Warning: ImportValues missing table from chart {chart}: {error}"))
            }
        }
    }
}

/// Go: `Values.Table`: the table at a dotted path, or the key that is none.
fn find(table: &Table, path: &str) -> Result<Table, String> {
    path.split('.').try_fold(table.clone(), |table, key| table.table(key).ok_or_else(|| key.to_owned()))
}
