//! `list` lists releases. Go: pkg/cmd/list.go.

use corten_actions::release::{ListItem, ListOptions, ListOrder, list as find};
use corten_release::Status;
use corten_value::Value;

use super::connection::{Scope, open};
use super::drive::{Interrupt, drive};
use super::{failure, format, palette, show};
use crate::flags::FlagSet;
use crate::print::list::{self, Row};
use crate::run::chart_source;
use crate::session::{Failure, Session};

/// The flags that choose states, each with the states it chooses.
const STATES: [(&str, &[Status]); 6] = [
    ("deployed", &[Status::Deployed]),
    ("uninstalled", &[Status::Uninstalled]),
    ("uninstalling", &[Status::Uninstalling]),
    ("pending", &[Status::PendingInstall, Status::PendingRollback, Status::PendingUpgrade]),
    ("failed", &[Status::Failed]),
    ("superseded", &[Status::Superseded]),
];

pub(super) fn run(session: &mut Session<'_>, flags: &FlagSet) -> Result<(), Failure> {
    let scope = if flags.is_on("all-namespaces") { Scope::All } else { Scope::Namespace };
    let (mut connection, outfit) = open(session, flags, scope)?;
    let port = outfit.port();
    let ports = outfit.ports(&port);
    let options = options(flags);
    let found = drive(session, &mut connection, &Interrupt::Ends, find(&ports, &options));
    let items = found.map_err(|error| failure(session, &error))?;
    print(session, flags, &items)
}

/// Go: `SetStateMask` and `List.sort`.
fn options(flags: &FlagSet) -> ListOptions {
    let chosen = STATES.iter().filter(|(flag, _)| flags.is_on(flag)).flat_map(|(_, states)| states.iter().cloned());
    let order = match (flags.is_on("date"), flags.is_on("reverse")) {
        (true, false) => ListOrder::Date,
        (true, true) => ListOrder::DateReversed,
        (false, true) => ListOrder::NameReversed,
        (false, false) => ListOrder::Name,
    };
    ListOptions {
        filter: flags.text("filter").to_owned(),
        selector: flags.text("selector").to_owned(),
        states: chosen.collect(),
        order,
        most: usize::try_from(flags.number("max")).unwrap_or_default(),
        offset: usize::try_from(flags.number("offset")).unwrap_or_default(),
    }
}

fn print(session: &mut Session<'_>, flags: &FlagSet, items: &[ListItem]) -> Result<(), Failure> {
    if flags.is_on("short") {
        let names: Vec<&str> = items.iter().map(|item| item.summary.name.as_str()).collect();
        let table = || names.iter().flat_map(|name| [name, "\n"]).collect();
        let json = || {
            let names: Vec<Value> = names.iter().map(|name| Value::from(*name)).collect();
            corten_gostd::json::encode(&Value::from(names), true)
        };
        return show(session, format(flags), table, json);
    }
    let zone = chart_source::zone(session, flags)?;
    let rows: Vec<Row> = items.iter().map(|item| Row::of(item, flags.text("time-format"), &zone)).collect();
    let (headers, palette) = (!flags.is_on("no-headers"), palette(session));
    show(session, format(flags), || list::table(&rows, headers, palette), || list::json(&rows))
}
