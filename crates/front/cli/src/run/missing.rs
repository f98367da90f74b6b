//! Commands that Helm has and this build does not have yet.

use crate::find::Found;
use crate::session::{Failure, Session};
use crate::table::Need;

pub(super) fn run(session: &Session<'_>, found: &Found, need: Need) -> Result<(), Failure> {
    let me = session.program.name();
    let words = found.words(session.program);
    let (needs, instead) = match need {
        Need::Network => (
            "works with chart repositories and registries",
            format!("Charts in directories and archives work: \"{me} template\", \"{me} lint\", \"{me} show\"."),
        ),
        Need::Packages => (
            "writes or checks chart archives",
            format!("\"{me} lint\" checks a chart, and \"{me} template\" renders archives, too."),
        ),
        Need::Plugins => ("manages plugins", "Install plugins with Helm 4 itself meanwhile.".to_owned()),
    };
    let error = format!("this build does not have \"{words}\" yet, which {needs}");
    Err(Failure::Hint { error, hint: format!("{instead} For \"{words}\" itself use Helm 4.2.4.") })
}
