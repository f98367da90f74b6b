//! The lists of releases and of revisions. Go: pkg/cmd/list.go and history.go.

use corten_actions::columns;
use corten_actions::release::{HistoryItem, ListItem};
use corten_gostd::time::Zone;
use corten_release::Timestamp;
use corten_release::codec::Summary;

use super::color::Palette;
use super::json::{self, Object};

/// What Helm shows of a record without a chart.
const MISSING: &str = "MISSING";

/// A row of `list`.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: String,
    namespace: String,
    revision: String,
    updated: String,
    status: String,
    chart: String,
    app_version: String,
}

impl Row {
    /// The row of a release; an empty layout shows times as Go prints them.
    pub(crate) fn of(item: &ListItem, layout: &str, zone: &Zone) -> Self {
        let summary = &item.summary;
        let updated = match &summary.info.last_deployed {
            None => "-".to_owned(),
            Some(time) if layout.is_empty() => String::from_utf8_lossy(&time.shown_in(zone).text()).into_owned(),
            Some(time) => String::from_utf8_lossy(&time.shown_in(zone).format(layout)).into_owned(),
        };
        Self {
            name: summary.name.clone(),
            namespace: item.namespace.clone(),
            revision: item.revision.to_string(),
            updated,
            status: summary.info.status.to_string(),
            chart: chart_name(summary),
            app_version: app_version(summary),
        }
    }

    fn json(&self) -> Vec<u8> {
        Object::default()
            .text("name", &self.name)
            .text("namespace", &self.namespace)
            .text("revision", &self.revision)
            .text("updated", &self.updated)
            .text("status", &self.status)
            .text("chart", &self.chart)
            .text("app_version", &self.app_version)
            .finish()
    }
}

/// The table of `list`.
pub(crate) fn table(rows: &[Row], headers: bool, palette: Palette) -> String {
    let names = ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
    let head = names.map(|name| palette.header(name)).to_vec();
    let cells = rows.iter().map(|row| {
        vec![
            row.name.clone(),
            palette.namespace(&row.namespace),
            row.revision.clone(),
            row.updated.clone(),
            palette.status(&row.status),
            row.chart.clone(),
            row.app_version.clone(),
        ]
    });
    let rows: Vec<Vec<String>> = headers.then_some(head).into_iter().chain(cells).collect();
    columns(&rows, 0) + "\n"
}

/// The list as JSON.
pub(crate) fn json(rows: &[Row]) -> Vec<u8> {
    json::list(rows.iter().map(Row::json))
}

/// The table of `history`, oldest first.
pub(crate) fn history_table(items: &[HistoryItem], zone: &Zone) -> String {
    let head = ["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION"].map(str::to_owned).to_vec();
    let cells = items.iter().map(|item| {
        let info = &item.summary.info;
        vec![
            item.revision.to_string(),
            ansi_c(info.last_deployed.as_ref(), zone),
            info.status.to_string(),
            chart_name(&item.summary),
            app_version(&item.summary),
            info.description.clone(),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(cells).collect();
    columns(&rows, 0) + "\n"
}

/// The history as JSON.
pub(crate) fn history_json(items: &[HistoryItem]) -> Vec<u8> {
    json::list(items.iter().map(|item| {
        let info = &item.summary.info;
        let mut object = Object::default().number("revision", item.revision);
        if let Some(time) = &info.last_deployed {
            object = object.text("updated", &time.text());
        }
        object
            .text("status", info.status.as_str())
            .text("chart", &chart_name(&item.summary))
            .text("app_version", &app_version(&item.summary))
            .text("description", &info.description)
            .finish()
    }))
}

/// `Mon Jan _2 15:04:05 2006`, Go's zero time where there is none.
pub(crate) fn ansi_c(time: Option<&Timestamp>, zone: &Zone) -> String {
    match time {
        Some(time) => String::from_utf8_lossy(&time.shown_in(zone).format("Mon Jan _2 15:04:05 2006")).into_owned(),
        None => "Mon Jan  1 00:00:00 0001".to_owned(),
    }
}

/// No chart is without a name and a version.
fn is_missing(summary: &Summary) -> bool {
    summary.chart.is_empty() && summary.chart_version.is_empty()
}

/// Go: formatChartName.
fn chart_name(summary: &Summary) -> String {
    if is_missing(summary) { MISSING.to_owned() } else { format!("{}-{}", summary.chart, summary.chart_version) }
}

/// Go: formatAppVersion.
fn app_version(summary: &Summary) -> String {
    if is_missing(summary) { MISSING.to_owned() } else { summary.app_version.clone() }
}
