//! A process that dies after every call in turn, and the same command again: it always converges.

use corten_actions::release::{ActionError, install, rollback, uninstall, upgrade};
use corten_value::Value;

use crate::bench::{Bench, five, install_options, rollback_options, uninstall_options, upgrade_options};

/// Runs a command that dies after its n-th call, for every n, then the same command again.
fn die_everywhere(
    setup: impl Fn(&Bench),
    command: &impl AsyncFn(&Bench) -> Result<(), ActionError>,
    check: impl Fn(&Bench, usize, Result<(), ActionError>),
) {
    for calls in 1.. {
        assert!(calls < 500, "the command never ends");
        let bench = Bench::default();
        setup(&bench);
        bench.power.cut_after(calls);
        if bench.run(command(&bench)).is_some() {
            assert!(calls > 10, "the command made only {calls} calls");
            return;
        }
        bench.power.restore();
        let again = bench.run(command(&bench)).unwrap();
        check(&bench, calls, again);
    }
}

const ONE: [&str; 5] = ["ConfigMap/a", "ConfigMap/b", "ConfigMap/c-one", "Secret/s", "Service/v"];
const TWO: [&str; 5] = ["ConfigMap/a", "ConfigMap/b", "ConfigMap/c-two", "Secret/s", "Service/v"];

/// The release is deployed once, nothing is pending, and exactly the objects are there.
fn is_deployed(bench: &Bench, calls: usize, objects: [&str; 5]) {
    assert_eq!(bench.cluster.names(), objects, "objects after dying at call {calls}");
    let states = bench.states();
    assert_eq!(states.last().map(String::as_str), Some("deployed"), "{states:?} after dying at call {calls}");
    assert_eq!(states.iter().filter(|state| *state == "deployed").count(), 1, "{states:?} after call {calls}");
    assert!(!states.iter().any(|state| state.starts_with("pending")), "{states:?} after call {calls}");
}

#[test]
fn installations_converge() {
    die_everywhere(
        |_| {},
        &async |bench: &Bench| install(&bench.ports(), five("one"), &Value::Null, &install_options()).await.map(|_| ()),
        |bench, calls, again| {
            if let Err(error) = again {
                // The first run had finished but for the answer.
                assert!(error.text.ends_with("cannot reuse a name that is still in use"), "{calls}: {error}");
            }
            is_deployed(bench, calls, ONE);
            assert_eq!(bench.states().len(), 1, "an interrupted installation is finished");
        },
    );
}

#[test]
fn upgrades_converge() {
    die_everywhere(
        |bench| drop(bench.install(five("one")).unwrap()),
        &async |bench: &Bench| upgrade(&bench.ports(), five("two"), &Value::Null, &upgrade_options()).await.map(|_| ()),
        |bench, calls, again| {
            again.unwrap();
            is_deployed(bench, calls, TWO);
        },
    );
}

#[test]
fn other_upgrades_leave_no_orphans() {
    for calls in 1..500 {
        let bench = Bench::default();
        bench.install(five("one")).unwrap();
        bench.power.cut_after(calls);
        let dying = async { upgrade(&bench.ports(), five("two"), &Value::Null, &upgrade_options()).await };
        if bench.run(dying).is_some() {
            return;
        }
        bench.power.restore();
        bench.upgrade(five("one")).unwrap();
        is_deployed(&bench, calls, ONE);
    }
}

#[test]
fn rollbacks_converge() {
    die_everywhere(
        |bench| {
            bench.install(five("one")).unwrap();
            bench.upgrade(five("two")).unwrap();
        },
        &async |bench: &Bench| rollback(&bench.ports(), &rollback_options(1)).await,
        |bench, calls, again| {
            again.unwrap();
            is_deployed(bench, calls, ONE);
        },
    );
}

#[test]
fn uninstallations_converge() {
    die_everywhere(
        |bench| {
            bench.install(five("one")).unwrap();
            bench.upgrade(five("two")).unwrap();
        },
        &async |bench: &Bench| uninstall(&bench.ports(), "web", &uninstall_options()).await.map(|_| ()),
        |bench, calls, again| {
            if let Err(error) = again {
                assert_eq!(error.text, "uninstall: Release not loaded: web: release: not found", "{calls}");
            }
            assert_eq!(bench.cluster.names(), [""; 0], "objects after dying at call {calls}");
            assert_eq!(bench.states(), [""; 0], "records after dying at call {calls}");
        },
    );
}
