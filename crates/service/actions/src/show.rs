//! `corten show`: what is in a chart.

use corten_chart::Chart;
use corten_value::Value;

use crate::jsonpath::JsonPath;

/// What to print of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShowSection {
    /// Everything.
    All,
    /// Chart.yaml, written anew.
    Chart,
    /// The custom resource definitions.
    Crds,
    /// The README.
    Readme,
    /// values.yaml as it is.
    Values,
}

const READMES: [&str; 3] = ["readme.md", "readme.txt", "readme"];

/// Prints a section of a chart. Go: action/show.go `Run`.
///
/// # Errors
/// A JSON path that does not parse, in kubectl's words.
pub fn show(chart: &Chart, section: ShowSection, json_path: &str) -> Result<Vec<u8>, String> {
    let is = |wanted: ShowSection| section == wanted || section == ShowSection::All;
    let is_all = section == ShowSection::All;
    let mut out = Vec::new();
    if is(ShowSection::Chart) {
        let text = corten_yaml::encode(&chart.metadata.to_value()).map_err(|error| error.to_string())?;
        out.extend_from_slice(text.as_bytes());
        out.push(b'\n');
    }
    if is(ShowSection::Values) && !chart.values.is_null() {
        if is_all {
            out.extend_from_slice(b"---\n");
        }
        values(chart, json_path, &mut out)?;
    }
    if is(ShowSection::Readme)
        && let Some(readme) = chart.files.iter().find(|file| READMES.contains(&&*file.name.to_lowercase()))
    {
        if is_all {
            out.extend_from_slice(b"---\n");
        }
        out.extend_from_slice(&readme.data);
        out.push(b'\n');
    }
    if is(ShowSection::Crds) {
        for crd in chart.crds() {
            if !crd.file.data.starts_with(b"---") {
                out.extend_from_slice(b"---\n");
            }
            out.extend_from_slice(&crd.file.data);
            out.push(b'\n');
        }
    }
    Ok(out)
}

fn values(chart: &Chart, json_path: &str, out: &mut Vec<u8>) -> Result<(), String> {
    if json_path.is_empty() {
        for file in &chart.values_files {
            out.extend_from_slice(&file.data);
            out.push(b'\n');
        }
        return Ok(());
    }
    let path = JsonPath::parse(json_path).map_err(|error| format!("error parsing jsonpath {json_path}: {error}"))?;
    // compat: show-jsonpath-quiet. Helm drops what goes wrong while it evaluates the path.
    drop(path.print(&plain(&chart.values), out));
    Ok(())
}

/// Values with a table at the top, as Go holds them.
fn plain(values: &Value) -> Value {
    if values.is_null() { Value::empty_map() } else { values.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_finds_nothing_prints_nothing() {
        let chart = Chart { values: Value::from_iter([("a", 1.0_f64)]), ..Chart::default() };
        assert_eq!(show(&chart, ShowSection::Values, "{.a}").as_deref(), Ok(b"1".as_slice()));
        assert_eq!(show(&chart, ShowSection::Values, "x{.b}").as_deref(), Ok(b"".as_slice()));
        assert_eq!(
            show(&chart, ShowSection::Values, "{.a"),
            Err("error parsing jsonpath {.a: unclosed action".to_owned())
        );
    }
}
