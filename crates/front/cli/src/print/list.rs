//! The lists of releases and of revisions. Go: pkg/cmd/list.go and history.go.

use corten_actions::columns;
use corten_gostd::time::Zone;
use corten_release::{Info, Release, Timestamp};

use super::color::Palette;
use super::json::{self, Object};

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
    pub(crate) fn of(release: &Release, layout: &str, zone: &Zone) -> Self {
        let updated = match &release.info.last_deployed {
            None => "-".to_owned(),
            Some(time) if layout.is_empty() => time.shown_in(zone).go_text(),
            Some(time) => String::from_utf8_lossy(&time.shown_in(zone).format(layout)).into_owned(),
        };
        Self {
            name: release.name.clone(),
            namespace: release.namespace.clone(),
            revision: release.version.to_string(),
            updated,
            status: release.info.status.to_string(),
            chart: chart_name(release),
            app_version: app_version(release),
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
pub(crate) fn history_table(revisions: &[Release], zone: &Zone) -> String {
    let head = ["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION"].map(str::to_owned).to_vec();
    let cells = revisions.iter().map(|release| {
        vec![
            release.version.to_string(),
            ansi_c(release.info.last_deployed.as_ref(), zone),
            release.info.status.to_string(),
            chart_name(release),
            app_version(release),
            release.info.description.clone(),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(cells).collect();
    columns(&rows, 0) + "\n"
}

/// The history as JSON.
pub(crate) fn history_json(revisions: &[Release]) -> Vec<u8> {
    json::list(revisions.iter().map(|release| {
        let Info { last_deployed, description, status, .. } = &release.info;
        let mut object = Object::default().number("revision", release.version);
        if let Some(time) = last_deployed {
            object = object.text("updated", &time.text());
        }
        object
            .text("status", status.as_str())
            .text("chart", &chart_name(release))
            .text("app_version", &app_version(release))
            .text("description", description)
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

/// Go: formatChartName.
fn chart_name(release: &Release) -> String {
    match release.chart.as_ref().and_then(|chart| chart.metadata.as_ref()) {
        Some(metadata) => format!("{}-{}", metadata.name, metadata.version),
        None => "MISSING".to_owned(),
    }
}

/// Go: formatAppVersion.
fn app_version(release: &Release) -> String {
    match release.chart.as_ref().and_then(|chart| chart.metadata.as_ref()) {
        Some(metadata) => metadata.app_version.clone(),
        None => "MISSING".to_owned(),
    }
}
